"""The first task of a run: which tables, in which mode; nothing to do is found out here, in one process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from airflow.sdk.exceptions import DownstreamTasksSkipped
from croniter import croniter

from landfall import ledger, pipeline
from landfall.errors import Misconfigured
from landfall.landing import purge
from landfall.operators import audit
from landfall.operators.base import LandfallOperator, landing_folder, landing_root, privacy_of
from landfall.operators.looks import Looks, look, look_otherwise
from landfall.reads import Changelog, Mode, Watched, chosen_mode
from landfall.resources import Resource, Source
from landfall.setup import prove
from landfall.sql import views
from landfall.sql_files import apply_sql

STAGE_KEPT = timedelta(days=2)
"""A stage older than this belongs to a run that was killed; its load is staged again from landing if need be."""
STEPS = ("extract", "load", "check", "publish")
PARAMETERS = (
    "tables",
    "mode",
    "start_date",
    "end_date",
    "dry_run",
    "replay",
    "allow_shrink",
    "accept_identity",
)


def parameters(declared: Source) -> tuple[str, ...]:
    """The run parameters that a source's DAG has."""
    more = {"reprocess": declared.stored, "layers": declared.layers, "lookback_days": declared.looks_back}
    return (*PARAMETERS, *(name for name, has in more.items() if has))


