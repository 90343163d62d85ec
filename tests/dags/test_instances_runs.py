"""Several companies of one vendor under Airflow's own runner: nothing of one is ever seen in another's."""

from __future__ import annotations

import cProfile
import os
import pstats
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import zstandard

import sandbox.companies
from landfall import sources
from landfall.errors import RateLimited
from sandbox import Sandbox
from sandbox.environment import PROJECT, connection, warehouse_connection
from sandbox.pennylane import PennylaneVendor
from sandbox.postgres import PostgresServer
from tests.campaign import SIZE
from tests.dags import runs

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
MARKS = {"acme": "MARKACME", "sud": "MARKSUD"}
ZSTD = b"\x28\xb5\x2f\xfd"
FILE = PROJECT / "dags" / "pennylane.py"


@pytest.fixture(scope="module")
def instances(airflow_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of the two companies."""
    path = tmp_path_factory.mktemp("companies") / "instances.yaml"
    path.write_text("pennylane:\n" + "".join(f"  {company}:\n" for company in MARKS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANDFALL_INSTANCES", str(path))
        yield path


@pytest.fixture
def write(airflow_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Make this the file of instances."""
    path = tmp_path / "instances.yaml"

    def written(text: str) -> Path:
        path.write_text(text)
        monkeypatch.setenv("LANDFALL_INSTANCES", str(path))
        return path

    return written


def test_each_company_has_a_dag_that_is_its_source_s(instances: Path) -> None:
    dags = runs.dags_of(FILE)
    assert dags.keys() == {"pennylane", "pennylane_acme", "pennylane_sud"}
    of_its_own, acme = dags["pennylane"], dags["pennylane_acme"]
    assert acme.task_ids == of_its_own.task_ids
    assert {task.source for task in acme.tasks if hasattr(task, "source")} == {"pennylane_acme"}
    assert "connection `pennylane_acme`" in acme.doc_md
    assert {uri.uri for task in acme.tasks for uri in task.outlets} == {
        f"landfall://pennylane_acme/{table.name}" for table in sources.source("pennylane").published
    }


def test_a_company_more_costs_a_parse_what_one_costs_and_a_task_nothing(
    write: Callable[[str], Path],
) -> None:
    def calls(read: Callable[[], Any]) -> int:
        profile = cProfile.Profile()
        profile.runcall(read)
        return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]

    runs.dags_of(FILE)
    one = calls(lambda: runs.dags_of(FILE))
    write("pennylane:\n" + "".join(f"  company{n}:\n" for n in range(40)))
    many = calls(lambda: runs.dags_of(FILE))
    assert many < 40 * one, "the source and its forty instances"
    assert calls(lambda: runs.dag_file("pennylane_company7")) < 2 * one


def test_a_wrong_entry_costs_its_company_alone_and_is_told_in_the_web_interface(
    write: Callable[[str], Path],
) -> None:
    from airflow.dag_processing.dagbag import BundleDagBag

    path = write(
        "pennylane:\n  acme:\n  often: {schedule: often}\n  nowhere: {timezone: Europe/Nowhere}\n"
        "  Loud:\n  sud: {title: Sud, title: Nord}\n  nord: {title: 5}\n  nord:\nfullbay:\n  acme:\norchard: 3\n"
    )
    folder = PROJECT / "dags"
    bag = BundleDagBag(dag_folder=str(folder), bundle_path=folder, bundle_name="dags-folder")
    assert bag.dags.keys() == {*sources.kinds(), "pennylane_acme"}
    assert bag.import_errors.keys() == {"instances.py"}
    (told,) = bag.import_errors.values()
    for entry, todo in {
        "pennylane_often: 'often' is no schedule": "Write a cron expression",
        "pennylane_nowhere: 'Europe/Nowhere' is no time zone": "Write an IANA name",
        "pennylane_Loud: it is no name for an instance": "Use small letters",
        "pennylane_sud: title stands there twice, again in line 6": "Take one of the two out.",
        "pennylane_nord: nord stands there twice, again in line 8": "Take one of the two out.",
        "fullbay_acme: Fullbay cannot be loaded for several companies": "Take the entry out",
        "orchard: it is no mapping": "Name the companies below it",
    }.items():
        (line,) = [line for line in told.splitlines() if f"{path}: {entry}" in line]
        assert f"→ {todo}" in line


