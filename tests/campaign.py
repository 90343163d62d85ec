"""How large the campaign is, and what it counts.

`make test` runs a small part of it that is the same every time; `make campaign SIZE=…` runs that share of the whole,
with other seeds for what is drawn, and prints the figures.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

SIZE = float(os.environ.get("LANDFALL_CAMPAIGN") or 0)
"""The share of the whole that is run: 1 for all of it, 0 for the part of `make test`."""
WHOLE = {"kill points": 2_000, "fault cells": 600, "mutated records": 1_000_000, "model steps": 100_000}
"""What a whole campaign reaches at least."""
BROKEN = ("lost", "doubled", "torn")
"""Rows that should be there and are not, rows that should not, and states that nobody should have seen."""


def share(of: str, everything: int) -> int:
    """How many of the whole to run: so many of `everything`, or what `make test` runs.

    :param of: a key of `WHOLE`.
    :param everything: how many `make test` runs.
    """
    return max(1, round(WHOLE[of] * SIZE)) if SIZE else everything


def figures(properties: Iterable[tuple[str, object]]) -> list[str]:
    """The lines that tell the figures of all tests.

    :param properties: what the tests have counted: name and number.
    """
    sums: Counter[str] = Counter()
    for name, number in properties:
        if name in WHOLE or name in BROKEN:
            sums[name] += int(str(number))
    done = [f"{sums[name]:>9,} {name} (of {whole:,})" for name, whole in WHOLE.items()]
    return [*done, ", ".join(f"{sums[name]} {name}" for name in BROKEN)]
