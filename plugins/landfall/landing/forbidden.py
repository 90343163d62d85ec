"""What may never be stored is taken out of a record before it is written anywhere; the rest stays byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from landfall.json_text import NOT_JSON, elements, members


class Sieve:
    """Takes fields out of records, at any depth.

    :param names: a field goes whose name begins with one of these, in capitals or not; none: everything stays.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(name.lower() for name in names)
        words = "|".join(re.escape(name) for name in self._names)
        # A name may be written with escapes, so a record with any is looked into.
        self._suspect = re.compile(rf'"(?:{words})|\\u00'.encode(), re.IGNORECASE) if words else None

    def cleaned(self, items: list[msgspec.Raw]) -> list[msgspec.Raw]:
        """The records without these fields."""
        if self._suspect is None:
            return items
        find = self._suspect.search
        return [msgspec.Raw(self._without(bytes(item))) if find(memoryview(item)) else item for item in items]

    def _without(self, text: bytes) -> bytes:
        """The same without forbidden fields. What cannot be taken apart is left out whole."""
        try:
            kind = text.lstrip()[:1]
            if kind == b"{":
                kept = {name: raw for name, raw in members(text).items() if not self._forbids(name)}
                inner = (
                    msgspec.json.encode(name) + b":" + self._without(bytes(raw)) for name, raw in kept.items()
                )
                return b"{" + b",".join(inner) + b"}"
            if kind == b"[":
                return b"[" + b",".join(self._without(bytes(raw)) for raw in elements(text)) + b"]"
        except NOT_JSON:
            return b"null"
        return text

    def _forbids(self, name: str) -> bool:
        return name.lower().startswith(self._names)
