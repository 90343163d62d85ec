"""Clearing tasks of a finished run, as the web UI does: every task can be run again, alone or with what follows."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
STEPS = ("extract", "load", "check", "publish")


def test_each_task_alone(airflow: Any) -> None:
    """Only plan and extract ask the vendor again; the tables come out the same."""
    vendor = airflow.vendor
    vendor.update("customers", vendor.ids("customers")[0])
    run = airflow.run(tables=["customers"], mode="full")
    wanted = airflow.contents()
    for task in ("load", "check", "publish", "extract"):
        vendor.stats.reset()
        again = airflow.clear(run, f"customers.{task}", downstream=False)
        assert again.state == "success", task
        assert again.tasks[f"customers.{task}"] == "success"
        assert bool(airflow.requests()) == (task == "extract"), task
        assert airflow.contents() == wanted
    for task in ("wrap_up", "drop_stages", "plan"):
        assert airflow.clear(run, task, downstream=False).state == "success"
    assert airflow.contents() == wanted


def test_publishing_again_publishes_nothing_twice(airflow: Any) -> None:
    vendor = airflow.vendor
    vendor.update("customers", vendor.ids("customers")[0])
    run = airflow.run(tables=["customers"], mode="incremental")
    figures, states = run.result("customers.publish"), airflow.states()
    again = airflow.clear(run, "customers.publish", downstream=False)
    assert again.result("customers.publish") == figures
    assert airflow.states() == states


def test_from_each_step_on(airflow: Any) -> None:
    vendor = airflow.vendor
    run = airflow.run(tables=["customers"], mode="full")
    vendor.delete("customers", vendor.ids("customers")[0])
    count = len(vendor.ids("customers"))
    again = airflow.clear(run, "customers.load")
    assert (again.state, airflow.contents()["customers"][0]) == ("success", count + 1), "from what was landed"
    again = airflow.clear(run, "customers.extract")
    assert (again.state, airflow.contents()["customers"][0]) == ("success", count)
    assert airflow.stages() == []


def test_an_extract_that_is_cleared_asks_the_vendor_and_not_its_plan(airflow: Any) -> None:
    vendor = airflow.vendor
    vendor.insert("products")
    run = airflow.run(mode="incremental")
    assert airflow.requests().count("GET /changelogs/products") == 1
    vendor.insert("products")
    again = airflow.clear(run, "products.extract")
    assert airflow.requests().count("GET /changelogs/products") == 2
    assert (again.state, again.tables()) == ("success", {"products"})
    assert airflow.contents()["products"][0] == len(vendor.ids("products"))


def test_a_failed_table_is_mended_by_clearing_its_task(airflow: Any) -> None:
    scopes = set(airflow.vendor.scopes)
    airflow.vendor.scopes = scopes - {"products:readonly", "products:all"}
    run = airflow.run(tables=["customers", "products"], mode="full")
    assert (run.state, run.tables()) == ("failed", {"customers"})
    version = airflow.states()["customers"][1]
    airflow.vendor.scopes = scopes
    again = airflow.clear(run, "products.extract")
    assert (again.state, again.tables()) == ("success", {"customers", "products"})
    assert airflow.states()["customers"][1] == version, "the others are left alone"


def test_what_the_plan_skipped_stays_skipped(airflow: Any) -> None:
    """The details' publishing also waits for the owners' reading, which is no reason to begin it."""
    run = airflow.run(tables=["ledger_entries"], mode="full")
    assert run.tables() == {"ledger_entries"}
    again = airflow.clear(run, "ledger_entries.extract")
    assert (again.state, again.tables()) == ("success", {"ledger_entries"})
    assert {again.tasks[f"ledger_entry_lines.{step}"] for step in STEPS} == {"skipped"}


def test_what_the_extract_skipped_stays_skipped(airflow: Any) -> None:
    """Found unchanged by its own task: not at first, when the plan's look had failed."""
    vendor = airflow.vendor
    vendor.insert("products")
    vendor.faults.add("error_200", path="/changelogs/customers$", times=3)
    run = airflow.run(tables=["customers", "products"], mode="incremental")
    assert (run.state, run.tables()) == ("success", {"products"})
    assert run.tasks["customers.extract"] == "success"
    assert run.result("customers.extract")["changed"] is False, "the XCom outlives the skipping"
    assert {run.tasks[f"customers.{step}"] for step in STEPS[1:]} == {"skipped"}
    again = airflow.clear(run, "customers.extract")
    assert (again.state, again.tables()) == ("success", {"products"})
    assert {again.tasks[f"customers.{step}"] for step in STEPS[1:]} == {"skipped"}


def test_the_plan_made_again_decides_again(airflow: Any) -> None:
    run = airflow.run()
    assert run.with_state("success") == {"plan"}
    assert run.result("plan")["tables"] == {}, "the XCom outlives the skipping"
    airflow.vendor.insert("products")
    again = airflow.clear(run, "plan")
    assert (again.state, again.tables()) == ("success", {"products"})


def test_a_plan_made_again_alone_takes_nothing_back(airflow: Any) -> None:
    airflow.vendor.insert("products")
    run = airflow.run()
    again = airflow.clear(run, "plan", downstream=False)
    assert again.result("plan")["tables"] == {}
    assert again.tables() == {"products"}
    assert airflow.clear(run, "products.load").state == "success", "from what was landed"


def test_a_table_outside_the_plan_says_so(airflow: Any, alerts: Any) -> None:
    run = airflow.run()
    again = airflow.clear(run, "customers.extract", downstream=False)
    assert again.tasks["customers.extract"] == "failed"
    (told,) = alerts()
    assert "not part of this run's plan" in told["happened"]
    assert "new run" in told["todo"]


def test_replay_stages_quarantined_records_again_without_asking_the_vendor(airflow: Any) -> None:
    vendor = airflow.vendor
    first, second = vendor.ids("customers")[:2]
    for each in (first, second):
        vendor.update("customers", each, {"name": {"mended": "soon"}})
    run = airflow.run(tables=["customers"], mode="full")
    assert run.result("customers.load")["quarantined"] == 2
    version, watermark = (
        airflow.states()["customers"][1],
        airflow.query("SELECT watermark FROM landfall.sync_state WHERE table_name = 'customers'"),
    )
    # What would be mended is the record class, which the tasks' own processes would import.
    airflow.query(
        'UPDATE landfall.quarantine SET raw = replace(raw, \'{"mended":"soon"}\', \'"mended"\') '
        "WHERE resource = 'customers' AND record_key = :key",
        key=f"[{first}]",
    )
    vendor.stats.reset()
    for dry in (True, False):
        run = airflow.run(replay=True, dry_run=dry)
        assert (run.state, run.tables()) == ("success", {"customers"})
        done = run.result("customers.publish")
        assert (done["fetched"], done["updated"], done["quarantined"], done["superseded"]) == (2, 1, 1, 0)
    assert airflow.requests() == []
    assert airflow.query("SELECT name FROM pennylane.customers WHERE id = :id", id=first) == [("mended",)]
    left = airflow.query("SELECT record_key FROM landfall.quarantine WHERE resource = 'customers'")
    assert left == [(f"[{second}]",)]
    assert airflow.states()["customers"][1] == version + 1
    assert watermark == airflow.query(
        "SELECT watermark FROM landfall.sync_state WHERE table_name = 'customers'"
    )
    airflow.query("DELETE FROM landfall.quarantine")
    assert airflow.run(replay=True).with_state("success") == {"plan"}
    refused = airflow.run(replay=True, start_date="2026-01-01")
    assert refused.tasks["plan"] == "failed"
