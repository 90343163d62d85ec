"""What must hold for the rows of any invoice, however broken."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_args, get_type_hints

import msgspec

from landfall.sources.fullbay.columns import LineItem, Reconciliation
from landfall.sources.fullbay.flatten import Flattened

ZERO = Decimal(0)


def _precisions(struct: type) -> dict[str, tuple[int, int]]:
    found = {}
    for name, hint in get_type_hints(struct, include_extras=True).items():
        for kind in (hint, *get_args(hint)):
            for meta in getattr(kind, "__metadata__", ()):
                if meta.extra and "precision" in meta.extra:
                    found[name] = meta.extra["precision"]
    return found


PRECISIONS = _precisions(LineItem)
RECONCILIATION_PRECISIONS = _precisions(Reconciliation)


def total(rows: list[dict[str, Any]], name: str) -> Decimal:
    return sum((row[name] for row in rows if row[name] is not None), ZERO)


def component(flattened: Flattened, name: str) -> dict[str, Any]:
    return next(row for row in flattened.reconciliation if row["component"] == name)


def check(flattened: Flattened) -> None:
    lines = flattened.lines
    for row in lines:
        msgspec.convert(row, LineItem)
        assert tuple(row) == LineItem.__struct_fields__
        _check_numbers(row, PRECISIONS)
        assert row["sales_total"] == row["line_total_price"] + row["tax_amount"]
    for row in flattened.reconciliation:
        msgspec.convert(row, Reconciliation)
        assert tuple(row) == Reconciliation.__struct_fields__
        _check_numbers(row, RECONCILIATION_PRECISIONS)
        if row["vendor_total"] is not None:
            assert row["residual"] == row["vendor_total"] - row["line_total"]
    assert [row["line_number"] for row in lines] == list(range(1, len(lines) + 1))
    assert len({row["line_key"] for row in lines}) == len(lines)
    assert len({row["component"] for row in flattened.reconciliation}) == len(flattened.reconciliation)
    if flattened.status != "UNRECONCILED" and lines:
        first = lines[0]
        assert first["so_subtotal"] in (None, total(lines, "line_total_price"))
        assert (first["so_tax_total"] or ZERO) == total(lines, "tax_amount")


def _check_numbers(row: dict[str, Any], precisions: dict[str, tuple[int, int]]) -> None:
    for name, (digits, places) in precisions.items():
        value = row[name]
        if value is not None:
            assert value.is_finite()
            assert -value.as_tuple().exponent <= places, name
            assert abs(value) < Decimal(10) ** (digits - places), name
            assert not (value == 0 and value.is_signed()), name