def test_a_file_that_is_no_yaml_costs_no_source(write: Callable[[str], Path]) -> None:
    write("pennylane: {\n")
    assert runs.dags_of(FILE).keys() == {"pennylane"}
    assert "it is no YAML" in str(sources.refusals()[""])


def test_the_example_of_a_consumer_runs_on_what_is_published(instances: Path) -> None:
    file = PROJECT / "docs" / "examples" / "late_payers.py"
    assert file.read_text() in (PROJECT / "docs" / "assets.md").read_text()
    consumer = runs.dags_of(file)["late_payers"]
    waited_for = {asset.uri: asset for asset in consumer.timetable.asset_condition.objects}
    made = {asset.uri for task in runs.dag_file("pennylane").tasks for asset in task.outlets}
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
    """Two companies with their vendors, and the warehouse that they share."""

    vendors: dict[str, PennylaneVendor]
    query: Callable[..., list[Any]]
    landing: Path
    scheduled: dict[str, Any] = field(default_factory=dict)

    def run(self, company: str, *tables: str, **conf: Any) -> runs.Run:
        """Airflow reads the DAG anew for each task; what a run leaves in the object is no other run's."""
        dag = runs.dag_file(f"pennylane_{company}")
        if company not in self.scheduled:
            self.scheduled[company] = runs.scheduled(dag)
        return runs.trigger(dag, self.scheduled[company], {"tables": [*tables], **conf})


def connect(
    patch: pytest.MonkeyPatch, url: str, conn_id: str, token: str, folder: Path, **limits: Any
) -> None:
    """Make this the vendor's connection of an instance."""
    limits = {
        "requests_per_period": 10_000,
        "period_seconds": 0.1,
        "rate_store": str(folder / "rate"),
        **limits,
    }
    given = connection("pennylane", host=url, password=token, extra=limits)
    patch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", given)


