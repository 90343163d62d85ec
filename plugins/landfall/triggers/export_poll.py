"""Waiting for a vendor's export jobs without holding a worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from importlib import import_module
from typing import Any, Protocol

from airflow.triggers.base import BaseTrigger, TriggerEvent

from landfall.errors import LandfallError, RateLimited, RetryLater, VendorUnavailable
from landfall.reads.export import OF_ALL, told


class JobState(Protocol):
    """What a hook tells about a job."""

    @property
    def status(self) -> str: ...


class PollsExports(Protocol):
    """What this trigger needs of a hook, beside a constructor that takes the connection id."""

    async def export_status_async(self, kind: str, job_id: int | str) -> JobState: ...

    async def aclose(self) -> None: ...


class ExportPollTrigger(BaseTrigger):
    """Fires once each job is `ready`, or will not be.

    The event's payload is `{"status", "kind", "job_ids"}`; `status` is `ready` where a job is, else `error` (they
    failed, or the hook stopped with an error a person has to look at) or `timeout`. Faults that pass are waited out.
    What is not `ready` comes with the error that the task is to raise: the name of its class in `landfall.errors`,
    `message` and `todo`. Where some jobs are ready, the others' errors are in `failed`, by job id as text.

    :param hook: the hook's class as `module:Class`; see `PollsExports`.
    :param conn_id: its connection; the only thing kept of the credential.
    :param kind: the kind of export, in the hook's words.
    :param job_ids: jobs to wait for.
    :param poll_seconds: pause between two looks at the same jobs.
    :param until: Unix time after which to give up; by default in 15 minutes. It is a moment, not a duration, so a
        triggerer that restarts does not wait longer.
    :param settle_seconds: the least time before the event. A scheduler that reads "deferred" only after the task was
        queued again takes the task for killed, and counts a try.
    """

    def __init__(
        self,
        hook: str,
        conn_id: str,
        kind: str,
        job_ids: Sequence[int | str],
        poll_seconds: float = 3.0,
        until: float | None = None,
        settle_seconds: float = 5.0,
    ) -> None:
        super().__init__()
        self.hook = hook
        self.conn_id = conn_id
        self.kind = kind
        self.job_ids = list(job_ids)
        self.poll_seconds = poll_seconds
        self.until = time.time() + 900 if until is None else until
        self.settle_seconds = settle_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its arguments, as stored in Airflow's database."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "hook": self.hook,
            "conn_id": self.conn_id,
            "kind": self.kind,
            "job_ids": self.job_ids,
            "poll_seconds": self.poll_seconds,
            "until": self.until,
            "settle_seconds": self.settle_seconds,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until there is something to tell."""
        hook: PollsExports = _hook_class(self.hook)(self.conn_id)
        settled = time.monotonic() + self.settle_seconds
        try:
            event = await self._wait(hook)
        except LandfallError as error:
            event = self._event("error", error)
        finally:
            await hook.aclose()
        await asyncio.sleep(settled - time.monotonic())
        yield event

    async def _wait(self, hook: PollsExports) -> TriggerEvent:
        pending = list(self.job_ids)
        failed: dict[int | str, LandfallError] = {}
        while pending:
            pause = self.poll_seconds
            try:
                for job in list(pending):
                    if await self._is_over(hook, job, failed):
                        pending.remove(job)
            except RetryLater as error:
                pause = max(pause, error.retry_after if isinstance(error, RateLimited) else 0.0)
            if not pending:
                break
            if time.time() + pause > self.until:
                late = VendorUnavailable(f"the {self.kind} export was not ready in time")
                failed |= dict.fromkeys(pending, late)
                break
            await asyncio.sleep(pause)
        if failed and len(failed) == len(set(self.job_ids)):
            return self._event("timeout" if pending else "error", next(iter(failed.values())))
        event = self._event("ready")
        if failed:
            event.payload["failed"] = {str(job): told(error) for job, error in failed.items()}
        return event

    async def _is_over(
        self, hook: PollsExports, job: int | str, failed: dict[int | str, LandfallError]
    ) -> bool:
        """Whether there is nothing to wait for any more; notes why, where there will be no file."""
        try:
            state = await hook.export_status_async(self.kind, job)
        except (*OF_ALL, RetryLater):
            raise
        except LandfallError as error:
            failed[job] = error
            return True
        if state.status == "error":
            failed[job] = VendorUnavailable(f"the vendor reports that {self.kind} export {job} failed")
        return state.status in ("ready", "error")

    def _event(self, status: str, error: LandfallError | None = None) -> TriggerEvent:
        payload = {"status": status, "kind": self.kind, "job_ids": self.job_ids}
        return TriggerEvent(payload | (told(error) if error else {}))


def _hook_class(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
