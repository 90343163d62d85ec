from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from landfall import ledger, pipeline, setup, status
from landfall.health import SourceHealth, judge, look, order
from landfall.health.score import activity
from landfall.resources import Source
from landfall.sources import names, source
from landfall.warehouse import Warehouse
from sandbox.postgres import PostgresServer
from tests.campaign import SIZE
from tests.driver import close_all, company, open_warehouse

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
PENNYLANE = source("pennylane")
EVERY = [r.table.name for r in PENNYLANE.resources]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    close_all()


def hours(number: float) -> datetime:
    return NOW - timedelta(hours=number)


class Books:
    """Rows of a ledger as runs write them."""

    def __init__(self, database: str, declared: Source = PENNYLANE) -> None:
        self.declared = declared
        self.warehouse: Warehouse = open_warehouse(database)
        pipeline.ensure_ledger(self.warehouse)

    def synced(self, *tables: str, ago: float) -> None:
        row = {"source": self.declared.name, "last_sync_at": hours(ago), "version": 1, "row_count": 100}
        rows = [row | {"table_name": t, "updated_at": hours(ago), "load_id": f"load-{t}"} for t in tables]
        self.warehouse.books.put(ledger.sync_state, rows, {"table_name": list(tables)})

    def loaded(self, resource: str, ago: float, **values: Any) -> None:
        row = dict.fromkeys(("inserted", "updated", "unchanged", "deleted"), 0)
        row |= dict.fromkeys(("fetched", "deduplicated", "quarantined"), 0)
        row |= {"load_id": f"load-{resource}", "source": self.declared.name, "resource": resource}
        row |= {"run_id": "r", "mode": "full", "status": "published", "published_at": hours(ago)}
        self.warehouse.books.put(ledger.loads, [row | values])

    def ran(self, status: str, ago: float, *, table: str = ledger.PIPELINE, **values: Any) -> None:
        row = {"execution_id": f"run-{ago}", "table_name": table, "source": self.declared.name}
        row |= {"run_id": f"run-{ago}", "started_at": hours(ago), "status": status, "dry_run": False}
        row |= {"ended_at": None if status == "running" else hours(ago - 0.1), "triggered_by": "ann"}
        row |= dict.fromkeys(ledger.RUN_FIGURES, 0) | {"error": None, "parameters": "{}"}
        self.warehouse.books.put(ledger.runs, [row | values])

    def found(self, check: str, result: str, ago: float, *tables: str, details: str = "") -> None:
        row = {"source": self.declared.name, "run_id": "r", "checked_at": hours(ago), "details": details}
        row |= {"check_name": check, "severity": "warning", "status": result}
        rows = [row | {"table_name": table, "load_id": f"load-{table}"} for table in tables]
        self.warehouse.books.put(ledger.quality_log, rows)

    def healthy(self) -> Books:
        self.synced(*EVERY, ago=1)
        self.found("volume", "PASS", 1, *EVERY)
        self.ran("success", 1.1)
        return self

    def look(self) -> SourceHealth:
        return look(self.warehouse, self.declared, NOW)


@pytest.mark.engines("lake")
def test_a_source_whose_tables_are_fresh_is_healthy(database: str) -> None:
    books = Books(database).healthy()
    books.loaded("customers", 3, load_id="load-0", inserted=95, rows_after=95, requests=4, waited_seconds=1.5)
    books.loaded("customers", 1, inserted=7, deleted=2, rows_after=100, mode="incremental")
    told = books.look()
    assert (told.state, told.alerts, told.health.overall_score) == ("healthy", [], 100)
    assert told.last_success == hours(1)
    table = next(one for one in told.tables if one.table == "customers")
    assert (table.rows, table.history, table.inserted, table.deleted) == (100, [95, 100], 7, 2)
    assert (table.mode, table.checks_passed, table.checks_not_passed) == ("incremental", 1, [])
    assert [(one.requests, one.waited_seconds) for one in table.budget] == [(4, 1.5)]
    assert {one.table for one in told.tables if one.parent} == {
        t.name for r in PENNYLANE.resources for t in r.table.family()[1:]
    }


