"""Orders to suppliers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from landfall.records import Json, column, parent, position
from landfall.sources.prohandel.layers import RAW
from landfall.sources.prohandel.records.common import FORBIDDEN, MONEY, Changing, relation


class OrderPosition(
    Changing, table="order_position", key=("order_id", "position"), layer=RAW, forbidden=FORBIDDEN
):
    """Positions of orders, in whichever of two forms the tenant sends them."""

    order_id: str = parent("Id of the order")
    position: int = position()
    id: str
    order_number: int | None = column("orderNumber", loose=True, zero=True)
    article_number: int | None = relation("articleNumber", "article")
    branch_number: int | None = relation("branchNumber", "branch")
    quantity: Decimal | None = column(precision=MONEY)
    price: Decimal | None = column(precision=MONEY)
    discount: Decimal | None = column(precision=MONEY)
    expected_arrival: date | None = column("expectedArrival", loose=True)
    size: str | None = column(loose=True)
    size_group_number: int | None = column("sizeGroupNumber", loose=True, zero=True)
    size_group_position: int | None = column("sizeGroupPosition", loose=True)
    ean: str | None = column(loose=True)
    original_ean: str | None = column("originalEAN", loose=True)
    purchase_price: Decimal | None = column("purchasePrice", precision=MONEY)
    net_purchase_price: Decimal | None = column("netPurchasePrice", precision=MONEY)
    sale_price: Decimal | None = column("salePrice", precision=MONEY)
    label_price: Decimal | None = column("labelPrice", precision=MONEY)
    order_amount: Decimal | None = column("orderAmount", precision=MONEY)
    delivered_amount: Decimal | None = column("deliveredAmount", precision=MONEY)
    backlog_amount: Decimal | None = column("backlogAmount", precision=MONEY)
    distributed_amount: Decimal | None = column("distributedAmount", precision=MONEY)
    distribution_status: Json | None = column("distributionStatus", loose=True)
    status: int | None = column(loose=True)
    is_consignment: bool | None = column("isConsignment")


class Order(Changing, table="order", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Orders to suppliers, with their positions."""

    id: str
    number: int | None = column(loose=True)
    source: int | None = column(loose=True)
    created: datetime | None = column(loose=True)
    created_day: date | None = column("_day", doc="The day of created on the clock on the wall")
    supplier_number: int | None = relation("supplierNumber", "supplier")
    supplier_order_id: str | None = column("supplierOrderId", loose=True)
    merchant_number: int | None = column("merchantNumber", loose=True, zero=True)
    info: str | None = column(loose=True)
    overall_discount: Decimal | None = column("overallDiscount", precision=MONEY)
    status: int | None = column(loose=True)
    type: int | None = column(loose=True)
    row_hash: str | None = column("_digest", doc="What tells an order that differs in anything", note="sight")
    positions: list[OrderPosition]
