"""The columns that flattening fills, one annotated field each, and nothing else that depends on the tables.

A line is a plain dict with the fields of `LineItem` as keys, a reconciliation row one with those of `Reconciliation`.
The load adds `raw_data_id`, `ingestion_timestamp` and `batch_id` to lines, and `checked_at` to reconciliation rows.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

Text = str
Text20 = Annotated[str, Meta(max_length=20)]
Text30 = Annotated[str, Meta(max_length=30)]
Text50 = Annotated[str, Meta(max_length=50)]
Text100 = Annotated[str, Meta(max_length=100)]
Text255 = Annotated[str, Meta(max_length=255)]
Year = Annotated[str, Meta(max_length=10)]
Hash = Annotated[str, Meta(min_length=64, max_length=64)]
BigInt = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Money = Annotated[Decimal, Meta(extra={"precision": (19, 2)})]
Price = Annotated[Decimal, Meta(extra={"precision": (19, 4)})]
Quantity = Annotated[Decimal, Meta(extra={"precision": (14, 4)})]
Hours = Annotated[Decimal, Meta(extra={"precision": (10, 4)})]
Portion = Annotated[Decimal, Meta(extra={"precision": (9, 4)})]
Rate = Annotated[Decimal, Meta(extra={"precision": (7, 4)})]


class LineItem(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`fullbay_line_items`: one row a part group, labor share or charge, with the full context of its invoice.

    The `so_…` columns are totals of the whole order, repeated on each of its lines: never sum them.
    """

    line_key: Hash
    line_number: int
    shop_code: Text50
    # invoice
    fullbay_invoice_id: Text50
    invoice_number: Text50 | None
    invoice_date: date | None
    due_date: date | None
    exported: bool | None
    shop_title: Text255 | None
    shop_email: Text255 | None
    shop_address: Text | None
    # customer
    customer_id: BigInt | None
    customer_title: Text255 | None
    customer_external_id: Text50 | None
    customer_main_phone: Text50 | None
    customer_secondary_phone: Text50 | None
    customer_billing_address: Text | None
    # service order
    fullbay_service_order_id: Text50 | None
    repair_order_number: Text50 | None
    service_order_created: datetime | None
    service_order_start_date: datetime | None
    service_order_completion_date: datetime | None
    # unit
    unit_id: Text50 | None
    unit_number: Text50 | None
    unit_type: Text100 | None
    unit_year: Year | None
    unit_make: Text100 | None
    unit_model: Text100 | None
    unit_vin: Text50 | None
    unit_license_plate: Text20 | None
    # technician of the order
    primary_technician: Text255 | None
    primary_technician_number: Text50 | None
    # complaint
    fullbay_complaint_id: BigInt | None
    complaint_type: Text100 | None
    complaint_subtype: Text100 | None
    complaint_note: Text | None
    complaint_cause: Text | None
    complaint_authorized: bool | None
    # correction
    fullbay_correction_id: BigInt | None
    correction_title: Text255 | None
    global_component: Text255 | None
    global_system: Text255 | None
    global_service: Text255 | None
    recommended_correction: Text | None
    actual_correction: Text | None
    correction_performed: Text50 | None
    # line
    line_item_type: Text20
    line_source: Text30
    # part
    fullbay_part_id: BigInt | None
    source_part_ids: Text | None
    part_description: Text | None
    shop_part_number: Text100 | None
    vendor_part_number: Text100 | None
    part_category: Text255 | None
    # labor
    labor_description: Text | None
    labor_rate_type: Text50 | None
    assigned_technician: Text255 | None
    assigned_technician_number: Text50 | None
    technician_source: Text20 | None
    # amounts
    quantity: Quantity | None
    to_be_returned_quantity: Quantity | None
    returned_quantity: Quantity | None
    labor_hours: Hours | None
    actual_hours: Hours | None
    technician_portion: Portion | None
    unit_cost: Price | None
    unit_price: Price | None
    line_total_cost: Money | None
    line_total_price: Money
    price_overridden: bool | None
    # tax
    taxable: bool
    tax_rate: Rate | None
    tax_amount: Money
    sales_total: Money
    # class
    inventory_item: bool | None
    core_type: Text50 | None
    sublet: bool | None
    quickbooks_account: Text255 | None
    quickbooks_item: Text255 | None
    quickbooks_item_type: Text50 | None
    # totals of the order
    so_total_parts_cost: Money | None
    so_total_parts_price: Money | None
    so_total_labor_hours: Hours | None
    so_total_labor_cost: Money | None
    so_subtotal: Money | None
    so_tax_total: Money | None
    so_total_amount: Money | None
    # meta
    ingestion_source: Text100


class Reconciliation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`fullbay_invoice_reconciliation`: one row a component: the vendor's total, the sum of the lines, the difference.

    :ivar component: parts, labor, supplies, misc, service_call, mileage, sublet, subtotal, tax, total, labor_hours,
        actual_hours.
    :ivar residual: vendor_total - line_total before any residual line; null where the vendor gives no total.
    :ivar parts_basis: on `parts`: NET, GROSS, CORE or UNBILLED; per correction id where the corrections differ.
    :ivar status: of the whole invoice: RECONCILED, ROUNDED, UNRECONCILED.
    :ivar tax_variance: on `tax`: the vendor's tax less the tax that its rate gives on the taxable lines.
    :ivar flags: on `tax`: TAX_BASE_UNKNOWN where the vendor's tax has no taxable line to rest on.
    """

    shop_code: Text50
    fullbay_invoice_id: Text50
    component: Text20
    vendor_total: Price | None
    line_total: Price
    residual: Price | None
    parts_basis: Text | None
    status: Text20
    tax_variance: Price | None
    flags: Text | None


LINE_COLUMNS: tuple[str, ...] = LineItem.__struct_fields__
RECONCILIATION_COLUMNS: tuple[str, ...] = Reconciliation.__struct_fields__
