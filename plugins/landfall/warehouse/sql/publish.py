"""Publish: the one transaction that changes what readers see.

Every write strategy is the same statements with another scope of deletion: delete what vanished, update what differs,
insert what is new, and move the watermark. Nothing is dropped or truncated, so views, grants and indexes
stay, and a reader sees the old rows or the new ones. Rows that are equal are not touched. Where a table is empty and
nobody has touched it yet, a large stage may become the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from landfall.errors import FuseBlown
from landfall.records import TableSpec
from landfall.scope import Fuse, Reach, Scope, Shrinking, joined
from landfall.warehouse.engine import Figures
from landfall.warehouse.removal import Family, Unread, alive, may_be, removal, same
from landfall.warehouse.tables import DELETED_AT, SEQ, count_each, count_rows

if TYPE_CHECKING:
    from landfall.warehouse.sql.engine import SqlWarehouse


def deduplicate(connection: sa.Connection, family: Family) -> dict[str, int]:
    """Keep of each key the record that came last, with its children. :returns: rows dropped, by table."""
    names = (*family.spec.key, SEQ)
    read = sa.union_all(*(sa.select(*(each.c[n] for n in names)) for each in family.read)).subquery("read")
    keys = [read.c[k] for k in family.spec.key]
    last = sa.select(*keys, sa.func.max(read.c[SEQ]).label("last")).group_by(*keys)
    last = last.having(sa.func.count() > 1)
    if not connection.execute(last.limit(1)).first():
        return {}
    latest = last.subquery("latest")

    def earlier(each: sa.Table) -> sa.ColumnElement[bool]:
        return sa.exists().where(*same(each, latest, family.spec.key), each.c[SEQ] < latest.c.last)

    return _unstage(connection, family, earlier)


def drop_deleted(connection: sa.Connection, family: Family) -> dict[str, int]:
    """Drop the staged records of which a deletion came last. :returns: rows dropped, by table."""
    if not connection.execute(sa.select(sa.literal(1)).select_from(family.deletes).limit(1)).first():
        return {}
    return _unstage(
        connection, family, lambda each: sa.exists().where(*same(family.deletes, each, family.spec.key))
    )


def _unstage(
    connection: sa.Connection, family: Family, gone: Callable[[sa.Table], sa.ColumnElement[bool]]
) -> dict[str, int]:
    """Take records out of the stages of what was read, with their children. :returns: rows dropped, by table."""
    stage = family.stage
    left = [connection.execute(sa.delete(each).where(gone(each))).rowcount for each in family.read]
    dropped = {family.spec.name: sum(left)}
    for child in family.spec.children if left[0] else ():
        rows = family.stages[child.table.name]
        orphan = ~sa.exists().where(stage.c[SEQ] == rows.c[SEQ])
        dropped[child.table.name] = connection.execute(sa.delete(rows).where(orphan)).rowcount
    return dropped


def publish_rows(
    warehouse: SqlWarehouse,
    connection: sa.Connection,
    family: Family,
    *,
    reach: Reach,
    unread: Unread,
    fuse: Fuse,
    rows_before: int,
    now: datetime,
) -> dict[str, Figures]:
    """Bring the tables of one resource to what the stages hold. Must run under the table's lock.

    :param reach: what the load accounts for.
    :param unread: what `landfall.warehouse.removal.partly_read` found.
    :param rows_before: rows in the parent table now.
    :returns: figures per table, the parent first.
    :raises FuseBlown: more rows would be removed than consented to; the caller's transaction must roll back.
    """
    table = family.spec
    target, stage = family.target, family.stage
    if not rows_before and warehouse.adopt(connection, family.pairs):
        rows = count_each(connection, *family.targets.values())
        return {name: Figures(inserted=made) for name, made in zip(family.targets, rows, strict=True)}
    staged = count_rows(connection, stage)
    figures = Figures()
    before = _in_windows(connection, family, reach)
    for gone in removal(family, reach, unread).gone:
        figures.deleted += _remove(connection, table, target, gone, now)
    known = _seen_again(connection, family)
    empty = not staged and not known and reach.scope is not Scope.NOTHING
    if reach.infers and figures.deleted and (empty or figures.deleted > fuse.rows):
        shrinking = _shrinking(connection, family, reach, before, figures.deleted, fuse)
        if refusal := fuse.refusal(shrinking, empty=empty):
            raise FuseBlown(f"{target.schema}.{target.name}: {refusal}")
    _merge(warehouse, connection, table, family, figures, staged)
    figures.unchanged += known
    made = {table.name: figures}
    for child in table.children:
        made[child.table.name] = _publish_child(warehouse, connection, family, child.table, reach)
    return made


def _in_windows(connection: sa.Connection, family: Family, reach: Reach) -> list[int]:
    """How many rows there are in each window, where there are several."""
    several = reach.windows if len(reach.windows) > 1 else ()
    return [_alive(connection, family, window.holds(family.spec, family.target)) for window in several]


def _alive(connection: sa.Connection, family: Family, *where: sa.ColumnElement[bool]) -> int:
    rows = sa.select(family.target.c[family.spec.key[0]]).where(*where, *alive(family))
    return count_rows(connection, rows.subquery())


def _shrinking(
    connection: sa.Connection, family: Family, reach: Reach, before: list[int], removed: int, fuse: Fuse
) -> Iterator[Shrinking]:
    """What was removed of all that was read, and of each window. Asked between the removal and the merge."""
    spec, target, stage = family.spec, family.target, family.stage
    known = sa.or_(*(sa.exists().where(*same(each, target, spec.key)) for each in family.read))
    read = {
        Scope.EVERYTHING: ("of the table", ()),
        Scope.WINDOW: (f"with {', '.join(map(str, joined(reach.windows)))}", (reach.holds(spec, target),)),
        Scope.NOTHING: ("that were asked for", (known,)),
    }
    of, where = read[reach.scope]
    new = sa.select(stage.c[SEQ]).where(~sa.exists().where(*same(target, stage, spec.key)))

    def inserted(*within: sa.ColumnElement[bool]) -> int:
        return count_rows(connection, new.where(*within).subquery()) if fuse.net else 0

    yield Shrinking(of, removed + _alive(connection, family, *where), removed, inserted())
    for window, rows, left in zip(
        reach.windows, before, _in_windows(connection, family, reach), strict=False
    ):
        yield Shrinking(f"with {window}", rows, rows - left, inserted(window.holds(spec, stage)))


def _remove(
    connection: sa.Connection,
    table: TableSpec,
    target: sa.Table,
    where: sa.ColumnElement[bool],
    now: datetime,
) -> int:
    if not table.soft_delete:
        return connection.execute(sa.delete(target).where(where)).rowcount
    unmarked = target.c[DELETED_AT].is_(None)
    return connection.execute(sa.update(target).where(where, unmarked).values({DELETED_AT: now})).rowcount


def _merge(
    warehouse: SqlWarehouse,
    connection: sa.Connection,
    table: TableSpec,
    family: Family,
    figures: Figures,
    staged: int,
) -> None:
    target, stage = family.targets[table.name], family.stages[table.name]
    revive = DELETED_AT if table.soft_delete else None
    figures.inserted, figures.updated = warehouse.merge(connection, target, stage, table.key, revive, staged)
    figures.unchanged = staged - figures.updated - figures.inserted
    for column in table.columns:
        old, new = target.c[column.name], stage.c[column.name]
        if column.note == "sight":
            moved = old.is_distinct_from(new)
        elif column.note and column.personal:  # the privacy policy is another than when the row was published
            moved = sa.or_(old.is_(None) & new.is_not(None), old.is_not(None) & new.is_(None))
        else:
            continue
        connection.execute(
            sa.update(target).where(*same(stage, target, table.key), moved).values({column.name: new})
        )


def _seen_again(connection: sa.Connection, family: Family) -> int:
    """Note of the records that came again as they are published that they were seen. :returns: how many there are."""
    target, known = family.target, family.known
    if known is None:
        return 0
    mine = same(known, target, family.spec.key)
    for column in known.columns:
        if column.name not in (SEQ, *family.spec.key):
            moved = target.c[column.name].is_distinct_from(column)
            connection.execute(sa.update(target).where(*mine, moved).values({column.name: column}))
    return count_rows(connection, sa.select(target.c[family.spec.key[0]]).where(*mine).subquery())


def _publish_child(
    warehouse: SqlWarehouse, connection: sa.Connection, family: Family, child: TableSpec, reach: Reach
) -> Figures:
    parent = family.spec
    target, stage = family.targets[child.name], family.stages[child.name]
    parents = list(zip(child.parent_columns, parent.key, strict=True))

    def belongs(owner: sa.Table) -> list[sa.ColumnElement[bool]]:
        return [target.c[mine] == owner.c[theirs] for mine, theirs in parents]

    figures = Figures()
    gone = ~sa.exists().where(*same(stage, target, child.key))
    odd = family.odd_elements[child.name]
    if connection.execute(sa.select(sa.literal(1)).select_from(odd).limit(1)).first():
        gone = sa.and_(gone, ~may_be(odd, target, child.key))
    seen = sa.exists().where(*belongs(family.stage))
    figures.deleted = connection.execute(sa.delete(target).where(gone, seen)).rowcount
    if not (parent.soft_delete and parent.keep_children):
        orphan = ~sa.exists().where(*belongs(family.target), *alive(family))
        if reach.scope is Scope.NOTHING:
            orphan = sa.and_(orphan, sa.exists().where(*belongs(family.deletes)))
        figures.deleted += connection.execute(sa.delete(target).where(orphan)).rowcount
    staged = count_rows(connection, stage)
    _merge(warehouse, connection, child, family, figures, staged)
    return figures
