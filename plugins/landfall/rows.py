"""What a row is on its way from the decoder to an engine, and what every engine asks of its amounts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache, reduce
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


_MOST_DIGITS = 1000
"""Before the point or after it, of PostgreSQL's columns; others have fewer."""
_WIDE = Context(prec=2 * _MOST_DIGITS)


def fits(value: Decimal, digits: int, decimals: int) -> bool:
    """Whether NUMERIC(digits, decimals) holds the value without rounding it."""
    if not value:
        return True
    return value.adjusted() < digits - decimals and value.quantize(_unit(decimals), context=_WIDE) == value


def summed(amounts: Sequence[Decimal], decimals: int) -> Decimal:
    """Their exact sum, rounded half up to so many decimals; of amounts one of which no column holds, that one, for the
    decoder to reject its record and no other."""
    for amount in amounts:
        if amount.adjusted() >= _MOST_DIGITS:
            return amount
    total = reduce(_WIDE.add, amounts, Decimal())
    return total.quantize(_unit(decimals), ROUND_HALF_UP, _WIDE)


@lru_cache(maxsize=64)
def _unit(decimals: int) -> Decimal:
    return Decimal((0, (1,), -decimals))
