"""A simulated gym with both its vendors and an empty warehouse."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from landfall import pipeline
from landfall.reads import clock
from landfall.wire.retry import RetryPolicy
from sandbox import Sandbox
from sandbox.clock import Clock
from sandbox.environment import vendor_connection
from sandbox.google_sheets import GoogleSheetsVendor
from sandbox.gymly import GymlyVendor
from sandbox.postgres import PostgresServer
from tests.driver import open_warehouse
from tests.sources.tree11.gym import NOW, TREE11, Gym
from tests.sql_server import SqlServer, delete_rows

_numbers = itertools.count(1)
QUICK = RetryPolicy(attempts=4, first_wait=0.01, longest_wait=0.05)


@pytest.fixture(scope="session")
def boxes() -> Iterator[tuple[Sandbox, Sandbox]]:
    """Both vendors, served once; ten weeks of a small gym."""
    made = GymlyVendor(records=40, plans=5, lessons_per_day=3, days=70, clock=Clock(NOW, frozen=True))
    with Sandbox(made) as gymly, Sandbox(GoogleSheetsVendor(clock=Clock(NOW, frozen=True))) as sheets:
        yield gymly, sheets


@pytest.fixture(scope="session")
def with_tables(postgres: PostgresServer) -> Iterator[str]:
    """Name of a database with the empty tables, for copies of it."""
    name = f"tree11_tables_{os.getpid()}"
    warehouse = open_warehouse(postgres.create_database(name))
    pipeline.ensure_ledger(warehouse)
    pipeline.ensure_source(warehouse, TREE11)
    yield name
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def on_sql_server(mssql: SqlServer) -> Iterator[str]:
    """A database on SQL Server with the tables, for one test after another."""
    yield from mssql.database_with(TREE11)


@pytest.fixture
def mssql_database(on_sql_server: str) -> str:
    """The same one with empty tables."""
    delete_rows(on_sql_server, TREE11)
    return on_sql_server


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with empty tables: on PostgreSQL a copy."""
    if getattr(request, "param", "postgresql") == "mssql":
        yield request.getfixturevalue("mssql_database")
        return
    postgres = request.getfixturevalue("postgres")
    name = f"tree11_copy_{os.getpid()}_{next(_numbers)}"
    yield postgres.create_database(name, template=request.getfixturevalue("with_tables"))
    postgres.drop_database(name)


@pytest.fixture
def gym(
    boxes: tuple[Sandbox, Sandbox], database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gym]:
    """The gym as seeded, on the last day of March 2026, and nothing loaded yet."""
    for name, box in zip(("gymly", "google_sheets"), boxes, strict=True):
        box.app.reset()
        quick = {"default_wait_seconds": 0.2} if name == "gymly" else {}
        told = vendor_connection(name, box.api_url, rate_store=str(tmp_path / name), **quick)
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}_DEFAULT", told)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("landfall.hooks.gymly_api.RetryPolicy", lambda **_: QUICK)
    monkeypatch.setattr("landfall.hooks.google_sheets_api.SheetsHttp.retry", QUICK)
    opened = Gym(database, tmp_path, boxes[0].app, boxes[1].app)
    yield opened
    opened.close()
    for box in boxes:
        box.app.faults.clear()