def test_one_budget_a_credential_whoever_uses_it(
    write: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from landfall.operators import DropStagesOperator

    write("pennylane:\n  acme:\n  sud: {connection: pennylane_firm}\n  nord:\n")
    vendors = {
        token: PennylaneVendor(scale=0.01, rate=(2, 3600), ledger_accounts=20, token=token)
        for token in ("shared", "own")
    }
    with Sandbox(sandbox.companies.Companies({**vendors})) as box:
        limits = {"requests_per_period": 2, "period_seconds": 3600, "max_wait_seconds": 0.1}
        for conn_id, token in (
            ("pennylane_acme", "shared"),
            ("pennylane_firm", "shared"),
            ("pennylane_nord", "own"),
        ):
            connect(monkeypatch, box.api_url, conn_id, token, tmp_path, **limits)
        acme, sud, nord = (
            DropStagesOperator(task_id="ask", source=f"pennylane_{company}").hook()
            for company in ("acme", "sud", "nord")
        )
        acme.me()
        sud.me()
        for hook in (acme, sud):
            with pytest.raises(RateLimited):
                hook.me()
        nord.me()
        nord.me()
    assert {token: len(vendor.stats.log) for token, vendor in vendors.items()} == {"shared": 2, "own": 2}
    assert not [
        request for vendor in vendors.values() for request in vendor.stats.log if request.status == 429
    ]


@pytest.fixture
def companies(
    instances: Path, postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Companies]:
    with served(MARKS, postgres, tmp_path, monkeypatch) as found:
        yield found


@contextmanager
def served(
    marks: dict[str, str], postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Companies]:
    """These companies of the file, each with its vendor.

    :param marks: by company, what stands in each of its rows.
    """
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
    for number, (company, mark) in enumerate(marks.items()):
        vendors[company] = vendor = PennylaneVendor(
            seed=number,
            scale=0.01,
            rate=None,
            ledger_accounts=20,
            token=f"token-{company}",
            company=(number, f"{company} SARL"),
        )
        for table, column in (("customers", "name"), ("products", "label")):
            for key in vendor.ids(table):
                vendor.update(table, key, {column: f"{mark} {key}"})
    with Sandbox(sandbox.companies.Companies({**vendors})) as box:
        for company in marks:
            connect(monkeypatch, box.api_url, f"pennylane_{company}", f"token-{company}", tmp_path)
        runs.forget()
        runs.store(FILE)
        yield Companies(vendors, query, tmp_path / "landing")
    engine.dispose()
    postgres.drop_database(name)


def test_nothing_of_one_company_is_in_another_s(companies: Companies) -> None:
    for vendor in companies.vendors.values():
        vendor.update("customers", vendor.ids("customers")[0], {"ledger_account": {"id": "no number"}})
    for company in MARKS:
        assert companies.run(company, "customers", "products").state == "success"
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
    for table in ("loads", "sync_state", "identities", "quality_log", "runs"):
        named = {row[0] for row in companies.query(f"SELECT DISTINCT source FROM landfall.{table}")}
        assert named == {f"pennylane_{company}" for company in MARKS}, table
    events = asset_events()
    for company in MARKS:
        told = events[f"landfall://pennylane_{company}/products"]
        rows = len(companies.vendors[company].ids("products"))
        assert [(each["rows"], each["inserted"]) for each in told] == [(rows, rows)]
        assert {"updated", "deleted", "watermark", "load_id"} < told[0].keys()

    # A load that finds everything as it was, and a dry run over a change: both publish, and tell nobody.
    acme, products = "landfall://pennylane_acme/products", companies.vendors["acme"].ids("products")
    unchanged = companies.run("acme", "products", mode="full").result("products.publish")
    assert (unchanged["unchanged"], unchanged["updated"], unchanged["dry_run"]) == (len(products), 0, False)
    companies.vendors["acme"].update("products", products[0], {"label": "MARKACME new"})
    dry = companies.run("acme", "products", dry_run=True).result("products.publish")
    assert (dry["updated"], dry["dry_run"]) == (1, True)
    assert asset_events() == events
    done = companies.run("acme", "products").result("products.publish")
    assert (done["updated"], done["dry_run"]) == (1, False)
    assert [each["updated"] for each in asset_events()[acme]] == [0, 1]

    # The token of another company, put into the wrong connection.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_PENNYLANE_ACME", os.environ["AIRFLOW_CONN_PENNYLANE_SUD"])
        before = companies.query("SELECT * FROM pennylane_acme.products ORDER BY id")
        refused = companies.run("acme", "products", mode="full")
        assert refused.with_state("failed") == {"plan", "wrap_up"}
        assert companies.query("SELECT * FROM pennylane_acme.products ORDER BY id") == before
    ((why,),) = companies.query("SELECT DISTINCT error FROM landfall.runs WHERE error IS NOT NULL")
    assert "connection pennylane_acme opens the data of sud SARL" in why
    assert "but the tables hold those of acme SARL" in why


@pytest.mark.campaign
@pytest.mark.skipif(not SIZE, reason="forty companies, three rounds: in the campaign")
def test_a_quiet_round_of_forty_costs_forty_processes(
    write: Callable[[str], Path], postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"company{n}" for n in range(max(2, round(40 * SIZE)))]
    write("pennylane:\n" + "".join(f"  {name}:\n" for name in names))
    with served(dict.fromkeys(names, "MARK"), postgres, tmp_path, monkeypatch) as forty:
        for name in names:
            assert forty.run(name, "customers", "products", mode="full").state == "success"
            # What the vendor noted within the overlap is read once more.
            forty.run(name, "customers", "products")
        processes = {name: forty.run(name, "customers", "products").with_state("success") for name in names}
    assert processes == {name: {"plan"} for name in names}


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
