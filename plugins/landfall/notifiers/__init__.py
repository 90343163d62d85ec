"""Alerts: what is raised when a load fails, and the channels it is sent by.

`Alert` is a plain value; `landfall.notifiers.channels.send` sends one by every channel that has a connection.
"""

from __future__ import annotations

from airflow.sdk import BaseNotifier

from landfall.notifiers.alert import Alert
from landfall.notifiers.failure import FailureNotifier, LastWords

__all__ = ["Alert", "FailureNotifier", "LastWords", "on_failure"]


def on_failure(source: str) -> list[BaseNotifier]:
    """The `on_failure_callback` of a source's tasks; looks nothing up until a task has failed.

    :param source: name of the source.
    """
    return [FailureNotifier(source)]
