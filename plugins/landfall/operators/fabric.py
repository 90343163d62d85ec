"""A notebook or a Spark job in Microsoft Fabric as a task, waited for in the triggerer.

FabricJobOperator(task_id="gold", workspace=WORKSPACE, item=NOTEBOOK, parameters={"layers": "silver,gold"})
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from landfall.errors import Misconfigured, StopAndTell, VendorUnavailable
from landfall.hooks.fabric import FabricHook
from landfall.reads.export import raised
from landfall.triggers.fabric_job import FabricJobTrigger


class FabricJobOperator(BaseOperator):
    """Starts a job of an item in Fabric and ends as the job does; returns the job's id.

    A job that failed, was taken for the same as one that runs, or is not over in time fails the task, which Airflow
    may try again; what a person has to see to (a wrong id, a refused login, a job that somebody cancelled) fails it for
    good. A task that is stopped leaves the job as it is.

    :param workspace, item: ids, as in the item's address in the browser.
    :param job_type: `RunNotebook`, `sparkjob` for a Spark job definition, `Pipeline`.
    :param parameters: of a notebook, for its cell of parameters: texts, numbers, True and False.
    :param execution: what else Fabric documents of `executionData` for this type.
    :param fabric_conn_id: connection of type Microsoft Fabric.
    :param patience: how long to wait for the job.
    :param most_seconds: between two looks, however long Fabric says.
    """

    template_fields: Sequence[str] = ("workspace", "item", "parameters", "execution")
    ui_color = "#e8f4ef"

    def __init__(
        self,
        *,
        workspace: str,
        item: str,
        job_type: str = "RunNotebook",
        parameters: Mapping[str, Any] | None = None,
        execution: Mapping[str, Any] | None = None,
        fabric_conn_id: str = FabricHook.default_conn_name,
        patience: timedelta = timedelta(hours=4),
        most_seconds: float = 60.0,
        settle_seconds: float = 5.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.workspace, self.item, self.job_type = workspace, item, job_type
        self.parameters, self.execution = parameters, execution
        self.fabric_conn_id, self.patience = fabric_conn_id, patience
        self.most_seconds, self.settle_seconds = most_seconds, settle_seconds

    def execute(self, context: Any) -> None:
        with contextlib.closing(FabricHook(self.fabric_conn_id)) as fabric:
            try:
                job = fabric.run(self.workspace, self.item, self.job_type, self.parameters, self.execution)
            except StopAndTell as error:
                raise AirflowFailException(str(error)) from None
        self.log.info("Fabric: started job %s of item %s", job.id, self.item)
        trigger = FabricJobTrigger(
            conn_id=self.fabric_conn_id,
            workspace=job.workspace,
            item=job.item,
            job_id=job.id,
            retry_after=job.retry_after,
            until=time.time() + self.patience.total_seconds(),
            most_seconds=self.most_seconds,
            settle_seconds=self.settle_seconds,
        )
        self.defer(trigger=trigger, method_name="resume", kwargs={"job_id": job.id})

    def resume(self, context: Any, event: dict[str, Any], job_id: str) -> str:
        """The job's id, if it did what it was to do.

        :raises VendorUnavailable: it did not, and another try may.
        :raises AirflowFailException: a person has to act.
        """
        try:
            _judge(event, job_id)
        except StopAndTell as error:
            raise AirflowFailException(str(error)) from None
        return job_id


def _judge(event: Mapping[str, Any], job_id: str) -> None:
    state, job = event["state"], f"Fabric: job {job_id}"
    if state == "error":
        raise raised(dict(event))
    if state == "Cancelled":
        raise Misconfigured(f"{job} was cancelled", todo="Clear the task to start another one.")
    if state == "Deduped":
        raise VendorUnavailable(
            f"{job} was not run, since another of this item is running",
            todo="The task tries again by itself; let only one DAG start the item.",
        )
    if state == "timeout":
        raise VendorUnavailable(
            f"{job} is not over in time, and goes on",
            todo="Look at it in the monitoring hub, or raise patience.",
        )
    if state != "Completed":
        why = f" ({event['reason']})" if event.get("reason") else ""
        raise VendorUnavailable(f"{job} failed{why}", todo="Look at its snapshot in Fabric's monitoring hub.")
