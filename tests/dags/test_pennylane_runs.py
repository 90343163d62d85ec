"""Runs of Pennylane's DAG that go well: what is read, what is published, what is left alone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from landfall.sources import source
from landfall.warehouse import connect as open_warehouse
from tests.driver import assert_same, expected, published

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
DECLARED = source("pennylane")
TABLES = {r.name for r in DECLARED.resources}
CHANGELOGS = {r.name for r in DECLARED.resources if r.read.incremental}
LOOKS = Counter(["GET /me", *(f"GET /changelogs/{name}" for name in CHANGELOGS - {"ledger_entries"})])
"""What the plan asks: lines and entries follow the same changelog."""
STEPS = ("extract", "load", "check", "publish")


def assert_true(airflow: Any, *names: str) -> None:
    """These tables equal what the vendor would list now."""
    warehouse = open_warehouse(airflow.server.url_of(airflow.database))
    for name in names:
        table = DECLARED.resource(name).table
        assert_same(published(warehouse, "pennylane", table), expected(table, airflow.vendor.truth(name)))


def test_a_full_run_loads_every_table(full_run: Any, airflow: Any) -> None:
    assert (full_run.state, full_run.tables()) == ("success", TABLES)
    assert {full_run.result(f"{t}.extract")["mode"] for t in TABLES} == {"full"}
    assert full_run.result("wrap_up")["published"] == [r.name for r in DECLARED.resources]
    whole = {name for name in airflow.states() if "/" not in name}  # each year of an export has its own
    assert whole == {r.table.name for r in DECLARED.resources}
    assert all(airflow.contents()[r.table.name][0] > 0 for r in DECLARED.resources)
    assert_true(airflow, "customers", "ledger_entry_lines", "ledger_entries", "fiscal_years")
    assert airflow.stages() == []


def test_a_run_in_which_nothing_changed_asks_the_changelogs_and_does_nothing_else(airflow: Any) -> None:
    before, states = airflow.contents(), airflow.states()
    run = airflow.run()
    assert run.state == "success"
    assert run.with_state("success") == {"plan"}
    assert run.with_state("skipped") == set(run.tasks) - {"plan"}
    assert set(run.result("plan")["unchanged"]) == CHANGELOGS
    assert Counter(airflow.requests()) == LOOKS
    assert airflow.contents() == before
    after = airflow.states()
    assert {name for name in after if after[name] != states[name]} == CHANGELOGS, "noted as fresh"
    assert airflow.stages() == []


def test_an_incremental_run_brings_what_changed_and_starts_nothing_for_the_rest(airflow: Any) -> None:
    vendor = airflow.vendor
    first, second, *_ = vendor.ids("customers")
    vendor.update("customers", first)
    vendor.delete("customers", second)
    vendor.insert("products")
    run = airflow.run(mode="incremental")
    assert (run.state, run.tables()) == ("success", {"customers", "products"})
    ran = {f"{t}.{s}" for t in ("customers", "products") for s in STEPS}
    wait = "ledger_entry_lines.after_ledger_entries"
    assert run.with_state("success") - {wait} == ran | {"plan", "wrap_up", "drop_stages"}
    assert run.with_state("skipped") >= {
        f"{t}.{s}" for t in TABLES - {"customers", "products"} for s in STEPS
    }
    figures = run.result("customers.publish")
    assert [figures[k] for k in ("inserted", "updated", "deleted")] == [0, 1, 1]
    assert_true(airflow, "customers", "products")
    assert airflow.stages() == []
    assert Counter(airflow.requests()) == LOOKS + Counter(["GET /customers", "GET /products"])
    again = airflow.run()
    assert again.with_state("success") == {"plan"}, again.result("plan")


def test_details_and_their_owners_together(airflow: Any) -> None:
    """Deleted lines are looked up in the published ones, so these wait until the entries are read."""
    vendor = airflow.vendor
    kept, entry, *_ = vendor.ids("ledger_entries")
    vendor.delete_entry(entry)
    vendor.update("ledger_entry_lines", sorted(vendor.lines_of[kept])[0])
    vendor.update("customers", vendor.ids("customers")[0])
    vendor.stats.reset()
    run = airflow.run(mode="incremental")
    assert (run.state, run.tables()) == ("success", {"customers", "ledger_entries", "ledger_entry_lines"})
    fetched = ["GET /customers", *["GET /ledger_entry_lines"] * 2, "GET /ledger_entries"]
    assert Counter(airflow.requests()) == LOOKS + Counter(fetched)
    assert run.result("ledger_entries.extract")["mode"] == "incremental"
    assert run.result("ledger_entries.publish")["deleted"] == 1
    assert_true(airflow, "ledger_entries", "ledger_entry_lines")


def test_chosen_tables_are_the_only_ones_read(airflow: Any) -> None:
    run = airflow.run(tables=["bank_accounts", "customers"], mode="full")
    assert (run.state, run.tables()) == ("success", {"bank_accounts", "customers"})
    paths = {path.split("/")[1] for path in airflow.requests()}
    assert paths == {"me", "bank_accounts", "customers", "changelogs"}


def test_a_table_without_a_changelog_is_read_in_full_when_it_is_asked_for(airflow: Any) -> None:
    run = airflow.run(tables=["bank_accounts"], mode="incremental")
    assert run.tables() == {"bank_accounts"}
    assert run.result("bank_accounts.extract")["mode"] == "full"


def test_a_table_never_loaded_before_is_read_in_full(empty: Any) -> None:
    run = empty.run(tables=["customers"], mode="incremental")
    assert run.result("customers.extract")["mode"] == "full"
    assert_true(empty, "customers")


def test_dates_read_again_what_lies_in_the_range(airflow: Any) -> None:
    day = str(
        airflow.query("SELECT date FROM pennylane.customer_invoices ORDER BY date LIMIT 1 OFFSET 5")[0][0]
    )
    inside = "SELECT count(*) FROM pennylane.customer_invoices WHERE date = CAST(:day AS date)"
    count = airflow.query(inside, day=day)[0][0]
    airflow.query(
        "UPDATE pennylane.customer_invoices SET label = 'bent' WHERE date = CAST(:day AS date)", day=day
    )
    states = airflow.states()
    run = airflow.run(tables=["customer_invoices"], start_date=day, end_date=day)
    assert run.state == "success"
    figures = run.result("customer_invoices.publish")
    assert [figures[k] for k in ("fetched", "updated", "inserted", "deleted")] == [count, count, 0, 0]
    assert airflow.states()["customer_invoices"][0] == states["customer_invoices"][0], "the watermark stays"
    assert_true(airflow, "customer_invoices")


def test_dates_without_tables_choose_those_that_can_be_read_by_date(airflow: Any) -> None:
    year = airflow.query("SELECT min(start) FROM pennylane.fiscal_years")[0][0]
    run = airflow.run(start_date=f"{year:%Y}-01-01", end_date=f"{year:%Y}-12-31")
    assert run.state == "success"
    assert run.tables() == {r.name for r in DECLARED.resources if r.read.dated}
    asked = [path for path in airflow.requests() if path.startswith("POST")]
    assert asked.count("POST /exports/fecs") == 1, "one fiscal year"
    assert airflow.contents()["fec"][0] > run.result("fec.publish")["fetched"], "the other years stay"


def test_a_dry_run_changes_nothing_anywhere(airflow: Any) -> None:
    vendor = airflow.vendor
    first, second, *_ = vendor.ids("customers")
    vendor.update("customers", first)
    vendor.delete("customers", second)
    before, states = airflow.contents(), airflow.states()
    loads = airflow.query("SELECT count(*) FROM landfall.loads")
    run = airflow.run(dry_run=True)
    assert run.state == "success"
    figures = run.result("customers.publish")
    assert [figures[k] for k in ("dry_run", "updated", "deleted")] == [True, 1, 1]
    assert airflow.contents() == before
    assert airflow.states() == states, "not even a watermark"
    assert Counter(airflow.requests()) == LOOKS + Counter(["GET /customers"])
    assert airflow.query("SELECT count(*) FROM landfall.loads") == loads
    assert airflow.stages() == []
    assert airflow.run().result("customers.publish")["deleted"] == 1


def test_a_dry_run_keeps_no_watermark_of_a_table_that_only_its_extract_finds_unchanged(airflow: Any) -> None:
    airflow.vendor.faults.add("error_200", path="/changelogs/customers$", times=3)  # as the plan looks
    states = airflow.states()
    run = airflow.run(tables=["customers"], dry_run=True)
    assert (run.state, run.tables()) == ("success", set())
    assert run.result("customers.extract")["changed"] is False
    assert airflow.states() == states


def test_a_blown_fuse_asks_for_consent(airflow: Any) -> None:
    vendor = airflow.vendor
    for account in vendor.ids("ledger_accounts"):
        vendor.rows["ledger_accounts"].remove(account)
    before = airflow.contents()
    run = airflow.run(tables=["ledger_accounts"], mode="full")
    assert (run.state, run.tasks["ledger_accounts.publish"]) == ("failed", "failed")
    assert airflow.contents() == before
    assert airflow.run(tables=["ledger_accounts"], mode="full", allow_shrink=True).state == "success"
    assert airflow.contents()["ledger_accounts"][0] == 0


@pytest.mark.parametrize("logical_date", [None, datetime(2026, 3, 2, 14, tzinfo=UTC)])
def test_with_and_without_a_logical_date(airflow: Any, logical_date: Any) -> None:
    airflow.vendor.insert("products")
    run = airflow.test(logical_date=logical_date)
    assert (run.state, run.tables()) == ("success", {"products"})


PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    "day",
    [
        datetime(2026, 3, 29, tzinfo=PARIS),
        datetime(2026, 10, 25, tzinfo=PARIS),
        datetime(2026, 7, 1, tzinfo=PARIS),
    ],
)
def test_the_night_run_is_full_and_the_others_are_not(airflow: Any, day: datetime) -> None:
    """Every moment the schedule fires at on this day, also when clocks change at night."""
    from types import SimpleNamespace

    from airflow.serialization.encoders import coerce_to_core_timetable
    from airflow.timetables.base import TimeRestriction

    dag = airflow.dag()
    timetable = coerce_to_core_timetable(dag.timetable)
    eve, end = day - timedelta(hours=4), day + timedelta(days=1) - timedelta(seconds=1)
    restriction = TimeRestriction(earliest=eve, latest=end, catchup=True)
    modes: dict[datetime, str] = {}
    last = None
    while info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction):
        run = SimpleNamespace(run_type="scheduled", run_after=info.run_after)
        context = {"params": {"mode": "auto"}, "dag_run": run}
        modes[info.run_after.astimezone(PARIS)] = dag.get_task("plan")._mode(context).value
        last = info.data_interval
    modes = {moment: mode for moment, mode in modes.items() if moment.date() == day.date()}
    full = [moment for moment, mode in modes.items() if mode == "full"]
    assert [(m.date(), m.hour, m.minute) for m in full] == [(day.date(), 3, 0)]
    assert set(modes.values()) == {"full", "incremental"}
    assert {m.hour for m in modes} >= {0, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22}


def test_only_the_schedule_makes_a_run_full_by_itself(airflow: Any) -> None:
    from types import SimpleNamespace

    plan = airflow.dag().get_task("plan")
    night = datetime(2026, 7, 1, 3, tzinfo=PARIS).astimezone(UTC)
    for kind, asked, wanted in (
        ("manual", "auto", "incremental"),
        ("scheduled", "auto", "full"),
        ("scheduled", "incremental", "incremental"),
        ("manual", "full", "full"),
    ):
        run = SimpleNamespace(run_type=kind, run_after=night)
        assert plan._mode({"params": {"mode": asked}, "dag_run": run}).value == wanted
