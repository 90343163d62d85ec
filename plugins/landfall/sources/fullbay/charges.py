"""Charges beside parts and labor: service calls, mileage, shop supplies, misc charges, sublet labor."""

from __future__ import annotations

from decimal import Decimal

from landfall.sources.fullbay.arithmetic import NO_MONEY, NO_QUANTITY, ONE, round4
from landfall.sources.fullbay.invoice import MONEY, PRICE, QUANTITY, Node
from landfall.sources.fullbay.lines import Lines, Row, Scope

_ONE = round4(ONE)
_FREIGHT_WORDS = ("FREIGHT", "SHIPPING")


def _charge(kind: str, description: str, amount: Decimal, *, taxable: bool) -> Row:
    return {
        "line_item_type": kind,
        "part_description": description,
        "quantity": _ONE,
        "unit_price": round4(amount),
        "line_total_price": amount,
        "taxable": taxable,
    }


def complaint_charges(complaint: Node, scope: Scope, lines: Lines) -> None:
    """Add the service call and the mileage of a complaint."""
    if call := complaint.number("serviceCallTotal", MONEY):
        taxable = complaint.flag("serviceCallTaxable") or False
        lines.add(scope, "SERVICE_CALL", "", _charge("MISC", "Service call", call, taxable=taxable))
    mileage, cost = complaint.number("mileageTotal", MONEY), complaint.number("mileageCostTotal", MONEY)
    if mileage:
        columns = _charge("MISC", "Mileage", mileage, taxable=complaint.flag("mileageTaxable") or False)
        columns["line_total_cost"] = cost
        columns["unit_cost"] = None if cost is None else round4(cost)
        lines.add(scope, "MILEAGE", "", columns)


def shop_supplies(total: Decimal | None, scope: Scope, lines: Lines) -> None:
    """Add the shop supplies of the invoice."""
    if total:
        lines.add(scope, "SHOP_SUPPLIES", "", _charge("SUPPLY", "Shop supplies", total, taxable=True))


def misc_charges(order: Node, total: Decimal | None, scope: Scope, lines: Lines) -> None:
    """Add each misc charge of the order, and one line for what the invoice's total has beyond them."""
    for entry in order.children("MiscCharges"):
        amount = entry.number("amount", MONEY)
        if amount is None:
            entry.note("amount", "is missing and counts as 0")
        _add_misc_charge(entry, amount or NO_MONEY, scope, lines)
    difference = NO_MONEY if total is None else total - lines.price("MISC_CHARGE", "DISCOUNT")
    if difference:
        columns = _charge("MISC", "Miscellaneous charges", difference, taxable=False)
        lines.add(scope, "MISC_CHARGE", "", columns)


def _add_misc_charge(entry: Node, amount: Decimal, scope: Scope, lines: Lines) -> None:
    description = entry.text("description")
    item = entry.text("quickBooksItem", 255)
    upper = (description or "").upper()
    kind = "FREIGHT" if any(word in upper for word in _FREIGHT_WORDS) else "MISC"
    rate, quantity = entry.number("rate", PRICE), entry.number("quantity", QUANTITY)
    columns = _charge(kind, "", amount, taxable=entry.flag("taxable") or False)
    columns["part_description"] = description
    columns["quantity"] = None if quantity is None else round4(quantity)
    columns["unit_price"] = None if rate is None else round4(rate)
    columns["quickbooks_item"] = item
    columns["quickbooks_item_type"] = entry.text("quickBooksItemType", 50)
    source = "DISCOUNT" if amount < 0 or (item or "").upper() == "DISCOUNT" else "MISC_CHARGE"
    lines.add(scope, source, entry.text("primaryKey") or "", columns)


def beyond_complaints(source: str, total: Decimal | None, scope: Scope, lines: Lines) -> None:
    """Add what the invoice has of service calls or mileage beyond its complaints."""
    difference = NO_MONEY if total is None else total - lines.price(source)
    if difference:
        description = "Service call" if source == "SERVICE_CALL" else "Mileage"
        lines.add(scope, source, "", _charge("MISC", description, difference, taxable=False))


def sublet_labor(total: Decimal, scope: Scope, lines: Lines) -> None:
    """Add sublet labor that the invoice bills beside its other labor."""
    columns = {
        "line_item_type": "LABOR",
        "labor_description": "Sublet labor",
        "labor_hours": NO_QUANTITY,
        "line_total_price": total,
        "taxable": False,
        "sublet": True,
    }
    lines.add(scope, "SUBLET_LABOR", "", columns)
