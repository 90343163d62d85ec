"""What a session is told before anything else, whatever its role, its database or its server is set to.

On PostgreSQL it is told with each transaction: behind a pooler, the next one may be served by another session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from landfall.warehouse.address import options

LOCK_TIMEOUT = "5min"
DDL_SECONDS = 3
"""How long a change of definition waits for a lock: whoever comes later waits behind it."""

_ALWAYS = {
    "client_encoding": "UTF8",  # both ways into the stage write it
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "search_path": "pg_catalog",  # names without a schema are PostgreSQL's own
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "quote_all_identifiers": "off",  # the names of types would be quoted too, and be no known ones
    "row_security": "off",  # rows that a policy would hide raise instead of missing
    # For joining and grouping; the server's default of 4 MB would have a large load write to disk.
    "work_mem": "64MB",
    # The default is for spinning disks; with it a small load reads whole tables instead of their indexes.
    "random_page_cost": "1.1",
}
_UNLESS_ASKED = {
    "lock_timeout": LOCK_TIMEOUT,
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
_OF_LATER_SERVERS = {"transaction_timeout": "0"}
"""Limits that somebody may have set for people's queries; those of the connection's own `options` hold."""
_SET = "set_config('{0}', '{1}', true)"
_IF_KNOWN = "CASE WHEN current_setting('{0}', true) IS NOT NULL THEN set_config('{0}', '{1}', true) END"
# What was published is not lost, even if others on this server may lose their last commits.
_DURABLE = (
    "set_config('synchronous_commit', "
    "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, "
    "true)"
)

T_SQL = (
    "SET XACT_ABORT ON",  # any error ends the transaction whole, also one that a batch could go on after
    "SET NOCOUNT OFF",  # how many rows a statement touched is what a publish accounts for
    "SET ARITHABORT ON",
    "SET NUMERIC_ROUNDABORT OFF",
    "SET LANGUAGE us_english",
)
"""The same for a session of SQL Server, once, beside what the driver itself asks for at login."""


def asked_for(url: sa.URL) -> list[str]:
    """Names of the PostgreSQL settings that a connection's `options` asks for."""
    given = url.query.get("options", "")
    return options(given if isinstance(given, str) else " ".join(given))


def pinning(url: sa.URL) -> Callable[[sa.Connection], None]:
    """What runs the one statement that begins each PostgreSQL transaction."""
    asked = asked_for(url)
    told = [
        _SET.format(name, value) for name, value in {**_ALWAYS, **_UNLESS_ASKED}.items() if name not in asked
    ]
    told += [_IF_KNOWN.format(name, value) for name, value in _OF_LATER_SERVERS.items() if name not in asked]
    if "synchronous_commit" not in asked:
        told.append(_DURABLE)
    statement = f"SELECT {', '.join(told)}"

    def pin(connection: sa.Connection) -> None:
        cursor = connection.connection.cursor()
        cursor.execute(statement)
        cursor.close()

    return pin


def read_and_write(connection: Any, _record: Any) -> None:
    """Have psycopg begin transactions that write, on a role whose default is to read."""
    connection.read_only = False
    connection.deferrable = False


def begin_t_sql(connection: Any, _record: Any) -> None:
    """Tell a new session of SQL Server `T_SQL`, a statement at a time, as not every server takes all."""
    cursor = connection.cursor()
    for statement in T_SQL:
        cursor.execute(statement)
    cursor.close()
