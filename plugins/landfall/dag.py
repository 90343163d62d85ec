"""From a declared source to its DAG: plan, one task group for each resource, wrap-up."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import (
    DAG,
    ExceptionRetryPolicy,
    MultipleCronTriggerTimetable,
    Param,
    RetryAction,
    RetryRule,
    TaskGroup,
    TriggerRule,
    get_parsing_context,
)

from landfall.assets import table
from landfall.errors import Misconfigured, StopAndTell
from landfall.instances import Instance, refused, spread
from landfall.models import Made, Select
from landfall.notifiers import LastWords, on_failure
from landfall.operators import (
    CheckOperator,
    DropStagesOperator,
    ExtractOperator,
    PlanOperator,
    WrapUpOperator,
)
from landfall.operators.audit import FailureNote
from landfall.operators.load import loader
from landfall.operators.model import ModelOperator
from landfall.operators.publish import publisher
from landfall.privacy import Policy, Privacy
from landfall.reads import Changelog
from landfall.resources import Resource, Source
from landfall.sources import instances_of, kinds, refusals, source

RETRIES = ExceptionRetryPolicy(
    rules=[RetryRule(exception=StopAndTell, action=RetryAction.FAIL, reason="retrying cannot help")]
)
RUN_TYPES = ["scheduled", "manual", "operator_triggered", "asset_triggered", "asset_materialization"]
"""All but `backfill`: whatever its logical date, a run reads what changed until now; hundreds would read the same."""

AT_ONCE = 6
"""Tasks of a run at the same time. A pool of its own would have a task wait for ever where nobody has made it; what
the vendor is asked is limited by the request budget."""


def source_dag(
    name: str,
    *,
    schedule: str,
    full_schedule: str,
    timezone: str,
    doc_md: str,
    start: date,
    privacy: Policy = "keep",
    tags: list[str] | None = None,
) -> DAG:
    """The DAG of a declared source.

    :param name: the source's name, which becomes the DAG's.
    :param schedule: cron expression of the regular runs.
    :param full_schedule: cron expression of the runs that load everything in full.
    :param timezone: IANA name; both expressions are in its local time.
    :param doc_md: the runbook, shown in the web UI.
    :param start: first day from which runs are due.
    :param privacy: what becomes of columns that identify a person: `keep`, `mask` or `hash` (docs/privacy.md).
    """
    declared = source(name)
    if declared.of:
        doc_md = f"{_whose(declared)}\n\n{doc_md}"
    defaults: dict[str, Any] = {
        "owner": "landfall",
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=15),
        "retry_policy": RETRIES,
        "on_failure_callback": [*on_failure(name), FailureNote(name), LastWords(name)],
        "on_retry_callback": [LastWords(name, again=True)],
        "privacy": Privacy(privacy).policy,
    }
    with DAG(
        dag_id=name,
        description=f"{declared.title} into schema {name} of the warehouse",
        schedule=MultipleCronTriggerTimetable(schedule, full_schedule, timezone=timezone),
        start_date=datetime.combine(start, time(), ZoneInfo(timezone)),
        catchup=False,
        max_active_runs=1,
        max_active_tasks=AT_ONCE,
        allowed_run_types=RUN_TYPES,  # type: ignore[arg-type]  # converted; the enumeration is not public
        default_args=defaults,
        doc_md=doc_md,
        tags=["landfall", *(tags or [])],
    ) as dag:
        plan = PlanOperator(task_id="plan", source=name, full_schedule=full_schedule, timezone=timezone)
        drop = DropStagesOperator(task_id="drop_stages", source=name, trigger_rule=TriggerRule.ALL_DONE)
        wrap_up = WrapUpOperator(
            task_id="wrap_up",
            source=name,
            trigger_rule=TriggerRule.ALL_DONE,
            retries=0,
            on_failure_callback=[LastWords(name)],
        )
        groups = {resource.name: _resource_group(name, resource) for resource in declared.resources}
        for resource in declared.resources:
            first, last = groups[resource.name]
            plan >> first
            last >> drop
            if isinstance(resource.read, Changelog) and resource.read.through:
                _after_reading(resource.name, first, groups[resource.read.through.details][1])
        _models(name, declared, groups, plan, drop)
        # Else it could start between the plan's skipping of everything and the plan's own end. The verdict is the one
        # last task and nothing is a teardown: where there is one, a run that somebody marks as failed ends green.
        plan >> drop >> wrap_up
    # Only now: every task made while they are there gets copies of them, of which a parsed DAG then consists.
    dag.params.update(_params(declared))
    return dag


def source_dags(
    kind: str,
    *,
    schedule: str,
    full_schedule: str,
    timezone: str,
    tags: list[str] | None = None,
    **options: Any,
) -> list[DAG]:
    """The DAG of a declared source, then one for each of its instances (`landfall.instances`).

    An instance's schedule is the source's, some minutes later that follow from its name, unless the file gives it one.
    What else is given is as `source_dag` takes it. An instance that cannot be has no DAG; that it is told in the web
    interface takes a DAG file that calls `prove_instances`. A task's process, which needs one DAG, makes that one.
    """
    options |= {"schedule": schedule, "full_schedule": full_schedule, "timezone": timezone, "tags": tags}
    of_each: dict[str, dict[str, Any]] = {kind: options}
    for name, told in instances_of(kind).items():
        if not _impossible(name, told):
            of_each[name] = options | {
                "schedule": told.schedule or spread(schedule, name),
                "full_schedule": told.full_schedule or spread(full_schedule, name),
                "timezone": told.timezone or timezone,
                "tags": [kind, *(tags or [])],
            }
    wanted = get_parsing_context().dag_id
    chosen = [wanted] if wanted in of_each else [*of_each]
    return [source_dag(name, **of_each[name]) for name in chosen]


def prove_instances() -> None:
    """Tell what is wrong with the file of instances.

    For a DAG file of its own, since Airflow takes all DAGs of a file with an import error away, those of other
    companies among them.

    :raises Misconfigured: entries cannot be; names each, and says what to do.
    """
    wrong = [*refusals().values()]
    for kind in kinds():
        wrong += filter(None, (_impossible(name, told) for name, told in instances_of(kind).items()))
    if wrong:
        raise Misconfigured("\n".join(["these companies are not loaded:", *map(str, wrong)]))


def _impossible(name: str, told: Instance) -> Misconfigured | None:
    """What is wrong with an instance's schedule or time zone."""
    from croniter import croniter  # only where a file names instances

    for schedule in filter(None, (told.schedule, told.full_schedule)):
        if not croniter.is_valid(schedule):
            return refused(
                name, f"{schedule!r} is no schedule", "Write a cron expression such as 15 */2 * * *."
            )
    try:
        ZoneInfo(told.timezone or "UTC")
    except (ValueError, KeyError, OSError):
        return refused(name, f"{told.timezone!r} is no time zone", "Write an IANA name such as Europe/Paris.")
    return None


