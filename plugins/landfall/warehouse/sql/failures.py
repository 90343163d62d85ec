"""The one place where a database's error becomes one of ours: by its SQLSTATE, or on SQL Server by its number.

Nothing of the database's own error goes on, neither in the message nor in the chain of exceptions: statements,
parameters, DETAIL and CONTEXT hold rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
import sqlalchemy as sa

from landfall.errors import (
    LandfallError,
    WarehouseBusy,
    WarehouseRefused,
    WarehouseUnavailable,
)

SCRIPT = "include/sql/access/"


class Meaning(NamedTuple):
    """What an error means: whether to retry (by its class), what happened, what to do (else the class says it)."""

    kind: type[LandfallError]
    happened: str
    todo: str = ""


_LOGIN = Meaning(
    WarehouseRefused, "it does not accept the login", "Correct login and password in the connection."
)
_NO_DATABASE = Meaning(
    WarehouseRefused,
    "it has no such database, or the login may not use it",
    "Correct the connection's schema (the name of the database), or let the login connect to it.",
)
_RIGHT = Meaning(
    WarehouseRefused,
    "the login lacks a right",
    f"Have an administrator run the script in {SCRIPT} for this source, or give the right that is named.",
)
_FULL = Meaning(
    WarehouseUnavailable, "its disk is full", "Make room on the server's disk; the task retries by itself."
)
_READ_ONLY = Meaning(
    WarehouseUnavailable,
    "it takes no changes: it is a standby, or read-only",
    "Name the primary as the connection's host (PostgreSQL: several hosts and target_session_attrs=read-write).",
)
_CANCELLED = Meaning(
    WarehouseUnavailable,
    "a statement was ended, by a time limit or by a person",
    "The task retries by itself. If it happens again, raise the limit (statement_timeout) of this login.",
)
_LOCKED = Meaning(
    WarehouseBusy, "another session holds a lock on what was to be written, and did not let go in time"
)
_DEADLOCK = Meaning(WarehouseBusy, "two sessions waited for each other, and this one was ended")
_COLLIDED = Meaning(WarehouseBusy, "another session changed the same rows at the same time")
_LONG_KEY = Meaning(
    WarehouseRefused,
    "a key or an indexed text is too long for an index",
    "Declare a shorter `length` for the texts of the key, so that longer ones are set aside, or drop the index.",
)
_TOO_LARGE = Meaning(
    WarehouseRefused,
    "a number or a moment is out of the column's range",
    "Compare the column's type with the record, which may be wider.",
)
_TOO_LONG = Meaning(
    WarehouseRefused,
    "a text is longer than its column",
    "Compare the column's length with the record, which may be longer.",
)
_UNWRITABLE = Meaning(
    WarehouseRefused,
    "a text cannot be written in the database's encoding",
    "Make the warehouse's database anew with the encoding UTF8.",
)
_VALUE = Meaning(
    WarehouseRefused,
    "it refused a value",
    "Compare the table with its record; the server's own log names the statement.",
)
_CONSTRAINT = Meaning(
    WarehouseRefused,
    "a constraint of the table refused a row",
    "Drop the constraint if somebody added it; the server's own log names the row.",
)
_UNKNOWN_NAME = Meaning(
    WarehouseRefused,
    "it does not know a name",
    "Compare the file in include/sql/ with the table, or run the whole DAG again so that plan makes what is missing.",
)
_DEPENDED_ON = Meaning(
    WarehouseRefused,
    "something of your own depends on what was to be changed",
    "Keep its definition, drop it, run this again, and make it anew.",
)
_VIEW = Meaning(
    WarehouseRefused,
    "a view or a table cannot become what its definition says while it exists",
    "Drop the view that is named, and run plan again: it makes it anew. Give rights on it again.",
)
_RESOURCES = Meaning(WarehouseUnavailable, "it is short of memory, connections or space")
_CONNECTIONS = Meaning(
    WarehouseUnavailable,
    "it has no connection to spare",
    "The task retries by itself. If it happens again, raise max_connections, the login's limit or the pooler's.",
)
_GONE = Meaning(WarehouseUnavailable, "the connection was cut, or the server is starting or stopping")
_UNREACHABLE = Meaning(
    WarehouseUnavailable,
    "it cannot be reached",
    "The task retries by itself. If it goes on, check host, port and TLS settings of the connection, and the firewall.",
)
_STATEMENT_POOL = Meaning(
    WarehouseRefused,
    "its pooler allows no transactions (statement pooling)",
    "Set the pool's pool_mode to transaction or session, or name the server itself as the host.",
)
_SETTING = Meaning(
    WarehouseRefused,
    "a setting of the connection is refused by the driver, the pooler or the server",
    "Compare the connection's extra with the driver's documentation; a pooler may know no `options`.",
)
_NO_DRIVER = Meaning(
    WarehouseRefused,
    "the driver's own libraries are missing on this machine",
    "Install libltdl7, libkrb5-3 and libgssapi-krb5-2 on the worker.",
)
_OTHER = Meaning(WarehouseRefused, "it refused a statement", "The server's own log names it.")

BY_SQLSTATE = {
    "22001": _TOO_LONG,
    "22003": _TOO_LARGE,
    "22008": _TOO_LARGE,
    "22021": _UNWRITABLE,
    "22P05": _UNWRITABLE,
    "22023": _SETTING,
    "22": _VALUE,
    "23": _CONSTRAINT,
    "25006": _READ_ONLY,
    "25P03": _CANCELLED,
    "25P04": _CANCELLED,
    "28": _LOGIN,
    "2BP01": _DEPENDED_ON,
    "3D000": _NO_DATABASE,
    "3F000": _UNKNOWN_NAME,
    "40P01": _DEADLOCK,
    "40": _COLLIDED,
    "42501": _RIGHT,
    "42809": _VIEW,
    "42P01": _UNKNOWN_NAME,
    "42P07": _VIEW,
    "42P16": _VIEW,
    "42703": _UNKNOWN_NAME,
    "42704": _UNKNOWN_NAME,
    "42883": _UNKNOWN_NAME,
    "53100": _FULL,
    "53300": _CONNECTIONS,
    "53": _RESOURCES,
    "54000": _LONG_KEY,
    "55006": _LOCKED,
    "55P03": _LOCKED,
    "57014": _CANCELLED,
    "57P": _GONE,
    "58": _RESOURCES,
    "08": _GONE,
}
"""By the whole state, else by its beginning."""

_NAMES_ONLY = {
    "2BP01",
    "3D000",
    "3F000",
    "42501",
    "42809",
    "42P01",
    "42P07",
    "42P16",
    "42703",
    "42704",
    "42883",
}
"""States whose message is made of names alone, and never of a row's values."""

