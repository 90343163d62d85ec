"""One collection of a vendor's rows, kept as the JSON the API answers."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Any

import msgspec

Row = dict[str, Any]
encode = msgspec.json.encode
decode = msgspec.json.decode


class Rows:
    """Rows by id, encoded once so that a page is one join.

    :param name: the collection's name in the vendor's paths.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.ids: list[int] = []
        """Ascending."""
        self.deleted: dict[int, bytes] = {}
        """What was removed, as it last looked."""
        self.extra: Row = {}
        """Fields every row carries besides its own: schema drift."""
        self._encoded: dict[int, bytes] = {}
        self._columns: dict[tuple[str, ...], dict[int, Any]] = {}
        self._last_id = 0

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, row_id: object) -> bool:
        return row_id in self._encoded

    def next_id(self, step: int = 1, *, at_least: int = 0) -> int:
        """An id never used before.

        :param step: the gap to leave after the highest id ever used.
        :param at_least: jump to this value where the ids are still below it.
        """
        self._last_id = max(self._last_id + step, at_least)
        return self._last_id

    def put(self, row: Row) -> None:
        """Add `row`, or replace the row with its id."""
        self.put_raw(row["id"], encode(row))

    def put_raw(self, row_id: int, raw: bytes) -> None:
        """Add or replace a row by its bytes, valid or not: what is put is what the API answers."""
        if row_id not in self._encoded:
            if not self.ids or row_id > self.ids[-1]:
                self.ids.append(row_id)
            else:
                insort(self.ids, row_id)
            self._last_id = max(self._last_id, row_id)
        self._encoded[row_id] = raw
        for path, column in self._columns.items():
            column[row_id] = _dig(raw, path)

    def get(self, row_id: int) -> Row:
        """The row as the API answers it.

        :raises KeyError: no row has this id.
        """
        row: Row = decode(self.encoded(row_id))
        return row

    def encoded(self, row_id: int) -> bytes:
        """The row's JSON, drift included.

        :raises KeyError: no row has this id.
        """
        raw = self._encoded[row_id]
        return raw[:-1] + b"," + encode(self.extra)[1:] if self.extra else raw

    def pieces(self, ids: list[int]) -> list[bytes]:
        """The rows with these ids, each as JSON."""
        return list(map(self.encoded if self.extra else self._encoded.__getitem__, ids))

    def page(self, ids: list[int]) -> bytes:
        """The rows with these ids, comma separated."""
        return b",".join(self.pieces(ids))

    def remove(self, row_id: int) -> None:
        """Take a row out; its id is not given out again.

        :raises KeyError: no row has this id.
        """
        self.deleted[row_id] = self._encoded.pop(row_id)
        del self.ids[bisect_left(self.ids, row_id)]
        for column in self._columns.values():
            column.pop(row_id, None)

    def column(self, *path: str) -> dict[int, Any]:
        """The value at `path` in every row, by id; None where it is absent or null on the way."""
        if path not in self._columns:
            self._columns[path] = {row_id: _dig(raw, path) for row_id, raw in self._encoded.items()}
        return self._columns[path]

    def all(self) -> list[Row]:
        """Every row as the API answers it, ascending by id."""
        return [self.get(row_id) for row_id in self.ids]


def _dig(raw: bytes, path: tuple[str, ...]) -> Any:
    try:
        value = decode(raw)
    except msgspec.DecodeError:  # a row put in broken on purpose
        return None
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value
