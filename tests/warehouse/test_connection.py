"""One warehouse connection a process, for all its transactions, for as long as it lives; and which one it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from landfall.errors import Misconfigured
from landfall.warehouse import Warehouse
from sandbox.environment import warehouse_connection
from tests.driver import open_warehouse

engines = pytest.mark.engines


def session(warehouse: Warehouse) -> int:
    """The process at the server that serves the next transaction."""
    ask = "SELECT @@SPID" if warehouse.engine.dialect.name == "mssql" else "SELECT pg_backend_pid()"
    with warehouse.begin() as connection:
        return int(connection.exec_driver_sql(ask).scalar_one())


@engines
def test_transactions_one_after_another_share_a_connection(database: str) -> None:
    warehouse = open_warehouse(database)
    assert session(warehouse) == session(warehouse)


@engines
def test_a_connection_that_was_cut_meanwhile_is_made_anew(
    database: str, request: pytest.FixtureRequest
) -> None:
    warehouse = open_warehouse(database)
    cut = session(warehouse)
    if warehouse.engine.dialect.name == "mssql":
        request.getfixturevalue("mssql").end_session(cut)
    else:
        with open_warehouse(database).begin() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({cut}, 5000)")
    assert session(warehouse) != cut


@pytest.fixture
def of_airflow() -> Iterator[Callable[[str], Warehouse]]:
    """Opens the warehouse of a source by its Airflow connection."""
    from landfall.operators.base import warehouse_of

    opened = []

    def open_(source: str) -> Warehouse:
        opened.append(warehouse_of(source))
        return opened[-1]

    yield open_
    for one in opened:
        one.engine.dispose()


@engines
@pytest.mark.airflow
def test_all_that_a_process_does_with_a_warehouse_shares_it(
    database: str, monkeypatch: pytest.MonkeyPatch, of_airflow: Callable[[str], Warehouse]
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_LANDFALL_WAREHOUSE", warehouse_connection(database))
    assert session(of_airflow("fullbay")) == session(of_airflow("tree11"))


# --- SQL Server's, by its fields ------------------------------------------------------------------------------------

FIELDS: dict[str, Any] = {
    "host": "db.example.org",
    "login": "loader",
    "password": "p@ss:/?#[]!$&'()*+,;=%20 ü{}",
    "schema": "gym",
}


@pytest.mark.airflow
@pytest.mark.parametrize(("port", "server"), [(None, "db.example.org,1433"), (14330, "db.example.org,14330")])
def test_the_fields_of_a_connection_become_the_drivers(
    port: int | None, server: str, set_connection: Any, of_airflow: Callable[[str], Warehouse]
) -> None:
    extra = {"TrustServerCertificate": True, "encrypt": "no", "tds_version": "7.4", "Authentication": ""}
    set_connection("tree11_warehouse", "mssql", **FIELDS, port=port, extra=extra)
    engine = of_airflow("tree11").engine
    assert engine.dialect.name == "mssql"
    assert engine.url.password == FIELDS["password"]
    (told,), options = engine.dialect.create_connect_args(engine.url)
    assert told == (
        f"Server={server};Database=gym;UID=loader;PWD={{p@ss:/?#[]!$&'()*+,;=%20 ü{{}}}}}};"
        "Encrypt=no;TrustServerCertificate=yes"
    )
    assert options == {}
    assert sa.make_url(engine.url.render_as_string(hide_password=False)) == engine.url
    assert FIELDS["password"] not in str(engine.url)


@pytest.mark.airflow
def test_a_connection_is_encrypted_and_its_server_checked_unless_it_says_otherwise(
    set_connection: Any, of_airflow: Callable[[str], Warehouse]
) -> None:
    set_connection("tree11_warehouse", "mssql", **FIELDS)
    assert of_airflow("tree11").engine.url.query == {}, "the driver's own ways are these"


@pytest.mark.airflow
@pytest.mark.parametrize(("lacking", "told"), [("host", "names no host"), ("schema", "names no database")])
def test_a_connection_without_host_or_database_is_said_to_be(
    lacking: str, told: str, set_connection: Any, of_airflow: Callable[[str], Warehouse]
) -> None:
    set_connection("tree11_warehouse", "mssql", **FIELDS | {lacking: ""})
    with pytest.raises(Misconfigured, match=f"connection tree11_warehouse {told}") as raised:
        of_airflow("tree11")
    assert "the schema is the database's name" in raised.value.todo


@pytest.mark.airflow
def test_a_sources_own_connection_comes_first_and_another_kind_is_refused(
    set_connection: Any, of_airflow: Callable[[str], Warehouse]
) -> None:
    set_connection("landfall_warehouse", "mysql", **FIELDS)
    set_connection("tree11_warehouse", "mssql", **FIELDS)
    assert of_airflow("tree11").engine.url.host == "db.example.org"
    with pytest.raises(Misconfigured, match="landfall_warehouse is of type mysql"):
        of_airflow("fullbay")
