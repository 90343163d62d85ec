"""The server of the benchmarks: durable, on default settings, a fresh database for each contestant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from sandbox.postgres import EmbeddedPostgres, PostgresServer
from tests.bench.measure import HOME

SCHEMA = "bench"


@contextmanager
def server() -> Iterator[PostgresServer]:
    """The benchmarks' own PostgreSQL, with fsync on."""
    with EmbeddedPostgres(HOME / "postgres") as started:
        yield started


@contextmanager
def fresh(postgres: PostgresServer, name: str) -> Iterator[str]:
    """The libpq address of an empty database, dropped afterwards."""
    postgres.drop_database(name)
    postgres.create_database(name)
    try:
        yield postgres.dsn_of(name)
    finally:
        postgres.drop_database(name)


def settle(dsn: str) -> int:
    """Write out what earlier runs left, so that each run starts alike. :returns: the WAL's position in bytes."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
        return wal(dsn)


def wal(dsn: str) -> int:
    """Bytes of write-ahead log since the cluster was made."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
        assert row
        return int(row[0])


def digest(dsn: str, tables: dict[str, dict[str, str]]) -> dict[str, tuple[int, str]]:
    """Row count and order-free hash of each table, for comparing what different loaders made of the same records.

    :param tables: table name to SQL expressions by column; an expression brings a value to its declared type.
    """
    found = {}
    with psycopg.connect(dsn) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        for table, columns in tables.items():
            row = sql.SQL(", ").join(map(sql.SQL, columns.values()))
            query = sql.SQL("SELECT count(*), sum(hashtextextended(ROW({})::text, 0))::text FROM {}").format(
                row, sql.Identifier(SCHEMA, table)
            )
            found[table] = connection.execute(query).fetchone()
    return found  # type: ignore[return-value]
