"""Bringing a database up to the declared tables.

Changes to an existing table take nothing away: a new field becomes a new column, a text that may be longer gets the
room. A column whose type contradicts the record is reported, never altered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedIndex
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable, SetColumnComment, SetTableComment

from landfall.errors import Misconfigured
from landfall.warehouse.tables import verbatim


def ensure_schema(connection: sa.Connection, schema: str) -> None:
    """Create `schema` unless it exists."""
    if not sa.inspect(connection).has_schema(schema):
        connection.execute(sa.schema.CreateSchema(schema))


def ensure_tables(
    connection: sa.Connection,
    tables: Sequence[sa.Table],
    briefly: Callable[[sa.Table], AbstractContextManager[None]],
) -> None:
    """Create missing tables, columns, indexes and comments, let a column be NULL that is no longer required, widen a
    text that may be longer, and leave everything else as it is.

    :param tables: of one schema.
    :param briefly: within which an existing table is changed.
    :raises Misconfigured: a column exists with another type, or a table has another primary key; a column cannot be
        widened.
    """
    if not tables:
        return
    schema = tables[0].schema
    inspector = sa.inspect(connection)
    # Asked for any kind in any scope, SQL Server's dialect does not list all names first.
    these: Any = {"kind": ObjectKind.ANY, "scope": ObjectScope.ANY}
    these |= {"schema": schema, "filter_names": [table.name for table in tables]}
    columns = inspector.get_multi_columns(**these)
    indexes = inspector.get_multi_indexes(**these) if columns else {}
    keys = _primary_keys(connection, inspector, these) if columns else {}
    for table in tables:
        name = (schema, table.name)
        if name not in columns:
            connection.execute(CreateTable(table))
            for index in sorted(table.indexes, key=lambda i: str(i.name)):
                connection.execute(CreateIndex(index))
            comment(connection, table)
        else:
            lacking = list(
                _lacking(connection, table, columns[name], indexes.get(name, []), keys.get(name, []))
            )
            if lacking:
                with briefly(table):
                    for ddl in lacking:
                        connection.execute(ddl)


def _lacking(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[ReflectedColumn],
    indexes: Sequence[ReflectedIndex],
    key: Sequence[str],
) -> Iterator[sa.Executable]:
    """What gives an existing table the columns, indexes and length that it lacks, and the NULLs that it refuses."""
    # Not every server gives names back as they were written.
    existing = {c["name"].lower(): c for c in columns}
    if [name.lower() for name in key] != [c.name.lower() for c in table.primary_key]:
        raise Misconfigured(
            f"{table.schema}.{table.name} exists with the primary key {list(key) or 'none'}",
            todo="Rename or drop that table; the next run makes it anew with a full load.",
        )
    for column in table.columns:
        found = existing.get(column.name.lower())
        wanted = column.type.dialect_impl(connection.dialect)
        if found is None:
            yield _new_column(connection, table, column)
            continue
        if _contradicts(found["type"], wanted):
            raise Misconfigured(
                f"{table.schema}.{table.name}.{column.name} is {found['type']}, the record says {column.type}",
                todo="Alter the column, or rename the table; the next run makes it anew with a full load.",
            )
        if column.nullable and not found["nullable"]:  # it was declared as required once
            yield _may_be_null(connection, table, column, found["type"])
        if _narrower(found["type"], wanted):
            _refuse_to_widen(connection, table, column)
            yield widened(connection.dialect, table, column, found)
    indexed = [[str(name).lower() for name in found["column_names"]] for found in indexes]
    for index in table.indexes:
        if [c.name.lower() for c in index.columns] not in indexed:
            yield CreateIndex(index)


_KEY = sa.text(
    "SELECT c.name FROM sys.indexes i "
    "JOIN sys.index_columns x ON x.object_id = i.object_id AND x.index_id = i.index_id "
    "JOIN sys.columns c ON c.object_id = x.object_id AND c.column_id = x.column_id "
    "WHERE i.is_primary_key = 1 AND i.object_id = OBJECT_ID(:name) ORDER BY x.key_ordinal"
)


def _primary_keys(
    connection: sa.Connection, inspector: sa.Inspector, these: dict[str, Any]
) -> dict[tuple[str | None, str], list[str]]:
    """The keys' columns; on SQL Server from its catalog, which servers that stand in for it fill better."""
    schema = these["schema"]
    if connection.dialect.name != "mssql":
        found = inspector.get_multi_pk_constraint(**these)
        return {name: list(key["constrained_columns"]) if key else [] for name, key in found.items()}
    quote = connection.dialect.identifier_preparer
    full = {name: f"{quote.quote_schema(schema)}.{quote.quote(name)}" for name in these["filter_names"]}
    return {(schema, name): list(connection.scalars(_KEY, {"name": at})) for name, at in full.items()}


