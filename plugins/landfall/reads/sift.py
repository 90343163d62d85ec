"""Rows that changed since a moment, from a vendor of whom nobody knows whether a filter on it is applied.

The vendor is asked with the filter, and its answer is believed only as far as it proves itself: no row is older than
what was asked for, and the rows are there that we know to be as new. Else the whole list is read, and what is as it is
held already is left out. Either way the tables come out right; only the number of requests differs.

A list in numbered pages that moves while it is read can hide a row that is there: one that vanishes on an earlier page
pulls the others forward. So a row is gone only where two complete reads in a row lack it.
"""

from __future__ import annotations

import array
import dataclasses
import hashlib
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from landfall.json_text import NOT_JSON
from landfall.landing import LandingWriter
from landfall.lazily import sa
from landfall.local_time import moment_of, shown_at, wall
from landfall.reads import clock
from landfall.reads.request import Mode, Outcome, Request, at
from landfall.scope import Scope
from landfall.wire.answers import Refused
from landfall.wire.pages import Page

log = logging.getLogger(__name__)

NEARBY = 50_000
"""Rows within which, at least, a copy of one that came already is known; a shifted row comes again on the next page."""


@dataclasses.dataclass(frozen=True)
class Sift:
    """Upsert what changed; a full read replaces.

    Stamps are compared as the vendor wrote them. The watermark is the moment of the greatest in the last read, never
    later than its beginning: a stamp from the future must not hide what is stamped rightly afterwards. A read begins
    `overlap` before it on the vendor's own clock, so that an hour which comes twice leaves no gap.

    The hook has `zone`, `list(resource)`, `since(resource, moment)` and `filters(resource)`.

    :param stamp: the record's field with the local time of its last change; "" where it has none, and the whole
        record tells.
    :param column: where the table keeps that field as it was sent, or what `digest` makes of the record.
    :param overlap: how much earlier than the watermark a run begins to read.
    :param key: the key's column, which is also the record's field.
    :param empty: other lists that a full read looks at, of which nobody has seen a row; one is told in the log.
    """

    stamp: str = "lastChange"
    column: str = "last_change_sent"
    overlap: timedelta = timedelta(hours=2)
    key: str = "id"
    empty: tuple[str, ...] = ()
    incremental: bool = True
    dated: bool = False

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        if request.mode is Mode.FULL or request.state.last_full_at is None:
            return self._full(request, landing)
        sifted = self._filtered(request, landing) or self._scanned(request, landing)
        watermark = sifted.watermark or request.state.watermark
        return Outcome(Mode.INCREMENTAL, Scope.NOTHING, watermark, changed=landing.records > 0)

    def unchanged(self, request: Request) -> str | None:
        """The watermark where one page, filtered or of a short list, proves that nothing is new; else None."""
        if request.state.last_full_at is None:
            return None
        sifted, bound = _Sifted(self, request), self._bound(request)
        first = next(iter(self._asked(request, bound)), None)
        if first is None or first.envelope.get("more") is not False or sifted.changed(first).items:
            return None
        if bound and not ((proof := _Proof(self, request, bound)).holds(first) and proof.complete()):
            return None
        return sifted.watermark or request.state.watermark or ""

    # --- full -----------------------------------------------------------------------------------------------

    def _full(self, request: Request, landing: LandingWriter) -> Outcome:
        held = _hashes(key for rows in _held(request, self.key) for (key,) in rows)
        sifted, seen = _Sifted(self, request), array.array("q")
        for _ in range(2):
            for page in request.api.list(request.resource):
                landing.page(sifted.newest(page))
                if held:
                    seen.extend(_hashes(at(item, self.key) for item in page.items))
            if not set(held).difference(seen):
                break
        for name in self.empty:
            if next((page for page in request.api.list(name) if page.items), None):
                log.warning("%s has rows, which no table takes", name)
        return Outcome(Mode.FULL, Scope.EVERYTHING, sifted.watermark)

    def _scanned(self, request: Request, landing: LandingWriter) -> _Sifted:
        """Land of the whole list what is not held as it is."""
        sifted = _Sifted(self, request)
        for page in request.api.list(request.resource):
            landing.page(sifted.changed(page))
        return sifted

    # --- filtered -------------------------------------------------------------------------------------------

    def _bound(self, request: Request) -> datetime | None:
        """From when on to ask; None where no filter is to be tried."""
        known = request.state.watermark
        if not self.stamp or not known or not request.api.filters(request.resource):
            return None
        return shown_at(datetime.fromisoformat(known), request.api.zone) - self.overlap

    def _asked(self, request: Request, bound: datetime | None) -> Iterator[Page]:
        return iter(
            request.api.since(request.resource, bound) if bound else request.api.list(request.resource)
        )

    def _filtered(self, request: Request, landing: LandingWriter) -> _Sifted | None:
        """Land a filtered answer that proves itself; None, and nothing, where the whole list has to be read."""
        if not (bound := self._bound(request)):
            return None
        sifted, proof = _Sifted(self, request), _Proof(self, request, bound)
        try:
            with landing.section():
                for page in request.api.since(request.resource, bound):
                    if not proof.holds(page):
                        raise _NotApplied
                    landing.page(sifted.changed(page))
                if not proof.complete():
                    raise _NotApplied
        except (_NotApplied, Refused):  # a filter that is refused is none
            return None
        return sifted


