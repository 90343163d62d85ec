"""A DAG run carried from beginning to end as `dag.test` does it, and what is left of it in Airflow's database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from landfall.sources import source
from sandbox.environment import PROJECT


@dataclass(frozen=True)
class Run:
    """What became of a DAG run."""

    run_id: str
    state: str
    tasks: dict[str, str | None]
    xcoms: dict[tuple[str, str], Any]

    def with_state(self, state: str) -> set[str]:
        """Ids of the tasks in this state."""
        return {task for task, found in self.tasks.items() if found == state}

    def tables(self, step: str = "publish") -> set[str]:
        """Names of the tables whose `step` succeeded."""
        return {t.removesuffix(f".{step}") for t in self.with_state("success") if t.endswith(f".{step}")}

    def result(self, task_id: str) -> Any:
        """What a task returned."""
        return self.xcoms[(task_id, "return_value")]


def found(run_id: str) -> Run:
    """What Airflow's database says of a run."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        run = session.scalars(sa.select(DagRun).where(DagRun.run_id == run_id)).one()
        tasks = session.scalars(sa.select(TaskInstance).where(TaskInstance.run_id == run_id))
        states = {t.task_id: t.state and str(t.state) for t in tasks}
        rows = session.scalars(sa.select(XComModel).where(XComModel.run_id == run_id))
        xcoms = {
            (x.task_id, x.key): json.loads(x.value) if isinstance(x.value, str) else x.value for x in rows
        }
        return Run(run_id, str(run.state), states, xcoms)


def dag_file(name: str) -> Any:
    """The DAG of a source, or of an instance, as a task's process reads it from dags/. A run leaves its conf in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", name)
        return dags_of(PROJECT / "dags" / f"{source(name).kind}.py")[name]


def dags_of(path: Path) -> dict[str, Any]:
    """What the DAG processor finds in a file."""
    return dict(_bag(path).dags)


def store(path: Path) -> None:
    """Keep a file's DAGs in Airflow's database, as the DAG processor does."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import sync_bag_to_db

    DagBundlesManager().sync_bundles_to_db()
    sync_bag_to_db(_bag(path), "dags-folder", None)


def _bag(path: Path) -> Any:
    from airflow.dag_processing.dagbag import BundleDagBag

    bag = BundleDagBag(dag_folder=str(path), bundle_path=path.parent, bundle_name="dags-folder")
    assert not bag.import_errors
    return bag


def scheduled(dag: Any) -> Any:
    """The DAG as the scheduler knows it."""
    from airflow.serialization.serialized_objects import DagSerialization

    return DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))


def run(dag: Any, **conf: Any) -> Run:
    """`airflow dags test`; of a DAG that Airflow's database knows, without reading and storing all DAGs again."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:
        known = session.scalars(sa.select(DagRun.run_id).where(DagRun.dag_id == dag.dag_id).limit(1)).first()
    if known:
        return trigger(dag, scheduled(dag), conf)
    return found(dag.test(logical_date=None, run_conf=conf).run_id)


def trigger(
    dag: Any,
    scheduled: Any,
    conf: dict[str, Any],
    user: str | None = "test",
    *,
    at: datetime | None = None,
    stopped_after: str = "",
    waved: tuple[str, str] | None = None,
) -> Run:
    """Run a DAG without a logical date, as the REST API's trigger does by default.

    :param scheduled: the DAG as the scheduler knows it.
    :param user: who triggers it; None for a scheduled run.
    :param at: make it the run that the schedule has at this moment.
    :param stopped_after: the task after which somebody marks the run as failed.
    :param waved: a task, and the state that somebody gives it once the plan has decided.
    """
    from airflow.models.dagrun import DagRun, get_or_create_dagrun
    from airflow.sdk import timezone
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    now = timezone.utcnow()
    with create_session() as session:
        run = get_or_create_dagrun(
            dag=scheduled,
            start_date=now,
            logical_date=None,
            data_interval=None,
            run_after=at or now,
            run_id=DagRun.generate_run_id(run_type=DagRunType.MANUAL, logical_date=None, run_after=now),
            session=session,
            conf=conf,
            triggered_by=DagRunTriggeredByType.TEST,
            triggering_user_name=user,
        )
        if at or user is None:
            run.run_type = DagRunType.SCHEDULED
        run_id = run.run_id
        session.commit()
        _carry(session, run_id, dag, scheduled, stopped_after, waved)
    return found(run_id)


def clear(dag: Any, scheduled: Any, run_id: str, task_ids: tuple[str, ...], *, downstream: bool) -> Run:
    """Clear tasks of a finished run and carry it to its end again."""
    from airflow.models.taskinstance import TaskInstance, clear_task_instances
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState

    chosen = set(task_ids)
    if downstream:
        for task_id in task_ids:
            chosen |= dag.get_task(task_id).get_flat_relative_ids(upstream=False)
    with create_session() as session:
        mine = TaskInstance.run_id == run_id
        tis = session.scalars(sa.select(TaskInstance).where(mine, TaskInstance.task_id.in_(chosen))).all()
        clear_task_instances(list(tis), session, dag_run_state=DagRunState.RUNNING)
        session.commit()
        _carry(session, run_id, dag, scheduled)
    return found(run_id)


def _carry(
    session: Any,
    run_id: str,
    dag: Any,
    scheduled: Any,
    stopped_after: str = "",
    waved: tuple[str, str] | None = None,
) -> None:
    """The loop of `dag.test`: the scheduler's own decisions, each task by the task runner."""
    from airflow.api.common.mark_tasks import set_dag_run_state_to_failed
    from airflow.models.dagrun import DagRun
    from airflow.sdk.definitions.dag import _run_task
    from airflow.utils.state import DagRunState, TaskInstanceState

    this = sa.select(DagRun).where(DagRun.run_id == run_id)
    while (run := session.scalars(this).one()).state == DagRunState.RUNNING:
        run.dag = scheduled
        for ti in run.update_state(session=session)[0]:
            ti.try_number += 1
            ti.state = TaskInstanceState.SCHEDULED
        session.commit()
        for ti in run.get_task_instances(session=session):
            if ti.state == TaskInstanceState.SCHEDULED:
                _run_task(ti=ti, task=dag.task_dict[ti.task_id], run_triggerer=True)
                if waved and ti.task_id == "plan":
                    _mark(session, run_id, *waved)
                if ti.task_id == stopped_after:
                    set_dag_run_state_to_failed(dag=scheduled, run_id=run_id, commit=True)
                    break
        session.expire_all()


def _mark(session: Any, run_id: str, task_id: str, state: str) -> None:
    """As the web UI's button does it."""
    from airflow.models.taskinstance import TaskInstance

    mine = TaskInstance.run_id == run_id, TaskInstance.task_id == task_id
    session.execute(sa.update(TaskInstance).where(*mine).values(state=state))
    session.commit()


def forget() -> None:
    """Delete all runs: `dag.test` without a logical date clears every earlier one first."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:
        session.execute(sa.delete(DagRun))
