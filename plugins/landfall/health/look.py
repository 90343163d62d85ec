"""From the ledger's rows to the read model."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module

from landfall.checks import Freshness
from landfall.errors import LandfallError
from landfall.health import score
from landfall.health.facts import REJECTS, Facts, Row, facts
from landfall.health.score import Alert, judge
from landfall.health.told import (
    Budget,
    Check,
    Failure,
    Reject,
    RunHealth,
    SourceHealth,
    TableHealth,
    state_of,
)
from landfall.resources import Resource, Source
from landfall.warehouse import Warehouse
from landfall.warehouse.engine import Watch

POINTS = 60
"""Of a sparkline."""
STEPS = ("extract", "load", "check", "publish")
DAILY = timedelta(hours=30)
"""How old a source may be that declares nothing about it."""
CONNECTIONS = threading.BoundedSemaphore(2)
"""Of a process, however many look at once."""

Judged = Callable[[Watch, datetime], tuple[dict[str, Decimal], list[Alert]]]
"""What a source's own figures say: the factors of its score, and its alerts."""


def look(warehouse: Warehouse, declared: Source, now: datetime | None = None) -> SourceHealth:
    """How a source is doing. Where the warehouse cannot be asked, that is the answer; raises nothing of ours."""
    now = now or datetime.now(UTC)
    try:
        with CONNECTIONS, warehouse.watching() as watch:
            found = facts(watch, declared.name, now)
            if found is None or not (found.states or any(r["status"] != "running" for r in found.runs)):
                return _never(declared, found.runs if found else [])
            return _told(declared, found, watch, now)
    except LandfallError as error:
        return trouble(declared, error)


def trouble(declared: Source, error: LandfallError) -> SourceHealth:
    """The health of a source of which nothing can be found out."""
    alert = Alert(kind="away", severity="error", happened=error.message, todo=error.todo)
    return SourceHealth(declared.name, declared.title, "away", None, [alert])


def refused(name: str, error: LandfallError) -> SourceHealth:
    """The health of what the file of instances has wrong: it is not loaded. :param name: "" for all instances."""
    alert = Alert(kind="instance_refused", severity="error", happened=error.message, todo=error.todo)
    return SourceHealth(name or "instances", name or "The file of instances", "error", None, [alert])


def _never(declared: Source, running: list[Row]) -> SourceHealth:
    alert = Alert(
        kind="never_ran",
        severity="warning",
        happened=f"{declared.name}: its first run is under way" if running else f"{declared.name} never ran",
        todo="Wait for it; it loads everything."
        if running
        else "Trigger its DAG; the first run loads everything.",
    )
    told = SourceHealth(declared.name, declared.title, "never", None, [alert])
    told.running_since = running[0]["started_at"] if running else None
    return told


def _told(declared: Source, found: Facts, watch: Watch, now: datetime) -> SourceHealth:
    tables = list(_tables(declared, found, now))
    running = next((run for run in found.runs if run["status"] == "running"), None)
    ended = [run for run in found.runs if run["status"] != "running" and not run["dry_run"]]
    success = next((run["ended_at"] for run in ended if run["status"] == "success"), None)
    broken = list(_broken(declared, found))
    if declared.judged:
        module, _, name = declared.judged.partition(":")
        judged: Judged = getattr(import_module(module), name)
        factors, alerts = judged(watch, now)
    else:
        factors, alerts = _factors(tables, broken, success, now), list(_stale(tables, broken, now))
        alerts += _shares(factors)
    alerts = [*broken, *_unfinished(ended, broken), *alerts]
    within = [table.within_hours for table in tables if table.within_hours]
    return SourceHealth(
        source=declared.name,
        title=declared.title,
        state=state_of(alerts),
        health=judge(factors, [alert.severity for alert in alerts]),
        alerts=sorted(alerts, key=lambda alert: alert.severity != "error"),
        last_success=success,
        within_hours=min(within, default=None),
        running_since=running["started_at"] if running else None,
        tables=tables,
        runs=[_run(declared, run, found.errors) for run in found.runs],
        quarantine=_rejects(found.rejects),
        more_quarantined=len(found.rejects) == REJECTS,
        checks=_checks(found.failing),
    )


