"""The benchmark's own declaration: the invoices of `tests.bench.data`, every leaf a column."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from landfall.reads import FullList
from landfall.records import Record, column, parent, position
from landfall.resources import Resource, Source, Upsert


class Line(Record, table="invoice_lines", key=("invoice_id", "position")):
    """Lines of an invoice."""

    invoice_id: int = parent()
    position: int = position()
    id: int
    label: str | None
    quantity: Decimal | None
    unit: str | None
    raw_currency_unit_price: Decimal | None
    currency_amount: Decimal | None
    currency_amount_before_tax: Decimal | None
    currency_tax: Decimal | None
    amount: Decimal | None
    tax: Decimal | None
    vat_rate: str | None
    product_id: int | None = column(at="product.id")
    description: str | None
    ledger_account_id: int | None = column(at="ledger_account.id")


class Invoice(Record, table="invoices", key="id"):
    """Invoices sent to customers."""

    id: int
    label: str | None
    invoice_number: str | None
    currency: str | None
    amount: Decimal | None
    currency_amount: Decimal | None
    currency_amount_before_tax: Decimal | None
    exchange_rate: Decimal | None
    date: date | None
    deadline: date | None
    currency_tax: Decimal | None
    tax: Decimal | None
    language: str | None
    paid: bool | None
    status: str | None
    discount_type: str | None = column(at="discount.type")
    discount_value: Decimal | None = column(at="discount.value")
    ledger_entry_id: int | None = column(at="ledger_entry.id")
    public_file_url: str | None
    filename: str | None
    remaining_amount_with_tax: Decimal | None
    remaining_amount_without_tax: Decimal | None
    draft: bool | None
    customer_id: int | None = column(at="customer.id")
    customer_url: str | None = column(at="customer.url")
    pdf_invoice_free_text: str | None
    pdf_invoice_subject: str | None
    billing_subscription_id: int | None = column(at="billing_subscription.id")
    credited_invoice_id: int | None = column(at="credited_invoice.id")
    quote_id: int | None = column(at="quote.id")
    external_reference: str | None
    archived_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None
    invoice_lines: list[Line]


INVOICES = Resource("invoices", Invoice, read=FullList(), write=Upsert())
SOURCE = Source("bench", "Benchmark", "landfall.hooks.pennylane:PennylaneHook", (INVOICES,))
