"""Invented invoices in the shape of `getInvoices.php`, whose totals all add up.

What varies is what varies in the vendor's data: numbers as text or as JSON numbers, empty objects as `[]`, `{}` or
null, technicians with odd portions, returned parts, dirty cores, work that was not done, discounts, tax on parts or on
none, and credits below zero. The same seed and number give the same invoice.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import msgspec

from sandbox.fullbay.catalog import PARTS, TASKS, TECHNICIANS, Item, Row, address, customer, unit

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
FIRST_KEY = 10_000_000
CUSTOMERS = 60
EXAMPLE = Path(__file__).with_name("example.json")
"""An invoice of fifteen lines to follow by hand: its totals, tax and hours all add up."""
_PORTIONS = ((100,), (60, 40), (50, 50), (34, 33, 33), (33, 33, 33), (51, 50), (0, 0), (100, 0))

encode = msgspec.json.Encoder(decimal_format="number").encode
"""JSON with a Decimal as a number, as the API writes it."""


def cents(amount: Decimal) -> Decimal:
    """`amount` to the cent, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


class InvoiceMaker:
    """Makes invoice `number` of a seed.

    :param complaints: how many an invoice has, at least and at most.
    :param parts: how many a correction has, at least and at most.
    """

    def __init__(
        self, seed: int = 0, *, complaints: tuple[int, int] = (1, 5), parts: tuple[int, int] = (0, 3)
    ) -> None:
        self.seed, self.complaints, self.parts = seed, complaints, parts

    def invoice(self, number: int, day: date = date(2025, 3, 4)) -> Row:
        """Invoice `number`, dated `day`."""
        return _Maker(random.Random(f"{self.seed}:{number}"), self).invoice(number, day)


