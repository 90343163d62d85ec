"""The shapes fields have throughout Pennylane's rows: money as text, references, links, times."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.clock import stamp
from sandbox.rows import Row

BASE = "https://pennylane.example.org/api/external/v2"
"""What links and references start with; the host exists nowhere."""


def money(cents: int) -> str:
    """Cents as decimal text, `-1234` as `-12.34`."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def loose(random: Random, cents: int) -> str:
    """The same value in one of the ways the API writes it: `1200.00`, `1200.0`, `1200`, `1200.000000`."""
    text = money(cents)
    chance = random.random()
    if chance < 0.8:
        return text
    if chance < 0.9 and text.endswith("0"):
        return text[:-1]
    if chance < 0.93 and text.endswith(".00"):
        return text[:-3]
    return text + "0000"


def link(path: str) -> Row:
    """A `{url}` object."""
    return {"url": f"{BASE}/{path}"}


def reference(resource: str, row_id: int | None) -> Row | None:
    """An `{id, url}` object, or null."""
    return None if row_id is None else {"id": row_id, "url": f"{BASE}/{resource}/{row_id}"}


def bare(row_id: int | None) -> Row | None:
    """An `{id}` object, or null."""
    return None if row_id is None else {"id": row_id}


def times(random: Random, at: datetime, now: datetime) -> Row:
    """`created_at` at `at`, and `updated_at` then or up to 90 days later."""
    changed = at if random.random() < 0.5 else min(now, at + timedelta(seconds=random.randrange(90 * 86400)))
    return {"created_at": stamp(at), "updated_at": stamp(max(at, changed))}


def weighted(category: Row, weight: str) -> Row:
    """A category as it stands on a row."""
    found: dict[str, Any] = category | {"weight": weight}
    return found
