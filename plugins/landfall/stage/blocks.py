"""The fast path: blocks of landed records are staged without a Python object per row.

Apache Arrow parses a block with the record's schema and checks it column-wise; threads are a few blocks ahead of the
engine, since Arrow works without the interpreter's lock.
It takes only what the exact path (`landfall.stage.rows`) would take unchanged: whatever is unusual in a block (a field
the record does not declare, a missing key, text that is no number) sends the whole block down the exact path, which
tells the one bad record from the good ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pa_json

from landfall.records import Column, Json, TableSpec
from landfall.stage.elements import sent_key
from landfall.stage.loose_blocks import LOOSE_NUMBER, tightened
from landfall.warehouse.engine import Staging
from landfall.warehouse.removal import Family
from landfall.warehouse.tables import SEQ
from landfall.wire.parallel import in_order

_ARROW: dict[type, pa.DataType] = {
    int: pa.int64(),
    bool: pa.bool_(),
    str: pa.string(),
    Decimal: pa.string(),
    date: pa.string(),
    datetime: pa.string(),
}
_MOST_DIGITS = 38
"""Of Arrow's decimals."""
_LINE_END = ord("\n")
_PLAIN = 20
"""Characters of a text that cannot be too long for any number of ours."""
_IN_NUMBERS = np.isin(np.arange(256), np.frombuffer(b"0123456789.-", np.uint8))
_NUMBER = r"^-?[0-9]{1,20}(\.[0-9]{1,20})?$"
_SECONDS = r"-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
_MOMENT = (
    rf"^(([1-8][0-9]{{3}}|9[0-8][0-9]{{2}}|99[0-8][0-9]|999[0-8]|0[1-9][0-9]{{2}}|00[1-9][0-9]|000[2-9]){_SECONDS}"
    rf"(Z|[+-][0-9]{{2}}:?[0-9]{{2}})|(0001|9999){_SECONDS}Z)$"
)
"""RFC 3339 with a zone, and in UTC still a year from 1 to 9999; Arrow's own cast would take a time without seconds."""
REFUSALS = 3
"""After this many refused blocks in a row the rest is not tried: the vendor's shape has changed for good."""

THREADS = 2
"""That encode: one cannot keep the server busy, and each holds a block in memory."""

_POOL = pa.system_memory_pool()
"""Takes a fifth less of the process's memory than Arrow's own pool, at the same speed."""
_TIDY_BLOCKS = 32
"""After so many blocks, the pool is asked to give back what is free."""

Batches = dict[str, pa.RecordBatch]
"""By table; a batch has the columns of its stage that a record has a value for."""


class Refused(Exception):
    """This block holds something that only the exact path may judge."""


def stage_blocks(
    stages: Staging, family: Family, blocks: Iterable[bytes], zone: str = ""
) -> Iterator[tuple[int, int, list[bytes], dict[str, int]]]:
    """Stage what the fast path takes, block by block.

    :param blocks: landed records in whole lines.
    :param zone: of loose moments.
    :returns: for each block: number of its first record, count of its records, its records if it was refused, and if
        not the elements of its lists that were staged, by child table.
    """

    def prepared(made: Batches) -> tuple[dict[str, int], dict[str, Any]]:
        counts = {child.table.name: made[child.table.name].num_rows for child in family.spec.children}
        return counts, {name: stages.prepare(family.stages[name], batch) for name, batch in made.items()}

    for first, count, block, made in BlockEncoder(family.spec.in_zone(zone)).encode(blocks, prepared):
        if made is not None and stages.block(made[1]):
            yield first, count, [], made[0]
        else:
            yield first, count, block.split(b"\n")[:count], {}  # splitlines() would also split at a bare \r