def _whose(declared: Source) -> str:
    """What an instance has of its own, before the runbook of its source."""
    module, _, hook = declared.hook.partition(":")
    conn_id = declared.conn_id(getattr(import_module(module), hook).default_conn_name)
    return (
        f"**{declared.title}**: schema `{declared.name}`, vendor's connection `{conn_id}`, warehouse "
        f"`{declared.name}_warehouse` or `landfall_warehouse`. What follows is written for `{declared.kind}`; the "
        "schedule is moved by some minutes."
    )


def _resource_group(name: str, resource: Resource) -> tuple[Any, Any]:
    """extract → load → check → publish; returns the first and the last."""
    with TaskGroup(resource.name, tooltip=resource.table.doc.split("\n")[0]):
        step: dict[str, Any] = {"source": name, "resource": resource.name}
        extract = ExtractOperator(task_id="extract", **step)
        load = loader(resource.load)(task_id="load", **step)
        check = CheckOperator(task_id="check", **step)
        outlets = [table(name, resource.table.name)]
        publish = publisher(resource.write)(task_id="publish", outlets=outlets, **step)
        extract >> load >> check >> publish
    return extract, publish


def _models(name: str, declared: Source, groups: dict[str, tuple[Any, Any]], plan: Any, after: Any) -> None:
    """A task for each model, after what it reads, whatever became of that: it is made of what is published."""
    owners = {t.name: groups[r.name][1] for r in declared.resources for t in r.table.family()}
    for model in declared.models:
        assert isinstance(model.read, Select | Made)
        with TaskGroup(model.name, tooltip=model.table.doc.split("\n")[0]):
            task = ModelOperator(
                task_id="publish",
                source=name,
                resource=model.name,
                outlets=[table(name, model.table.name)],
                trigger_rule=TriggerRule.ALL_DONE,
            )
        plan >> task
        [owners[table] for table in model.read.reads(declared.kind) if table in owners] >> task
        task >> after
        owners[model.table.name] = task


