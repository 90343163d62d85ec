"""What reports sum up, and the small tables that sums and views look things up in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from landfall.records import Record, column
from landfall.sources.prohandel.layers import TABLES
from landfall.sources.prohandel.records.common import MONEY

PRICE = (24, 6)


class DailySalesAgg(Record, table="daily_sales_agg", key="sale_date", layer=TABLES):
    """Takings and receipts of each day."""

    sale_date: dt.date
    sale_count: Decimal | None = column(precision=MONEY)
    total_quantity: Decimal | None = column(precision=MONEY)
    total_amount: Decimal | None = column(precision=MONEY)
    aggregation_type: str | None


class ArticleSalesAgg(Record, table="article_sales_agg", key="article_number", layer=TABLES):
    """What was sold of each article; number 0 is what was sold without one."""

    agg_id: str | None
    article_number: int
    total_quantity: Decimal | None = column(precision=MONEY)
    total_amount: Decimal | None = column(precision=MONEY)
    description: str | None
    name: str | None
    category: str | None
    supplier: str | None


class WarehouseInventoryAgg(Record, table="warehouse_inventory_agg", key="warehouse", layer=TABLES):
    """Stock of each branch, by the branch's number."""

    agg_id: str | None
    warehouse: str
    article_count: Decimal | None = column(precision=MONEY)
    total_quantity: Decimal | None = column(precision=MONEY)


class _Sales(Record):
    """Of a period, an article and a branch."""

    period: dt.date
    article_number: int
    location_id: str = column(doc="Id of the branch; its number where there is none")
    article_id: str | None = column(doc="Id of the living row with this number")
    total_quantity: Decimal | None = column(precision=MONEY)
    total_amount: Decimal | None = column(precision=MONEY)
    average_price: Decimal | None = column(precision=PRICE)
    transaction_count: Decimal | None = column(precision=MONEY)


_KEY = ("period", "article_number", "location_id")


class SalesDaily(_Sales, table="sales_daily", key=_KEY, layer=TABLES):
    """Sales of each article in each branch by day."""


class SalesWeekly(_Sales, table="sales_weekly", key=_KEY, layer=TABLES):
    """Sales of each article in each branch by week, which begins on Monday."""


class SalesMonthly(_Sales, table="sales_monthly", key=_KEY, layer=TABLES):
    """Sales of each article in each branch by month."""


class Code(Record, table="code", key=("kind", "number"), layer=TABLES):
    """What the vendor's codes mean in this company."""

    kind: str = column(doc="tax, payment_option, sale_type or active_voucher")
    number: int
    label: str | None
    rate: Decimal | None = column(precision=(7, 4))


class StockThreshold(Record, table="stock_threshold", key="article_number", layer=TABLES):
    """Thresholds of stock, of each article that has its own; number 0 is all others."""

    article_number: int
    reorder_point: Decimal | None = column(precision=MONEY)
    min_stock_level: Decimal | None = column(precision=MONEY)
    max_stock_level: Decimal | None = column(precision=MONEY)
