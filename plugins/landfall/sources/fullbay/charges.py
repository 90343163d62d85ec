"""Charges beside parts and labor: service calls, mileage, shop supplies, misc charges, sublet labor."""

from __future__ import annotations

from decimal import Decimal

from landfall.sources.fullbay.arithmetic import NO_MONEY, NO_QUANTITY, ONE, round4
from landfall.sources.fullbay.fields import FLAG, ID, MONEY, PRICE, QUANTITY, TEXT, TEXT50, TEXT255
from landfall.sources.fullbay.invoice import Node
from landfall.sources.fullbay.lines import Lines, Row, Scope

_ONE = round4(ONE)
_FREIGHT_WORDS = ("FREIGHT", "SHIPPING")


def _charge(scope: Scope, kind: str, description: str | None, amount: Decimal, *, taxable: bool) -> Row:
    row = scope.row.copy()
    row["line_item_type"] = kind
    row["part_description"] = description
    row["quantity"] = _ONE
    row["unit_price"] = round4(amount)
    row["line_total_price"] = amount
    row["taxable"] = taxable
    return row


def complaint_charges(complaint: Node, scope: Scope, lines: Lines) -> None:
    """Add the service call and the mileage of a complaint."""
    if call := complaint.read("serviceCallTotal", MONEY):
        taxable = complaint.read("serviceCallTaxable", FLAG) or False
        row = _charge(scope, "MISC", "Service call", call, taxable=taxable)
        lines.add(scope, "SERVICE_CALL", "", row)
    mileage, cost = complaint.read("mileageTotal", MONEY), complaint.read("mileageCostTotal", MONEY)
    if mileage:
        taxable = complaint.read("mileageTaxable", FLAG) or False
        row = _charge(scope, "MISC", "Mileage", mileage, taxable=taxable)
        row["line_total_cost"] = cost
        row["unit_cost"] = None if cost is None else round4(cost)
        lines.add(scope, "MILEAGE", "", row)


def shop_supplies(total: Decimal | None, scope: Scope, lines: Lines) -> None:
    """Add the shop supplies of the invoice."""
    if total:
        lines.add(scope, "SHOP_SUPPLIES", "", _charge(scope, "SUPPLY", "Shop supplies", total, taxable=True))


def misc_charges(order: Node, total: Decimal | None, scope: Scope, lines: Lines) -> None:
    """Add each misc charge of the order, and one line for what the invoice's total has beyond them."""
    for entry in order.children("MiscCharges"):
        amount = entry.read("amount", MONEY)
        if amount is None:
            entry.note("amount", "is missing and counts as 0")
        _add_misc_charge(entry, amount or NO_MONEY, scope, lines)
    difference = NO_MONEY if total is None else total - lines.price("MISC_CHARGE", "DISCOUNT")
    if difference:
        row = _charge(scope, "MISC", "Miscellaneous charges", difference, taxable=False)
        lines.add(scope, "MISC_CHARGE", "", row)


def _add_misc_charge(entry: Node, amount: Decimal, scope: Scope, lines: Lines) -> None:
    description = entry.read("description", TEXT)
    item = entry.read("quickBooksItem", TEXT255)
    upper = (description or "").upper()
    kind = "FREIGHT" if any(word in upper for word in _FREIGHT_WORDS) else "MISC"
    rate, quantity = entry.read("rate", PRICE), entry.read("quantity", QUANTITY)
    row = _charge(scope, kind, description, amount, taxable=entry.read("taxable", FLAG) or False)
    row["quantity"] = None if quantity is None else round4(quantity)
    row["unit_price"] = None if rate is None else round4(rate)
    row["quickbooks_item"] = item
    row["quickbooks_item_type"] = entry.read("quickBooksItemType", TEXT50)
    source = "DISCOUNT" if amount < 0 or (item or "").upper() == "DISCOUNT" else "MISC_CHARGE"
    lines.add(scope, source, entry.read("primaryKey", ID) or "", row)


def beyond_complaints(source: str, total: Decimal | None, scope: Scope, lines: Lines) -> None:
    """Add what the invoice has of service calls or mileage beyond its complaints."""
    difference = NO_MONEY if total is None else total - lines.price(source)
    if difference:
        description = "Service call" if source == "SERVICE_CALL" else "Mileage"
        lines.add(scope, source, "", _charge(scope, "MISC", description, difference, taxable=False))


def sublet_labor(total: Decimal, scope: Scope, lines: Lines) -> None:
    """Add sublet labor that the invoice bills beside its other labor."""
    row = scope.row.copy()
    row["line_item_type"] = "LABOR"
    row["labor_description"] = "Sublet labor"
    row["labor_hours"] = NO_QUANTITY
    row["line_total_price"] = total
    row["taxable"] = False
    row["sublet"] = True
    lines.add(scope, "SUBLET_LABOR", "", row)
