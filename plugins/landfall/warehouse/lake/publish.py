"""Publish: one commit for each table of a resource, child tables first. The parent's commit is the moment it counts.

Everything is worked out before anything is written. A family of tables cannot be committed at once, so who is about to
change child tables claims the parent first, by a commit without rows: from then on nobody who looked at the family
before can finish. Whoever comes upon a claim that was never followed by its publication commits to every table, rows
or none, so that no late commit of the other goes unseen.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from deltalake import Transaction

from landfall.errors import FuseBlown
from landfall.ledger import State
from landfall.records import TableSpec
from landfall.scope import Fuse, Reach, Scope, Shrinking, joined
from landfall.warehouse.engine import Condition, Figures
from landfall.warehouse.lake.books import Books
from landfall.warehouse.lake.changes import Changes, first_load, met, removed, seen_again, spooled
from landfall.warehouse.lake.commits import (
    CLAIM,
    advanced,
    app_id,
    commit,
    load_number,
    record_of,
    state_of,
    state_row,
    transactions,
)
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.snapshot import Snapshot
from landfall.warehouse.removal import Family, alive, may_be, partly_read, removal, same
from landfall.warehouse.tables import SEQ, count_each, count_rows


class Publication:
    """One resource's tables, about to be published. Without `commit` nothing is changed.

    :ivar state: what is published now.
    :ivar rows: rows of the parent table as it is, and after `bring` as it will be.
    """

    def __init__(
        self,
        house: Lakehouse,
        books: Books,
        source: str,
        family: Family,
        load_id: str,
        snapshot: Snapshot | None = None,
    ) -> None:
        self.house, self.books, self.source, self.family, self.load_id = house, books, source, family, load_id
        self.snapshot = snapshot or Snapshot(house)
        parent = self.snapshot.there(family.target)
        for target in family.targets.values():
            self.snapshot.there(target)
        self.state: State = state_of(parent, source, family.spec.name)
        self.rows = parent.count()
        self._claimed = parent.transaction_version(app_id(source, family.spec.name, CLAIM))
        self._changes: dict[str, Changes] = {}
        self._gone: list[sa.ColumnElement[bool]] = []
        self._files = contextlib.ExitStack()

    def bring(self, reach: Reach, fuse: Fuse, now: datetime) -> dict[str, Figures]:
        """Work out what the load changes.

        :param reach: what the load accounts for.
        :param now: of rows that are marked as deleted.
        :returns: figures per table, the parent first.
        :raises FuseBlown: more rows would be removed than consented to.
        """
        family = self.family
        table = family.spec
        reported, *counted = count_each(self.snapshot, family.deletes, *family.stages.values())
        staged = dict(zip(family.stages, counted, strict=True))
        gone: list[sa.ColumnElement[bool]] = []
        if reported or reach.scope is not Scope.NOTHING:
            gone = removal(family, reach, partly_read(self.snapshot, family)).gone
        self._gone = [] if table.soft_delete else gone
        met_again = family.deletes if reported and not reach.infers else None
        again = self._seen_again()
        figures = self._work_out(table, staged[table.name], gone, now, met_again, again).figures
        figures.unchanged += again
        empty = not staged[table.name] and not again and reach.scope is not Scope.NOTHING
        if reach.infers and figures.deleted and (empty or figures.deleted > fuse.rows):
            shrinking = self._shrinking(reach, gone, figures.deleted, fuse)
            if refusal := fuse.refusal(shrinking, empty=empty):
                raise FuseBlown(f"{family.target.schema}.{family.target.name}: {refusal}")
        made = {table.name: figures}
        for child in table.children:
            lost = self._child_gone(child.table, gone, reach)
            changes = self._work_out(child.table, staged[child.table.name], lost, now, None)
            made[child.table.name] = self._told(child.table, changes)
        self.rows += figures.inserted - (0 if table.soft_delete else figures.deleted)
        return made

    def read(self) -> Snapshot:
        """What is staged and published can be asked here."""
        return self.snapshot

    def state_of(self, name: str) -> State:
        """What is published of a part of the parent table, by the part's name in the ledger."""
        return state_of(self.snapshot.there(self.family.target), self.source, name)

    def count(self, holds: Condition) -> int:
        """After `bring`: rows of the parent table, as it will be, for which this holds."""
        target, stage = self.family.target, self.family.stage
        key = target.c[self.family.spec.key[0]]
        read = sa.exists().where(*same(stage, target, self.family.spec.key))
        staying = sa.select(key).where(holds(target), ~read, *(~gone for gone in self._gone))
        new = sa.select(stage.c[SEQ]).where(holds(stage))
        return sum(count_each(self.snapshot, staying.subquery(), new.subquery()))

    def commit(
        self, state: Mapping[str, Any], load: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]] = {}
    ) -> None:
        """Publish what `bring` worked out.

        :param state: columns of `sync_state` to set.
        :param load: the load's row of `loads`.
        :param parts: the columns to set of the table's parts, by their names in the ledger.
        :raises PublishConflict: another run published this resource meanwhile.
        """
        table = self.family.spec
        children = [child.table for child in table.children]
        parent = self.snapshot.there(self.family.target)
        number = load_number(self.load_id)
        published = parent.transaction_version(app_id(self.source, table.name))
        unfinished = self._claimed is not None and self._claimed != published
        if children and (unfinished or any(self._changes[child.name] for child in children)):
            claim = [Transaction(app_id(self.source, table.name, CLAIM), number)]
            parent = commit(self.house, parent, claim, {"claimed_by": self.load_id})
            for child in children:
                self._commit_child(child, number, even_without_rows=unfinished)
        changes = self._changes[table.name]
        write = (lambda given: changes.write(parent, given)) if changes else None
        after = advanced(self.state, state)
        record: dict[str, Any] = {
            "sync_state": state_row(self.source, table.name, after, state),
            "load": load,
            "parts": [],
        }
        told = transactions(self.source, table.name, after)
        for name, values in parts.items():
            ahead = advanced(self.state_of(name), values)
            told += transactions(self.source, name, ahead)
            record["parts"].append(state_row(self.source, name, ahead, values))
        commit(self.house, parent, told, record, write)
        self.books.write(record)

    def close(self) -> None:
        """Forget what was worked out."""
        self._files.close()

    def _commit_child(self, child: TableSpec, number: int, *, even_without_rows: bool) -> None:
        changes = self._changes[child.name]
        if not changes and not even_without_rows:
            return
        there = self.snapshot.there(self.family.targets[child.name])
        write = (lambda given: changes.write(there, given)) if changes else None
        record = {"load_id": self.load_id, "figures": msgspec.to_builtins(self._told(child, changes))}
        commit(self.house, there, [Transaction(app_id(self.source, child.name), number)], record, write)

    def _told(self, child: TableSpec, changes: Changes) -> Figures:
        """A child's figures: of an attempt of this load that died after it, what that attempt did."""
        there = self.snapshot.there(self.family.targets[child.name])
        earlier = there.transaction_version(app_id(self.source, child.name))
        if changes or self.state.load_id == self.load_id or earlier != load_number(self.load_id):
            return changes.figures
        for entry in there.history(20):
            record = record_of(entry)
            if record.get("load_id") == self.load_id:
                return msgspec.convert(record["figures"], Figures)
        return changes.figures

    def _work_out(
        self,
        table: TableSpec,
        staged: int,
        gone: list[sa.ColumnElement[bool]],
        now: datetime,
        met_again: sa.Table | None,
        again: int = 0,
    ) -> Changes:
        target, stage = self.family.targets[table.name], self.family.stages[table.name]
        if not self.snapshot.there(target).file_uris():
            changes = self._filled(target, stage, staged)
        else:
            queries = [removed(table, target, stage, sa.or_(*gone), now)] if gone else []
            if staged:
                first = stage.c[table.key[0]]
                bounds = tuple(self.snapshot.execute(sa.select(sa.func.min(first), sa.func.max(first))).one())
                queries.append(met(table, target, stage, met_again, (bounds[0], bounds[1])))
            if again and self.family.known is not None:
                queries.append(seen_again(table, target, self.family.known))
            changes = self._changed(target, queries, staged)
        self._changes[table.name] = changes
        return changes

    def _filled(self, target: sa.Table, stage: sa.Table, staged: int) -> Changes:
        return first_load(self.snapshot, target, stage, staged)

    def _changed(self, target: sa.Table, queries: Sequence[sa.Select[Any]], staged: int) -> Changes:
        return self._files.enter_context(spooled(self.snapshot, target, queries, staged))

    def _seen_again(self) -> int:
        """How many records came again as they are published."""
        known, target, key = self.family.known, self.family.target, self.family.spec.key
        if known is None or not count_rows(self.snapshot, known):
            return 0
        there = sa.select(target.c[key[0]]).where(*same(known, target, key))
        return count_rows(self.snapshot, there.subquery())

    def _child_gone(
        self, child: TableSpec, gone: list[sa.ColumnElement[bool]], reach: Reach
    ) -> list[sa.ColumnElement[bool]]:
        """The children that their parent has no more, and those whose parent is not there or goes."""
        family, parent = self.family, self.family.spec
        target, stage = family.targets[child.name], family.stages[child.name]
        pairs = list(zip(child.parent_columns, parent.key, strict=True))

        def of(owner: Any, *those: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
            return sa.exists().where(*(target.c[mine] == owner.c[theirs] for mine, theirs in pairs), *those)

        seen = of(family.stage)
        unread = ~sa.exists().where(*same(stage, target, child.key))
        odd = family.odd_elements[child.name]
        if count_rows(self.snapshot, odd):
            unread = sa.and_(unread, ~may_be(odd, target, child.key))
        conditions = [sa.and_(unread, seen)]
        kept = parent.soft_delete and parent.keep_children
        if kept or (reach.scope is Scope.NOTHING and not gone):
            return conditions
        lost = ~of(family.target, *alive(family))
        if gone:
            keys = sa.select(*(family.target.c[k] for k in parent.key)).where(sa.or_(*gone))
            lost = sa.or_(lost, of(keys.subquery("gone")))
        if reach.scope is Scope.NOTHING:
            lost = sa.and_(lost, of(family.deletes))
        return [*conditions, sa.and_(~seen, lost)]

    def _shrinking(
        self, reach: Reach, gone: list[sa.ColumnElement[bool]], removed: int, fuse: Fuse
    ) -> Iterator[Shrinking]:
        """What goes of all that was read, and of each window."""
        spec, target, stage = self.family.spec, self.family.target, self.family.stage
        known = sa.or_(*(sa.exists().where(*same(each, target, spec.key)) for each in self.family.read))
        read = {
            Scope.EVERYTHING: ("of the table", sa.true()),
            Scope.WINDOW: (
                f"with {', '.join(map(str, joined(reach.windows)))}",
                reach.holds(spec, target),
            ),
            Scope.NOTHING: ("that were asked for", known),
        }
        of, within = read[reach.scope]
        goes = sa.or_(*gone)

        def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
            return count_rows(self.snapshot, sa.select(table.c[spec.key[0]]).where(*where).subquery())

        def inserted(*within: sa.ColumnElement[bool]) -> int:
            new = ~sa.exists().where(*same(target, stage, spec.key))
            return count(stage, new, *within) if fuse.net else 0

        yield Shrinking(of, removed + count(target, within, ~goes, *alive(self.family)), removed, inserted())
        for window in reach.windows if len(reach.windows) > 1 else ():
            mine = window.holds(spec, target)
            mine = sa.and_(mine, *alive(self.family))
            rows, lost = count(target, mine), count(target, mine, goes)
            yield Shrinking(f"with {window}", rows, lost, inserted(window.holds(spec, stage)))
