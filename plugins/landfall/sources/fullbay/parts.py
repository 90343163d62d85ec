"""Part lines: what was billed of each part, which parts make one line, and whether it is a part or a supply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

import msgspec

from landfall.sources.fullbay.arithmetic import CENT, NO_MONEY, NO_QUANTITY, ONE, ZERO, round2, round4
from landfall.sources.fullbay.fields import (
    FLAG,
    ID,
    IDENTIFIER,
    MONEY,
    PRICE,
    QUANTITY,
    TEXT,
    TEXT50,
    TEXT100,
    TEXT255,
    Field,
    Fields,
)
from landfall.sources.fullbay.invoice import Node
from landfall.sources.fullbay.lines import MAX_DIGITS, Lines, Row, Scope
from landfall.sources.fullbay.rules import Classification

SUPPLY_CATEGORY = re.compile(r"\b(?:FLUIDS?|GREASE|OILS?)\b|SHOP SUPPL")
SUPPLY_WORD = re.compile(r"\b(?:GREASE|OIL|FLUID|COOLANT|ANTI-?FREEZE|FREON|REFRIGERANT)\b|SHOP SUPPL")
PART_WORD = re.compile(
    r"\b(?:FILTER|PUMP|PAN|SEAL|COOLER|HOSE|LINE|SENSOR|CAP|GASKET|KIT|SWITCH|VALVE|TANK)S?\b"
)
_SEED_DESCRIPTION = ("GREASE", "OIL", "FLUID")
_SEED_CATEGORY = ("FLUIDS", "GREASE", "SHOP SUPPLIES")
_KNOWN_CORES = ("", "dirty")


_PART = Fields(
    Field("quantity", "quantity", QUANTITY, "is missing and counts as 1"),
    Field("returned_quantity", "returnedQuantity", QUANTITY),
    Field("to_be_returned_quantity", "toBeReturnedQuantity", QUANTITY),
    Field("unit_price", "sellingPrice", PRICE, "is missing and counts as 0"),
    Field("unit_cost", "cost", PRICE),
    Field("taxable", "taxable", FLAG),
    Field("sublet", "sublet", FLAG),
    Field("source_part_ids", "primaryKey", ID),
    Field("part_description", "description", TEXT),
    Field("core_type", "coreType", TEXT50),
)
_NAMES = Fields(
    Field("shop_part_number", "shopPartNumber", TEXT100),
    Field("part_category", "partCategory", TEXT255),
    Field("fullbay_part_id", "primaryKey", IDENTIFIER),
    Field("vendor_part_number", "vendorPartNumber", TEXT100),
)
_ACCOUNTS = Fields(
    Field("inventory_item", "inventory", FLAG),
    Field("quickbooks_account", "quickBooksAccount", TEXT255),
    Field("quickbooks_item", "quickBooksItem", TEXT255),
    Field("quickbooks_item_type", "quickBooksItemType", TEXT50),
)


class Part:
    """One entry of a correction's `Parts`, with the numbers that decide about it.

    :ivar row: its line if it is the first of a group: the scope's columns, and of its own those read here.
    """

    __slots__ = ("core", "cost", "identity", "node", "price", "quantity", "returned", "row", "to_return")

    def __init__(self, node: Node, scope: Scope) -> None:
        self.node = node
        self.row = row = scope.row.copy()
        node.fill(row, _PART)
        row["taxable"] = row["taxable"] or False
        row["sublet"] = row["sublet"] or False
        quantity = row["quantity"]
        self.quantity: Decimal = ONE if quantity is None else quantity
        self.returned: Decimal = row["returned_quantity"] or ZERO
        self.to_return: Decimal = row["to_be_returned_quantity"] or ZERO
        self.price: Decimal | None = row["unit_price"]
        self.cost: Decimal | None = row["unit_cost"]
        core = row["core_type"]
        self.core: str = core.lower() if core else ""
        if self.core not in _KNOWN_CORES:
            node.note("coreType", "is a value not known yet")
        number = node.read("shopPartNumber", TEXT) or node.read("vendorPartNumber", TEXT)
        if number is None:
            node.note("shopPartNumber", "is missing, and so is vendorPartNumber")
        self.identity: str = (number or row["part_description"] or "").upper()

    def amount(self, quantity: Decimal) -> Decimal:
        """What `quantity` of it costs the customer."""
        return round2(quantity * self.price) if self.price else NO_MONEY


class Billed(msgspec.Struct, frozen=True):
    """What of each part the vendor bills, and by which rule (see `billed`)."""

    basis: str
    quantities: list[Decimal]
    amounts: list[Decimal]


def billed(parts: Sequence[Part], parts_total: Decimal | None, *, unbillable: bool) -> Billed:
    """How many of each part the vendor's `partsTotal` counts, and what they cost the customer.

    The first basis that fits within a cent a part wins: NET (returned ones off), GROSS (all), CORE (of a dirty core
    only the returns count, against), UNBILLED (nothing, where the work was not done or not authorized). NET where
    none fits.

    :param unbillable: the correction was not performed, or its complaint not authorized.
    """
    net = _billed("NET", parts, [p.quantity - p.returned for p in parts])
    if parts_total is None or _fits(net, parts_total):
        return net
    gross = _billed("GROSS", parts, [p.quantity for p in parts])
    if _fits(gross, parts_total):
        return gross
    quantities = zip(parts, net.quantities, strict=True)
    core = _billed("CORE", parts, [-p.returned if p.core == "dirty" else q for p, q in quantities])
    if _fits(core, parts_total):
        return core
    if not parts_total and unbillable:
        return _billed("UNBILLED", parts, [ZERO] * len(parts))
    return net


def _billed(basis: str, parts: Sequence[Part], quantities: list[Decimal]) -> Billed:
    return Billed(basis, quantities, [p.amount(q) for p, q in zip(parts, quantities, strict=True)])


def _fits(found: Billed, parts_total: Decimal) -> bool:
    difference = sum(found.amounts, NO_MONEY) - parts_total
    return not difference or abs(difference) <= CENT * len(found.amounts)


@lru_cache(maxsize=8192)
def classify(description: str, number: str, category: str, mode: Classification) -> str:
    """PART, SUPPLY or FREIGHT, by the words of a part's description, number and category.

    :param mode: see `Rules.classification`.
    """
    description, category = description.upper(), category.upper()
    if "FREIGHT" in f"{description} {number.upper()}":
        return "FREIGHT"
    if mode == "seed":
        supply = any(w in description for w in _SEED_DESCRIPTION) or any(
            w in category for w in _SEED_CATEGORY
        )
    else:
        supply = bool(
            SUPPLY_CATEGORY.search(category)
            or (SUPPLY_WORD.search(description) and not PART_WORD.search(description))
        )
    return "SUPPLY" if supply else "PART"


def part_lines(correction: Node, scope: Scope, lines: Lines, mode: Classification) -> str | None:
    """Add one line for each group of like parts of a correction.

    Parts are alike when number, selling price, taxability, core type and sublet agree.

    :returns: the basis of the quantities, None where the correction has no parts.
    """
    parts = [Part(node, scope) for node in correction.children("Parts")]
    parts_total = correction.read("partsTotal", MONEY)
    if not parts:
        return None
    performed = (scope.row["correction_performed"] or "").lower() == "performed"
    unbillable = not performed or scope.row["complaint_authorized"] is False
    found = billed(parts, parts_total, unbillable=unbillable)
    groups: dict[tuple[object, ...], Group] = {}
    for part, quantity, amount in zip(parts, found.quantities, found.amounts, strict=True):
        alike = (part.identity, part.price, part.row["taxable"], part.core, part.row["sublet"])
        group = groups.get(alike)
        if group is None:
            groups[alike] = Group(part, quantity, amount)
        else:
            group.take(part, quantity, amount)
    for group in groups.values():
        lines.add(scope, "CORRECTION_PART", group.first.identity, group.line(mode))
    return found.basis


class Group:
    """Like parts of one correction, which make one line; texts, flags and ids are the first one's."""

    __slots__ = ("cost", "first", "ids", "overridden", "price", "quantity", "returned", "to_return")

    def __init__(self, first: Part, quantity: Decimal, amount: Decimal) -> None:
        self.first = first
        self.ids: str | None = first.row["source_part_ids"]
        self.quantity, self.price = quantity, amount
        self.to_return, self.returned = first.to_return, first.returned
        self.cost = None if first.cost is None else first.cost * quantity
        self.overridden: bool = first.node.read("sellingPriceOverridden", FLAG) or False

    def take(self, part: Part, quantity: Decimal, amount: Decimal) -> None:
        """Add a part that counts `quantity` times and costs the customer `amount`."""
        if key := part.row["source_part_ids"]:
            self.ids = f"{self.ids},{key}" if self.ids else key
        self.quantity += quantity
        self.to_return += part.to_return
        self.returned += part.returned
        self.price += amount
        if part.cost is not None:
            cost = part.cost * quantity
            self.cost = cost if self.cost is None else self.cost + cost
        self.overridden = part.node.read("sellingPriceOverridden", FLAG) or self.overridden

    def line(self, mode: Classification) -> Row:
        """The line, in the first one's row."""
        first, node = self.first, self.first.node
        row = first.row
        node.fill(row, _NAMES)
        row["line_item_type"] = classify(
            row["part_description"] or "", row["shop_part_number"] or "", row["part_category"] or "", mode
        )
        row["source_part_ids"] = self.ids
        row["quantity"] = round4(self.quantity)
        row["to_be_returned_quantity"] = round4(self.to_return) if self.to_return else NO_QUANTITY
        row["returned_quantity"] = round4(self.returned) if self.returned else NO_QUANTITY
        row["unit_cost"] = self._unit_cost()
        row["unit_price"] = None if first.price is None else round4(first.price)
        row["line_total_cost"] = None if self.cost is None else round2(self.cost)
        row["line_total_price"] = self.price
        row["price_overridden"] = self.overridden
        node.fill(row, _ACCOUNTS)
        return row

    def _unit_cost(self) -> Decimal | None:
        """The cost of one, from the exact sum; the first part's where the quantity is 0."""
        unit_cost = self.cost / self.quantity if self.cost is not None and self.quantity else self.first.cost
        if unit_cost is None:
            return None
        if unit_cost.adjusted() >= MAX_DIGITS - 1:
            self.first.node.note("cost", "gives a unit cost out of range")
            return None
        return round4(unit_cost)
