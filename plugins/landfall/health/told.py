"""The read model: how one source is doing, its tables, its runs, in plain values.

Field names are the ones of `python -m landfall.status --json`; they are added to and not renamed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from landfall.health.score import Alert, Health, Severity

State = Literal["healthy", "warning", "error", "never", "away"]
"""`never`: it has not loaded anything yet; `away`: the warehouse cannot be asked."""
WORST: tuple[State, ...] = ("away", "error", "warning", "never", "healthy")


class Check(msgspec.Struct, frozen=True):
    """A check that did not pass.

    :ivar times: how often within the last seven days.
    """

    table: str
    check: str
    status: str
    severity: str
    details: str
    checked_at: datetime
    times: int = 1


class Budget(msgspec.Struct, frozen=True):
    """What one load asked of the vendor.

    :ivar waited_seconds: for the request budget, and for the vendor's own waiting times.
    """

    published_at: datetime
    requests: int
    waited_seconds: float


class TableHealth(msgspec.Struct):
    """A table as its last load left it.

    :ivar parent: of a child table: the table whose rows its rows belong to.
    :ivar within_hours: how old its last sync may be; None where nothing declares it.
    :ivar history: its rows after the last loads, the oldest first.
    :ivar lag_hours: age of its watermark, where that is a moment.
    :ivar quarantined: records of it, or elements of theirs, that are in quarantine and not closed.
    :ivar parts: when each account or year of it was read last.
    :ivar budget: of the last loads, the oldest first.
    """

    table: str
    resource: str
    parent: str | None = None
    rows: int | None = None
    history: list[int] = []
    last_sync: datetime | None = None
    within_hours: float | None = None
    fresh: bool = True
    watermark: str | None = None
    lag_hours: float | None = None
    mode: str | None = None
    inserted: int | None = None
    updated: int | None = None
    deleted: int | None = None
    quarantined: int = 0
    checks_passed: int = 0
    checks_not_passed: list[str] = []
    parts: dict[str, datetime | None] = {}
    budget: list[Budget] = []


class Failure(msgspec.Struct, frozen=True):
    """What failed of a run.

    :ivar task: id of the task, as its log has it; empty where the table's own words do not tell.
    """

    table: str
    task: str
    happened: str
    todo: str


class RunHealth(msgspec.Struct):
    """A run, with the tables that failed in it."""

    run_id: str
    status: str
    started_at: datetime
    seconds: float | None
    triggered_by: str
    parameters: str
    dry_run: bool
    rows_written: int
    error: str | None
    failed: list[Failure] = []


class Reject(msgspec.Struct, frozen=True):
    """Why records are in quarantine, and how many for the same reason."""

    resource: str
    reason: str
    path: str
    count: int


class SourceHealth(msgspec.Struct):
    """How a source is doing.

    :ivar last_success: when all that is due was last known to be up to date.
    :ivar running_since: of a run that has not noted its end.
    :ivar more_quarantined: there is more in quarantine than was counted.
    :ivar as_of: of what was known before its warehouse went away.
    """

    source: str
    title: str
    state: State
    health: Health | None
    alerts: list[Alert]
    last_success: datetime | None = None
    within_hours: float | None = None
    running_since: datetime | None = None
    tables: list[TableHealth] = []
    runs: list[RunHealth] = []
    quarantine: list[Reject] = []
    more_quarantined: bool = False
    checks: list[Check] = []
    as_of: datetime | None = None


def order(sources: Iterable[SourceHealth]) -> list[SourceHealth]:
    """The worst first."""
    return sorted(sources, key=lambda one: (WORST.index(one.state), one.source))


def state_of(alerts: Iterable[Alert]) -> State:
    """What open alerts make of a source."""
    found: set[Severity] = {alert.severity for alert in alerts}
    return "error" if "error" in found else "warning" if found else "healthy"