@pytest.mark.engines("lake")
def test_a_source_without_a_ledger_or_a_run_never_ran(database: str) -> None:
    warehouse = open_warehouse(database)
    blank = look(warehouse, PENNYLANE, NOW)
    pipeline.ensure_ledger(warehouse)
    for told in (blank, look(warehouse, PENNYLANE, NOW)):
        assert (told.state, told.health) == ("never", None)
        assert "Trigger" in told.alerts[0].todo
    Books(database).ran("running", 0.1)
    told = look(warehouse, PENNYLANE, NOW)
    assert (told.state, told.running_since) == ("never", hours(0.1))


def test_a_failed_table_is_an_alert_until_it_is_up_to_date_again(database: str) -> None:
    books = Books(database).healthy()
    books.ran("error", 0.5, error="1 tables failed")
    books.ran("error", 0.5, table="customers", error="check failed: 3 rows → Mend them.")
    told = books.look()
    assert [(a.kind, a.table, a.todo) for a in told.alerts] == [("table_failed", "customers", "Mend them.")]
    assert (told.state, told.health.status) == ("error", "CRITICAL")
    (failed,) = told.runs[0].failed
    assert (failed.table, failed.task, failed.todo) == ("customers", "customers.check", "Mend them.")
    books.ran("success", 0.2)
    assert books.look().state == "error"
    books.synced("customers", ago=0.1)
    assert books.look().state == "healthy"


def test_a_failed_plan_and_a_killed_run_are_alerts_and_a_dry_run_is_none(database: str) -> None:
    books = Books(database).healthy()
    books.ran("error", 0.9, dry_run=True)
    books.ran("error", 0.9, table="customers", dry_run=True)
    books.ran("running", 0.01)
    assert (books.look().state, books.look().running_since) == ("healthy", hours(0.01))
    books.ran("error", 0.8, error="plan failed: the token → Renew it.")
    assert [(a.kind, a.todo) for a in books.look().alerts] == [("run_failed", "Renew it.")]
    books.ran("killed", 0.7)
    assert "killed" in books.look().alerts[0].happened


def test_tables_that_are_late_are_one_alert(database: str) -> None:
    books = Books(database).healthy()
    books.synced("customers", ago=9)
    books.synced("products", ago=10)
    told = books.look()
    (alert,) = told.alerts
    assert (alert.kind, alert.severity) == ("stale", "warning")
    assert "customers, products" in alert.happened
    assert "for 10 hours" in alert.happened
    assert (told.health.overall_score, told.health.status) == (90, "WARNING"), "whatever the figures weigh"
    books.synced("customers", ago=17)
    assert books.look().alerts[0].severity == "error"


def test_checks_and_quarantine_lower_the_score_and_raise_the_alerts(database: str) -> None:
    books = Books(database).healthy()
    for number in range(3):
        books.found(f"rule {number}", "WARN", 1, "customers", details="2 break it")
        books.found(f"rule {number}", "WARN", 30, "customers", details="older")
    rejects = {"source": "pennylane", "resource": "customers", "load_id": "l", "reason": "no number"}
    rejects |= {"path": "$.amount", "raw": "{secret}", "quarantined_at": NOW}
    books.warehouse.books.put(ledger.quarantine, [rejects] * 100)
    told = books.look()
    assert {a.kind for a in told.alerts} == {"low_quality", "high_error_rate"}
    assert (told.state, told.health.status) == ("warning", "WARNING")
    assert next((c.check, c.times, c.details) for c in told.checks) == ("rule 0", 2, "2 break it")
    assert [(r.resource, r.reason, r.path, r.count) for r in told.quarantine] == [
        ("customers", "no number", "$.amount", 100)
    ]
    assert "secret" not in repr(told)


