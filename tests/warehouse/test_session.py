"""A loader whose role and database are set otherwise in every way loads what any other does, by both stage paths."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from landfall import setup
from landfall.errors import Misconfigured
from landfall.records import Json, Record
from landfall.sources import source
from landfall.stage import load as stage_load
from landfall.warehouse import connect
from landfall.warehouse.sql import session
from sandbox.postgres import PostgresServer
from tests.driver import Lab

LOGIN, PASSWORD = "landfall_test_odd", "only-for-this-test"
OTHERWISE = {
    "client_encoding": "LATIN1",
    "datestyle": "German, DMY",
    "intervalstyle": "sql_standard",
    "timezone": "America/St_Johns",
    "bytea_output": "escape",
    "extra_float_digits": "-15",
    "search_path": "hostile, public",
    "standard_conforming_strings": "off",
    "transform_null_equals": "on",
    "row_security": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_read_only": "on",
    "default_transaction_deferrable": "on",
    "statement_timeout": "20s",
    "lock_timeout": "20s",
    "idle_in_transaction_session_timeout": "20s",
    "synchronous_commit": "off",
    "work_mem": "64kB",
    "enable_hashjoin": "off",
    "plan_cache_mode": "force_generic_plan",
    "lc_numeric": "C",
    "array_nulls": "off",
    "quote_all_identifiers": "on",
    "default_statistics_target": "1",
    "check_function_bodies": "off",
    "jit": "on",
}
"""Whatever a role or a database may set, and the loader might have relied on."""
HOSTILE = """
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.count(anyelement) RETURNS BIGINT LANGUAGE sql AS 'SELECT 0';
CREATE FUNCTION hostile.now() RETURNS TIMESTAMPTZ LANGUAGE sql AS 'SELECT NULL::timestamptz';
CREATE TABLE hostile.pg_class (relname TEXT);
"""


class Odd(Record, table="odd", key="id"):
    """What may be bent on its way."""

    id: int
    text: str | None
    amount: Decimal | None
    day: date | None
    at: datetime | None
    more: Json | None


RECORDS = [
    {
        "id": number,
        "text": f"ça & Ł & 漢字 & 😀 & back\\slash '{number}'",
        "amount": "1234567.0012345",
        "day": "2025-03-02",
        "at": "2025-03-30T01:30:00.123456+01:00",
        "more": {"k": ["é", "漢", None, 0.1]},
    }
    for number in range(1, 40)
]
TRUE = {
    "text": "ça & Ł & 漢字 & 😀 & back\\slash '7'",
    "amount": Decimal("1234567.0012345"),
    "day": date(2025, 3, 2),
    "at": datetime(2025, 3, 30, 0, 30, 0, 123456, tzinfo=UTC),
    "more": {"k": ["é", "漢", None, 0.1]},
}


def set_otherwise(address: str, owner: sql.Composable) -> None:
    with psycopg.connect(address, autocommit=True) as admin:
        for name, value in OTHERWISE.items():
            admin.execute(
                sql.SQL("ALTER {} SET {} = {}").format(
                    owner, sql.SQL(name), sql.SQL(value if name == "search_path" else f"'{value}'")
                )
            )


@pytest.fixture(params=["role", "database"])
def odd(request: pytest.FixtureRequest, database: str, postgres: PostgresServer) -> Iterator[str]:
    """The loader's URL of a database, where the role or the database sets everything otherwise."""
    url = sa.make_url(database)
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {LOGIN} LOGIN PASSWORD '{PASSWORD}'")
        admin.execute(f"GRANT CREATE ON DATABASE {url.database} TO {LOGIN}")
        admin.execute(HOSTILE)
        admin.execute(f"GRANT USAGE ON SCHEMA hostile TO {LOGIN}")
    owner = sql.SQL("ROLE {}").format(sql.Identifier(LOGIN))
    if request.param == "database":
        owner = sql.SQL("DATABASE {}").format(sql.Identifier(str(url.database)))
    set_otherwise(address, owner)
    yield url.set(username=LOGIN, password=PASSWORD).render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True, options="-c default_transaction_read_only=off") as admin:
        admin.execute(
            "SET statement_timeout = 0; SET search_path = public; SET idle_in_transaction_session_timeout = 0"
        )
        admin.execute(f"DROP OWNED BY {LOGIN} CASCADE")
        admin.execute(f"DROP ROLE {LOGIN}")