class PlanOperator(LandfallOperator):
    """Decides what the run does and skips the rest; returns `{"tables": {name: mode}, "start": …, "end": …}`.

    It brings the ledger and the tables up to date, proves that the vendor accepts the credential and that it opens the
    same company's data as before (one clear failure instead of one for each table), and looks whether anything
    changed, by changelogs, by counts, and at short lists: tables without changes are noted as fresh and skipped.
    A table with a hook of its own proves that by itself: what is wrong with it is nothing to the others.

    :param full_schedule: cron expression of the scheduled runs that load everything in full.
    :param timezone: the schedule's time zone.
    """

    def __init__(self, *, full_schedule: str, timezone: str, **options: Any) -> None:
        super().__init__(**options)
        self.full_schedule = full_schedule
        self.timezone = timezone

    def execute(self, context: Any) -> dict[str, Any]:
        prove(self.warehouse(), self.declared)
        pipeline.ensure_ledger(self.warehouse())
        given = {name: context["params"].get(name) for name in parameters(self.declared)}
        audit.begin(
            self, context, {name: value for name, value in given.items() if value not in (None, False)}
        )
        _known(context["dag_run"].conf, parameters(self.declared))
        start, end = _dates(context["params"])
        if told := unused_date(context["dag_run"], datetime.now(UTC)):
            self.log.warning("%s: %s", self.source, told)
        mode = self._mode(context)
        self._prove_privacy(mode)
        self._prepare()
        states = pipeline.published(self.warehouse(), self.declared)
        asked = context["params"].get("tables")
        chosen = [self.declared.resource(name) for name in asked or ()]
        if mode is Mode.REPLAY:
            chosen = self._set_aside(chosen or self.declared.resources, states)
        else:
            chosen = chosen or self._due(context, mode, states, dated=bool(start or end))
        wanted = self._layers(context)
        chosen = [
            r for r in chosen if any(t.layer is None or t.layer.name in wanted for t in r.table.family())
        ]
        tables = self._tables(chosen, mode, states, dated=bool(start or end))
        self.log.info("%s: %s", self.source, ", ".join(f"{name} {how}" for name, how in tables.items()))
        looks = Looks() if mode.stored else self.unless_limited(lambda: self._look(context, tables))
        unchanged = looks.quiet
        for name in unchanged:
            del tables[name]
        if unchanged:
            self.log.info("nothing changed in %s", ", ".join(unchanged))
        models = self._models(context, wanted, tables)
        planned = {
            "models": models,
            "tables": {name: how.value for name, how in tables.items()},
            "unchanged": unchanged,
            "changelogs": msgspec.to_builtins(looks.told),
            "proved": looks.proved,
            "start": start.isoformat() if start else None,
            "end": end.isoformat() if end else None,
            "lookback_days": _days(context["params"]),
        }
        left_out = [r.name for r in self.declared.resources if r.name not in tables]
        skipped = [f"{name}.{step}" for name in left_out for step in STEPS]
        skipped += [f"{model.name}.publish" for model in self.declared.models if model.name not in models]
        if not tables and not models:
            audit.end(self, context, dict.fromkeys(unchanged, ("unchanged", None)))
            if not given["dry_run"]:
                self.warehouse().conclude(views(self.declared))
            skipped = [task_id for task_id in self.dag.task_ids if task_id != self.task_id]
        if skipped:
            # Raising ends the task as a success, but without its return value.
            context["ti"].xcom_push(key="return_value", value=planned)
            raise DownstreamTasksSkipped(tasks=skipped)
        return planned

    def _layers(self, context: Any) -> list[str]:
        """Names of the layers that the run is to make."""
        return list(context["params"].get("layers") or (layer.name for layer in self.declared.layers))

    def _models(self, context: Any, wanted: list[str], tables: dict[str, Mode]) -> list[str]:
        """The models that may have to be made: all that follow tables of this run, else those that lag behind."""
        if context["params"].get("dry_run"):
            return []
        names = [
            m.name for m in self.declared.models if m.table.layer is None or m.table.layer.name in wanted
        ]
        if tables or not names:
            return names
        lagging = pipeline.moved(self.warehouse(), self.declared)
        return [name for name in names if name in lagging]

    def _mode(self, context: Any) -> Mode:
        """`auto` is full in the scheduled runs that `full_schedule` names, else incremental."""
        if context["params"].get("replay"):
            if others := [n for n in ("reprocess", "start_date", "end_date") if context["params"].get(n)]:
                raise Misconfigured(
                    f"replay does not go with {', '.join(others)}",
                    todo="Trigger a run with replay and tables alone.",
                )
            return Mode.REPLAY
        if self.declared.layers and self.declared.layers[0].name not in self._layers(context):
            return Mode.REPROCESS
        if again := context["params"].get("reprocess"):
            return Mode.REPROCESS_ERRORS if again == "errors" else Mode.REPROCESS
        asked = context["params"].get("mode") or "auto"
        if asked != "auto":
            return Mode(asked)
        run = context["dag_run"]
        if not _scheduled(run):
            return Mode.INCREMENTAL
        local = run.run_after.astimezone(ZoneInfo(self.timezone))
        return Mode.FULL if croniter.match(self.full_schedule, local) else Mode.INCREMENTAL

    def _due(
        self, context: Any, mode: Mode, states: dict[str, ledger.State], *, dated: bool
    ) -> list[Resource]:
        """The tables of a run that names none; what was never published joins the next run of any kind."""
        resources = self.declared.resources
        if dated and not mode.stored:
            return [r for r in resources if r.read.dated and r.is_due("regular", "full")]
        if mode is Mode.FULL and _scheduled(context["dag_run"]):
            return [r for r in resources if r.is_due("full")]
        if mode is not Mode.INCREMENTAL:
            return [r for r in resources if r.is_due("regular", "full")]
        missing = {r.name for r in resources if not _known_to(states, r)}
        return [r for r in resources if r.is_due("regular") or (r.name in missing and r.is_due("full"))]

    def _set_aside(self, resources: Iterable[Resource], states: dict[str, ledger.State]) -> list[Resource]:
        """Those of these tables that have something in quarantine; what was never published is read first."""
        waiting = ledger.in_quarantine(self.warehouse().books, self.source)
        found = [r for r in resources if waiting.get(r.name) and _known_to(states, r)]
        told = ", ".join(f"{r.name} {waiting[r.name]}" for r in found)
        self.log.info("%s: in quarantine, to be staged again: %s", self.source, told or "nothing")
        return found

    def _tables(
        self, chosen: Iterable[Resource], mode: Mode, states: dict[str, ledger.State], *, dated: bool
    ) -> dict[str, Mode]:
        """How each of the chosen tables is read."""
        tables: dict[str, Mode] = {}
        for resource in chosen:
            if mode.stored and mode is not Mode.REPLAY and not resource.stored:
                continue
            how = chosen_mode(resource.read, mode, dates=dated, table=resource.name)
            ready = resource.read.incremental and _known_to(states, resource)
            tables[resource.name] = how if ready or how is not Mode.INCREMENTAL else Mode.FULL
        return tables

    def _prove_privacy(self, mode: Mode) -> None:
        """:raises Misconfigured: the privacy policy cannot be carried out for some table, or rules out this mode."""
        privacy = privacy_of(self.source, self.privacy)
        for resource in self.declared.resources:
            privacy.veil(resource.table)
        if mode.stored and mode is not Mode.REPLAY and privacy.hides:
            raise Misconfigured(
                f"{self.source}: reprocess needs the records as they came, and privacy={privacy.policy!r} does not "
                "store them",
                todo="Run with start_date and end_date, or mode=full: that asks the vendor again.",
            )

    def _prepare(self) -> None:
        """Tables, views, and what earlier runs left behind."""
        now = datetime.now(UTC)
        warehouse = self.warehouse()
        pipeline.ensure_source(warehouse, self.declared)
        scripts = [view.script(self.declared.kind) for view in self.declared.views]
        apply_sql(warehouse, self.declared.kind, self.declared.schemas, scripts)
        warehouse.drop_stages_before(f"{now - STAGE_KEPT:%Y%m%dT%H%M%S}")
        keep = keep_for()
        removed = purge(landing_folder(landing_root()), source=self.source, keep=keep, now=now)
        ledger.forget(warehouse.books, self.source, now - keep)
        if removed:
            self.log.info("removed %s landings older than %s days", removed, keep.days)

    def _look(self, context: Any, tables: dict[str, Mode]) -> Looks:
        """Look whether the vendor has anything new for the tables that are to be read incrementally."""
        own = [name for name in tables if not self.declared.resource(name).hook]
        regular = [name for name in own if tables[name] is Mode.INCREMENTAL]
        watched = [name for name in regular if isinstance(self.declared.resource(name).read, Watched)]
        follow = [name for name in watched if isinstance(self.declared.resource(name).read, Changelog)]
        with contextlib.closing(self.hook()) as api:
            refused = self.prove_identity(context, api) if own else {}
            for error in refused.values():
                self.log.error("%s", error)  # its account alone is not read
            for name, scope in ({} if watched or not own else api.missing_scopes(own)).items():
                self.log.warning("%s.%s: the credential lacks the scope %s", self.source, name, scope)
            looks = look(self, context, api, follow)
            looks.proved = bool(own) and not refused
            others = [name for name in watched if name not in follow]
            looks.quiet += look_otherwise(self, context, api, others, _lookback(context["params"]))
            return looks


