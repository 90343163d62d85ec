"""A run ends red unless every table it planned is published or was quiet, whatever somebody did to it meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tests.dags import runs

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


def audit(airflow: Any, run: Any) -> dict[str, tuple[str, str | None]]:
    sql = "SELECT table_name, status, error FROM landfall.runs WHERE run_id = :run"
    return {name: (status, error) for name, status, error in airflow.query(sql, run=run.run_id)}


def test_a_run_that_somebody_marks_as_failed_ends_red(airflow: Any) -> None:
    before = airflow.contents(), airflow.states()
    conf = {"tables": ["customers", "products"], "mode": "full"}
    stopped = runs.trigger(airflow.dag(), airflow.scheduled, conf, stopped_after="customers.extract")
    assert stopped.state == "failed", stopped.tasks
    assert stopped.tasks["wrap_up"] == "skipped"
    assert (airflow.contents(), airflow.states()) == before
    assert audit(airflow, stopped)["PIPELINE"][0] == "running", "nothing of it is left to say more"
    airflow.query("UPDATE landfall.runs SET error = NULL")
    airflow.run(tables=["products"])
    status, error = audit(airflow, stopped)["PIPELINE"]
    assert status in ("stopped", "killed")
    assert error
    assert airflow.query("SELECT count(*) FROM landfall.runs WHERE status = 'running'") == [(0,)]


@pytest.mark.parametrize(
    ("step", "state"), [("extract", "skipped"), ("publish", "success"), ("check", "skipped")]
)
def test_a_planned_table_that_somebody_waved_through_is_no_success(
    airflow: Any, step: str, state: str
) -> None:
    """What a person marks while it runs has no result, and its table is as it was."""
    conf = {"tables": ["customers", "products"], "mode": "full"}
    run = runs.trigger(airflow.dag(), airflow.scheduled, conf, waved=(f"customers.{step}", state))
    assert run.tasks[f"customers.{step}"] == state
    assert run.state == "failed", run.tasks
    told = audit(airflow, run)
    assert told["customers"][0] == told["PIPELINE"][0] == "error"
    assert "customers" in told["PIPELINE"][1]


def test_a_killed_run_is_noted_by_the_next_plan(airflow: Any) -> None:
    gone = "manual__gone"
    airflow.query(
        "INSERT INTO landfall.runs SELECT '00000000-0000-0000-0000-000000000001', table_name, source, :run, started_at,"
        " NULL, 'running', NULL, dry_run, 0, 0, 0, triggered_by, parameters FROM landfall.runs"
        " WHERE table_name = 'PIPELINE' LIMIT 1",
        run=gone,
    )
    airflow.run(tables=["customers"])
    ((status, error, ended),) = airflow.query(
        "SELECT status, error, ended_at FROM landfall.runs WHERE run_id = :run", run=gone
    )
    assert (status, ended is not None) == ("killed", True)
    assert "lost its worker" in error


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        ("manual", datetime(2025, 3, 1, tzinfo=UTC), True),
        ("manual", datetime(2026, 3, 1, 11, 50, tzinfo=UTC), False),  # what the form fills in by itself
        ("manual", None, False),
        ("scheduled", datetime(2025, 3, 1, tzinfo=UTC), False),
    ],
)
def test_a_logical_date_that_decides_nothing_is_said_aloud(
    kind: str, given: datetime | None, told: bool
) -> None:
    from landfall.operators.plan import unused_date

    said = unused_date(
        SimpleNamespace(run_type=kind, logical_date=given), datetime(2026, 3, 1, 12, tzinfo=UTC)
    )
    assert bool(said) is told
    if told:
        assert "2025-03-01T00:00:00+00:00 decides nothing" in said
