"""An invented retailer: five branches, what they sell, to whom, and what they order."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]

PLANTED = {
    "webshopUserPassword": "planted-password-7Q",
    "iban": "DE00PLANTED0000000001",
    "bankAccount": "planted-account-42",
    "dateOfBirth": "1901-02-03T00:00:00",
    "dateOfBirthSignificantOther": "1902-03-04T00:00:00",
}
"""What may never be stored, with values that a search finds."""
COUNTRIES = ("DE", "AT", "CH", "FR", "NL")
SIZES = ("36", "38", "40", "42")
WORDS = ("Mantel", "Bluse", "Hemd", "Rock", "Schal", "Jacke", "Kleid", "Hose")
PEOPLE = ("Antonia", "Bela", "Carla", "Detlev", "Edda", "Falk", "Gesa", "Henning")
FIRST_ARTICLE, FIRST_SIZE = 110_040_000, 4_012_345_000_000


def guid(resource: str, number: int) -> str:
    """The vendor's id of a row."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{resource}/{number}"))


def day(at: date | None) -> str | None:
    """A day as the vendor writes it."""
    return None if at is None else f"{at:%Y-%m-%d}T00:00:00"


class Shop:
    """Makes plausible rows, each from its own number alone.

    :param seed: the same seed gives the same rows.
    :param now: the vendor's present, as its clocks on the wall show it.
    :param sizes: rows a collection.
    :param zone: where the clocks on the wall stand.
    """

    def __init__(self, seed: int, now: datetime, sizes: dict[str, int], zone: str) -> None:
        self.seed, self.sizes, self.zone = seed, sizes, ZoneInfo(zone)
        self.today = now.astimezone(self.zone).date()
        self.mass = f"{self.today - timedelta(days=40)}T03:12:44.1234567"
        """When everything was touched at once."""

    def stamp(self, at: datetime, digits: int = 7) -> str:
        """Local time in .NET ticks, zeros at the end cut."""
        local = at.astimezone(self.zone)
        fraction = f"{local.microsecond:06d}{local.second % 10}"[:digits].rstrip("0")
        return f"{local:%Y-%m-%dT%H:%M:%S}" + (f".{fraction}" if fraction else "")

    def _own(self, resource: str, n: int, days: int) -> Row:
        """Id, change and deletion of a row that changed some days ago."""
        pick = random.Random(f"{self.seed}/{resource}/{n}/own")
        at = self.today - timedelta(days=days)
        fraction = f"{pick.randrange(10**7):07d}"[: pick.choice((5, 6, 7))].rstrip("0")
        clock = f"{pick.randrange(8, 20):02d}:{pick.randrange(60):02d}:{pick.randrange(60):02d}"
        text = f"{at}T{clock}" + (f".{fraction}" if fraction else "")
        return {"id": guid(resource, n), "lastChange": text, "isDeleted": False}

    def maker(self, resource: str) -> Callable[[int], Row]:
        """What makes a row of this collection."""
        made: Callable[[int], Row] = getattr(self, resource)
        return made

    # --- goods ----------------------------------------------------------------------------------------------

    def article(self, n: int) -> Row:
        pick = random.Random(f"{self.seed}/article/{n}")
        cost = pick.randrange(500, 9000)
        own = self._own("article", n, 5) | ({"lastChange": self.mass} if n > 1 else {})
        return own | {
            "number": float(FIRST_ARTICLE + n),
            "articleFlag": "",
            "supplierArticleNumber": f"A-{4000 + n}" if n % 23 else "",
            "individualArticleNumber": "",
            "information": f"{WORDS[n % len(WORDS)]} {n}",
            "text1": "",
            "text2": "",
            "text3": "",
            "price": cost * 2.5 // 1 / 100 if n % 7 else 0.0,
            "labelPrice": cost * 2.5 // 1 / 100,
            "calculatedPrice": 0.0,
            "purchasePrice": cost / 100,
            "isActive": n % 9 > 0,
            "isNOS": n % 4 == 0,
            "sizeType": "N",
            "imageName": f"{n}.jpg" if n % 2 else "",
            "gender": n % 3,
            "brandNumber": 0,
            "supplierNumber": 300 + n % self.sizes["supplier"] if n % 13 else 0,
            "categoryNumber": 100 + n % self.sizes["category"],
            "seasonNumber": 20,
            "labelNumber": 1 + n % self.sizes["label"],
            "currencyNumber": "1",
            "countryNumber": "",
            "priceUnitNumber": "1",
            "firstPurchaseDate": day(self.today - timedelta(days=200 + n % 300)) if n % 5 else None,
            "lastPurchaseDate": None,
            "firstSaleDate": None,
            "lastSaleDate": None,
        }

    def articlesize(self, n: int) -> Row:
        """One size of an article in each branch."""
        of, branch = divmod(n - 1, self.sizes["branch"])
        number, size = divmod(of, len(SIZES))
        article = self.article(1 + number % self.sizes["article"])
        return self._own("articlesize", n, n % 30) | {
            "number": float(FIRST_SIZE + of),
            "articleNumber": article["number"],
            "branchNumber": branch + 1,
            "size": SIZES[size],
            "sizeGroup": 1,
            "ean": f"{FIRST_SIZE + of}" if n % 11 else "",
            "stockQuantity": float(n * 7 % 12 - (2 if n % 50 == 0 else 0)),
            "selectionQuantity": 0.0,
            "purchasePrice": article["purchasePrice"],
            "fifo": article["purchasePrice"],
            "salePrice": article["price"],
            "labelPrice": article["labelPrice"],
            "isNOS": False,
            "currencyNumber": "1",
            "firstSaleDate": None,
        }

    def category(self, n: int) -> Row:
        return self._own("category", n, 300) | {
            "number": 99 + n,
            "name": f"{WORDS[n % len(WORDS)]} {n}",
            "searchTerm": "",
            "mainCategoryNumber": 100 if n > 4 else 0,
            "generalCategoryNumber": 0,
            "departmentNumber": n % 3,
            "labelNumber": 0,
            "taxNumber": 1 + n % 2,
            "isServiceCategory": False,
        }

    def supplier(self, n: int) -> Row:
        return self._own("supplier", n, 100) | {
            "number": 299 + n,
            "name1": f"Weberei {n}",
            "name2": "",
            "isActive": True,
            "isEDI": n % 2 == 0,
            "street": f"Spulenweg {n}" if n % 4 else "",
            "zipCode": f"{10000 + n}",
            "city": "Musterstadt",
            "countryNumber": COUNTRIES[n % len(COUNTRIES)],
            "telephone": "",
            "mobilePhone": f"+49 000 {n}",
            "email": f"weberei{n}@example.org",
            "info1": f"Frau {PEOPLE[n % len(PEOPLE)]}",
            "iban": PLANTED["iban"],
            "bankAccount": PLANTED["bankAccount"],
            "currencyNumber": "1",
            "paymentOptionNumber": 0,
        }

    def label(self, n: int) -> Row:
        return self._own("label", n, 500) | {"number": n, "name": f"Linie {n}", "searchTerm": ""}

    def season(self, n: int) -> Row:
        begins = date(2010 + n // 2, 2 if n % 2 else 8, 1)
        return self._own("season", n, 500) | {
            "seasonNumber": n - 1,
            "name": f"Saison {n}",
            "searchTerm": "",
            "validFrom": day(begins),
            "validUntil": None,
        }

    def size(self, n: int) -> Row:
        return self._own("size", n, 500) | {
            "sizeGroupNumber": 1,
            "name": SIZES[(n - 1) % len(SIZES)],
            "position": n,
        }

    def inventory(self, n: int) -> Row:
        return self._own("inventory", n, 60) | {
            "branchNumber": 1 + n % self.sizes["branch"],
            "categoryNumber": 0,
            "supplierNumber": 0,
            "shopNumber": 0,
            "active": False,
            "date": day(self.today - timedelta(days=90)),
            "stocktakingDate": None,
            "type": 1,
        }

    # --- people ---------------------------------------------------------------------------------------------

    def branch(self, n: int) -> Row:
        return self._own("branch", n, 90) | {
            "number": n,
            "name1": "Webshop" if n == self.sizes["branch"] else f"Filiale {n}",
            "name2": "",
            "isActive": True,
            "isWebshop": n == self.sizes["branch"],
            "street": f"Marktplatz {n}",
            "zipCode": f"{20000 + n}",
            "city": "Musterstadt",
            "countryNumber": "DE",
            "telephoneNumber": f"+49 001 {n}",
            "email": f"filiale{n}@example.org",
            "iban": PLANTED["iban"],
            "bic": "XXXXDEXX",
            "bankAccount": PLANTED["bankAccount"],
            "glN1": 4_000_000_000_000.0 + n,
            "glN2": 0.0,
            "stocktakingDate": day(self.today - timedelta(days=70)),
            "openMonday": None,
        }

    def staff(self, n: int) -> Row:
        return self._own("staff", n, 50) | {
            "number": n,
            "firstName": PEOPLE[n % len(PEOPLE)],
            "lastName": f"Muster{n}",
            "gender": n % 3,
            "jobTitle": "Verkauf",
            "isActive": n % 6 > 0,
            "branchNumber": 1 + n % self.sizes["branch"],
            "entryDate": day(date(2015, 1, 1) + timedelta(days=n)),
            "exitDate": None,
            "companyEmail": f"staff{n}@example.org",
            "telephone": "",
            "dateOfBirth": PLANTED["dateOfBirth"],
            "bankNumber": "",
            "bankAccount": PLANTED["bankAccount"],
        }

    def customer(self, n: int) -> Row:
        own = self._own("customer", n, n % 200) | ({"lastChange": self.mass} if n % 3 else {})
        return own | {
            "number": n,
            "salutation": "Frau" if n % 2 else "Herr",
            "name1": f"Kontor {n}" if n % 10 == 0 else "",
            "firstName": PEOPLE[n % len(PEOPLE)],
            "lastName": f"Beispiel{n}",
            "isBusiness": n % 10 == 0,
            "street": f"Gasse {n}" if n % 4 else "",
            "zipCode": f"{30000 + n % 999}",
            "city": "Musterstadt" if n % 4 else "",
            "countryNumber": "DE" if n % 5 else "",
            "poBox": "",
            "telephone": "" if n % 3 else f"+49 002 {n}",
            "mobilePhone": f"+49 003 {n}",
            "email": f"kunde{n}@example.org",
            "gender": n % 3,
            **PLANTED,
            "branchNumber": 1 + n % self.sizes["branch"],
            "customerType": 0,
            "revenue": -float(n * 10),
            "bonusValue": float(n * 10),
            "loyalityPoints": n,
            "vatNumber": f"DE{n:09d}" if n % 10 == 0 else "",
            "isLocked": n % 29 == 0,
            "inactiveFlag": n % 17 == 0,
            "mergedInto": None,
            "webshopUser": f"user{n}",
            "creationDate": day(self.today - timedelta(days=n % 900)),
        }

    # --- receipts -------------------------------------------------------------------------------------------

    def receipt_of(self, n: int) -> tuple[int, int]:
        """Number and position: two positions a receipt."""
        return 80_000 + (n + 1) // 2, 1 + (n + 1) % 2

    def sale(self, n: int) -> Row:
        receipt, position = self.receipt_of(n)
        back = max(0, (self.sizes["sale"] - n) * 120 // max(self.sizes["sale"], 1))
        kind = 1 if receipt % 15 == 0 else 2 if n % 41 == 0 else 0
        sign = -1 if kind == 1 else 1
        at = n * 7919 % self.sizes["articlesize"] + 1
        number = (at - 1) // self.sizes["branch"]
        article = 1 + (number // len(SIZES)) % self.sizes["article"]
        label, cost = 4995 + article % 40 * 100, 1980 + article % 40 * 30
        off = 1000 if n % 5 == 0 else 0
        own = self._own("sale", n, 3 if n % 20 == 0 else back)
        return (
            own
            | ({"lastChange": self.mass} if n % 15 == 1 else {})
            | {
                "receiptNumber": receipt,
                "receiptPosition": position + (1000 if kind == 2 else 0),
                "date": day(self.today - timedelta(days=back)),
                "time": 32_400 + receipt * 37 % 36_000,
                "type": kind,
                "quantity": float(sign),
                "salePrice": sign * (label - off) / 100,
                "labelPrice": label / 100,
                "discount": sign * off / 100,
                "deduction": 0.0,
                "staffDiscount": 0.0,
                "purchasePrice": sign * cost / 100,
                "articleNumber": float(FIRST_ARTICLE + article),
                "articleSizeNumber": float(FIRST_SIZE + number),
                "branchNumber": 1 + receipt % self.sizes["branch"],
                "cashRegisterNumber": 1,
                "cashierNumber": 1 + receipt % self.sizes["staff"],
                "staffNumber": 0 if n % 4 == 0 else 1 + receipt % self.sizes["staff"],
                "customerNumber": 1 + receipt % self.sizes["customer"] if receipt % 5 == 0 else 0,
                "zipCode": "",
                "currencyNumber": "1",
                "countryNumber": "",
                "paymentOptionNumber": (0, 1, 2, 83, 99)[receipt % 5],
                "priceChangeReasonNumber": 0,
                "returnReasonNumber": 0,
            }
        )

    def _paper(self, resource: str, n: int) -> Row:
        return self._own(resource, n, n % 60) | {
            "number": 5000 + n,
            "date": day(self.today - timedelta(days=n % 90)),
            "receiptNumber": 0 if n % 4 == 0 else 80_000 + n,
            "receiptPosition": 1,
            "branchNumber": 1 + n % self.sizes["branch"],
            "customerNumber": 1 + n % self.sizes["customer"] if n % 3 else 0,
            "currencyNumber": "1",
        }

    def invoice(self, n: int) -> Row:
        return self._paper("invoice", n) | {
            "paymentDueDate": day(self.today + timedelta(days=14 - n % 90)) if n % 6 else None,
            "amount": float(100 + n),
            "amountCleared": float(100 + n) if n % 2 else 0.0,
            "status": (1, 100, 101)[n % 3],
            "staffNumber": 0,
            "cashRegisterNumber": 1,
            "paymentConditionNumber": 0,
        }

    def payment(self, n: int) -> Row:
        return self._paper("payment", n) | {
            "invoiceDate": day(self.today - timedelta(days=n % 90)),
            "amount": float(100 + n),
            "status": 100 if n % 2 else 0,
            "staffNumber": 0,
            "cashRegisterNumber": 1,
        }

    def voucher(self, n: int) -> Row:
        return self._paper("voucher", n) | {
            "value": 50.0,
            "amountRedeemed": 20.0 if n % 2 else 0.0,
            "status": n % 2,
            "type": 1,
            "validFrom": day(self.today - timedelta(days=30)),
            "validUntil": None,
            "internetCode": f"WEB{n}" if n % 3 == 0 else "",
            "note": "",
        }

    def credit(self, n: int) -> Row:
        return self._paper("credit", n) | {"value": 30.0, "amountRedeemed": 10.0 * (n % 3), "status": n % 2}

    # --- orders and look-ups --------------------------------------------------------------------------------

    def order(self, n: int) -> Row:
        """Without a stamp of its own; the positions are made in the form that the tenant has."""
        return {
            "id": guid("order", n),
            "number": 700 + n,
            "source": None,
            "created": f"{self.today - timedelta(days=n % 50)}T09:{n % 60:02d}:00.5",
            "supplierNumber": 300 + n % self.sizes["supplier"],
            "supplierOrderId": "",
            "info": "",
            "overallDiscount": 0.0,
            "status": n % 4,
            "type": 1,
            "positions": [self.position(n, p) for p in range(1, 2 + n % 3)],
        }

    def position(self, n: int, p: int) -> Row:
        """A position with the fields of both forms."""
        own = self._own("order_position", n * 100 + p, n % 50)
        return own | {
            "orderNumber": 700 + n,
            "articleNumber": float(FIRST_ARTICLE + 1 + (n + p) % self.sizes["article"]),
            "branchNumber": 1 + (n + (p if n % 4 == 0 else 0)) % self.sizes["branch"],
            "quantity": float(p),
            "price": 19.8,
            "discount": 0.0,
            "expectedArrival": day(self.today + timedelta(days=5)),
            "size": "38",
            "sizeGroupNumber": 1,
            "sizeGroupPosition": 2,
            "ean": "",
            "originalEAN": "",
            "purchasePrice": 19.8,
            "netPurchasePrice": 18.5 if p % 2 else None,
            "salePrice": 49.95,
            "labelPrice": 49.95,
            "orderAmount": float(p + 1),
            "deliveredAmount": 0.0,
            "backlogAmount": float(p + 1),
            "distributedAmount": 0.0,
            "distributionStatus": 0,
            "status": 1,
            "isConsignment": False,
        }

    def country(self, n: int) -> Row:
        code = COUNTRIES[(n - 1) % len(COUNTRIES)]
        return self._own("country", n, 400) | {
            "number": code,
            "countryName": f"Land {code}",
            "isoAlpha2": code,
            "isoAlpha3": f"{code}X",
            "isEU": code != "CH",
            "domain": code.lower(),
            "currencyNumber": "2" if code == "CH" else "1",
            "searchTerm": "",
        }

    def currency(self, n: int) -> Row:
        return self._own("currency", n, 20) | {
            "number": str(n),
            "isoAlpha3": ("EUR", "CHF")[(n - 1) % 2],
            "course": (1.0, 0.9345)[(n - 1) % 2],
            "unit": 1,
        }


FORM_A = (
    "id",
    "orderNumber",
    "articleNumber",
    "branchNumber",
    "quantity",
    "price",
    "discount",
    "expectedArrival",
)
NOT_FORM_B = {"quantity", "price", "discount", "expectedArrival"}


def in_form(position: Row, form: str) -> Row:
    """A position with the fields of one of the two forms in which tenants send it."""
    if form == "a":
        return {name: position[name] for name in FORM_A if name in position}
    return {name: value for name, value in position.items() if name not in NOT_FORM_B}
