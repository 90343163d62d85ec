"""What a load changes in one table: worked out by one query over stage and table, before anything is written.

Each change is a whole row as it will be, with a letter for what becomes of it. Rows that are right already are none.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from deltalake import DeltaTable, WriterProperties, write_deltalake

from landfall.records import TableSpec
from landfall.warehouse.engine import Figures
from landfall.warehouse.lake.schema import arrow_schema
from landfall.warehouse.lake.snapshot import Snapshot, recast
from landfall.warehouse.lake.words import literal, quoted
from landfall.warehouse.tables import DELETED_AT, SEQ

OP = "_op"
INSERT, UPDATE, NOTE, DELETE, HIDE = "i", "u", "n", "d", "h"
"""A new row; one that differs; one of which only notes of ours do; one to be removed; one to be marked as deleted."""
REPLACE, REVIVE = "r", "v"
"""One that was reported as deleted and read again: removed and new, or marked and back."""
SPOOL, SPOOL_KEPT = "landfall-changes-", 24 * 3600
"""How the files of changes are called, and for how many seconds one that is not touched may be in use."""
WRITER = WriterProperties(compression="ZSTD", max_row_group_size=131_072)


class Changes:
    """The changes of one table, kept in a file without a name until they are committed.

    :ivar counts: how many of each kind.
    :param target: the declared table.
    :param staged: rows in its stage.
    :param read: opens them anew.
    :param bounds: the least and the greatest value of the first key column among them.
    """

    def __init__(
        self,
        target: sa.Table,
        counts: Counter[str],
        staged: int,
        read: Callable[[], pa.RecordBatchReader],
        bounds: tuple[Any, Any] | None = None,
    ) -> None:
        self.target, self.counts, self.staged, self._read, self._bounds = target, counts, staged, read, bounds

    def __bool__(self) -> bool:
        return any(self.counts.values())

    @property
    def figures(self) -> Figures:
        """As publishing tells them: a row of which only notes changed is unchanged."""
        new = self.counts[INSERT] + self.counts[REPLACE]
        other = self.counts[UPDATE] + self.counts[REVIVE]
        gone = sum(self.counts[op] for op in (DELETE, HIDE, REPLACE, REVIVE))
        return Figures(inserted=new, updated=other, unchanged=self.staged - new - other, deleted=gone)

    def write(self, table: DeltaTable, given: dict[str, Any]) -> None:
        """Write them into `table` with these properties of the commit."""
        if set(+self.counts) <= {INSERT}:
            rows = recast(self._read(), arrow_schema(self.target))
            write_deltalake(table, rows, mode="append", writer_properties=WRITER, **given)
            return
        columns = {_field(c.name): f"s.{_field(c.name)}" for c in self.target.columns}
        merger = table.merge(
            self._read(),
            self._same(),
            source_alias="s",
            target_alias="t",
            writer_properties=WRITER,
            **given,
        )
        if self.counts[DELETE]:
            merger = merger.when_matched_delete(f"s.{OP} = '{DELETE}'")
        if set(+self.counts) - {DELETE}:
            merger = merger.when_matched_update(columns, f"s.{OP} <> '{DELETE}'")
        if self.counts[INSERT]:
            merger = merger.when_not_matched_insert(columns, f"s.{OP} = '{INSERT}'")
        merger.execute()

    def _same(self) -> str:
        """Keys are equal; with their bounds, files without any of them are not even read."""
        keys = [c.name for c in self.target.primary_key]
        same = [f"t.{_field(k)} = s.{_field(k)}" for k in keys]
        if self._bounds:
            first, (low, high) = _field(keys[0]), self._bounds
            same += [f"t.{first} >= {literal(low)}", f"t.{first} <= {literal(high)}"]
        return " AND ".join(same)


@contextmanager
def spooled(
    snapshot: Snapshot, target: sa.Table, queries: Sequence[sa.Select[Any]], staged: int
) -> Iterator[Changes]:
    """Work out changes by queries whose columns are `OP` and those of `target`."""
    schema = pa.schema([pa.field(OP, pa.string()), *(f.with_nullable(True) for f in arrow_schema(target))])
    counts: Counter[str] = Counter()
    lows, highs = [], []
    # deltalake reads it from threads of its own, which a Python file would have wait for the interpreter's lock.
    handle, path = tempfile.mkstemp(prefix=SPOOL)
    os.close(handle)
    try:
        with pa.OSFile(path, "wb") as file, pa.ipc.new_stream(file, schema) as out:
            for query in queries:
                for batch in recast(snapshot.stream(query), schema):
                    if batch.num_rows:
                        counts.update(batch.column(0).to_pylist())
                        edges = pc.min_max(batch.column(1 + _first_key(target))).as_py()
                        lows.append(edges["min"])
                        highs.append(edges["max"])
                        out.write_batch(batch)
        bounds = (min(lows), max(highs)) if lows else None

        def read() -> pa.RecordBatchReader:
            return pa.ipc.open_stream(pa.memory_map(path))

        yield Changes(target, counts, staged, read, bounds)
    finally:
        os.unlink(path)


def sweep() -> int:
    """Delete the files that publishes left which were killed, since they hold rows. :returns: how many."""
    gone = 0
    for path in Path(tempfile.gettempdir()).glob(f"{SPOOL}*"):
        # Another user's cannot be deleted, and another process may have been faster.
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > SPOOL_KEPT:
                path.unlink()
                gone += 1
    return gone


def first_load(snapshot: Snapshot, target: sa.Table, stage: sa.Table, staged: int) -> Changes:
    """All rows of a stage, for a table that holds none."""
    columns = [stage.c[c.name] if c.name in stage.c else _nothing(c) for c in target.columns]
    every = sa.select(sa.literal(INSERT).label(OP), *columns)
    schema = pa.schema([pa.field(OP, pa.string()), *arrow_schema(target)])
    return Changes(
        target,
        Counter({INSERT: staged} if staged else {}),
        staged,
        lambda: recast(snapshot.stream(every), schema),
    )


def met(
    table: TableSpec,
    target: sa.Table,
    stage: sa.Table,
    deletes: sa.Table | None,
    bounds: tuple[Any, Any],
) -> sa.Select[Any]:
    """The staged rows that the table lacks or holds otherwise.

    :param bounds: of the first key column in the stage; files without any key between them are not read.
    :param deletes: reported deletions that are carried out before the staged rows are met; of `table` itself, or of
        the parent of a child table.
    """
    first = target.c[table.key[0]]
    same = sa.and_(_equal(stage, target, table.key), first >= bounds[0], first <= bounds[1])
    joined = stage.outerjoin(target, same)
    there: sa.ColumnElement[bool] = target.c[table.key[0]].is_not(None)
    known = there
    ops = []
    changed = _differs(table, target, stage)
    if deletes is not None:
        pairs = list(zip(deletes.columns, table.parent_columns or table.key, strict=True))
        joined = joined.outerjoin(deletes, sa.and_(*(own == target.c[name] for own, name in pairs)))
        gone = sa.and_(there, pairs[0][0].is_not(None))
        if table.soft_delete:
            ops.append((sa.and_(gone, target.c[DELETED_AT].is_(None)), REVIVE))
            changed = sa.or_(changed, gone)
        else:
            ops.append((gone, REPLACE))
            known = sa.and_(there, pairs[0][0].is_(None))
    if table.soft_delete:
        changed = sa.or_(changed, target.c[DELETED_AT].is_not(None))
    ops += [(~there, INSERT), (changed, UPDATE), (_noted(table, target, stage), NOTE)]
    op = sa.case(*ops, else_="").label(OP)
    values = [_value(table, target, stage, c.name, known, changed) for c in target.columns]
    rows = sa.select(op, *values).select_from(joined).subquery("met")
    return sa.select(rows).where(rows.c[OP] != "")


def seen_again(table: TableSpec, target: sa.Table, known: sa.Table) -> sa.Select[Any]:
    """The rows of which a sight is noted, and that are as they came otherwise."""
    sights = [c.name for c in known.columns if c.name not in (SEQ, *table.key)]
    moved = sa.or_(sa.false(), *(target.c[name].is_distinct_from(known.c[name]) for name in sights))
    values = [(known if c.name in sights else target).c[c.name] for c in target.columns]
    joined = target.join(known, _equal(known, target, table.key))
    return sa.select(sa.literal(NOTE).label(OP), *values).select_from(joined).where(moved)


def removed(
    table: TableSpec, target: sa.Table, stage: sa.Table, gone: sa.ColumnElement[bool], now: datetime
) -> sa.Select[Any]:
    """The rows that go and are not staged, as they are, or marked as deleted where the table keeps them."""
    gone = sa.and_(gone, ~sa.exists().where(_equal(stage, target, table.key)))
    if not table.soft_delete:
        return sa.select(sa.literal(DELETE).label(OP), *target.columns).where(gone)
    marked = sa.literal(now, sa.DateTime()).label(DELETED_AT)
    values = [marked if c.name == DELETED_AT else c for c in target.columns]
    return sa.select(sa.literal(HIDE).label(OP), *values).where(gone, target.c[DELETED_AT].is_(None))


def _value(
    table: TableSpec,
    target: sa.Table,
    stage: sa.Table,
    name: str,
    known: sa.ColumnElement[bool],
    changed: sa.ColumnElement[bool],
) -> sa.ColumnElement[Any]:
    if name == DELETED_AT:
        return _nothing(target.c[name]).label(name)
    new, old = stage.c[name], target.c[name]
    column = table.column(name) if name in table.names else None
    if column is None or not column.note or column.note == "sight" or name in table.key:
        return new
    kept: sa.ColumnElement[Any] = old
    if column.note == "change":
        kept = sa.case((changed, new), else_=old)
    elif column.note == "count":
        kept = sa.case((changed, old + new), else_=old)
    if column.personal:
        kept = sa.case((_veil_moved(old, new), new), else_=kept)
    return sa.case((known, kept), else_=new).label(name)


def _differs(table: TableSpec, target: sa.Table, stage: sa.Table) -> sa.ColumnElement[bool]:
    notes = {c.name for c in table.columns if c.note} | set(table.key)
    compared = [c.name for c in stage.columns if c.name != SEQ and c.name not in notes]
    return sa.or_(sa.false(), *(stage.c[n].is_distinct_from(target.c[n]) for n in compared))


def _noted(table: TableSpec, target: sa.Table, stage: sa.Table) -> sa.ColumnElement[bool]:
    moved = []
    for column in table.columns:
        old, new = target.c[column.name], stage.c[column.name]
        if column.note == "sight":
            moved.append(old.is_distinct_from(new))
        elif column.note and column.personal:
            moved.append(_veil_moved(old, new))
    return sa.or_(sa.false(), *moved)


def _veil_moved(old: Any, new: Any) -> sa.ColumnElement[bool]:
    """The privacy policy is another than when the row was published."""
    return sa.or_(old.is_(None) & new.is_not(None), old.is_not(None) & new.is_(None))


def _equal(left: sa.Table, right: sa.Table, key: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.and_(*(left.c[name] == right.c[name] for name in key))


def _nothing(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.null().label(column.name)


def _first_key(target: sa.Table) -> int:
    return list(target.columns).index(next(iter(target.primary_key)))


def _field(name: str) -> str:
    return quoted(name)
