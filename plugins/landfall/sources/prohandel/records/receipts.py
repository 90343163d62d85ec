"""What is sold, owed and paid."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from landfall.records import column
from landfall.sources.prohandel.layers import RAW
from landfall.sources.prohandel.records.common import FORBIDDEN, MONEY, Changing, relation


class Sale(Changing, table="sale", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Positions of receipts; there is no head of a receipt."""

    id: str
    receipt_number: int | None = column("receiptNumber", loose=True)
    receipt_position: int | None = column("receiptPosition", loose=True)
    date: dt.date | None = column(loose=True)
    time: int | None = column(loose=True)
    sold_at: dt.datetime | None = column(
        "date", doc="Day and time of the receipt", loose=True, seconds="time"
    )
    type: int | None = column(loose=True)
    quantity: Decimal | None = column(precision=MONEY)
    sale_price: Decimal | None = column("salePrice", precision=MONEY)
    label_price: Decimal | None = column("labelPrice", precision=MONEY)
    discount: Decimal | None = column(precision=MONEY)
    deduction: Decimal | None = column(precision=MONEY)
    staff_discount: Decimal | None = column("staffDiscount", precision=MONEY)
    purchase_price: Decimal | None = column("purchasePrice", precision=MONEY)
    article_number: int | None = relation("articleNumber", "article")
    article_size_number: int | None = column("articleSizeNumber", loose=True, zero=True)
    branch_number: int | None = relation("branchNumber", "branch")
    cash_register_number: int | None = column("cashRegisterNumber", loose=True, zero=True)
    cashier_number: int | None = column("cashierNumber", loose=True, zero=True)
    staff_number: int | None = column("staffNumber", loose=True, zero=True)
    customer_number: int | None = relation("customerNumber", "customer")
    zip_code: str | None = column("zipCode", loose=True)
    currency_number: str | None = column("currencyNumber", loose=True)
    country_number: str | None = column("countryNumber", loose=True)
    payment_option_number: int | None = column("paymentOptionNumber", loose=True)
    price_change_reason_number: int | None = column("priceChangeReasonNumber", loose=True, zero=True)
    return_reason_number: int | None = column("returnReasonNumber", loose=True, zero=True)
    alternative_receipt_number: int | None = column("alternativeReceiptNumber", loose=True, zero=True)


class Invoice(Changing, table="invoice", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Invoices to customers."""

    id: str
    number: int | None = column(loose=True)
    receipt_number: int | None = column("receiptNumber", loose=True, zero=True)
    receipt_position: int | None = column("receiptPosition", loose=True)
    date: dt.date | None = column(loose=True)
    payment_due_date: dt.date | None = column("paymentDueDate", loose=True)
    amount: Decimal | None = column(precision=MONEY)
    amount_cleared: Decimal | None = column("amountCleared", precision=MONEY)
    status: int | None = column(loose=True)
    branch_number: int | None = column("branchNumber", loose=True, zero=True)
    customer_number: int | None = relation("customerNumber", "customer")
    staff_number: int | None = column("staffNumber", loose=True, zero=True)
    cash_register_number: int | None = column("cashRegisterNumber", loose=True, zero=True)
    payment_condition_number: int | None = column("paymentConditionNumber", loose=True)
    currency_number: str | None = column("currencyNumber", loose=True)


class Payment(Changing, table="payment", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Payments of invoices."""

    id: str
    number: int | None = column(loose=True)
    invoice_date: dt.date | None = column("invoiceDate", loose=True)
    date: dt.date | None = column(loose=True)
    amount: Decimal | None = column(precision=MONEY)
    status: int | None = column(loose=True)
    receipt_number: int | None = column("receiptNumber", loose=True, zero=True)
    receipt_position: int | None = column("receiptPosition", loose=True)
    branch_number: int | None = column("branchNumber", loose=True, zero=True)
    customer_number: int | None = relation("customerNumber", "customer")
    staff_number: int | None = column("staffNumber", loose=True, zero=True)
    cash_register_number: int | None = column("cashRegisterNumber", loose=True, zero=True)
    currency_number: str | None = column("currencyNumber", loose=True)


class Voucher(Changing, table="voucher", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Vouchers."""

    id: str
    number: int | None = column(loose=True)
    value: Decimal | None = column(precision=MONEY)
    amount_redeemed: Decimal | None = column("amountRedeemed", precision=MONEY)
    status: int | None = column(loose=True)
    type: int | None = column(loose=True)
    date: dt.date | None = column(loose=True)
    valid_from: dt.date | None = column("validFrom", loose=True)
    valid_until: dt.date | None = column("validUntil", loose=True)
    voucher_redemption_date: dt.date | None = column("voucherRedemptionDate", loose=True)
    internet_code: str | None = column("internetCode", loose=True)
    note: str | None = column(loose=True)
    receipt_number: int | None = column("receiptNumber", loose=True, zero=True)
    receipt_position: int | None = column("receiptPosition", loose=True)
    branch_number: int | None = column("branchNumber", loose=True, zero=True)
    customer_number: int | None = relation("customerNumber", "customer")
    currency_number: str | None = column("currencyNumber", loose=True)


class Credit(Changing, table="credit", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Credits of customers."""

    id: str
    number: int | None = column(loose=True)
    value: Decimal | None = column(precision=MONEY)
    amount_redeemed: Decimal | None = column("amountRedeemed", precision=MONEY)
    status: int | None = column(loose=True)
    date: dt.date | None = column(loose=True)
    receipt_number: int | None = column("receiptNumber", loose=True, zero=True)
    receipt_position: int | None = column("receiptPosition", loose=True)
    branch_number: int | None = column("branchNumber", loose=True, zero=True)
    customer_number: int | None = relation("customerNumber", "customer")
    currency_number: str | None = column("currencyNumber", loose=True)
