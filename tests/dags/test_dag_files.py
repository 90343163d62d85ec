"""Every file in dags/ as the scheduler sees it: cheap to read, the same each time, explained to whoever opens it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from landfall.sources import names, source
from sandbox.environment import PROJECT

pytestmark = pytest.mark.airflow
STEPS = ("extract", "load", "check", "publish")

READ = """
import json, sys, time
began = time.process_time()
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.sdk import BaseHook, Variable
from airflow.serialization.serialized_objects import DagSerialization, SerializedDAG

folder, seen = sys.argv[1:]
from pathlib import Path
of_airflow, began = time.process_time() - began, time.process_time()
before = {*sys.modules}
bag = BundleDagBag(dag_folder=folder, bundle_path=Path(folder), bundle_name="dags-folder")
seconds = time.process_time() - began
imported = sorted({*sys.modules} - before)
stored = {dag_id: json.dumps(DagSerialization.to_dict(dag), sort_keys=True) for dag_id, dag in bag.dags.items()}
looked_up = Path(seen).read_text()
Variable.get("nowhere", default=None)
told = {"errors": bag.import_errors, "stored": stored, "looked_up": looked_up, "control": Path(seen).read_text()}
print(json.dumps(told | {"seconds": seconds, "of_airflow": of_airflow, "imported": imported}))
"""

ONLY_IN_A_RUN = ("boto3", "botocore", "deltalake", "google.auth", "pandas", "pyarrow", "requests", "yaml")

BACKEND = """
from airflow.secrets import BaseSecretsBackend

class Telltale(BaseSecretsBackend):
    def __init__(self, file):
        self.file = file

    def get_conn_value(self, conn_id, *args, **kwargs):
        open(self.file, "a").write(f"connection {conn_id};")

    def get_variable(self, key, *args, **kwargs):
        open(self.file, "a").write(f"variable {key};")
