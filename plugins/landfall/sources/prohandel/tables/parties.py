"""People and places."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from landfall.records import Record, column
from landfall.sources.prohandel.layers import TABLES
from landfall.sources.prohandel.records.common import MONEY, RATE


class Customers(Record, table="customers", key="customer_id", layer=TABLES):
    """Customers with what they bought and when last."""

    customer_id: str
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    address_line1: str | None
    address_line2: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None
    full_address: str | None
    customer_type: str | None
    company_name: str | None
    tax_id: str | None
    created_at: dt.date | None
    updated_at: dt.datetime | None
    last_purchase_date: dt.date | None
    total_purchases: Decimal | None = column(precision=MONEY)
    loyalty_points: Decimal | None = column(precision=MONEY)
    customer_status: str | None


class Staff(Record, table="staff", key="staff_id", layer=TABLES):
    """People who work there."""

    staff_id: str
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    position: str | None
    department: str | None
    branch_id: str | None
    is_active: bool | None
    hire_date: dt.date | None
    created_at: dt.date | None
    updated_at: dt.datetime | None


class Branches(Record, table="branches", key="branch_id", layer=TABLES):
    """Branches, the web shop among them."""

    branch_id: str
    name: str | None
    address_line1: str | None
    address_line2: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None
    full_address: str | None
    phone: str | None
    email: str | None
    manager_id: str | None
    created_at: dt.date | None
    updated_at: dt.datetime | None


class Countries(Record, table="countries", key="country_id", layer=TABLES):
    """Countries."""

    country_id: str
    name: str | None
    code: str | None
    iso_code: str | None
    currency_code: str | None
    is_active: bool | None
    created_at: dt.date | None
    updated_at: dt.datetime | None


class Currencies(Record, table="currencies", key="currency_id", layer=TABLES):
    """Currencies and their rate."""

    currency_id: str
    name: str | None
    code: str | None
    symbol: str | None
    exchange_rate: Decimal | None = column(precision=RATE)
    is_base_currency: bool | None
    is_active: bool | None
    created_at: dt.date | None
    updated_at: dt.datetime | None
