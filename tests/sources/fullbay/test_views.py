"""The reporting views on a real PostgreSQL, over flattened invoices, against figures computed in Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any, get_args, get_type_hints

import psycopg
import pytest
import sqlglot
from psycopg import sql
from psycopg.rows import dict_row

from landfall.errors import RowRejected
from landfall.sources.fullbay.columns import LineItem, Reconciliation
from landfall.sources.fullbay.flatten import flatten
from landfall.sources.fullbay.invoice import decode
from landfall.sources.fullbay.quality import with_issues
from landfall.sql_files import sql_root
from sandbox.fullbay.invoices import EXAMPLE, InvoiceMaker, encode
from sandbox.postgres import PostgresServer
from tests.sources.fullbay.invariants import PRECISIONS, RECONCILIATION_PRECISIONS

OF_THE_LEDGER = "v_unseen_invoices"
"""Asks the ledger too, so it is tested where there is one: in test_load.py."""
VIEWS = sorted(p for p in (sql_root() / "fullbay" / "views").glob("v_*.sql") if p.stem != OF_THE_LEDGER)
MONITORING = sql_root() / "fullbay" / "monitoring" / "data_quality.sql"
COLUMNS = {
    "v_ingestion_performance": "ingestion_date total_raw_records processed_records pending_records error_records"
    " success_rate_percent first_ingestion last_ingestion",
    "v_current_processing_status": "total_invoices processed_invoices pending_invoices error_invoices total_line_items"
    " avg_line_items_per_invoice last_ingestion_time last_successful_processing",
    "v_processing_errors": "fullbay_invoice_id ingestion_timestamp processing_errors error_category raw_json_data",
    "v_invoice_summary": "fullbay_invoice_id invoice_number invoice_date customer_title repair_order_number unit_make"
    " unit_model unit_year unit_vin invoice_total subtotal tax_total total_line_items parts_count supplies_count"
    " labor_count parts_total labor_total technician_count ingested_at",
    "v_customer_analysis": "customer_id customer_title customer_external_id total_invoices first_invoice_date"
    " last_invoice_date total_parts_revenue total_labor_revenue total_revenue total_repair_orders"
    " unique_vehicles_serviced total_line_items avg_invoice_amount avg_line_items_per_invoice",
    "v_parts_analysis": "shop_part_number part_description part_category usage_count total_quantity_used"
    " invoices_used_on avg_unit_cost avg_selling_price total_cost total_revenue total_profit profit_margin_percent"
    " last_used_date used_last_30_days",
    "v_technician_performance": "assigned_technician assigned_technician_number total_labor_entries invoices_worked_on"
    " repair_orders_worked_on total_hours_worked avg_hours_per_job total_labor_revenue avg_job_value revenue_per_hour"
    " last_work_date jobs_last_30_days hours_last_30_days",
    "v_fleet_analysis": "unit_vin unit_number unit_make unit_model unit_year fleet_owner total_invoices"
    " total_repair_orders first_service_date last_service_date total_service_cost total_parts_cost total_labor_cost"
    " avg_service_cost total_line_items services_last_90_days cost_last_90_days",
    "v_data_quality_check": "check_name issue_count issue_percent",
    "v_recent_activity": "activity_date invoices_processed line_items_created total_value_processed unique_customers"
    " active_technicians parts_processed supplies_processed labor_entries_processed zero_price_items"
    " missing_customer_items",
}
QUERIES = (
    "SELECT * FROM v_customer_analysis ORDER BY total_revenue DESC LIMIT 10",
    "SELECT * FROM v_technician_performance ORDER BY total_labor_revenue DESC LIMIT 10",
    "SELECT * FROM v_parts_analysis ORDER BY usage_count DESC LIMIT 20",
    "SELECT * FROM v_current_processing_status",
    "SELECT * FROM v_data_quality_check",
    "SELECT * FROM v_recent_activity ORDER BY activity_date DESC",
    "SELECT * FROM fullbay.v_invoice_summary WHERE status = 'UNRECONCILED'",
)
RAW = """CREATE TABLE fullbay.fullbay_raw_data (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shop_code varchar(50) NOT NULL,
    fullbay_invoice_id varchar(50) NOT NULL, invoice_date date, raw_json_data jsonb, content_hash char(64),
    ingestion_timestamp timestamptz, last_seen_at timestamptz, processed boolean DEFAULT false, processing_errors text,
    attempts int, flatten_version int, created_at timestamptz, updated_at timestamptz, _deleted_at timestamptz,
    UNIQUE (shop_code, fullbay_invoice_id))"""
TYPES = {str: "text", int: "bigint", bool: "boolean", D: "numeric", date: "date", datetime: "timestamptz"}

Rows = list[dict[str, Any]]


def today() -> date:
    """As the database has it; midnight may come between two tests."""
    return datetime.now(UTC).date()


def ddl(table: str, struct: type, precisions: dict[str, tuple[int, int]], added: str) -> str:
    """CREATE TABLE from the annotated columns."""
    columns = []
    for name, hint in get_type_hints(struct).items():
        kind = next(option for option in (*get_args(hint), hint) if option in TYPES)
        columns.append(f"{name} {TYPES[kind]}{precisions.get(name, '')}")
    return f"CREATE TABLE fullbay.{table} ({', '.join(columns)}, {added})"


def copy_rows(connection: psycopg.Connection[Any], table: str, rows: Rows) -> None:
    names = list(rows[0])
    statement = sql.SQL("COPY fullbay.{} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])


@contextmanager
def warehouse(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a database with the tables and the views."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True, row_factory=dict_row) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute("CREATE SCHEMA fullbay")
        connection.execute("SET search_path = fullbay, public")
        connection.execute(RAW)
        load = "raw_data_id bigint, ingestion_timestamp timestamptz, batch_id varchar(64), PRIMARY KEY (line_key)"
        connection.execute(ddl("fullbay_line_items", LineItem, PRECISIONS, load))
        key = "checked_at timestamptz, PRIMARY KEY (shop_code, fullbay_invoice_id, component)"
        connection.execute(
            ddl("fullbay_invoice_reconciliation", Reconciliation, RECONCILIATION_PRECISIONS, key)
        )
        for path in VIEWS * 2:  # they may be run again and again
            connection.execute(path.read_text())
        yield connection


@pytest.fixture(scope="module")
def filled(postgres: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    with warehouse(postgres.create_database("fullbay_views")) as connection:
        yield connection
    postgres.drop_database("fullbay_views")


@pytest.fixture(scope="module")
def lines(filled: psycopg.Connection[Any]) -> Rows:
    """Invoices of two shops and 100 days, some of them broken; the same rows in the database and here."""
    everything: Rows = []
    for shop in ("north", "south"):
        maker = InvoiceMaker(len(shop) + ord(shop[0]))
        for number in range(120):
            day = today() - timedelta(days=number % 100)
            data = decode(encode(maker.invoice(number, day)))
            if number % 30 == 7:
                data["ServiceOrder"] = []
            if number % 25 == 3:
                data["invoiceNumber"] = ""
            if number % 40 == 5:
                data["Customer"] = data["ServiceOrder"]["Customer"] = None
            if number % 20 == 9:
                data["ServiceOrder"]["Unit"]["customerUnitId"] = None
            if number % 45 == 11:
                data["invoiceDate"] = ""
                data["ServiceOrder"]["Customer"] = data["Customer"] | {"title": "Never the latest"}
            if number % 60 == 2:
                data["ServiceOrder"]["Customer"] = data["Customer"] | {"title": f"Renamed {number}"}
            everything += ingest(filled, data, shop, datetime.now(UTC) - timedelta(days=number % 12))
    everything += ingest(filled, decode(EXAMPLE.read_bytes()), "north", datetime.now(UTC))
    return everything


def ingest(connection: psycopg.Connection[Any], data: dict[str, Any], shop: str, at: datetime) -> Rows:
    rows, reconciliation, error = [], [], None
    try:
        flattened = flatten(data, shop=shop)
    except RowRejected as rejected:
        error = str(rejected)
    else:
        rows = [row | {"ingestion_timestamp": at} for row in flattened.lines]
        reconciliation = flattened.reconciliation
    connection.execute(
        "INSERT INTO fullbay.fullbay_raw_data (shop_code, fullbay_invoice_id, raw_json_data, ingestion_timestamp,"
        " processed, processing_errors, updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [shop, data["primaryKey"], encode(data).decode(), at, error is None, error, at],
    )
    if rows:
        copy_rows(connection, "fullbay_line_items", rows)
    if reconciliation:
        copy_rows(connection, "fullbay_invoice_reconciliation", reconciliation)
    return rows


@pytest.fixture
def ask(filled: psycopg.Connection[Any], lines: Rows) -> Any:
    def ask_(query: str) -> Rows:
        return filled.execute(query).fetchall()  # type: ignore[arg-type]

    return ask_


def add(rows: Rows, column: str = "line_total_price") -> D:
    return sum((row[column] or D(0) for row in rows), D(0))


def grouped(rows: Rows, *columns: str) -> dict[Any, Rows]:
    groups: dict[Any, Rows] = defaultdict(list)
    for row in rows:
        groups[tuple(row[c] for c in columns) if len(columns) > 1 else row[columns[0]]].append(row)
    return groups


def dated(row: dict[str, Any]) -> date:
    return row["invoice_date"] or date.min


def invoices(rows: Rows) -> int:
    return len({(row["shop_code"], row["fullbay_invoice_id"]) for row in rows})


def of_type(rows: Rows, *kinds: str) -> Rows:
    return [row for row in rows if row["line_item_type"] in kinds]


@pytest.mark.parametrize("path", [*VIEWS, MONITORING], ids=lambda path: path.stem)
def test_each_file_is_one_statement_that_sqlglot_understands_and_sql_server_could_too(path: Any) -> None:
    (tree,) = (t for t in sqlglot.parse(path.read_text(), read="postgres") if t)
    assert {table.db for table in tree.find_all(sqlglot.exp.Table) if table.name.startswith("fullbay_")} == {
        "fullbay"
    }
    assert "FILTER" not in tree.sql("tsql")
    if path.stem.startswith("v_"):
        assert tree.this.sql() == f"fullbay.{path.stem}"


def test_an_empty_warehouse_gives_empty_views_and_no_error(database: str) -> None:
    with warehouse(database) as connection:
        found = {path.stem: connection.execute(f"SELECT * FROM {path.stem}").fetchall() for path in VIEWS}
        (quality,) = connection.execute(MONITORING.read_text()).fetchall()
    (status,) = found.pop("v_current_processing_status")
    assert (status["total_invoices"], status["avg_line_items_per_invoice"]) == (0, None)
    checks = found.pop("v_data_quality_check")
    assert [(row["issue_count"], row["issue_percent"]) for row in checks] == [(0, 0)] * 6
    assert all(rows == [] for rows in found.values())
    assert (quality["overall_quality_score"], quality["total_items_checked"]) == (100, 0)


@pytest.mark.parametrize("view", COLUMNS)
def test_the_columns_people_know_come_first_and_in_order(ask: Any, view: str) -> None:
    known = COLUMNS[view].split()
    assert list(ask(f"SELECT * FROM {view} LIMIT 1")[0])[: len(known)] == known


@pytest.mark.parametrize("query", QUERIES)
def test_the_queries_people_know_work_as_written(ask: Any, query: str) -> None:
    rows = ask(query)
    assert rows or "UNRECONCILED" in query


def test_all_ten_are_there() -> None:
    assert {path.stem for path in VIEWS} == COLUMNS.keys()


def test_no_revenue_is_lost_or_doubled(ask: Any, lines: Rows) -> None:
    revenue = add(lines)
    assert add(ask("SELECT * FROM v_customer_analysis"), "total_revenue") == revenue
    assert add(ask("SELECT * FROM v_invoice_summary"), "line_total") == revenue
    assert add(ask("SELECT * FROM v_invoice_summary"), "subtotal") == revenue
    assert add(ask("SELECT * FROM v_fleet_analysis"), "total_service_cost") == revenue
    labor = add([row for row in lines if row["assigned_technician"] or row["assigned_technician_number"]])
    assert add(ask("SELECT * FROM v_technician_performance"), "total_labor_revenue") == labor
    parts = [row for row in of_type(lines, "PART", "SUPPLY") if row["shop_part_number"]]
    assert add(ask("SELECT * FROM v_parts_analysis"), "total_revenue") == add(parts)


def test_invoice_summary(ask: Any, lines: Rows) -> None:
    found = {
        (row["shop_code"], row["fullbay_invoice_id"]): row for row in ask("SELECT * FROM v_invoice_summary")
    }
    groups = grouped(lines, "shop_code", "fullbay_invoice_id")
    assert found.keys() == groups.keys()
    for key, rows in groups.items():
        row = found[key]
        assert row["total_line_items"] == len(rows)
        assert row["parts_total"] == add(of_type(rows, "PART", "SUPPLY"))
        assert (
            row["parts_total"] + row["labor_total"] + row["freight_total"] + row["misc_total"]
            == row["line_total"]
        )
        assert row["status"] == "RECONCILED"
    example = found["north", "90000117"]
    assert (example["invoice_total"], example["subtotal"], example["tax_total"]) == (
        D("1040.14"),
        D("1020.11"),
        D("20.03"),
    )
    assert (example["parts_count"], example["supplies_count"], example["labor_count"]) == (3, 2, 5)
    assert (example["parts_total"], example["labor_total"], example["freight_total"]) == (
        D("333.85"),
        D("543.76"),
        D("18.00"),
    )
    assert example["technician_count"] == 2


def test_customers_are_one_row_each_under_their_latest_name(ask: Any, lines: Rows) -> None:
    """One without an id is known by his title."""

    def whose(row: dict[str, Any]) -> Any:
        return row["customer_id"] or row["customer_title"]

    found = {whose(row): row for row in ask("SELECT * FROM v_customer_analysis")}
    groups: dict[Any, Rows] = {}
    for line in lines:
        groups.setdefault(whose(line), []).append(line)
    assert found.keys() == groups.keys()
    assert sum(isinstance(key, str) for key in groups) > 1
    renamed = 0
    for key, rows in groups.items():
        assert found[key]["total_invoices"] == invoices(rows)
        assert found[key]["unique_vehicles_serviced"] == len({r["unit_id"] for r in rows if r["unit_id"]})
        assert found[key]["avg_invoice_amount"] == pytest.approx(add(rows) / invoices(rows), abs=D("0.01"))
        titles = {r["customer_title"] for r in rows}
        dates = [dated(r) for r in rows if r["customer_title"]]
        latest = {r["customer_title"] for r in rows if dates and r["invoice_date"] == max(dates)}
        assert found[key]["customer_title"] in (latest or {None})
        renamed += len(titles) > 1
    assert renamed > 0


def test_parts_are_averaged_by_quantity(ask: Any, lines: Rows) -> None:
    found = {row["shop_part_number"]: row for row in ask("SELECT * FROM v_parts_analysis")}
    groups = grouped(
        [row for row in of_type(lines, "PART", "SUPPLY") if row["shop_part_number"]], "shop_part_number"
    )
    assert found.keys() == groups.keys()
    for key, rows in groups.items():
        row, quantity = found[key], add(rows, "quantity")
        assert row["total_quantity_used"] == quantity
        assert row["avg_unit_cost"] == pytest.approx(add(rows, "line_total_cost") / quantity, abs=D("0.0001"))
        assert row["avg_selling_price"] == pytest.approx(add(rows) / quantity, abs=D("0.0001"))
        assert row["total_profit"] == add(rows) - add(rows, "line_total_cost")
        recent = [r for r in rows if dated(r) >= today() - timedelta(days=30)]
        assert row["used_last_30_days"] == len(recent)
        assert row["part_description"] == Counter(r["part_description"] for r in rows).most_common(1)[0][0]


def test_technicians_hours_are_theirs_and_counted_once(ask: Any, lines: Rows) -> None:
    labor = [r for r in lines if r["assigned_technician"] or r["assigned_technician_number"]]
    for row in labor:
        row["who"] = row["assigned_technician_number"] or row["assigned_technician"]
    groups = grouped(labor, "who")
    found = {
        row["assigned_technician_number"] or row["assigned_technician"]: row
        for row in ask("SELECT * FROM v_technician_performance")
    }
    assert found.keys() == groups.keys()
    for key, rows in groups.items():
        row, hours = found[key], add(rows, "actual_hours")
        assert row["total_hours_worked"] == hours
        assert row["total_labor_entries"] == len(rows)
        assert row["revenue_per_hour"] == pytest.approx(add(rows) / hours, abs=D("0.01"))
        recent = [r for r in rows if dated(r) >= today() - timedelta(days=30)]
        assert (row["jobs_last_30_days"], row["hours_last_30_days"]) == (
            len(recent),
            add(recent, "actual_hours"),
        )


def test_vehicles_without_an_id_are_told_by_vin_and_services_are_invoices(ask: Any, lines: Rows) -> None:
    since = today() - timedelta(days=90)
    units: dict[str, Rows] = defaultdict(list)
    for row in lines:
        units[row["unit_id"] or row["unit_vin"]].append(row)
    assert any(unit == rows[0]["unit_vin"] for unit, rows in units.items())
    expected = Counter(
        (invoices(rows), invoices([r for r in rows if dated(r) >= since]), add(rows))
        for rows in units.values()
    )
    found = ask("SELECT * FROM v_fleet_analysis")
    figures = [(r["total_invoices"], r["services_last_90_days"], r["total_service_cost"]) for r in found]
    assert Counter(figures) == expected


def test_processing_is_counted_by_status_and_errors_are_not_pending(ask: Any) -> None:
    (now,) = ask("SELECT * FROM v_current_processing_status")
    assert now["total_invoices"] == 241
    assert (now["error_invoices"], now["pending_invoices"], now["processed_invoices"]) == (8, 0, 233)
    days = ask("SELECT * FROM v_ingestion_performance")
    assert sum(day["total_raw_records"] for day in days) == 241
    assert sum(day["pending_records"] for day in days) == 0
    worst = min(days, key=lambda day: day["success_rate_percent"])
    assert worst["success_rate_percent"] == round(
        D(100) * worst["processed_records"] / worst["total_raw_records"], 2
    )


@pytest.mark.parametrize(
    ("error", "category"),
    [
        ("$.ServiceOrder: is missing", "Missing Data"),
        ("Missing primaryKey", "Missing Data"),
        ("$: has a wrong format: an object is expected", "Format Error"),
        ("could not PARSE", "Format Error"),
        ("Duplicate key", "Data Constraint"),
        ("out of range", "Other Error"),
    ],
)
def test_errors_are_told_by_their_text_whatever_its_case(
    ask: Any, filled: psycopg.Connection[Any], error: str, category: str
) -> None:
    with filled.transaction(force_rollback=True):
        filled.execute(
            "INSERT INTO fullbay_raw_data (shop_code, fullbay_invoice_id, processing_errors) VALUES ('x', 'x', %s)",
            [error],
        )
        (row,) = ask("SELECT * FROM v_processing_errors WHERE shop_code = 'x'")
    assert row["error_category"] == category


def test_data_quality_counts_what_it_says(ask: Any, lines: Rows) -> None:
    found = {
        row["check_name"]: (row["issue_count"], row["issue_percent"])
        for row in ask("SELECT * FROM v_data_quality_check")
    }
    labor = of_type(lines, "LABOR")
    parts = [row for row in of_type(lines, "PART", "SUPPLY") if row["line_source"] != "SHOP_SUPPLIES"]

    def share(rows: Rows, of: Rows) -> tuple[int, D]:
        return len(rows), round(D(100) * len(rows) / len(of), 2)

    assert found == {
        "Missing Invoice Numbers": share([r for r in lines if r["invoice_number"] is None], lines),
        "Missing Customer Info": share([r for r in lines if r["customer_id"] is None], lines),
        "Missing Unit Info": share(
            [r for r in lines if r["unit_vin"] is None or r["unit_make"] is None], lines
        ),
        "Zero or Negative Prices": share([r for r in lines if r["line_total_price"] <= 0], lines),
        "Missing Labor Hours": share([r for r in labor if r["actual_hours"] <= 0], labor),
        "Missing Part Numbers": share([r for r in parts if r["shop_part_number"] is None], parts),
    }
    assert found["Missing Invoice Numbers"][0] > 0


def test_the_quality_score_is_the_share_of_rows_without_an_issue(ask: Any, lines: Rows) -> None:
    (found,) = ask(MONITORING.read_text())

    def issues(row: dict[str, Any]) -> int:
        no_part = row["line_item_type"] in ("PART", "SUPPLY") and row["line_source"] != "SHOP_SUPPLIES"
        return (
            (row["invoice_number"] is None)
            + (row["customer_id"] is None or row["customer_title"] is None)
            + (row["unit_vin"] is None or row["unit_make"] is None)
            + (row["line_total_price"] == 0)
            + (no_part and row["shop_part_number"] is None)
        )

    good = [row for row in lines if not issues(row)]
    assert found["overall_quality_score"] == round(D(100) * len(good) / len(lines), 2)
    assert with_issues(lines) == len(lines) - len(good), "as it is counted while flattening"
    assert (found["total_items_checked"], found["total_issues_found"]) == (
        len(lines),
        sum(map(issues, lines)),
    )
    assert 0 < found["overall_quality_score"] < 100


def test_recent_activity_is_seven_days_by_ingestion(ask: Any, lines: Rows) -> None:
    found = {row["activity_date"]: row for row in ask("SELECT * FROM v_recent_activity")}
    for row in lines:
        row["day"] = row["ingestion_timestamp"].date()
    groups = {day: rows for day, rows in grouped(lines, "day").items() if day > today() - timedelta(days=7)}
    assert found.keys() == groups.keys()
    assert len(found) in (6, 7), "six where a day began since they came"
    for day, rows in groups.items():
        assert found[day]["line_items_created"] == len(rows)
        assert found[day]["invoices_processed"] == invoices(rows)
        assert found[day]["total_value_processed"] == add(rows)
