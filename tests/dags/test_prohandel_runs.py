"""ProHandel's DAG under Airflow's own runner: a full load, a quiet run, what changed; no secret is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from landfall.sources import source
from sandbox import Sandbox
from sandbox.environment import warehouse_connection
from sandbox.prohandel import ProHandelVendor
from sandbox.prohandel.shop import PLANTED
from tests.dags import runs
from tests.dags.runs import Run

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


def test_full_then_quiet_then_changed(
    airflow_db: Path,
    database: str,
    tmp_path: Path,
    set_connection: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def run(**conf: Any) -> Run:
        dag = runs.dag_file("prohandel")
        for task in dag.tasks:
            task.retries = 0
        return runs.run(dag, **conf)

    def query(text: str) -> list[Any]:
        with sa.create_engine(database, poolclass=sa.NullPool).begin() as opened:
            return [tuple(row) for row in opened.execute(sa.text(text))]

    vendor = ProHandelVendor(records=60)
    monkeypatch.setenv("AIRFLOW_CONN_PROHANDEL_WAREHOUSE", warehouse_connection(database))
    with Sandbox(vendor) as box:
        extra = {**vendor.connection, "requests_per_period": 10_000, "rate_store": str(tmp_path)}
        set_connection(
            "prohandel_default",
            "prohandel",
            host=box.url,
            login=vendor.login,
            password=vendor.token,
            extra=extra,
        )
        first = run(mode="full")
        assert first.state == "success", first.tasks
        assert vendor.logins == 1, "one token serves all tasks"
        assert query("SELECT count(*) FROM prohandel_raw.sale") == [(60,)]
        assert query("SELECT sum(sale_count)::int FROM prohandel.daily_sales_agg") == [(60,)]

        vendor.stats.reset()
        quiet = run()
        assert quiet.with_state("success") == {"plan"}, "a quiet run is one process"
        assert vendor.stats.requests == 1 + len(source("prohandel").resources), "and one request a list"

        vendor.update("sale", 7)
        vendor.clock.advance(1)
        vendor.insert("sale")
        changed = run()
        assert changed.state == "success", changed.tasks
        models = {model.name for model in source("prohandel").models}
        assert changed.tables() - models == {"sale"}
        assert query("SELECT count(*) FROM prohandel.sale_items") == [(61,)]
    token = next(iter(vendor.tokens))
    told = f"{caplog.text}{first}{changed}{query('SELECT * FROM landfall.loads')}"
    assert not [value for value in (*PLANTED.values(), token, vendor.token) if value in told]
