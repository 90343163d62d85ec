"""What was sold, owed and paid."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from landfall.records import Record, column
from landfall.sources.prohandel.layers import TABLES
from landfall.sources.prohandel.records.common import MONEY, RATE


class Receipt(Record, table="receipt", key="id", layer=TABLES):
    """Heads of receipts, made of their positions; reports read them as `sales`."""

    id: str = column(doc="Of the lowest position")
    branch_number: int | None
    cash_register_number: int | None
    receipt_number: int | None
    date: dt.date | None
    sold_at: dt.datetime | None
    payment_option_number: int | None
    type: int | None
    customer_number: int | None
    staff_number: int | None
    amount: Decimal | None = column(precision=MONEY)
    discount: Decimal | None = column(precision=MONEY)
    last_change: dt.datetime | None


class Sales(Record, table="sales", key="sale_id", layer=TABLES):
    """Receipts: the positions of one branch, register, number and day; the age is that of the reader's day."""

    sale_id: str
    order_id: str | None
    customer_id: str | None
    sale_date: dt.datetime | None
    total_amount: Decimal | None = column(precision=MONEY)
    tax_amount: Decimal | None = column(precision=MONEY)
    discount_amount: Decimal | None = column(precision=MONEY)
    payment_method: str | None
    status: str | None
    branch_id: str | None
    employee_id: str | None
    created_at: dt.datetime | None
    updated_at: dt.datetime | None
    sale_age_days: Decimal | None = column(precision=MONEY)


class SaleItems(Record, table="sale_items", key="sale_item_id", layer=TABLES):
    """Positions of receipts."""

    sale_item_id: str
    sale_id: str | None
    article_id: str | None
    quantity: Decimal | None = column(precision=MONEY)
    unit_price: Decimal | None = column(precision=MONEY)
    total_price: Decimal | None = column(precision=MONEY)
    discount: Decimal | None = column(precision=MONEY)
    tax_rate: Decimal | None = column(precision=MONEY)
    tax_amount: Decimal | None = column(precision=MONEY)
    cost_price: Decimal | None = column(precision=MONEY)
    profit_margin: Decimal | None = column(precision=MONEY)
    created_at: dt.datetime | None
    updated_at: dt.datetime | None


class Invoices(Record, table="invoices", key="invoice_id", layer=TABLES):
    """Invoices and what is still owed."""

    invoice_id: str
    order_id: str | None
    customer_id: str | None
    invoice_number: str | None
    invoice_date: dt.date | None
    due_date: dt.date | None
    total_amount: Decimal | None = column(precision=MONEY)
    tax_amount: Decimal | None = column(precision=MONEY)
    discount_amount: Decimal | None = column(precision=MONEY)
    status: str | None
    payment_status: str | None
    notes: str | None
    created_at: dt.date | None
    updated_at: dt.datetime | None
    paid_amount: Decimal | None = column(precision=MONEY)
    remaining_amount: Decimal | None = column(precision=MONEY)


class Payments(Record, table="payments", key="payment_id", layer=TABLES):
    """Payments of invoices."""

    payment_id: str
    order_id: str | None
    invoice_id: str | None
    customer_id: str | None
    amount: Decimal | None = column(precision=MONEY)
    payment_method: str | None
    payment_date: dt.date | None
    status: str | None
    reference_number: str | None
    notes: str | None
    created_at: dt.date | None
    updated_at: dt.datetime | None
    currency_code: str | None
    exchange_rate: Decimal | None = column(precision=RATE)


class Vouchers(Record, table="vouchers", key="voucher_id", layer=TABLES):
    """Vouchers."""

    voucher_id: str
    code: str | None
    type: str | None
    amount: Decimal | None = column(precision=MONEY)
    percentage: Decimal | None = column(precision=MONEY)
    start_date: dt.date | None
    end_date: dt.date | None
    is_active: bool | None
    usage_limit: Decimal | None = column(precision=MONEY)
    usage_count: Decimal | None = column(precision=MONEY)
    created_at: dt.date | None
    updated_at: dt.datetime | None
    minimum_order_amount: Decimal | None = column(precision=MONEY)
    maximum_discount_amount: Decimal | None = column(precision=MONEY)


class Credits(Record, table="credits", key="credit_id", layer=TABLES):
    """Credits of customers and what is left of them."""

    credit_id: str
    customer_id: str | None
    order_id: str | None
    amount: Decimal | None = column(precision=MONEY)
    reason: str | None
    status: str | None
    created_at: dt.date | None
    updated_at: dt.datetime | None
    expiry_date: dt.date | None
    used_amount: Decimal | None = column(precision=MONEY)
    remaining_amount: Decimal | None = column(precision=MONEY)
