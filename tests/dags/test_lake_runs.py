"""Pennylane's DAG under Airflow's own runner with another connection: its tables are Delta tables in a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from landfall.sources import source
from landfall.warehouse import connect
from sandbox import Sandbox
from sandbox.environment import connection
from sandbox.lake import given
from sandbox.pennylane import PennylaneVendor
from tests.dags import runs
from tests.dags.conftest import SOURCE, Airflow
from tests.driver import assert_same, expected, published

pytestmark = pytest.mark.airflow
TABLE = "transactions"
QUICK = {"requests_per_period": 10_000, "period_seconds": 0.1}


@pytest.fixture
def lake(airflow_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Airflow]:
    """Airflow with nothing loaded, and a folder for a warehouse."""
    vendor = PennylaneVendor(seed=3, scale=0.02, rate=None, ledger_accounts=40, export_delay=0.0)
    with Sandbox(vendor) as box:
        extra = {**QUICK, "rate_store": str(tmp_path / "rate")}
        api = connection(SOURCE, host=box.api_url, password=vendor.token, extra=extra)
        monkeypatch.setenv("AIRFLOW_CONN_PENNYLANE_DEFAULT", api)
        for name, value in given(tmp_path / "lake", SOURCE).items():
            monkeypatch.setenv(name, value)
        runs.forget()
        yield Airflow(vendor, None)  # type: ignore[arg-type]  # no server is needed


def test_a_run_into_a_lake(lake: Airflow, tmp_path: Path) -> None:
    warehouse = connect(f"delta+file://{tmp_path / 'lake'}")

    def equal() -> None:
        rows, table = lake.vendor.rows[TABLE], source(SOURCE).resource(TABLE).table
        records = [json.loads(rows.encoded(i), parse_float=Decimal) for i in rows.ids]
        assert_same(published(warehouse, SOURCE, table), expected(table, records))

    run = lake.test(mode="full", tables=[TABLE])
    assert run.state == "success", run.tasks
    assert run.result(f"{TABLE}.publish")["inserted"] == len(lake.vendor.rows[TABLE].ids)
    equal()

    lake.vendor.update(TABLE, lake.vendor.rows[TABLE].ids[0], {"label": "Renommé"})
    run = lake.run(tables=[TABLE])
    assert run.state == "success", run.tasks
    assert run.result(f"{TABLE}.publish")["updated"] == 1
    equal()
    with warehouse.reading() as reader:
        assert list(reader.scalars("SELECT table_name FROM pennylane.sync_state")) == [TABLE]
