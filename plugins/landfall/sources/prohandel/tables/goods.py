"""Articles and their stock."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from landfall.records import Record, column
from landfall.sources.prohandel.layers import TABLES
from landfall.sources.prohandel.records.common import MONEY


class Articles(Record, table="articles", key="article_id", layer=TABLES):
    """Articles with price, cost and stock."""

    article_id: str
    name: str | None
    description: str | None
    price: Decimal | None = column(precision=MONEY)
    cost: Decimal | None = column(precision=MONEY)
    margin: Decimal | None = column(precision=MONEY)
    sku: str | None
    barcode: str | None
    category_id: str | None
    supplier_id: str | None
    created_at: dt.date | None
    updated_at: dt.datetime | None
    stock_quantity: Decimal | None = column(precision=MONEY)
    min_stock_level: Decimal | None = column(precision=MONEY)
    max_stock_level: Decimal | None = column(precision=MONEY)
    reorder_point: Decimal | None = column(precision=MONEY)
    status: str | None
    tax_rate: Decimal | None = column(precision=MONEY)
    weight: Decimal | None = column(precision=MONEY)
    dimensions: str | None
    image_url: str | None


class Inventory(Record, table="inventory", key="inventory_id", layer=TABLES):
    """Stock of each size of an article in each branch."""

    inventory_id: str
    article_id: str | None
    warehouse_id: str | None
    quantity: Decimal | None = column(precision=MONEY)
    min_stock_level: Decimal | None = column(precision=MONEY)
    max_stock_level: Decimal | None = column(precision=MONEY)
    reorder_point: Decimal | None = column(precision=MONEY)
    stock_status: str | None
    last_count_date: dt.date | None
    created_at: dt.date | None
    updated_at: dt.datetime | None


class Categories(Record, table="categories", key="category_id", layer=TABLES):
    """Categories of articles."""

    category_id: str
    name: str | None
    description: str | None
    parent_id: str | None
    level: Decimal | None = column(precision=MONEY)
    is_active: bool | None
    created_at: dt.date | None
    updated_at: dt.datetime | None


class Labels(Record, table="labels", key="label_id", layer=TABLES):
    """Labels."""

    label_id: str
    name: str | None
    description: str | None
    color: str | None
    type: str | None
    is_active: bool | None
    created_at: dt.date | None
    updated_at: dt.datetime | None


class Suppliers(Record, table="suppliers", key="supplier_id", layer=TABLES):
    """Suppliers."""

    supplier_id: str
    name: str | None
    contact_name: str | None
    email: str | None
    phone: str | None
    address_line1: str | None
    address_line2: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None
    full_address: str | None
    tax_id: str | None
    payment_terms: str | None
    lead_time_days: Decimal | None = column(precision=MONEY)
    created_at: dt.date | None
    updated_at: dt.datetime | None


class Orders(Record, table="orders", key="order_id", layer=TABLES):
    """Orders to suppliers; the age is that of the day on which it is read."""

    order_id: str
    customer_id: str | None
    order_date: dt.datetime | None
    total_amount: Decimal | None = column(precision=MONEY)
    tax_amount: Decimal | None = column(precision=MONEY)
    discount_amount: Decimal | None = column(precision=MONEY)
    shipping_amount: Decimal | None = column(precision=MONEY)
    status: str | None
    payment_status: str | None
    shipping_status: str | None
    shipping_method: str | None
    payment_method: str | None
    notes: str | None
    created_at: dt.datetime | None
    updated_at: dt.datetime | None
    branch_id: str | None
    employee_id: str | None
    order_age_days: Decimal | None = column(precision=MONEY)
    items_count: Decimal | None = column(precision=MONEY)


class OrderItems(Record, table="order_items", key="order_item_id", layer=TABLES):
    """Positions of orders."""

    order_item_id: str
    order_id: str | None
    article_id: str | None
    quantity: Decimal | None = column(precision=MONEY)
    unit_price: Decimal | None = column(precision=MONEY)
    total_price: Decimal | None = column(precision=MONEY)
    discount: Decimal | None = column(precision=MONEY)
    tax_rate: Decimal | None = column(precision=MONEY)
    tax_amount: Decimal | None = column(precision=MONEY)
    created_at: dt.datetime | None
    updated_at: dt.datetime | None
