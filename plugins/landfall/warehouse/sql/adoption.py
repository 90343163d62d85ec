"""PostgreSQL: the stage of a large first load becomes the table, so that its rows are written once and not twice.

Only a table that is as Landfall made it is replaced: whatever a person, a tool or a view has attached to it would be
lost with it. In all other cases the rows are copied (`landfall.warehouse.sql.engine.fill`).
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateColumn

from landfall.warehouse.sql.definitions import LOCKED
from landfall.warehouse.sql.failures import state_of
from landfall.warehouse.sql.schema import comment
from landfall.warehouse.tables import SEQ, Pair, verbatim

_AS_MADE = sa.text(
    """
    SELECT EXISTS (
        SELECT FROM pg_class t JOIN pg_namespace s ON s.oid = t.relnamespace
        WHERE s.nspname = :schema AND t.relname = :name AND t.relkind = 'r'
        AND pg_get_userbyid(t.relowner) = current_user
        AND t.relacl IS NULL AND t.reloptions IS NULL AND NOT t.relrowsecurity AND t.relreplident = 'd'
        -- Every change since the transaction that made a table, its columns, indexes and comments leaves another xmin.
        AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND a.xmin <> t.xmin)
        AND NOT EXISTS (
            SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
            WHERE i.indrelid = t.oid AND x.xmin <> t.xmin)
        AND NOT EXISTS (
            SELECT FROM pg_description c
            WHERE c.classoid = 'pg_class'::regclass AND c.objoid = t.oid AND c.xmin <> t.xmin)
        AND (SELECT count(*) FROM pg_index i WHERE i.indrelid = t.oid) = :indexes
        -- Views, foreign keys, triggers, policies, sequences, statistics and the like.
        AND NOT EXISTS (
            SELECT FROM pg_depend d
            LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
            LEFT JOIN pg_constraint c ON d.classid = 'pg_constraint'::regclass AND c.oid = d.objid
            WHERE d.deptype <> 'i' AND i.indexrelid IS NULL AND (c.oid IS NULL OR c.contype NOT IN ('p', 'n'))
            AND ((d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid)
                OR (d.refclassid = 'pg_type'::regclass AND d.refobjid = t.reltype)))
        -- Whoever follows the changes would be told the stage's name.
        AND NOT EXISTS (SELECT FROM pg_publication)
        AND NOT EXISTS (
            SELECT FROM pg_replication_slots r WHERE r.slot_type = 'logical' AND r.database = current_database())
    )
    """
)
_LOGGED = sa.text(
    "SELECT EXISTS (SELECT FROM pg_class t JOIN pg_namespace s ON s.oid = t.relnamespace "
    "WHERE s.nspname = :schema AND t.relname = :name AND t.relpersistence = 'p')"
)


def replaceable(connection: sa.Connection, target: sa.Table) -> bool:
    """Whether `target` is empty and as it was made."""
    found = {"schema": target.schema, "name": target.name, "indexes": len(target.indexes) + 1}
    if not connection.execute(_AS_MADE, found).scalar_one():
        return False
    return not connection.execute(sa.select(sa.exists(sa.select(target)))).scalar_one()


def prepare(connection: sa.Connection, pairs: Sequence[Pair]) -> None:
    """Have the empty stages survive a crash of the server, as tables must, if they may become the tables."""
    if all(replaceable(connection, target) for target, _ in pairs):
        for _, stage in pairs:
            _alter(connection, stage, "SET LOGGED")


def adopt(connection: sa.Connection, pairs: Sequence[Pair]) -> bool:
    """Put the stages in the place of their tables, all of them or none. :returns: whether it was done.

    Until the transaction ends, readers of the empty tables wait.
    """
    kept = ({"schema": stage.schema, "name": stage.name} for _, stage in pairs)
    if not all(connection.execute(_LOGGED, names).scalar_one() for names in kept):
        return False
    if not locked(connection, [target for target, _ in pairs]):
        return False
    if not all(replaceable(connection, target) for target, _ in pairs):
        return False
    for target, stage in pairs:
        _replace(connection, target, stage)
    return True


def locked(connection: sa.Connection, tables: Sequence[sa.Table]) -> bool:
    """Whether the tables could be locked at once; to wait could be to wait for a reader who waits for us."""
    names = ", ".join(map(connection.dialect.identifier_preparer.format_table, tables))
    try:
        with connection.begin_nested():
            connection.execute(verbatim(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE NOWAIT"))
    except sa.exc.OperationalError as error:
        if state_of(error) != LOCKED:
            raise
        return False
    return True


def _replace(connection: sa.Connection, target: sa.Table, stage: sa.Table) -> None:
    quote = connection.dialect.identifier_preparer
    named = {column.name: quote.quote(column.name) for column in (*stage.columns, *target.columns)}
    added = [column for column in target.columns if column.name not in stage.columns]
    # A stage's constraints bear the stage's name.
    free = [f"ALTER {named[c.name]} DROP NOT NULL" for c in stage.columns if not c.nullable and c.name != SEQ]
    _alter(connection, stage, ", ".join([f"DROP {named[SEQ]}", *free]))
    target.drop(connection)
    _alter(connection, stage, f"SET SCHEMA {quote.quote_schema(str(target.schema))}")
    _alter(
        connection,
        sa.Table(stage.name, sa.MetaData(), schema=target.schema),
        f"RENAME TO {quote.quote(target.name)}",
    )
    new = [f"ADD {CreateColumn(column).compile(dialect=connection.dialect)}" for column in added]
    new += [
        f"ALTER {named[c.name]} SET NOT NULL" for c in target.columns if not c.nullable and not c.primary_key
    ]
    if new:
        _alter(connection, target, ", ".join(new))
    copy = target.to_metadata(sa.MetaData())
    connection.execute(AddConstraint(copy.primary_key))
    for index in sorted(copy.indexes, key=lambda one: str(one.name)):
        index.create(connection)
    comment(connection, target)


def _alter(connection: sa.Connection, table: sa.Table, action: str) -> None:
    name = connection.dialect.identifier_preparer.format_table(table)
    connection.execute(verbatim(f"ALTER TABLE {name} {action}"))
