"""What the run report, the metrics and the dashboard are made of: figures from the published tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from landfall import ledger
from landfall.health.score import Alert
from landfall.records import spec
from landfall.sources.fullbay.arithmetic import CONTEXT
from landfall.sources.fullbay.health import Figures, alerts, health, standing
from landfall.sources.fullbay.records import IngestionRun, RawInvoice, Reconciliation
from landfall.sql_files import read_query
from landfall.warehouse.engine import Books, Watch
from landfall.warehouse.tables import DELETED_AT, Reader, target_table

NAMESPACE = "FullbayIngestion"
SCHEMA = "fullbay"
ENDPOINT = "getInvoices.php"
RUNS = target_table(spec(IngestionRun), SCHEMA)
RAW = target_table(spec(RawInvoice), SCHEMA)
RECONCILIATION = target_table(spec(Reconciliation), SCHEMA)  # type: ignore[arg-type]  # a class is hashable
DAYS = 7
LACKING = "shops"
"""`error_type` of a run that published, but lacked a shop."""
Row = dict[str, Any]


class Ingestion(msgspec.Struct):
    """What one run took in.

    :ivar records: invoices read.
    :ivar failed: those without lines, and records in quarantine.
    :ivar lines: lines inserted or updated.
    :ivar value: sum of the totals of the invoices that are new or changed.
    """

    records: int = 0
    inserted: int = 0
    updated: int = 0
    failed: int = 0
    lines: int = 0
    value: Decimal = Decimal(0)


def metrics(ingestion: Ingestion, seconds: float, quality: Decimal, now: datetime) -> list[Row]:
    """The six CloudWatch metrics of a run, as `put_metric_data` takes them."""
    values: tuple[tuple[str, float | Decimal, str], ...] = (
        ("RecordsProcessed", ingestion.records, "Count"),
        ("LineItemsCreated", ingestion.lines, "Count"),
        ("ProcessingErrors", ingestion.failed, "Count"),
        ("ProcessingDuration", seconds, "Seconds"),
        ("DataQualityScore", quality, "Percent"),
        ("TotalInvoiceValue", ingestion.value, "None"),
    )
    return [
        {"MetricName": name, "Value": float(value), "Unit": unit, "Timestamp": now}
        for name, value, unit in values
    ]


def value_since(reader: Reader, since: datetime) -> Decimal:
    """Sum of the totals of the invoices that are new or changed since a moment."""
    same = [RAW.c[key] == RECONCILIATION.c[key] for key in ("shop_code", "fullbay_invoice_id")]
    total = sa.select(sa.func.coalesce(sa.func.sum(RECONCILIATION.c.vendor_total), 0)).where(
        *same, RECONCILIATION.c.component == "total", RAW.c.updated_at >= since
    )
    return Decimal(reader.execute(total).scalar_one())


def record_run(books: Books, row: Row) -> None:
    """Store a run, in place of an earlier report of the same run."""
    books.put(RUNS, [row], {"execution_id": row["execution_id"]})


def running(books: Books, dag_id: str) -> list[str]:
    """Ids of a DAG's runs that have not reported."""
    mine = (RUNS.c.status == "RUNNING") & (RUNS.c.lambda_function_name == dag_id)
    return [row["execution_id"] for row in books.rows(sa.select(RUNS.c.execution_id).where(mine))]


def end_run(books: Books, run_id: str, kind: str, error: str, now: datetime) -> None:
    """Note that a run ended without its report. Its end is when that was found, so it has no duration.

    :param kind: its `error_type`.
    """
    ended = {
        "status": "ERROR",
        "error_type": kind,
        "error_message": error,
        "end_time": now,
        "updated_at": now,
    }
    books.change(RUNS, ended, {"execution_id": run_id})


def last_success(warehouse: Watch) -> datetime | None:
    """When the last run ended that read and published the vendor's invoices, of every shop.

    One with errors of invoices counts; one that lacked a shop does not.
    """
    if not warehouse.present(SCHEMA, [RUNS.name]):
        return None
    good = RUNS.c.status.in_(("SUCCESS", "PARTIAL")) & RUNS.c.api_endpoint.is_not(None)
    whole = RUNS.c.error_type.is_distinct_from(LACKING)
    (row,) = warehouse.books.rows(sa.select(sa.func.max(RUNS.c.end_time).label("last")).where(good, whole))
    last: datetime | None = row["last"]
    return last