def _may_be_null(
    connection: sa.Connection, table: sa.Table, column: sa.Column[Any], found: Any
) -> sa.Executable:
    preparer = connection.dialect.identifier_preparer
    change = "DROP NOT NULL"
    if connection.dialect.name == "mssql":
        change = f"{found.compile(dialect=connection.dialect)} NULL"
    name = preparer.format_column(column)
    return verbatim(f"ALTER TABLE {preparer.format_table(table)} ALTER COLUMN {name} {change}")


_VIEWS_OF = sa.text(
    "SELECT DISTINCT r.ev_class::regclass::text FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid "
    "JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid "
    "WHERE d.classid = 'pg_rewrite'::regclass AND a.attrelid = to_regclass(:at) AND a.attname = :name ORDER BY 1"
)


def _refuse_to_widen(connection: sa.Connection, table: sa.Table, column: sa.Column[Any]) -> None:
    """:raises Misconfigured: this engine widens no column that is used as this one is."""
    name = f"{table.schema}.{table.name}.{column.name}"
    if connection.dialect.name == "mssql" and column.primary_key:
        raise Misconfigured(
            f"{name} is shorter than the record says, and part of the primary key",
            todo="Drop the key, alter the column and make the key anew.",
        )
    if connection.dialect.name == "postgresql":
        at = connection.dialect.identifier_preparer.format_table(table)
        if views := list(connection.scalars(_VIEWS_OF, {"at": at, "name": column.name})):
            raise Misconfigured(
                f"{name} is shorter than the record says, and PostgreSQL widens no column that a view shows: "
                + ", ".join(views),
                todo="Keep the definitions of those that are your own, and the rights on all; drop them and trigger a "
                "run, which widens the column and makes Landfall's own; then make yours anew.",
            )


def widened(
    dialect: sa.Dialect, table: sa.Table, column: sa.Column[Any], found: ReflectedColumn
) -> sa.Executable:
    """The statement that gives an existing column the length of the record's text."""
    preparer = dialect.identifier_preparer
    change = column.type.compile(dialect)
    if dialect.name == "mssql":  # which would else take the database's collation, and NULL
        collation = getattr(found["type"], "collation", None)
        change += f" COLLATE {collation}" if collation else ""
        change += " NULL" if found["nullable"] or column.nullable else " NOT NULL"
    else:
        change = f"TYPE {change}"
    name = preparer.format_column(column)
    return verbatim(f"ALTER TABLE {preparer.format_table(table)} ALTER COLUMN {name} {change}")


def _new_column(connection: sa.Connection, table: sa.Table, column: sa.Column[Any]) -> sa.Executable:
    if not column.nullable:
        raise Misconfigured(
            f"{table.schema}.{table.name} lacks the column {column.name}, which the record declares as required",
            todo="Declare it `| None`, or rename the table; the next run makes it anew with a full load.",
        )
    preparer = connection.dialect.identifier_preparer
    ddl = CreateColumn(column).compile(dialect=connection.dialect)
    return verbatim(f"ALTER TABLE {preparer.format_table(table)} ADD {ddl}")


def comment(connection: sa.Connection, table: sa.Table) -> None:
    """Write the declared comments of a table and its columns, where the engine has them."""
    if connection.dialect.name != "postgresql":
        return
    connection.execute(SetTableComment(table))
    for column in table.columns:
        if column.comment:
            connection.execute(SetColumnComment(column))


def _contradicts(found: Any, wanted: Any) -> bool:
    """Whether a column would refuse or bend the record's values; a narrower NUMERIC would round amounts."""
    if _family(found) != _family(wanted):
        return True
    if _family(found) != "number" or found.scale is None:
        return False
    return bool(wanted.scale is None or found.scale < wanted.scale)


def _narrower(found: Any, wanted: Any) -> bool:
    """Whether a text column would refuse a text that the record takes."""
    if not (isinstance(found, sa.String) and isinstance(wanted, sa.String) and found.length):
        return False
    return wanted.length is None or wanted.length > found.length


def _family(kind: Any) -> str:
    """A coarse name of a type, so that TEXT against NUMERIC is told and VARCHAR(50) against VARCHAR(80) is not."""
    kind = kind.impl if isinstance(kind, sa.TypeDecorator) else kind
    if isinstance(kind, mssql.JSON):
        return "text"  # as which SQL Server keeps it
    for name, family in (
        ("json", sa.JSON),
        ("bool", sa.Boolean),
        ("text", sa.String),
        ("datetime", sa.DateTime),
        ("date", sa.Date),
        ("integer", sa.Integer),
        ("number", sa.Numeric),
    ):
        if isinstance(kind, family):
            return name
    return "bool" if isinstance(kind, mssql.BIT) else type(kind).__name__
