"""The stage of one load: Delta tables under `landfall_stage`, filled by batches of typed rows.

Rows gather in memory until they make a file. The parent's stage is finished last, with a mark: without it the stage is
none, and is made again from landing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import TableNotFoundError

from landfall.errors import RowRejected
from landfall.rows import Row, fits
from landfall.warehouse.engine import Condition
from landfall.warehouse.lake.books import Books
from landfall.warehouse.lake.changes import WRITER
from landfall.warehouse.lake.commits import hooks
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.schema import arrow_schema, batch_of
from landfall.warehouse.lake.snapshot import Snapshot, recast
from landfall.warehouse.removal import Family, same
from landfall.warehouse.tables import SEQ, count_each, count_rows

FILE_ROWS, FILE_BYTES = 65_536, 32 * 2**20
"""Rows, and their bytes in memory, that make a file."""
STAGED = WriterProperties(
    compression="LZ4_RAW",
    default_column_properties=ColumnProperties(dictionary_enabled=False, statistics_enabled="NONE"),
)
"""Of files that are read once and deleted."""
DONE = "landfall/staged"
"""App id of the mark that a stage is whole."""


class Staging:
    """Fills the stages of one load, or changes them.

    :param family: the resource's tables and stages.
    :param others: stages beside the family's own.
    :param empty: whether to begin anew, in place of what an earlier attempt left.
    """

    def __init__(
        self,
        house: Lakehouse,
        family: Family,
        *others: sa.Table,
        books: Books | None = None,
        empty: bool = True,
    ) -> None:
        self.house, self.family, self.books = house, family, books or Books(house)
        self._published = Snapshot(house)
        parent = family.stage
        tables = [s for s in family.all_stages if s is not parent] + list(others)
        # The parent first: as soon as it is begun anew, what an earlier attempt finished counts no more.
        self._files = {table.name: _Stage(house, table) for table in (parent, *tables)}
        self._open = empty
        for file in self._files.values() if empty else ():
            file.begin(mark=file is self._files[parent.name])

    def rows(self, stage: sa.Table, rows: Iterable[Row]) -> None:
        """Stage rows whose values are in the order of the stage's columns."""
        self._changing()
        self._files[stage.name].rows(list(rows))

    def batch(self, stage: sa.Table, batch: pa.RecordBatch) -> None:
        """Stage a batch with columns of the stage's names; one that it lacks is NULL.

        Texts that stand for amounts, days and moments are read as such.

        :raises pyarrow.ArrowInvalid: a text is none, or an amount does not fit; nothing of the batch was staged.
        """
        self._files[stage.name].add(self.prepare(stage, batch))

    def prepare(self, stage: sa.Table, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The same batch as its stage holds it; may be called from any thread.

        :raises pyarrow.ArrowInvalid: as `batch`.
        """
        return typed(batch, arrow_schema(stage))

    def block(self, prepared: Mapping[str, pa.RecordBatch]) -> bool:
        """Stage what was prepared of a block, by table."""
        for name, batch in prepared.items():
            self._files[self.family.stages[name].name].add(batch)
        return True

    def read(self) -> Snapshot:
        """What is staged so far can be asked here."""
        for file in self._files.values():
            file.flush()
        return Snapshot(self.house)

    def published(self) -> Snapshot:
        """What is published can be asked here; it is looked at once."""
        return self._published

    def fill(self, stage: sa.Table, query: Callable[[sa.Table | None], str]) -> None:
        """Stage the rows of a query."""
        self._changing()
        for batch in self.read().stream(query(None)):
            self.batch(stage, batch)

    def unstage(self, gone: Condition) -> dict[str, int]:
        """Take records out of the stages, with their children. :returns: rows dropped, by table."""
        self._changing()
        self.read()
        return unstage(self.house, self.family, gone)

    def finish(self, *, newest: bool = True, deleted: bool = False) -> dict[str, int]:
        """Write what is left.

        :param newest: keep of each key the record that came last.
        :param deleted: and none of a key that was reported as deleted.
        :returns: rows dropped, by table.
        """
        self.read()
        dropped = deduplicate(self.house, self.family) if newest else {}
        for name, rows in (drop_deleted(self.house, self.family) if deleted else {}).items():
            dropped[name] = dropped.get(name, 0) + rows
        self.close()
        return dropped

    def close(self) -> None:
        """Say that the stages are whole, where they were changed."""
        if self._open:
            self.read()
            self._files[self.family.stage.name].mark(whole=True)
            self._open = False

    def _changing(self) -> None:
        """Until `close` the stages are none: who dies in the middle has left rows of one and none of another."""
        if not self._open:
            self._files[self.family.stage.name].mark(whole=False)
            self._open = True


class _Stage:
    def __init__(self, house: Lakehouse, table: sa.Table) -> None:
        self._house, self._schema = house, arrow_schema(table)
        self._uri = house.table(str(table.schema), table.name)
        self._batches: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def begin(self, *, mark: bool) -> None:
        empty = pa.Table.from_batches([], self._schema)
        try:
            there = DeltaTable(self._uri, storage_options=self._house.options)
        except TableNotFoundError:
            self._write(empty, mode="overwrite", schema_mode="overwrite")
            return
        marked = {"commit_properties": _marked(there, whole=False)} if mark else {}
        self._write(empty, mode="overwrite", schema_mode="overwrite", **marked)

    def rows(self, rows: Sequence[Row]) -> None:
        if rows:
            self.add(batch_of(rows, self._schema))

    def add(self, batch: pa.RecordBatch) -> None:
        self._batches.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= FILE_ROWS or self._bytes >= FILE_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            self._write(pa.Table.from_batches(self._batches, self._schema), mode="append")
        self._batches, self._rows, self._bytes = [], 0, 0

    def mark(self, *, whole: bool) -> None:
        table = DeltaTable(self._uri, storage_options=self._house.options)
        table.create_write_transaction(
            [],
            "append",
            table.schema(),
            commit_properties=_marked(table, whole=whole),
            post_commithook_properties=hooks(self._house),
        )

    def _write(self, data: pa.Table, **how: Any) -> None:
        write_deltalake(
            self._uri,
            data,
            storage_options=self._house.options,
            writer_properties=STAGED,
            post_commithook_properties=hooks(self._house),
            **how,
        )


def _marked(table: DeltaTable, *, whole: bool) -> CommitProperties:
    """The next mark of a stage: odd where it is whole, even while it is being changed."""
    last = table.transaction_version(DONE) or 0
    return CommitProperties(app_transactions=[Transaction(DONE, last + 1 + (last % 2 == whole))])


def typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """A batch in the columns and types of `schema`; what it lacks is NULL."""
    there = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns = [
        there[f.name].cast(f.type) if f.name in there else pa.nulls(batch.num_rows, f.type) for f in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def staged(snapshot: Snapshot, family: Family) -> bool:
    """Whether the stages of this load are whole."""
    found = snapshot.table(str(family.stage.schema), family.stage.name)
    return found is not None and (found.transaction_version(DONE) or 0) % 2 == 1


def deduplicate(house: Lakehouse, family: Family) -> dict[str, int]:
    """Keep of each key the record that came last, with its children. :returns: rows dropped, by table."""
    read = _read(family)
    keys = [read.c[k] for k in family.spec.key]
    last = sa.select(*keys, sa.func.max(read.c[SEQ]).label("last")).group_by(*keys)
    last = last.having(sa.func.count() > 1)
    if Snapshot(house).execute(last.limit(1)).first() is None:
        return {}
    latest = last.subquery("latest")
    earlier = sa.select(read.c[SEQ]).where(*same(read, latest, family.spec.key), read.c[SEQ] < latest.c.last)
    return _unstage(house, family, earlier)


def drop_deleted(house: Lakehouse, family: Family) -> dict[str, int]:
    """Drop the staged records of which a deletion came last. :returns: rows dropped, by table."""
    snapshot, read = Snapshot(house), _read(family)
    lost = sa.select(read.c[SEQ]).where(sa.exists().where(*same(family.deletes, read, family.spec.key)))
    if not count_rows(snapshot, family.deletes) or snapshot.execute(lost.limit(1)).first() is None:
        return {}
    return _unstage(house, family, lost)


def _read(family: Family) -> sa.Subquery:
    """Key and number of every record that was read, whether it is staged or known."""
    names = (*family.spec.key, SEQ)
    return sa.union_all(*(sa.select(*(each.c[n] for n in names)) for each in family.read)).subquery("read")


def _unstage(house: Lakehouse, family: Family, numbers: sa.Select[Any]) -> dict[str, int]:
    """Take the records with these numbers out of the stages."""
    lost = numbers.subquery("lost")
    return unstage(house, family, lambda each: sa.exists().where(lost.c[SEQ] == each.c[SEQ]))


def unstage(
    house: Lakehouse, family: Family, gone: Callable[[sa.Table], sa.ColumnElement[bool]]
) -> dict[str, int]:
    """Take records out of the stages of what was read, with their children.

    :param gone: the condition for the rows of each stage; all of them have the record's number.
    :returns: rows dropped, by table.
    """
    snapshot = Snapshot(house)
    stages = [*family.stages.items(), *((family.spec.name, each) for each in family.read[1:])]
    before = count_each(snapshot, *(each for _, each in stages))
    for (_, each), rows in zip(stages, before, strict=True):
        if rows:
            write_deltalake(
                DeltaTable(house.table(str(each.schema), each.name), storage_options=house.options),
                recast(snapshot.stream(sa.select(each).where(~gone(each))), arrow_schema(each)),
                mode="overwrite",
                writer_properties=WRITER,
                post_commithook_properties=hooks(house),
            )
    after = count_each(Snapshot(house), *(each for _, each in stages))
    dropped: dict[str, int] = {}
    for (name, _), rows, left in zip(stages, before, after, strict=True):
        dropped[name] = dropped.get(name, 0) + rows - left
    return dropped


def refusal(stage: sa.Table) -> Callable[[Row], None] | None:
    """What raises `RowRejected` for a row with an amount that would have to be rounded; None: there are no amounts."""
    amounts = [
        (at, field.name, field.type.precision, field.type.scale)
        for at, field in enumerate(arrow_schema(stage))
        if pa.types.is_decimal(field.type)
    ]

    def refuse(row: Row) -> None:
        for at, name, digits, decimals in amounts:
            amount = row[at]
            if amount is not None and not fits(amount, digits, decimals):
                reason = f"does not fit DECIMAL({digits}, {decimals}) without rounding"
                raise RowRejected(reason, path=f"column {name}")

    return refuse if amounts else None