@pytest.mark.parametrize("least_bytes", [0, 2**40], ids=["fast path", "exact path"])
def test_however_role_and_database_are_set_the_rows_are_true(
    odd: str, least_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage_load, "FAST_PATH_BYTES", least_bytes)
    lab = Lab(odd, tmp_path, Odd)
    for _ in range(2):  # an empty table, then one that is compared
        lab.load(RECORDS)
        (row,) = lab.query(f"SELECT {', '.join(TRUE)} FROM lab.odd WHERE id = 7")
        assert dict(zip(TRUE, row, strict=True)) == TRUE
    assert lab.state().row_count == len(RECORDS)
    done = lab.load([*RECORDS[:30], {**RECORDS[30], "text": None}, *RECORDS[31:]])
    assert (done.inserted, done.updated, done.unchanged) == (0, 1, 38)


def test_a_source_is_set_up_by_such_a_role(odd: str) -> None:
    warehouse = connect(odd)
    for _ in range(2):
        setup.set_up(warehouse, source("fullbay"))
    warehouse.engine.dispose()


def test_every_transaction_is_told_the_same(odd: str) -> None:
    warehouse = connect(odd)
    pinned = {
        "client_encoding": "UTF8",
        "DateStyle": "ISO, YMD",
        "IntervalStyle": "postgres",
        "TimeZone": "UTC",
        "search_path": "pg_catalog",
        "transaction_isolation": "read committed",
        "transaction_read_only": "off",
        "transaction_deferrable": "off",
        "standard_conforming_strings": "on",
        "transform_null_equals": "off",
        "row_security": "off",
        "bytea_output": "hex",
        "extra_float_digits": "1",
        "statement_timeout": "0",
        "lock_timeout": session.LOCK_TIMEOUT,
        "idle_in_transaction_session_timeout": "0",
        "synchronous_commit": "on",
    }
    for _ in range(2):
        with warehouse.begin() as connection:
            ask = sa.select(*(sa.func.current_setting(name) for name in pinned))
            assert dict(zip(pinned, connection.execute(ask).one(), strict=True)) == pinned
    warehouse.engine.dispose()


def test_rows_that_a_policy_hides_raise_instead_of_missing(odd: str, tmp_path: Path) -> None:
    lab = Lab(odd, tmp_path, Odd)
    lab.load(RECORDS)
    lab.query("ALTER TABLE lab.odd ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    with pytest.raises(Exception, match="row-level security"):
        lab.load(RECORDS)


# --- encodings ------------------------------------------------------------------------------------------------------


@pytest.fixture
def encoded(postgres: PostgresServer) -> Iterator[Callable[[str], str]]:
    """Makes databases of an encoding."""
    made: list[str] = []
    numbers = itertools.count(1)

    def make(encoding: str) -> str:
        name = f"encoded_{next(numbers)}"
        made.append(name)
        with psycopg.connect(postgres.dsn, autocommit=True) as admin:
            admin.execute(
                f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
            )
        return postgres.url_of(name)

    yield make
    for name in made:
        postgres.drop_database(name)


@pytest.mark.parametrize("encoding", ["LATIN1", "LATIN9", "WIN1252", "SQL_ASCII"])
def test_a_database_that_cannot_hold_every_text_is_refused_by_name(
    encoding: str, encoded: Callable[[str], str]
) -> None:
    warehouse = connect(encoded(encoding))
    with pytest.raises(
        Misconfigured, match=rf"database encoded_\d+\): the database's encoding is {encoding},"
    ):
        setup.set_up(warehouse, source("fullbay"))
    with warehouse.begin() as connection:
        assert not sa.inspect(connection).has_schema("landfall"), "nothing was made"
    warehouse.engine.dispose()
