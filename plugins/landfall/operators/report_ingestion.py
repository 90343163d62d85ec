"""The report of a run: its row in `ingestion_metadata`, its metrics, and alerts on the source's health.

The row is there from the run's beginning on, as RUNNING: a run that was stopped before its report leaves one too.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from airflow.sdk import BaseHook, BaseNotifier
from airflow.sdk.exceptions import AirflowNotFoundException

from landfall import __version__
from landfall.errors import LandfallError
from landfall.landing import load_moment
from landfall.operators.audit import without_end
from landfall.operators.base import PLAN, LandfallOperator, warehouse_of
from landfall.operators.plan import STEPS
from landfall.pipeline import Extraction, Published
from landfall.reads import Mode
from landfall.setup import set_up
from landfall.sql import views
from landfall.warehouse.tables import Reader

AWS = "landfall_aws"
"""Connection id (type Amazon Web Services); where it exists, metrics go to CloudWatch."""
RESOURCE = "invoices"
LINES = "fullbay_line_items"


class NoteBeginning(BaseNotifier):
    """An `on_execute_callback` of the first task: gives the run its row in `ingestion_metadata`, as RUNNING, and ends
    the rows of runs that were stopped or killed before they could report.

    A run that has a row keeps it, so that clearing one task unmakes no report; a dry run gets none. Where the warehouse
    cannot take the row, the log says so and nothing else happens.

    :param source: name of the source.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source

    def notify(self, context: Any) -> None:
        """Write the row."""
        from landfall.sources.fullbay import monitoring

        if context["params"].get("dry_run"):
            return
        row = _begun(context, datetime.now(UTC))
        known = sa.select(monitoring.RUNS.c.id).where(monitoring.RUNS.c.execution_id == row["execution_id"])
        try:
            warehouse = warehouse_of(self.source)
            warehouse.ensure([monitoring.RUNS])
            if not warehouse.books.rows(known):
                monitoring.record_run(warehouse.books, row)
            for run_id in monitoring.running(warehouse.books, row["lambda_function_name"]):
                if run_id != row["execution_id"] and (found := without_end(context, run_id)):
                    monitoring.end_run(warehouse.books, run_id, *found, row["created_at"])
        except (LandfallError, sa.exc.SQLAlchemyError) as error:
            self.log.error(
                "%s: the run is not in ingestion_metadata yet (%s); it will be once its task `report` has run. If that "
                "fails too, check the warehouse's connection",
                self.source,
                type(error).__name__,
            )


def _begun(context: Any, now: datetime) -> dict[str, Any]:
    """The row of a run that has taken in nothing yet."""
    started, run_id = context["dag_run"].start_date or now, context["run_id"][:255]
    counts = ("processed", "inserted", "updated", "failed")
    return {
        "id": int(started.timestamp() * 1_000_000),
        "execution_id": run_id,
        "start_time": started,
        "status": "RUNNING",
        **{f"records_{count}": 0 for count in counts},
        "raw_records_stored": 0,
        "line_items_created": 0,
        "lambda_function_name": context["dag"].dag_id[:255],
        "lambda_function_version": __version__[:50],
        "aws_request_id": run_id,
        "created_at": now,
        "updated_at": now,
    }


