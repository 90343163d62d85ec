"""Invoices read before, to be flattened again by other rules without asking the vendor."""

from __future__ import annotations

from typing import Any

import msgspec

from landfall.lazily import sa, warehouse_tables
from landfall.reads import Mode, Request
from landfall.records import spec
from landfall.sources.fullbay.landed import Landed
from landfall.sources.fullbay.records import RawInvoice


def stored_invoices(request: Request) -> sa.Select[Any]:
    """All stored invoices, or those with errors, dated within the run's dates where it has any.

    Those that are marked as deleted, or were loaded while a privacy policy kept their content out, are not among them.
    """
    table = warehouse_tables.target_table(spec(RawInvoice), "fullbay").c
    query = sa.select(
        table.shop_code,
        table.time_zone,
        sa.cast(table.raw_json_data, sa.UnicodeText).label("invoice"),
        table.content_hash,
        table.ingestion_timestamp,
        table.last_seen_at,
    ).where(table.raw_json_data.is_not(None), table[warehouse_tables.DELETED_AT].is_(None))
    if request.mode is Mode.REPROCESS_ERRORS:
        query = query.where(table.processing_errors.is_not(None))
    if request.start:
        query = query.where(table.invoice_date >= request.start)
    if request.end:
        query = query.where(table.invoice_date <= request.end)
    return query


def landed_again(row: sa.Row[Any]) -> bytes:
    """The landed form of a stored invoice; it keeps when it came in and when it was seen."""
    values = dict(row._mapping)
    values["invoice"] = msgspec.Raw(values["invoice"].encode())
    return msgspec.json.encode(Landed(**values))
