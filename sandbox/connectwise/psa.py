"""An invented IT service company: its customers, agreements, people, time, expenses, products and invoices."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = dict[str, Any]

TYPES = (
    (11, "yÞjónusta"),
    (12, "Tímapottur "),
    (13, "Innri verkefni"),
    (14, "zRekstrarþjónusta:"),
    (15, "Alrekstur"),
    (16, "Hugbúnaðarþjónusta"),
    (17, "Office 365"),
    (18, "Ráðgjöf"),
)
WORK_TYPES = ((1, "Dagvinna"), (2, "Yfirvinna"), (3, "Fjarvinna"), (4, "Útkall"))
WORK_ROLES = ((1, "Engineer"), (2, "Senior engineer"), (3, "Consultant"))
DEPARTMENTS = ((10, "Service"), (11, "Projects"), (12, "Sales"))
LOCATIONS = ((2, "Main office"), (3, "North"))
STATUSES = ("Open", "PendingApproval", "ApprovedByTierOne", "ReadyToBill", "Billed", "BilledAgreement")
OPTIONS = ("Billable", "Billable", "Billable", "DoNotBill", "NoCharge", "NoDefault")
CHARGES = ("ServiceTicket", "ServiceTicket", "ProjectTicket", "Company", "ChargeCode")
NAMES = ("Fjallaverk", "Hafnarblik", "Skeljasteinn", "Norðurtak", "Bláfell", "Grænavatn", "Ísbrú", "Lækjarás")
PEOPLE = ("Anna", "Bjarni", "Dagný", "Einar", "Freyja", "Gunnar", "Hildur", "Ívar")
PRODUCTS = ("SW-365-BP", "SALE0000", "FW-RENT", "BACKUP-1T", "LAPTOP-14")
MEMBER_SECRETS = {"password": "planted-password", "token": "planted-token", "ldapUserName": "planted-ldap"}

CENT = Decimal("0.01")


def moment(at: datetime) -> str:
    """The vendor's text of a moment: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def amount(value: Decimal | int) -> float:
    """An amount as the JSON number that the vendor sends."""
    return float(Decimal(value).quantize(CENT, ROUND_HALF_UP))


