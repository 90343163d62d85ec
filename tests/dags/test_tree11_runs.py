"""Tree11's DAG under Airflow's own runner: what is due, what is asked for, and what the vendors are asked."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from landfall.sources import source
from sandbox import Sandbox
from sandbox.environment import vendor_connection, warehouse_connection
from sandbox.google_sheets import GoogleSheetsVendor
from sandbox.google_sheets.documents import HOURS
from sandbox.gymly import GymlyVendor
from sandbox.postgres import PostgresServer
from tests.dags import runs
from tests.dags.runs import Run
from tests.driver import assert_same, open_warehouse, published

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

DECLARED = source("tree11")
TABLES = {r.name for r in DECLARED.resources}
REGULAR = TABLES - {"Abonnementen", "AbonnementStatistieken"}
DATED = {r.name for r in DECLARED.resources if r.read.dated} - {"AbonnementStatistieken"}
ZONE = ZoneInfo("Europe/Amsterdam")


class Gym:
    """The DAG, the two vendors it reads, and the warehouse it fills."""

    def __init__(self, vendor: GymlyVendor, sheets: GoogleSheetsVendor, url: str) -> None:
        self.vendor, self.sheets, self.url = vendor, sheets, url

    def dag(self) -> Any:
        dag = runs.dag_file("tree11")
        for task in dag.tasks:
            task.retries = 0
        return dag

    def first(self) -> Run:
        """`airflow dags test`, which makes the DAG known to Airflow's database."""
        return runs.found(self.dag().test(logical_date=None, run_conf={}).run_id)

    def run(self, *, at: datetime | None = None, **conf: Any) -> Run:
        """A run by hand, or the one that the schedule makes at a moment."""
        dag = self.dag()
        return runs.trigger(dag, runs.scheduled(dag), conf, at=at)

    def query(self, sql: str, **values: Any) -> list[Any]:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.begin() as opened:
            result = opened.execute(sa.text(sql), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    def contents(self) -> dict[str, list[Any]]:
        names = [t.name for r in DECLARED.resources for t in r.table.family()]
        return {n: sorted(self.query(f'SELECT t::text FROM tree11."{n}" AS t')) for n in names}

    def requests(self) -> Counter[str]:
        """How often each kind of path was asked since the vendors were reset, both vendors together."""
        told: Counter[str] = Counter()
        for vendor in (self.vendor, self.sheets):
            for request in vendor.stats.log:
                path = re.sub(r"/businesses/[^/]+|/v\d|/api", "", request.path)
                path = re.sub(r"/courses/[^/]+", "/courses/{lesson}", path)
                path = re.sub(r"/spreadsheets/[^/]+(/values)?.*", r"/spreadsheets\1", path)
                told[path] += 1
        return told


@pytest.fixture(scope="module")
def boxes() -> Iterator[tuple[Sandbox, Sandbox]]:
    made = GymlyVendor(seed=4, records=120, plans=5, lessons_per_day=3, days=70)
    with Sandbox(made) as gymly, Sandbox(GoogleSheetsVendor()) as sheets:
        yield gymly, sheets


@pytest.fixture(scope="module")
def loaded(
    airflow_db: Path,
    boxes: tuple[Sandbox, Sandbox],
    postgres: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Run, Counter[str]]]:
    """A database filled by one run by hand, the run, and what it asked the vendors."""
    folder = tmp_path_factory.mktemp("rate")
    name = f"tree11_{os.getpid()}"
    url = postgres.create_database(name)
    with pytest.MonkeyPatch.context() as patch:
        for kind, box in zip(("gymly", "google_sheets"), boxes, strict=True):
            budget = {"rate_store": str(folder / kind), "requests_per_period": 10_000, "period_seconds": 1.0}
            patch.setenv(
                f"AIRFLOW_CONN_{kind.upper()}_DEFAULT", vendor_connection(kind, box.api_url, **budget)
            )
            box.app.stats.reset()
        patch.setenv("AIRFLOW_CONN_TREE11_WAREHOUSE", warehouse_connection(url))
        gym = Gym(boxes[0].app, boxes[1].app, url)
        run = gym.first()
        yield name, run, gym.requests()
    postgres.drop_database(name)


@pytest.fixture
def sql_server_gym(
    loaded: tuple[str, Run, Counter[str]],
    boxes: tuple[Sandbox, Sandbox],
    mssql_database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Gym]:
    """An empty warehouse on SQL Server, the vendors as they were."""
    from landfall.operators.base import warehouse_of

    for box in boxes:
        box.app.reset()
    monkeypatch.setenv("AIRFLOW_CONN_TREE11_WAREHOUSE", warehouse_connection(mssql_database))
    yield Gym(boxes[0].app, boxes[1].app, mssql_database)
    boxes[0].app.revoked = False
    warehouse_of("tree11").engine.dispose()  # a database that is in use cannot be dropped there


