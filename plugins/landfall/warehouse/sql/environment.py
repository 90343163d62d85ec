"""What a warehouse is asked before anything is read: whether Landfall can keep its promise there.

Each question yields what stands against it, a pair of sentences: what is wrong, and what to do. All is told at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from landfall.errors import Misconfigured
from landfall.warehouse.tables import STAGE_SCHEMA

Fault = tuple[str, str]
OLDEST_POSTGRES = 15
OLDEST_MSSQL = 15
"""SQL Server 2019, by its major version."""
EDITIONS_WITHOUT = {6: "a Synapse dedicated pool", 11: "a Fabric warehouse, or a Synapse serverless pool"}
"""Engine editions that lack what a publish needs: sp_getapplock, enforced keys, NVARCHAR."""

_POSTGRES = sa.text(
    "SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('server_version') AS named, "
    "pg_encoding_to_char(encoding) AS encoding, "
    "has_database_privilege(oid, 'CREATE') AS creates, current_user AS login, "
    "current_setting('client_encoding') AS spoken, current_setting('search_path') AS path "
    "FROM pg_database WHERE datname = current_database()"
)
_SCHEMAS = sa.text(
    "SELECT s.name, n.oid IS NOT NULL AS found, has_schema_privilege(n.oid, 'USAGE') AS used, "
    "has_schema_privilege(n.oid, 'CREATE') AS creates "
    "FROM unnest(CAST(:names AS text[])) AS s (name) LEFT JOIN pg_namespace AS n ON n.nspname = s.name"
)
_TABLES = sa.text(
    "SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
    "JOIN unnest(CAST(:schemas AS text[]), CAST(:tables AS text[])) AS w (schema, name) "
    "ON w.schema = n.nspname AND w.name = c.relname WHERE c.relkind IN ('r', 'p') AND NOT ("
    "has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') "
    "AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')) ORDER BY 1, 2"
)
_DROPPED = sa.text(
    "SELECT name FROM pg_settings WHERE name = ANY(CAST(:names AS text[])) "
    "AND source NOT IN ('client', 'session') ORDER BY 1"
)
_MSSQL = sa.text(
    "SELECT CAST(SERVERPROPERTY('ProductMajorVersion') AS NVARCHAR(20)) AS version, "
    "CAST(SERVERPROPERTY('EngineEdition') AS INT) AS edition, "
    "CAST(SERVERPROPERTY('babelfishversion') AS NVARCHAR(50)) AS stand_in, "
    "CAST(DATABASEPROPERTYEX(DB_NAME(), 'Updateability') AS NVARCHAR(20)) AS updates"
)
_MSSQL_RIGHTS = sa.text(
    "SELECT HAS_PERMS_BY_NAME(NULL, 'DATABASE', 'CREATE TABLE') AS makes, SCHEMA_ID(:schema) AS found, "
    "HAS_PERMS_BY_NAME(:schema, 'SCHEMA', 'ALTER') AS alters, "
    "HAS_PERMS_BY_NAME(NULL, 'DATABASE', 'CREATE SCHEMA') AS schemas"
)


def refuse(place: str, faults: Sequence[Fault]) -> None:
    """:raises Misconfigured: something stands against it; all of it is named."""
    if faults:
        told = "; ".join(what for what, _ in faults)
        raise Misconfigured(f"{place}: {told}", todo=" ".join(dict.fromkeys(todo for _, todo in faults)))


def of_postgres(
    connection: sa.Connection, tables: Mapping[str, Collection[str]], asked: Collection[str]
) -> Iterator[Fault]:
    """What stands against PostgreSQL.

    :param tables: schema to the tables that are written there if they exist.
    :param asked: settings that the connection's `options` asks for.
    """
    server = connection.execute(_POSTGRES).one()
    if server.version < OLDEST_POSTGRES:
        yield (
            f"the server is PostgreSQL {server.named}",
            f"Landfall needs PostgreSQL {OLDEST_POSTGRES} or later: move the warehouse to one.",
        )
        return
    if server.encoding != "UTF8":
        yield (
            f"the database's encoding is {server.encoding}, which cannot hold every text that a vendor may send",
            "Make the warehouse's database anew with ENCODING 'UTF8' (TEMPLATE template0).",
        )
    if (server.spoken, server.path) != ("UTF8", "pg_catalog"):
        yield (
            "what a transaction is told does not hold until its end: a pooler serves it by several sessions",
            "Set the pool's pool_mode to transaction or session.",
        )
    if asked and (dropped := connection.scalars(_DROPPED, {"names": list(asked)}).all()):
        yield (
            f"the extra's options do not reach the server: {', '.join(dropped)}",
            "A pooler drops them: set them on the login (ALTER ROLE … SET), and take them out of the extra.",
        )
    yield from _rights(connection, tables, server)


def _rights(connection: sa.Connection, tables: Mapping[str, Collection[str]], server: Any) -> Iterator[Fault]:
    todo = "Have an administrator run include/sql/access/postgresql.sql for this source, or give the rights named."
    names = [*tables, STAGE_SCHEMA]
    for schema in connection.execute(_SCHEMAS, {"names": names}):
        if not schema.found:
            if not server.creates:
                yield f"there is no schema {schema.name}, and {server.login} may not create it", todo
        elif not (schema.used and schema.creates):
            lacking = " and ".join(
                r for r, has in (("USAGE", schema.used), ("CREATE", schema.creates)) if not has
            )
            yield f"{server.login} lacks {lacking} on schema {schema.name}", todo
    pairs = [(schema, name) for schema, each in tables.items() for name in each]
    written = {"schemas": [schema for schema, _ in pairs], "tables": [name for _, name in pairs]}
    if found := [f"{schema}.{name}" for schema, name in connection.execute(_TABLES, written)]:
        some = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
        yield f"{server.login} may not read and write {some}", todo


def of_mssql(connection: sa.Connection, tables: Iterable[str]) -> Iterator[Fault]:
    """What stands against SQL Server, Azure SQL and SQL databases in Fabric.

    :param tables: the schemas that tables are written to.
    """
    server = connection.execute(_MSSQL).one()
    if not server.stand_in:
        yield from unfit(server.edition, server.version)
    if str(server.updates).upper() == "READ_ONLY":
        yield (
            "the database is read-only: a secondary, or set so",
            "Name the primary as the host, and take ApplicationIntent out of the extra.",
        )
    todo = "Have an administrator run the mssql scripts in include/sql/access/, or give the rights named."
    for schema in (*tables, STAGE_SCHEMA):
        rights = connection.execute(_MSSQL_RIGHTS, {"schema": schema}).one()
        if rights.found is None:
            if rights.schemas == 0:
                yield f"there is no schema {schema}, and the login may not create it", todo
        elif rights.alters == 0:
            yield f"the login lacks ALTER on schema {schema}", todo
        if rights.makes == 0 and schema == STAGE_SCHEMA and not server.stand_in:
            yield "the login lacks CREATE TABLE on the database", todo


def unfit(edition: int, version: str | None) -> Iterator[Fault]:
    """What stands against an edition and a major version of SQL Server; Azure's are always of the latest."""
    if edition in EDITIONS_WITHOUT:
        yield (
            f"this is {EDITIONS_WITHOUT[edition]}, which has no application locks and enforces no keys",
            "Use SQL Server 2019 or later, Azure SQL, or an SQL database in Fabric.",
        )
    elif edition < 5 and int((version or "0").split(".")[0]) < OLDEST_MSSQL:
        yield (
            f"the server is SQL Server of major version {version}",
            f"Landfall needs SQL Server 2019 (version {OLDEST_MSSQL}) or later: move the warehouse to one.",
        )
