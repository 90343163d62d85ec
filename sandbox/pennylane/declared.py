"""What Pennylane declares about each collection: scope, filters, sorts and page size.

Source: Pennylane's OpenAPI document (company API v2) and its filter, scope and 2026 change guides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

RANGE = ("lt", "lteq", "gt", "gteq")
SAME = ("eq", "not_eq", "in", "not_in")
ALL_8 = RANGE + SAME
OPERATORS = (*ALL_8, "start_with")


@dataclass(frozen=True)
class Collection:
    """One list endpoint.

    :ivar model: the name its 404 texts use.
    :ivar scope: the scope before `:readonly` or `:all`.
    :ivar filters: the operators each filter field takes.
    :ivar sorts: the sortable fields.
    :ivar max_limit: the largest page.
    :ivar nulls: whether the envelope carries the four keys of the former page numbers, all null.
    :ivar changelog: whether `/changelogs/{name}` exists.
    :ivar by_id: whether `GET /{name}/{id}` exists.
    """

    model: str
    scope: str
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sorts: tuple[str, ...] = ("id",)
    max_limit: int = 100
    nulls: bool = False
    changelog: bool = False
    by_id: bool = True


COLLECTIONS: dict[str, Collection] = {
    "customers": Collection(
        "Customer",
        "customers",
        {
            "id": ALL_8,
            "customer_type": ("eq", "not_eq"),
            "ledger_account_id": ("eq", "not_eq"),
            "name": ("start_with", "eq"),
            "external_reference": ("start_with", *SAME),
            "reg_no": SAME,
            "emails": ("in",),
        },
        changelog=True,
    ),
    "suppliers": Collection(
        "Supplier",
        "suppliers",
        {
            "id": ALL_8,
            "ledger_account_id": ("eq", "not_eq"),
            "name": ("start_with",),
            "external_reference": SAME,
            "emails": ("in",),
        },
        changelog=True,
    ),
    "customer_invoices": Collection(
        "CustomerInvoice",
        "customer_invoices",
        {
            "id": ALL_8,
            "date": ALL_8,
            "customer_id": ALL_8,
            "billing_subscription_id": ALL_8,
            "quote_id": ALL_8,
            "invoice_number": SAME,
            "draft": ("eq",),
            "credit_note": ("eq",),
            "external_reference": ("eq",),
            "category_id": ("in",),
        },
        sorts=("id", "date"),
        changelog=True,
    ),
    "supplier_invoices": Collection(
        "SupplierInvoice",
        "supplier_invoices",
        {
            "id": ALL_8,
            "supplier_id": ALL_8,
            "invoice_number": SAME,
            "date": ALL_8,
            "category_id": ("in",),
            "external_reference": SAME,
            "payment_status": SAME,
        },
        sorts=("id", "date"),
        changelog=True,
    ),
    "products": Collection(
        "Product",
        "products",
        {"id": ALL_8, "label": ("eq", "in"), "reference": ("eq", "in"), "external_reference": SAME},
        changelog=True,
    ),
    "transactions": Collection(
        "Transaction",
        "transactions",
        {"id": SAME, "bank_account_id": SAME, "journal_id": SAME, "date": ("eq", "not_eq", *RANGE)},
        changelog=True,
    ),
    "ledger_entry_lines": Collection(
        "LedgerEntryLine",
        "ledger_entries",
        {"id": ALL_8, "journal_id": ALL_8, "ledger_account_id": ALL_8, "date": ALL_8},
        sorts=("id", "date"),
        changelog=True,
    ),
    "ledger_entries": Collection(
        "LedgerEntry",
        "ledger_entries",
        {"id": ALL_8, "date": (*RANGE, "eq", "not_eq"), "journal_id": ALL_8},
        sorts=("id", "date"),
        nulls=True,
    ),
    "ledger_accounts": Collection(
        "LedgerAccount",
        "ledger_accounts",
        {"id": ALL_8, "number": ("start_with", "eq", "in"), "enabled": ("eq",)},
        max_limit=1000,
        nulls=True,
    ),
    "bank_accounts": Collection("BankAccount", "bank_accounts"),
    "fiscal_years": Collection("FiscalYear", "fiscal_years", sorts=("id", "start"), nulls=True, by_id=False),
    "journals": Collection("Journal", "journals", {"type": SAME}, nulls=True, by_id=False),
}

RETENTION = timedelta(weeks=4)
"""How far back a changelog reaches (Pennylane docs, tracking data changes)."""

CHANGELOG_LIMIT = 1000
"""The largest page of a changelog."""

CHANGELOGS = tuple(name for name, collection in COLLECTIONS.items() if collection.changelog)

EXPORT_SCOPES = {"fecs": "exports:fec", "analytical_general_ledgers": "exports:agl"}

SCOPES = (
    "customers:readonly",
    "suppliers:readonly",
    "products:readonly",
    "transactions:readonly",
    "bank_accounts:readonly",
    "customer_invoices:readonly",
    "supplier_invoices:readonly",
    "ledger_entries:readonly",
    "ledger_accounts:readonly",
    "fiscal_years:readonly",
    "journals:readonly",
    "exports:fec",
    "exports:agl",
)
