"""One warehouse connection a process, for all its transactions, for as long as it lives; and which one it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from landfall.errors import Misconfigured, WarehouseRefused, WarehouseUnavailable
from landfall.warehouse import Warehouse
from landfall.warehouse.address import KEYWORDS
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


# --- PostgreSQL's, by its fields and its extra -------------------------------------------------------------------


@pytest.fixture
def connected(
    database: str, set_connection: Any, of_airflow: Callable[[str], Warehouse]
) -> Callable[..., Warehouse]:
    """Opens the test's database by an Airflow connection with this extra."""
    at = sa.make_url(database)

    def open_(**extra: Any) -> Warehouse:
        fields = {"host": at.host, "port": at.port, "login": at.username, "password": at.password}
        set_connection("tree11_warehouse", "postgres", **fields, schema=at.database, extra=extra)
        return of_airflow("tree11")

    return open_


def asked(warehouse: Warehouse, query: str) -> Any:
    with warehouse.begin() as connection:
        return connection.exec_driver_sql(query).scalar_one()


@pytest.mark.airflow
@pytest.mark.parametrize("mode", ["require", "verify-full"])
def test_who_asks_for_tls_is_never_connected_in_clear_text(
    mode: str, connected: Callable[..., Warehouse]
) -> None:
    """The tests' server has no certificate, so a loader that got in has passed the setting over."""
    with pytest.raises((WarehouseUnavailable, WarehouseRefused)) as raised:
        asked(connected(sslmode=mode), "SELECT 1")
    assert "connection tree11_warehouse (host 127.0.0.1, database " in raised.value.message


@pytest.mark.airflow
def test_every_setting_of_the_extra_reaches_the_driver(connected: Callable[..., Warehouse]) -> None:
    extra = {
        "application_name": "gym loader",
        "options": "-c statement_timeout=87s -c geqo=off",
        "connect_timeout": 7,
        "keepalives": True,
        "keepalives_idle": 30,
        "target_session_attrs": "any",
        "sslmode": "prefer",
        "sslcert": None,
        "gssencmode": "",
        "sqlalchemy_scheme": "postgresql+psycopg",
        "sqlalchemy_query": {"tcp_user_timeout": "5000"},
    }
    warehouse = connected(**extra)
    names = ("application_name", "statement_timeout", "geqo")
    told = [asked(warehouse, f"SELECT current_setting('{name}')") for name in names]
    assert told == ["gym loader", "87s", "off"]
    with warehouse.begin() as connection:
        heard = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    expected = {
        "connect_timeout": "7",
        "keepalives": "1",
        "keepalives_idle": "30",
        "tcp_user_timeout": "5000",
    }
    assert heard.items() >= expected.items()


@pytest.mark.airflow
def test_a_connection_that_names_itself_nothing_is_named_after_us(
    connected: Callable[..., Warehouse],
) -> None:
    assert asked(connected(), "SELECT current_setting('application_name')") == "landfall"


@pytest.mark.airflow
@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"ssl_mode": "require"}, r"ssl_mode is no setting of libpq.*Is sslmode meant\?"),
        ({"cursor": "dictcursor"}, r"cursor is no setting"),
        ({"redshift": True}, r"redshift is no setting"),
        ({"aws_conn_id": "aws"}, r"aws_conn_id is no setting"),
        ({"sqlalchemy_scheme": "postgresql+psycopg2"}, r"sqlalchemy_scheme is no setting"),
        ({"sslmode": {"a": 1}}, r"sslmode is neither a text nor a number"),
        (
            {"sslmode": "require", "sqlalchemy_query": {"sslmode": "prefer"}},
            r"sslmode is in sqlalchemy_query too",
        ),
        ({"sqlalchemy_query": "sslmode=require"}, r"sqlalchemy_query is no JSON object"),
        ({"client_encoding": "LATIN1"}, r"client_encoding is not UTF8"),
        ({"options": "-c DateStyle=German"}, r"datestyle \(in options\) is what Landfall sets itself"),
        ({"options": "--search-path=a --work_mem=1GB"}, r"search_path \(in options\)"),
        ({"replication": "database"}, r"replication is no setting"),
    ],
)
def test_a_setting_that_would_do_nothing_is_refused_by_name(
    extra: dict[str, Any], told: str, connected: Callable[..., Warehouse]
) -> None:
    with pytest.raises(Misconfigured, match=rf"connection tree11_warehouse: the extra's {told}"):
        connected(**extra)


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
    extra = {"TrustServerCertificate": True, "encrypt": "no", "ApplicationIntent": None, "Authentication": ""}
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
@pytest.mark.parametrize(
    ("name", "todo"),
    [
        ("tds_version", "a connection of its own"),
        ("charset", "a connection of its own"),
        ("encryption", "Say Encrypt"),
        ("TrustServerCertificat", "Is TrustServerCertificate meant?"),
    ],
)
def test_what_is_meant_for_another_driver_is_refused_by_name(
    name: str, todo: str, set_connection: Any, of_airflow: Callable[[str], Warehouse]
) -> None:
    set_connection("tree11_warehouse", "mssql", **FIELDS, extra={name: "x"})
    with pytest.raises(Misconfigured, match=f"the extra's {name} is no setting of mssql-python") as raised:
        of_airflow("tree11")
    assert todo in raised.value.todo


def test_both_connections_of_the_driver_take_every_keyword() -> None:
    """Bulk copy logs in by itself, by a translation that drops what it does not know."""
    from mssql_python.constants import _ALLOWED_CONNECTION_STRING_PARAMS as allowed
    from mssql_python.helpers import _PYCORE_CONNECTION_KEY_MAP as copied

    fields = {"server", "address", "addr", "uid", "pwd", "database"}
    other_spellings = {"packet size", "trust_server_certificate"}
    assert {word.lower() for word in KEYWORDS} == set(allowed) & set(copied) - fields - other_spellings


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