def _after_reading(owners: str, read: Any, publish: Any) -> None:
    """Let `publish` wait until `owners` have been read, whatever became of the reading.

    Owners of details that no longer exist are looked up in the published details. Where that came too late, or the
    reading failed, the owners are read in full, so their failure is no reason to keep the details back.
    """
    wait = EmptyOperator(
        task_id=f"after_{owners}",
        task_group=publish.task_group,
        trigger_rule=TriggerRule.ALL_DONE,
        doc_md=f"Waits until `{owners}` has been read; needs no process.",
    )
    read >> wait >> publish


def _params(declared: Source) -> dict[str, Param]:
    """New ones each time, since a run writes its values into them."""
    tables = [resource.name for resource in declared.resources]
    dated = [resource.name for resource in declared.resources if resource.read.dated]
    params = {
        "tables": Param(
            None,
            type=["null", "array"],
            items={"type": "string", "enum": tables},
            examples=tables,
            title="Tables",
            description="Which tables to load. Choose none to load those that are due, as a scheduled run does.",
        ),
        "mode": Param(
            "auto",
            type="string",
            enum=["auto", "incremental", "full"],
            title="Mode",
            description="auto reads changes, and everything in the scheduled full run. incremental reads changes only. "
            "full reads everything again.",
        ),
        "start_date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="First day",
            description=f"Read again what is dated from this day on. Tables that can be: {', '.join(dated) or 'none'}.",
        ),
        "end_date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Last day",
            description="Read again up to and including this day; empty: today.",
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Read, stage and check, and report what would change, without changing any table.",
        ),
        "replay": Param(
            False,
            type="boolean",
            title="Replay",
            description="Stage again what the tables have in quarantine, after what it did not fit was mended; the "
            "vendor is not asked.",
        ),
        "allow_shrink": Param(
            False,
            type="boolean",
            title="Allow shrinking",
            description="Consent to removing more rows than the fuse allows.",
        ),
    }
    params["accept_identity"] = Param(
        False,
        type="boolean",
        title="Accept another company",
        description="Consent to loading another company's (or document's) data than these tables hold; they are then "
        "read in full.",
    )
    if declared.layers:
        names = [layer.name for layer in declared.layers]
        params["layers"] = Param(
            names,
            type="array",
            items={"type": "string", "enum": names},
            examples=names,
            minItems=1,
            title="Layers",
            description=f"Which layers to make. Without {names[0]} the others are made of what is stored, without "
            "asking the vendor.",
        )
    if declared.looks_back:
        params["lookback_days"] = Param(
            None,
            type=["null", "integer"],
            minimum=0,
            maximum=36_500,
            title="Days to read again",
            description="In place of each table's own look-back; empty: those.",
        )
    if declared.stored:
        params["reprocess"] = Param(
            None,
            type=["null", "string"],
            enum=[None, "all", "errors"],
            title="Reprocess",
            description="Make the tables again of what is stored, without asking the vendor: all of it, or what has "
            "errors; with first and last day only what is dated within them.",
        )
    return params
