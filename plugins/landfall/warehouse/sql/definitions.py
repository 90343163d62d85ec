"""PostgreSQL: views and indexes become what our files define, and those that are so already are not touched.

To define a view anew takes a lock that waits for everybody who reads it, and that everybody who comes later waits for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from landfall.errors import WarehouseBusy, WarehouseRefused
from landfall.warehouse.sql.failures import state_of
from landfall.warehouse.sql.session import DDL_SECONDS
from landfall.warehouse.tables import STAGE_SCHEMA, verbatim

LOCKED = "55P03"
"""PostgreSQL's code for a lock that was not to be had in time."""
NOT_ALLOWED = "42501"
CANDIDATE = f'{STAGE_SCHEMA}."candidate.view"'

_STATEMENT_END = re.compile(r";[ \t]*(?:\n|\Z)")
_NAME = r'((?:\w+|"[^"]+")\.(?:\w+|"[^"]+"))'
_VIEW = re.compile(rf"^CREATE\s+OR\s+REPLACE\s+VIEW\s+{_NAME}", re.MULTILINE | re.IGNORECASE)
_INDEX = re.compile(
    rf'^CREATE\s+(?:UNIQUE\s+)?INDEX\s+IF\s+NOT\s+EXISTS\s+(\w+|"[^"]+")\s+ON\s+{_NAME}',
    re.MULTILINE | re.IGNORECASE,
)
_EXISTING = sa.text(
    "SELECT pg_get_viewdef(oid) AS text, pg_get_userbyid(relowner) AS owner "
    "FROM pg_class WHERE oid = to_regclass(:name) AND relkind = 'v'"
)
_DEFINITION = sa.text("SELECT pg_get_viewdef(to_regclass(:name))")
_HOLDERS = sa.text(
    "SELECT DISTINCT a.pid, a.usename, a.application_name "
    "FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid "
    "WHERE l.granted AND l.pid <> pg_backend_pid() AND l.locktype = 'relation' "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND (l.relation = to_regclass(:name) OR l.mode = 'AccessExclusiveLock') ORDER BY 1 LIMIT 5"
)
_WAIT = sa.text("SELECT set_config('lock_timeout', :wait, true)")
_WAITING = sa.text("SELECT current_setting('lock_timeout')")


def define(connection: sa.Connection, script: str) -> None:
    """Run a script, but for the views and indexes in it that are as it says.

    :raises WarehouseBusy: somebody is at what has to change.
    :raises WarehouseRefused: it has to change, and belongs to another role.
    """
    if "$$" in script:
        connection.execute(verbatim(script))  # a function's body, whose statements are not the script's
        return
    for statement in filter(str.strip, _STATEMENT_END.split(script)):
        if view := _VIEW.search(statement):
            _define_view(connection, view[1], statement)
        elif index := _INDEX.search(statement):
            _define_index(connection, index[1], index[2], statement)
        else:
            connection.execute(verbatim(statement))


def _define_view(connection: sa.Connection, name: str, statement: str) -> None:
    existing = connection.execute(_EXISTING, {"name": name}).first()
    if existing and existing.text == _wanted(connection, name, statement):
        return
    try:
        with briefly(connection, name):
            connection.execute(verbatim(statement))
    except sa.exc.ProgrammingError as error:
        if state_of(error) != NOT_ALLOWED or not existing:
            raise
        raise WarehouseRefused(
            f"view {name} is not as this version defines it, and belongs to the role {existing.owner}",
            todo="Have it handed over (ALTER VIEW … OWNER TO the loader's role) or dropped.",
        ) from None


def _wanted(connection: sa.Connection, name: str, statement: str) -> str:
    """The definition as PostgreSQL would keep it; it knows them by what they mean, and not by how they are written."""
    with briefly(connection, name):
        trial = connection.begin_nested()
        start, end = _VIEW.search(statement).span(1)  # type: ignore[union-attr]
        connection.execute(verbatim(f"{statement[:start]}{CANDIDATE}{statement[end:]}"))
        text: str = connection.execute(_DEFINITION, {"name": CANDIDATE}).scalar_one()
        trial.rollback()
    return text


def _define_index(connection: sa.Connection, name: str, table: str, statement: str) -> None:
    full = f"{table.rpartition('.')[0]}.{name}"
    if connection.execute(sa.text("SELECT to_regclass(:name)"), {"name": full}).scalar() is None:
        with briefly(connection, table):
            connection.execute(verbatim(statement))


@contextmanager
def briefly(connection: sa.Connection, name: str) -> Iterator[None]:
    """A change of definition, which waits for locks for `DDL_SECONDS`.

    :param name: what changes, with its schema, as SQL writes it.
    :raises WarehouseBusy: it was not to be had by then; who holds it is told.
    """
    before = connection.execute(_WAITING).scalar_one()
    try:
        with connection.begin_nested():
            connection.execute(_WAIT, {"wait": f"{DDL_SECONDS}s"})
            yield
            connection.execute(_WAIT, {"wait": before})
    except sa.exc.OperationalError as error:
        if state_of(error) != LOCKED:
            raise
        raise WarehouseBusy(
            f"{name} has to be defined anew, and {_holders(connection, name)} holds it",
            todo="The task retries by itself. If it keeps failing, have that session end: a report that is left open?",
        ) from None


def _holders(connection: sa.Connection, name: str) -> str:
    """Who is in the way: process, role and application, and never what they ask."""
    told = [
        f"process {pid} ({', '.join(filter(None, (role, application))) or 'of another role'})"
        for pid, role, application in connection.execute(_HOLDERS, {"name": name})
    ]
    return " and ".join(told) or "a session that has ended since"
