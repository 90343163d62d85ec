"""The tables of schema `fullbay`: raw invoices, and the lines and reconciliation that flattening makes of them.

The columns of lines and reconciliation are those of `landfall.sources.fullbay.columns`, where flattening fills them;
here they only get keys, indexes and the columns that loading adds.
"""

from __future__ import annotations

import types
import typing
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from landfall.records import Json, Record, column, parent
from landfall.sources.fullbay import columns

DOCS = {
    "line_key": "Identity of the line: the same part, labor share or charge has the same key in every run",
    "line_number": "Order within the invoice, from 1",
    "shop_code": "The shop whose key read it",
    "line_item_type": "PART, SUPPLY, LABOR, FREIGHT or MISC",
    "line_source": "Where in the invoice it comes from, such as CORRECTION_PART, MILEAGE or RESIDUAL",
    "source_part_ids": "Ids of all parts that were grouped into the line",
    "actual_hours": "Hours worked, spread over the technician's lines: their sum is the technician's figure",
    "technician_portion": "Percent of the complaint's labor, as the vendor gives it",
    "technician_source": "ASSIGNED to the complaint, or SERVICE_ORDER where nobody is",
    "line_total_price": "Revenue of the line before tax; sums to the invoice's subtotal",
    "tax_amount": "Share of the invoice's tax; sums to it",
    "sales_total": "line_total_price + tax_amount",
    "residual": "vendor_total - line_total before any residual line",
    "status": "Of the whole invoice: RECONCILED, ROUNDED or UNRECONCILED",
}
INDEXED = [
    "invoice_date",
    "customer_id",
    "repair_order_number",
    "unit_vin",
    "line_item_type",
    "shop_part_number",
    "assigned_technician",
    "assigned_technician_number",
    "fullbay_complaint_id",
    "fullbay_correction_id",
    "fullbay_part_id",
]
PERSONAL = [
    "line_key",  # made of the technician's name where nothing else tells him from others
    "customer_title",
    "customer_main_phone",
    "customer_secondary_phone",
    "customer_billing_address",
    "unit_vin",
    "unit_license_plate",
    "primary_technician",
    "assigned_technician",
    "complaint_note",
    "complaint_cause",
    "recommended_correction",
    "actual_correction",
    "labor_description",
]
"""Names, numbers that lead to a person, and what people write freely."""
_KEPT = "Always null: a run is many processes, each with its own; kept so that old queries go on working"
_ORDER_TOTAL = "Total of the order, repeated on each of its lines: never sum it"


def _fields(struct: type[msgspec.Struct]) -> dict[str, tuple[Any, Any]]:
    """Hint and description of a record's field for each field of `struct`."""
    return {
        name: _field(name, hint) for name, hint in typing.get_type_hints(struct, include_extras=True).items()
    }


def _field(name: str, hint: Any) -> tuple[Any, Any]:
    nullable = isinstance(hint, types.UnionType) or type(None) in typing.get_args(hint)
    kind = next(a for a in typing.get_args(hint) if a is not type(None)) if nullable else hint
    metas = getattr(kind, "__metadata__", ())
    kind = typing.get_args(kind)[0] if metas else kind
    length = next((m.max_length for m in metas if m.max_length), None)
    precision = next((m.extra["precision"] for m in metas if m.extra), None)
    if name == "shop_code":
        return str, parent(DOCS[name], length=length)
    if name == "fullbay_invoice_id":
        return str, parent("The invoice's primaryKey", index=True, length=length)
    doc = DOCS.get(name, _ORDER_TOTAL if name.startswith("so_") else "")
    described = column(
        doc=doc, length=length, precision=precision, index=name in INDEXED, personal=name in PERSONAL
    )
    return kind | None if nullable else kind, described


def _record(
    name: str, doc: str, table: str, key: str | tuple[str, ...], fields: dict[str, tuple[Any, Any]]
) -> type[Record]:
    def body(namespace: dict[str, Any]) -> None:
        namespace["__doc__"] = doc
        namespace["__annotations__"] = {field: hint for field, (hint, _) in fields.items()}
        namespace.update({field: described for field, (_, described) in fields.items()})

    return types.new_class(name, (Record,), {"table": table, "key": key}, body)


