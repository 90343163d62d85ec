"""One plausible customer, supplier, product or account, as the API answers it.

Source of the fields: Pennylane's OpenAPI document (company API v2), with what was added to it up to July 2026.
"""

from __future__ import annotations

from datetime import datetime
from random import Random

from sandbox.clock import stamp
from sandbox.pennylane import wording
from sandbox.pennylane.fields import bare, link, times
from sandbox.rows import Row

CONDITIONS = (
    "upon_receipt",
    "7_days",
    "15_days",
    "30_days",
    "30_days_end_of_month",
    "45_days",
    "60_days",
    "custom",
)
METHODS = ("automatic_transfer", "manual_transfer", "check", "card", "other", None)


def _address(random: Random) -> Row:
    postal_code, city = random.choice(wording.CITIES)
    street = f"{random.randrange(1, 200)} {random.choice(wording.STREETS)}"
    return {"address": street, "postal_code": postal_code, "city": city, "country_alpha2": "FR"}


def _company(random: Random) -> str:
    words = (
        random.choice(wording.TRADES),
        random.choice(wording.QUALITIES),
        random.choice(wording.LEGAL_FORMS),
    )
    return " ".join(words).strip()


def _emails(random: Random, row_id: int) -> list[str]:
    count = random.choice((0, 1, 1, 1, 2, 3))
    return [f"contact{row_id % 100_000}.{place}@example.org" for place in range(count)]


def _iban(random: Random) -> str:
    return f"FR76{random.randrange(10**23):023d}"


def customer(random: Random, row_id: int, at: datetime, now: datetime, account: int | None) -> Row:
    """A row of `/customers`, a company four times out of five."""
    row: Row = {
        "id": row_id,
        "name": "",
        "billing_iban": _iban(random) if random.random() < 0.3 else None,
        "payment_conditions": random.choice(CONDITIONS),
        "recipient": "",
        "phone": f"+33 1 99 00 {random.randrange(100):02d} {random.randrange(100):02d}"
        if random.random() < 0.7
        else "",
        "reference": random.choice((None, "", f"CLI-{row_id % 10_000}")),
        "notes": random.choice(
            (None, None, "", "Préfère être appelé·e le matin.\nDeuxième ligne, « avec guillemets »")
        ),
        "ledger_account": bare(account),
        "emails": _emails(random, row_id),
        "billing_address": _address(random),
        "delivery_address": {"address": "", "postal_code": "", "city": "", "country_alpha2": "FR"},
        "external_reference": f"ext-customer-{row_id}",
        "billing_language": random.choice(("fr_FR", "fr_FR", "fr_FR", "en_GB", "de_DE")),
        "mandates": link(f"sepa_mandates?customer_id={row_id}"),
        "pro_account_mandates": link(f"pro_account/mandates?customer_id={row_id}"),
        "contacts": link(f"customers/{row_id}/contacts"),
        **times(random, at, now),
    }
    if random.random() < 0.8:
        reg_no = f"999{random.randrange(10**6):06d}"
        return row | {
            "customer_type": "company",
            "name": _company(random),
            "reg_no": reg_no,
            "vat_number": f"FR{random.randrange(100):02d}{reg_no}" if random.random() < 0.8 else "",
        }
    first, last = random.choice(wording.FIRST_NAMES), random.choice(wording.LAST_NAMES)
    return row | {
        "customer_type": "individual",
        "name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
    }


def supplier(random: Random, row_id: int, at: datetime, now: datetime, account: int | None) -> Row:
    """A row of `/suppliers`."""
    reg_no = f"999{random.randrange(10**6):06d}" if random.random() < 0.8 else None
    return {
        "id": row_id,
        "name": _company(random),
        "establishment_no": f"{reg_no}{random.randrange(10**5):05d}"
        if reg_no and random.random() < 0.5
        else None,
        "reg_no": reg_no,
        "vat_number": f"FR{random.randrange(100):02d}{reg_no}" if reg_no else "",
        "ledger_account": bare(account),
        "emails": _emails(random, row_id),
        "iban": _iban(random) if random.random() < 0.6 else "",
        "postal_address": _address(random),
        "supplier_payment_method": random.choice(METHODS),
        "supplier_due_date_delay": random.choice((None, 0, 30, 45)),
        "supplier_due_date_rule": random.choice((None, "days", "days_or_end_of_month")),
        "external_reference": f"ext-supplier-{row_id}",
        **times(random, at, now),
    }


def product(random: Random, row_id: int, at: datetime, now: datetime, account: int | None) -> Row:
    """A row of `/products`; unit prices have up to six decimals."""
    vat_code = random.choice(("FR_200", "FR_200", "FR_200", "FR_55", "FR_100", "exempt", "FR_15_385"))
    before = random.randrange(1, 10**9)
    price = before + before * wording.VAT_RATES[vat_code] // 10_000
    return {
        "id": row_id,
        "label": f"{random.choice(wording.GOODS)} {random.choice(wording.VARIANTS)}",
        "description": random.choice(
            ("", "Livré monté", "Prix dégressif dès 10 unités ; éco-participation comprise")
        ),
        "external_reference": f"ext-product-{row_id}",
        "price_before_tax": f"{before // 10**6}.{before % 10**6:06d}",
        "vat_rate": vat_code,
        "price": f"{price // 10**6}.{price % 10**6:06d}",
        "unit": random.choice(wording.UNITS),
        "currency": "EUR",
        "reference": random.choice((None, f"REF-{row_id % 100_000:05d}")),
        "ledger_account": bare(account),
        "archived_at": stamp(at) if random.random() < 0.05 else None,
        **times(random, at, now),
        "substance": random.choice(("goods", "services", None)),
    }


def account(
    row_id: int, number: str, label: str, kind: str, vat: str, at: datetime, *, enabled: bool = True
) -> Row:
    """A row of `/ledger_accounts`."""
    when = stamp(at)
    return {
        "id": row_id,
        "number": number,
        "label": label,
        "vat_rate": vat,
        "country_alpha2": "FR",
        "enabled": enabled,
        "type": kind,
        "letterable": number.startswith("4"),
        "created_at": when,
        "updated_at": when,
    }
