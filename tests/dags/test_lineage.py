"""What OpenLineage is told: by a real provider, over HTTP, of a publish and of nothing else."""

from __future__ import annotations

import json
import os
import re
from importlib.metadata import distributions
from typing import Any

import pytest

from landfall.pipeline import Published
from sandbox.environment import PROJECT
from tests.dags import runs

pytestmark = pytest.mark.airflow
DOCS = (PROJECT / "docs" / "assets.md").read_text(encoding="utf-8")
INSTALLED = bool([*distributions(name="apache-airflow-providers-openlineage")])
with_provider = pytest.mark.skipif(not INSTALLED, reason="needs the extra `lineage`")
LEFT_OUT = re.findall(r"DISABLED_FOR_OPERATORS='([^']+)'", DOCS)[0]


def test_the_page_leaves_out_every_task_that_publishes_nothing(airflow_db: Any) -> None:
    silent = {
        f"{type(task).__module__}.{type(task).__qualname__}"
        for dag in runs.dags_of(PROJECT / "dags").values()
        for task in dag.tasks
        if not hasattr(task, "get_openlineage_facets_on_complete")
    }
    assert LEFT_OUT.split(";") == sorted(silent)


@pytest.mark.skipif(INSTALLED, reason="OpenLineage's provider is installed")
def test_without_the_provider_nothing_is_told() -> None:
    from landfall.operators import PublishOperator

    publish = PublishOperator(task_id="publish", source="pennylane", resource="products")
    publish.keep_lineage(Published("load", 1, 1, 0, 0, 0, 0, 0, 1, None))
    assert publish.get_openlineage_facets_on_complete(None) is None


@pytest.fixture
def told(airflow: Any, endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Complete events that the sink was told, by the job's name."""
    from airflow.providers.openlineage import conf
    from airflow.providers.openlineage.plugins.listener import get_openlineage_listener
    from airflow.sdk.execution_time.task_runner import get_listener_manager

    transport = {"type": "http", "url": endpoint.url, "endpoint": "api/v1/lineage"}
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", json.dumps(transport))
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__DISABLED_FOR_OPERATORS", LEFT_OUT)
    for cached in (each for each in vars(conf).values() if hasattr(each, "cache_clear")):
        cached.cache_clear()
    get_listener_manager().add_listener(get_openlineage_listener())

    def events() -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for _, _, body in endpoint.requests:
            event = json.loads(body)
            found.setdefault(event["job"]["name"], []).append(event)
        return found

    return events


@with_provider
def test_a_publish_tells_what_it_read_and_wrote(airflow: Any, told: Any) -> None:
    vendor = airflow.vendor
    vendor.update("customers", vendor.ids("customers")[0], {"name": "Renamed"})
    assert airflow.run(tables=["customers"], mode="full").state == "success"
    events = told()
    assert {name for name in events if "." in name} == {"pennylane.customers.publish"}
    (done,) = [e for e in events["pennylane.customers.publish"] if e["eventType"] == "COMPLETE"]
    ((source,), (table, *_)) = done["inputs"], done["outputs"]
    assert (source["namespace"], source["name"]) == (vendor_address(), "customers")
    assert table["namespace"].startswith("postgres://")
    assert table["name"] == f"{airflow.database}.pennylane.customers"
    assert table["outputFacets"]["outputStatistics"]["rowCount"] == 1
    columns = {field["name"]: field for field in table["facets"]["schema"]["fields"]}
    assert columns["id"]["type"] == "BIGINT"
    assert "Renamed" not in json.dumps(done)
    assert "sandbox-token" not in json.dumps(done)


@with_provider
def test_lineage_that_cannot_be_told_fails_nothing(
    airflow: Any, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("landfall.operators.lineage._place", lambda *_: 1 / 0)
    assert airflow.run(tables=["products"], mode="full").state == "success"
    (done,) = [e for e in told()["pennylane.products.publish"] if e["eventType"] == "COMPLETE"]
    assert (done["inputs"], done["outputs"]) == ([], [])


def vendor_address() -> str:
    host = json.loads(os.environ["AIRFLOW_CONN_PENNYLANE_DEFAULT"])["host"]
    return "/".join(host.split("/")[:3])
