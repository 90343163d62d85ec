"""What a misspelt word was meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """`Is … meant?` with the known word that is most like `name`, whatever its case; "" where none is."""
    lowered = {each.lower(): each for each in known}
    near = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.7)
    return f"Is {lowered[near[0]]} meant?" if near else ""
