"""Extract: read the vendor and land what it sent. Long waits happen in the triggerer."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec
from airflow.sdk.exceptions import DownstreamTasksSkipped

from landfall.errors import Misconfigured
from landfall.landing import LandingWriter
from landfall.operators.base import PLAN, ResourceOperator
from landfall.pipeline import Extraction, ToldAt
from landfall.reads import Changelog, Export, Mode, Outcome, Request
from landfall.reads.export import raised
from landfall.triggers.export_poll import ExportPollTrigger

JOBS = "export_jobs"
"""XCom key of the export jobs a deferred task waits for."""


class ExtractOperator(ResourceOperator):
    """Lands one resource by its declared read strategy; returns an `Extraction`.

    Exports are requested, waited for in the triggerer, and then downloaded. A long Retry-After defers too. When the
    read found nothing to load, the other steps of the resource are skipped without a process being started for them.

    :param export_patience: how long to wait for exports.
    :param poll_seconds, settle_seconds: as `ExportPollTrigger` has them.
    """

    def __init__(
        self,
        *,
        export_patience: timedelta = timedelta(minutes=30),
        poll_seconds: float = 3.0,
        settle_seconds: float = 5.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.export_patience = export_patience
        self.poll_seconds = poll_seconds
        self.settle_seconds = settle_seconds

    def execute(self, context: Any) -> dict[str, Any]:
        resource = self.declared.resource(self.resource)
        mode = self._planned(context)[0]
        if mode is Mode.REPLAY:
            return self._landed(context, self.pipeline(self.resource, context).replay())
        if resource.stored and mode.stored:
            return self._land(context, resource.stored.read)
        if isinstance(resource.read, Export):
            return self._export(context, resource.read)
        return self._land(context, resource.read.read)

    def resume_export(self, context: Any, event: dict[str, Any]) -> dict[str, Any]:
        """Download the finished exports.

        :raises VendorUnavailable: an export failed or did not finish in time.
        :raises StopAndTell: what the vendor answered meanwhile that no retry can help.
        """
        if event["status"] != "ready":
            message = f"{self.source}.{self.resource}: {event['message']}"
            raise raised(event | {"message": message})
        read = self.declared.resource(self.resource).read
        assert isinstance(read, Export)
        jobs = context["ti"].xcom_pull(task_ids=self.task_id, key=JOBS)
        failed = event.get("failed", {})
        jobs = [{**job, "error": failed[j]} if (j := str(job.get("id"))) in failed else job for job in jobs]
        return self._land(context, lambda request, landing: read.collect(request, landing, jobs))

    def _export(self, context: Any, read: Export) -> dict[str, Any]:
        with contextlib.closing(self._hook()) as api:
            jobs = self.unless_limited(lambda: read.begin(self._request(context, api)))
        asked = [job["id"] for job in jobs if "id" in job]
        if asked:
            context["ti"].xcom_push(key=JOBS, value=jobs)
            trigger = ExportPollTrigger(
                hook=self.declared.resource(self.resource).hook or self.declared.hook,
                conn_id=self.declared.conn_id(type(api).default_conn_name),
                kind=read.kind,
                job_ids=asked,
                poll_seconds=self.poll_seconds,
                until=time.time() + self.export_patience.total_seconds(),
                settle_seconds=self.settle_seconds,
            )
            self.defer(trigger=trigger, method_name="resume_export")
        return self._land(context, lambda request, landing: read.collect(request, landing, jobs))

    def _land(self, context: Any, read: Callable[[Request, LandingWriter], Outcome]) -> dict[str, Any]:
        load = self.pipeline(self.resource, context)
        with contextlib.closing(self._hook()) as api:
            dry_run = bool(context["params"].get("dry_run"))
            extraction: Extraction = self.unless_limited(
                lambda: load.extract(self._request(context, api), read, dry_run=dry_run)
            )
        return self._landed(context, extraction)

    def _landed(self, context: Any, extraction: Extraction) -> dict[str, Any]:
        self.log.info(
            "%s.%s: landed %s records and %s deletes (%s)",
            self.source,
            self.resource,
            extraction.fetched,
            extraction.deletes,
            extraction.mode,
        )
        for part in extraction.failed:
            self.log.error("%s.%s: %s", self.source, self.resource, part.failure)
        plain: dict[str, Any] = msgspec.to_builtins(extraction)
        if not extraction.changed:
            # Raising ends the task as a success, but without its return value.
            context["ti"].xcom_push(key="return_value", value=plain)
            raise DownstreamTasksSkipped(tasks=[self.sibling(s) for s in ("load", "check", "publish")])
        return plain

    def _hook(self) -> Any:
        return self.hook(self.declared.resource(self.resource).hook)

    def _request(self, context: Any, api: Any) -> Request:
        ti = context["ti"]
        mode, start, end = self._planned(context)
        hook = self.declared.resource(self.resource).hook
        # The plan has just proved it; a task that is tried again, or cleared later, may find another credential.
        proved = ti.xcom_pull(task_ids=PLAN).get("proved") and ti.try_number == 1 and not hook
        refused = {} if mode.stored or proved else self.prove_identity(context, api, hook)
        return self.pipeline(self.resource, context).request(
            api,
            mode,
            start,
            end,
            retries=ti.try_number <= ti.max_tries,
            told=self._told(context, mode),
            refused=refused,
            lookback=self._lookback(context),
        )

    def _told(self, context: Any, mode: Mode) -> ToldAt | None:
        """Where the changelog lies as this run's plan has read it; a task that is tried again asks the vendor."""
        read = self.declared.resource(self.resource).read
        if mode is not Mode.INCREMENTAL or not isinstance(read, Changelog) or context["ti"].try_number > 1:
            return None
        found = context["ti"].xcom_pull(task_ids=PLAN).get("changelogs", {}).get(read.follows(self.resource))
        return msgspec.convert(found, ToldAt) if found else None

    def _lookback(self, context: Any) -> timedelta | None:
        days = (context["ti"].xcom_pull(task_ids=PLAN) or {}).get("lookback_days")
        return None if days is None else timedelta(days=days)

    def _planned(self, context: Any) -> tuple[Mode, date | None, date | None]:
        """Mode and dates, as this run's plan has them."""
        plan = context["ti"].xcom_pull(task_ids=PLAN) or {}
        mode = plan.get("tables", {}).get(self.resource)
        if mode is None:
            raise Misconfigured(
                f"{self.source}.{self.resource} is not part of this run's plan",
                todo="Trigger a new run and choose the table there.",
            )
        start, end = (date.fromisoformat(plan[k]) if plan.get(k) else None for k in ("start", "end"))
        return Mode(mode), start, end