def test_no_score_is_good_over_an_open_alert() -> None:
    best = dict.fromkeys(
        ("processing_success", "data_quality", "recent_activity", "error_rate"), Decimal(100)
    )
    assert judge(best).overall_score == 100
    assert judge(best, ["warning"]).status == "WARNING"
    assert judge(best, ["warning", "error"]).status == "CRITICAL"
    assert [activity(timedelta(hours=h), timedelta(hours=24)) for h in (12, 12.1, 24.1, 48.1)] == [
        100,
        80,
        50,
        0,
    ]


def test_the_worst_comes_first(database: str) -> None:
    books = Books(database).healthy()
    fullbay = look(books.warehouse, source("fullbay"), NOW)
    away = look(open_warehouse("postgresql://nobody@127.0.0.1:1/x"), source("tree11"), NOW)
    assert [one.state for one in order([books.look(), fullbay, away])] == ["away", "never", "healthy"]


def test_a_warehouse_that_is_away_is_told_with_what_to_do() -> None:
    told = look(open_warehouse("postgresql://nobody@127.0.0.1:1/x"), PENNYLANE, NOW)
    assert told.state == "away"
    assert "127.0.0.1" in told.alerts[0].happened
    assert told.alerts[0].todo


def test_whoever_looks_writes_nothing_and_takes_two_connections_at_most(
    database: str, postgres: PostgresServer
) -> None:
    books = Books(database).healthy()
    books.warehouse.close()
    with books.warehouse.watching() as watch, watch.reading() as reader:
        with pytest.raises(sa.exc.DBAPIError, match="read-only"):
            reader.execute(sa.text("DELETE FROM landfall.loads"))
        reader.rollback()
    most, ended = 0, threading.Event()
    name = sa.make_url(database).database
    asked = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()")
    engine = sa.create_engine(database)

    def watched() -> None:
        while not ended.is_set():
            books.look()

    threads = [threading.Thread(target=watched) for _ in range(6)]
    for thread in threads:
        thread.start()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(50):
            most = max(most, connection.execute(asked, {"name": name}).scalar_one())
            time.sleep(0.01)
    ended.set()
    for thread in threads:
        thread.join()
    engine.dispose()
    # A session that was closed is shown until its server process has ended.
    assert 1 <= most <= 4


