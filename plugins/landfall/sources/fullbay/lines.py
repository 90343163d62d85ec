"""The lines of one invoice as they come into being: context, identity, number and sums by source."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from itertools import chain
from operator import itemgetter
from typing import Any

import msgspec

from landfall.errors import RowRejected
from landfall.sources.fullbay.arithmetic import NO_MONEY, NO_QUANTITY

Row = dict[str, Any]

SEPARATOR = "\x1f"
MAX_DIGITS = 15
"""Digits before the point that every amount column takes: NUMERIC(19,4) has the fewest."""
QUANTITY_DIGITS = 10
"""The same for quantities: NUMERIC(14,4)."""


class Scope(msgspec.Struct, frozen=True):
    """Where a line stands: the columns it inherits, and the ids that are part of its identity."""

    row: Row
    complaint: str = ""
    correction: str = ""


class Lines:
    """Collects lines in order and gives each its number and its key.

    :param shop: the shop's code.
    :param invoice: the invoice's `primaryKey`.
    """

    def __init__(self, shop: str, invoice: str) -> None:
        self.rows: list[Row] = []
        self.price_by_source: dict[str, Decimal] = {}
        self.labor_hours = NO_QUANTITY
        self.actual_hours = NO_QUANTITY
        self._prefix = f"{shop}{SEPARATOR}{invoice}"
        self._equals: dict[str, int] = {}

    def add(self, scope: Scope, source: str, identity: str, row: Row) -> None:
        """Append a line.

        :param identity: tells the line from others of its source in the same place.
        :param row: a copy of the scope's, with the line's own columns set; `line_item_type` and `line_total_price`
            among them.
        """
        rows, prices, equals = self.rows, self.price_by_source, self._equals
        key = SEPARATOR.join((self._prefix, source, scope.complaint, scope.correction, identity))
        ordinal = equals[key] = equals.get(key, 0) + 1
        text = f"{key}{SEPARATOR}{ordinal}"
        row["line_key"] = sha256(text.encode()).hexdigest()
        row["line_source"] = source
        rows.append(row)
        row["line_number"] = len(rows)
        prices[source] = prices.get(source, NO_MONEY) + row["line_total_price"]
        if row["line_item_type"] == "LABOR":
            self.labor_hours += row["labor_hours"] or NO_QUANTITY
            self.actual_hours += row["actual_hours"] or NO_QUANTITY

    def price(self, *sources: str) -> Decimal:
        """Sum of `line_total_price` over these sources; over all lines where none is named."""
        prices, total = self.price_by_source, NO_MONEY
        for source in sources or prices:
            if source in prices:
                total += prices[source]
        return total


def reject_overflow(rows: list[Row], columns: tuple[str, ...], path: str, digits: int = MAX_DIGITS) -> None:
    """:raises RowRejected: a number in `columns` has more than `digits` digits before the point."""
    amounts = filter(None, chain.from_iterable(map(itemgetter(*columns), rows)))
    if max(map(Decimal.adjusted, amounts), default=0) < digits:
        return
    for row in rows:
        for name in columns:
            if row[name] and row[name].adjusted() >= digits:
                raise RowRejected(f"{name} adds up to a number out of range", path=path)
