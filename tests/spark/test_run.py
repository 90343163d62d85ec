"""The whole pipeline on a real Spark with real Delta: what PostgreSQL holds, and one lake with the other engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from landfall.errors import Misconfigured
from landfall.records import TableSpec
from landfall.sources import source
from landfall.spark import run_etl_pipeline
from landfall.spark.engine import SparkSnapshot
from landfall.warehouse.lake.snapshot import Snapshot
from landfall.warehouse.tables import target_table
from sandbox import Sandbox
from sandbox.connectwise import ConnectWiseVendor
from sandbox.connectwise.vendor import CLIENT_ID
from tests.driver import Rows, published
from tests.sources.connectwise.office import Office
from tests.spark.session import NO_PUBLISH, SAIL

publishes = pytest.mark.skipif(SAIL, reason=NO_PUBLISH)
ROOT = Path(__file__).parents[2]
SOURCE = source("connectwise")
MODELS = [model.name for model in SOURCE.models]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(ConnectWiseVendor(seed=4, records=40)) as running:
        yield running


@pytest.fixture(scope="module")
def offices(
    box: Sandbox, new_database: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Office]]:
    """The same company in PostgreSQL, and in the lake that Spark works on, by the lake's own engine."""
    made = {}
    for engine in ("postgresql", "lake"):
        made[engine] = Office(new_database(engine), tmp_path_factory.mktemp(engine), box.app, box.api_url)
    yield made
    for office in made.values():
        office.hook.close()
        office.warehouse.close()


@pytest.fixture
def run(box: Sandbox, spark: Any, offices: dict[str, Office], monkeypatch: pytest.MonkeyPatch) -> Any:
    """`run_etl_pipeline` on that lake, as a notebook calls it."""
    keys = {
        "CW_AUTH_USERNAME": "demo+publickey",
        "CW_AUTH_PASSWORD": box.app.token,
        "CW_CLIENTID": CLIENT_ID,
        "CW_BASE_URL": box.api_url,
        "LANDFALL_LAKE": offices["lake"].warehouse.house.root,
    }
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    large_to_spark(monkeypatch)
    return lambda **given: run_etl_pipeline(spark=spark, **given)


ENTRY = target_table(next(t for t in SOURCE.tables if t.name == "silver_cw_timeentry"), "connectwise")
QUESTIONS = (
    sa.select(sa.func.count(), sa.func.max(ENTRY.c.lastUpdated), sa.func.sum(ENTRY.c.actualHours)),
    sa.select(ENTRY.c.id)
    .where(
        ENTRY.c.timeStart >= datetime(2020, 1, 1, tzinfo=UTC), ENTRY.c.notes.is_distinct_from("it's {a} \\ b")
    )
    .order_by(ENTRY.c.id),
    'SELECT "companyId", COUNT(*) FILTER (WHERE "invoiceId" IS NULL) AS open FROM silver.silver_cw_timeentry AS e '
    'GROUP BY "companyId" ORDER BY "companyId"',
)
"""What a check may ask: put to Spark and to the lake's own engine."""


def is_large(name: str) -> bool:
    """To give Spark each table would take minutes: it makes the facts, and merges time entries and their fact."""
    return name == "agreement_level" or name.endswith(("_silver_cw_timeentry", "_fact_timeentry"))


def large_to_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the size of a table be in its name; what is asked meanwhile is answered here."""
    monkeypatch.setattr(
        SparkSnapshot, "is_small", lambda _, used: not any(is_large(name) for _, name in used)
    )
    monkeypatch.setattr(SparkSnapshot, "stream_of", Snapshot.stream_of)


def load(office: Office) -> dict[str, Any]:
    """All tables by the pipeline's own steps. :returns: figures of each, None where nothing had changed."""
    return {r.name: office.sync(r.name) for r in SOURCE.resources} | office.build()


def changes(made: dict[str, Any], *names: str) -> dict[str, Any]:
    """What was inserted, updated and deleted, by table."""
    figures = {n: made[n] for n in names or made}
    return {n: p and (p.inserted, p.updated, p.deleted) for n, p in figures.items()}


def held(office: Office, family: TableSpec) -> dict[str, Rows]:
    """Rows by table and key, but for what each load notes of its own."""
    found = published(office.warehouse, SOURCE.name, family)
    notes = {
        table.name: [column.name for column in table.columns if column.note] for table in family.family()
    }
    return {
        name: {key: {n: v for n, v in row.items() if n not in notes[name]} for key, row in rows.items()}
        for name, rows in found.items()
    }


