"""Bookkeeping that stays consistent: rows refer to rows that exist, and debits equal credits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sandbox.pennylane import documents, wording
from sandbox.pennylane.chart import Chart
from sandbox.rows import Row

if TYPE_CHECKING:
    from sandbox.pennylane.vendor import PennylaneVendor


class Owed(NamedTuple):
    """An invoice waiting for its payment."""

    line_id: int
    account: Row
    cents: int
    at: datetime
    customer_id: int | None
    supplier_id: int | None


class Books(Chart):
    """Books one company's documents into a vendor's collections.

    :param vendor: its `random` decides, its `put` takes every finished row.
    """

    def __init__(self, vendor: PennylaneVendor) -> None:
        super().__init__(vendor)
        self.owed: list[Owed] = []
        """Invoices marked as paid whose payment is not booked yet."""
        self.spare: list[int] = []
        """Entries nothing else refers to."""
        self.number = 0

    def entry(
        self,
        at: datetime,
        journal_code: str,
        label: str,
        piece: str,
        sides: list[tuple[Row, int]],
        *,
        draft: bool = False,
    ) -> tuple[int, list[int]]:
        """Book an entry.

        :param sides: an account and cents for each line, debit positive, credit negative; the cents sum to 0.
        :returns: the entry's id and its lines' ids.
        """
        if sum(cents for _, cents in sides):
            raise ValueError("an entry must balance")
        journal, now = self.journals[journal_code], self.vendor.clock.now()
        row = documents.entry(
            self.random,
            self.new_id("ledger_entries"),
            at,
            now,
            journal=journal,
            label=label,
            piece=piece,
            draft=draft,
        )
        self.vendor.put("ledger_entries", row)
        lines = []
        for account, cents in sides:
            line_id = self.new_id("ledger_entry_lines")
            categories = self.some_categories() if account["number"][0] in "67" else []
            sides_of = {"debit": max(cents, 0), "credit": max(-cents, 0)}
            self.vendor.put(
                "ledger_entry_lines",
                documents.line(
                    line_id,
                    row,
                    journal=journal,
                    account=account,
                    label=label,
                    categories=categories,
                    **sides_of,
                ),
            )
            lines.append(line_id)
        return row["id"], lines

    def _amounts(self) -> tuple[int, int]:
        before = self.random.choice(
            (self.random.randrange(100, 50_000), self.random.randrange(50_000, 5_000_000))
        )
        if self.random.random() < 0.2:
            before = before // 100 * 100
        vat = self.random.choice(("exempt", "FR_200", "exempt", "FR_55", "extracom"))
        tax = round(before * wording.VAT_RATES[vat] / 10_000)
        return before + tax, tax

    def customer_invoice(self, at: datetime, *, booked: bool = True) -> int:
        """Make a customer invoice, a draft or a credit note, with its entry where it has one.

        :param booked: False for an invoice without an entry.
        """
        total, tax = self._amounts()
        status = self.random.choices(
            ("paid", "late", "upcoming", "partially_paid", "draft", "credit_note", "archived", "cancelled"),
            (60, 10, 10, 5, 5, 5, 3, 2),
        )[0]
        currency = "USD" if self.random.random() < 0.05 else "EUR"
        customer_id = self.any_id("customers", null=0.01)
        credited = None
        if status == "credit_note":
            total, tax = -total, -tax
            credited = self.any_id("customer_invoices", null=0.1)
        number, entry_id = "", None
        if status != "draft":
            self.number += 1
            number = f"FAC-{at.year}-{self.number:05d}"
            if booked:
                account = self.account_of("411")
                rate = 1.0 if currency == "EUR" else 0.92
                entry_id, lines = self._book(
                    at, "VE", number, account, round(total * rate), round(tax * rate), 1
                )
                if status == "paid":
                    self.owed.append(Owed(lines[0], account, round(total * rate), at, customer_id, None))
        row_id = self.new_id("customer_invoices")
        self.vendor.put(
            "customer_invoices",
            documents.customer_invoice(
                self.random,
                row_id,
                at,
                self.vendor.clock.now(),
                customer_id=customer_id,
                entry_id=entry_id,
                status=status,
                currency=currency,
                total=total,
                tax=tax,
                number=number,
                credited=credited,
            ),
        )
        return row_id

    def supplier_invoice(self, at: datetime, *, booked: bool = True) -> int:
        """Make a supplier invoice, with its entry where it has one."""
        total, tax = self._amounts()
        currency = "GBP" if self.random.random() < 0.05 else "EUR"
        supplier_id = self.any_id("suppliers", null=0.01)
        paid, entry_id = self.random.random() < 0.6, None
        if booked and self.random.random() < 0.95:
            account = self.account_of("401")
            rate = 1.0 if currency == "EUR" else 0.92
            entry_id, lines = self._book(at, "AC", "", account, round(total * rate), round(tax * rate), -1)
            if paid:
                self.owed.append(Owed(lines[0], account, -round(total * rate), at, None, supplier_id))
        row_id = self.new_id("supplier_invoices")
        self.vendor.put(
            "supplier_invoices",
            documents.supplier_invoice(
                self.random,
                row_id,
                at,
                self.vendor.clock.now(),
                supplier_id=supplier_id,
                entry_id=entry_id,
                paid=paid,
                currency=currency,
                total=total,
                tax=tax,
            ),
        )
        return row_id

    def _book(
        self, at: datetime, journal: str, piece: str, account: Row, total: int, tax: int, sign: int
    ) -> tuple[int, list[int]]:
        """Book an invoice: the third party against revenue (sign 1) or expense (-1), and VAT."""
        numbers = ("706000", "707000") if sign > 0 else ("606300", "607000", "613200", "622600", "625100")
        other = self.accounts[self.random.choice(numbers)]
        sides = [(account, sign * total), (other, -sign * (total - tax))]
        if tax:
            sides.append((self.accounts["445710" if sign > 0 else "445660"], -sign * tax))
        words = "Facture" if sign > 0 else "Achat"
        return self.entry(at, journal, f"{words} {piece or 'fournisseur'} - {at:%m/%Y}", piece, sides)

    def payment(self, owed: Owed) -> None:
        """Pay an invoice: a bank entry lettered with the invoice's line, and the bank transaction."""
        now = self.vendor.clock.now()
        at = min(now, owed.at + timedelta(days=self.random.randrange(1, 45)))
        place = self.random.randrange(len(self.bank_accounts))
        bank_account = self.bank_accounts[place]
        label = f"Règlement {self.random.choice(wording.BANK_TEXTS)}"
        sides = [(self.accounts[f"512{place + 1:03d}"], owed.cents), (owed.account, -owed.cents)]
        _, lines = self.entry(at, f"BQ{place + 1}", label, "", sides)
        group = [owed.line_id, lines[1]]
        for line_id, others in ((group[0], group[1:]), (group[1], group[:1])):
            if line_id in self.vendor.rows["ledger_entry_lines"]:
                row = self.vendor.rows["ledger_entry_lines"].get(line_id)
                row["lettered_ledger_entry_lines"]["ids"] = others
                self.vendor.rows["ledger_entry_lines"].put(row)
                self.vendor.lettered(line_id)
        self.transaction(at, bank_account=bank_account, cents=owed.cents, owed=owed)

    def transaction(
        self,
        at: datetime,
        *,
        bank_account: Row | None = None,
        cents: int | None = None,
        owed: Owed | None = None,
    ) -> int:
        """Make a bank transaction."""
        row_id = self.new_id("transactions")
        self.vendor.put(
            "transactions",
            documents.transaction(
                self.random,
                row_id,
                at,
                self.vendor.clock.now(),
                bank_account=bank_account or self.random.choice(self.bank_accounts),
                cents=self.random.randrange(-(10**6), 10**6) if cents is None else cents,
                categories=self.some_categories(),
                customer_id=owed.customer_id if owed else None,
                supplier_id=owed.supplier_id if owed else None,
            ),
        )
        return row_id

    def miscellaneous(self, at: datetime, *, draft: bool = False) -> int:
        """Book an entry of two to four lines, or a draft without lines."""
        if draft:
            self.spare.append(self.entry(at, "OD", "Brouillon", "", [], draft=True)[0])
            return self.spare[-1]
        cents = [self.random.randrange(1, 10**6) for _ in range(self.random.randrange(1, 4))]
        numbers = self.random.sample(("613200", "622600", "625100", "627000", "471000"), len(cents))
        sides = [(self.accounts[number], each) for number, each in zip(numbers, cents, strict=True)]
        sides.append((self.accounts["421000"], -sum(cents)))
        self.spare.append(self.entry(at, "OD", f"Opération diverse {at:%m/%Y}", "", sides)[0])
        return self.spare[-1]