@pytest.fixture
def gym(
    loaded: tuple[str, Run, Counter[str]],
    boxes: tuple[Sandbox, Sandbox],
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Gym]:
    """After the first run: a warehouse of its own, the vendors as they were."""
    for box in boxes:
        box.app.reset()
    name = f"tree11_{os.getpid()}_{abs(hash(request.node.name))}"
    url = postgres.create_database(name, template=loaded[0])
    monkeypatch.setenv("AIRFLOW_CONN_TREE11_WAREHOUSE", warehouse_connection(url))
    yield Gym(boxes[0].app, boxes[1].app, url)
    postgres.drop_database(name)
    for box in boxes:
        box.app.faults.clear()
        box.app.revoked = False


def at(day: date, hour: int) -> datetime:
    """A moment of the schedule."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(UTC)


def a(weekday: int) -> date:
    today = datetime.now(ZONE).date()
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def test_the_first_run_loads_all_that_is_ever_due(loaded: tuple[str, Run, Counter[str]]) -> None:
    run = loaded[1]
    assert (run.state, run.tables()) == ("success", TABLES - {"AbonnementStatistieken"})
    assert {run.result(f"{name}.extract")["mode"] for name in run.tables()} == {"full"}
    assert run.result("wrap_up")["reference_warnings"] == 0
    assert all(run.result(f"{name}.publish")["inserted"] > 0 for name in run.tables())


def test_a_run_of_the_schedule_reads_the_regular_tables_and_asks_the_least_there_is(gym: Gym) -> None:
    """The figures of "Requests of a run" in docs/sources/tree11.md, counted by the vendors themselves."""
    before = gym.contents()
    run = gym.run(at=at(a(1), 9))
    assert (run.state, run.tables()) == ("success", REGULAR)
    assert run.result("plan")["tables"]["Lessen"] == "incremental"
    for name in REGULAR:
        told = run.result(f"{name}.publish")
        assert (told["inserted"], told["updated"], told["deleted"]) == (0, 0, 0), name
    assert gym.contents() == before, "nothing changed at the vendors"
    lessons = gym.query('SELECT count(DISTINCT "LesId") FROM tree11."LesDeelname"')[0][0]
    plans = len(gym.vendor.ids("memberships"))
    asked = gym.requests()
    probes = asked.pop("/pos/statistics")
    assert probes in (8 + 1, 8 + 2), "a day each, and how the end date is meant"
    assert asked == {
        "/locations": 1,
        "/users": 2,
        "/memberships": 1,
        **{f"/analytics/memberships/{c}": plans for c in ("new", "paused", "active", "expirations")},
        "/activity-events": 2,
        "/courses/{lesson}/members": 7 * 3,
        "/analytics/revenue": 2,
        "/invoices": 2,
        "/payouts": 1,
        "/token": 1,
        "/spreadsheets": 2,  # whose it is, and its worksheets
        "/spreadsheets/values": 2,
    }
    assert lessons <= 7 * 3


def test_on_monday_at_seven_it_is_the_plans_and_nothing_else(gym: Gym) -> None:
    run = gym.run(at=at(a(0), 7))
    assert (run.state, run.tables()) == ("success", {"Abonnementen"})
    assert run.result("plan")["tables"] == {"Abonnementen": "full"}
    assert gym.requests() == {"/locations": 1, "/memberships": 1}


def test_mode_full_by_hand_reads_all_that_is_ever_due_and_a_dry_run_changes_nothing(gym: Gym) -> None:
    gym.vendor.update("users", gym.vendor.ids("users")[0], {"fullName": "Iemand Anders"})
    before = gym.contents()
    run = gym.run(mode="full", dry_run=True)
    assert (run.state, run.tables()) == ("success", TABLES - {"AbonnementStatistieken"})
    assert run.result("Leden.publish")["updated"] == 1
    assert gym.contents() == before


def test_a_named_table_is_read_whether_it_is_due_or_not_and_a_broken_sheet_stops_no_other(gym: Gym) -> None:
    run = gym.run(tables=["AbonnementStatistieken"])
    assert (run.state, run.tables()) == ("success", {"AbonnementStatistieken"})
    assert gym.query('SELECT count(*) FROM tree11."AbonnementStatistieken"') == [(12 * 8,)]
    again = gym.run(tables=["AbonnementStatistieken"])
    assert again.result("AbonnementStatistieken.extract")["mode"] == "incremental"
    gym.sheets.documents[HOURS].uploaded = True
    before = gym.contents()
    run = gym.run()
    assert run.state == "failed"
    assert run.tasks["PersonalTraining.extract"] == "failed", "its own failure alone"
    assert run.tables() == REGULAR - {"PersonalTraining"}, "and once loaded, it is still nobody's habit"
    assert gym.contents() == before


def test_dates_walk_in_weeks_and_touch_what_can_be_read_by_date(gym: Gym) -> None:
    day = datetime.now(ZONE).date() - timedelta(days=40)
    before = gym.contents()
    run = gym.run(start_date=day.isoformat(), end_date=(day + timedelta(days=13)).isoformat())
    assert (run.state, run.tables()) == ("success", DATED)
    asked = gym.requests()
    assert asked["/analytics/revenue"] == 4, "two weeks, for each of two tables"
    assert asked["/courses/{lesson}/members"] == 14 * 3
    after = gym.contents()
    for name in DATED - {"GrootboekRekening", "Omzet"}:
        assert set(after[name]) > set(before[name]), name
    assert after["Leden"] == before["Leden"]


def test_a_refused_key_fails_the_plan_and_nothing_is_asked_again(gym: Gym) -> None:
    before = gym.contents()
    gym.vendor.revoked = True
    run = gym.run()
    assert (run.state, run.tasks["plan"]) == ("failed", "failed")
    assert gym.requests() == {"/locations": 1}
    assert gym.contents() == before


def test_a_location_of_somebody_else_fails_the_plan(gym: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every lesson and figure would be read as gone."""
    given = json.loads(os.environ["AIRFLOW_CONN_GYMLY_DEFAULT"])
    given["extra"]["location_id"] = "22222222-2222-4222-8222-000000000009"
    monkeypatch.setenv("AIRFLOW_CONN_GYMLY_DEFAULT", json.dumps(given))
    before = gym.contents()
    assert gym.run().tasks["plan"] == "failed"
    assert gym.contents() == before


