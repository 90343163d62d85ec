"""JSON text as a vendor sent it, taken apart without being judged: what is odd in one record costs that record.

A JSON reader stops at the first text that no JSON may hold, half a surrogate or a byte that is not UTF-8, and with it
goes all that stands around it. Here the text is taken apart into its own bytes nevertheless, so that the one record can
be set aside with its key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

Text = bytes | msgspec.Raw

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading bytes as JSON raises."""

_TEXT_OR_WORD = re.compile(rb'"(?:[^"\\]|\\.)*"|-?Infinity|NaN', re.S)
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[\x00-\x1f]", re.S
)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[][{}:,]|[^][{}:,"\s]+', re.S)
_KNOWN_ESCAPES = b'"\\/bfnrt'


def is_json(text: Text) -> bool:
    """Whether all of it is JSON, its texts too."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
        bytes(text).decode()  # a Raw is taken over without looking into its texts
    except NOT_JSON:
        return False
    return True


def is_split(text: Text) -> bool:
    """Whether it is a JSON array, or an object with readable names, whatever the texts within may hold."""
    try:
        (members if bytes(text).lstrip()[:1] == b"{" else elements)(text)
    except NOT_JSON:
        return False
    return True


def members(text: Text) -> dict[str, msgspec.Raw]:
    """The values of an object, as their own bytes.

    :raises msgspec.ValidationError: it is something else.
    :raises msgspec.DecodeError, UnicodeDecodeError: it cannot be taken apart.
    """
    try:
        return msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        raise
    except NOT_JSON:
        whole = bytes(text)
        msgspec.json.decode(repaired(whole), type=dict[str, msgspec.Raw])
        parts = _parts(whole)
        return {msgspec.json.decode(name, type=str): msgspec.Raw(value) for name, value in parts}


def elements(text: Text) -> list[msgspec.Raw]:
    """The elements of an array, as their own bytes; raises as `members` does."""
    try:
        return msgspec.json.decode(text, type=list[msgspec.Raw])
    except msgspec.ValidationError:
        raise
    except NOT_JSON:
        whole = bytes(text)
        msgspec.json.decode(repaired(whole), type=list[msgspec.Raw])
        return [msgspec.Raw(value) for _, value in _parts(whole)]


def raw_at(item: Text, path: str) -> msgspec.Raw | None:
    """The bytes at a dotted path of a JSON object; None where nothing, or null, is there."""
    at: msgspec.Raw = msgspec.Raw(item)
    for name in path.split("."):
        try:
            found = members(at).get(name)
        except NOT_JSON:
            return None
        if found is None or bytes(found) == b"null":
            return None
        at = found
    return at


def at(item: Text, path: str) -> Any:
    """One value of a raw record, by dotted path; None where it is absent or cannot be read."""
    return value(raw_at(item, path) or b"null")


def value(text: Text, otherwise: Any = None) -> Any:
    """What the text holds; `otherwise` where it is no JSON."""
    try:
        return msgspec.json.decode(text)
    except NOT_JSON:
        return otherwise


def repaired(text: Text) -> bytes:
    """The same with a stand-in of equal length for what no JSON may hold, to find out what stands where.

    Never to be published: the stand-ins are not what the vendor meant.
    """
    decoded = bytes(text).decode("utf-8", "surrogateescape")  # one character for each byte that is not UTF-8
    return _TEXT_OR_WORD.sub(_stand_in, decoded.encode("utf-8", "replace"))


def _stand_in(found: re.Match[bytes]) -> bytes:
    whole = found[0]
    return _ESCAPE.sub(_readable, whole) if whole[:1] == b'"' else b"1" * len(whole)


def _readable(found: re.Match[bytes]) -> bytes:
    escape = found[0]
    if len(escape) == 1:
        return b" "
    if len(escape) == 6 and _SURROGATE.match(escape):
        return b"\\ufffd"
    return escape if len(escape) > 2 or escape[1] in _KNOWN_ESCAPES else b"\\n"


def _parts(whole: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name as JSON text, value) of each member; of an element the name is empty."""
    depth, name, start, end = 0, b"", -1, 0
    for token in _TOKEN.finditer(repaired(whole)):
        mark = token[0]
        if depth == 1 and start >= 0 and mark in (b",", b"]", b"}"):
            yield name, whole[start:end]
            name, start = b"", -1
        elif depth == 1 and mark == b":":
            name, start = whole[start:end], -1
        elif depth == 1 and start < 0 and mark not in (b",", b"]", b"}"):
            start = token.start()
        depth += (mark in (b"{", b"[")) - (mark in (b"}", b"]"))
        end = token.end()