class ReportIngestionOperator(LandfallOperator):
    """Writes one row a run, sends six metrics to CloudWatch, and raises an alert where the source's health asks for it.

    Runs whatever became of the load, and changes nothing of it: where CloudWatch cannot be reached, the log says so.
    A dry run is not reported.
    """

    def execute(self, context: Any) -> dict[str, Any] | None:
        from landfall.sources.fullbay import monitoring
        from landfall.sources.fullbay.health import alerts, health

        if context["params"].get("dry_run"):
            return None
        now = datetime.now(UTC)
        warehouse = self.warehouse()
        broken = self._broken(context)
        if broken == PLAN:  # it may have failed before it made the tables and views that are read here
            set_up(warehouse, self.declared)
        # What is read here are views, which do not follow their tables in a lake.
        warehouse.conclude(views(self.declared))
        with warehouse.reading() as reader:
            ingestion = self._ingestion(context, reader)
        row = self._row(context, ingestion, broken, now)
        monitoring.record_run(warehouse.books, row)
        read: Extraction | None = self._result(context, "extract", Extraction)
        figures = monitoring.judged(warehouse, [part.name for part in read.parts] if read else ())
        self._put_metrics(
            monitoring.metrics(ingestion, (now - row["start_time"]).total_seconds(), figures.quality, now)
        )
        score, found = health(figures, now), alerts(figures, now)
        self._alert(context, found)
        self.log.info("%s: %s, health %s %s", self.source, row["status"], score.overall_score, score.status)
        return {"status": row["status"], "health": str(score.overall_score), "alerts": found}

    def _result(self, context: Any, step: str, kind: Any) -> Any:
        pulled = context["ti"].xcom_pull(task_ids=f"{RESOURCE}.{step}")
        return msgspec.convert(pulled, kind, strict=False) if pulled else None

    def _ingestion(self, context: Any, reader: Reader) -> Any:
        from landfall.sources.fullbay.monitoring import Ingestion, value_since

        done: Published | None = self._result(context, "publish", Published)
        if done is None or done.overtaken:
            return Ingestion()
        lines = done.tables[LINES]
        return Ingestion(
            records=done.fetched,
            inserted=done.inserted,
            updated=done.updated,
            failed=self._result(context, "load", dict)["failed"] + done.quarantined,
            lines=lines.inserted + lines.updated,
            value=value_since(reader, load_moment(done.load_id)),
        )

    def _row(self, context: Any, ingestion: Any, broken: str | None, now: datetime) -> dict[str, Any]:
        from landfall.sources.fullbay.monitoring import ENDPOINT, LACKING

        extraction: Extraction | None = self._result(context, "extract", Extraction)
        stored = extraction is not None and Mode(extraction.mode).stored
        staged = self._result(context, "load", dict) or {}
        read = extraction.without(staged.get("left_out", {})) if extraction and not broken else None
        lacking = read.failed if read else []
        told = "; ".join(part.failure for part in lacking)
        row = _begun(context, now)
        return row | {
            "end_time": now,
            "status": "ERROR" if broken else "PARTIAL" if ingestion.failed or lacking else "SUCCESS",
            "records_processed": ingestion.records,
            "records_inserted": ingestion.inserted,
            "records_updated": ingestion.updated,
            "records_failed": ingestion.failed,
            "raw_records_stored": ingestion.inserted + ingestion.updated,
            "line_items_created": ingestion.lines,
            "api_endpoint": None if stored else ENDPOINT,
            "error_message": f"{broken} failed; its log says why and what to do" if broken else told or None,
            "error_type": broken or (LACKING if lacking else None),
            "total_duration_seconds": round((now - row["start_time"]).total_seconds(), 2),
        }

    def _broken(self, context: Any) -> str | None:
        """The first task that keeps this run from being a success."""
        ti = context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[context["run_id"]])[context["run_id"]]
        for task in (PLAN, *(f"{RESOURCE}.{step}" for step in STEPS)):
            if states.get(task) != "success":
                return task
        return None

    def _put_metrics(self, data: list[dict[str, Any]]) -> None:
        try:
            BaseHook.get_connection(AWS)
        except AirflowNotFoundException:
            return
        from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

        from landfall.sources.fullbay.monitoring import NAMESPACE

        try:
            client: Any = AwsBaseHook(aws_conn_id=AWS, client_type="cloudwatch").conn
            client.put_metric_data(Namespace=NAMESPACE, MetricData=data)
        except Exception as error:
            self.log.error(
                "no metrics by connection %s: %s; check it and its region", AWS, type(error).__name__
            )

    def _alert(self, context: Any, alerts: list[str]) -> None:
        if not alerts:
            return
        from landfall.notifiers.alert import Alert
        from landfall.notifiers.channels import send
        from landfall.sources.fullbay.health import TODO

        send(
            Alert(
                source=self.source,
                resource="",
                title=alerts[0].partition(":")[0].lower(),
                happened=". ".join(alerts) + ".",
                todo=TODO,
                link=context["ti"].log_url,
                run_id=context["run_id"],
                severity="warning",
            )
        )