OF_LOGIN = (
    (
        r"password|authentication|no pg_hba|no such user|role .* does not exist|not permitted to log in",
        _LOGIN,
    ),
    (r"database .*(does not exist|is not currently accepting)|no such database|for database", _NO_DATABASE),
    (r"too many (clients|connections)|remaining connection slots|no more connections", _CONNECTIONS),
    (r"statement pooling", _STATEMENT_POOL),
    (r"unsupported startup|unrecognized configuration|invalid (value|\w+ value)|invalid .*option", _SETTING),
    (r"read-write mode during recovery|session is (not )?read-only|hot standby", _READ_ONLY),
)
"""What PostgreSQL, libpq and poolers say without a SQLSTATE that tells enough; the first that fits."""

OF_MSSQL = (
    (r"Login failed for user|Invalid authorization specification", _LOGIN),  # 18456
    (r"Cannot open database", _NO_DATABASE),  # 4060
    (r"permission (was )?denied|does not have permission", _RIGHT),  # 229, 230, 262, 300
    (r"Could not allocate space|transaction log for database .* is full", _FULL),  # 1105, 9002
    (r"database is read-only|Failed to update database", _READ_ONLY),  # 3906
    (r"Lock request time out", _LOCKED),  # 1222
    (r"deadlock", _DEADLOCK),  # 1205
    (r"Snapshot isolation transaction aborted|Serialization failure", _COLLIDED),  # 3960
    (r"index entry of length|maximum key length", _LONG_KEY),  # 1946, 1919
    (r"Arithmetic overflow|out of range|out-of-range", _TOO_LARGE),  # 8115, 220, 242
    (r"would be truncated|right.truncat", _TOO_LONG),  # 2628, 8152
    (
        r"Violation of|Integrity constraint|duplicate key|Cannot insert the value NULL",
        _CONSTRAINT,
    ),  # 2627, 2601, 515
    (r"Invalid (object|column) name|not found", _UNKNOWN_NAME),  # 208, 207
    (r"Failed to load the driver", _NO_DRIVER),
    (r"Unknown keyword|connection string", _SETTING),
    (r"Communication link|Connection not open|Disconnect|Connection failure", _GONE),
    (r"establish.*connection|Login timeout|TCP Provider|network-related|SSL Provider", _UNREACHABLE),
    (r"time ?out|timed out", _CANCELLED),
)
"""SQL Server's errors by their English words, as its driver hands on no numbers; those are noted beside them."""