"""


def read(folder: Path, hash_seed: str) -> dict[str, Any]:
    """What a fresh process makes of dags/; every look-up of a connection or variable is written down."""
    folder.mkdir()
    (folder / "telltale.py").write_text(BACKEND)
    seen = folder / "seen"
    seen.touch()
    environment = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": os.pathsep.join([str(folder), os.environ["PYTHONPATH"]]),
        "AIRFLOW__SECRETS__BACKEND": "telltale.Telltale",
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps({"file": str(seen)}),
    }
    command = [sys.executable, "-c", READ, str(PROJECT / "dags"), str(seen)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.fixture(scope="module")
def twice(
    airflow_db: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], dict[str, Any]]:
    folder = tmp_path_factory.mktemp("read")
    return read(folder / "once", "1"), read(folder / "again", "2")


def test_reading_them_looks_nothing_up_and_takes_no_time(twice: Any) -> None:
    for told in twice:
        assert told["errors"] == {}
        assert told["looked_up"] == ""
        assert told["control"] == "variable nowhere;", "the telltale works"
        assert told["seconds"] < told["of_airflow"], "importing Airflow takes longer"
        assert not {*ONLY_IN_A_RUN} & {*told["imported"]}


def test_they_are_stored_the_same_every_time(twice: Any) -> None:
    """Else Airflow counts a new version of the DAG at every reading."""
    once, again = twice
    assert set(once["stored"]) == set(names())
    assert once["stored"] == again["stored"]


@pytest.fixture(scope="module")
def dags() -> dict[str, Any]:
    from airflow.dag_processing.dagbag import BundleDagBag

    folder = PROJECT / "dags"
    bag = BundleDagBag(dag_folder=str(folder), bundle_path=folder, bundle_name="dags-folder")
    return dict(bag.dags)


@pytest.mark.parametrize("name", names())
def test_a_task_group_for_each_table_between_plan_and_wrap_up(dags: dict[str, Any], name: str) -> None:
    dag, declared = dags[name], source(name)
    steps = {f"{r.name}.{step}" for r in declared.resources for step in STEPS}
    waits = {t for t in dag.task_ids if ".after_" in t}
    own = set(dag.task_ids) - steps - waits - {"plan", "wrap_up", "drop_stages"}
    assert set(dag.task_ids) >= steps | {"plan", "wrap_up", "drop_stages"}
    for resource in declared.resources:
        extract, load, check, publish = (dag.get_task(f"{resource.name}.{step}") for step in STEPS)
        assert extract.upstream_task_ids == {"plan"}
        assert load.upstream_task_ids == {extract.task_id}
        assert check.upstream_task_ids == {load.task_id}
        assert publish.upstream_task_ids - waits == {check.task_id}
        assert publish.downstream_task_ids - own == {"drop_stages"}
        assert publish.trigger_rule == "all_success"
    assert dag.get_task("drop_stages").upstream_task_ids >= {"plan"}, (
        "else it may start while the plan still runs"
    )
    assert dag.get_task("drop_stages").downstream_task_ids == {"wrap_up"}
    # The run is as green as its last tasks, so the verdict has to be one. A teardown would turn a stopped run green.
    assert {t.task_id for t in dag.leaves} - own == {"wrap_up"}
    assert not any(task.is_teardown for task in dag.tasks)


@pytest.mark.parametrize("name", names())
def test_a_backfill_is_not_offered(dags: dict[str, Any], name: str) -> None:
    """It would be hundreds of runs that each read what changed until now."""
    assert {str(kind.value) for kind in dags[name].allowed_run_types} == {
        "scheduled",
        "manual",
        "operator_triggered",
        "asset_triggered",
        "asset_materialization",
    }


@pytest.mark.parametrize("name", names())
def test_the_web_interface_explains_every_task_and_parameter(dags: dict[str, Any], name: str) -> None:
    dag = dags[name]
    assert dag.doc_md
    assert dag.description
    assert set(dag.params) >= {"tables", "mode", "start_date", "end_date", "dry_run", "allow_shrink"}
    for parameter in dag.params:
        shown = dag.params.get_param(parameter)
        assert shown.schema["title"]
        assert shown.description.endswith(".")
    for task in dag.tasks:
        assert task.doc_md, task.task_id
        assert len(task.doc_md) < 1500


@pytest.mark.parametrize("name", names())
def test_no_task_keeps_a_copy_of_the_parameters(dags: dict[str, Any], name: str) -> None:
    """Airflow would store and validate them once a task, at every reading of the file."""
    assert dags[name].params
    added = {"report"}  # which Fullbay's file adds to the finished DAG
    assert {task.task_id for task in dags[name].tasks if task.params} <= added


@pytest.mark.parametrize("name", names())
def test_tasks_retry_what_may_pass_and_stop_at_what_cannot(dags: dict[str, Any], name: str) -> None:
    from airflow.sdk import RetryAction

    from landfall.errors import FuseBlown, PublishConflict, RetryLater, StopAndTell, VendorUnavailable

    dag = dags[name]
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    for task in dag.tasks:
        if task.task_id == "wrap_up":
            assert (task.retries, len(task.on_failure_callback)) == (0, 1)
            continue
        assert task.retries == 3
        assert task.on_failure_callback
        decided = {
            e: task.retry_policy.evaluate(e("x"), 1, 4).action
            for e in (StopAndTell, PublishConflict, FuseBlown, VendorUnavailable)
        }
        assert decided.pop(VendorUnavailable) is RetryAction.DEFAULT
        assert set(decided.values()) == {RetryAction.FAIL}
        assert issubclass(VendorUnavailable, RetryLater)


def test_no_task_needs_a_pool_that_somebody_has_to_make(dags: dict[str, Any]) -> None:
    """A task whose pool does not exist would stay `scheduled` for ever."""
    assert {task.pool for dag in dags.values() for task in dag.tasks} == {"default_pool"}


def times(dag: Any, zone: str, day: date) -> list[str]:
    """When the schedule starts runs on a day, as a clock on the wall shows it."""
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction
    from pendulum import instance

    timetable = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag)).timetable
    midnight, midnight_after = (
        datetime.combine(day + timedelta(days=n), time(), ZoneInfo(zone)) for n in (0, 1)
    )
    # From the noon before, as the scheduler comes from the run before.
    begin, end = instance(midnight - timedelta(hours=12)), instance(midnight_after)
    found, restriction = [], TimeRestriction(begin, end - timedelta(seconds=1), catchup=True)
    info = timetable.next_dagrun_info_v2(last_dagrun_info=None, restriction=restriction)
    while info is not None:
        local = info.run_after.astimezone(ZoneInfo(zone))
        found += [f"{local:%H:%M}"] * (local.date() == day)
        info = timetable.next_dagrun_info_v2(last_dagrun_info=info, restriction=restriction)
    return found


HOURS = [f"{hour:02}:00" for hour in range(6, 22, 3)]
EACH = [f"{hour:02}:00" for hour in range(24)]
EVEN = [f"{hour:02}:00" for hour in range(0, 24, 2)]


@pytest.mark.parametrize(
    ("name", "zone", "wanted"),
    [
        (
            "tree11",
            "Europe/Amsterdam",
            {
                "2026-03-28": HOURS,
                "2026-03-29": HOURS,  # 23 hours long
                "2026-03-30": ["06:00", "07:00", *HOURS[1:]],  # a Monday: Abonnementen
                "2026-10-25": HOURS,  # 25 hours long
            },
        ),
        (
            "fullbay",
            "America/New_York",
            {
                "2026-02-28": ["05:00"],
                "2026-03-01": ["03:00", "05:00"],  # the first of a month: the year before
                "2026-03-08": ["05:00"],
                "2026-11-01": ["03:00", "05:00"],
            },
        ),
        (
            "connectwise",
            "UTC",
            {
                "2026-03-28": ["05:00"],
                "2026-03-29": ["03:00", "05:00"],  # a Sunday: everything
            },
        ),
        (
            "prohandel",
            "Europe/Berlin",
            {
                "2026-03-28": ["00:00", "01:00", "02:00", "02:30", *EACH[3:]],
                "2026-03-29": ["00:00", "01:00", *EACH[3:]],  # there is no half past two
            },
        ),
        (
            "pennylane",
            "Europe/Paris",
            {
                "2026-03-28": ["00:00", "02:00", "03:00", *EVEN[2:]],
                "2026-03-29": ["00:00", "03:00", *EVEN[2:]],  # there is no two o'clock
                "2026-10-25": ["00:00", "02:00", "03:00", *EVEN[2:]],
            },
        ),
    ],
)
def test_runs_start_when_the_clock_on_the_wall_says_so(
    dags: dict[str, Any], name: str, zone: str, wanted: dict[str, list[str]]
) -> None:
    assert {day: times(dags[name], zone, date.fromisoformat(day)) for day in wanted} == wanted