class _NotApplied(Exception):
    """The answer is not what was asked for."""


class _Proof:
    """Whether an answer was filtered as asked.

    :param bound: the moment that was asked for.
    """

    def __init__(self, sift: Sift, request: Request, bound: datetime) -> None:
        self._sift, self._request, self._bound = sift, request, bound
        # A vendor that compares days may send all of the first one.
        self._first = bound.replace(hour=0, minute=0, second=0, microsecond=0)
        self._came: set[Any] = set()
        self._latest_came = False

    def holds(self, page: Page) -> bool:
        """Whether no row of a page is older than what was asked for."""
        stamps = [wall(at(item, self._sift.stamp)) for item in page.items]
        self._came.update(at(item, self._sift.key) for item in page.items)
        self._latest_came = self._latest_came or self._bound + self._sift.overlap in stamps
        return not any(stamp is not None and stamp < self._first for stamp in stamps)

    def complete(self) -> bool:
        """Whether each row came that we hold and that is as new as what was asked for; of a table that cannot be asked,
        the latest that was read before."""
        if self._request.query is None:
            return self._latest_came
        table = self._request.table
        assert table is not None
        since = table.c[self._sift.column] > self._bound.isoformat()
        held = _held(self._request, self._sift.key, since)
        return all(key in self._came for rows in held for (key,) in rows)


class _Sifted:
    """What of a read is worth landing, and its greatest stamp."""

    def __init__(self, sift: Sift, request: Request) -> None:
        self._sift, self._request = sift, request
        self._began: datetime | None = None
        self._recent: dict[Any, str] = {}
        self._before: dict[Any, str] = {}
        fields = [("key", Any, msgspec.field(name=sift.key, default=None))]
        if sift.stamp:
            fields.append(("stamp", Any, msgspec.field(name=sift.stamp, default=None)))
        told: Any = msgspec.defstruct("Told", fields)
        self._decode = msgspec.json.Decoder(told).decode
        self._greatest = ""

    @property
    def watermark(self) -> str | None:
        """The moment of the greatest stamp, at most that of the read's beginning; None where there is none."""
        shown = wall(self._greatest)
        if shown is None:
            return None
        return min(moment_of(shown, self._request.api.zone), self._began or clock.now()).isoformat()

    def newest(self, page: Page) -> Page:
        """The page without rows that came in a newer state already."""
        self._began = self._began or page.server_time
        kept = [item for item in page.items if self._note(*self._told(item))]
        if len(self._recent) > NEARBY:
            self._before, self._recent = self._recent, {}
        return dataclasses.replace(page, items=kept)

    def changed(self, page: Page) -> Page:
        """The page without rows that the table holds as they are."""
        page = self.newest(page)
        told = [(item, *self._told(item)) for item in page.items]
        keys = [key for _, key, _ in told if isinstance(key, str)]
        held = self._request.lookup(self._request.resource, self._sift.column, keys)
        kept = [item for item, key, tells in told if tells is None or held.get(key) != tells]
        return dataclasses.replace(page, items=kept)

    def _note(self, key: Any, tells: str | None) -> bool:
        if self._sift.stamp and tells and tells > self._greatest and wall(tells):
            self._greatest = tells
        if not isinstance(key, str) or not self._sift.stamp:
            return True
        if tells is not None and (self._recent.get(key) or self._before.get(key, "")) > tells:
            return False
        self._recent[key] = tells or ""
        return True

    def _told(self, item: msgspec.Raw) -> tuple[Any, str | None]:
        """A record's key, and what tells whether it changed; None for both where it cannot be read."""
        try:
            found = self._decode(item)
        except NOT_JSON:
            return None, None
        if not self._sift.stamp:
            return found.key, digest(bytes(item))
        return found.key, found.stamp if isinstance(found.stamp, str) and found.stamp else None


def digest(record: bytes) -> str:
    """What tells a record that differs in anything, by which a column can be compared with it."""
    try:
        return hashlib.sha256(msgspec.json.format(record, indent=-1)).hexdigest()
    except NOT_JSON:
        return hashlib.sha256(record).hexdigest()


def _held(request: Request, column: str, *where: Any) -> Iterator[Any]:
    if request.query is None:
        return iter(())
    assert request.table is not None
    return request.query(sa.select(request.table.c[column]).where(*where))


def _hashes(keys: Iterable[Any]) -> array.array[int]:
    """Eight bytes each in place of the keys: a million of them fit into a corner of the memory."""
    return array.array("q", map(hash, keys))
