"""The audit of runs: who ran what, how it ended and what was written, as rows of `landfall.runs`.

`plan` begins a run's rows, a task that fails notes why, and `wrap_up` (or `plan`, where nothing changed) ends them.
What became of a run that somebody stopped, or whose worker was killed, is noted by the next plan.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from airflow.sdk import BaseNotifier

from landfall import ledger
from landfall.errors import LandfallError
from landfall.landing import load_moment
from landfall.notifiers.failure import failure_alert
from landfall.operators.base import PLAN, WRAP_UP, LandfallOperator, warehouse_of
from landfall.pipeline import Extraction, Published
from landfall.resources import Resource
from landfall.sources import source
from landfall.stage.load import Staged
from landfall.warehouse.engine import Books

NAMESPACE = uuid.UUID("6f0b3c52-61d5-4a3e-9f0e-0f5a5a3f8f0b")
LONGEST_ERROR = 1000
STOPPED = (
    "stopped",
    "somebody ended the run before its tables were done; the next one reads on from what is published",
)
KILLED = "killed", "the run lost its worker, or was deleted, before it could say how it ended"

Outcomes = dict[str, tuple[str, str | None]]
"""Status and error of each resource that the run was about."""


def execution_id(source_name: str, run_id: str) -> str:
    """The UUID of a run, the same in every task and every attempt."""
    return str(uuid.uuid5(NAMESPACE, f"{source_name}/{run_id}"))


def begin(operator: LandfallOperator, context: Any, parameters: Mapping[str, Any]) -> None:
    """Note that the run has begun, in place of an earlier attempt of the same run.

    :param parameters: those of the run that were set.
    """
    row = _row(operator.source, context) | {
        "status": "running",
        "parameters": msgspec.json.encode(parameters).decode(),
    }
    with operator.warehouse().keeping() as books:
        ledger.forget_run(books, row["execution_id"])
        left = ledger.running(books, operator.source)
        ledger.record_run(books, [row, *filter(None, (_ended(context, each) for each in left))])


def without_end(context: Any, run_id: str) -> tuple[str, str] | None:
    """`STOPPED` or `KILLED`: what became of a run that did not come to its end; None while it still runs."""
    ti = context["ti"]
    if ti.get_dr_count(dag_id=ti.dag_id, run_ids=[run_id], states=["queued", "running"]):
        return None
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[run_id]).get(run_id, {})
    return STOPPED if states.get(WRAP_UP) == "skipped" else KILLED


def _ended(context: Any, row: dict[str, Any]) -> dict[str, Any] | None:
    """What became of a run that did not come to note it itself; None while it still runs."""
    found = without_end(context, row["run_id"])
    if found is None:
        return None
    status, error = found
    return row | {"ended_at": datetime.now(UTC), "status": status, "error": row["error"] or error}


def end(operator: LandfallOperator, context: Any, outcomes: Outcomes, error: str | None = None) -> None:
    """Note how the run and its tables ended; what a failed task has said about itself stays.

    :param error: why the run as a whole failed.
    """
    run = _row(operator.source, context)
    with operator.warehouse().keeping() as books:
        before = ledger.run_rows(books, run["execution_id"])
        begun = before.get(ledger.PIPELINE, {})
        rows = []
        for name, (status, failure) in outcomes.items():
            resource = operator.declared.resource(name)
            row = _table_row(books, run, resource, context, status)
            said = before.get(row["table_name"], {}).get("error")
            rows.append(row | {"status": status, "error": failure and (said or failure)})
        status = "error" if error else "success"
        total = {name: sum(row[name] for row in rows) for name in ledger.RUN_FIGURES}
        error = (begun.get("error") if not outcomes else None) or error if error else None
        ended = {"ended_at": datetime.now(UTC), "status": status, "error": error and error[:LONGEST_ERROR]}
        rows.append(run | {"parameters": begun.get("parameters")} | ended | total)
        ledger.record_run(books, rows)
    for line in table(rows):
        operator.log.info("%s", line)


def table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A run's rows as lines, the run as a whole last."""
    wide = max(len(row["table_name"]) for row in rows)
    yield f"{'table':<{wide}}  {'status':<10}{'read':>12}{'written':>12}{'rejected':>10}{'seconds':>9}"
    for row in rows:
        seconds = (row["ended_at"] - row["started_at"]).total_seconds()
        figures = (
            f"{row['rows_read']:>12,}{row['rows_written']:>12,}{row['rows_rejected']:>10,}{seconds:>9.0f}"
        )
        yield f"{row['table_name']:<{wide}}  {row['status']:<10}{figures}"


