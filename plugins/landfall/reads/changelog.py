"""Changes that a vendor reports, followed from a watermark."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from landfall.errors import LandfallError, WindowExpired
from landfall.landing import LandingWriter
from landfall.reads import clock
from landfall.reads.events import ChangeEvent, Seen, known_again, moment
from landfall.reads.request import Mode, Outcome, Request, at, land, land_part
from landfall.reads.told import Told
from landfall.scope import Scope
from landfall.state import State

if TYPE_CHECKING:
    from landfall.wire.pages import Page

CLOCK_SLACK = timedelta(hours=2)
"""Where a vendor tells no time, our own clock stands in for its clock, set back by this much."""
DAY = timedelta(days=1)
LONG = timedelta(days=3653)
"""How far back a range by date without a beginning is read in parts; what is older comes with the first of them."""
MOST_LOOKS = 5
"""How often a read looks for what changed meanwhile; a company that never pauses is read on by the next run."""

log = logging.getLogger(__name__)


class _ReadAll(LandfallError):
    """The changelog does not say enough: only a full list will do."""


@dataclasses.dataclass(frozen=True)
class Through:
    """A collection without a changelog follows the changelog of its details: a changed line names its entry.

    :param details: the resource whose changelog is read.
    :param reference: dotted path in a detail record to the id of its owner.
    :param column: the same in the published table of the details: for details that no longer exist, and for those
        that had another owner before.
    :param changed: column of that table with the moment a detail was last changed.
    """

    details: str
    reference: str
    column: str
    changed: str = "updated_at"


@dataclasses.dataclass(frozen=True)
class Look:
    """One look at a changelog.

    :ivar fresh: events not known before.
    :ivar odd: how many items are no events as documented.
    :ivar watermark: the vendor's clock at the first answer, less the overlap.
    """

    fresh: list[ChangeEvent]
    odd: int
    watermark: datetime


@dataclasses.dataclass(frozen=True)
class Changelog:
    """Changed ids from a changelog, the records behind them in batches; a full list where that is safer or cheaper.

    The watermark is the vendor's clock at the first answer, less `overlap`, so what the vendor files late is read
    again rather than missed. The last event of an id decides. An event is known only once its record came back at
    least as new as the event; until then it is looked at again.

    What changed while a full list was read, or while the changed records were fetched, is fetched too, so that the
    rows that are landed fit together.

    :param retention: how far the changelog reaches back; a watermark within `margin` of it leads to a full load.
    :param overlap: how late an event may appear in the changelog.
    :param patience: how long an event is waited for whose record the list does not show.
    :param dates: the record field that `start_date` and `end_date` select by, "" where the vendor cannot filter.
    :param chunk: how many days are asked for at a time of a range by date; what is read of them is not read again by
        the next attempt, where a run is stopped, within a day.
    :param through: follow the changelog of another resource.
    """

    retention: timedelta = timedelta(days=28)
    margin: timedelta = timedelta(days=1)
    overlap: timedelta = timedelta(minutes=10)
    patience: timedelta = timedelta(days=1)
    dates: str = ""
    chunk: timedelta = timedelta(days=92)
    through: Through | None = None
    incremental: bool = True

    @property
    def dated(self) -> bool:
        return bool(self.dates)

    def follows(self, resource: str) -> str:
        """The resource whose changelog is read."""
        return self.through.details if self.through else resource

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        if request.mode is Mode.DATES:
            return self._dates(request, landing)
        since = self.since(request)
        if request.mode is not Mode.FULL and since is not None:
            with contextlib.suppress(WindowExpired, _ReadAll):
                return self._changes(request, landing, since)
        return self._full(request, landing)

    def unchanged(self, request: Request) -> str | None:
        """Look at the changelog only. :returns: the new watermark if nothing changed since the last one, else None."""
        since = self.since(request)
        if request.mode is not Mode.INCREMENTAL or since is None:
            return None
        try:
            seen = Seen(known_again(request.seen()))
            look = self._look(request, since, seen, lambda page: None, request.told)
        except WindowExpired:
            return None
        return None if look.fresh or look.odd else look.watermark.isoformat()

    def since(self, request: Request) -> datetime | None:
        """Where to read the changelog from; None where only a full load will do."""
        since = datetime.fromisoformat(request.state.watermark) if request.state.watermark else None
        return None if since is None or clock.now() - since > self.retention - self.margin else since

    def _look(
        self,
        request: Request,
        since: datetime,
        seen: Seen,
        note: Callable[[Page], None],
        told: Told | None = None,
    ) -> Look:
        """:param told: what the run's plan has read; as old as an event may be late, it is as good as a new look."""
        resource = self.follows(request.resource)
        if not told or told.since > since or clock.now() - told.asked > self.overlap:
            told = Told.by(request.api, resource, since)
        began: datetime | None = None
        fresh: list[ChangeEvent] = []
        odd = 0
        for page in told.from_(since):
            began = began or page.server_time
            found, strange = seen.take(page.items)
            fresh += found
            odd += strange
            note(page)
        if odd:
            log.warning("%s: %s change events are not as documented; the list is read instead", resource, odd)
        latest = max((each.processed_at for each in seen.landed if each), default=since)
        watermark = self._watermark(began, told.asked) or latest - self.overlap
        return Look(fresh, odd, max(since, watermark))

    def _watermark(self, began: datetime | None, asked: datetime) -> datetime | None:
        """The vendor's clock before the read, less the overlap; None where the vendor tells no time.

        :param asked: our clock before the read. The earlier of the two counts: a proxy whose clock is ahead would
            else move the watermark past changes that are still to come.
        """
        return None if began is None else min(began, asked) - self.overlap

    def _dates(self, request: Request, landing: LandingWriter) -> Outcome:
        """An upsert only: a record that left the range still exists elsewhere, so nothing is inferred as deleted.

        What changed since a part was landed, the changelog tells: no watermark moves here.
        """
        for first, last in self._parts(request.start, request.end):
            bounds = [("gteq", first), ("lteq", last)]
            chosen = [{"field": self.dates, "operator": o, "value": v.isoformat()} for o, v in bounds if v]
            ask = functools.partial(request.api.list, request.resource, filter=chosen)
            land_part(request, landing, f"{self.dates} {first}..{last}", ask)
        return Outcome(Mode.DATES, Scope.NOTHING)

    def _parts(self, start: date | None, end: date | None) -> Iterator[tuple[date | None, date | None]]:
        """A range in parts; a side that is open stays so."""
        last = end or max(clock.now().date(), start or date.min)
        first = start or last - LONG
        while first + self.chunk <= last:
            yield start, first + self.chunk - DAY
            start = first = first + self.chunk
        yield start, end

    def _full(self, request: Request, landing: LandingWriter) -> Outcome:
        """The list, made whole by what the changelog reports since its start."""
        asked = clock.now()
        began = land(request.api.list(request.resource), landing)
        start = min(began or asked - CLOCK_SLACK, asked)
        seen = Seen()
        with contextlib.suppress(WindowExpired):
            for _ in range(MOST_LOOKS):
                look = self._look(request, start, seen, landing.events)
                if not look.fresh:
                    break
                self._fetch(request, landing, seen, look.fresh, listed=True)
        return self._outcome(Mode.FULL, landing, seen, start - self.overlap, listed=True)

    def _changes(self, request: Request, landing: LandingWriter, since: datetime) -> Outcome:
        seen = Seen(known_again(request.seen()))
        look = self._look(request, since, seen, landing.events, request.told)
        if look.odd:
            raise _ReadAll("an event cannot be read")
        if not look.fresh:
            return Outcome(Mode.INCREMENTAL, Scope.NOTHING, look.watermark.isoformat(), changed=False)
        watermark = look.watermark
        for _ in range(MOST_LOOKS):
            moved = self._fetch(request, landing, seen, look.fresh)
            if not moved:
                break
            look = self._look(request, watermark, seen, landing.events)
            if not look.fresh:
                break
        return self._outcome(Mode.INCREMENTAL, landing, seen, watermark, since=since)

    def _outcome(
        self,
        mode: Mode,
        landing: LandingWriter,
        seen: Seen,
        watermark: datetime,
        *,
        since: datetime | None = None,
        listed: bool = False,
    ) -> Outcome:
        if not self.through:
            last = seen.last(seen.events)
            landing.deletes((key,) for key, each in last.items() if each.operation == "delete")
        waiting = seen.leave(landing, watermark - self.patience)
        held = min(watermark, waiting - self.overlap) if waiting else watermark
        held = max(held, since) if since else held
        changed = bool(listed or not landing.empty)
        scope = Scope.EVERYTHING if listed else Scope.NOTHING
        inferred = bool(self.through) and not listed
        return Outcome(mode, scope, held.isoformat(), changed=changed, inferred_deletes=inferred)

    def _fetch(
        self,
        request: Request,
        landing: LandingWriter,
        seen: Seen,
        events: Iterable[ChangeEvent],
        *,
        listed: bool = False,
    ) -> bool:
        """Land the records behind `events`. :returns: whether later events are to be expected.

        :param listed: a full list was landed before.
        :raises _ReadAll: a full list is safer, or cheaper.
        """
        last = seen.last(events)
        changed = [key for key, each in last.items() if each.operation != "delete"]
        if self.through:
            self._owners(request, landing, seen, last, listed)
            return False
        if not listed and _list_is_cheaper(changed, request.state):
            raise _ReadAll("the list is cheaper")
        for page in request.api.by_ids(request.resource, changed):
            seen.came(page.items)
            landing.page(page)
        return seen.moved(changed)

    def _owners(
        self,
        request: Request,
        landing: LandingWriter,
        seen: Seen,
        last: dict[int, ChangeEvent],
        listed: bool,
    ) -> None:
        """Land the owners that the changed details name now or named before.

        One that was named before and does not come back is deleted; one that a detail names now, and that does not
        come back, is one that the list does not show yet.
        """
        assert self.through
        details = self.through.details
        before = request.lookup(details, self.through.column, list(last))
        lost = self._lost(request, seen, last, before, listed)
        if lost and not listed:
            raise _ReadAll("nobody can tell whose the changed details were")
        seen.pending |= lost
        owner: dict[Any, Any] = {}
        for page in request.api.by_ids(
            details, [k for k, each in last.items() if each.operation != "delete"]
        ):
            seen.came(page.items)
            owner |= {at(item, "id"): at(item, self.through.reference) for item in page.items}
        owners = {each for each in (*before.values(), *owner.values()) if isinstance(each, int)}
        if not listed and _list_is_cheaper(owners, request.state):
            raise _ReadAll("the list is cheaper")
        found: set[Any] = set()
        for page in request.api.by_ids(request.resource, owners):
            found |= {at(item, "id") for item in page.items}
            landing.page(page)
        landing.deletes((key,) for key in sorted(owners - found - {*owner.values()}))
        seen.pending |= {each for key, each in last.items() if key in owner and owner[key] not in found}

    def _lost(
        self,
        request: Request,
        seen: Seen,
        last: dict[int, ChangeEvent],
        before: dict[Any, Any],
        listed: bool,
    ) -> set[ChangeEvent]:
        """Events of details whose former owner nobody knows: their table does not have them, or was loaded first.

        Of details that were made since the last load no owner is known, nor needed.
        """
        assert self.through
        if listed:
            return {each for each in last.values() if each.operation == "delete" and each.id not in before}
        since = self.since(request)
        assert since
        published = (request.state.last_sync_at or since) + self.overlap
        inserted = [each for each in seen.events if each.operation == "insert"]
        born = {each.id for each in inserted if each.processed_at > published}
        made = {each.id for each in inserted}
        changed = request.lookup(self.through.details, self.through.changed, list(last))

        def ahead(each: ChangeEvent) -> bool:
            loaded = moment(changed.get(each.id))
            return each.updated_at > since and loaded is not None and loaded >= each.updated_at

        lost = set()
        for each in last.values():
            new = each.id in (born if each.operation == "delete" else made)
            if not new and (each.id not in before or (each.operation == "update" and ahead(each))):
                lost.add(each)
        return lost


def _list_is_cheaper(changed: Iterable[Any], state: State) -> bool:
    """A full list costs no more requests than fetching this many by id, and proves more."""
    count = len(list(changed))
    return bool(state.row_count) and count >= max(state.row_count or 0, 100)
