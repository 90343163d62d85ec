"""The lines of one invoice as they come into being: context, identity, number and sums by source."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any, NamedTuple

from landfall.errors import RowRejected
from landfall.sources.fullbay.arithmetic import NO_MONEY, NO_QUANTITY

Row = dict[str, Any]

SEPARATOR = "\x1f"
MAX_DIGITS = 15
"""Digits before the point that every amount column takes: NUMERIC(19,4) has the fewest."""
QUANTITY_DIGITS = 10
"""The same for quantities: NUMERIC(14,4)."""


class Scope(NamedTuple):
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
        self._prefix = f"{shop}{SEPARATOR}{invoice}{SEPARATOR}"
        self._equals: dict[str, int] = {}

    def add(self, scope: Scope, source: str, identity: str, columns: Row) -> None:
        """Append a line.

        :param identity: tells the line from others of its source in the same place.
        :param columns: its own columns; `line_item_type` and `line_total_price` among them.
        """
        row = scope.row | columns
        row["line_source"] = source
        key = f"{self._prefix}{source}{SEPARATOR}{scope.complaint}{SEPARATOR}{scope.correction}{SEPARATOR}{identity}"
        ordinal = self._equals[key] = self._equals.get(key, 0) + 1
        row["line_key"] = hashlib.sha256(f"{key}{SEPARATOR}{ordinal}".encode()).hexdigest()
        self.rows.append(row)
        row["line_number"] = len(self.rows)
        price = row["line_total_price"]
        self.price_by_source[source] = self.price_by_source.get(source, NO_MONEY) + price
        if row["line_item_type"] == "LABOR":
            self.labor_hours += row["labor_hours"] or NO_QUANTITY
            self.actual_hours += row["actual_hours"] or NO_QUANTITY

    def price(self, *sources: str) -> Decimal:
        """Sum of `line_total_price` over these sources; over all lines where none is named."""
        return sum((self.price_by_source.get(s, NO_MONEY) for s in sources or self.price_by_source), NO_MONEY)


def reject_overflow(rows: list[Row], columns: tuple[str, ...], path: str, digits: int = MAX_DIGITS) -> None:
    """:raises RowRejected: a number in `columns` has more than `digits` digits before the point."""
    for row in rows:
        for name in columns:
            value = row[name]
            if value and value.adjusted() >= digits:
                raise RowRejected(f"{name} adds up to a number out of range", path=path)