class BlockEncoder:
    """Encodes blocks of one resource's records.

    :param table: the table its record declares.
    """

    def __init__(self, table: TableSpec) -> None:
        self.table = table
        self.usable = all(map(_readable, (c for t in table.family() for c in t.columns)))
        self._parse = pa_json.ParseOptions(explicit_schema=pa.schema(_fields(table)) if self.usable else None)
        self._known = _known_paths(table)

    def encode(
        self, blocks: Iterable[bytes], prepared: Callable[[Batches], Any]
    ) -> Iterator[tuple[int, int, bytes, Any]]:
        """(number of the first record, count, the block, what was prepared or None where it was refused) for each.

        :param prepared: makes of a block's batches what is staged; called in the threads.
        """
        refused = 0
        pa.set_memory_pool(_POOL)

        def one(numbered: tuple[int, int, bytes]) -> tuple[int, int, bytes, Any]:
            first, count, block = numbered
            if self.usable and refused < REFUSALS:
                try:
                    return first, count, block, prepared(self.batches(block, first, count))
                except (Refused, pa.ArrowInvalid, pa.ArrowNotImplementedError):
                    pass
            return first, count, block, None

        for number, made in enumerate(in_order(one, _numbered(blocks), THREADS)):
            refused = 0 if made[3] is not None else refused + 1
            yield made
            if number % _TIDY_BLOCKS == 0:
                _POOL.release_unused()

    def batches(self, block: bytes, first: int, count: int) -> Batches:
        """The rows of a block, per table.

        :param first: number of its first record.
        :param count: of its lines.

        :raises Refused: the exact path has to judge this block.
        """
        batch = self._read(block, count)
        sequence = pa.arange(first, first + batch.num_rows)
        get = _Reader(batch)
        made = {self.table.name: self._batch(self.table, get, {SEQ: sequence})}
        keys = [get(self.table.column(name).path) for name in self.table.key]
        for child in self.table.children:
            elements, parent, position = _elements(get(child.path))
            own = {SEQ: sequence.take(parent)}
            own |= {n: k.take(parent) for n, k in zip(child.table.parent_columns, keys, strict=True)}
            own |= {c.name: position for c in child.table.columns if c.role == "position"}
            made[child.table.name] = self._batch(child.table, _Reader(elements), own)
            _refuse_twins(child.table, made[child.table.name])
        return made

    def _read(self, block: bytes, count: int) -> pa.RecordBatch:
        options = pa_json.ReadOptions(use_threads=False, block_size=len(block) + 1)
        read = pa_json.read_json(pa.BufferReader(block), options, self._parse)
        batches = read.to_batches()
        if len(batches) != 1 or batches[0].num_rows != count:
            raise Refused("lines and records do not agree")
        for path in _paths(read.schema):
            if path not in self._known and not any(path[:n] in self._known for n in range(1, len(path))):
                raise Refused("a field the record does not declare")
        return batches[0]

    def _batch(
        self, table: TableSpec, get: Callable[[tuple[str, ...]], pa.Array], own: dict[str, pa.Array]
    ) -> pa.RecordBatch:
        names, arrays = [SEQ], [own[SEQ]]
        for column in table.columns:
            array = own[column.name] if column.name in own else get(column.path)
            if column.loose and column.name not in own:
                array = tightened(column, array, get(column.seconds) if column.seconds else None, table.zone)
            _audit(column, array)
            names.append(column.name)
            arrays.append(array)
        return pa.RecordBatch.from_arrays(arrays, names=names)


def _audit(column: Column, array: pa.Array) -> None:
    """The strictness of the exact path, column-wise."""
    if not column.nullable and array.null_count:
        raise Refused(f"{column.name} is missing")
    if column.type is Decimal:
        if pa.types.is_string(array.type) and not _short_numbers(array):
            _all(pc.match_substring_regex(array, _NUMBER), column)
    elif column.loose and column.type in (date, datetime):
        pass  # made, not read
    elif column.type is date:
        pc.cast(array, pa.date32())
        _all(pc.invert(pc.starts_with(array, "0000")), column)
    elif column.type is datetime:
        pc.cast(array, pa.timestamp("us", "UTC"))
        _all(pc.match_substring_regex(array, _MOMENT), column)
    elif column.type is str and column.longest:
        longest = pc.max(pc.utf8_length(array)).as_py()
        if longest and longest > column.longest:
            raise Refused(f"{column.name} is too long")


def _refuse_twins(table: TableSpec, batch: pa.RecordBatch) -> None:
    if sent_key(table):
        # With the record's number: of a record that comes again the later one counts.
        of_one_record = pa.table(batch).select([SEQ, *table.key]).group_by([SEQ, *table.key])
        if of_one_record.aggregate([]).num_rows < batch.num_rows:
            raise Refused(f"two elements have one key in {table.name}")


