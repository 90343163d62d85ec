"""The exact path from one landed record to typed rows: every rejected record gets its reason and its place.

The record class gives a msgspec type with the vendor's nesting; decoding validates in C. What msgspec is lenient about
(NaN as a Decimal, digits that do not fit) is checked here. Used for small loads, and for the blocks that the fast path
(`landfall.stage.blocks`) does not accept.
"""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from landfall.errors import RowRejected
from landfall.json_text import NOT_JSON, repaired
from landfall.records import Column, Json, TableSpec

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]

INT64 = msgspec.Meta(ge=-(2**63), le=2**63 - 1)
MAX_EXPONENT = 100
"""A Decimal beyond 10^±100 is no amount; the engines' text forms would not take it either."""
MAX_OFFSET = timedelta(hours=15, minutes=59)
"""The largest distance from UTC that PostgreSQL reads; no zone on earth is further than 14 hours away."""
MOST_UNKNOWN = 1000
"""Names of undeclared fields kept for the report; a vendor that uses ids as names has as many as it has rows."""

_WIRE: dict[type, Any] = {
    int: Annotated[int, INT64],
    str: str,
    Decimal: Decimal,
    bool: bool,
    date: date,
    datetime: Annotated[datetime, msgspec.Meta(tz=True)],
    Json: msgspec.Raw,
}
_WIDE = Context(prec=2000)
"""For more digits than any column has: PostgreSQL's 1,000 before the point or after it."""
_AT = re.compile(r"^(?P<reason>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.S)
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def _without_nul(line: bytes) -> bytes:
    return _NUL.sub(rb"\1", line)


class RecordDecoder:
    """Turns a record's JSON into rows of its table and child tables.

    :ivar tables: names of the tables it fills, the parent first.
    :ivar unknown: dotted paths of fields seen that the record does not declare (drift).
    :ivar nul_removed: how many records held U+0000, which no engine stores; it is removed from their texts.
    """

    def __init__(self, table: TableSpec, load_id: str = "") -> None:
        self.table = table
        self.tables = tuple(t.name for t in table.family())
        self.unknown: set[str] = set()
        self.nul_removed = 0
        self._node, self._strict, self._lenient = _shape(table)
        now = datetime.now(UTC)
        self._parent = _row_builder(table, self._node, now)
        self._key_index = [table.names.index(name) + 1 for name in table.key]
        self._children = [
            (c, _path_getter(self._node, c.path), _row_builder(c.table, self._node.at(c.path), now))
            for c in table.children
        ]

    def rows(self, line: bytes, seq: int) -> list[tuple[str, Row]]:
        """The rows of one record, parent first: (table name, (seq, *columns, extra JSON or None)).

        :param seq: the record's number in its load; tells the later of two copies, ties children to their parent.
        :raises RowRejected: with the place and the reason, never with the value.
        """
        if b"\\u0000" in line and (cleaned := _without_nul(line)) != line:
            line, self.nul_removed = cleaned, self.nul_removed + 1
        record, extra = self._decoded(line)
        own = self._parent(record, seq, (), 0, extra.text() if extra else None)
        parent_key = tuple(own[i] for i in self._key_index)
        made = [(self.table.name, own)]
        for child, elements, build in self._children:
            extras = extra.elements(child.path) if extra else None
            for position, element in enumerate(elements(record) or (), start=1):
                more = extras[position - 1].text() if extras else None
                made.append((child.table.name, build(element, seq, parent_key, position, more)))
        return made

    def readable(self, line: bytes, names: Sequence[str]) -> Row:
        """These columns of a record that was rejected, each None where it cannot be read."""
        return tuple(_reader(self.table, name)(line) for name in names)

    def _decoded(self, line: bytes) -> tuple[Any, _Extra | None]:
        try:
            try:
                return self._strict.decode(line), None
            except msgspec.ValidationError:
                record = self._lenient.decode(line)
                return record, self._extra(line)
        except msgspec.ValidationError as error:
            raise _rejected(error) from None
        except NOT_JSON:
            raise RowRejected("is not valid JSON text") from None

    def _extra(self, line: bytes) -> _Extra:
        extra = _Extra(self._node, msgspec.json.decode(line, type=dict[str, msgspec.Raw]))
        if len(self.unknown) < MOST_UNKNOWN:
            self.unknown.update(itertools.islice(extra.names(), MOST_UNKNOWN))
        return extra


@lru_cache(maxsize=64)
def _shape(table: TableSpec) -> tuple[_Node, msgspec.json.Decoder[Any], msgspec.json.Decoder[Any]]:
    """A record's nesting, with the decoders that refuse and that pass over undeclared fields."""
    node = _Node.of(table)
    strict, lenient = (
        msgspec.json.Decoder(node.struct(table.name, forbid=forbid)) for forbid in (True, False)
    )
    return node, strict, lenient


@lru_cache(maxsize=256)
def _reader(table: TableSpec, name: str) -> Callable[[bytes], Any]:
    """A function that reads one column of a record, whatever the rest of the record is like."""
    column = table.column(name)
    node = _Node()
    node.level(column.path[:-1]).columns[column.path[-1]] = column
    decode = msgspec.json.Decoder(node.struct(table.name, forbid=False)).decode
    get, fix = _path_getter(node, column.path), _fix(column)

    def read(line: bytes) -> Any:
        for text in (line, repaired(line)):  # an odd text elsewhere in the record does not hide it
            try:
                value = get(decode(_without_nul(text)))
                return value if value is None or fix is None else fix(value)
            except (msgspec.ValidationError, RowRejected):
                return None
            except NOT_JSON:
                continue
        return None

    return read


class _Node:
    """One level of the vendor's nesting: columns and further levels by field name."""

    def __init__(self) -> None:
        self.columns: dict[str, Column] = {}
        self.nodes: dict[str, _Node] = {}
        self.lists: dict[str, _Node] = {}
        self.ignored: set[str] = set()
        self.element: Column | None = None
        self.slots: dict[str, str] = {}

    @classmethod
    def of(cls, table: TableSpec) -> _Node:
        node = cls()
        for column in table.columns:
            if column.role != "value":
                continue
            if not column.path:
                node.element = column
            else:
                node.level(column.path[:-1]).columns[column.path[-1]] = column
        for child in table.children:
            node.level(child.path[:-1]).lists[child.path[-1]] = cls.of(child.table)
        for path in table.ignored:
            node.level(path[:-1]).ignored.add(path[-1])
        return node

    def level(self, path: tuple[str, ...]) -> _Node:
        node = self
        for name in path:
            node = node.nodes.setdefault(name, _Node())
        return node

    def at(self, path: tuple[str, ...]) -> _Node:
        return self.level(path[:-1]).lists[path[-1]]

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
    if column.type is str and column.longest:
        kind = Annotated[str, msgspec.Meta(max_length=column.longest)]
    return kind | None if column.nullable else kind


def _row_builder(
    table: TableSpec, node: _Node, now: datetime
) -> Callable[[Any, int, Any, int, str | None], Row]:
    """A function that reads one struct of `node` into a row (seq, *columns, extra).

    :param now: the moment of the load.
    """
    values = [column for column in table.columns if column.role == "value"]
    flat = [column for column in values if len(column.path) == 1]
    if len(flat) < 2:  # of one attribute attrgetter gives the value, not a tuple
        flat = []
    deep = [column for column in values if column not in flat]
    at_once = operator.attrgetter(*(node.slots[c.path[0]] for c in flat)) if flat else lambda _record: ()
    getters = [_path_getter(node, column.path) for column in deep]
    parents = [column for column in table.columns if column.role == "parent"]
    place = {c.name: at for at, c in enumerate((*parents, *flat, *deep), start=3)}  # in `found`, below
    place |= {c.name: 1 for c in table.columns if c.role == "position"}
    place |= {c.name: 2 for c in table.columns if c.role == "loaded"}
    arrange = operator.itemgetter(0, *(place[c.name] for c in table.columns))
    fixes = [(at, fix) for at, c in enumerate(table.columns, start=1) if c in values and (fix := _fix(c))]

    def build(record: Any, seq: int, parent: Any, position: int, extra: str | None) -> Row:
        found = (seq, position, now, *parent, *at_once(record), *[get(record) for get in getters])
        row = [*arrange(found), extra]
        for index, fix in fixes:
            if row[index] is not None:
                row[index] = fix(row[index])
        return tuple(row)

    return build


def _path_getter(node: _Node, path: tuple[str, ...]) -> Callable[[Any], Any]:
    slots = []
    for name in path:
        slots.append(node.slots[name])
        node = node.nodes.get(name) or node.lists.get(name) or node
    if not slots:
        return lambda record: record
    if len(slots) == 1:
        return operator.attrgetter(slots[0])

    def get(record: Any) -> Any:
        for slot in slots:
            record = getattr(record, slot)
            if record is None:
                return None
        return record

    return get


def _fix(column: Column) -> Callable[[Any], Any] | None:
    """What a decoded value still needs before it may be staged."""
    at = "$." + ".".join(column.path)
    if column.type is Json:
        return _json_text(column, at)
    if column.type is datetime:
        return _moment(at)
    if column.type is not Decimal:
        return None
    precision = column.precision

    def check(value: Decimal) -> Decimal:
        if not value.is_finite() or abs(value.adjusted()) > MAX_EXPONENT:
            raise RowRejected("is not a finite number", path=at)
        if precision and not fits(value, *precision):
            raise RowRejected(f"does not fit NUMERIC{precision} without rounding", path=at)
        return value

    return check


def _moment(at: str) -> Callable[[datetime], datetime]:
    def check(value: datetime) -> datetime:
        if value.tzinfo is UTC:
            return value
        try:
            value.astimezone(UTC)
        except OverflowError:
            raise RowRejected("is in no year from 1 to 9999 in UTC", path=at) from None
        if abs(value.utcoffset() or timedelta()) > MAX_OFFSET:
            raise RowRejected("is too far from UTC", path=at)
        return value

    return check


def _json_text(column: Column, at: str) -> Callable[[msgspec.Raw], str | None]:
    def text(raw: msgspec.Raw) -> str | None:
        found = _checked_json(bytes(raw), at)
        if found != "null":
            return found
        if not column.nullable:
            raise RowRejected("Expected a value, got `null`", path=at)
        return None

    return text


def _checked_json(raw: bytes, at: str) -> str:
    """JSON text that a database will take: msgspec takes a Raw over without looking into its texts."""
    try:
        msgspec.json.decode(raw)
        return raw.decode()
    except NOT_JSON:
        raise RowRejected("is not valid JSON text", path=at) from None


def fits(value: Decimal, digits: int, decimals: int) -> bool:
    """Whether NUMERIC(digits, decimals) holds the value without rounding it."""
    if not value:
        return True
    return value.adjusted() < digits - decimals and value.quantize(_unit(decimals), context=_WIDE) == value


@lru_cache(maxsize=64)
def _unit(decimals: int) -> Decimal:
    return Decimal((0, (1,), -decimals))


def _rejected(error: msgspec.ValidationError) -> RowRejected:
    """msgspec's message names the types and the place, never the value; enum values and patterns are not used."""
    match = _AT.match(str(error))
    assert match
    return RowRejected(match["reason"], path=match["path"] or "$")


class _Extra:
    """The undeclared fields of one object, with their JSON text as it came."""

    def __init__(self, node: _Node, members: dict[str, msgspec.Raw]) -> None:
        self.fields: dict[str, msgspec.Raw | _Extra] = {}
        self._lists: dict[str, list[_Extra]] = {}
        for name, raw in members.items():
            if name in node.nodes:
                if (inner := _object(raw)) is not None:
                    below = _Extra(node.nodes[name], inner)
                    if below.fields or below._lists:
                        self.fields[name] = below
            elif name in node.lists:
                self._lists[name] = [_Extra(node.lists[name], _object(e) or {}) for e in _list(raw)]
            elif name not in node.columns and name not in node.ignored:
                self.fields[name] = raw

    def text(self) -> str | None:
        """The extra fields as JSON text, None where there are none."""
        flat = self._flat()
        return _checked_json(msgspec.json.encode(flat), "$") if flat else None

    def _flat(self) -> dict[str, Any]:
        inner = {k: v._flat() if isinstance(v, _Extra) else v for k, v in self.fields.items()}
        return {k: v for k, v in inner.items() if not isinstance(v, dict) or v}

    def elements(self, path: tuple[str, ...]) -> list[_Extra] | None:
        """The extras of each element of the list at `path`."""
        level: Any = self
        for name in path[:-1]:
            level = level.fields.get(name)
            if not isinstance(level, _Extra):
                return None
        return level._lists.get(path[-1])

    def names(self, prefix: str = "") -> Iterator[str]:
        """Dotted paths of the extra fields, list elements marked []."""
        for name, value in self.fields.items():
            if isinstance(value, _Extra):
                yield from value.names(f"{prefix}{name}.")
            else:
                yield prefix + name
        for name, elements in self._lists.items():
            for element in elements:
                yield from element.names(f"{prefix}{name}[].")


def _object(raw: msgspec.Raw) -> dict[str, msgspec.Raw] | None:
    return msgspec.json.decode(raw, type=dict[str, msgspec.Raw]) if bytes(raw)[:1] == b"{" else None


def _list(raw: msgspec.Raw) -> list[msgspec.Raw]:
    return msgspec.json.decode(raw, type=list[msgspec.Raw]) if bytes(raw)[:1] == b"[" else []
