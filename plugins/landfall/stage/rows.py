"""The exact path from one landed record to typed rows: every rejected record gets its reason and its place.

The record class gives a msgspec type with the vendor's nesting; decoding validates in C. What msgspec is lenient about
(NaN as a Decimal, digits that do not fit) is checked in `landfall.stage.values`. Used for small loads, and for the
blocks that the fast path (`landfall.stage.blocks`) does not accept.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from landfall.errors import RowRejected
from landfall.json_text import NOT_JSON
from landfall.records import TableSpec
from landfall.rows import Note, Row
from landfall.stage.elements import Accept, ElementDecoder, OddElement, sent_key, taken_apart
from landfall.stage.extra import Extra
from landfall.stage.shape import path_getter, shape
from landfall.stage.values import column_reader, rejected, row_builder

Rows = list[tuple[str, Row]]
"""Of one record, the parent first: (table name, (seq, *columns, extra JSON or None))."""

MOST_UNKNOWN = 1000
"""Names of undeclared fields kept for the report; a vendor that uses ids as names has as many as it has rows."""
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def without_nul(line: bytes) -> bytes:
    """JSON text without U+0000, which no engine stores, in its texts."""
    return _NUL.sub(rb"\1", line)


class RecordDecoder:
    """Turns a record's JSON into rows of its table and child tables.

    :ivar tables: names of the tables it fills, the parent first.
    :ivar unknown: dotted paths of fields seen that the record does not declare (drift).
    :ivar notes: what it changed or found odd without rejecting it: U+0000, which no engine stores, is removed.
    """

    def __init__(self, table: TableSpec, load_id: str = "") -> None:
        self.table = table
        self.tables = tuple(t.name for t in table.family())
        self.unknown: set[str] = set()
        self.notes = [Note("storable text", "U+0000 was removed from {} records")]
        self._node, self._strict, self._lenient = shape(table)
        self._now = datetime.now(UTC)
        self._parent = row_builder(table, self._node, self._now)
        self._key_index = [table.names.index(name) + 1 for name in table.key]
        self._children = [
            (c, path_getter(self._node, c.path), row_builder(c.table, self._node.at(c.path), self._now))
            for c in table.children
        ]
        self._sent_keys = {c.table.name: key for c in table.children if (key := sent_key(c.table))}

    def rows(self, line: bytes, seq: int) -> Rows:
        """The rows of one record of which everything can be read.

        :param seq: the record's number in its load; tells the later of two copies, ties children to their parent.
        :raises RowRejected: with the place and the reason, never with the value.
        """
        line = self._storable(line)
        record, extra = self._decoded(line)
        own = self._parent(record, seq, (), 0, extra.text() if extra else None)
        parent_key = tuple(own[i] for i in self._key_index)
        made = [(self.table.name, own)]
        for child, elements, build in self._children:
            extras = extra.elements(child.path) if extra else None
            for position, element in enumerate(elements(record) or (), start=1):
                more = extras[position - 1].text() if extras else None
                made.append((child.table.name, build(element, seq, parent_key, position, more)))
        self._refuse_twins(made)
        return made

    def _refuse_twins(self, made: Rows) -> None:
        for name, key in self._sent_keys.items():
            keys = [tuple(row[i] for i in key) for table, row in made if table == name]
            if len(set(keys)) < len(keys):
                raise RowRejected(f"has two elements of one key in {name}")

    def apart(self, line: bytes, seq: int, accept: Accept) -> tuple[Rows, list[OddElement]]:
        """The rows of a record that `rows` or the engine rejects, without the elements of its lists that are to blame.

        :param accept: raises `RowRejected` for a row that the engine cannot hold.
        :raises RowRejected: the record itself cannot be read.
        """
        rest, lists = taken_apart(without_nul(line), self._node)
        record, extra = self._decoded(rest)
        own = self._parent(record, seq, (), 0, extra.text() if extra else None)
        accept(self.table.name, own)
        parent_key = tuple(own[i] for i in self._key_index)
        made, odd = [(self.table.name, own)], []
        for child in self.table.children:
            decoder = ElementDecoder(child, self._node, self._now)
            key, first = self._sent_keys.get(child.table.name, ()), dict[Row, Row]()
            for index, raw in enumerate(lists.get(child.path, ())):
                try:
                    row, extra = decoder.row(raw, seq, parent_key, index)
                    _accepted(accept, decoder, row, index)
                except RowRejected as error:
                    odd.append(decoder.odd(raw, seq, parent_key, index, error))
                    continue
                if key and (twin := first.setdefault(tuple(row[i] for i in key), row)) is not row:
                    why = decoder.placed(RowRejected("has the key of an element before it"), index)
                    odd.append(decoder.odd(raw, seq, parent_key, index, why, again=row == twin))
                    continue
                made.append((child.table.name, row))
                if extra:
                    self._noted(extra, f"{'.'.join(child.path)}[].")
        return made, odd

    def readable(self, line: bytes, names: Sequence[str]) -> Row:
        """These columns of a record that was rejected, each None where it cannot be read."""
        text = without_nul(line)
        return tuple(column_reader(self.table, name)(text) for name in names)

    def _storable(self, line: bytes) -> bytes:
        if b"\\u0000" in line and (cleaned := without_nul(line)) != line:
            self.notes[0].count += 1
            return cleaned
        return line

    def _decoded(self, line: bytes) -> tuple[Any, Extra | None]:
        try:
            try:
                return self._strict.decode(line), None
            except msgspec.ValidationError:
                record = self._lenient.decode(line)
                extra = Extra(self._node, msgspec.json.decode(line, type=dict[str, msgspec.Raw]))
                self._noted(extra)
                return record, extra
        except msgspec.ValidationError as error:
            raise rejected(error) from None
        except NOT_JSON:
            raise RowRejected("is not valid JSON text") from None

    def _noted(self, extra: Extra, prefix: str = "") -> None:
        if len(self.unknown) < MOST_UNKNOWN:
            self.unknown.update(itertools.islice(extra.names(prefix), MOST_UNKNOWN))


def _accepted(accept: Accept, decoder: ElementDecoder, row: Row, index: int) -> None:
    try:
        accept(decoder.child.table.name, row)
    except RowRejected as error:
        raise decoder.placed(error, index) from None