@contextmanager
def told(place: str, *driver: type[Exception]) -> Iterator[None]:
    """Turn what the database, or its driver, raises in this block.

    :param place: what it is, by its connection, host and database.
    :param driver: what the driver raises where SQLAlchemy does not stand between.
    :raises WarehouseUnavailable: trying again later may do.
    :raises WarehouseBusy: the same, because of other sessions.
    :raises WarehouseRefused: a person has to act.
    """
    theirs: tuple[type[Exception], ...] = (sa.exc.StatementError, *driver)
    try:
        yield
    except LandfallError as error:
        _forget(error, (sa.exc.SQLAlchemyError, *theirs))
        raise
    except theirs as error:
        raise_clean(failure(place, error))


def raise_clean(ours: LandfallError) -> None:
    """Raise an error that knows of no other, not even as its context, which a log may follow."""
    try:
        raise ours from None
    finally:
        ours.__context__ = None


def failure(place: str, error: BaseException) -> LandfallError:
    """Our error for a database's: the place, what happened, the state, and names where those are all it tells."""
    original: Any = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None) or ""
    ours = isinstance(error, sa.exc.StatementError) and not isinstance(error, sa.exc.DBAPIError)
    meaning = _OTHER if ours else _meaning(original, state)
    where = _names(original, state)
    told_state = f" (SQLSTATE {state})" if state else f" ({type(original).__name__})"
    return meaning.kind(f"{place}: {meaning.happened}{where}{told_state}", todo=meaning.todo)


def state_of(error: BaseException) -> str:
    """The SQLSTATE of a database's error, as SQLAlchemy or as the driver raises it; empty where it has none."""
    return str(getattr(getattr(error, "orig", None) or error, "sqlstate", None) or "")


def _meaning(original: Any, state: str) -> Meaning:
    # What a pooler says has states of the right class at most, and words that tell more.
    if state and state[:2] not in ("08", "0A", "28"):
        found = (BY_SQLSTATE.get(state[:length]) for length in (5, 3, 2))
        return next(filter(None, found), _OTHER)
    postgres = isinstance(original, psycopg.Error)
    for words, meaning in OF_LOGIN if postgres else OF_MSSQL:
        if re.search(words, str(original), re.IGNORECASE):
            return meaning
    if state:
        return BY_SQLSTATE.get(state[:2], _OTHER)
    return _UNREACHABLE if isinstance(original, psycopg.OperationalError) else _OTHER


def _names(original: Any, state: str) -> str:
    """What the error names: schema, table, column and constraint, or all of a message that is made of names."""
    diagnosis = getattr(original, "diag", None)
    if diagnosis is None:
        return ""
    if state in _NAMES_ONLY and diagnosis.message_primary:
        return f": {diagnosis.message_primary}"
    parts = (
        ".".join(filter(None, (diagnosis.schema_name, diagnosis.table_name, diagnosis.column_name))),
        diagnosis.constraint_name,
    )
    named = ", ".join(filter(None, parts))
    return f": {named}" if named else ""


def _forget(error: BaseException, theirs: tuple[type[Exception], ...]) -> None:
    """Cut a database's error out of what an error of ours says it came of."""
    if isinstance(error.__cause__, theirs):
        error.__cause__ = None
    if isinstance(error.__context__, theirs):
        error.__context__ = None
