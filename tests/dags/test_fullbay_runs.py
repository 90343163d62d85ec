"""Fullbay's DAG under Airflow's own runner: the tables, the report of the run, metrics, alerts, reprocessing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import sqlalchemy as sa
from moto.server import ThreadedMotoServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from landfall.sources.fullbay import dashboard, monitoring
from sandbox import Sandbox
from sandbox.environment import warehouse_connection
from sandbox.fullbay import FullbayVendor
from tests.dags import runs
from tests.dags.runs import Run
from tests.driver import close_all, open_warehouse

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


class Shop:
    """The DAG, the vendor it reads, and the warehouse it fills."""

    def __init__(self, vendor: FullbayVendor, url: str) -> None:
        self.vendor, self.url, self.privacy = vendor, url, "keep"

    def run(self, **conf: Any) -> Run:
        """`airflow dags test`."""
        dag = runs.dag_file("fullbay")
        for task in dag.tasks:
            task.retries, task.privacy = 0, self.privacy
        return runs.run(dag, **conf)

    @contextmanager
    def opened(self) -> Iterator[sa.Connection]:
        with sa.create_engine(self.url, poolclass=sa.NullPool).begin() as connection:
            yield connection

    def query(self, sql: str) -> list[Any]:
        with self.opened() as opened:
            return [tuple(row) for row in opened.execute(sa.text(sql))]


@pytest.fixture(scope="module")
def vendor() -> Iterator[tuple[FullbayVendor, str]]:
    made = FullbayVendor(seed=2, records=60)
    with Sandbox(made) as box:
        yield made, box.api_url


@pytest.fixture
def shop(
    airflow_db: Path,
    database: str,
    vendor: tuple[FullbayVendor, str],
    set_connection: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> Shop:
    made, address = vendor
    made.reset()
    extra = {**made.connection, "requests_per_period": 10_000}
    set_connection("fullbay_default", "fullbay", host=address, password=made.token, extra=extra)
    monkeypatch.setenv("AIRFLOW_CONN_FULLBAY_WAREHOUSE", warehouse_connection(database))
    return Shop(made, database)


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """Address of a simulated AWS."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


METRICS = {
    "RecordsProcessed",
    "LineItemsCreated",
    "ProcessingErrors",
    "ProcessingDuration",
    "DataQualityScore",
    "TotalInvoiceValue",
}


