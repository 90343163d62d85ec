"""What a load cannot read goes into quarantine with its reason.

What is readable of its key goes into a stage, so that the rows it had before stay.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from landfall import ledger
from landfall.errors import RowRejected
from landfall.privacy import Veil
from landfall.resources import Decoder, Resource, Unshaped
from landfall.rows import Row
from landfall.scope import Reach, day_at
from landfall.stage.elements import OddElement
from landfall.stage.readable import HIDDEN, readable
from landfall.stage.rows import RecordDecoder
from landfall.stage.shares import Shares
from landfall.warehouse import Warehouse
from landfall.warehouse.engine import Staging
from landfall.warehouse.removal import Family

NOT_KEPT = "Not kept here, for privacy: it is record {number} of what this load landed."
LONGEST_KEY = 400
MOST_TOLD = 100_000
"""Records set aside that are known again by a load; far more than a load may set aside and still be published."""
OTHERS = 4
"""Most columns that a rejects' stage has beside the key."""


class SetAside:
    """Collects the records and elements that a load cannot read, and writes them.

    :param names: source, resource, load_id and run_id of the load.
    :param reach: what the load accounts for.
    :param shares: is told of each, where parts are judged by themselves.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        family: Family,
        resource: Resource,
        names: dict[str, str],
        decoder: Decoder,
        veil: Veil,
        reach: Reach,
        shares: Shares | None = None,
    ) -> None:
        self._family, self._resource, self._shares = family, resource, shares
        self._names, self._decoder, self._veil = names, decoder, veil
        self._zone = reach.windows[0].zone if reach.windows else "UTC"
        rejects = {family.spec.name: family.rejects, **family.odd_elements}
        self._refuse = {name: warehouse.refusal(table) for name, table in rejects.items()}
        self._children = {child.table.name: child.table for child in resource.table.children}
        self._told: dict[int, int] = {}
        self._begin()

    def _begin(self) -> None:
        self._entries: list[dict[str, Any]] = []
        self._keys: list[Row] = []
        self._elements: dict[str, list[Row]] = {}
        self._later: list[tuple[dict[str, Any], int]] = []

    def record(self, line: bytes, seq: int, error: RowRejected, rule: str | None = None) -> bool:
        """Set a record aside.

        :param seq: its number in the load, from 0.
        :param rule: the rejecting check that it fails, of a record that was staged.
        :returns: False where the load set it aside before, byte for byte: it is in quarantine once.
        """
        table = self._family.spec
        key = self._veil.key(self._decoder.readable(line, table.key))
        storable = self._of_its_part(_storable(self._refuse[table.name], key), seq)
        self._keys.append((seq, *storable, *self._day(line), rule))
        if self._again(table.name, {}, key, line, seq):
            return False
        raw: bytes | None = line
        if self._veil.hides:  # and only `RecordDecoder` reads fields where the columns say
            raw = self._veil.record(line) if self._resource.decoder is RecordDecoder else None
        where = {"child_table": None, "element": None, "reshaped": not isinstance(line, Unshaped)}
        self._enter(error, key, seq, raw, where)
        return True

    def element(self, odd: OddElement, seq: int) -> bool:
        """Set an element of a record aside; the record is not.

        :returns: False where the load set the same element of the same record aside before.
        """
        table = self._children[odd.table]
        ((_, row),) = self._veil.rows([(odd.table, odd.row)])
        key = _storable(self._refuse[odd.table], _picked(row, table.names, table.key))
        self._elements.setdefault(odd.table, []).append((seq, *key))
        owner = _picked(row, table.names, table.parent_columns)
        place = {"child_table": odd.table, "element": odd.place}
        if self._again(odd.table, place, owner, odd.raw, seq):
            return False
        where = {**place, "reshaped": True}
        self._enter(odd.error, owner, seq, self._veil.element(odd.table, odd.raw), where)
        return True

    def _again(self, table: str, place: dict[str, Any], key: Row, raw: bytes, seq: int) -> bool:
        """Whether the same was set aside before: a vendor's pages may show a record twice. It counts as what came last.

        What has no whole key cannot be told from another that looks the same.
        """
        again = None not in key and self._seen(place, key, raw, seq)
        if self._shares:
            self._shares.set_aside(table, seq, first=not again)
        return again

    def _seen(self, place: dict[str, Any], key: Row, raw: bytes, seq: int) -> bool:
        mark = hash((*place.values(), key, bytes(raw)))
        before = self._told.get(mark)
        if before is not None or len(self._told) < MOST_TOLD:
            self._told[mark] = seq
        if before is not None:
            self._later.append((place | {"record_number": before}, seq))
        return before is not None

    def flush(self, stage: Staging) -> None:
        """Write what was collected; at once, since a change at the vendor's may cost every record of a large load."""
        if not self._keys and not self._elements:
            return
        self.enter(stage)
        stage.rows(self._family.rejects, self._keys)
        for name, rows in self._elements.items():
            stage.rows(self._family.odd_elements[name], rows)
        self._begin()

    def enter(self, stage: Staging) -> None:
        """Write what was collected into quarantine alone: of what is not staged, no row is to be kept."""
        ledger.set_aside(stage.books, self._entries)
        for entry, seq in self._later:
            ledger.came_again(stage.books, self._names["source"], self._names["load_id"], entry, seq)

    def _of_its_part(self, key: Row, seq: int) -> Row:
        """The key, with the part that the record came with where that is one of its columns and could not be read."""
        names, part = self._family.spec.key, self._shares and self._shares.part(seq)
        if not part or part.column not in names:
            return key
        at = names.index(part.column)
        known = part.value(self._family.spec) if key[at] is None else key[at]
        return (*key[:at], known, *key[at + 1 :])

    def _day(self, line: bytes) -> Row:
        """What tells the day on which a rejected record stands, for a table that is read by day."""
        if not self._family.window:
            return ()
        return day_at(self._decoder.readable(line, (self._family.window,))[0], self._zone)

    def _enter(
        self, error: RowRejected, key: Row, seq: int, raw: bytes | None, where: dict[str, Any]
    ) -> None:
        text, kept = (NOT_KEPT.format(number=seq + 1), HIDDEN) if raw is None else readable(raw)
        told = {
            "reason": error.reason[:1000],
            "path": error.path[:400],
            "record_key": _written(key),
            "record_number": seq,
            "raw": text,
            "kept": HIDDEN if self._veil.hides else kept,
            "quarantined_at": datetime.now(UTC),
        }
        self._entries.append(self._names | told | where)


def _picked(row: Row, columns: tuple[str, ...], names: tuple[str, ...]) -> Row:
    """These columns of a staged row, which begins with its number."""
    return tuple(row[columns.index(name) + 1] for name in names)


def _written(key: Row) -> str | None:
    """A key as JSON, null for each part that could not be read; None where none could."""
    return None if set(key) == {None} else msgspec.json.encode(key).decode()[:LONGEST_KEY]


def _storable(refuse: Callable[[Row], None] | None, key: Row) -> Row:
    """The parts of a key that this engine can hold; no row of a table has any other."""

    def kept(at: int) -> Any:
        alone = [None] * (len(key) + OTHERS)
        alone[1 + at] = key[at]
        try:
            if refuse:
                refuse(tuple(alone))
        except RowRejected:
            return None
        return key[at]

    return tuple(map(kept, range(len(key))))
