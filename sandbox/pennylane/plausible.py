"""New rows and edits that look like the company's own."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.clock import stamp
from sandbox.pennylane import documents, parties, wording
from sandbox.rows import Row

if TYPE_CHECKING:
    from sandbox.pennylane.vendor import PennylaneVendor


def party(vendor: PennylaneVendor, resource: str, at: datetime) -> Row:
    """A customer, supplier or product made at `at`."""
    make = {"customers": parties.customer, "suppliers": parties.supplier, "products": parties.product}[
        resource
    ]
    prefix = {"customers": "411", "suppliers": "401", "products": "707"}[resource]
    account = vendor.books.account_of(prefix)["id"] if vendor.random.random() < 0.6 else None
    return make(vendor.random, vendor.books.new_id(resource), at, vendor.clock.now(), account)


def blank(vendor: PennylaneVendor, resource: str) -> Row:
    """A new row of any collection; an invoice is an unbooked draft, a line books 0.

    :raises KeyError: there is no such collection, or no entry a line could belong to.
    """
    now, books = vendor.clock.now(), vendor.books
    if resource in ("customers", "suppliers", "products"):
        return party(vendor, resource, now)
    if resource == "fiscal_years":
        last = max((int(row["start"][:4]) for row in vendor.truth(resource)), default=now.year)
        return books.fiscal_year(last + 1, "open", now)
    if resource == "journals":
        row_id = books.new_id(resource)
        return {"id": row_id, "code": f"J{row_id}", "label": f"Journal {row_id}", "type": "miscellaneous"}
    if resource == "ledger_accounts":
        row_id = books.new_id(resource)
        return parties.account(row_id, f"6{row_id % 100_000:05d}", "Charges nouvelles", "expense", "any", now)
    if resource == "bank_accounts":
        return books.bank_accounts[0] | {
            "id": books.new_id(resource),
            "name": "Compte nouveau",
            "created_at": stamp(now),
            "updated_at": stamp(now),
        }
    return _document(vendor, resource, now)


def _document(vendor: PennylaneVendor, resource: str, now: datetime) -> Row:
    books, random, row_id = vendor.books, vendor.random, vendor.books.new_id(resource)
    if resource == "customer_invoices":
        return documents.customer_invoice(
            random,
            row_id,
            now,
            now,
            customer_id=books.any_id("customers"),
            entry_id=None,
            status="draft",
            currency="EUR",
            total=12_000,
            tax=2_000,
            number="",
        )
    if resource == "supplier_invoices":
        return documents.supplier_invoice(
            random,
            row_id,
            now,
            now,
            supplier_id=books.any_id("suppliers"),
            entry_id=None,
            paid=False,
            currency="EUR",
            total=12_000,
            tax=2_000,
        )
    if resource == "transactions":
        return documents.transaction(
            random,
            row_id,
            now,
            now,
            bank_account=books.bank_accounts[0],
            cents=random.randrange(-(10**6), 10**6),
            categories=books.some_categories(),
        )
    journal = books.journals["OD"]
    if resource == "ledger_entries":
        return documents.entry(
            random, row_id, now, now, journal=journal, label="Saisie", piece="", draft=False
        )
    if resource == "ledger_entry_lines":
        entry_id = books.any_id("ledger_entries")
        if entry_id is None:
            raise KeyError("a line needs an entry: insert a row of ledger_entries first")
        entry = vendor.rows["ledger_entries"].get(entry_id) | {
            "created_at": stamp(now),
            "updated_at": stamp(now),
        }
        account = books.accounts["471000"]
        return documents.line(
            row_id,
            entry,
            journal=journal,
            account=account,
            debit=0,
            credit=0,
            label="Ligne",
            categories=[],
        )
    raise KeyError(resource)


def edit(vendor: PennylaneVendor, resource: str, row: Row) -> Row:
    """The fields a plausible edit of `row` sets; no amount of the ledger is among them."""
    text = {"customers": "name", "suppliers": "name", "bank_accounts": "name", "fiscal_years": "status"}
    field = text.get(resource, "label")
    if field == "status":
        return {"status": "reopen" if row["status"] == "open" else "open"}
    words = str(row.get(field) or vendor.random.choice(wording.GOODS)).split(" · rév.")[0]
    fields: Row = {field: f"{words} · rév. {vendor.random.randrange(10**6)}"}
    if resource == "customer_invoices" and vendor.random.random() < 0.5 and not row["draft"]:
        fields |= {"paid": True, "status": "paid", "remaining_amount_with_tax": "0.0"}
    if resource == "transactions":
        fields["categories"] = vendor.books.some_categories()
    if resource == "products":
        fields["price"] = f"{vendor.random.randrange(1000)}.{vendor.random.randrange(10**6):06d}"
    return fields
