"""ConnectWise's DAG under Airflow's own runner: a full load, a quiet run, what changed, layers alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from landfall.sources import source
from sandbox import Sandbox
from sandbox.connectwise import ConnectWiseVendor
from sandbox.environment import warehouse_connection
from tests.dags import runs
from tests.dags.runs import Run

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


class Office:
    """The DAG, the vendor it reads, and the warehouse it fills."""

    def __init__(self, vendor: ConnectWiseVendor, url: str) -> None:
        self.vendor, self.url = vendor, url

    def run(self, **conf: Any) -> Run:
        """`airflow dags test`."""
        dag = runs.dag_file("connectwise")
        for task in dag.tasks:
            task.retries = 0
        return runs.run(dag, **conf)

    def query(self, sql: str) -> list[Any]:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.begin() as opened:
            return [tuple(row) for row in opened.execute(sa.text(sql))]

    def requests(self, run: Callable[[], Run]) -> tuple[Run, int]:
        before = self.vendor.stats.requests
        return run(), self.vendor.stats.requests - before


@pytest.fixture(scope="module")
def vendor() -> Iterator[tuple[ConnectWiseVendor, str]]:
    made = ConnectWiseVendor(seed=2, records=60)
    with Sandbox(made) as box:
        yield made, box.api_url


@pytest.fixture
def office(
    airflow_db: Path,
    database: str,
    vendor: tuple[ConnectWiseVendor, str],
    set_connection: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> Office:
    made, address = vendor
    made.clock.set(datetime.now(UTC))
    made.reset()
    extra = {**made.connection, "requests_per_period": 10_000}
    login = made.login
    set_connection(
        "connectwise_default", "connectwise", host=address, login=login, password=made.token, extra=extra
    )
    monkeypatch.setenv("AIRFLOW_CONN_CONNECTWISE_WAREHOUSE", warehouse_connection(database))
    return Office(made, database)


def test_full_then_quiet_then_changed_then_without_the_vendor(office: Office) -> None:
    """The requests are those of "Requests of a run" in docs/sources/connectwise.md."""
    run, requests = office.requests(lambda: office.run(mode="full"))
    assert run.state == "success", run.tasks
    assert requests == FULL
    assert office.query("SELECT count(*) FROM silver.silver_cw_timeentry") == [(60,)]
    assert office.query("SELECT count(*) FROM bronze.bronze_cw_timeentry") == [(60,)]
    assert office.query("SELECT count(*) FROM gold.fact_timeentry") == [(60,)]

    run, requests = office.requests(office.run)
    assert run.state == "success", run.tasks
    assert run.with_state("success") == {"plan"}, "a quiet run is one process"
    assert requests == QUIET

    office.vendor.update("time_entries", 1003)
    office.vendor.alter("agreement_types", 12, {"name": "Annað"})
    run, requests = office.requests(office.run)
    assert run.state == "success", run.tasks
    assert requests == CHANGED
    models = {model.name for model in source("connectwise").models}
    assert run.tables() - models == {"time_entries", "agreement_types"}
    assert {"agreement_kind", "dimagreementtype", "fact_timeentry"} <= run.tables()
    assert not run.tables() & {"agreement_level"}, "nothing that it reads has moved"
    assert office.query("SELECT name FROM silver.silver_cw_agreementtype WHERE id = 12") == [("Annað",)]

    office.query("DELETE FROM silver.silver_cw_member RETURNING id")
    run, requests = office.requests(lambda: office.run(layers=["silver"]))
    assert run.state == "success", run.tasks
    assert requests == 0
    assert office.query("SELECT count(*) FROM silver.silver_cw_member") == [
        (len(office.vendor.ids("members")),)
    ]
    assert not run.tables() & models, "gold was not asked for"

    run, requests = office.requests(lambda: office.run(layers=["gold"]))
    assert run.state == "success", run.tasks
    assert requests == 0
    assert "dimmember" in run.tables() <= models

    office.vendor.update("expenses", 701, {"amount": 4321.0})
    run = office.run(tables=["expenses"], dry_run=True)
    assert run.state == "success", run.tasks
    assert run.tables() == {"expenses"}
    amounts = "SELECT count(*) FROM {} WHERE amount = 4321"
    assert office.query(amounts.format("silver.silver_cw_expenseentry")) == [(0,)]
    run = office.run(tables=["expenses"], lookback_days=0)
    assert run.state == "success", run.tasks
    assert office.query(amounts.format("gold.fact_expenseentry")) == [(1,)]

    office.query("DELETE FROM silver.silver_cw_expenseentry RETURNING id")
    run, requests = office.requests(lambda: office.run(layers=["silver", "gold"], tables=["expenses"]))
    assert run.state == "success", run.tasks
    assert requests == 0
    assert office.query(amounts.format("silver.silver_cw_expenseentry")) == [(1,)]


FULL = 1 + 12 + 12 * 3
"""Whose data it is; whether each list may be read; for each a count before, its one page, and a count after."""
QUIET = 1 + 7 * 3 + 5 * 3
"""Whose data it is; three counts for each of seven tables; the five short lists."""
CHANGED = QUIET - 2 + 2 + 3
"""Of what has changed the last count need not be asked; then its page and a count; the changed list with its counts."""
