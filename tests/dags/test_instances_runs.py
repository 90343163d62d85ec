"""Several companies of one vendor under Airflow's own runner: nothing of one is ever seen in another's."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import zstandard

from landfall import sources
from sandbox import Sandbox
from sandbox.environment import PROJECT, connection, warehouse_connection
from sandbox.pennylane import PennylaneVendor
from sandbox.postgres import PostgresServer
from tests.dags import runs

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
MARKS = {"acme": "MARKACME", "sud": "MARKSUD", "nord": "MARKNORD"}
ZSTD = b"\x28\xb5\x2f\xfd"
TABLES = {"tables": ["customers", "products"]}


@pytest.fixture(scope="module")
def forty(airflow_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The DAGs of the file with three companies that are run and thirty-seven that are not."""
    path = tmp_path_factory.mktemp("companies") / "instances.yaml"
    companies = [*MARKS, *(f"company{n}" for n in range(37))]
    path.write_text("pennylane:\n" + "".join(f"  {company}:\n" for company in companies))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANDFALL_INSTANCES", str(path))
        sources.source.cache_clear()
        yield parsed()
    sources.source.cache_clear()


def parsed() -> dict[str, Any]:
    """What the DAG processor finds in dags/pennylane.py."""
    from airflow.dag_processing.dagbag import BundleDagBag

    folder = PROJECT / "dags"
    bag = BundleDagBag(dag_folder=str(folder / "pennylane.py"), bundle_path=folder, bundle_name="dags-folder")
    assert not bag.import_errors
    return dict(bag.dags)


def test_each_company_has_a_dag_that_is_its_source_s(forty: dict[str, Any]) -> None:
    assert len(forty) == 41
    of_its_own, acme = forty["pennylane"], forty["pennylane_acme"]
    assert acme.task_ids == of_its_own.task_ids
    assert {task.source for task in acme.tasks if hasattr(task, "source")} == {"pennylane_acme"}
    assert "connection `pennylane_acme`" in acme.doc_md
    assert {uri.uri for task in acme.tasks for uri in task.outlets} == {
        f"landfall://pennylane_acme/{table.name}" for table in sources.source("pennylane").published
    }


def test_a_company_more_costs_a_parse_what_one_costs(
    forty: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import cProfile
    import pstats

    def calls() -> int:
        profile = cProfile.Profile()
        profile.runcall(parsed)
        return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]

    many = calls()
    monkeypatch.setenv("LANDFALL_INSTANCES", "")
    assert many < 41 * calls(), "function calls of forty instances and their source"


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("schedule: often", "'often' is no schedule"),
        ("timezone: Europe/Nowhere", "'Europe/Nowhere' is no time zone"),
    ],
)
def test_a_wrong_file_is_told_where_dags_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, why: str
) -> None:
    from airflow.dag_processing.dagbag import BundleDagBag

    path = tmp_path / "instances.yaml"
    path.write_text(f"pennylane:\n  acme: {{{entry}}}\n")
    monkeypatch.setenv("LANDFALL_INSTANCES", str(path))
    sources.source.cache_clear()
    folder = PROJECT / "dags"
    bag = BundleDagBag(dag_folder=str(folder / "pennylane.py"), bundle_path=folder, bundle_name="dags-folder")
    (told,) = bag.import_errors.values()
    assert f"{path}: pennylane_acme: {why}" in told


def test_the_example_of_a_consumer_runs_on_what_is_published(forty: dict[str, Any]) -> None:
    from airflow.dag_processing.dagbag import BundleDagBag

    file = PROJECT / "docs" / "examples" / "late_payers.py"
    assert file.read_text() in (PROJECT / "docs" / "assets.md").read_text()
    bag = BundleDagBag(dag_folder=str(file), bundle_path=file.parent, bundle_name="examples")
    assert not bag.import_errors
    consumer = bag.dags["late_payers"]
    waited_for = {asset.uri: asset for asset in consumer.timetable.asset_condition.objects}
    made = {asset.uri for task in forty["pennylane"].tasks for asset in task.outlets}
    assert len(waited_for) == 2
    assert waited_for.keys() <= made
    events = {
        asset: [SimpleNamespace(extra={"inserted": 2, "updated": 1, "deleted": 0})]
        for asset in waited_for.values()
    }
    told = consumer.get_task("look").python_callable(triggering_asset_events=events)
    assert told == {"pennylane.customer_invoices": 3, "pennylane.customers": 3}


@dataclass
class Companies:
    """Three companies with their vendors, and the warehouse that they share."""

    dags: dict[str, Any]
    vendors: dict[str, PennylaneVendor]
    query: Callable[..., list[Any]]
    landing: Path

    def run(self, company: str, **conf: Any) -> runs.Run:
        return runs.run(self.dags[f"pennylane_{company}"], **conf)


