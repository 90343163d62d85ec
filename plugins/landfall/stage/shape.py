"""The vendor's nesting of a record as msgspec types, from the columns that the record declares."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from landfall.records import Column, Json, TableSpec

INT64 = msgspec.Meta(ge=-(2**63), le=2**63 - 1)

_WIRE: dict[type, Any] = {
    int: Annotated[int, INT64],
    str: str,
    Decimal: Decimal,
    bool: bool,
    date: date,
    datetime: Annotated[datetime, msgspec.Meta(tz=True)],
    Json: msgspec.Raw,
}
_LOOSE: dict[type, Any] = {int: int | float | str, date: str, datetime: str}
"""What loose columns are decoded as, for `landfall.stage.values` to read."""


@lru_cache(maxsize=64)
def shape(table: TableSpec) -> tuple[Node, msgspec.json.Decoder[Any], msgspec.json.Decoder[Any]]:
    """A record's nesting, with the decoders that refuse and that pass over undeclared fields."""
    node = Node.of(table)
    strict, lenient = (
        msgspec.json.Decoder(node.struct(table.name, forbid=forbid)) for forbid in (True, False)
    )
    return node, strict, lenient


class Node:
    """One level of the vendor's nesting: columns and further levels by field name."""

    def __init__(self) -> None:
        self.columns: dict[str, Column] = {}
        self.nodes: dict[str, Node] = {}
        self.lists: dict[str, Node] = {}
        self.ignored: set[str] = set()
        self.element: Column | None = None
        self.slots: dict[str, str] = {}

    @classmethod
    def of(cls, table: TableSpec) -> Node:
        node = cls()
        for column in table.columns:
            if column.role != "value":
                continue
            node._add(column)
            if column.seconds:
                node._add(dataclasses.replace(column, type=int, path=column.seconds, seconds=(), zero=False))
        for child in table.children:
            node.level(child.path[:-1]).lists[child.path[-1]] = cls.of(child.table)
        for path in table.ignored:
            node.level(path[:-1]).ignored.add(path[-1])
        return node

    @classmethod
    def of_column(cls, column: Column) -> Node:
        """The nesting of one column alone."""
        node = cls()
        node._add(column)
        if column.seconds:
            node._add(dataclasses.replace(column, type=int, path=column.seconds, seconds=(), zero=False))
        return node

    def _add(self, column: Column) -> None:
        if not column.path:
            self.element = column
            return
        columns = self.level(column.path[:-1]).columns
        # A field may feed several columns: it is what the first one says, and there where any of them needs it.
        first = columns.get(column.path[-1], column)
        nullable = first.nullable and column.nullable
        columns[column.path[-1]] = dataclasses.replace(first, nullable=nullable)

    def level(self, path: tuple[str, ...]) -> Node:
        node = self
        for name in path:
            node = node.nodes.setdefault(name, Node())
        return node

    def at(self, path: tuple[str, ...]) -> Node:
        return self.level(path[:-1]).lists[path[-1]]

    @property
    def has_lists(self) -> bool:
        """Whether a list stands somewhere below."""
        return bool(self.lists) or any(n.has_lists for n in self.nodes.values())

    @property
    def required(self) -> bool:
        return any(not c.nullable for c in self.columns.values()) or any(
            n.required for n in self.nodes.values()
        )

    def struct(self, name: str, *, forbid: bool) -> Any:
        """A msgspec type of this level. Field names of the JSON become f0, f1 … so that any name is possible."""
        if self.element is not None:
            return wire_type(self.element)
        fields: list[tuple[str, Any, Any]] = []
        for at, kind, default in self._fields(name, forbid):
            self.slots[at] = f"f{len(fields)}"
            fields.append((self.slots[at], kind, msgspec.field(name=at, **default)))
        return msgspec.defstruct(name, fields, forbid_unknown_fields=forbid, kw_only=True, gc=False)

    def _fields(self, name: str, forbid: bool) -> Iterator[tuple[str, Any, dict[str, Any]]]:
        for at, column in self.columns.items():
            absent = msgspec.Raw(b"null") if column.type is Json else None
            yield at, wire_type(column), {"default": absent} if column.nullable else {}
        for at, node in self.nodes.items():
            kind = node.struct(f"{name}_{at}", forbid=forbid)
            yield at, kind if node.required else kind | None, {} if node.required else {"default": None}
        for at, node in self.lists.items():
            yield at, list[node.struct(f"{name}_{at}", forbid=forbid)] | None, {"default": None}  # type: ignore[misc]
        for at in sorted(self.ignored):
            yield at, msgspec.Raw, {"default": msgspec.Raw(b"null")}


def wire_type(column: Column) -> Any:
    """What msgspec decodes a column's values as, with their limits."""
    kind = _WIRE[column.type]
    if column.type is Json:
        return kind
    if column.loose and column.type in _LOOSE:
        return _LOOSE[column.type] | None if column.nullable else _LOOSE[column.type]
    if column.type is str and column.longest:
        kind = Annotated[str, msgspec.Meta(max_length=column.longest)]
    return kind | None if column.nullable else kind


def path_getter(node: Node, path: tuple[str, ...]) -> Callable[[Any], Any]:
    slots = []
    for name in path:
        slots.append(node.slots[name])
        node = node.nodes.get(name) or node.lists.get(name) or node
    if not slots:
        return lambda record: record
    if len(slots) == 1:
        return attrgetter(slots[0])

    def get(record: Any) -> Any:
        for slot in slots:
            record = getattr(record, slot)
            if record is None:
                return None
        return record

    return get