class Psa:
    """Makes plausible rows, each from its own number alone.

    :param seed: the same seed gives the same rows.
    :param today: what the rows' dates lead up to.
    :param sizes: rows a collection.
    """

    def __init__(self, seed: int, today: datetime, sizes: dict[str, int]) -> None:
        self.seed, self.today, self.sizes = seed, today.replace(minute=0, second=0, microsecond=0), sizes

    def random(self, kind: str, number: int) -> random.Random:
        """Randomness of one row."""
        return random.Random(f"{self.seed}/{kind}/{number}")

    def _day(self, number: int, of: int, back: int) -> datetime:
        """Older rows first, spread over the last `back` days."""
        return self.today - timedelta(days=back - back * min(number, of) // max(of, 1))

    def company_ref(self, number: int) -> Row:
        row_id = 300 + number % self.sizes["companies"]
        name = self.company_name(row_id)
        return {"id": row_id, "identifier": name.replace(" ", ""), "name": f"{name} ehf."}

    def company_name(self, row_id: int) -> str:
        number = row_id - 300
        return NAMES[number % len(NAMES)] + (f" {number // len(NAMES)}" if number >= len(NAMES) else "")

    def member_ref(self, number: int) -> Row:
        row_id = 140 + number % self.sizes["members"]
        return {
            "id": row_id,
            "identifier": f"demo{row_id}",
            "name": self.member_name(row_id),
            "dailyCapacity": 8.0,
        }

    def member_name(self, row_id: int) -> str:
        return f"{PEOPLE[row_id % len(PEOPLE)]} Demo{row_id}"

    def agreement_ref(self, number: int) -> Row:
        row_id = 70 + number % self.sizes["agreements"]
        made = self.agreement(row_id)
        return {"id": row_id, "name": made["name"], "type": made["type"]["name"], "chargeFirmFlag": False}

    def info(self, at: datetime, entered: datetime | None = None) -> Row:
        return {
            "lastUpdated": moment(at),
            "updatedBy": "demo140 ",
            "dateEntered": moment(entered or at),
            "enteredBy": "demo140",
        }

    def company(self, row_id: int) -> Row:
        pick = self.random("company", row_id)
        at = self.today - timedelta(days=400 - row_id % 300)
        name = self.company_name(row_id)
        return {
            "id": row_id,
            "identifier": name.replace(" ", ""),
            "name": f"{name} ehf.",
            "status": {"id": 1, "name": "Active"},
            "city": pick.choice(("Reykjavík", "Akureyri", "Selfoss")),
            "territory": {"id": 5, "name": "Capital"},
            "dateAcquired": moment(at),
            "annualRevenue": float(pick.randrange(1, 90) * 1_000_000),
            "numberOfEmployees": pick.randrange(1, 200),
            "deletedFlag": False,
            "types": [
                {"id": 1, "name": "Client"},
                *([{"id": 4, "name": "Vendor"}] if row_id % 9 == 0 else []),
            ],
            "_info": self.info(at),
            "customFields": [],
        }

    def member(self, row_id: int) -> Row:
        pick = self.random("member", row_id)
        first, last = self.member_name(row_id).split(" ")
        return {
            "id": row_id,
            "identifier": f"demo{row_id}",
            **MEMBER_SECRETS,
            "licenseClass": "F",
            "firstName": first,
            "lastName": last,
            "title": pick.choice(("Technician", "Consultant")),
            "officeEmail": f"demo{row_id}@example.org",
            "hireDate": moment(self.today - timedelta(days=900)),
            "inactiveFlag": row_id % 11 == 0,
            "type": {"id": 1, "name": "Employee"},
            "workRole": _ref(WORK_ROLES, row_id),
            "workType": _ref(WORK_TYPES, row_id),
            "defaultLocation": _ref(LOCATIONS, row_id),
            "defaultDepartment": {"identifier": "", **_ref(DEPARTMENTS, row_id)},
            "dailyCapacity": 8.0,
            "hourlyCost": None if row_id % 7 == 0 else float(pick.randrange(60, 140) * 100),
            "hourlyRate": 23800.0,
            "billableForecast": 75.0,
            "signature": "planted-signature",
            "_info": self.info(self.today - timedelta(days=200)),
        }

    def agreement(self, row_id: int) -> Row:
        pick = self.random("agreement", row_id)
        number = row_id - 70
        kind = TYPES[pick.randrange(len(TYPES))]
        parent = 70 + number // 4 if number % 4 == 3 and number else None
        at = self._day(number, self.sizes["agreements"], 700)
        row: Row = {
            "id": row_id,
            "name": f"{kind[1].strip(' :')} {row_id}",
            "type": {"id": kind[0], "name": kind[1]},
            "company": self.company_ref(number),
            "contact": {"id": 900 + number, "name": f"Contact {number}"},
            "startDate": at.strftime("%Y-%m-%dT00:00:00Z"),
            "noEndingDateFlag": True,
            "cancelledFlag": False,
            "applicationUnits": pick.choice(("Amount", "Hours")),
            "applicationLimit": 20.0,
            "applicationCycle": "CalendarMonth",
            "billAmount": float(pick.randrange(10, 400) * 1000),
            "billTime": "Billable",
            "agreementStatus": "Active",
            "currency": {"id": 8, "symbol": "kr", "currencyCode": "ISK", "name": "Icelandic krona"},
            "_info": {
                "lastUpdated": moment(at),
                "updatedBy": "demo140",
                "createdDate": moment(at),
                "createdBy": "demo140",
            },
            "customFields": [
                {
                    "id": 23,
                    "caption": "Samningsnr",
                    "type": "Text",
                    "entryMethod": "EntryField",
                    "numberOfDecimals": 0,
                    **({} if number % 3 == 2 else {"value": f"SN-{1000 + number}"}),
                }
            ],
        }
        if parent is not None and parent != row_id:
            row["parentAgreement"] = {"id": parent, "name": f"Agreement {parent}", "chargeFirmFlag": False}
        return row

    def time_entry(self, row_id: int) -> Row:
        pick = self.random("time", row_id)
        number = row_id - 1000
        at = self._day(number, self.sizes["time_entries"], 365) + timedelta(minutes=pick.randrange(480, 1000))
        hours = Decimal(pick.randrange(5, 800)) / 100
        billed = max(Decimal(1), (hours * 4).quantize(Decimal(1), ROUND_HALF_UP) / 4)
        rate = Decimal(pick.choice((23800, 19800, 28800)))
        agreement = (
            self.agreement_ref(pick.randrange(self.sizes["agreements"])) if pick.random() < 0.8 else None
        )
        location, department = _ref(LOCATIONS, pick.randrange(9)), _ref(DEPARTMENTS, pick.randrange(9))
        row: Row = {
            "id": row_id,
            "company": self.company_ref(pick.randrange(self.sizes["companies"])),
            "chargeToId": 90000 + number,
            "chargeToType": pick.choice(CHARGES),
            "member": self.member_ref(pick.randrange(self.sizes["members"])),
            "locationId": location["id"],
            "businessUnitId": department["id"],
            "businessGroupDesc": f"{department['name']} group",
            "location": location,
            "department": department,
            "workType": {**_ref(WORK_TYPES, pick.randrange(9)), "utilizationFlag": True},
            "workRole": _ref(WORK_ROLES, pick.randrange(9)),
            "timeStart": moment(at),
            "timeEnd": moment(at + timedelta(minutes=int(hours * 60))),
            "hoursDeduct": 0.0,
            "actualHours": float(hours),
            "billableOption": pick.choice(OPTIONS),
            "notes": pick.choice(("Router swap", "Printer", "Password reset", "Server upgrade")),
            "hoursBilled": float(billed),
            "invoiceHours": float(billed),
            "hourlyCost": f"{pick.randrange(80, 130) * 100}.00",
            "enteredBy": "demo140",
            "dateEntered": moment(at + timedelta(hours=3)),
            "hourlyRate": float(rate),
            "agreementHours": 0.0,
            "agreementAmount": 0.0,
            "invoiceReady": 1,
            "timeSheet": {"id": 2000 + number // 50, "name": "2025-03-03 to 2025-03-09"},
            "status": pick.choice(STATUSES),
            "ticket": {"id": 90000 + number, "summary": "Router fault"},
            "ticketBoard": "Service",
            "invoiceFlag": False,
            "extendedInvoiceAmount": amount(billed * rate),
            "taxCode": {"id": 1, "name": "VAT 24"},
            "_info": self.info(at + timedelta(hours=3)),
        }
        if agreement:
            row |= {"agreement": agreement, "agreementType": agreement["type"]}
        if pick.random() < 0.3:
            row["invoice"] = self.invoice_ref(pick.randrange(self.sizes["invoices"]))
        return row

    def invoice_ref(self, number: int) -> Row:
        row_id = 5000 + number % self.sizes["invoices"]
        return {
            "id": row_id,
            "identifier": f"25-{row_id:05d}",
            "billingType": "Standard",
            "applyToType": "Ticket",
            "chargeFirmFlag": False,
        }

    def invoice(self, row_id: int) -> Row:
        pick = self.random("invoice", row_id)
        at = self._day(row_id - 5000, self.sizes["invoices"], 365)
        net = Decimal(pick.randrange(1000, 900_000))
        tax = (net * Decimal("0.24")).quantize(CENT, ROUND_HALF_UP)
        return {
            "id": row_id,
            "invoiceNumber": f"25-{row_id:05d}",
            "type": "Standard",
            "status": {"id": 2, "name": "Closed", "isClosed": True},
            "company": self.company_ref(pick.randrange(self.sizes["companies"])),
            "applyToType": "Ticket",
            "applyToId": 90000 + row_id,
            "locationId": 2,
            "location": {"id": 2, "name": "Main office"},
            "date": at.strftime("%Y-%m-%dT00:00:00Z"),
            "dueDate": (at + timedelta(days=15)).strftime("%Y-%m-%dT00:00:00Z"),
            "subtotal": amount(net),
            "salesTax": amount(tax),
            "total": amount(net + tax),
            "serviceTotal": amount(net),
            "expenseTotal": 0.0,
            "productTotal": 0.0,
            "balance": amount(net + tax),
            "_info": self.info(at),
            "customFields": [],
        }

    def unposted(self, row_id: int) -> Row:
        pick = self.random("unposted", row_id)
        net = Decimal(pick.randrange(1000, 900_000))
        tax = (net * Decimal("0.24")).quantize(CENT, ROUND_HALF_UP)
        return {
            "id": row_id,
            "billingLogId": row_id,
            "company": self.company_ref(pick.randrange(self.sizes["companies"])),
            "invoiceNumber": f"25-U{row_id}",
            "invoiceDate": self.today.strftime("%Y-%m-%d"),
            "invoiceType": "Agreement",
            "dueDays": "15",
            "dueDate": (self.today + timedelta(days=15)).strftime("%Y-%m-%d"),
            "subTotal": amount(net),
            "total": amount(net + tax),
            "salesTaxAmount": amount(tax),
            "hasTime": True,
            "hasExpenses": False,
            "hasProducts": False,
            "createdBy": "demo140",
        }

    def product(self, row_id: int) -> Row:
        pick = self.random("product", row_id)
        at = self._day(row_id - 6000, self.sizes["products"], 365)
        item = pick.randrange(len(PRODUCTS))
        quantity, price = pick.randrange(1, 30), Decimal(pick.randrange(500, 90_000))
        cost = (price * Decimal("0.76")).quantize(CENT, ROUND_HALF_UP)
        row: Row = {
            "id": row_id,
            "catalogItem": {"id": 50 + item, "identifier": PRODUCTS[item], "name": PRODUCTS[item].title()},
            "description": PRODUCTS[item].title(),
            "quantity": float(quantity),
            "price": amount(price),
            "cost": amount(cost),
            "extPrice": amount(price * quantity),
            "extCost": amount(cost * quantity),
            "discount": 0.0,
            "margin": amount((price - cost) * quantity),
            "billableOption": pick.choice(("Billable", "DoNotBill", "NoCharge")),
            "locationId": 2,
            "businessUnitId": 10,
            "cancelledFlag": row_id % 13 == 0,
            "quantityCancelled": 1.0 if row_id % 13 == 0 else 0.0,
            "purchaseDate": at.strftime("%Y-%m-%dT00:00:00Z"),
            "company": self.company_ref(pick.randrange(self.sizes["companies"])),
            "productClass": "NonInventory",
            "_info": self.info(at),
        }
        if pick.random() < 0.7:
            row["agreement"] = self.agreement_ref(pick.randrange(self.sizes["agreements"]))
        return row

    def expense(self, row_id: int) -> Row:
        pick = self.random("expense", row_id)
        at = self._day(row_id - 700, self.sizes["expenses"], 365)
        spent = Decimal(pick.randrange(500, 60_000))
        row: Row = {
            "id": row_id,
            "company": self.company_ref(pick.randrange(self.sizes["companies"])),
            "chargeToId": 90000 + row_id,
            "chargeToType": "ServiceTicket",
            "type": {"id": 4, "name": "Akstur"},
            "member": self.member_ref(pick.randrange(self.sizes["members"])),
            "amount": amount(spent),
            "billableOption": pick.choice(OPTIONS),
            "date": at.strftime("%Y-%m-%dT00:00:00Z"),
            "invoiceAmount": amount(spent),
            "status": pick.choice(STATUSES),
            "taxes": [{"id": 1, "amount": amount(spent / 10), "type": {"id": 1, "name": "VAT"}}],
            "_info": self.info(at),
        }
        if pick.random() < 0.5:
            row["agreement"] = self.agreement_ref(pick.randrange(self.sizes["agreements"]))
        return row

    def agreement_type(self, row_id: int) -> Row:
        return {
            "id": row_id,
            "name": dict(TYPES)[row_id],
            "inactiveFlag": False,
            "_info": self.info(self.today),
        }

    def work_type(self, row_id: int) -> Row:
        return {
            "id": row_id,
            "name": dict(WORK_TYPES)[row_id],
            "billTime": "Billable",
            "utilizationFlag": True,
            "_info": self.info(self.today),
        }

    def work_role(self, row_id: int) -> Row:
        return {"id": row_id, "name": dict(WORK_ROLES)[row_id], "_info": self.info(self.today)}

    def department(self, row_id: int) -> Row:
        name = dict(DEPARTMENTS)[row_id]
        return {"id": row_id, "identifier": name[:3].upper(), "name": name, "_info": self.info(self.today)}


def _ref(of: tuple[tuple[int, str], ...], number: int) -> Row:
    row_id, name = of[number % len(of)]
    return {"id": row_id, "name": name}
