"""One plausible invoice, bank transaction, ledger entry or line, as the API answers it. Amounts come in as cents.

Source of the fields: Pennylane's OpenAPI document (company API v2), with what was added to it up to July 2026.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sandbox.clock import stamp
from sandbox.pennylane import wording
from sandbox.pennylane.fields import BASE, bare, link, loose, money, reference, times
from sandbox.rows import Row


def invoice_money(random: Random, currency: str, total: int, tax: int) -> Row:
    """The amount fields both kinds of invoice share; `total` and `tax` are in cents of `currency`."""
    rate = 1.0 if currency == "EUR" else 0.92
    return {
        "currency": currency,
        "amount": loose(random, round(total * rate)),
        "currency_amount": loose(random, total),
        "currency_amount_before_tax": loose(random, total - tax),
        "exchange_rate": "1.0" if currency == "EUR" else "0.92",
        "currency_tax": loose(random, tax),
        "tax": loose(random, round(tax * rate)),
    }


def _reference_of_payment(random: Random, row_id: int) -> Row | None:
    if random.random() > 0.1:
        return None
    return {
        "banking_provider": "bank",
        "provider_field_name": "label",
        "provider_field_value": f"ref {row_id}",
    }


def customer_invoice(
    random: Random,
    row_id: int,
    at: datetime,
    now: datetime,
    *,
    customer_id: int | None,
    entry_id: int | None,
    status: str,
    currency: str,
    total: int,
    tax: int,
    number: str,
    credited: int | None = None,
) -> Row:
    """A row of `/customer_invoices`; `total` and `tax` in cents, negative on a credit note."""
    draft, paid = status == "draft", status == "paid"
    day = at.date()
    part = f"customer_invoices/{row_id}"
    remaining = 0 if paid else total
    return {
        "id": row_id,
        "label": None if random.random() < 0.1 else f"Facture {number or 'brouillon'}",
        "invoice_number": number,
        **invoice_money(random, currency, total, tax),
        "date": None if draft and random.random() < 0.5 else day.isoformat(),
        "deadline": None if draft else (day + timedelta(days=30)).isoformat(),
        "language": "fr_FR",
        "paid": paid,
        "status": status,
        "discount": {"type": "absolute", "value": "0.0"}
        if random.random() < 0.9
        else {"type": "relative", "value": "12.5"},
        "ledger_entry": bare(entry_id),
        "public_file_url": None if draft else f"{BASE}/files/{row_id}.pdf",
        "filename": None if draft else f"facture-{number}.pdf",
        "remaining_amount_with_tax": None if draft else money(remaining),
        "remaining_amount_without_tax": None if draft else money(0 if paid else total - tax),
        "draft": draft,
        "special_mention": random.choice((None, None, "", "Autoliquidation")),
        "customer": reference("customers", customer_id),
        "invoice_line_sections": link(f"{part}/invoice_line_sections"),
        "invoice_lines": link(f"{part}/invoice_lines"),
        "custom_header_fields": link(f"{part}/custom_header_fields"),
        "categories": link(f"{part}/categories"),
        "pdf_invoice_free_text": "",
        "pdf_invoice_subject": random.choice(("", "Prestation d’été")),
        "pdf_description": random.choice((None, "", "Merci de votre confiance\n— l’équipe")),
        "billing_subscription": bare(row_id % 997 + 1) if random.random() < 0.1 else None,
        "credited_invoice": reference("customer_invoices", credited),
        "customer_invoice_template": bare(7) if random.random() < 0.5 else None,
        "transaction_reference": _reference_of_payment(random, row_id),
        "payments": link(f"{part}/payments"),
        "matched_transactions": link(f"{part}/matched_transactions"),
        "appendices": link(f"{part}/appendices"),
        "quote": bare(row_id % 499 + 1) if random.random() < 0.1 else None,
        "external_reference": f"ext-invoice-{row_id}",
        "e_invoicing": random.choice(
            (None, None, {"status": "sent", "reason": None, "flow": {"id": f"flow-{row_id}"}})
        ),
        "archived_at": stamp(at) if status == "archived" else None,
        **times(random, at, now),
        "factur_x": random.random() < 0.5,
        "schematron_validation_status": random.choice((None, "valid")),
    }


def supplier_invoice(
    random: Random,
    row_id: int,
    at: datetime,
    now: datetime,
    *,
    supplier_id: int | None,
    entry_id: int | None,
    paid: bool,
    currency: str,
    total: int,
    tax: int,
) -> Row:
    """A row of `/supplier_invoices`; `total` and `tax` in cents."""
    day = at.date()
    part = f"supplier_invoices/{row_id}"
    flow = {"status": "approved", "reason": None, "flow": {"id": f"flow-{row_id}"}}
    return {
        "id": row_id,
        "label": None if random.random() < 0.1 else f"Achat {row_id % 10_000}",
        "invoice_number": "" if random.random() < 0.05 else f"F{day:%Y%m}-{row_id % 100_000:05d}",
        **invoice_money(random, currency, total, tax),
        "date": None if random.random() < 0.02 else day.isoformat(),
        "deadline": None if random.random() < 0.1 else (day + timedelta(days=45)).isoformat(),
        "reconciled": paid and random.random() < 0.8,
        "accounting_status": "complete"
        if entry_id
        else random.choice(("draft", "validation_needed", "archived")),
        "filename": f"achat-{row_id}.pdf" if random.random() < 0.9 else None,
        "public_file_url": f"{BASE}/files/{row_id}.pdf" if random.random() < 0.9 else None,
        "remaining_amount_with_tax": "0.0" if paid else money(total),
        "remaining_amount_without_tax": "0.0" if paid else money(total - tax),
        "ledger_entry": bare(entry_id),
        "supplier": reference("suppliers", supplier_id),
        "invoice_lines": link(f"{part}/invoice_lines"),
        "categories": link(f"{part}/categories"),
        "transaction_reference": _reference_of_payment(random, row_id),
        "payment_status": "fully_paid"
        if paid
        else random.choice(("to_be_processed", "to_be_paid", "paid_offline")),
        "payments": link(f"{part}/payments"),
        "matched_transactions": link(f"{part}/matched_transactions"),
        "external_reference": f"ext-purchase-{row_id}",
        "e_invoicing": flow | {"source_file_url": f"{BASE}/files/{row_id}.xml"}
        if random.random() < 0.3
        else None,
        "archived_at": stamp(at) if random.random() < 0.02 else None,
        **times(random, at, now),
        "paid": paid,
        "import_source": random.choice((None, {"type": "email"})),
    }


def transaction(
    random: Random,
    row_id: int,
    at: datetime,
    now: datetime,
    *,
    bank_account: Row,
    cents: int,
    categories: list[Row],
    customer_id: int | None = None,
    supplier_id: int | None = None,
) -> Row:
    """A row of `/transactions`; `cents` is signed."""
    foreign = random.random() < 0.03
    fee = random.randrange(1, 500) if random.random() < 0.1 else None
    expense = {
        "employee": random.choice(
            (None, {"id": 5, "first_name": random.choice(wording.FIRST_NAMES), "last_name": "Hénault"})
        ),
        "card_masked_number": "**** 0042",
    }
    return {
        "id": row_id,
        "label": None
        if random.random() < 0.02
        else f"{random.choice(wording.BANK_TEXTS)} {row_id % 1_000_000}",
        "attachment_required": cents < 0,
        "date": at.date().isoformat(),
        "outstanding_balance": random.choice((None, "0.0", money(cents))),
        **times(random, at, now),
        "archived_at": stamp(at) if random.random() < 0.01 else None,
        "currency": "USD" if foreign else random.choice(("EUR", "EUR", "EUR", "EUR", None)),
        "currency_amount": loose(random, round(cents / 0.92) if foreign else cents),
        "amount": loose(random, cents),
        "currency_fee": None if fee is None else money(fee),
        "fee": None if fee is None else money(fee),
        "journal": bank_account["journal"] or reference("journals", 1),
        "bank_account": reference("bank_accounts", bank_account["id"]),
        "pro_account_expense": expense if random.random() < 0.05 else None,
        "customer": reference("customers", customer_id),
        "supplier": reference("suppliers", supplier_id),
        "categories": categories,
        "matched_invoices": link(f"transactions/{row_id}/matched_invoices"),
        "interbank_code": random.choice((None, "", "B1A", "C5")),
    }


def entry(
    random: Random,
    row_id: int,
    at: datetime,
    now: datetime,
    *,
    journal: Row,
    label: str,
    piece: str,
    draft: bool,
) -> Row:
    """A row of `/ledger_entries`; a draft has no date."""
    file = f"piece-{row_id}.pdf" if random.random() < 0.3 else None
    return {
        "id": row_id,
        **times(random, at, now),
        "label": None if random.random() < 0.03 else label,
        "piece_number": piece if random.random() < 0.9 else None,
        "date": None if draft else at.date().isoformat(),
        "due_date": (at.date() + timedelta(days=30)).isoformat() if random.random() < 0.3 else None,
        "invoice_number": piece if random.random() < 0.5 else None,
        "journal_id": journal["id"],
        "journal": reference("journals", journal["id"]),
        "categories": [],
        "ledger_attachment_filename": file,
        "attachment": None if file is None else {"filename": file, "url": f"{BASE}/files/{file}"},
        "status": "draft" if draft else random.choice((None, "validated")),
    }


def line(
    row_id: int,
    of: Row,
    *,
    journal: Row,
    account: Row,
    debit: int,
    credit: int,
    label: str,
    categories: list[Row],
) -> Row:
    """A row of `/ledger_entry_lines` of the entry `of`; one side in cents, the other 0."""
    return {
        "id": row_id,
        "debit": money(debit),
        "credit": money(credit),
        "label": label,
        "categories": categories,
        "ledger_account": {
            "id": account["id"],
            "number": account["number"],
            "url": f"{BASE}/ledger_accounts/{account['id']}",
        },
        "journal": reference("journals", journal["id"]),
        "date": of["date"] or of["created_at"][:10],
        "ledger_entry": {"id": of["id"]},
        "lettered_ledger_entry_lines": {
            "ids": [],
            **link(f"ledger_entry_lines/{row_id}/lettered_ledger_entry_lines"),
        },
        "created_at": of["created_at"],
        "updated_at": of["updated_at"],
    }
