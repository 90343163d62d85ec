"""Records broken in every way that JSON can be broken, and some in which it cannot."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

ONE_MEGABYTE = b'"' + b"x" * 2**20 + b'"'
DEEP = b"[" * 200 + b"]" * 200
POISON: tuple[bytes, ...] = (
    *(b"null", b"true", b"false", b"[]", b"{}", b'""', b'"   "', b'"abc"', b'"\\u0000"', b'"a\\u0000b"', b'"\\u001f"'),
    *(b"0", b"-0", b"-1", b"1.5", b"0.30000000000000004", b"1e300", b"1e400", b"1e-400", b"-33.333333333333333333"),
    *(b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"1" + b"0" * 40, b"1" * 5000),
    *(b"NaN", b"Infinity", b"-Infinity", b'"NaN"', b'"-Infinity"', b'"1e400"', b'"1e9999"', b'"sNaN"'),
    *(b'"1,234.50"', b'"1.234,50"', b'"1,5"', b'"$12"', b'"1_0"', b'"0x10"', b'" 12 "', b'"\xd9\xa3"', b'"12"'),
    *(b'"0000-00-00"', b'"2025-02-30"', b'"2025-13-01T25:61:61Z"', b'"10000-01-01"', b'"0001-01-01T00:00:00"'),
    *(b'"9999-12-31T23:59:59-12:00"', b'"2025-03-30T02:30:00"', b'"20250301"', b'"01/02/2025"', b"1735689600"),
    *(b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"' + "é".encode() * 300 + b'"'),
    *(b"[null]", b"[1]", b"[[]]", b"[{}]", b'{"a":1}', b'{"0":{"id":1}}', b'"a\\nb"', b'[1,\n2]', b"\"Yes\"", b'"No"'),
    *(b'{"id":1,"id":2}', b"01", b"+1", b".5", b"'a'", b"undefined", b"", b'"' + b"x" * 6000 + b'"'),
)  # fmt: skip
"""Values as they stand in a text, the last few of them no JSON at all."""

_encode = msgspec.json.Encoder(decimal_format="number").encode
_DATE = re.compile(r"\d{4}-\d\d")


def decoded(line: bytes) -> Any:
    """A line as Python's own JSON reads it; bytes that are no text, and the last of two equal names, are kept."""
    return json.loads(line.decode("utf-8", "surrogateescape"), parse_float=Decimal, parse_int=_whole)


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < 1000 else Decimal(digits)  # Python reads no longer ones


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a record."""
    found, todo = [], [node]
    while todo:
        at = todo.pop()
        members = at.items() if isinstance(at, dict) else enumerate(at)
        for key, value in list(members):
            found.append((at, key))
            if isinstance(value, dict | list):
                todo.append(value)
    return found


def broken(rng: random.Random, line: bytes) -> bytes:
    """The record with one to four things broken, places near its root more often than their share."""
    record = decoded(line)
    if not isinstance(record, dict) or rng.random() < 0.01:
        return rng.choice((b"null", b"[]", b"{}", b'"x"', b"1", b"[null]", DEEP, line[: len(line) // 2]))
    for _ in range(rng.randint(1, 4)):
        if found := [at for at in places(record) if not isinstance(at[0][at[1]], msgspec.Raw)]:
            _break(rng, *rng.choice(found[:40] if rng.random() < 0.5 else found))
    return _encode(record)


def _break(rng: random.Random, container: Any, key: Any) -> None:
    value = container[key]
    match rng.randrange(10):
        case 0:
            del container[key]
        case 1 if isinstance(container, list):
            container.append(value)
        case 1:  # the name twice
            twice = b",".join((_encode(value), _encode(key) + b":" + _text(rng)))
            container[key] = msgspec.Raw(twice)
        case 2 if isinstance(value, list):
            container[key] = {str(number): element for number, element in enumerate(value)}
        case 2 if isinstance(value, dict):
            container[key] = list(value.values())
        case 3:
            container[key] = value if isinstance(value, dict | list) else str(value)
        case 4:
            container[key] = [value]
        case 5 if isinstance(value, dict) or isinstance(container, dict):
            wider = value if isinstance(value, dict) else container
            wider |= {f"Ajouté {number}": number for number in range(rng.choice((1, 3, 200)))}
        case _:
            container[key] = msgspec.Raw(_text(rng))


def _text(rng: random.Random) -> bytes:
    draw = rng.random()
    return ONE_MEGABYTE if draw < 0.0002 else DEEP if draw < 0.01 else rng.choice(POISON)


def copies(lines: Sequence[bytes], rng: random.Random) -> Iterator[bytes]:
    """Records like these for ever, in what tells them from each other unlike any other."""
    records = [decoded(line) for line in lines]
    paths = _identifying(records)
    number = 0
    while True:
        number += 1
        record = decoded(rng.choice(lines))
        for path in paths:
            *above, name = path
            at = record
            for step in above:
                at = at[step]
            at[name] = _another(at[name], number)
        yield _encode(record)


def _identifying(records: Sequence[Any]) -> list[tuple[str, ...]]:
    """Where every record has a value that no other has, and that is neither an amount nor a date."""
    seen: dict[tuple[str, ...], list[Any]] = {}
    for record in records:
        for path, value in _leaves(record):
            seen.setdefault(path, []).append(value)
    whole = {path: values for path, values in seen.items() if len(set(values)) == len(records) > 1}
    return [path for path, values in whole.items() if all(map(_identifies, values))]


def _leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _leaves(value, (*path, name))
    elif not isinstance(node, list):
        yield path, node


def _identifies(value: Any) -> bool:
    if isinstance(value, str):
        return value.isdigit() or not (_DATE.match(value) or re.fullmatch(r"-?[\d.]*", value))
    return isinstance(value, int) and not isinstance(value, bool)


def _another(value: Any, number: int) -> Any:
    """Another value of the same kind and, as a text, length."""
    if isinstance(value, int):
        return value + number * 10**6
    if value.isdigit():
        return str(int(value) + number * 10**6)
    mark = f"{number:x}"
    return value[: -len(mark)] + mark