def _tables(declared: Source, found: Facts, now: datetime) -> Iterator[TableHealth]:
    """Every table of the source, parents before their children."""
    of: dict[str, list[Row]] = defaultdict(list)
    for load in found.loads:
        of[load["resource"]].append(load)
    waiting = Counter((row["resource"], row["child_table"] or "") for row in found.rejects)
    for resource in (*declared.resources, *declared.models):
        parent, *children = resource.table.family()
        loads, state = of[resource.name][:POINTS], found.states.get(parent.name, {})
        told = _table(resource, parent.name, state, loads, now)
        told.quarantined = waiting[resource.name, ""] + waiting[resource.name, parent.name]
        results = [row for row in found.results if row["load_id"] == state.get("load_id")]
        told.checks_passed = sum(row["status"] == "PASS" for row in results)
        told.checks_not_passed = sorted(row["check_name"] for row in results if row["status"] != "PASS")
        prefix = f"{parent.name}/"
        told.parts = {
            name.removeprefix(prefix): row["last_sync_at"]
            for name, row in sorted(found.states.items())
            if name.startswith(prefix)
        }
        yield told
        for child in children:
            one = _table(resource, child.name, found.states.get(child.name, {}), loads, now)
            one.parent, one.last_sync, one.fresh = parent.name, told.last_sync, told.fresh
            one.within_hours = told.within_hours
            one.quarantined = waiting[resource.name, child.name]
            yield one


def _table(resource: Resource, name: str, state: Row, loads: list[Row], now: datetime) -> TableHealth:
    whole = name == resource.table.name
    within = _within(resource) if whole else None
    told = TableHealth(table=name, resource=resource.name, rows=state.get("row_count"))
    told.last_sync, told.watermark = state.get("last_sync_at"), state.get("watermark")
    told.within_hours = within.total_seconds() / 3600 if within else None
    told.fresh = not within or (told.last_sync is not None and now - told.last_sync <= within)
    told.lag_hours = _lag(told.watermark, now)
    told.history = list(_history(resource, name, loads))
    if told.rows is None and told.history:
        told.rows = told.history[-1]
    if loads:
        figures = (loads[0]["figures"] or {}).get(name) or (loads[0] if whole else {})
        told.mode = loads[0]["mode"]
        told.inserted, told.updated = figures.get("inserted"), figures.get("updated")
        told.deleted = figures.get("deleted")
    if whole:
        told.budget = [
            Budget(load["published_at"], load["requests"], float(load["waited_seconds"] or 0))
            for load in reversed(loads)
            if load["requests"] is not None
        ]
    return told


def _within(resource: Resource) -> timedelta | None:
    return next((check.within for check in resource.checks if isinstance(check, Freshness)), None)


def _lag(watermark: str | None, now: datetime) -> float | None:
    """Age of a watermark that is a moment; others are pages, counts or digests."""
    try:
        moment = datetime.fromisoformat(watermark or "")
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round((now - moment).total_seconds() / 3600, 2)


def _history(resource: Resource, name: str, loads: list[Row]) -> Iterator[int]:
    """Rows after each load, the oldest first."""
    for load in reversed(loads):
        own = load["rows_after"] if name == resource.table.name else None
        rows = (load["figures"] or {}).get(name, {}).get("rows") if own is None else own
        if rows is not None:
            yield rows


def _broken(declared: Source, found: Facts) -> Iterator[Alert]:
    """Tables that failed and are not known to be up to date since."""
    told: set[str] = set()
    for row in found.errors:
        table = row["table_name"]
        synced = found.states.get(table, {}).get("last_sync_at")
        if table in told or (synced and synced > row["started_at"]):
            continue
        told.add(table)
        failed = _failure(declared, row)
        yield Alert(
            kind="table_failed",
            severity="error",
            table=table,
            happened=f"{declared.name}.{table}: {failed.happened}",
            todo=failed.todo,
            run_id=row["run_id"],
            task=failed.task,
        )


def _failure(declared: Source, row: Row) -> Failure:
    """What a table's row of a run says; an error begins with the step that failed."""
    happened, _, todo = (row["error"] or "it failed").partition(" → ")
    step = happened.partition(" ")[0]
    of = [r.name for r in (*declared.resources, *declared.models) if r.table.name == row["table_name"]]
    task = f"{of[0]}.{step}" if of and step in STEPS else ""
    return Failure(row["table_name"], task, happened, todo or "Look into the log of its failed task.")


def _unfinished(ended: list[Row], broken: list[Alert]) -> Iterator[Alert]:
    """The last run, where it failed and no table says so."""
    if not ended or ended[0]["status"] == "success" or (broken and ended[0]["status"] == "error"):
        return
    last = ended[0]
    happened, _, todo = (last["error"] or f"the last run was {last['status']}").partition(" → ")
    yield Alert(
        kind="run_failed",
        severity="warning" if last["status"] == "stopped" else "error",
        happened=f"the last run ended as {last['status']}: {happened}",
        todo=todo or "Trigger the DAG, or wait for its next run.",
        run_id=last["run_id"],
    )


