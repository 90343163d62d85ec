"""Pennylane's thirteen tables and their child tables.

Field lists follow the Company API v2 reference. References `{id, url}` become `<name>_id`, small objects
`<name>_<field>`; objects that hold only a link to further data are left out on purpose.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from landfall.records import Json, Record, column, parent, position


class CustomerEmail(Record, table="customer_emails", key=("customer_id", "position")):
    """E-mail addresses of a customer."""

    customer_id: int = parent()
    position: int = position()
    email: str = column(".", personal=True)


class Customer(
    Record,
    table="customers",
    key="id",
    ignored=("mandates", "pro_account_mandates", "contacts"),
):
    """Customers, companies and individuals."""

    id: int = column(doc="Pennylane's id, unique within the company")
    customer_type: str | None = column(doc="company or individual", index=True)
    name: str | None = column(personal=True)
    first_name: str | None = column(doc="Individuals only", personal=True)
    last_name: str | None = column(doc="Individuals only", personal=True)
    reg_no: str | None = column(doc="Company registration number (SIREN or SIRET); companies only")
    vat_number: str | None = column(doc="Companies only")
    recipient: str | None = column(personal=True)
    reference: str | None
    external_reference: str | None = column(doc="The customer's id in another system", index=True)
    notes: str | None = column(personal=True)
    phone: str | None = column(personal=True)
    billing_iban: str | None = column(personal=True)
    payment_conditions: str | None = column(doc="upon_receipt, custom, 7_days … 60_days")
    billing_language: str | None = column(doc="fr_FR, en_GB or de_DE")
    ledger_account_id: int | None = column("ledger_account.id", references="ledger_accounts")
    billing_address_address: str | None = column("billing_address.address", personal=True)
    billing_address_postal_code: str | None = column("billing_address.postal_code")
    billing_address_city: str | None = column("billing_address.city")
    billing_address_country_alpha2: str | None = column("billing_address.country_alpha2")
    delivery_address_address: str | None = column("delivery_address.address", personal=True)
    delivery_address_postal_code: str | None = column("delivery_address.postal_code")
    delivery_address_city: str | None = column("delivery_address.city")
    delivery_address_country_alpha2: str | None = column("delivery_address.country_alpha2")
    created_at: dt.datetime | None
    updated_at: dt.datetime | None = column(index=True)
    emails: list[CustomerEmail]


class SupplierEmail(Record, table="supplier_emails", key=("supplier_id", "position")):
    """E-mail addresses of a supplier."""

    supplier_id: int = parent()
    position: int = position()
    email: str = column(".", personal=True)


class Supplier(Record, table="suppliers", key="id"):
    """Suppliers."""

    id: int = column(doc="Pennylane's id, unique within the company")
    name: str | None = column(personal=True)
    establishment_no: str | None = column(doc="SIRET of the establishment")
    reg_no: str | None = column(doc="Company registration number (SIREN)")
    vat_number: str | None
    iban: str | None = column(personal=True)
    ledger_account_id: int | None = column("ledger_account.id", references="ledger_accounts")
    postal_address_address: str | None = column("postal_address.address", personal=True)
    postal_address_postal_code: str | None = column("postal_address.postal_code")
    postal_address_city: str | None = column("postal_address.city")
    postal_address_country_alpha2: str | None = column("postal_address.country_alpha2")
    supplier_payment_method: str | None = column(doc="automatic_transfer, check, card …")
    supplier_due_date_delay: int | None = column(doc="Days until an invoice is due")
    supplier_due_date_rule: str | None = column(doc="days or days_or_end_of_month")
    external_reference: str | None = column(index=True)
    created_at: dt.datetime | None
    updated_at: dt.datetime | None = column(index=True)
    emails: list[SupplierEmail]


class CustomerInvoice(
    Record,
    table="customer_invoices",
    key="id",
    ignored=(
        "customer.url",
        "credited_invoice.url",
        "invoice_line_sections",
        "invoice_lines",
        "custom_header_fields",
        "categories",
        "payments",
        "matched_transactions",
        "appendices",
    ),
):
    """Invoices to customers; credit notes are rows with negative amounts and `credited_invoice_id` set."""

    id: int = column(doc="Pennylane's id, unique within the company")
    label: str | None
    invoice_number: str | None = column(doc="Empty while a draft", index=True)
    status: str | None = column(doc="draft, upcoming, late, paid, credit_note …", index=True)
    draft: bool | None
    paid: bool | None
    date: dt.date | None = column(doc="Invoice date", index=True)
    deadline: dt.date | None = column(doc="Due date", index=True)
    currency: str | None = column(doc="ISO 4217")
    amount: Decimal | None = column(doc="Total with tax, in the company's currency")
    tax: Decimal | None = column(doc="Tax, in the company's currency")
    currency_amount: Decimal | None = column(doc="Total with tax, in `currency`")
    currency_amount_before_tax: Decimal | None = column(doc="Total before tax, in `currency`")
    currency_tax: Decimal | None = column(doc="Tax, in `currency`")
    exchange_rate: Decimal | None
    remaining_amount_with_tax: Decimal | None = column(doc="Still to be paid, with tax")
    remaining_amount_without_tax: Decimal | None = column(doc="Still to be paid, before tax")
    discount_type: str | None = column("discount.type", doc="absolute or relative")
    discount_value: Decimal | None = column("discount.value")
    language: str | None
    special_mention: str | None
    pdf_invoice_free_text: str | None
    pdf_invoice_subject: str | None
    pdf_description: str | None
    filename: str | None
    public_file_url: str | None = column(doc="Link to the PDF; expires 30 minutes after the sync")
    customer_id: int | None = column("customer.id", references="customers")
    ledger_entry_id: int | None = column("ledger_entry.id", references="ledger_entries")
    billing_subscription_id: int | None = column("billing_subscription.id", index=True)
    credited_invoice_id: int | None = column("credited_invoice.id", index=True)
    customer_invoice_template_id: int | None = column("customer_invoice_template.id", index=True)
    quote_id: int | None = column("quote.id", index=True)
    transaction_reference_banking_provider: str | None = column("transaction_reference.banking_provider")
    transaction_reference_provider_field_name: str | None = column(
        "transaction_reference.provider_field_name"
    )
    transaction_reference_provider_field_value: str | None = column(
        "transaction_reference.provider_field_value"
    )
    e_invoicing_status: str | None = column("e_invoicing.status")
    e_invoicing_reason: str | None = column("e_invoicing.reason")
    e_invoicing_flow_id: str | None = column("e_invoicing.flow.id")
    factur_x: bool | None
    schematron_validation_status: str | None
    external_reference: str | None = column(index=True)
    archived_at: dt.datetime | None
    created_at: dt.datetime | None
    updated_at: dt.datetime | None = column(index=True)


class SupplierInvoice(
    Record,
    table="supplier_invoices",
    key="id",
    ignored=(
        "supplier.url",
        "invoice_lines",
        "categories",
        "payments",
        "matched_transactions",
    ),
):
    """Invoices from suppliers."""

    id: int = column(doc="Pennylane's id, unique within the company")
    label: str | None
    invoice_number: str | None = column(index=True)
    date: dt.date | None = column(doc="Invoice date", index=True)
    deadline: dt.date | None = column(doc="Due date", index=True)
    currency: str | None = column(doc="ISO 4217")
    amount: Decimal | None = column(doc="Total with tax, in the company's currency")
    tax: Decimal | None = column(doc="Tax, in the company's currency")
    currency_amount: Decimal | None = column(doc="Total with tax, in `currency`")
    currency_amount_before_tax: Decimal | None = column(doc="Total before tax, in `currency`")
    currency_tax: Decimal | None = column(doc="Tax, in `currency`")
    exchange_rate: Decimal | None
    remaining_amount_with_tax: Decimal | None = column(doc="Still to be paid, with tax")
    remaining_amount_without_tax: Decimal | None = column(doc="Still to be paid, before tax")
    accounting_status: str | None = column(doc="draft, entry, validation_needed, complete …")
    payment_status: str | None = column(doc="to_be_processed, to_be_paid, fully_paid …", index=True)
    reconciled: bool | None
    paid: bool | None
    filename: str | None
    public_file_url: str | None = column(doc="Link to the file; expires 30 minutes after the sync")
    supplier_id: int | None = column("supplier.id", references="suppliers")
    ledger_entry_id: int | None = column("ledger_entry.id", references="ledger_entries")
    transaction_reference_banking_provider: str | None = column("transaction_reference.banking_provider")
    transaction_reference_provider_field_name: str | None = column(
        "transaction_reference.provider_field_name"
    )
    transaction_reference_provider_field_value: str | None = column(
        "transaction_reference.provider_field_value"
    )
    e_invoicing_status: str | None = column("e_invoicing.status")
    e_invoicing_reason: str | None = column("e_invoicing.reason")
    e_invoicing_flow_id: str | None = column("e_invoicing.flow.id")
    e_invoicing_source_file_url: str | None = column("e_invoicing.source_file_url")
    import_source: Json | None
    external_reference: str | None = column(index=True)
    archived_at: dt.datetime | None
    created_at: dt.datetime | None
    updated_at: dt.datetime | None = column(index=True)


class Product(Record, table="products", key="id"):
    """Products and services that can be invoiced."""

    id: int = column(doc="Pennylane's id, unique within the company")
    label: str | None
    description: str | None
    reference: str | None = column(index=True)
    external_reference: str | None = column(index=True)
    substance: str | None = column(doc="goods or services")
    price_before_tax: Decimal | None
    price: Decimal | None = column(doc="With tax")
    vat_rate: str | None = column(doc="A code such as FR_200 (20 %), FR_55 (5.5 %) or exempt; not a number")
    unit: str | None
    currency: str | None = column(doc="ISO 4217")
    ledger_account_id: int | None = column("ledger_account.id", references="ledger_accounts")
    archived_at: dt.datetime | None
    created_at: dt.datetime | None
    updated_at: dt.datetime | None = column(index=True)


class TransactionCategory(Record, table="transaction_categories", key=("transaction_id", "position")):
    """Analytical categories of a bank transaction, with their weights."""

    transaction_id: int = parent()
    position: int = position()
    category_id: int | None = column("id", index=True)
    label: str | None
    weight: Decimal | None = column(doc="Share of the amount, 1 is all of it")
    category_group_id: int | None = column("category_group.id", index=True)
    analytical_code: str | None
    created_at: dt.datetime | None
    updated_at: dt.datetime | None


class Transaction(
    Record,
    table="transactions",
    key="id",
    ignored=("journal.url", "bank_account.url", "customer.url", "supplier.url", "matched_invoices"),
):
    """Bank transactions; amounts are signed."""

    id: int = column(doc="Pennylane's id, unique within the company")
    label: str | None = column(personal=True)
    date: dt.date | None = column(index=True)
    currency: str | None = column(doc="ISO 4217")
    amount: Decimal | None = column(doc="In the company's currency; negative is money out")
    currency_amount: Decimal | None = column(doc="In `currency`")
    fee: Decimal | None
    currency_fee: Decimal | None
    outstanding_balance: Decimal | None = column(doc="Not yet matched with invoices")
    attachment_required: bool | None
    interbank_code: str | None
    journal_id: int | None = column("journal.id", index=True)
    bank_account_id: int | None = column("bank_account.id", references="bank_accounts")
    customer_id: int | None = column("customer.id", references="customers")
    supplier_id: int | None = column("supplier.id", references="suppliers")
    pro_account_expense_employee_id: int | None = column("pro_account_expense.employee.id", index=True)
    pro_account_expense_employee_first_name: str | None = column(
        "pro_account_expense.employee.first_name", personal=True
    )
    pro_account_expense_employee_last_name: str | None = column(
        "pro_account_expense.employee.last_name", personal=True
    )
    pro_account_expense_card_masked_number: str | None = column(
        "pro_account_expense.card_masked_number", personal=True
    )
    archived_at: dt.datetime | None
    created_at: dt.datetime | None
    updated_at: dt.datetime | None = column(index=True)
    categories: list[TransactionCategory]


class LedgerEntryLineCategory(
    Record, table="ledger_entry_line_categories", key=("ledger_entry_line_id", "position")
):
    """Analytical categories of a ledger line, with their weights."""

    ledger_entry_line_id: int = parent()
    position: int = position()
    category_id: int | None = column("id", index=True)
    label: str | None
    weight: Decimal | None = column(doc="Share of the amount, 1 is all of it")
    category_group_id: int | None = column("category_group.id", index=True)
    analytical_code: str | None
    created_at: dt.datetime | None
    updated_at: dt.datetime | None


class LedgerEntryLineLettering(Record, table="ledger_entry_line_letterings", key=("line_id", "position")):
    """The other lines that a ledger line is lettered with."""

    line_id: int = parent()
    position: int = position()
    other_line_id: int = column(".", index=True)


class LedgerEntryLine(
    Record,
    table="ledger_entry_lines",
    key="id",
    ignored=("ledger_account.url", "journal.url", "lettered_ledger_entry_lines.url"),
):
    """Lines of the general ledger; debits equal credits within each entry."""

    id: int = column(doc="Pennylane's id, unique within the company")
    ledger_entry_id: int | None = column("ledger_entry.id", references="ledger_entries")
    date: dt.date | None = column(index=True)
    label: str | None
    debit: Decimal | None = column(doc="0.00 on a credit line")
    credit: Decimal | None = column(doc="0.00 on a debit line")
    ledger_account_id: int | None = column("ledger_account.id", references="ledger_accounts")
    ledger_account_number: str | None = column("ledger_account.number", index=True)
    journal_id: int | None = column("journal.id", index=True)
    created_at: dt.datetime | None
    updated_at: dt.datetime | None = column(index=True)
    categories: list[LedgerEntryLineCategory]
    letterings: list[LedgerEntryLineLettering] = column("lettered_ledger_entry_lines.ids")


class LedgerEntryCategory(Record, table="ledger_entry_categories", key=("ledger_entry_id", "position")):
    """Analytical categories of a ledger entry, with their weights."""

    ledger_entry_id: int = parent()
    position: int = position()
    category_id: int | None = column("id", index=True)
    label: str | None
    weight: Decimal | None = column(doc="Share of the amount, 1 is all of it")
    category_group_id: int | None = column("category_group.id", index=True)
    analytical_code: str | None
    created_at: dt.datetime | None
    updated_at: dt.datetime | None


class LedgerEntry(
    Record,
    table="ledger_entries",
    key="id",
    ignored=("journal_id", "journal.url", "ledger_attachment_filename"),
):
    """Entries of the general ledger, drafts included; their amounts are in `ledger_entry_lines`."""

    id: int = column(doc="Pennylane's id, unique within the company")
    label: str | None
    piece_number: str | None = column(index=True)
    invoice_number: str | None
    status: str | None
    date: dt.date | None = column(doc="NULL on drafts", index=True)
    due_date: dt.date | None = column(index=True)
    journal_id: int | None = column("journal.id", index=True)
    attachment_filename: str | None = column("attachment.filename")
    attachment_url: str | None = column("attachment.url")
    created_at: dt.datetime | None
    updated_at: dt.datetime | None = column(index=True)
    categories: list[LedgerEntryCategory]


class LedgerAccount(Record, table="ledger_accounts", key="id"):
    """The chart of accounts; a number may occur several times, once for each VAT rate."""

    id: int = column(doc="Pennylane's id, unique within the company")
    number: str | None = column(doc="Not unique: join on the id", index=True)
    label: str | None
    vat_rate: str | None = column(doc="A code such as FR_200 or any; not a number")
    country_alpha2: str | None
    type: str | None
    enabled: bool | None
    letterable: bool | None
    created_at: dt.datetime | None
    updated_at: dt.datetime | None


class BankAccount(Record, table="bank_accounts", key="id", ignored=("journal.url", "ledger_account.url")):
    """Bank accounts."""

    id: int = column(doc="Pennylane's id, unique within the company")
    name: str | None
    currency: str | None = column(doc="ISO 4217")
    balance: Decimal | None
    bank_establishment_id: int | None = column("bank_establishment.id", index=True)
    journal_id: int | None = column("journal.id", index=True)
    ledger_account_id: int | None = column("ledger_account.id", references="ledger_accounts")
    created_at: dt.datetime | None
    updated_at: dt.datetime | None


class FiscalYear(Record, table="fiscal_years", key="id"):
    """Fiscal years; several may be open at once."""

    id: int = column(doc="Pennylane's id, unique within the company")
    start: dt.date | None = column(doc="First day", index=True)
    finish: dt.date | None = column(doc="Last day", index=True)
    status: str | None = column(doc="open, reopen, closed or frozen")
    created_at: dt.datetime | None
    updated_at: dt.datetime | None


class FecLine(Record, table="fec", key=("period_start", "line_no")):
    """Lines of the FEC, the accounting file of French law (article A47 A-1 LPF), one file a fiscal year."""

    period_start: dt.date = column(doc="First day of the fiscal year the file was made for")
    line_no: int = column(doc="Line of the file, from 1")
    journal_code: str | None = column(index=True)
    journal_lib: str | None
    ecriture_num: str | None = column(index=True)
    ecriture_date: dt.date | None = column(index=True)
    compte_num: str | None = column(index=True)
    compte_lib: str | None
    comp_aux_num: str | None
    comp_aux_lib: str | None = column(personal=True)
    piece_ref: str | None
    piece_date: dt.date | None = column(index=True)
    ecriture_lib: str | None
    debit: Decimal | None
    credit: Decimal | None
    ecriture_let: str | None
    date_let: dt.date | None = column(index=True)
    valid_date: dt.date | None = column(index=True)
    montant_devise: Decimal | None
    idevise: str | None


class AnalyticalLedgerLine(
    Record,
    table="analytical_ledger",
    key=("period_start", "line_identifier", "category_family", "category", "occurrence"),
):
    """Lines of the analytical general ledger, one row for each category of a line."""

    period_start: dt.date = column(doc="First day of the fiscal year the file was made for")
    line_identifier: str = column(doc="Stable across exports")
    category_family: str = column(doc="Empty where the line has no category")
    category: str = column(doc="Empty where the line has no category")
    occurrence: int = column(doc="Tells equal rows of one line apart, from 1")
    date: dt.date | None = column(index=True)
    journal_code: str | None
    plan_item_number: str | None = column(doc="Account number", index=True)
    plan_item_label: str | None
    line_label: str | None
    entry_piece: str | None
    analytical_code: str | None = column(index=True)
    debit: Decimal | None = column(doc="NULL on the further families of a line in in_column exports")
    credit: Decimal | None = column(doc="NULL on the further families of a line in in_column exports")
