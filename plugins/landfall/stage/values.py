"""From decoded values to a row: columns in their order, and what msgspec is lenient about."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from landfall.errors import RowRejected
from landfall.json_text import NOT_JSON, repaired
from landfall.records import Column, Json, TableSpec
from landfall.rows import Row, fits
from landfall.stage.loose import loose_fix
from landfall.stage.shape import Node, path_getter

MAX_EXPONENT = 100
"""A Decimal beyond 10^±100 is no amount; the engines' text forms would not take it either."""
MAX_OFFSET = timedelta(hours=15, minutes=59)
"""The largest distance from UTC that PostgreSQL reads; no zone on earth is further than 14 hours away."""
_AT = re.compile(r"^(?P<reason>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.S)


def row_builder(
    table: TableSpec, node: Node, now: datetime
) -> Callable[[Any, int, Any, int, str | None], Row]:
    """A function that reads one struct of `node` into a row (seq, *columns, extra).

    :param now: the moment of the load.
    """
    values = [column for column in table.columns if column.role == "value"]
    flat = [column for column in values if len(column.path) == 1 and not column.seconds]
    if len(flat) < 2:  # of one attribute attrgetter gives the value, not a tuple
        flat = []
    deep = [column for column in values if column not in flat]
    at_once = operator.attrgetter(*(node.slots[c.path[0]] for c in flat)) if flat else lambda _record: ()
    getters = [_getter(node, column) for column in deep]
    parents = [column for column in table.columns if column.role == "parent"]
    place = {c.name: at for at, c in enumerate((*parents, *flat, *deep), start=3)}  # in `found`, below
    place |= {c.name: 1 for c in table.columns if c.role == "position"}
    place |= {c.name: 2 for c in table.columns if c.role == "loaded"}
    arrange = operator.itemgetter(0, *(place[c.name] for c in table.columns))
    fixes = [
        (at, fix)
        for at, c in enumerate(table.columns, start=1)
        if c in values and (fix := _fix(c, table.zone))
    ]

    def build(record: Any, seq: int, parent: Any, position: int, extra: str | None) -> Row:
        found = (seq, position, now, *parent, *at_once(record), *[get(record) for get in getters])
        row = [*arrange(found), extra]
        for index, fix in fixes:
            if row[index] is not None:
                row[index] = fix(row[index])
        return tuple(row)

    return build


def _getter(node: Node, column: Column) -> Callable[[Any], Any]:
    """A function that reads what a column is made of; of a day with seconds both, None where there is no day."""
    get = path_getter(node, column.path)
    if not column.seconds:
        return get
    seconds = path_getter(node, column.seconds)
    return lambda record: None if (day := get(record)) is None else (day, seconds(record))


@lru_cache(maxsize=256)
def column_reader(table: TableSpec, name: str) -> Callable[[bytes], Any]:
    """A function that reads one column of a record or an element, whatever the rest of it is like; None: it cannot."""
    column = table.column(name)
    node = Node.of_column(column)
    decode = msgspec.json.Decoder(node.struct(table.name, forbid=False)).decode
    get, fix = _getter(node, column), _fix(column, table.zone)

    def read(text: bytes) -> Any:
        for readable in (text, repaired(text)):  # an odd text elsewhere does not hide it
            try:
                value = get(decode(readable))
                return value if value is None or fix is None else fix(value)
            except (msgspec.ValidationError, RowRejected):
                return None
            except NOT_JSON:
                continue
        return None

    return read


def _fix(column: Column, zone: str) -> Callable[[Any], Any] | None:
    """What a decoded value still needs before it may be staged."""
    exact = _strict_fix(column)
    if not column.loose or column.type in (bool, Decimal):
        return exact
    loose = loose_fix(column, zone, ".".join(("$", *column.path)))
    if column.nullable:
        return loose if column.type is not Json or exact is None else lambda raw: loose(exact(raw))

    def needed(value: Any) -> Any:
        if (found := loose(value)) is None:
            raise RowRejected("Expected a value, got an empty one", path=".".join(("$", *column.path)))
        return found

    return needed


def _strict_fix(column: Column) -> Callable[[Any], Any] | None:
    at = ".".join(("$", *column.path))
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
        found = checked_json(bytes(raw), at)
        if found != "null":
            return found
        if not column.nullable:
            raise RowRejected("Expected a value, got `null`", path=at)
        return None

    return text


def checked_json(raw: bytes, at: str) -> str:
    """JSON text that a database will take: msgspec takes a Raw over without looking into its texts."""
    try:
        msgspec.json.decode(raw)
        return raw.decode()
    except NOT_JSON:
        raise RowRejected("is not valid JSON text", path=at) from None


def rejected(error: msgspec.ValidationError) -> RowRejected:
    """msgspec's message names the types and the place, never the value; enum values and patterns are not used."""
    match = _AT.match(str(error))
    assert match
    return RowRejected(match["reason"], path=match["path"] or "$")
