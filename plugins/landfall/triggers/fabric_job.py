"""Waiting for a job in Microsoft Fabric without holding a worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from landfall.errors import LandfallError, RateLimited, RetryLater
from landfall.hooks.fabric import OVER, FabricHook, Job
from landfall.reads.export import told


class FabricJobTrigger(BaseTrigger):
    """Fires once a job is over, or will not be waited for any longer.

    The event's payload is `{"state", "reason"}` with the state in Fabric's words; `{"state": "timeout"}`; or
    `{"state": "error"}` with the error that the task is to raise, as `landfall.reads.export.told` tells it.
    Faults that pass are waited out.

    :param conn_id: the connection; the only thing kept of the credential.
    :param workspace, item, job_id: the job.
    :param retry_after: seconds until the first look, as Fabric asked for; each answer says when to look next.
    :param most_seconds: between two looks, however long Fabric says.
    :param until: Unix time after which to give up.
    :param settle_seconds: as `ExportPollTrigger` has it.
    """

    def __init__(
        self,
        conn_id: str,
        workspace: str,
        item: str,
        job_id: str,
        retry_after: float,
        until: float,
        most_seconds: float = 60.0,
        settle_seconds: float = 5.0,
    ) -> None:
        super().__init__()
        self.conn_id, self.workspace, self.item, self.job_id = conn_id, workspace, item, job_id
        self.retry_after, self.until = retry_after, until
        self.most_seconds, self.settle_seconds = most_seconds, settle_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its arguments, as stored in Airflow's database."""
        names = (
            "conn_id",
            "workspace",
            "item",
            "job_id",
            "retry_after",
            "until",
            "most_seconds",
            "settle_seconds",
        )
        kept = {name: getattr(self, name) for name in names}
        return f"{type(self).__module__}.{type(self).__qualname__}", kept

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until there is something to tell."""
        hook = FabricHook(self.conn_id)
        settled = time.monotonic() + self.settle_seconds
        try:
            payload = await self._wait(hook)
        except LandfallError as error:
            payload = {"state": "error", **told(error)}
        finally:
            await hook.aclose()
        await asyncio.sleep(settled - time.monotonic())
        yield TriggerEvent(payload)

    async def _wait(self, hook: FabricHook) -> dict[str, Any]:
        job = Job(self.workspace, self.item, self.job_id)
        pause = self.retry_after
        while True:
            await asyncio.sleep(max(0.0, min(pause, self.most_seconds, self.until - time.time())))
            try:
                status = await hook.status_async(job)
            except RetryLater as error:
                pause = error.retry_after if isinstance(error, RateLimited) else self.most_seconds
            else:
                if status.state in OVER:
                    return {"state": status.state, "reason": status.reason}
                pause = status.retry_after
            if time.time() >= self.until:
                return {"state": "timeout", "reason": ""}
