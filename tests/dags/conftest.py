"""Pennylane's DAG under Airflow's own runner, with the simulated vendor and a real warehouse.

One full run a session fills a database; every test gets a copy of it and the vendor as it was then.
"""

from __future__ import annotations

import copy
import itertools
import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sandbox import Sandbox
from sandbox.environment import connection, warehouse_connection
from sandbox.pennylane import PennylaneVendor
from sandbox.postgres import PostgresServer
from tests.dags import runs
from tests.dags.runs import Run, found
from tests.notifiers.conftest import endpoint, smtp  # noqa: F401 - fixtures

_numbers = itertools.count(1)
SOURCE = "pennylane"


class Airflow:
    """Runs the DAG, and what a test may ask of vendor and warehouse."""

    def __init__(self, vendor: PennylaneVendor, server: PostgresServer) -> None:
        self.vendor = vendor
        self.server = server
        self.database = ""

    def use(self, database: str) -> str:
        """Make a database the warehouse from now on. :returns: its SQLAlchemy URL."""
        url = self.server.url_of(database)
        self.database = database
        os.environ["AIRFLOW_CONN_PENNYLANE_WAREHOUSE"] = warehouse_connection(url)
        return url

    def dag(self) -> Any:
        """The DAG as it is in dags/, but for the waits that only cost time here. A run leaves its conf in it."""
        dag = runs.dag_file(SOURCE)
        for task in dag.tasks:
            task.retry_delay, task.max_retry_delay = timedelta(0), None
            if task.task_id.endswith(".extract"):
                task.poll_seconds, task.settle_seconds = 0.1, 0.0
        return dag

    def test(self, *, logical_date: Any = None, **conf: Any) -> Run:
        """`airflow dags test`."""
        return found(self.dag().test(logical_date=logical_date, run_conf=conf).run_id)

    def run(self, *, dag: Any = None, user: str | None = "test", **conf: Any) -> Run:
        """The same without what it does beside running: reading and storing all DAGs, again and again.

        :param user: who triggers it; None for a scheduled run.
        """
        return runs.trigger(dag or self.dag(), self.scheduled, conf, user)

    def clear(self, run: Run, *task_ids: str, downstream: bool = True) -> Run:
        """Clear tasks of a finished run, as the web UI does, and wait for the run's end."""
        return runs.clear(self.dag(), self.scheduled, run.run_id, task_ids, downstream=downstream)

    @cached_property
    def scheduled(self) -> Any:
        """The DAG as the scheduler knows it."""
        return runs.scheduled(self.dag())

    def query(self, sql: str, **values: Any) -> list[Any]:
        """Rows of a query in the warehouse."""
        engine = sa.create_engine(self.server.url_of(self.database), poolclass=sa.NullPool)
        with engine.begin() as opened:
            result = opened.execute(sa.text(sql), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    def states(self) -> dict[str, tuple[Any, ...]]:
        """(watermark, version, load id, last sync) by table."""
        rows = self.query(
            "SELECT table_name, watermark, version, load_id, last_sync_at FROM landfall.sync_state"
        )
        return {name: rest for name, *rest in rows}

    def contents(self) -> dict[str, tuple[int, str]]:
        """Row count and a digest of the rows, by published table."""
        tables = self.query(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'pennylane'"
        )
        digest = "SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM pennylane.\"{}\" t"
        return {name: self.query(digest.format(name))[0] for (name,) in tables if name != "sync_state"}

    def stages(self) -> list[str]:
        """Names of the stages that are left."""
        sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'landfall_stage'"
        return [name for (name,) in self.query(sql)]

    def requests(self) -> list[str]:
        """`METHOD path` of every request since the test began, without the prefix."""
        return [f"{r.method} {r.path.removeprefix(self.vendor.prefix)}" for r in self.vendor.stats.log]


KEPT = ("rows", "changelogs", "lines_of")


@pytest.fixture(scope="session")
def installed(
    airflow_db: Path, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Airflow, Run, dict[str, Any]]]:
    """Everything is loaded once, in full, by the DAG itself; with the vendor's state after that."""
    vendor = PennylaneVendor(seed=3, scale=0.02, rate=None, ledger_accounts=40, export_delay=0.0)
    with Sandbox(vendor) as box, pytest.MonkeyPatch.context() as patch:
        extra = {
            "rate_store": str(tmp_path_factory.mktemp("rate")),
            "requests_per_period": 10_000,
            "period_seconds": 0.1,
        }
        given = connection(SOURCE, host=box.api_url, password=vendor.token, extra=extra)
        patch.setenv("AIRFLOW_CONN_PENNYLANE_DEFAULT", given)
        patch.setenv("AIRFLOW_CONN_PENNYLANE_WAREHOUSE", "")
        airflow = Airflow(vendor, postgres)
        name = f"loaded_{os.getpid()}"
        postgres.create_database(name)
        airflow.use(name)
        run = airflow.test(mode="full")
        assert run.state == "success", run.tasks
        # What the vendor noted within the overlap is read once more; from here on quiet is quiet.
        assert airflow.run().state == "success"
        yield airflow, run, copy.deepcopy({k: getattr(vendor, k) for k in KEPT})
        postgres.drop_database(name)


@pytest.fixture
def full_run(installed: tuple[Airflow, Run, dict[str, Any]]) -> Run:
    """The run that loaded everything."""
    return installed[1]


@pytest.fixture
def airflow(installed: tuple[Airflow, Run, dict[str, Any]]) -> Iterator[Airflow]:
    """Airflow after the full run: a warehouse of its own, the vendor as it was, nobody has asked it anything."""
    airflow, _, kept = installed
    vendor = airflow.vendor
    for name, value in copy.deepcopy(kept).items():
        setattr(vendor, name, value)
    vendor.faults.clear()
    vendor._hooks.clear()
    vendor.stats.reset()
    runs.forget()
    scopes = set(vendor.scopes)
    name = f"dags_{os.getpid()}_{next(_numbers)}"
    airflow.server.create_database(name, template=f"loaded_{os.getpid()}")
    airflow.use(name)
    yield airflow
    airflow.server.drop_database(name)
    vendor.revoked, vendor.scopes = False, scopes
    vendor.configure({"failures": 0, "delay": 0.0})


@pytest.fixture
def empty(airflow: Airflow) -> Iterator[Airflow]:
    """The same before anything was loaded."""
    name = f"empty_{os.getpid()}_{next(_numbers)}"
    airflow.server.create_database(name)
    airflow.use(name)
    yield airflow
    airflow.server.drop_database(name)


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change fields of the vendor's connection for this test."""

    def change(**fields: Any) -> None:
        given = json.loads(os.environ["AIRFLOW_CONN_PENNYLANE_DEFAULT"])
        monkeypatch.setenv("AIRFLOW_CONN_PENNYLANE_DEFAULT", json.dumps(given | fields))

    return change


@pytest.fixture
def alerts(  # the parameter is the fixture imported above
    endpoint: Any,  # noqa: F811
    set_connection: Callable[..., None],
) -> Callable[[], list[dict[str, Any]]]:
    """What the webhook was told, oldest first."""
    set_connection("landfall_webhook", "http", host=f"{endpoint.url}/in")
    return lambda: [json.loads(body) for _, _, body in endpoint.requests]