def assert_equal(offices: dict[str, Office]) -> None:
    for declared in (*SOURCE.resources, *SOURCE.models):
        lake, database = (held(offices[engine], declared.table) for engine in ("lake", "postgresql"))
        assert lake == database, declared.name


def commits(office: Office, schema: str, table: str) -> list[str]:
    """Who made each commit of a table and how, the last first."""
    with office.warehouse.reading() as reader:
        entries = reader.known(schema, table).history()
    return [f"{e.get('engineInfo', 'delta-rs').partition('/')[0]} {e['operation']}" for e in entries]


@publishes
def test_two_runs_and_the_other_engine_make_one_lake(
    run: Any, spark: Any, box: Sandbox, offices: dict[str, Office]
) -> None:
    vendor: ConnectWiseVendor = box.app
    made = run(layers=["bronze", "silver", "gold"], mode="full")
    assert changes(made) == changes(load(offices["postgresql"]))
    assert_equal(offices)
    asked = SparkSnapshot(offices["lake"].warehouse.house, spark=spark, small=-1)
    for question in QUESTIONS:
        with offices["lake"].warehouse.reading() as here:
            assert asked.execute(question).all() == here.execute(question).all()

    vendor.clock.set(datetime.now(UTC))
    vendor.update("time_entries", 1003, {"notes": "{mended} `twice`"})
    vendor.update("agreement_types", 12, {"name": "INNRI VERKEFNI:"})
    vendor.delete("time_entries", 1005)
    vendor.insert("time_entries")
    made = run(mode="incremental", lookback_days=7)
    assert changes(made, "time_entries") == {"time_entries": (1, 1, 1)}
    assert changes(made, *MODELS) == changes(load(offices["postgresql"]), *MODELS)
    assert_equal(offices)
    for schema, table in (("silver", "silver_cw_timeentry"), ("gold", "fact_timeentry")):
        assert "Apache-Spark MERGE" in commits(offices["lake"], schema, table)

    vendor.update("companies", 301, {"name": "Nýtt nafn"})
    vendor.delete("expenses", vendor.ids("expenses")[0])
    load(offices["lake"])
    assert not any(offices["lake"].build().values()), "Spark and the lake tell what has moved alike"
    vendor.update("members", 141, {"hourlyCost": 0})
    made = run()
    assert changes(made, "members") == {"members": (0, 1, 0)}
    assert made["fact_expenseentry"] is None
    load(offices["postgresql"])
    assert_equal(offices)


@publishes
def test_a_run_that_is_killed_is_run_again(
    run: Any, box: Sandbox, offices: dict[str, Office], tmp_path: Path
) -> None:
    vendor, office = box.app, offices["lake"]
    if not office.state("departments").version:
        run(mode="full")
    before = office.state("time_entries").version
    vendor.clock.set(datetime.now(UTC))
    vendor.update("time_entries", vendor.ids("time_entries")[2], {"notes": "written, and not told"})
    vendor.delete("time_entries", vendor.ids("time_entries")[7])
    vendor.update("expenses", vendor.ids("expenses")[0], {"amount": 12.5})
    program = [sys.executable, "-m", "tests.spark.victim", tmp_path]
    done = subprocess.run(program, cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT}/plugins"}, timeout=900)
    assert done.returncode == -signal.SIGKILL
    assert office.state("time_entries").version == before + 1, (
        "the rows are in, and so is what they say of the state"
    )
    made = run()
    assert changes(made, "expenses") == {"expenses": (0, 1, 0)}
    load(offices["postgresql"])
    assert_equal(offices)


@publishes
def test_silver_and_gold_are_made_of_bronze_without_the_vendor(
    run: Any, box: Sandbox, offices: dict[str, Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SparkSnapshot, "is_small", lambda *_: True)
    requests = box.app.stats.requests
    made = run(layers=["silver", "gold"])
    assert box.app.stats.requests == requests
    assert made["time_entries"]
    assert made["time_entries"].unchanged == len(box.app.ids("time_entries"))
    assert_equal(offices)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"layers": ["copper"]}, "layers is"),
        ({"layers": []}, "layers is"),
        ({"mode": "auto"}, "mode is 'auto'"),
        ({"lookback_days": "7"}, "lookback_days"),
        ({"lake": "tables"}, "neither a folder"),
        ({"landing": "s3://bucket"}, "landing is no folder"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_read(
    run: Any, box: Sandbox, given: dict[str, Any], says: str
) -> None:
    requests = box.app.stats.requests
    with pytest.raises(Misconfigured, match=says):
        run(**given)
    assert box.app.stats.requests == requests
