"""The invoice's tax, shared over its lines. It is allocated, never recomputed: no visible flag explains its base."""

from __future__ import annotations

from decimal import Decimal

from landfall.sources.fullbay.arithmetic import CENT, HUNDRED, NO_MONEY, ZERO, round2, split
from landfall.sources.fullbay.lines import Row

TAX_BASE_UNKNOWN = "TAX_BASE_UNKNOWN"
_CANCELLING = 3
"""Signed amounts serve as weights unless they cancel out so far that single shares grow absurd."""


def allocate_tax(rows: list[Row], tax_total: Decimal | None) -> tuple[Decimal, str | None]:
    """Set `tax_amount` and `sales_total` of every line so that the tax adds up to `tax_total`.

    :returns: the tax that no line can carry (0 as a rule), and a flag or None.
    """
    for row in rows:
        row["tax_amount"], row["sales_total"] = NO_MONEY, row["line_total_price"]
    if not tax_total:
        return NO_MONEY, None
    base, flag = _base(rows, tax_total)
    if not base:
        return tax_total, flag
    shares = split(tax_total, [row["line_total_price"] for row in base], CENT)
    for row, share in zip(base, shares, strict=True):
        row["tax_amount"], row["sales_total"] = share, row["line_total_price"] + share
    return NO_MONEY, flag


def _base(rows: list[Row], tax_total: Decimal) -> tuple[list[Row], str | None]:
    """The lines that share the tax."""
    taxable = [row for row in rows if row["taxable"]]
    amounts = [row["line_total_price"] for row in taxable]
    whole = sum(amounts, ZERO)
    if whole * tax_total > 0 and sum(map(abs, amounts), ZERO) <= _CANCELLING * abs(whole):
        return taxable, None
    same_sign = [row for row in taxable if row["line_total_price"] * tax_total > 0]
    if same_sign:
        return same_sign, None
    return [row for row in rows if row["line_total_price"] * tax_total > 0], TAX_BASE_UNKNOWN


def tax_variance(rows: list[Row], tax_total: Decimal | None, rate: Decimal | None) -> Decimal | None:
    """The vendor's tax less the tax that `rate` (percent) gives on each taxable line; None without tax or rate."""
    if tax_total is None or rate is None:
        return None
    if not rate:
        return tax_total - NO_MONEY
    factor = rate / HUNDRED
    expected = sum([round2(row["line_total_price"] * factor) for row in rows if row["taxable"]], NO_MONEY)
    return tax_total - expected
