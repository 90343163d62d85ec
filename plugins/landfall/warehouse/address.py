"""From an Airflow connection to a driver's address: every setting reaches the driver, or is refused by its name.

What each provider's own hook does with a connection counts for nothing here: the drivers differ from theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import sqlalchemy as sa
from psycopg.pq import Conninfo

from landfall.errors import Misconfigured
from landfall.spelling import nearest

PINNED = (
    "bytea_output",
    "client_encoding",
    "datestyle",
    "default_transaction_deferrable",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "extra_float_digits",
    "intervalstyle",
    "quote_all_identifiers",
    "row_security",
    "search_path",
    "standard_conforming_strings",
    "timezone",
    "transform_null_equals",
)
"""Settings of a PostgreSQL session that Landfall sets itself; see `landfall.warehouse.sql.session`."""

KEYWORDS = (
    "ApplicationIntent",
    "Authentication",
    "ConnectRetryCount",
    "ConnectRetryInterval",
    "Encrypt",
    "HostNameInCertificate",
    "IpAddressPreference",
    "KeepAlive",
    "KeepAliveInterval",
    "MultiSubnetFailover",
    "PacketSize",
    "ServerCertificate",
    "ServerSPN",
    "Trusted_Connection",
    "TrustServerCertificate",
)
"""Of the connection string of mssql-python: those that both of its connections take, the one for bulk copy too."""

_SPELLED = {
    "appname": "nothing: the driver names itself",
    "application_name": "nothing: the driver names itself",
    "encryption": "Encrypt",
    "packet size": "PacketSize",
    "trust_server_certificate": "TrustServerCertificate",
}
"""What other drivers call things, and this one's word."""
_IDENTITY = ("iam", "aws_conn_id", "azure_conn_id")
_ANOTHER_DRIVER = "Take it out of the connection's extra, or give Landfall a connection of its own."
_OPTION = re.compile(r"(?:^|\s)(?:-c\s*|--)([A-Za-z_][\w.-]*)\s*=")


class ConnectionLike(Protocol):
    """The fields of an Airflow connection that make an address."""

    conn_id: str
    login: str | None
    password: str | None
    host: str | None
    port: int | None
    schema: str | None

    @property
    def extra_dejson(self) -> dict[str, Any]: ...


def postgres_url(
    connection: ConnectionLike, token: Callable[[Any], tuple[str, str, int]] | None = None
) -> sa.URL:
    """The SQLAlchemy URL of a connection of type `postgres`; its extra holds libpq's keywords.

    :param token: login, password and port of a connection whose extra says `iam`, from who issues them.
    :raises Misconfigured: a setting that does not reach the driver, or that Landfall sets itself; it is named.
    """
    given = dict(connection.extra_dejson)
    login, password, port = connection.login, connection.password, connection.port
    if token and _on(given.get("iam")):
        login, password, port = token(connection)
        given = {name: value for name, value in given.items() if name not in _IDENTITY}
    if not _on(given.get("iam", False)):
        given.pop("iam", None)  # it says that it is not asked for
    if given.get("sqlalchemy_scheme") in ("postgresql", "postgresql+psycopg"):
        del given["sqlalchemy_scheme"]  # which it is
    more = given.pop("sqlalchemy_query", None)
    if more is not None and not isinstance(more, Mapping):
        raise refused(connection, "sqlalchemy_query", "is no JSON object", "Make it one, or take it out.")
    twice = sorted(set(given) & set(more or {}))
    if twice:
        raise refused(connection, twice[0], "is in sqlalchemy_query too", "Say it once.")
    query = texts(connection, {**given, **(more or {})}, {True: "1", False: "0"})
    known = {option.keyword.decode() for option in Conninfo.get_defaults()} - {"replication"}
    for name in query:
        if name not in known:
            raise refused(
                connection, name, "is no setting of libpq, PostgreSQL's driver", advised(name, known)
            )
    if query.get("client_encoding", "utf8").lower().replace("-", "") not in ("utf8", "unicode"):
        raise refused(connection, "client_encoding", "is not UTF8, which Landfall writes", "Take it out.")
    for name in options(query.get("options", "")):
        if name in PINNED:
            raise refused(connection, f"{name} (in options)", "is what Landfall sets itself", "Take it out.")
    return sa.URL.create(
        "postgresql+psycopg",
        username=login,
        password=password,
        host=connection.host,
        port=port,
        database=connection.schema,
        query=query,
    )


def options(text: str) -> list[str]:
    """Names, in small letters, of the settings that libpq's `options` asks the server for."""
    return [name.lower().replace("-", "_") for name in _OPTION.findall(text)]


def mssql_url(connection: ConnectionLike) -> sa.URL:
    """The SQLAlchemy URL of a connection of type `mssql`; its extra holds `KEYWORDS`, in any case.

    :raises Misconfigured: it names no host or no database, or a setting does not reach the driver; it is named.
    """
    if not connection.host or not connection.schema:
        raise Misconfigured(
            f"connection {connection.conn_id} names no {'database' if connection.host else 'host'}",
            todo="Fill in host and schema; the schema is the database's name.",
        )
    words = {word.lower(): word for word in KEYWORDS}
    query = {}
    for name, value in texts(connection, connection.extra_dejson, {True: "yes", False: "no"}).items():
        if name.lower() not in words:
            meant = _SPELLED.get(name.lower())
            todo = f"Say {meant}." if meant else advised(name, KEYWORDS)
            raise refused(connection, name, "is no setting of mssql-python, the driver", todo)
        query[words[name.lower()]] = value
    query = {word: query[word] for word in KEYWORDS if word in query}
    return sa.URL.create(
        "mssql+mssqlpython",
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port or 1433,
        database=connection.schema,
        query=query,
    )


def texts(connection: ConnectionLike, given: Mapping[str, Any], spelled: dict[bool, str]) -> dict[str, str]:
    """Settings as a driver wants them; an empty one is one that was left blank in a form.

    :param spelled: how the driver spells yes and no.
    :raises Misconfigured: one is neither text nor number.
    """
    found = {}
    for name, value in given.items():
        if isinstance(value, bool):
            found[name] = spelled[value]
        elif isinstance(value, str | int | float):
            found[name] = str(value)
        elif value is not None:
            raise refused(connection, name, "is neither a text nor a number", "Write it as one.")
    return {name: value for name, value in found.items() if value.strip()}


def _on(value: Any) -> bool:
    return value is True or str(value).strip().lower() in ("true", "1", "yes")


def advised(name: str, known: Iterable[str]) -> str:
    """What to do about a setting that is not known: the known one that is spelled most alike, if any."""
    return f"{nearest(name, known)} {_ANOTHER_DRIVER}".strip()


def refused(connection: ConnectionLike, name: str, why: str, todo: str) -> Misconfigured:
    """The error that names a setting."""
    return Misconfigured(f"connection {connection.conn_id}: the extra's {name} {why}", todo=todo)