def test_the_command_tells_json_and_nothing_else_and_ends_with_1_on_an_alert(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    books = Books(database)
    books.synced(*EVERY, ago=-1e6)
    books.ran("success", 1)
    assert status.main(["pennylane", "--json", "--url", database]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told.keys() == {"at", "alerts", "sources"}
    (one,) = told["sources"]
    assert (one["source"], one["state"], one["health"]["overall_score"]) == ("pennylane", "healthy", 100.0)
    done = subprocess.run(
        [sys.executable, "-m", "landfall.status", "--json", "--url", database], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["alerts"] == len(names()) - 1  # the others never ran
    assert status.main(["pennylane", "--url", "postgresql://nobody@127.0.0.1:1/x"]) == 1
    assert "pennylane: away" in capsys.readouterr().out


def test_instances_are_told_each_by_itself_and_so_is_what_their_file_has_wrong(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "instances.yaml"
    path.write_text("pennylane:\n  acme: {title: Acme SARL}\n  sud: {title: 5}\n")
    monkeypatch.setenv("LANDFALL_INSTANCES", str(path))
    books = Books(database)
    books.synced(*EVERY, ago=-1e6)
    books.ran("success", 1)
    assert status.main(["--json", "--url", database]) == 1
    told = {each["source"]: each for each in json.loads(capsys.readouterr().out)["sources"]}
    assert told.keys() == {*names(), "pennylane_sud"}
    assert told["pennylane"]["state"] == "healthy"
    acme, sud = told["pennylane_acme"], told["pennylane_sud"]
    assert (acme["state"], acme["title"]) == ("never", "Pennylane of Acme SARL")
    assert [alert["happened"] for alert in acme["alerts"]] == ["pennylane_acme never ran"]
    assert (sud["state"], sud["alerts"][0]["kind"]) == ("error", "instance_refused")
    assert status.main(["pennylane_sud", "--url", database]) == 1
    assert f"{path}: pennylane_sud: Expected `str`" in capsys.readouterr().out
    assert status.main(["pennylane", "--url", database]) == 0
    assert setup.main(["pennylane_sud", "--url", database]) == 1
    assert "pennylane_sud: Expected" in capsys.readouterr().err
    path.write_text("pennylane: {")
    assert status.main(["--url", database]) == 1
    assert "it is no YAML" in capsys.readouterr().out


def test_real_loads_are_told_as_they_were(database: str, tmp_path: Path) -> None:
    with company(database, tmp_path) as one:
        one.sync("customer_invoices")
        one.sync("customers")
        told = look(one.warehouse, PENNYLANE)
        table = next(t for t in told.tables if t.table == "customer_invoices")
        ((rows,),) = one.query("SELECT count(*) FROM pennylane.customer_invoices")
        assert (table.rows, table.history[-1], table.inserted) == (rows, rows, rows)
        assert table.checks_passed > 0
        ((emails,),) = one.query("SELECT count(*) FROM pennylane.customer_emails")
        child = next(t for t in told.tables if t.table == "customer_emails")
        assert (child.parent, child.rows, child.history) == ("customers", emails, [emails])
        assert emails
        one.sync("customers")
        child = next(t for t in look(one.warehouse, PENNYLANE).tables if t.table == "customer_emails")
        assert child.history == [emails, emails]


MANY = """
INSERT INTO landfall.loads (load_id, source, resource, run_id, mode, status, fetched, inserted, updated, unchanged,
    deleted, deduplicated, quarantined, rows_after, published_at)
SELECT 'l' || n, 'pennylane', (ARRAY['customers','products','suppliers'])[n % 3 + 1], 'r', 'full', 'published',
    1, 1, 0, 0, 0, 0, 0, n, now() - n * interval '1 minute' FROM generate_series(1, {loads}) AS n;
INSERT INTO landfall.quality_log (source, table_name, load_id, run_id, check_name, severity, status, checked_at)
SELECT 'pennylane', 'customers', 'l' || n / 10, 'r', 'c' || n % 10, 'warning',
    CASE WHEN n % 1000 = 0 THEN 'WARN' ELSE 'PASS' END, now() - n * interval '5 seconds'
FROM generate_series(1, {loads} * 10) AS n;
INSERT INTO landfall.runs (execution_id, table_name, source, run_id, started_at, ended_at, status, dry_run, rows_read,
    rows_written, rows_rejected, triggered_by)
SELECT n::text, t, 'pennylane', 'r' || n, now() - n * interval '1 hour', now(), 'success', false, 0, 0, 0, 'x'
FROM generate_series(1, {loads} / 10) AS n, unnest(ARRAY['PIPELINE','customers','products','suppliers']) AS t;
ANALYZE landfall.loads, landfall.quality_log, landfall.runs;
"""


@pytest.mark.campaign
def test_a_ledger_of_years_answers_like_a_young_one(new_database: Callable[[str], str]) -> None:
    def seconds(warehouse: Warehouse) -> float:
        taken = []
        for _ in range(9):
            began = time.perf_counter()
            assert look(warehouse, PENNYLANE).state != "away"
            taken.append(time.perf_counter() - began)
        return min(taken)

    young = Books(new_database("postgresql")).healthy()
    for number in range(600):  # a week of a DAG that runs every two hours
        young.loaded(EVERY[number % 8], number / 4, load_id=f"w{number}", inserted=1, rows_after=number)
    old = Books(new_database("postgresql")).healthy()
    with old.warehouse.begin() as connection:
        connection.connection.cursor().execute(MANY.format(loads=100_000 if SIZE else 5_000))  # type: ignore[attr-defined]
    assert seconds(old.warehouse) <= 3 * seconds(young.warehouse)