@pytest.fixture
def companies(
    forty: dict[str, Any], postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Companies]:
    name = f"companies_{os.getpid()}"
    postgres.create_database(name)
    monkeypatch.setenv("AIRFLOW_CONN_LANDFALL_WAREHOUSE", warehouse_connection(postgres.url_of(name)))
    for key in [key for key in os.environ if key.endswith("_WAREHOUSE") and "LANDFALL" not in key]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("LANDFALL_LANDING", str(tmp_path / "landing"))
    engine = sa.create_engine(postgres.url_of(name), poolclass=sa.NullPool)

    def query(sql: str) -> list[Any]:
        with engine.begin() as opened:
            return [tuple(row) for row in opened.execute(sa.text(sql))]

    vendors = {}
    boxes = []
    for number, (company, mark) in enumerate(MARKS.items()):
        vendor = PennylaneVendor(
            seed=number, scale=0.01, rate=None, ledger_accounts=20, token=f"token-{company}"
        )
        vendor.company = {"id": number, "name": f"{company} SARL", "reg_no": f"99900004{number}"}
        for table, column in (("customers", "name"), ("products", "label")):
            for key in vendor.ids(table):
                vendor.update(table, key, {column: f"{mark} {key}"})
        box = Sandbox(vendor)
        box.__enter__()
        boxes.append(box)
        extra = {"rate_store": str(tmp_path / "rate"), "requests_per_period": 10_000, "period_seconds": 0.1}
        given = connection("pennylane", host=box.api_url, password=vendor.token, extra=extra)
        monkeypatch.setenv(f"AIRFLOW_CONN_PENNYLANE_{company.upper()}", given)
        vendors[company] = vendor
    runs.forget()
    yield Companies(forty, vendors, query, tmp_path / "landing")
    for box in boxes:
        box.__exit__(None, None, None)
    engine.dispose()
    postgres.drop_database(name)


def test_nothing_of_one_company_is_in_another_s(companies: Companies) -> None:
    for vendor in companies.vendors.values():
        vendor.update("customers", vendor.ids("customers")[0], {"ledger_account": {"id": "no number"}})
    for company in MARKS:
        assert companies.run(company, **TABLES).state == "success"
    for company, mark in MARKS.items():
        schema, vendor = f"pennylane_{company}", companies.vendors[company]
        for table, column in (("customers", "name"), ("products", "label")):
            found = [value for (value,) in companies.query(f"SELECT {column} FROM {schema}.{table}")]
            assert len(found) == len(vendor.ids(table)) - (table == "customers")
            assert all(mark in value for value in found)
        raw = companies.query(f"SELECT raw::text FROM landfall.quarantine WHERE source = '{schema}'")
        assert len(raw) == 1
        assert mark in raw[0][0]
        others = {other for other in MARKS.values() if other != mark}
        landed = b"".join(
            unpacked(path) for path in (companies.landing / schema).rglob("*") if path.is_file()
        )
        assert mark.encode() in landed
        assert not [other for other in others if other.encode() in landed]
        assert companies.query(f"SELECT count(*) FROM {schema}.sync_state") == [(2,)]
    for table in ("loads", "sync_state", "identities", "quality_log"):
        named = {row[0] for row in companies.query(f"SELECT DISTINCT source FROM landfall.{table}")}
        assert named <= {f"pennylane_{company}" for company in MARKS}
        assert len(named) == 3
    events = asset_events()
    for company in MARKS:
        told = events[f"landfall://pennylane_{company}/products"]
        rows = len(companies.vendors[company].ids("products"))
        assert [(each["rows"], each["inserted"]) for each in told] == [(rows, rows)]
        assert {"updated", "deleted", "watermark", "load_id"} < told[0].keys()

    # What changes nothing tells nobody: neither a dry run nor a load of what is there already.
    companies.run("acme", tables=["products"], mode="full")
    companies.vendors["acme"].update(
        "products", companies.vendors["acme"].ids("products")[0], {"label": "MARKACME new"}
    )
    companies.run("acme", tables=["products"], mode="full", dry_run=True)
    assert asset_events() == events
    companies.run("acme", tables=["products"])
    told = asset_events()["landfall://pennylane_acme/products"]
    assert [each["updated"] for each in told[1:]] == [1]

    # The token of another company, put into the wrong connection.
    wrong = json.loads(os.environ["AIRFLOW_CONN_PENNYLANE_SUD"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_PENNYLANE_ACME", json.dumps(wrong))
        before = companies.query("SELECT * FROM pennylane_acme.products ORDER BY id")
        assert companies.run("acme", mode="full", **TABLES).with_state("failed") == {"plan", "wrap_up"}
        assert companies.query("SELECT * FROM pennylane_acme.products ORDER BY id") == before


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    return zstandard.ZstdDecompressor().decompressobj().decompress(data) if data[:4] == ZSTD else data


def asset_events() -> dict[str, list[dict[str, Any]]]:
    """What consumers were told, by the asset's address, oldest first."""
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session

    with create_session() as session:
        asked = sa.select(AssetModel.uri, AssetEvent.extra).join(
            AssetModel, AssetModel.id == AssetEvent.asset_id
        )
        found: dict[str, list[dict[str, Any]]] = {}
        for uri, extra in session.execute(asked.order_by(AssetEvent.id)):
            found.setdefault(uri, []).append(dict(extra))
        return found
