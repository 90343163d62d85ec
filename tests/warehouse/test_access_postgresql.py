"""The roles that `include/sql/access/postgresql.sql` makes, as an administrator would make them with psql."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from landfall import setup
from landfall.errors import WarehouseRefused
from landfall.sql_files import sql_root
from landfall.warehouse import connect
from sandbox.postgres import PostgresServer
from sandbox.postgres_host import find_programs, server_account

LOADER, READER, PASSWORD = "landfall_test_login", "landfall_test_analyst", "only-for-this-test"


@pytest.fixture
def warehouse(database: str, postgres: PostgresServer) -> Iterator[str]:
    """A database with the roles of Tree11 and a login in each; the loader's URL."""
    address = sa.make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    psql = find_programs(server_account()) / "psql"
    for _ in range(2):  # again and again without harm
        script = sql_root() / "access" / "postgresql.sql"
        subprocess.run(
            [psql, "-Xq", "-v", "ON_ERROR_STOP=1", "-v", "source=tree11", "-d", address, "-f", script],
            check=True,
            env={**os.environ, "PGCONNECT_TIMEOUT": "10"},
        )
    with psycopg.connect(address, autocommit=True) as admin:
        for login in (LOADER, READER):
            admin.execute(f"CREATE ROLE {login} LOGIN PASSWORD '{PASSWORD}'")
        admin.execute(f"GRANT landfall_loader TO {LOADER}")
        admin.execute(f"ALTER ROLE {LOADER} SET role TO landfall_loader")
        admin.execute(f"GRANT tree11_reader TO {READER}")
    yield database
    postgres.drop_database(sa.make_url(database).database or "")
    with psycopg.connect(postgres.dsn, autocommit=True) as admin:
        for role in (LOADER, READER, "landfall_loader", "tree11_reader"):
            admin.execute(f"DROP ROLE IF EXISTS {role}")


def as_(login: str, url: str) -> str:
    return sa.make_url(url).set(username=login, password=PASSWORD).render_as_string(hide_password=False)


def test_the_loader_loads_and_readers_read_and_neither_does_more(warehouse: str) -> None:
    for _ in range(2):
        assert setup.main(["tree11", "--url", as_(LOADER, warehouse)]) == 0
    reader = connect(as_(READER, warehouse))
    for allowed in (
        "SELECT * FROM tree11.DataQualityLog WHERE CheckStatus != 'PASS' ORDER BY CheckTijd DESC",
        "SELECT TabelNaam, Status FROM tree11.PipelineLog",
        'SELECT "Id" FROM tree11."Leden"',
    ):
        with reader.begin() as connection:
            assert connection.exec_driver_sql(allowed).all() == []
    for login, refused in (
        (READER, "SELECT * FROM landfall.quarantine"),
        (READER, 'DELETE FROM tree11."Leden"'),
        (READER, "CREATE TABLE tree11.mine (a INT)"),
        (LOADER, "CREATE SCHEMA mine"),
        (LOADER, "CREATE TABLE public.mine (a INT)"),
    ):
        with (
            pytest.raises(WarehouseRefused, match="permission denied"),
            connect(as_(login, warehouse)).begin() as connection,
        ):
            connection.exec_driver_sql(refused)
