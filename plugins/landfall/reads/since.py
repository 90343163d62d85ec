"""Rows that changed since a moment, by a stamp that the vendor keeps in each, and a sweep of ids for what it hides.

A vendor without a changelog and without tombstones shows neither what vanished nor what came back, nor a row that has
no stamp. So the rows that are held are counted against the vendor's own count, and where the two differ (and in every
full read, which sees all) the ids are compared in both directions.

Counts also tell a quiet run, without a page being read: nothing is stamped later than the latest row that is held, as
many rows as are held have its stamp, and there are as many rows in all. A second in which the last read may have been
is no such proof, since an edit in it need not move the stamp any more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from landfall.landing import LandingWriter
from landfall.lazily import sa
from landfall.reads import clock
from landfall.reads.request import Mode, Outcome, Request, at
from landfall.scope import Scope
from landfall.wire.pages import Page

SETTLED = timedelta(minutes=5)
"""How much later than the latest stamp a read must have begun to have seen all that has this stamp."""


@dataclasses.dataclass(frozen=True)
class Since:
    """Upsert what changed; a full read replaces.

    A read begins at the earlier of two moments: the watermark less `overlap`, so that an outage leaves no gap, and now
    less `lookback`, so that late edits are read again. The watermark is the greatest stamp read, but never later than
    the beginning of the read: a stamp from the future must not hide what is stamped rightly afterwards.

    With `fields` it reads what is dated within the look-back instead, and moves no watermark: an edit of what is older
    is found by a full read only.

    The hook has `list(resource)`, `since(resource, moment, fields)`, `count(resource)`, `ids(resource)`,
    `by_ids(resource, ids)` and `count_since(resource, moment, after)`.

    :param stamp: dotted path in a record to the moment of its last change.
    :param column: where the table keeps that moment.
    :param lookback: how far back a run reads in any case; a run's `lookback_days` stands in for it.
    :param overlap: how much earlier than the watermark a run begins at least.
    :param fields: the vendor's fields of which any may lie within the look-back; () to go by the stamp.
    :param key: the key's column, which is also the vendor's id.
    """

    stamp: str
    column: str
    lookback: timedelta = timedelta(days=30)
    overlap: timedelta = timedelta(days=1)
    fields: tuple[str, ...] = ()
    key: str = "id"
    incremental: bool = True
    dated: bool = False

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        stamps = _Stamps(self.stamp, self.key)
        known = datetime.fromisoformat(request.state.watermark) if request.state.watermark else None
        if request.mode is Mode.FULL or known is None:
            stamps.land(request.api.list(request.resource), landing)
            return Outcome(Mode.FULL, Scope.EVERYTHING, stamps.watermark(None))
        back = clock.now() - (self.lookback if request.lookback is None else request.lookback)
        bound = back if self.fields else min(known - self.overlap, back)
        stamps.land(request.api.since(request.resource, bound, self.fields), landing)
        gone = self._sweep(request, landing, stamps)
        landing.deletes((key,) for key in gone)
        changed = stamps.landed > 0 or bool(gone)
        watermark = request.state.watermark if self.fields else stamps.watermark(known)
        return Outcome(Mode.INCREMENTAL, Scope.NOTHING, watermark, changed=changed, inferred_deletes=True)

    def unchanged(self, request: Request) -> str | None:
        """The watermark, where the vendor's counts prove that there is nothing to read; None where they do not.

        Three counts at most; a look-back that the operator asks for is read in any case.
        """
        if self.fields or request.lookback is not None:
            return None
        (latest, ties), read_at = self._latest(request), request.read_at()
        if latest is None or read_at is None or read_at < latest + SETTLED:
            return None
        api, name, state = request.api, request.resource, request.state
        quiet = (
            api.count(name) == state.row_count
            and api.count_since(name, latest, after=True) == 0
            and api.count_since(name, latest, after=False) == ties
        )
        return state.watermark if quiet else None

    def _latest(self, request: Request) -> tuple[datetime | None, int]:
        """The greatest stamp that the table holds, and how many rows have it."""
        assert request.query
        assert request.table is not None
        stamp = request.table.c[self.column]
        greatest = sa.select(sa.func.max(stamp)).scalar_subquery()
        asked = sa.select(sa.func.max(stamp), sa.func.count(stamp)).where(stamp == greatest)
        for rows in request.query(asked):  # type: ignore[arg-type]
            for latest, ties in map(tuple, rows):
                return (latest.replace(tzinfo=UTC) if latest and latest.tzinfo is None else latest), ties
        return None, 0

    def _sweep(self, request: Request, landing: LandingWriter, stamps: _Stamps) -> list[Any]:
        """Fetch what the vendor has and we lack. :returns: ids that we have and the vendor lacks.

        Without a warehouse to ask, a full read alone brings what has no stamp.
        """
        if request.query is None:
            return []
        told = request.api.count(request.resource)
        new = stamps.ids - request.lookup(request.resource, self.key, sorted(stamps.ids)).keys()
        if request.state.row_count is not None and told == request.state.row_count + len(new):
            return []
        theirs, ours = set(request.api.ids(request.resource)), set(self._held(request))
        missing = theirs - ours - stamps.ids
        if missing:
            stamps.land(request.api.by_ids(request.resource, sorted(missing)), landing)
        return sorted(ours - theirs - stamps.ids)

    def _held(self, request: Request) -> Iterator[Any]:
        """The ids of the published table."""
        assert request.query
        assert request.table is not None
        for rows in request.query(sa.select(request.table.c[self.key])):
            yield from (row[0] for row in rows)


class _Stamps:
    """Lands pages, and keeps of their records the ids and the greatest stamp."""

    def __init__(self, stamp: str, key: str) -> None:
        self.stamp, self.key = stamp, key
        self.ids: set[Any] = set()
        self.landed = 0
        self.greatest: datetime | None = None
        self.began: datetime = clock.now()

    def land(self, pages: Iterable[Page], landing: LandingWriter) -> None:
        """Land all pages. The earlier of the vendor's clock and ours is when the read began."""
        for page in pages:
            if page.server_time and self.landed == 0:
                self.began = min(self.began, page.server_time)
            for item in page.items:
                self._note(item)
            landing.page(page)
            self.landed += len(page.items)

    def _note(self, item: Any) -> None:
        key, stamp = at(item, self.key), at(item, self.stamp)
        if isinstance(key, int | str) and not isinstance(key, bool):
            self.ids.add(key)
        moment = _moment(stamp)
        if moment and (self.greatest is None or moment > self.greatest):
            self.greatest = moment

    def watermark(self, known: datetime | None) -> str | None:
        """Where the next read begins, before its overlap; None where there is nothing to go by."""
        found = min(self.greatest, self.began) if self.greatest else None
        moments = [moment for moment in (found, known) if moment]
        return max(moments).isoformat() if moments else None


def _moment(stamp: Any) -> datetime | None:
    """A stamp as a moment; None where it is none, which the loader will say of its record."""
    try:
        found = datetime.fromisoformat(stamp) if isinstance(stamp, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
