"""Invoices with something wrong, by name; most of them still have lines."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.fullbay.catalog import Row

Break = Callable[[Row], Any]


def _first(row: Row, *path: str) -> Row:
    """The first object down `path` of lists, such as the first part of the first correction."""
    at: Row = row["ServiceOrder"]
    for name in path:
        at = at[name][0]
    return at


def _set(at: Row, **fields: Any) -> Row:
    at.update(fields)
    return at


BROKEN: dict[str, Break] = {
    "no_key": lambda row: row.pop("primaryKey"),
    "key_is_an_object": lambda row: _set(row, primaryKey={"id": 1}),
    "no_order": lambda row: row.pop("ServiceOrder"),
    "order_is_a_list": lambda row: _set(row, ServiceOrder=[]),
    "order_is_text": lambda row: _set(row, ServiceOrder="20931"),
    "total_is_text": lambda row: _set(row, total="see attachment", subTotal="NaN"),
    "total_is_huge": lambda row: _set(row, total=Decimal("1e60")),
    "no_complaints": lambda row: _set(row["ServiceOrder"], Complaints={}),
    "complaints_by_number": lambda row: _set(row["ServiceOrder"], Complaints={"0": {"primaryKey": 1}}),
    "complaint_is_null": lambda row: row["ServiceOrder"]["Complaints"].append(None),
    "complaint_without_key": lambda row: _set(_first(row, "Complaints"), primaryKey=None),
    "no_corrections": lambda row: _set(_first(row, "Complaints"), Corrections=[]),
    "hours_are_text": lambda row: _set(_first(row, "Complaints", "Corrections"), laborHoursTotal="2h30"),
    "parts_total_is_off": lambda row: _set(row, partsTotal=Decimal("123456.78")),
    "subtotal_is_off": lambda row: _set(row, subTotal=Decimal("-1.00")),
    "tax_on_nothing": lambda row: _set(row, taxTotal="9999.99"),
    "no_customer": lambda row: [_set(at, Customer=[]) for at in (row, row["ServiceOrder"])],
    "no_unit": lambda row: _set(row["ServiceOrder"], Unit=[]),
    "date_is_american": lambda row: _set(row, dueDate="03/04/2025"),
    "text_with_nul": lambda row: _set(row["ServiceOrder"], repairOrderNumber="20\u0000931"),
    "text_too_long": lambda row: _set(row["ServiceOrder"], repairOrderNumber="9" * 400),
}
"""What each does to a good invoice."""

WITHOUT_LINES = frozenset({"no_key", "key_is_an_object", "no_order", "order_is_a_list", "order_is_text"})
"""Those of which no line can be made."""
