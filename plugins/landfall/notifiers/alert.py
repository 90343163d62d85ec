"""What an alert says, whoever raises it and whichever way it is sent."""

from __future__ import annotations

from typing import Literal

import msgspec


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a person should know about; every text in it is safe to send outside.

    :param source: name of the source.
    :param resource: name of the resource, empty when the alert is about the whole source.
    :param title: a few words, such as `publish failed`.
    :param happened: what happened, in a sentence or two.
    :param todo: what the reader should do, in the imperative.
    :param link: URL of the place with the details, such as the task's log.
    :param run_id: the Airflow run it is about.
    :param code: what the error is looked up by (docs/operations.md); "" where it is none.
    """

    source: str
    resource: str
    title: str
    happened: str
    todo: str
    link: str = ""
    run_id: str = ""
    severity: Literal["error", "warning"] = "error"
    code: str = ""

    @property
    def subject(self) -> str:
        """One line that says where and what: `pennylane.customers: publish failed`."""
        where = f"{self.source}.{self.resource}" if self.resource else self.source
        return " ".join(f"{where}: {self.title}".split())
