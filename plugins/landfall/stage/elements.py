"""Elements of a record's lists, each by itself: one that cannot be read is set aside, and its record is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from landfall.errors import RowRejected
from landfall.json_text import NOT_JSON, elements, members
from landfall.records import Child, TableSpec
from landfall.rows import Row
from landfall.stage.extra import Extra
from landfall.stage.shape import Node, shape, wire_type
from landfall.stage.values import column_reader, rejected, row_builder

Accept = Callable[[str, Row], object]
"""Told a table's name and a row of it; raises `RowRejected` for one that the engine cannot hold."""


class OddElement(NamedTuple):
    """An element that cannot be read.

    :ivar table: the child table that it would be a row of.
    :ivar place: in the list, from 0.
    :ivar row: a row of that table with what of its key can be read, and NULL for all else.
    :ivar error: why, and where in the record.
    :ivar raw: its JSON as it came.
    :ivar again: it is equal to an element before it, which stays: it needs no place in quarantine.
    """

    table: str
    place: int
    row: Row
    error: RowRejected
    raw: bytes
    again: bool = False


class ElementDecoder:
    """Turns one element of one of a record's lists into a row.

    :param child: its table, and where the list stands.
    :param node: the record's nesting.
    :param now: the moment of the load.
    """

    def __init__(self, child: Child, node: Node, now: datetime) -> None:
        self.child = child
        self._node = node.at(child.path)
        self._build = row_builder(child.table, self._node, now)
        self._strict, self._lenient = _decoders(child.table)

    def row(self, raw: bytes, seq: int, parent: Row, index: int) -> tuple[Row, Extra | None]:
        """The element's row, with its undeclared fields.

        :raises RowRejected: with the place in the record.
        """
        try:
            try:
                element, extra = self._strict.decode(raw), None
            except msgspec.ValidationError:
                element, extra = self._lenient.decode(raw), Extra(self._node, members(raw))
            return self._build(element, seq, parent, index + 1, extra.text() if extra else None), extra
        except msgspec.ValidationError as error:
            raise self.placed(rejected(error), index) from None
        except NOT_JSON:
            raise self.placed(RowRejected("is not valid JSON text"), index) from None
        except RowRejected as error:
            raise self.placed(error, index) from None

    def placed(self, error: RowRejected, index: int) -> RowRejected:
        """The same, its path from the record's root."""
        at = f"{'.'.join(('$', *self.child.path))}[{index}]"
        below = error.path[1:] if error.path.startswith("$") else f" {error.path}"
        return RowRejected(error.reason, path=at + below)

    def odd(
        self, raw: bytes, seq: int, parent: Row, index: int, error: RowRejected, again: bool = False
    ) -> OddElement:
        """The element set aside, with what of its key can be read."""
        table = self.child.table
        known = dict(zip(table.parent_columns, parent, strict=True))
        known |= {c.name: index + 1 for c in table.columns if c.role == "position"}
        own = [c.name for c in table.columns if c.key and c.role == "value"]
        known |= {name: column_reader(table, name)(raw) for name in own}
        row = (seq, *(known.get(c.name) if c.key else None for c in table.columns), None)
        return OddElement(table.name, index, row, error, raw, again)


class ElementReplay:
    """Makes rows of elements that were set aside before.

    :param table: of the records whose elements they are.
    """

    def __init__(self, table: TableSpec) -> None:
        node, now = shape(table)[0], datetime.now(UTC)
        self._key = tuple[tuple(wire_type(table.column(name)) for name in table.key)]  # type: ignore[misc]
        self._decoders = {c.table.name: ElementDecoder(c, node, now) for c in table.children}

    def parent(self, key: str | None) -> Row:
        """The record's key, from its JSON in quarantine. :raises RowRejected: it is not there as a whole."""
        try:
            return tuple(msgspec.json.decode(key or "", type=self._key))
        except NOT_JSON:
            raise RowRejected(
                "cannot be replayed: its record's key is not in quarantine as a whole"
            ) from None

    def row(self, table: str, raw: bytes, seq: int, parent: Row, place: int) -> tuple[str, Row]:
        """The row of the child table. :raises RowRejected: the element still cannot be read, or the table is gone."""
        if table not in self._decoders:
            raise RowRejected(f"cannot be replayed: there is no child table {table} any more")
        return table, self._decoders[table].row(raw, seq, parent, place)[0]

    def owned(self, table: str, row: Row, parent: Row) -> Row:
        """The row with the record's key as it is published."""
        spec = self._decoders[table].child.table
        values = list(row)
        for name, value in zip(spec.parent_columns, parent, strict=True):
            values[spec.names.index(name) + 1] = value
        return tuple(values)


def sent_key(table: TableSpec) -> Sequence[int]:
    """Where in a child table's rows its key stands, if a part of it is sent by the vendor, who may send it twice."""
    sent = any(table.column(name).role == "value" for name in table.key)
    return [table.names.index(name) + 1 for name in table.key] if sent else ()


def taken_apart(line: bytes, node: Node) -> tuple[bytes, dict[tuple[str, ...], list[bytes]]]:
    """A record with its lists emptied, and the elements of each by the list's path.

    A list that is none stays where it is, for the record's decoder to reject.

    :raises RowRejected: it is no JSON text, or no object.
    """
    lists: dict[tuple[str, ...], list[bytes]] = {}
    try:
        return _emptied(line, node, (), lists), lists
    except msgspec.ValidationError as error:
        raise rejected(error) from None
    except NOT_JSON:
        raise RowRejected("is not valid JSON text") from None


def _emptied(
    raw: bytes, node: Node, path: tuple[str, ...], lists: dict[tuple[str, ...], list[bytes]]
) -> bytes:
    fields = members(raw)
    for name in node.lists.keys() & fields.keys():
        if bytes(fields[name])[:1] == b"[":
            lists[*path, name] = [bytes(each) for each in elements(fields[name])]
            fields[name] = msgspec.Raw(b"[]")
    for name in node.nodes.keys() & fields.keys():
        if bytes(fields[name])[:1] == b"{" and node.nodes[name].has_lists:
            fields[name] = msgspec.Raw(_emptied(bytes(fields[name]), node.nodes[name], (*path, name), lists))
    return msgspec.json.encode(fields)


@lru_cache(maxsize=64)
def _decoders(table: TableSpec) -> tuple[msgspec.json.Decoder[Any], msgspec.json.Decoder[Any]]:
    """For a child table's elements: the decoders that refuse and that pass over undeclared fields."""
    _, strict, lenient = shape(table)
    return strict, lenient
