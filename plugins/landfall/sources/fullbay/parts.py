"""Part lines: what was billed of each part, which parts make one line, and whether it is a part or a supply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from landfall.sources.fullbay.arithmetic import CENT, ONE, ZERO, round2, round4
from landfall.sources.fullbay.invoice import MONEY, PRICE, QUANTITY, Node
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


class Part:
    """One entry of a correction's `Parts`, with the numbers that decide about it."""

    __slots__ = (
        *(
            "core",
            "core_type",
            "cost",
            "description",
            "id",
            "identity",
            "node",
            "price",
            "quantity",
            "returned",
        ),
        *("sublet", "taxable", "to_return"),
    )

    def __init__(self, node: Node) -> None:
        self.node = node
        quantity = node.number("quantity", QUANTITY)
        if quantity is None:
            node.note("quantity", "is missing and counts as 1")
            quantity = ONE
        self.quantity: Decimal = quantity
        self.returned = node.number("returnedQuantity", QUANTITY) or ZERO
        self.to_return = node.number("toBeReturnedQuantity", QUANTITY) or ZERO
        self.price = node.number("sellingPrice", PRICE)
        if self.price is None:
            node.note("sellingPrice", "is missing and counts as 0")
        self.cost = node.number("cost", PRICE)
        self.taxable = node.flag("taxable") or False
        self.sublet = node.flag("sublet") or False
        self.id = node.text("primaryKey")
        self.description = node.text("description")
        self.core_type = node.text("coreType", 50)
        self.core = (self.core_type or "").lower()
        if self.core not in _KNOWN_CORES:
            node.note("coreType", "is a value not known yet")
        number = node.text("shopPartNumber") or node.text("vendorPartNumber")
        if number is None:
            node.note("shopPartNumber", "is missing, and so is vendorPartNumber")
        self.identity = (number or self.description or "").upper()

    def amount(self, quantity: Decimal) -> Decimal:
        """What `quantity` of it costs the customer."""
        return round2(quantity * self.price) if self.price else ZERO


class Billed(NamedTuple):
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
    return abs(sum(found.amounts, ZERO) - parts_total) <= CENT * len(found.amounts)


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
    parts = [Part(node) for node in correction.children("Parts")]
    parts_total = correction.number("partsTotal", MONEY)
    if not parts:
        return None
    performed = (scope.row["correction_performed"] or "").lower() == "performed"
    unbillable = not performed or scope.row["complaint_authorized"] is False
    found = billed(parts, parts_total, unbillable=unbillable)
    groups: dict[tuple[object, ...], Group] = {}
    for part, quantity, amount in zip(parts, found.quantities, found.amounts, strict=True):
        alike = (part.identity, part.price, part.taxable, part.core, part.sublet)
        group = groups.get(alike)
        if group is None:
            group = groups[alike] = Group(part)
        group.take(part, quantity, amount)
    for group in groups.values():
        lines.add(scope, "CORRECTION_PART", group.first.identity, group.columns(mode))
    return found.basis


class Group:
    """Like parts of one correction, which make one line; texts, flags and ids are the first one's."""

    def __init__(self, first: Part) -> None:
        self.first = first
        self.ids: list[str] = []
        self.quantity = self.to_return = self.returned = self.price = ZERO
        self.cost: Decimal | None = None
        self.overridden = False

    def take(self, part: Part, quantity: Decimal, amount: Decimal) -> None:
        """Add a part that counts `quantity` times and costs the customer `amount`."""
        if part.id:
            self.ids.append(part.id)
        self.quantity += quantity
        self.to_return += part.to_return
        self.returned += part.returned
        self.price += amount
        if part.cost is not None:
            cost = part.cost * quantity
            self.cost = cost if self.cost is None else self.cost + cost
        self.overridden = part.node.flag("sellingPriceOverridden") or self.overridden

    def columns(self, mode: Classification) -> Row:
        """The line's own columns."""
        first, node = self.first, self.first.node
        number = node.text("shopPartNumber", 100)
        category = node.text("partCategory", 255)
        return {
            "line_item_type": classify(first.description or "", number or "", category or "", mode),
            "fullbay_part_id": node.identifier("primaryKey"),
            "source_part_ids": ",".join(self.ids) or None,
            "part_description": first.description,
            "shop_part_number": number,
            "vendor_part_number": node.text("vendorPartNumber", 100),
            "part_category": category,
            "quantity": round4(self.quantity),
            "to_be_returned_quantity": round4(self.to_return),
            "returned_quantity": round4(self.returned),
            "unit_cost": self._unit_cost(),
            "unit_price": None if first.price is None else round4(first.price),
            "line_total_cost": None if self.cost is None else round2(self.cost),
            "line_total_price": round2(self.price),
            "price_overridden": self.overridden,
            "taxable": first.taxable,
            "inventory_item": node.flag("inventory"),
            "core_type": first.core_type,
            "sublet": first.sublet,
            "quickbooks_account": node.text("quickBooksAccount", 255),
            "quickbooks_item": node.text("quickBooksItem", 255),
            "quickbooks_item_type": node.text("quickBooksItemType", 50),
        }

    def _unit_cost(self) -> Decimal | None:
        """The cost of one, from the exact sum; the first part's where the quantity is 0."""
        unit_cost = self.cost / self.quantity if self.cost is not None and self.quantity else self.first.cost
        if unit_cost is None:
            return None
        if unit_cost.adjusted() >= MAX_DIGITS - 1:
            self.first.node.note("cost", "gives a unit cost out of range")
            return None
        return round4(unit_cost)