def keep_for() -> timedelta:
    """How long landings and logs are kept: LANDFALL_KEEP_DAYS, 30 days by default.

    :raises Misconfigured: it is no whole number of days, or less than a day, in which a run could still need them.
    """
    given = os.environ.get("LANDFALL_KEEP_DAYS", "30")
    if not given.isdecimal() or not 1 <= int(given) <= 36_500:
        raise Misconfigured(
            "LANDFALL_KEEP_DAYS is no number of days", todo="Set it to a whole number from 1, such as 30."
        )
    return timedelta(days=int(given))


def unused_date(run: Any, now: datetime) -> str:
    """What to say of a logical date that decides nothing, where one was given that could be taken for a range."""
    given = run.logical_date
    if not given or _scheduled(run) or abs(now - given) < timedelta(hours=1):
        return ""
    return (
        f"the logical date {given.isoformat(timespec='seconds')} decides nothing: a run reads what changed until now. "
        "For a range of days give start_date and end_date"
    )


def _scheduled(run: Any) -> bool:
    return str(getattr(run.run_type, "value", run.run_type)) == "scheduled"


def _known_to(states: dict[str, ledger.State], resource: Resource) -> bool:
    """Whether the table was ever published."""
    return states.get(resource.table.name, ledger.State()).version > 0


def _known(conf: dict[str, Any] | None, known: Sequence[str]) -> None:
    """:raises Misconfigured: a misspelt parameter, which would else be ignored without a word."""
    if unknown := sorted(set(conf or ()) - set(known)):
        raise Misconfigured(
            f"there is no parameter {', '.join(map(repr, unknown))}",
            todo=f"Trigger a new run with any of: {', '.join(known)}.",
        )


def _days(params: Any) -> int | None:
    """The run's look-back in days. :raises Misconfigured: it is no number of days."""
    given = params.get("lookback_days")
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 36_500:
        raise Misconfigured("lookback_days is no number of days", todo="Give a whole number, such as 7.")
    return given


def _lookback(params: Any) -> timedelta | None:
    days = _days(params)
    return None if days is None else timedelta(days=days)


def _dates(params: Any) -> tuple[date | None, date | None]:
    """The run's dates. :raises Misconfigured: they are no dates, or in the wrong order."""
    found: list[date | None] = []
    for name in ("start_date", "end_date"):
        value = params.get(name)
        try:
            found.append(date.fromisoformat(value) if value else None)
        except ValueError:
            raise Misconfigured(f"{name} is no date", todo="Write it as YYYY-MM-DD.") from None
    start, end = found
    if start and end and end < start:
        raise Misconfigured("end_date is before start_date", todo="Swap them.")
    return start, end
