"""From records to tables: SQLAlchemy tables for the target and its stages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable

from landfall import names
from landfall.records import EXTRA, INDEXED_TEXT, Column, Json, TableSpec

SEQ = "_seq"
"""Stage column: the record's number in its load."""
DELETED_AT = "_deleted_at"
"""Column of a table with soft deletes: when the vendor's deletion was published."""
DAY_START, DAY_END = "_day_start", "_day_end"
"""Columns of the rejects' stage: the day on which a rejected record stands, for a table that is read by day."""
RULE = "_rule"
"""Column of the rejects' stage: the check that set the record aside; NULL where it could not be staged at all."""
STAGE_SCHEMA = "landfall_stage"
NOTE = "note"
"""Key of a target column's `info`: which kind of note of ours it is, "" for the vendor's own values."""

Pair = tuple[sa.Table, sa.Table]
"""A table and its stage."""


class Moment(sa.TypeDecorator[datetime]):
    """A moment with a zone. SQL Server keeps it as DATETIME2 in UTC, the type that its reports and Fabric know."""

    impl = sa.TIMESTAMP(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        kind = mssql.DATETIME2(6) if dialect.name == "mssql" else sa.TIMESTAMP(timezone=True)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None or dialect.name != "mssql":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


MOMENT = Moment()
JSON_TYPE = (
    sa.Text().with_variant(postgresql.JSONB(), "postgresql").with_variant(mssql.NVARCHAR(None), "mssql")
)


def sql_type(column: Column, *, indexed: bool) -> Any:
    """The column's type on both engines."""
    if column.type is str:
        if column.length:
            return sa.Unicode(column.length)
        return sa.Text().with_variant(mssql.NVARCHAR(INDEXED_TEXT if indexed else None), "mssql")
    if column.type is Decimal:
        digits, decimals = column.precision or (None, None)
        return sa.Numeric(digits, decimals).with_variant(sa.Numeric(digits or 38, decimals or 10), "mssql")
    types: dict[type, Any] = {
        int: sa.BigInteger(),
        bool: sa.Boolean(),
        date: sa.Date(),
        datetime: MOMENT,
        Json: JSON_TYPE,
    }
    return types[column.type]


@lru_cache(maxsize=256)
def target_table(spec: TableSpec, schema: str) -> sa.Table:
    """The table readers see: typed columns, primary key, indexes and comments.

    :param schema: where it lies, unless it belongs to a layer.
    """
    columns = []
    for column in spec.columns:
        indexed = column.index or column.name in spec.key
        columns.append(
            sa.Column(
                column.name,
                sql_type(column, indexed=indexed),
                nullable=column.nullable,
                autoincrement=False,
                comment=column.comment or None,
                info={NOTE: column.note},
            )
        )
    columns.append(
        sa.Column(EXTRA, JSON_TYPE, nullable=True, comment="Fields the vendor added since, as JSON")
    )
    if spec.soft_delete:
        columns.append(
            sa.Column(DELETED_AT, MOMENT, nullable=True, comment="When the deletion was published")
        )
    key = sa.PrimaryKeyConstraint(*spec.key, name=names.key_of(spec.name))
    schema = spec.layer.schema if spec.layer else schema
    table = sa.Table(spec.name, sa.MetaData(), *columns, key, schema=schema, comment=spec.doc.split("\n")[0])
    for column in spec.columns:
        if column.index and column.name != spec.key[0]:
            sa.Index(names.index_of(spec.name, column.name), table.c[column.name])
    return table


@lru_cache(maxsize=64)
def stage_table(spec: TableSpec, load_id: str) -> sa.Table:
    """The unlogged, unindexed table that one load fills: `_seq`, the record's columns, `_extra`."""
    columns: list[sa.Column[Any]] = [sa.Column(SEQ, sa.BigInteger(), nullable=False)]
    columns += [
        sa.Column(c.name, sql_type(c, indexed=False), nullable=c.nullable or c.name not in spec.key)
        for c in spec.columns
    ]
    columns.append(sa.Column(EXTRA, JSON_TYPE, nullable=True))
    return _stage(names.stage_of(load_id, spec.name), columns)


@lru_cache(maxsize=64)
def deletes_table(spec: TableSpec, load_id: str) -> sa.Table:
    """The stage of the keys that the vendor reported as deleted."""
    keys = [sa.Column(k, sql_type(spec.column(k), indexed=False), nullable=False) for k in spec.key]
    return _stage(names.stage_of(load_id, spec.name, "deletes"), keys)


@lru_cache(maxsize=64)
def known_table(spec: TableSpec, load_id: str) -> sa.Table:
    """The stage of records that came again as they were published: number, key, and what a sight of them writes."""
    columns: list[sa.Column[Any]] = [sa.Column(SEQ, sa.BigInteger(), nullable=False)]
    columns += [
        sa.Column(n, sql_type(spec.column(n), indexed=False), nullable=True) for n in known_names(spec)
    ]
    return _stage(names.stage_of(load_id, spec.name, "known"), columns)


def known_names(spec: TableSpec) -> tuple[str, ...]:
    """The columns of `known_table` after the record's number."""
    sights = (c.name for c in spec.columns if c.note == "sight" and c.name != spec.fingerprint)
    return (*spec.key, *sights)


@lru_cache(maxsize=64)
def rejects_table(spec: TableSpec, load_id: str, window: str = "", *, rule: bool = False) -> sa.Table:
    """The stage of what could be read of rejected records, or elements: their old rows are never removed by inference.

    :param window: the column by which the table is read in windows, beside its key.
    :param rule: with the rule that they broke.
    """
    columns: list[sa.Column[Any]] = [sa.Column(SEQ, sa.BigInteger(), nullable=False)]
    columns += [sa.Column(k, sql_type(spec.column(k), indexed=False), nullable=True) for k in spec.key]
    if window:
        kind = sql_type(spec.column(window), indexed=False)
        columns += [sa.Column(name, kind, nullable=True) for name in (DAY_START, DAY_END)]
    if rule:
        columns.append(sa.Column(RULE, sa.Unicode(128), nullable=True))
    return _stage(names.stage_of(load_id, spec.name, "rejects"), columns)


@lru_cache(maxsize=64)
def outcomes_table(spec: TableSpec, load_id: str) -> sa.Table:
    """The stage of what becomes of the rows of quarantine that a replay stages again."""
    columns: list[sa.Column[Any]] = [
        sa.Column(SEQ, sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("outcome", sa.Unicode(20), nullable=False),
        sa.Column("reason", sa.Unicode(1000), nullable=True),
        sa.Column("path", sa.Unicode(400), nullable=True),
    ]
    return _stage(names.stage_of(load_id, spec.name, "outcomes"), columns)


def _stage(name: str, columns: list[sa.Column[Any]]) -> sa.Table:
    return sa.Table(name, sa.MetaData(), *columns, schema=STAGE_SCHEMA)


@compiles(CreateTable, "postgresql")
def _unlogged_stage(create: CreateTable, compiler: Any, **options: Any) -> str:
    """Stages are made again from landing if the server loses them, so they need no write-ahead log."""
    ddl: str = compiler.visit_create_table(create, **options)
    if create.element.schema == STAGE_SCHEMA:
        return ddl.replace("CREATE TABLE", "CREATE UNLOGGED TABLE", 1)
    return ddl


def verbatim(statement: str) -> sa.TextClause:
    """A statement as it is; SQLAlchemy would else read `:name` in it as a parameter."""
    return sa.text(statement.replace(":", r"\:"))


class Reader(Protocol):
    """What queries are put to: a SQLAlchemy connection, or a view of a lake."""

    @property
    def dialect(self) -> sa.Dialect: ...
    def execute(self, statement: Any, /) -> Any: ...
    def scalars(self, statement: Any, /) -> sa.ScalarResult[Any]: ...


def count_each(connection: Reader, *tables: sa.FromClause) -> list[int]:
    """Rows of each table, or of each query as a subquery, by one statement."""
    if len(tables) < 2:
        return [count_rows(connection, each) for each in tables]
    counts: list[Any] = [
        sa.select(sa.literal_column(str(number)), sa.func.count()).select_from(each)
        for number, each in enumerate(tables)
    ]
    found = {int(number): int(rows) for number, rows in connection.execute(sa.union_all(*counts))}
    return [found[number] for number in range(len(tables))]


def count_rows(connection: Reader, table: sa.FromClause) -> int:
    """Rows of a table, or of a query as a subquery."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