def shops_read(books: Books, expected: Iterable[str] = ()) -> dict[str, datetime | None]:
    """When each shop was read and published last, None for never; nothing where there is only one.

    :param expected: the shops of a run; without them all that were ever read.
    """
    prefix = ledger.part_name(RAW.name, "")
    known = ledger.sync_state.c
    parts = (known.source == SCHEMA) & known.table_name.startswith(prefix, autoescape=True, escape="\\")
    rows = books.rows(sa.select(known.table_name, known.last_sync_at).where(parts))
    told = {row["table_name"].removeprefix(prefix): row["last_sync_at"] for row in rows}
    wanted = list(expected) or sorted(told)
    return {shop: _in_utc(told.get(shop)) for shop in wanted} if len(wanted) > 1 else {}


def judged(warehouse: Watch, expected: Iterable[str] = ()) -> Figures:
    """What health and alerts are judged by, asked of the invoices and not of their lines.

    Those of invoices that an earlier version flattened were not counted then: they are, once for all lines, until such
    invoices are flattened again.

    :param expected: as `shops_read` takes it.
    """
    failed = RAW.c.processing_errors.is_not(None)
    whole = sa.and_(RAW.c.processed.is_(sa.true()), ~failed)
    uncounted = sa.and_(RAW.c.processed.is_(sa.true()), RAW.c.line_count.is_(None))
    kinds = [sa.func.count(sa.case((kind, 1))) for kind in (whole, failed, uncounted)]
    sums = [sa.func.coalesce(sa.func.sum(RAW.c[name]), 0) for name in ("line_count", "lines_with_issues")]
    with warehouse.reading() as reader:
        counts = reader.execute(
            sa.select(sa.func.count(), *kinds, *sums).where(RAW.c[DELETED_AT].is_(None))
        ).one()
        total, processed, errors, unknown, lines, odd = map(int, counts)
        quality = _monitored(reader, "quality_score.sql")[0]["score"] if unknown else _score(lines, odd)
    read = shops_read(warehouse.books, expected)
    return Figures(total, processed, errors, quality, last_success(warehouse), read)


def _score(lines: int, odd: int) -> Decimal:
    """The share of lines without an issue in percent, as the files of SQL round it."""
    share = Decimal(100) * (lines - odd) / lines if lines else Decimal(100)
    return share.quantize(Decimal("0.01"), None, CONTEXT)


def judge(watch: Watch, now: datetime) -> tuple[dict[str, Decimal], list[Alert]]:
    """What the source's health is judged by (`Source.judged`)."""
    return standing(judged(watch), now)


def snapshot(warehouse: Watch, now: datetime) -> Row:
    """How the source is doing, in the form of the dashboard's JSON, with `alerts`."""
    last, shops = last_success(warehouse), shops_read(warehouse.books)
    with warehouse.reading() as reader:
        return _snapshot(reader, last, shops, now)


def _snapshot(reader: Reader, last: datetime | None, shops: dict[str, datetime | None], now: datetime) -> Row:
    (stats,) = _monitored(reader, "ingestion_stats.sql")
    (quality,) = _monitored(reader, "data_quality.sql")
    stats["line_item_breakdown"] = {
        row["line_item_type"]: {"count": row["line_count"], "total_value": row["total_value"]}
        for row in _monitored(reader, "line_item_breakdown.sql")
    }
    stats["shops"] = shops
    figures = Figures(
        total=stats["total_raw_records"],
        processed=stats["processed_records"],
        errors=stats["error_records"],
        quality=quality["overall_quality_score"],
        last_success=last,
        shops=stats["shops"],
    )
    return {
        "ingestion_stats": stats,
        "data_quality": quality,
        "health_score": msgspec.structs.asdict(health(figures, now)),
        "recent_activity": {
            "activity": _view(reader, "v_recent_activity", "activity_date"),
            "performance": _view(reader, "v_ingestion_performance", "ingestion_date"),
        },
        "alerts": alerts(figures, now),
    }


def _monitored(reader: Reader, file: str) -> list[Row]:
    return _rows(reader, read_query(reader.dialect, SCHEMA, "monitoring", file))


def _view(reader: Reader, view: str, day: str) -> list[Row]:
    table = sa.table(view, schema=SCHEMA)
    query = sa.select(sa.text("*")).select_from(table).order_by(sa.column(day).desc()).limit(DAYS)
    return _rows(reader, query)


def _rows(reader: Reader, query: sa.Executable) -> list[Row]:
    """What a query answers; every moment with its zone, which a column of SQL Server does not hold."""
    return [{name: _in_utc(value) for name, value in row.items()} for row in reader.execute(query).mappings()]


def _in_utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and not value.tzinfo else value