def test_a_run_publishes_reports_and_measures(
    shop: Shop, aws: str, set_connection: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    extra = {"region_name": "us-east-1", "endpoint_url": aws}
    set_connection("landfall_aws", "aws", login="test", password="test", extra=extra)
    run = shop.run()
    assert run.state == "success", run.tasks
    assert shop.query("SELECT count(*) FROM fullbay.fullbay_raw_data") == [(61,)]
    assert run.result("invoices.load")["rows"]["fullbay_raw_data"] == 61
    lines = shop.query("SELECT count(*) FROM fullbay.fullbay_line_items")[0][0]
    columns = (
        "execution_id, status, records_processed, records_failed, line_items_created, lambda_function_name"
    )
    assert shop.query(f"SELECT {columns} FROM fullbay.ingestion_metadata") == [
        (run.run_id, "SUCCESS", 61, 0, lines, "fullbay")
    ]
    client = boto3.client(
        "cloudwatch",
        region_name="us-east-1",
        endpoint_url=aws,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    told = client.list_metrics(Namespace="FullbayIngestion")["Metrics"]
    assert {m["MetricName"] for m in told} == METRICS
    assert not any(m["Dimensions"] for m in told)
    (total,) = shop.query(
        "SELECT sum(vendor_total) FROM fullbay.fullbay_invoice_reconciliation WHERE component = 'total'"
    )[0]
    assert _measured(client, "RecordsProcessed") == [(61.0, "Count")]
    assert _measured(client, "LineItemsCreated") == [(float(lines), "Count")]
    assert _measured(client, "ProcessingErrors") == [(0.0, "Count")]
    assert _measured(client, "TotalInvoiceValue") == [(float(total), "None")]
    ((seconds, _),) = _measured(client, "ProcessingDuration")
    assert 0 < seconds < 600
    _dashboard(shop, capsys)
    again = shop.run()
    assert again.result("invoices.publish")["unchanged"] == again.result("invoices.publish")["fetched"]
    assert shop.query("SELECT count(*) FROM fullbay.ingestion_metadata") == [(2,)]


def _measured(client: Any, metric: str) -> list[tuple[float, str]]:
    """Sum and unit of what CloudWatch was told of a metric in the last ten minutes."""
    now = datetime.now(UTC)
    span = {"StartTime": now - timedelta(minutes=10), "EndTime": now + timedelta(minutes=1), "Period": 3600}
    found = client.get_metric_statistics(
        Namespace="FullbayIngestion", MetricName=metric, Statistics=["Sum"], **span
    )
    return [(point["Sum"], point["Unit"]) for point in found["Datapoints"]]


def _dashboard(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    code = dashboard.main(["--json"])
    told = json.loads(capsys.readouterr().out)
    assert told.keys() == {"ingestion_stats", "data_quality", "health_score", "recent_activity"}
    assert told["ingestion_stats"]["processed_records"] == 61
    assert told["health_score"]["factors"]["recent_activity"] == 100
    assert code == (1 if told["data_quality"]["overall_quality_score"] < 90 else 0)
    dashboard.main([])
    shown = capsys.readouterr().out
    for section in (
        "Health:",
        "Ingestion statistics",
        "Line item breakdown",
        "Data quality",
        "Recent activity",
        "Alerts",
    ):
        assert section in shown
    dashboard.main(["--health-only"])
    assert len(capsys.readouterr().out.splitlines()) == 1


@contextmanager
def _alerts(set_connection: Callable[..., None]) -> Iterator[list[dict[str, Any]]]:
    """What a webhook is told meanwhile."""
    taken: list[dict[str, Any]] = []

    async def take(request: Request) -> Response:
        taken.append(json.loads(await request.body()))
        return Response()

    with Sandbox(Starlette(routes=[Route("/{path:path}", take, methods=["POST"])])) as sink:
        set_connection("landfall_webhook", "http", host=sink.url)
        yield taken


def test_errors_raise_an_alert_and_stop_nobody(
    shop: Shop, set_connection: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):
        shop.vendor.insert_broken("no_order")
    with _alerts(set_connection) as taken:
        run = shop.run()
    assert run.state == "success", run.tasks
    assert shop.query("SELECT status, records_failed FROM fullbay.ingestion_metadata") == [("PARTIAL", 5)]
    (alert,) = taken
    assert alert["title"] == "high error rate"
    assert "7.6 %" in alert["happened"]
    assert dashboard.main(["--health-only"]) == 1


@pytest.mark.parametrize(("hours", "kind"), [(23, None), (25, "Delayed ingestion"), (49, "No ingestion")])
def test_a_failed_run_raises_an_alert_once_the_last_good_one_is_too_old(
    shop: Shop, set_connection: Callable[..., None], hours: int, kind: str | None
) -> None:
    shop.run()
    shop.query(
        f"UPDATE fullbay.ingestion_metadata SET end_time = now() - interval '{hours} hours' RETURNING 1"
    )
    shop.vendor.revoked = True
    with _alerts(set_connection) as taken:
        shop.run()
    told = " ".join(alert["happened"] for alert in taken)
    found = {name for name in ("Delayed ingestion", "No ingestion") if f"{name}: the last" in told}
    assert found == ({kind} if kind else set())


def test_reprocess_asks_the_vendor_nothing(shop: Shop) -> None:
    shop.vendor.insert_broken("no_order")
    shop.run()
    shop.vendor.stats.reset()
    everything = shop.run(reprocess="all")
    assert everything.state == "success", everything.tasks
    assert everything.result("invoices.extract")["fetched"] == 62
    only_errors = shop.run(reprocess="errors")
    assert only_errors.result("invoices.extract")["fetched"] == 1
    assert shop.query(
        "SELECT status, records_processed, records_failed, raw_records_stored, api_endpoint"
        " FROM fullbay.ingestion_metadata ORDER BY start_time"
    ) == [
        ("PARTIAL", 62, 1, 62, "getInvoices.php"),
        ("PARTIAL", 62, 1, 0, None),
        ("PARTIAL", 1, 1, 0, None),
    ]
    today = shop.vendor.today().isoformat()
    dated = shop.run(reprocess="all", start_date=today, end_date=today)
    assert 0 < dated.result("invoices.extract")["fetched"] < 10
    assert not shop.vendor.stats.log


def test_a_refused_key_is_a_failed_run_and_unchanged_tables(shop: Shop) -> None:
    shop.run()
    before = shop.query("SELECT * FROM fullbay.fullbay_line_items ORDER BY line_key")
    shop.vendor.revoked = True
    run = shop.run()
    assert run.state == "failed"
    assert run.tasks["plan"] == "failed"
    assert shop.query("SELECT * FROM fullbay.fullbay_line_items ORDER BY line_key") == before
    rows = shop.query("SELECT status, error_type FROM fullbay.ingestion_metadata ORDER BY start_time")
    assert rows == [("SUCCESS", None), ("ERROR", "plan")]


def test_a_first_run_that_fails_before_it_made_its_tables_is_reported(shop: Shop) -> None:
    run = shop.run(tabels=["invoices"])
    assert (run.tasks["plan"], run.tasks["report"]) == ("failed", "success")
    rows = shop.query("SELECT execution_id, status, error_type FROM fullbay.ingestion_metadata")
    assert rows == [(run.run_id, "ERROR", "plan")]


def test_a_run_that_is_stopped_before_its_report_leaves_its_row(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> None:
        raise SystemExit("as a worker that is killed")

    shop.vendor.revoked = True  # which makes it a short run
    with monkeypatch.context() as patched:
        patched.setattr("landfall.operators.report_ingestion.ReportIngestionOperator.execute", stopped)
        run = shop.run()
    columns = "execution_id, status, end_time, records_processed"
    rows = shop.query(f"SELECT {columns} FROM fullbay.ingestion_metadata")
    assert rows == [(run.run_id, "RUNNING", None, 0)]
    shop.run(dry_run=True)
    assert shop.query(f"SELECT {columns} FROM fullbay.ingestion_metadata") == rows, "a dry run leaves none"
    shop.run()
    told = "SELECT status, error_type, end_time IS NULL FROM fullbay.ingestion_metadata ORDER BY start_time"
    assert shop.query(told) == [("ERROR", "killed", False), ("ERROR", "plan", False)]


def test_the_dashboard_says_when_it_cannot_find_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "AIRFLOW_CONN_FULLBAY_WAREHOUSE", "")
    url = "postgresql://nobody:secret-word@127.0.0.1:9/nothing"
    assert dashboard.main(["--json", "--url", url]) == 1
    shown = capsys.readouterr().out
    assert json.loads(shown).keys() == {"error"}
    assert "secret-word" not in shown


@contextmanager
def a_second_shop(set_connection: Callable[..., None]) -> Iterator[FullbayVendor]:
    south = FullbayVendor(seed=3, records=30, token="another-key")
    with Sandbox(south) as box:
        extra = {**south.connection, "requests_per_period": 10_000, "shop_code": "south"}
        set_connection("fullbay_south", "fullbay", host=box.api_url, password=south.token, extra=extra)
        one = json.loads(os.environ["AIRFLOW_CONN_FULLBAY_DEFAULT"])
        extra = {**one["extra"], "more_shops": "fullbay_south"}
        set_connection("fullbay_default", "fullbay", host=one["host"], password=one["password"], extra=extra)
        yield south


def test_a_shop_with_too_many_rejects_is_left_out_alone(
    shop: Shop, set_connection: Callable[..., None]
) -> None:
    counts = "SELECT shop_code, count(*) FROM fullbay.fullbay_raw_data GROUP BY 1 ORDER BY 1"
    with a_second_shop(set_connection) as south, _alerts(set_connection) as taken:
        assert shop.run().state == "success"
        for _ in range(40):
            number = south.insert("invoices")
            rows = south.rows["invoices"]
            found = [column | {} for column in rows._columns.values()]  # by which it is still found
            rows.put_raw(number, rows.encoded(number)[:-1] + b',"customThing":1e200000}')
            for column, before in zip(rows._columns.values(), found, strict=True):
                column |= before
        shop.vendor.insert("invoices")
        run = shop.run()
    assert run.with_state("failed") == {"wrap_up"}
    assert shop.query(counts) == [("demo", 62), ("south", 31)]
    (alert,) = [alert for alert in taken if alert["title"] == "south was left out"]
    assert "40 of " in alert["happened"]
    assert "landfall.quarantine" in alert["todo"]
    (metadata,) = shop.query(
        "SELECT status, records_inserted, error_message FROM fullbay.ingestion_metadata"
        f" WHERE execution_id = '{run.run_id}'"
    )
    assert metadata[:2] == ("PARTIAL", 1)
    assert "south was left out: 40 of" in metadata[2]
    assert shop.query("SELECT count(*) FROM landfall.quarantine") == [(40,)]


def test_a_shop_whose_key_opens_another_ones_invoices_costs_itself_alone(
    shop: Shop, set_connection: Callable[..., None]
) -> None:
    with a_second_shop(set_connection) as south:
        for vendor in (shop.vendor, south):
            vendor.insert("invoices")
        assert shop.run().state == "success"
        for number in south.ids("invoices"):
            south.update("invoices", number, {"shopTitle": "Another Garage"})
        shop.vendor.insert("invoices")
        run = shop.run()
    assert run.with_state("failed") == {"wrap_up"}
    assert shop.query("SELECT count(*) FROM fullbay.fullbay_raw_data WHERE shop_code = 'demo'") == [(63,)]
    ((error,),) = shop.query(
        "SELECT error FROM landfall.runs WHERE table_name = 'PIPELINE' AND status = 'error'"
    )
    for part in ("south was not read", "Another Garage", "Demo Truck Repair", "accept_identity=true"):
        assert part in error


def test_a_run_that_lacks_a_shop_publishes_the_others_and_ends_red(
    shop: Shop, set_connection: Callable[..., None]
) -> None:
    with a_second_shop(set_connection) as south, _alerts(set_connection) as taken:
        assert shop.run().state == "success"
        south.revoked = True
        shop.vendor.insert("invoices")
        run = shop.run()
    assert run.state == "failed"
    assert run.with_state("failed") == {"wrap_up"}
    assert shop.query("SELECT shop_code, count(*) FROM fullbay.fullbay_raw_data GROUP BY 1 ORDER BY 1") == [
        ("demo", 62),
        ("south", 31),
    ]
    (alert,) = [alert for alert in taken if alert["title"] == "south was not read"]
    assert "fullbay_south" in alert["happened"]
    assert "API key" in alert["todo"]
    told = shop.query(
        "SELECT table_name, status, error FROM landfall.runs WHERE error IS NOT NULL ORDER BY table_name"
    )
    assert [(name, status) for name, status, _ in told] == [
        ("PIPELINE", "error"),
        ("fullbay_raw_data", "error"),
    ]
    for *_, error in told:
        assert "south was not read" in error
        assert "API key" in error
    (metadata,) = shop.query(
        "SELECT status, records_inserted, error_message FROM fullbay.ingestion_metadata"
        f" WHERE execution_id = '{run.run_id}'"
    )
    assert metadata[:2] == ("PARTIAL", 1)
    assert "south was not read" in metadata[2]
    warehouse = open_warehouse(shop.url)
    (fresh,) = shop.query("SELECT end_time FROM fullbay.ingestion_metadata WHERE status = 'SUCCESS'")[0]
    assert monitoring.last_success(warehouse) == fresh, "a run that lacked a shop is none"
    read = monitoring.shops_read(warehouse.books)
    assert read.keys() == {"demo", "south"}
    assert read["demo"] > read["south"]  # type: ignore[operator]
    later = read["demo"] + timedelta(hours=24)  # type: ignore[operator]
    told = monitoring.snapshot(warehouse, later)
    close_all()
    late = [alert for alert in told["alerts"] if "ingestion of" in alert]
    assert [alert.partition(":")[0] for alert in late] == ["Delayed ingestion of south"]
    shown = dashboard.text(told)
    assert all(f"  {name} " in shown for name in read)
