"""The frame of a company's books: accounts, journals, banks, fiscal years, categories, and picks among them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.clock import stamp
from sandbox.pennylane import wording
from sandbox.pennylane.fields import loose, reference, weighted
from sandbox.pennylane.parties import account
from sandbox.rows import Row

if TYPE_CHECKING:
    from sandbox.pennylane.vendor import PennylaneVendor

FIRST_IDS = {
    "customers": 41_000_000,
    "suppliers": 52_000_000,
    "products": 63_000_000,
    "customer_invoices": 1_740_000_000,
    "supplier_invoices": 2_850_000_000,
    "transactions": 39_600_000_000,
    "ledger_entries": 480_000_000_000,
    "ledger_entry_lines": 10_000_000_000_000,
    "ledger_accounts": 91_000_000,
    "bank_accounts": 7_000,
    "fiscal_years": 300,
    "journals": 1,
}
"""Where the ids of each collection begin."""
BEYOND_DOUBLE = 2**53 + 1
"""The first integer a double cannot hold; the last rows of the larger collections have ids above it."""


class Chart:
    """What documents are booked on.

    :param vendor: its `random` decides, its `put` takes every finished row.
    """

    def __init__(self, vendor: PennylaneVendor) -> None:
        self.vendor = vendor
        self.random = vendor.random
        self.accounts: dict[str, Row] = {}
        """One account for each number."""
        self.journals: dict[str, Row] = {}
        self.bank_accounts: list[Row] = []
        self.categories: list[list[Row]] = []
        """The categories of each family."""
        self.large_ids = False
        """Whether new ids jump beyond what a double holds."""

    def new_id(self, resource: str) -> int:
        """An id never used before in `resource`."""
        first = FIRST_IDS[resource]
        rows = self.vendor.rows[resource]
        if resource in ("journals", "fiscal_years"):
            return rows.next_id(1, at_least=first)
        large = self.large_ids
        if resource.startswith("ledger_entr"):
            large = len(self.vendor.rows["ledger_entries"]) >= 0.98 * self.vendor.sizes.ledger_entries
        if large:
            first += BEYOND_DOUBLE
        return rows.next_id(self.random.randrange(1, 8), at_least=first)

    def open(self, *, accounts: int, bank_accounts: int, fiscal_years: int, now: datetime) -> None:
        """Set up the chart of accounts, the journals, the banks, the fiscal years and the categories."""
        start = datetime(now.year - fiscal_years + 1, 1, 1, tzinfo=now.tzinfo)
        for code, label, kind in (
            ("VE", "Ventes", "sales"),
            ("AC", "Achats", "purchases"),
            ("OD", "Opérations diverses", "miscellaneous"),
            *((f"BQ{place + 1}", f"Banque n° {place + 1}", "finance") for place in range(bank_accounts)),
        ):
            row = {"id": self.new_id("journals"), "code": code, "label": label, "type": kind}
            self.journals[code] = row
            self.vendor.put("journals", row)
        self._chart(accounts, start)
        for place in range(bank_accounts):
            self._bank_account(place, start, now)
        for year in range(start.year, now.year + 1):
            status = "closed" if year < now.year - 1 else "open"
            self.vendor.put("fiscal_years", self.fiscal_year(year, status, start))
        for group, (_, names) in enumerate(wording.FAMILIES, start=1):
            when = stamp(start)
            self.categories.append(
                [
                    {
                        "id": group * 100 + place,
                        "label": name,
                        "weight": "1.0",
                        "category_group": {"id": group},
                        "analytical_code": None if place else f"{name[:3].upper()}{group}",
                        "created_at": when,
                        "updated_at": when,
                    }
                    for place, name in enumerate(names)
                ]
            )

    def _chart(self, wanted: int, at: datetime) -> None:
        plan = [(number, label, kind, "any") for number, label, kind in wording.PLAN]
        plan += [
            (number, f"{label} ({vat})", kind, vat)
            for number, label, kind in wording.PLAN
            if kind in ("revenue", "expense")
            for vat in wording.VAT_VARIANTS
        ]
        spare = wanted - len(plan)
        for place in range(max(0, spare)):
            root, label, kind = (
                ("411", "Client", "customer") if place % 3 else ("401", "Fournisseur", "supplier")
            )
            plan.append(
                (f"{root}{place:05d}", f"{label} {self.random.choice(wording.QUALITIES)}", kind, "any")
            )
        for number, label, kind, vat in plan:
            enabled = vat == "any" or self.random.random() < 0.9
            row = account(self.new_id("ledger_accounts"), number, label, kind, vat, at, enabled=enabled)
            self.accounts.setdefault(number, row)
            self.vendor.put("ledger_accounts", row)

    def _bank_account(self, place: int, at: datetime, now: datetime) -> None:
        number = f"512{place + 1:03d}"
        row_of_account = account(
            self.new_id("ledger_accounts"), number, f"Banque n° {place + 1}", "bank", "any", at
        )
        self.accounts[number] = row_of_account
        self.vendor.put("ledger_accounts", row_of_account)
        journal = self.journals[f"BQ{place + 1}"]["id"]
        row = {
            "id": self.new_id("bank_accounts"),
            "name": ("Compte courant", "Épargne", "Compte en dollars")[place % 3],
            "currency": "USD" if place % 3 == 2 else "EUR",
            "balance": loose(self.random, self.random.randrange(-(10**6), 10**8)),
            "created_at": stamp(at),
            "updated_at": stamp(now - timedelta(days=40)),
            "bank_establishment": {"id": 900 + place},
            "journal": None if place % 3 == 1 else reference("journals", journal),
            "ledger_account": reference("ledger_accounts", row_of_account["id"]),
        }
        self.bank_accounts.append(row)
        self.vendor.put("bank_accounts", row)

    def fiscal_year(self, year: int, status: str, at: datetime) -> Row:
        """A row of `/fiscal_years`."""
        when = stamp(at)
        dates = {"start": f"{year}-01-01", "finish": f"{year}-12-31"}
        return {
            "id": self.new_id("fiscal_years"),
            **dates,
            "status": status,
            "created_at": when,
            "updated_at": when,
        }

    def any_id(self, resource: str, *, null: float = 0.0) -> int | None:
        """The id of some row of `resource`; None where there is none, or with probability `null`."""
        ids = self.vendor.rows[resource].ids
        return None if not ids or self.random.random() < null else self.random.choice(ids)

    def account_of(self, kind: str) -> Row:
        """An account of a customer (`411`), a supplier (`401`), ... the collective one most of the time."""
        if self.random.random() < 0.5:
            own = self.accounts.get(f"{kind}{self.random.randrange(200):05d}")
            if own is not None:
                return own
        return next(row for number, row in self.accounts.items() if number.startswith(kind))

    def some_categories(self) -> list[Row]:
        """No, one or two weighted categories of one family; their weights sum to 1."""
        chance = self.random.random()
        if chance < 0.6:
            return []
        family = self.random.choice(self.categories)
        if chance < 0.85:
            return [weighted(self.random.choice(family), "1.0")]
        first, second = self.random.sample(family, 2)
        return [weighted(first, "0.6"), weighted(second, "0.4")]
