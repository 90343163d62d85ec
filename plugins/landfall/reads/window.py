"""A range of days, read again while it may still change."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any

from landfall.errors import Misconfigured
from landfall.landing import LandingWriter
from landfall.reads import clock
from landfall.reads.request import Mode, Outcome, Request, land_part
from landfall.scope import Scope
from landfall.scope import Window as Range

if TYPE_CHECKING:
    from landfall.wire.pages import Page

DAY = timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class Window:
    """What is dated in a range of days: the last ones before a run, which may have changed since the run before.

    Days are those of the hook's `zone`, else of UTC. The watermark is the last day that was read: after runs that
    failed or did not start, a read begins where the first of them would have begun. A first or full read goes back
    `history`; start and end dates read any range.

    :param overlap: how far before its own day a run begins.
    :param history: how far back a first or full read begins; None for as far as any.
    :param since: the day on which the range of a run begins, given the run's day; in place of `overlap`.
    :param until: how long before its own day the range of a run ends.
    :param chunk: how many days are asked for at a time of a range that the run's dates give, or of one that is longer
        than a regular run's; None for all. What is read of them is not read again by the next attempt, where a run is
        stopped, unless that was longer ago than `overlap`, or a day: a regular run reads again what is younger.
    :param column: the record's date or datetime column that the vendor filters by, where that is certain: then what the
        vendor no longer lists within the range is removed. "" removes nothing.
    :param pages: asks the hook for the records from a first to a last day, both included; by default its `list` with
        the resource's name, `start` and `end`.
    """

    overlap: timedelta = timedelta(days=14)
    history: timedelta | None = timedelta(days=366)
    since: Callable[[date], date] | None = None
    until: timedelta = timedelta()
    chunk: timedelta | None = None
    column: str = ""
    pages: Callable[[Any, date, date], Iterable[Page]] | None = None
    incremental: bool = True
    dated: bool = True

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        zone = getattr(request.api, "zone", UTC)
        start, end = self._range(request, clock.now().astimezone(zone).date())
        if end < start:
            raise Misconfigured(
                f"{request.resource}: start_date is after {end}, the last day that is read",
                todo="Give an earlier start_date, or an end_date too.",
            )
        chunks = list(self._chunks(request.mode, start, end))
        for first, last in chunks:
            ask = functools.partial(self.asked, request, first, last)
            land_part(request, landing, f"{first}..{last}", ask, lasts=self.overlap)
        known = date.fromisoformat(request.state.watermark) if request.state.watermark else end
        watermark = None if request.mode is Mode.DATES else max(known, end).isoformat()
        if not self.column:
            return Outcome(request.mode, Scope.NOTHING, watermark)
        windows = (
            Range(self.column, first.isoformat(), (last + DAY).isoformat(), str(zone))
            for first, last in chunks
        )
        return Outcome(request.mode, Scope.WINDOW, watermark, tuple(windows))

    def asked(self, request: Request, first: date, last: date) -> Iterable[Page]:
        """The pages of a range of days."""
        if self.pages:
            return self.pages(request.api, first, last)
        return request.api.list(request.resource, start=first, end=last)

    def _range(self, request: Request, today: date) -> tuple[date, date]:
        end = request.end or today - self.until
        if request.mode is Mode.DATES:
            return request.start or self._full(end + self.until), end
        if request.mode is Mode.INCREMENTAL and request.state.watermark:
            missed = date.fromisoformat(request.state.watermark) + self.until + DAY
            return self._regular(min(missed, today)), end
        return self._full(today), end

    def _regular(self, day: date) -> date:
        return self.since(day) if self.since else day - self.overlap

    def _full(self, day: date) -> date:
        return self._regular(day) if self.history is None else day - self.history

    def _chunks(self, mode: Mode, start: date, end: date) -> Iterator[tuple[date, date]]:
        longer = mode is Mode.DATES or start < self._regular(end)
        size = self.chunk if self.chunk and longer else end - start + DAY
        while start <= end:
            yield start, min(end, start + size - DAY)
            start += size