def _stale(tables: Iterable[TableHealth], broken: list[Alert], now: datetime) -> Iterator[Alert]:
    """One alert for all tables that are older than they may be, but for those that an alert tells of already."""
    failed = {alert.table for alert in broken}
    late = [one for one in tables if not (one.fresh or one.parent or one.table in failed)]
    if not late:
        return
    oldest = [now - one.last_sync for one in late if one.last_sync]
    names = ", ".join(one.table for one in late[:5]) + (f" and {len(late) - 5} more" if len(late) > 5 else "")
    age = f", the oldest for {max(oldest).total_seconds() / 3600:.0f} hours" if oldest else ""
    stopped = any(_ratio(one, now) > 2 for one in late)
    yield Alert(
        kind="stale",
        severity="error" if stopped else "warning",
        table=late[0].table if len(late) == 1 else "",
        happened=f"not known to be up to date as they should be{age}: {names}",
        todo="Look whether the DAG is paused and its runs start; trigger it.",
    )


def _ratio(table: TableHealth, now: datetime) -> float:
    if table.last_sync is None:
        return 1.0
    return (now - table.last_sync).total_seconds() / 3600 / (table.within_hours or 1)


def _factors(
    tables: list[TableHealth], broken: list[Alert], success: datetime | None, now: datetime
) -> dict[str, Decimal]:
    parents = [one for one in tables if one.parent is None]
    passed = sum(one.checks_passed for one in parents)
    failed = {alert.table for alert in broken}
    whole = sum(one.rows or 0 for one in parents)
    waiting = sum(one.quarantined for one in tables)
    recent = [
        score.activity(now - one.last_sync if one.last_sync else None, timedelta(hours=one.within_hours))
        for one in parents
        if one.within_hours
    ] or [score.activity(now - success if success else None, DAILY)]
    return {
        "processing_success": score.share(
            sum(one.table not in failed for one in parents), len(parents), empty=100
        ),
        "data_quality": score.share(
            passed, passed + sum(len(one.checks_not_passed) for one in parents), empty=100
        ),
        "recent_activity": min(recent),
        "error_rate": score.error_factor(score.share(waiting, whole + waiting, empty=0)),
    }


def _shares(factors: dict[str, Decimal]) -> Iterator[Alert]:
    if factors["data_quality"] < score.MIN_QUALITY:
        yield Alert(
            kind="low_quality",
            severity="warning",
            happened=f"only {score.rounded(factors['data_quality'])} % of the last loads' checks passed",
            todo="Look into the checks that did not pass; each says what to do.",
        )
    if factors["error_rate"] < score.error_factor(score.MAX_ERROR_PERCENT):
        yield Alert(
            kind="high_error_rate",
            severity="warning",
            happened=f"more than {score.MAX_ERROR_PERCENT} % of the records are in quarantine",
            todo="Look at the reasons, mend the cause, then run with `replay`.",
        )


def _run(declared: Source, run: Row, errors: list[Row]) -> RunHealth:
    ended = run["ended_at"]
    return RunHealth(
        run_id=run["run_id"],
        status=run["status"],
        started_at=run["started_at"],
        seconds=round((ended - run["started_at"]).total_seconds(), 1) if ended else None,
        triggered_by=run["triggered_by"],
        parameters=run["parameters"] or "",
        dry_run=run["dry_run"],
        rows_written=run["rows_written"],
        error=run["error"],
        failed=[_failure(declared, row) for row in errors if row["execution_id"] == run["execution_id"]],
    )


def _rejects(rows: list[Row]) -> list[Reject]:
    counted = Counter((row["resource"], row["reason"], row["path"]) for row in rows)
    return [Reject(*what, count) for what, count in counted.most_common(50)]


def _checks(rows: list[Row]) -> list[Check]:
    """One entry for each check of a table, as it was found last."""
    times = Counter((row["table_name"], row["check_name"]) for row in rows)
    last: dict[tuple[str, str], Row] = {}
    for row in rows:
        last.setdefault((row["table_name"], row["check_name"]), row)
    return [
        Check(*name, row["status"], row["severity"], row["details"] or "", row["checked_at"], times[name])
        for name, row in last.items()
    ]
