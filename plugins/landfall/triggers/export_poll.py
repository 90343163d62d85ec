"""Waiting for a vendor's export jobs without holding a worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from importlib import import_module
from typing import Any, Protocol

from airflow.triggers.base import BaseTrigger, TriggerEvent

from landfall import errors
from landfall.errors import LandfallError, RateLimited, RetryLater, VendorUnavailable


class JobState(Protocol):
    """What a hook tells about a job."""

    @property
    def status(self) -> str: ...


class PollsExports(Protocol):
    """What this trigger needs of a hook, beside a constructor that takes the connection id."""

    async def export_status_async(self, kind: str, job_id: int | str) -> JobState: ...

    async def aclose(self) -> None: ...


class ExportPollTrigger(BaseTrigger):
    """Fires once all jobs are `ready`, or as soon as it is clear that they will not be.

    The event's payload is `{"status", "kind", "job_ids"}`; `status` is `ready`, `error` (a job failed, or the hook
    stopped with an error a person has to look at) or `timeout`. Faults that pass are waited out. What is not `ready`
    comes with the error that the task is to raise: the name of its class in `landfall.errors`, `message` and `todo`.

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
        while pending:
            pause = self.poll_seconds
            try:
                pending = [job for job in pending if not await self._is_ready(hook, job)]
            except _JobFailed as failed:
                said = f"the vendor reports that {self.kind} export {failed} failed"
                return self._event("error", VendorUnavailable(said))
            except RetryLater as error:
                pause = max(pause, error.retry_after if isinstance(error, RateLimited) else 0.0)
            if not pending:
                break
            if time.time() + pause > self.until:
                said = f"the {self.kind} exports were not ready in time"
                return self._event("timeout", VendorUnavailable(said))
            await asyncio.sleep(pause)
        return self._event("ready")

    async def _is_ready(self, hook: PollsExports, job_id: int | str) -> bool:
        state = await hook.export_status_async(self.kind, job_id)
        if state.status == "error":
            raise _JobFailed(job_id)
        return state.status == "ready"

    def _event(self, status: str, error: LandfallError | None = None) -> TriggerEvent:
        payload = {"status": status, "kind": self.kind, "job_ids": self.job_ids}
        if error:
            public = next(kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
            payload |= {"error": public.__name__, "message": error.message, "todo": error.todo}
        return TriggerEvent(payload)


class _JobFailed(Exception):
    """One job ended in error."""


def _hook_class(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
