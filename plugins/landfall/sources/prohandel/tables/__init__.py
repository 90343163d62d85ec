"""What `prohandel` is made of: sums of positions are tables, all else are views.

With a million sales a receipt's head, or a sum of a day, takes seconds to work out; a week or a month of days does not.
"""

from __future__ import annotations

from typing import Any

import msgspec

from landfall.anomaly import Anomaly
from landfall.checks import Sql
from landfall.models import Made, Select, View
from landfall.records import Record
from landfall.resources import Replace, Resource
from landfall.scope import Fuse
from landfall.sources.prohandel.settings import settings
from landfall.sources.prohandel.tables import aggregates, goods, lookups, parties, receipts

SHRINKS = Fuse(share=0.99)
"""What is summed up anew may lose many rows at once: one voided day, one date put right."""


def _summed(name: str, record: type[Record], *checks: Any) -> Resource:
    return Resource(name, record, read=Select(f"{name}.sql"), write=Replace(), checks=checks, fuse=SHRINKS)


def _made(name: str, record: type[Record], made: Made) -> Resource:
    return Resource(name, record, read=made, write=Replace(), fuse=SHRINKS)


_told = msgspec.json.encode(settings()).decode()

MODELS = (
    _made("code", aggregates.Code, Made(lookups.codes, ("category",), _told)),
    _made("stock_threshold", aggregates.StockThreshold, Made(lookups.thresholds, ("article",), _told)),
    _summed("receipt", receipts.Receipt, Sql("heads_agree.sql")),
    _summed(
        "daily_sales_agg",
        aggregates.DailySalesAgg,
        Sql("days_agree.sql"),
        Anomaly("sale_date", "total_amount", latest=3, name="takings against the weekday's history"),
    ),
    _summed("article_sales_agg", aggregates.ArticleSalesAgg, Sql("articles_agree.sql")),
    _summed("warehouse_inventory_agg", aggregates.WarehouseInventoryAgg),
    _summed("sales_daily", aggregates.SalesDaily, Sql("periods_agree.sql")),
)
"""Each after those that it reads."""

VIEWS = (
    View(goods.Articles, "articles.sql"),
    View(goods.Inventory, "inventory.sql"),
    View(goods.Categories, "categories.sql"),
    View(goods.Labels, "labels.sql"),
    View(goods.Suppliers, "suppliers.sql"),
    View(goods.Orders, "orders.sql"),
    View(goods.OrderItems, "order_items.sql"),
    View(parties.Customers, "customers.sql"),
    View(parties.Staff, "staff.sql"),
    View(parties.Branches, "branches.sql"),
    View(parties.Countries, "countries.sql"),
    View(parties.Currencies, "currencies.sql"),
    View(receipts.Sales, "sales.sql"),
    View(receipts.SaleItems, "sale_items.sql"),
    View(receipts.Invoices, "invoices.sql"),
    View(receipts.Payments, "payments.sql"),
    View(receipts.Vouchers, "vouchers.sql"),
    View(receipts.Credits, "credits.sql"),
    View(aggregates.SalesWeekly, "sales_weekly.sql"),
    View(aggregates.SalesMonthly, "sales_monthly.sql"),
)
