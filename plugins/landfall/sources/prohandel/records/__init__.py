"""What `prohandel_raw` keeps: the vendor's fields in snake case, each list a table."""

from landfall.sources.prohandel.records.goods import (
    Article,
    ArticleSize,
    Category,
    Inventory,
    Label,
    Season,
    Size,
    Supplier,
)
from landfall.sources.prohandel.records.lookups import Country, Currency
from landfall.sources.prohandel.records.orders import Order
from landfall.sources.prohandel.records.people import Branch, Customer, Staff
from landfall.sources.prohandel.records.receipts import Credit, Invoice, Payment, Sale, Voucher

__all__ = [
    "Article",
    "ArticleSize",
    "Branch",
    "Category",
    "Country",
    "Credit",
    "Currency",
    "Customer",
    "Inventory",
    "Invoice",
    "Label",
    "Order",
    "Payment",
    "Sale",
    "Season",
    "Size",
    "Staff",
    "Supplier",
    "Voucher",
]