LINE_NOTES: dict[str, tuple[Any, Any]] = {
    "raw_data_id": (int, column(doc="fullbay_raw_data.id of its invoice", index=True)),
    "ingestion_timestamp": (
        datetime,
        column(doc="When the line came in, or changed last", index=True, note="change"),
    ),
    "batch_id": (str | None, column(doc="The load that wrote it (landfall.loads)", length=64, note="change")),
}
LineItem = _record(
    "LineItem",
    "Lines of invoices: one row a part group, labor share or charge, with the full context of its invoice.",
    "fullbay_line_items",
    "line_key",
    _fields(columns.LineItem) | LINE_NOTES,
)
Reconciliation = _record(
    "Reconciliation",
    "Invoices against the sums of their lines: one row a component.",
    "fullbay_invoice_reconciliation",
    ("shop_code", "fullbay_invoice_id", "component"),
    _fields(columns.Reconciliation)
    | {"checked_at": (datetime, column(doc="When it came out like this first", note="change"))},
)


class RawInvoice(
    Record,
    table="fullbay_raw_data",
    key=("shop_code", "fullbay_invoice_id"),
    soft_delete=True,
    fingerprint="fingerprint",
):
    """Invoices as Fullbay sent them, with what became of each.

    Pending: not processed and without an error. An error keeps an invoice from having lines, and nothing else.
    """

    id: int = column(doc="Stable number of shop and invoice, for joins", index=True)
    shop_code: str = column(length=50, doc="The shop whose key read it")
    fullbay_invoice_id: str = column(length=50, doc="primaryKey; missing:… where the invoice has none")
    invoice_date: date | None = column(doc="For choosing what to flatten again", index=True)
    time_zone: str = column(length=64, doc="The shop's, in which the invoice's times are")
    raw_json_data: Json | None = column(
        doc="The invoice as it came; content_hash tells whether it changed", note="change", personal=True
    )
    content_hash: str = column(length=64, doc="SHA-256 of the content, whatever the order of its keys")
    ingestion_timestamp: datetime = column(doc="When it came in, or changed last", index=True, note="change")
    last_seen_at: datetime = column(doc="When a run read it last, changed or not", note="sight")
    processed: bool = column(doc="It has lines")
    processing_errors: str | None = column(doc="Why it has none")
    processing_warnings: Json | None = column(
        doc="What was missing or unreadable; the invoice has lines all the same"
    )
    line_count: int | None = column(doc="How many lines it has")
    lines_with_issues: int | None = column(doc="How many of them lack what reports ask of a line")
    attempts: int = column(doc="How often it was flattened to another outcome", note="count")
    flatten_version: int = column(doc="Version of the rules that flattened it")
    created_at: datetime = column(note="first")
    updated_at: datetime = column(note="change")
    fingerprint: str | None = column(
        length=64,
        doc="Content, rules, settings and time zone as one: what comes again with the same is not flattened again. "
        "Null where the invoice has no lines",
        note="sight",
        personal=True,  # so that rows which a privacy policy has changed are told from others
    )
    lines: list[LineItem]  # type: ignore[valid-type]
    reconciliation: list[Reconciliation]  # type: ignore[valid-type]


class IngestionRun(Record, table="ingestion_metadata", key="execution_id"):
    """Runs of the DAG: one row a run, with what it took in and how it ended."""

    id: int = column(doc="Start in microseconds since 1970, so that ids ascend", index=True)
    execution_id: str = column(length=255, doc="The run id")
    start_time: datetime = column(index=True)
    end_time: datetime | None
    status: str = column(
        length=50,
        doc="RUNNING until the run's report, then SUCCESS, PARTIAL (some invoices have errors) or ERROR "
        "(nothing published)",
    )
    records_processed: int = column(doc="Invoices read")
    records_inserted: int
    records_updated: int
    records_failed: int = column(doc="Of those read: invoices without lines, and records in quarantine")
    raw_records_stored: int = column(doc="Invoices inserted or updated")
    line_items_created: int = column(doc="Lines inserted or updated")
    api_endpoint: str | None = column(length=255, doc="Null where the run flattened stored invoices again")
    api_response_time_ms: int | None = column(doc=_KEPT)
    api_status_code: int | None = column(doc=_KEPT)
    api_error_count: int | None = column(doc=_KEPT)
    db_connection_time_ms: int | None = column(doc=_KEPT)
    db_query_count: int | None = column(doc=_KEPT)
    db_error_count: int | None = column(doc=_KEPT)
    error_message: str | None
    error_type: str | None = column(length=100)
    error_stack_trace: str | None
    environment: str | None = column(length=50)
    lambda_function_name: str | None = column(length=255, doc="The DAG")
    lambda_function_version: str | None = column(length=50, doc="Version of Landfall")
    aws_request_id: str | None = column(length=255, doc="The run id")
    total_duration_seconds: Decimal | None = column(precision=(10, 2))
    memory_usage_mb: int | None = column(doc=_KEPT)
    created_at: datetime
    updated_at: datetime