def _short_numbers(texts: pa.Array) -> bool:
    """Whether these are short texts of a number's characters; the server tells whether they stand as in a number."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if not len(texts) or data is None:
        return True
    characters = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]
    return bool(np.diff(bounds).max() <= _PLAIN and _IN_NUMBERS[characters].all())


def _arrow_type(column: Column) -> pa.DataType:
    """Amounts with a declared precision are read from numbers and texts alike, never rounded; others from texts."""
    if column.loose and column.type is int:
        return LOOSE_NUMBER
    return pa.decimal128(*column.precision) if column.precision else _ARROW[column.type]


def _readable(column: Column) -> bool:
    """Whether Arrow has what this column holds."""
    fits = column.precision is None or column.precision[0] <= _MOST_DIGITS
    return column.type is not Json and column.role != "loaded" and fits


def _all(holds: pa.Array, column: Column) -> None:
    if pc.all(holds).as_py() is False:
        raise Refused(f"{column.name} holds something else")


def _fields(table: TableSpec) -> list[pa.Field]:
    """Arrow's schema of a record: the vendor's nesting, times as text."""
    tree: dict[str, Any] = {}
    for column in table.columns:
        if column.role == "value":
            _branch(tree, column.path).setdefault(column.path[-1], _arrow_type(column))
            if column.seconds:
                _branch(tree, column.seconds).setdefault(column.seconds[-1], LOOSE_NUMBER)
    for child in table.children:
        values = [c for c in child.table.columns if c.role == "value"]
        element = _arrow_type(values[0]) if not values[0].path else pa.struct(_fields(child.table))
        _branch(tree, child.path)[child.path[-1]] = pa.list_(element)
    return _to_fields(tree)


def _branch(tree: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    return tree


def _to_fields(tree: dict[str, Any]) -> list[pa.Field]:
    return [
        pa.field(name, pa.struct(_to_fields(kind)) if isinstance(kind, dict) else kind)
        for name, kind in tree.items()
    ]


def _known_paths(table: TableSpec) -> set[tuple[str, ...]]:
    """Leaf paths that are declared or ignored on purpose; below a child's list its own, prefixed."""
    values = [c for c in table.columns if c.role == "value"]
    known = {c.path for c in values} | {c.seconds for c in values if c.seconds} | set(table.ignored)
    for child in table.children:
        known |= {child.path + path for path in _known_paths(child.table)}
    return known


def _paths(schema: Any, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for field in schema:
        kind = field.type
        while pa.types.is_list(kind):
            kind = kind.value_type
        if pa.types.is_struct(kind) and kind.num_fields:
            yield from _paths(kind, (*prefix, field.name))
        else:
            yield (*prefix, field.name)


class _Reader:
    """Reads columns by path from a batch or a struct array; the field of a null struct is null.

    A class, and no closure that calls itself: such a cycle keeps a block's memory until the garbage collector comes.

    :param data: the batch or array.
    """

    def __init__(self, data: Any) -> None:
        self._data = data
        self._members: dict[tuple[str, ...], dict[str, pa.Array]] = {}

    def __call__(self, path: tuple[str, ...]) -> pa.Array:
        """The column at `path`; all of the data where the path is empty."""
        if not path:
            return self._data
        above = path[:-1]
        if above not in self._members:
            self._members[above] = _members(self(above))
        return self._members[above][path[-1]]


def _members(level: Any) -> dict[str, pa.Array]:
    if isinstance(level, pa.RecordBatch):
        return dict(zip(level.schema.names, level.columns, strict=True))
    return dict(zip([field.name for field in level.type], level.flatten(), strict=True))


def _elements(lists: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """The elements of a list column, the index of each one's record, and its position from 1."""
    parent = pc.list_parent_indices(lists)
    elements = lists.flatten()
    if pa.types.is_struct(elements.type) and elements.null_count:
        raise Refused("a list holds null")
    begins = pc.cast(lists.offsets[:-1], pa.int64()).take(parent)
    number = pa.arange(1, len(elements) + 1)
    return elements, parent, pc.subtract(number, pc.subtract(begins, lists.offsets[0]))


def _numbered(blocks: Iterable[bytes]) -> Iterator[tuple[int, int, bytes]]:
    first = 0
    for block in blocks:
        count = int(np.count_nonzero(np.frombuffer(block, np.uint8) == _LINE_END))  # bytes.count is slower
        yield first, count, block
        first += count
