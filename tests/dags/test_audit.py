"""The audit of runs under Airflow's own runner: who ran what, how it ended, what was written."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


def rows(airflow: Any, run: Any) -> dict[str, dict[str, Any]]:
    """The audit of a run, by table."""
    found = airflow.query("SELECT row_to_json(r) FROM landfall.runs r WHERE run_id = :run", run=run.run_id)
    assert len({row["execution_id"] for (row,) in found}) == 1
    return {row["table_name"]: row for (row,) in found}


def test_a_run_by_a_user(airflow: Any) -> None:
    vendor = airflow.vendor
    changed = vendor.ids("customers")[0]
    vendor.update("customers", changed, {"name": "Other"})
    vendor.update("customers", vendor.ids("customers")[1], {"ledger_account": {"id": "no number"}})
    vendor.clock.advance(5)  # in the second in which the read begins, a full read would fetch both once more
    run = airflow.run(tables=["customers", "suppliers"], mode="full")
    told = rows(airflow, run)
    assert told.keys() == {"PIPELINE", "customers", "suppliers"}
    whole, customers, suppliers = told["PIPELINE"], told["customers"], told["suppliers"]
    assert {(r["status"], r["triggered_by"], r["error"], r["dry_run"]) for r in told.values()} == {
        ("success", "test", None, False)
    }
    assert json.loads(whole["parameters"]) == {"tables": ["customers", "suppliers"], "mode": "full"}
    assert uuid.UUID(whole["execution_id"])
    many = len(vendor.ids("customers"))
    assert (customers["rows_read"], customers["rows_written"], customers["rows_rejected"]) == (many, 1, 1)
    for figure in ("rows_read", "rows_written", "rows_rejected"):
        assert whole[figure] == customers[figure] + suppliers[figure]
    for row in told.values():
        assert row["started_at"][:19] <= row["ended_at"][:19]


def test_a_scheduled_run_without_changes(airflow: Any) -> None:
    run = airflow.run(user=None, mode="incremental")
    told = rows(airflow, run)
    assert run.tasks["wrap_up"] == "skipped"
    assert (told["PIPELINE"]["status"], told["PIPELINE"]["rows_read"]) == ("success", 0)
    assert told["customers"]["status"] == "unchanged"
    assert told["PIPELINE"]["ended_at"]
    assert {r["triggered_by"] for r in told.values()} == {"scheduled"}


def test_a_failed_table_and_its_second_attempt(airflow: Any) -> None:
    vendor = airflow.vendor
    line = vendor.ids("ledger_entry_lines")[0]
    before = vendor.rows["ledger_entry_lines"].get(line)["debit"]
    vendor.update("ledger_entry_lines", line, {"debit": "987654.32"})
    run = airflow.run(tables=["customers", "ledger_entry_lines"], mode="full")
    told = rows(airflow, run)
    assert (told["customers"]["status"], told["customers"]["error"]) == ("success", None)
    assert told["ledger_entry_lines"]["status"] == told["PIPELINE"]["status"] == "error"
    assert told["ledger_entry_lines"]["error"].startswith(
        "check failed: pennylane.ledger_entry_lines: entries_balance"
    )
    assert (told["ledger_entry_lines"]["rows_written"], told["ledger_entry_lines"]["rows_read"] > 0) == (
        0,
        True,
    )
    assert "1 tables failed: ledger_entry_lines (check)" in told["PIPELINE"]["error"]
    vendor.update("ledger_entry_lines", line, {"debit": before})
    again = airflow.clear(run, "ledger_entry_lines.extract")
    assert again.state == "success", again.tasks
    after = rows(airflow, again)
    assert after.keys() == told.keys(), "never doubled"
    assert {r["status"] for r in after.values()} == {"success"}
    assert {r["error"] for r in after.values()} == {None}
    assert after["PIPELINE"]["parameters"] == told["PIPELINE"]["parameters"]
    everything = rows(airflow, airflow.clear(run, "plan"))
    assert everything.keys() == told.keys()


def test_a_dry_run_writes_nothing_and_says_so(airflow: Any) -> None:
    airflow.vendor.update("customers", airflow.vendor.ids("customers")[0], {"name": "Other"})
    told = rows(airflow, airflow.run(tables=["customers"], mode="full", dry_run=True))
    assert {(r["dry_run"], r["rows_written"], r["status"]) for r in told.values()} == {(True, 0, "success")}
    assert told["customers"]["rows_read"] > 0


def test_a_plan_that_fails(airflow: Any) -> None:
    airflow.vendor.revoked = True
    refused = rows(airflow, airflow.run())
    assert refused.keys() == {"PIPELINE"}
    assert refused["PIPELINE"]["status"] == "error"
    assert refused["PIPELINE"]["error"].startswith("plan failed: ")
    assert airflow.vendor.token not in json.dumps(refused)
    airflow.vendor.revoked = False
    wrong = rows(airflow, airflow.run(table=["customers"]))
    assert "there is no parameter 'table'" in wrong["PIPELINE"]["error"]


def test_old_runs_are_forgotten(airflow: Any) -> None:
    airflow.query("UPDATE landfall.runs SET started_at = started_at - interval '31 days'")
    run = airflow.run(tables=["customers"])
    assert airflow.query("SELECT DISTINCT run_id FROM landfall.runs") == [(run.run_id,)]