def test_on_sql_server_a_run_makes_the_same_tables_and_the_next_one_changes_nothing(
    loaded: tuple[str, Run, Counter[str]], sql_server_gym: Gym, postgres: PostgresServer
) -> None:
    gym = sql_server_gym
    first = gym.run(mode="full")
    assert (first.state, first.tables()) == ("success", TABLES - {"AbonnementStatistieken"})
    found, wanted = tables(gym.url), tables(postgres.url_of(loaded[0]))
    assert any(wanted.values())
    for name, rows in wanted.items():
        assert_same({name: found[name]}, {name: rows})
    again = gym.run(mode="full")
    assert again.state == "success"
    for name in again.tables():
        told = again.result(f"{name}.publish")
        assert (told["inserted"], told["updated"], told["deleted"]) == (0, 0, 0), name
    assert tables(gym.url) == found
    logged = "SELECT * FROM tree11.DataQualityLog WHERE CheckStatus != 'PASS' ORDER BY CheckTijd DESC;"
    there = Gym(gym.vendor, gym.sheets, postgres.url_of(loaded[0])).query(logged)
    assert Counter(row[2:5] for row in gym.query(logged)) == Counter(row[2:5] for row in there * 2)
    assert there
    logged = "SELECT Status FROM tree11.PipelineLog WHERE TabelNaam = 'PIPELINE'"
    assert gym.query(logged) == [("success",)] * 2


def test_on_sql_server_a_refused_key_leaves_the_tables_as_they_were(sql_server_gym: Gym) -> None:
    gym = sql_server_gym
    gym.run(tables=["Leden", "Lessen"])
    before = tables(gym.url, {"Leden", "Lessen"})
    assert all(before.values())
    gym.vendor.revoked = True
    run = gym.run(tables=["Leden", "Lessen"])
    assert (run.state, run.tasks["plan"]) == ("failed", "failed")
    assert tables(gym.url, {"Leden", "Lessen"}) == before


def tables(url: str, names: set[str] = TABLES - {"AbonnementStatistieken"}) -> dict[str, Any]:
    """Rows by key of the tables of these resources and their children, without what each load notes of itself."""
    found: dict[str, Any] = {}
    warehouse = open_warehouse(url)
    for resource in DECLARED.resources:
        if resource.name not in names:
            continue
        noted = {c.name for t in resource.table.family() for c in t.columns if c.role == "loaded"}
        for name, rows in published(warehouse, "tree11", resource.table).items():
            found[name] = {
                key: {column: value for column, value in row.items() if column not in noted}
                for key, row in rows.items()
            }
    warehouse.engine.dispose()
    return found