class _Maker:
    """One invoice in the making."""

    def __init__(self, rng: random.Random, shape: InvoiceMaker) -> None:
        self.rng, self.shape = rng, shape
        self.sign = -1 if rng.random() < 0.03 else 1

    # --- how values are written ---

    def number(self, value: Decimal) -> Decimal | str:
        """As a JSON number, or as text."""
        if value == value.to_integral_value() and self.rng.random() < 0.3:
            value = Decimal(int(value))
        return value if self.rng.random() < 0.5 else self.text(value)

    def text(self, value: Decimal) -> str:
        roll = self.rng.random()
        if roll < 0.01:
            return f"{value:,}"
        return f"${value}" if roll < 0.015 and value >= 0 else str(value)

    def nothing(self) -> Any:
        return self.rng.choice([[], {}, None])

    @staticmethod
    def flag(value: bool) -> str:
        return "Yes" if value else "No"

    # --- the parts of an invoice ---

    def invoice(self, number: int, day: date) -> Row:
        rng = self.rng
        key = FIRST_KEY + number
        morning = datetime.combine(day, time(8))  # shop time: the API writes no zone
        opened = morning - timedelta(days=rng.randrange(4))
        who, truck = customer(number % CUSTOMERS), unit(number % (CUSTOMERS * 3))
        low, high = self.shape.complaints
        complaints = [self.complaint(number * 10 + i, opened) for i in range(rng.randint(low, high))]
        made = [complaint for complaint, _ in complaints]
        sums = {name: sum((totals[name] for _, totals in complaints), ZERO) for name in _SUMMED}
        misc = [self.misc_charge(number * 4 + i) for i in range(rng.choice((0, 0, 1, 2)))]
        misc_total = sum((Decimal(charge["amount"]) for charge in misc), ZERO)
        supplies = cents(sums["laborTotal"] * Decimal("0.05")) if rng.random() < 0.8 else ZERO
        subtotal = sums["laborTotal"] + sums["partsTotal"] + supplies + misc_total
        subtotal += sums["serviceCallTotal"] + sums["mileageTotal"]
        rate = Decimal(rng.choice(("0", "0", "6", "8.5")))
        tax = cents((sums["taxable"] + supplies) * rate / 100)
        technician = rng.choice(TECHNICIANS)
        order = {
            "primaryKey": str(70_000_000 + number),
            "repairOrderNumber": str(20_000 + number),
            "technician": technician[0],
            "technicianNumber": technician[1],
            "partsManager": "Jo Marsh",
            "partsManagerNumber": "P-02",
            "customerAuthorizedOnHoursOnly": "No",
            "Customer": who if rng.random() < 0.9 else self.nothing(),
            "Unit": truck,
            "description": "PM and repairs",
            "submitterContact": "Pat Lowe",
            "billingCustomer": who["title"],
            "BillingAddress": address("Billing", number % 50),
            "RemitToAddress": address("Remit", 9),
            "ShipToAddress": address("Ship", number % 50),
            "UnitPickUpAddress": self.nothing(),
            "poNumber": f"PO-{number % 9000}",
            "hot": "No",
            "preAuthorized": "No",
            "laborHoursTotal": self.number(sums["laborHoursTotal"]),
            "actualHoursTotal": self.number(sums["actualHoursTotal"]),
            "laborTotal": self.number(sums["laborTotal"]),
            "subletLaborTotal": None,
            "partsCostTotal": self.number(cents(sums["partsCostTotal"])),
            "partsTotal": self.number(sums["partsTotal"]),
            "mileageTotal": self.number(sums["mileageTotal"]),
            "mileageCostTotal": 0,
            "overrideSuppliesTotal": "No",
            "overridenSuppliesTotal": "0.00",
            "serviceCallTotal": self.number(sums["serviceCallTotal"]),
            "allPartsPricedDateTime": "",
            "startDateTime": self.stamp(opened + timedelta(minutes=20)),
            "completionDateTime": self.stamp(opened + timedelta(hours=7)),
            "createdByTechnician": "Jo Marsh",
            "createdByTechnicianNumber": "P-02",
            "created": self.stamp(opened),
            "MiscCharges": misc or self.nothing(),
            "Complaints": made,
        }
        return {
            "primaryKey": str(key),
            "exported": str(number % 2),
            "invoiceDate": day.isoformat(),
            "dueDate": (day + timedelta(days=30)).isoformat(),
            "invoiceNumber": str(10_000 + number),
            "customerTitle": who["title"],
            "customerBillingEmployee": "",
            "customerBillingEmail": f"ap{number % CUSTOMERS}@example.org",
            "customerBillingAddress": "410 Quarry Rd, Ridgeton, MI 49001",
            "Customer": who,
            "shopTitle": "Demo Truck Repair",
            "shopEmail": "office@example.org",
            "shopPhysicalAddress": "9 Depot St, Ridgeton, MI 49001",
            "miscChargeTotal": self.number(misc_total),
            "serviceCallTotal": self.number(sums["serviceCallTotal"]),
            "mileageTotal": self.number(sums["mileageTotal"]),
            "mileageCostTotal": 0,
            "partsTotal": self.number(sums["partsTotal"]),
            "laborHoursTotal": self.number(sums["laborHoursTotal"]),
            "laborTotal": self.number(sums["laborTotal"]),
            "subletLaborTotal": None,
            "suppliesTotal": self.number(supplies),
            "subTotal": self.number(subtotal),
            "ServiceOrder": order,
            "TaxInformation": self.tax(rate, tax),
            "taxTitle": "State sales tax",
            "taxRate": str(rate),
            "taxTotal": self.number(tax),
            "total": self.number(subtotal + tax),
            "balance": self.number(subtotal + tax),
            "quickBooksId": "",
            "promiseToPayDate": "",
            "createdByTechnician": "Jo Marsh",
            "createdByTechnicianNumber": "P-02",
            "created": self.stamp(opened + timedelta(hours=8)),
        }

    def stamp(self, at: datetime) -> str:
        return at.isoformat(sep="T" if self.rng.random() < 0.1 else " ")

    def tax(self, rate: Decimal, tax: Decimal) -> Any:
        if not tax:
            return self.nothing()
        line = {"taxTitle": "State", "taxRate": rate, "taxTotal": str(tax)}
        return {
            "taxTitle": "State sales tax",
            "taxRate": str(rate),
            "taxTotal": tax,
            "TaxLineInformation": [line],
        }

    def complaint(self, number: int, opened: datetime) -> tuple[Row, dict[str, Decimal]]:
        rng = self.rng
        authorized = rng.random() > 0.05
        low, high = self.shape.parts
        corrections = [
            self.correction(number * 4 + i, opened, rng.randint(low, high), authorized)
            for i in range(rng.choice((1, 1, 1, 2)))
        ]
        sums = {name: sum((totals[name] for _, totals in corrections), ZERO) for name in _OF_CORRECTIONS}
        technicians = self.technicians(number)
        sums["actualHoursTotal"] = sum((Decimal(str(t["actualHours"])) for t in technicians), ZERO)
        sums["serviceCallTotal"] = self.sign * Decimal(95) if rng.random() < 0.1 else ZERO
        sums["mileageTotal"] = self.sign * Decimal("42.50") if rng.random() < 0.1 else ZERO
        complaint = {
            "primaryKey": self.key(71_000_000 + number),
            "mileageRate": "Default",
            "laborRate": "Standard",
            "type": "Repair",
            "subType": "General",
            "authorized": self.flag(authorized),
            "severity": "Normal",
            "note": "Oil leak, low pressure light",
            "cause": "Worn filter seal",
            "causeType": "",
            "laborHoursTotal": self.number(sums["laborHoursTotal"]),
            "actualHoursTotal": self.number(sums["actualHoursTotal"]),
            "laborTaxable": "No",
            "laborTotal": self.number(sums["laborTotal"]),
            "partsCostTotal": self.number(cents(sums["partsCostTotal"])),
            "partsTotal": self.number(sums["partsTotal"]),
            "mileageTaxable": "No",
            "mileageTotal": self.number(sums["mileageTotal"]),
            "mileageCostTotal": 0,
            "serviceCallTaxable": "No",
            "serviceCallTotal": self.number(sums["serviceCallTotal"]),
            "sublet": "No",
            "partCategory": "",
            "quickBooksAccount": "Labor Income",
            "quickBooksItem": "Labor",
            "quickBooksItemType": "service",
            "created": self.stamp(opened),
            "AssignedTechnicians": technicians or self.nothing(),
            "Corrections": [correction for correction, _ in corrections],
        }
        return complaint, sums

    def key(self, value: int) -> int | str:
        return value if self.rng.random() < 0.5 else str(value)

    def technicians(self, number: int) -> list[Row]:
        rng = self.rng
        if rng.random() < 0.15:
            return []
        portions = rng.choice(_PORTIONS) if rng.random() < 0.5 else (100,)
        return [
            {
                "primaryKey": str(61_000_000 + number * 4 + i),
                "technician": name,
                "technicianNumber": badge,
                "actualHours": self.sign * Decimal(rng.randrange(0, 500)) / 100,
                "portion": portion if rng.random() < 0.7 else str(portion),
                "quickBooksLaborItem": "",
            }
            for i, (portion, (name, badge)) in enumerate(
                zip(portions, rng.sample(TECHNICIANS, len(portions)), strict=True)
            )
        ]

    def correction(
        self, number: int, opened: datetime, count: int, authorized: bool
    ) -> tuple[Row, dict[str, Decimal]]:
        rng = self.rng
        performed = rng.random() > 0.04
        component, system, service, title = rng.choice(TASKS)
        billed = performed and authorized
        parts = [self.part(number * 8 + i, opened) for i in range(count)]
        if parts and rng.random() < 0.1:
            parts.append(parts[0] | {"primaryKey": str(91_000_000 + number * 8 + count)})
        core_billed = any(p["coreType"] for p in parts) and rng.random() < 0.5
        amounts = [self.amount(part, billed, core_billed) for part in parts]
        hours = self.sign * Decimal(rng.randrange(1, 30)) / 4 if billed and rng.random() < 0.9 else ZERO
        labor = cents(hours * Decimal("145.01"))
        sums = {
            "laborHoursTotal": hours,
            "laborTotal": labor,
            "partsTotal": sum((price for price, _ in amounts), ZERO),
            "partsCostTotal": sum((cost for _, cost in amounts), ZERO),
            "taxable": sum(
                (a[0] for a, p in zip(amounts, parts, strict=True) if p["taxable"] == "Yes"), ZERO
            ),
        }
        correction = {
            "primaryKey": str(81_000_000 + number),
            "globalComponent": component,
            "globalSystem": system,
            "globalService": service,
            "unitService": "",
            "laborRate": "Standard",
            "title": title,
            "recommendedCorrection": title,
            "actualCorrection": f"{title}: done" if performed else "",
            "correctionPerformed": "Performed" if performed else "Not Performed",
            "preAuthorized": "No",
            "prePaid": "No",
            "laborHoursTotal": self.number(hours),
            "laborTotal": self.number(labor),
            "taxable": "No",
            "partsCostTotal": self.number(cents(sums["partsCostTotal"])),
            "partsTotal": self.number(sums["partsTotal"]),
            "created": self.stamp(opened),
            "Parts": parts or self.nothing(),
        }
        return correction, sums

    def part(self, number: int, opened: datetime) -> Row:
        rng = self.rng
        item: Item = rng.choice(PARTS)
        quantity = Decimal(rng.randrange(1, 60)) / 4 if item.quarters else Decimal(rng.randint(1, 4))
        returned = 1 if not item.quarters and quantity > 1 and rng.random() < 0.1 else 0
        price = Decimal(item.cents) / 100
        return {
            "primaryKey": self.key(91_000_000 + number),
            "description": item.description,
            "shopPartNumber": item.number,
            "vendorPartNumber": item.number.replace("-", ""),
            "quantity": self.number(self.sign * quantity),
            "toBeReturnedQuantity": "0",
            "returnedQuantity": str(self.sign * returned),
            "cost": self.number(cents(price * Decimal("0.58"))),
            "sellingPrice": self.number(price),
            "sellingPriceOverridden": self.flag(rng.random() < 0.05),
            "taxable": self.flag(rng.random() < 0.7),
            "inventory": "Yes",
            "coreType": item.core,
            "sublet": "No",
            "partCategory": item.category,
            "quickBooksAccount": "Parts Income",
            "quickBooksItem": "Parts",
            "quickBooksItemType": "inventory",
            "created": self.stamp(opened),
        }

    @staticmethod
    def amount(part: Row, billed: bool, core_billed: bool) -> tuple[Decimal, Decimal]:
        """Price and cost of what the vendor bills of a part."""
        if not billed:
            return ZERO, ZERO
        returned = plain(part["returnedQuantity"])
        quantity = -returned if core_billed and part["coreType"] else plain(part["quantity"]) - returned
        return cents(quantity * plain(part["sellingPrice"])), quantity * plain(part["cost"])

    def misc_charge(self, number: int) -> Row:
        description, item, low = self.rng.choice(_MISC)
        amount = self.sign * Decimal(low) / 100
        return {
            "primaryKey": str(41_000_000 + number),
            "description": description,
            "quantity": "1",
            "rate": str(amount),
            "amount": str(amount),
            "taxable": "No",
            "quickBooksItem": item,
            "quickBooksItemType": "misc",
        }


_OF_CORRECTIONS: Sequence[str] = ("laborHoursTotal", "laborTotal", "partsTotal", "partsCostTotal", "taxable")
_SUMMED: Sequence[str] = (*_OF_CORRECTIONS, "actualHoursTotal", "serviceCallTotal", "mileageTotal")
_MISC = (
    ("Hazardous waste fee", "HAZMAT", 1250),
    ("Fleet discount", "DISCOUNT", -2500),
    ("Shipping and handling", "SHIP", 1899),
    ("Tire disposal", "DISPOSAL", 600),
)


def plain(value: Decimal | str) -> Decimal:
    """The number a generated field stands for."""
    return value if isinstance(value, Decimal) else Decimal(value.replace("$", "").replace(",", ""))
