"""Which rows of a resource's table a load takes away, and which of them a rejected record holds back.

A rejected record is still at the vendor, so its row is not gone. Where its key was read whole, that is one row. Where a
part of it was, it may be any row that agrees with what was read: of the key, and of the day by which the table is read.
Where nothing was, it may be any row the load accounts for. The same conditions tell what a publish removes and what the
candidate keeps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from landfall.records import TableSpec
from landfall.scope import Reach, Scope
from landfall.warehouse.tables import (
    DAY_END,
    DAY_START,
    DELETED_AT,
    Pair,
    Reader,
    count_rows,
    deletes_table,
    known_table,
    rejects_table,
    stage_table,
    target_table,
)


class Family:
    """A resource's tables and their stages for one load.

    :param window: the column by which the table is read in windows, if any.
    """

    def __init__(self, table: TableSpec, schema: str, load_id: str, window: str = "") -> None:
        self.spec = table
        self.window = "" if window in table.key else window
        self.targets = {t.name: target_table(t, schema) for t in table.family()}
        self.stages = {t.name: stage_table(t, load_id) for t in table.family()}
        self.deletes = deletes_table(table, load_id)
        self.rejects = rejects_table(table, load_id, self.window, rule=True)
        self.known = known_table(table, load_id) if table.fingerprint else None
        self.odd_elements = {c.table.name: rejects_table(c.table, load_id) for c in table.children}

    @property
    def pairs(self) -> list[Pair]:
        """Each table with its stage, the parent first."""
        return [(target, self.stages[name]) for name, target in self.targets.items()]

    @property
    def all_stages(self) -> list[sa.Table]:
        """Every stage of the load."""
        known = () if self.known is None else (self.known,)
        return [*self.stages.values(), self.deletes, self.rejects, *known, *self.odd_elements.values()]

    @property
    def target(self) -> sa.Table:
        """The parent table."""
        return self.targets[self.spec.name]

    @property
    def stage(self) -> sa.Table:
        """The parent table's stage."""
        return self.stages[self.spec.name]

    @property
    def read(self) -> list[sa.Table]:
        """The stages of the records that were read: those to be merged, and those that are published as they are."""
        return [self.stage] if self.known is None else [self.stage, self.known]


def alive(family: Family) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition that a row of the parent table is not deleted softly; none where deletions are hard."""
    return (family.target.c[DELETED_AT].is_(None),) if family.spec.soft_delete else ()


Unread = tuple[tuple[str, ...], ...]
"""For each kind of partly readable reject there is: the columns of the rejects' stage that could be read."""


@dataclasses.dataclass(frozen=True)
class Removal:
    """What a load would remove.

    :ivar claims: each a condition that a row of the parent table is no longer there, whatever was set aside.
    :ivar held: the condition that a row may be that of a record whose key could not be read whole; None: there is none.
    """

    claims: list[sa.ColumnElement[bool]]
    held: sa.ColumnElement[bool] | None = None

    @property
    def gone(self) -> list[sa.ColumnElement[bool]]:
        """The conditions under which a row is removed."""
        return self.claims if self.held is None else [sa.and_(claim, ~self.held) for claim in self.claims]


def removal(family: Family, reach: Reach, unread: Unread) -> Removal:
    """What a load would remove, given what it accounts for.

    What was read within its reach outweighs a deletion that was reported with it.

    :param unread: what `partly_read` found.
    """
    key, target = family.spec.key, family.target
    reported = sa.exists().where(*same(family.deletes, target, key))
    if not reach.infers:
        return Removal([reported])
    read = (*family.read, family.rejects)
    absent = sa.and_(*(~sa.exists().where(*same(each, target, key)) for each in read))
    held = _held(family, unread)
    if reach.scope is Scope.EVERYTHING:
        return Removal([absent], held)
    claims = [sa.and_(absent, reported)]
    if reach.scope is Scope.WINDOW:
        claims.insert(0, sa.and_(absent, reach.holds(family.spec, target)))
    return Removal(claims, held)


def held_back(connection: Reader, family: Family, reach: Reach, unread: Unread) -> int:
    """Rows that stay although the load does not hold them, since a record whose key could not be read may be theirs."""
    found = removal(family, reach, unread)
    if found.held is None:
        return 0
    staying = sa.select(sa.literal(1).label("one")).select_from(family.target)
    return count_rows(connection, staying.where(sa.or_(*found.claims), found.held).subquery())


def partly_read(connection: Reader, family: Family) -> Unread:
    """Which columns could be read of the rejects whose key was not read whole, each combination once."""
    rejects, key = family.rejects, family.spec.key
    names = (*key, DAY_START) if family.window else key
    there = [sa.case((rejects.c[name].is_(None), 0), else_=1).label(name) for name in names]
    partly = sa.or_(*(rejects.c[name].is_(None) for name in key))
    kinds = connection.execute(sa.select(*there).where(partly).distinct())
    return tuple(sorted(tuple(n for n, known in zip(names, kind, strict=True) if known) for kind in kinds))


def _held(family: Family, kinds: Unread) -> sa.ColumnElement[bool] | None:
    """One EXISTS for each kind, each an equality of columns, so that a large table is joined and not searched."""
    if not kinds:
        return None
    rejects, key = family.rejects, family.spec.key
    names = (*key, DAY_START) if family.window else key
    conditions = []
    for kind in kinds:
        missing = [rejects.c[name].is_(None) for name in names if name not in kind]
        agrees = [rejects.c[name] == family.target.c[name] for name in kind if name != DAY_START]
        if DAY_START in kind:
            day = family.target.c[family.window]
            agrees += [day >= rejects.c[DAY_START], day < rejects.c[DAY_END]]
        conditions.append(sa.exists().where(*missing, *agrees) if agrees else sa.true())
    return sa.or_(*conditions)


def may_be(odd: sa.Table, target: sa.Table, key: Iterable[str]) -> sa.ColumnElement[bool]:
    """The condition that a row agrees with what was read of the key of an element that was set aside."""
    return sa.exists().where(*(sa.or_(odd.c[name].is_(None), odd.c[name] == target.c[name]) for name in key))


def same(left: sa.FromClause, right: sa.FromClause, key: Iterable[str]) -> Sequence[sa.ColumnElement[bool]]:
    """The conditions that a row of one and a row of the other have the same key."""
    return [left.c[name] == right.c[name] for name in key]