class FailureNote(BaseNotifier):
    """An `on_failure_callback`: notes in the audit why a task finally failed, in the words of its alert.

    :param source: name of the source that the task belongs to.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source

    def notify(self, context: Any) -> None:
        """Write the note; where the warehouse cannot take it, the log says so and nothing else happens."""
        alert = failure_alert(self.source, context)
        if not alert.resource and context["ti"].task_id != PLAN:
            return  # a teardown or a report changes nothing of what the run wrote
        row = _row(self.source, context)
        if alert.resource:
            row["table_name"] = source(self.source).resource(alert.resource).table.name
        told = (
            f"{alert.title}: {alert.happened} → {alert.todo}"[: LONGEST_ERROR - 20] + f" (code {alert.code})"
        )
        self.log.error("%s", told)
        try:
            with warehouse_of(self.source).keeping() as books:
                # Airflow does not wait for a failed task's callbacks, so that the run may have ended before.
                row |= ledger.run_rows(books, row["execution_id"]).get(row["table_name"], {})
                row |= {"ended_at": datetime.now(UTC), "status": "error", "error": told}
                ledger.record_run(books, [row])
        except (LandfallError, sa.exc.SQLAlchemyError) as error:
            self.log.error("%s: no note in landfall.runs: %s", self.source, type(error).__name__)


def _row(source_name: str, context: Any) -> dict[str, Any]:
    """What all rows of a run have, as the row of the run as a whole."""
    run = context["dag_run"]
    kind = str(getattr(run.run_type, "value", run.run_type))
    return {
        "execution_id": execution_id(source_name, context["run_id"]),
        "table_name": ledger.PIPELINE,
        "source": source_name,
        "run_id": context["run_id"],
        "started_at": run.start_date or datetime.now(UTC),
        "ended_at": None,
        "error": None,
        "dry_run": bool(context["params"].get("dry_run")),
        "triggered_by": (getattr(run, "triggering_user_name", None) or kind)[:512],
        "parameters": None,
    } | dict.fromkeys(ledger.RUN_FIGURES, 0)


def _table_row(
    books: Books, run: dict[str, Any], resource: Resource, context: Any, status: str
) -> dict[str, Any]:
    """The row of one table, with the figures that its tasks handed on."""
    row = run | {"table_name": resource.table.name, "ended_at": datetime.now(UTC)}
    if status == "unchanged":
        return row
    extraction: Extraction | None = _pulled(context, f"{resource.name}.extract", Extraction)
    staged: Staged | None = _pulled(context, f"{resource.name}.load", Staged)
    done: Published | None = _pulled(context, f"{resource.name}.publish", Published)
    if extraction:
        row |= {"started_at": load_moment(extraction.load_id), "rows_read": extraction.fetched}
    if staged:
        row |= {"rows_read": staged.fetched, "rows_rejected": staged.quarantined}
    if done:  # a rejecting check sets aside what was staged
        row["rows_rejected"] = done.quarantined
    if done and not done.dry_run:
        published = ledger.load(books, done.load_id) or {}
        row |= {
            "ended_at": published.get("published_at") or row["ended_at"],
            "rows_written": done.inserted + done.updated + done.deleted,
        }
    return row


def _pulled(context: Any, task_id: str, kind: Any) -> Any:
    found = context["ti"].xcom_pull(task_ids=task_id)
    return msgspec.convert(found, kind, strict=False) if found else None
