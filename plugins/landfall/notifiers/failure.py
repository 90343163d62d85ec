"""The alert of a task that has finally failed."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from airflow.sdk import BaseNotifier

from landfall.errors import (
    BRONZE,
    GOLD,
    SILVER,
    LandfallError,
    Misconfigured,
    RateLimited,
    ReadMoved,
    VendorUnavailable,
    code_of,
)
from landfall.notifiers.alert import Alert

log = logging.getLogger(__name__)
READ_THE_LOG = "Open the log, mend the cause, then clear the task with its downstream tasks."


class FailureNotifier(BaseNotifier):
    """An `on_failure_callback`: raises an alert for the task, by every channel that has a connection.

    Airflow calls it once, when no retry is left, in the task's own process; for a worker that was lost, in the DAG
    processor.

    :param source: name of the source that the task belongs to.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source

    def notify(self, context: Any) -> None:
        """Send the alert; a channel that fails is logged and changes nothing else."""
        # Here because DAG files are parsed again and again, and the channels bring three client libraries.
        from landfall.notifiers.channels import send

        send(failure_alert(self.source, context))


class LastWords(BaseNotifier):
    """A callback of a task that failed: what happened and what to do are the last two lines of its log.

    The runner has logged the exception with its traceback before. The log view folds what comes after a task's end, so
    a line before them ends that group.

    :param source: name of the source that the task belongs to.
    :param again: for a try after which Airflow tries once more.
    """

    def __init__(self, source: str, *, again: bool = False) -> None:
        super().__init__()
        self.source, self.again = source, again

    def notify(self, context: Any) -> None:
        """Log the two lines."""
        alert = failure_alert(self.source, context)
        error, happened, todo = context.get("exception"), alert.happened, alert.todo
        if self.again:
            advice = error.todo if isinstance(error, LandfallError) else ""
            todo = advice or "Nothing yet: the task is tried again by itself."
        log.info("::endgroup::")
        log.error("What happened: %s", happened)
        log.error("What to do: %s", todo)


def failure_alert(source: str, context: Any) -> Alert:
    """The alert for the task instance of an Airflow context.

    Texts of Landfall's own errors are repeated, because they hold no data by design. Of any other exception only
    the type is told: its text may quote a payload or a secret.

    :param context: the context of a task-level failure callback: `ti`, `run_id` and, unless the worker was lost,
        `exception`.
    """
    ti = context["ti"]
    resource, _, step = ti.task_id.rpartition(".")
    happened, todo = _told(context.get("exception"), first=f"{resource}.extract" if resource else step)
    return Alert(
        source=source,
        resource=resource,
        title=f"{step} failed",
        happened=happened,
        todo=todo,
        link=ti.log_url,
        run_id=ti.run_id,
        code=code_of(context.get("exception"), _layer(source, resource, step)),
    )


def _layer(source: str, resource: str, step: str) -> int:
    """The family of the layer that a task makes; a source without layers has typed tables, which are silver."""
    from landfall.sources import source as declared_as

    with contextlib.suppress(Misconfigured):
        declared = declared_as(source)
        layer = declared.resource(resource).table.layer
        if layer is not None:
            at = declared.layers.index(layer)
            return BRONZE if step == "load" and at else min(BRONZE + at, GOLD)
    return SILVER


def _told(error: object, *, first: str) -> tuple[str, str]:
    """What happened and what to do; `first` is the task from which a new attempt starts."""
    if isinstance(error, VendorUnavailable | RateLimited | ReadMoved):
        # Their own advice speaks of the retries to come; here they are used up.
        return error.message, (
            f"Nothing was changed, and the next run tries again. To try sooner, clear {first} with its downstream "
            "tasks. If it keeps failing, check the vendor's status page."
        )
    if isinstance(error, LandfallError):
        return error.message, error.todo or READ_THE_LOG
    if isinstance(error, BaseException):
        kind = type(error)
        name = (
            kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        )
        return f"{name} was raised; the log has the details.", READ_THE_LOG
    return (
        "The worker was lost before the task could report: killed, out of memory, or restarted.",
        "Check the memory and the logs of the worker, then clear the task with its downstream tasks.",
    )
