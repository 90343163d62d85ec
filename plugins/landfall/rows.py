"""What a row is on its way from the decoder to an engine, and what every engine asks of its amounts."""

from __future__ import annotations

from decimal import Context, Decimal
from functools import lru_cache
from typing import Any

import msgspec

Row = tuple[Any, ...]
"""A staged row: its record's number in the load, the table's columns, and the fields that nobody declared."""


class Note(msgspec.Struct):
    """Something that a decoder changed or found odd, without rejecting the record for it; becomes a warning.

    :ivar check: what the warning is called.
    :ivar says: the warning's words, with `{}` for the count.
    """

    check: str
    says: str
    count: int = 0


_WIDE = Context(prec=2000)
"""For more digits than any column has: PostgreSQL's 1,000 before the point or after it."""


def fits(value: Decimal, digits: int, decimals: int) -> bool:
    """Whether NUMERIC(digits, decimals) holds the value without rounding it."""
    if not value:
        return True
    return value.adjusted() < digits - decimals and value.quantize(_unit(decimals), context=_WIDE) == value


@lru_cache(maxsize=64)
def _unit(decimals: int) -> Decimal:
    return Decimal((0, (1,), -decimals))
