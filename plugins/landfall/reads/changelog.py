"""Changes that a vendor reports, followed from a watermark."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from landfall.errors import ContractBroken, WindowExpired
from landfall.landing import LandingWriter
from landfall.ledger import State
from landfall.reads import clock
from landfall.reads.request import Mode, Outcome, Request, at, land
from landfall.scope import Scope

if TYPE_CHECKING:
    from landfall.wire.pages import Page

CLOCK_SLACK = timedelta(hours=2)
"""Where a vendor tells no time, our own clock stands in for its clock, set back by this much."""


class ChangeEvent(msgspec.Struct, frozen=True):
    """One event of a changelog: which record, what happened to it, when the vendor took note of it."""

    id: int
    operation: Literal["insert", "update", "delete"]
    processed_at: Annotated[datetime, msgspec.Meta(tz=True)]


@dataclasses.dataclass(frozen=True)
class Through:
    """A collection without a changelog follows the changelog of its details: a changed line names its entry.

    :param details: the resource whose changelog is read.
    :param reference: dotted path in a detail record to the id of its owner.
    :param column: the same in the published table of the details, for details that no longer exist.
    """

    details: str
    reference: str
    column: str


@dataclasses.dataclass(frozen=True)
class Changelog:
    """Changed ids from a changelog, the records behind them in batches; a full list where that is safer or cheaper.

    The watermark is the vendor's clock at the first answer, less `overlap`, so what the vendor files late is read
    again rather than missed. The last event of an id decides.

    :param retention: how far the changelog reaches back; a watermark within `margin` of it leads to a full load.
    :param overlap: how late an event may appear in the changelog.
    :param dates: the record field that `start_date` and `end_date` select by, "" where the vendor cannot filter.
    :param through: follow the changelog of another resource.
    """

    retention: timedelta = timedelta(days=28)
    margin: timedelta = timedelta(days=1)
    overlap: timedelta = timedelta(minutes=10)
    dates: str = ""
    through: Through | None = None
    incremental: bool = True

    @property
    def dated(self) -> bool:
        return bool(self.dates)

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        if request.mode is Mode.DATES:
            return self._dates(request, landing)
        since = self._since(request)
        if request.mode is Mode.FULL or since is None:
            return self._full(request, landing)
        try:
            return self._changes(request, landing, since)
        except WindowExpired:
            return self._full(request, landing)

    def unchanged(self, request: Request) -> str | None:
        """Look at the changelog only. :returns: the new watermark if nothing changed since the last one, else None."""
        since = self._since(request)
        if request.mode is not Mode.INCREMENTAL or since is None:
            return None
        try:
            fresh, watermark = self._events(request, since, lambda page: None)
        except WindowExpired:
            return None
        return None if fresh else watermark

    def _events(
        self, request: Request, since: datetime, note: Callable[[Page], None]
    ) -> tuple[list[ChangeEvent], str]:
        """The events that the last published load did not read, and the new watermark."""
        resource = self.through.details if self.through else request.resource
        events: list[ChangeEvent] = []
        asked = clock.now()
        began: datetime | None = None
        for page in request.api.changes(resource, since):
            began = began or page.server_time
            events += _decoded(page.items)
            note(page)
        latest = max((event.processed_at for event in events), default=since)
        watermark = (
            self._watermark(began, asked, at_least=since) or max(since, latest - self.overlap).isoformat()
        )
        seen = set(_decoded(request.seen())) if events else set()
        return [event for event in events if event not in seen], watermark

    def _since(self, request: Request) -> datetime | None:
        """Where to read the changelog from; None where only a full load will do."""
        since = datetime.fromisoformat(request.state.watermark) if request.state.watermark else None
        return None if since is None or clock.now() - since > self.retention - self.margin else since

    def _full(self, request: Request, landing: LandingWriter) -> Outcome:
        asked = clock.now()
        began = land(request.api.list(request.resource), landing)
        return Outcome(Mode.FULL, Scope.EVERYTHING, self._watermark(began or asked - CLOCK_SLACK, asked))

    def _dates(self, request: Request, landing: LandingWriter) -> Outcome:
        """An upsert only: a record that left the range still exists elsewhere, so nothing is inferred as deleted."""
        bounds = [("gteq", request.start), ("lteq", request.end)]
        chosen = [{"field": self.dates, "operator": o, "value": v.isoformat()} for o, v in bounds if v]
        land(request.api.list(request.resource, filter=chosen), landing)
        return Outcome(Mode.DATES, Scope.NOTHING)

    def _changes(self, request: Request, landing: LandingWriter, since: datetime) -> Outcome:
        events, watermark = self._events(request, since, landing.events)
        # Sorting is stable: of events at the same moment the one that came last decides.
        newest = {event.id: event for event in sorted(events, key=lambda e: e.processed_at)}
        last = {key: event.operation == "delete" for key, event in newest.items()}
        if not last:
            return Outcome(Mode.INCREMENTAL, Scope.NOTHING, watermark, changed=False)
        if self.through:
            published = request.state.last_sync_at or since
            born = {
                event.id
                for event in events
                if event.operation == "insert" and event.processed_at > published + self.overlap
            }
            return self._owners(request, landing, last, born, watermark)
        changed = [key for key, deleted in last.items() if not deleted]
        if _list_is_cheaper(changed, request.state):
            return self._full(request, landing)
        land(request.api.by_ids(request.resource, changed), landing)
        landing.deletes((key,) for key, deleted in last.items() if deleted)
        return Outcome(Mode.INCREMENTAL, Scope.NOTHING, watermark)

    def _owners(
        self, request: Request, landing: LandingWriter, last: dict[int, bool], born: set[int], watermark: str
    ) -> Outcome:
        """Fetch the owners that the changed details name now or named before; who does not come back is deleted.

        Where a deleted detail is not published (its table was loaded first), nobody can tell whose it was: read all.

        :param born: details made since the last load; of those that are gone again no owner is known, nor needed.
        """
        assert self.through
        details = self.through.details
        gone = [key for key, deleted in last.items() if deleted and key not in born]
        if request.lookup(details, "id", gone) != set(gone):
            return self._full(request, landing)
        owners = request.lookup(details, self.through.column, list(last))
        changed = [key for key, deleted in last.items() if not deleted]
        for page in request.api.by_ids(details, changed):
            owners |= {at(item, self.through.reference) for item in page.items}
        owners.discard(None)
        if _list_is_cheaper(owners, request.state):
            return self._full(request, landing)
        found: set[int] = set()
        for page in request.api.by_ids(request.resource, sorted(owners)):
            found |= {at(item, "id") for item in page.items}
            landing.page(page)
        landing.deletes((key,) for key in sorted(owners - found))
        changed_any = bool(owners)
        return Outcome(Mode.INCREMENTAL, Scope.NOTHING, watermark, changed=changed_any, inferred_deletes=True)

    def _watermark(
        self, began: datetime | None, asked: datetime, at_least: datetime | None = None
    ) -> str | None:
        """The vendor's clock before the read, less the overlap; None where the vendor tells no time.

        :param asked: our clock before the read. The earlier of the two counts: a proxy whose clock is ahead would
            else move the watermark past changes that are still to come.
        """
        if began is None:
            return None
        moment = min(began, asked) - self.overlap
        return max(moment, at_least or moment).isoformat()


_decode_events = msgspec.json.Decoder(list[ChangeEvent]).decode


def _decoded(items: Iterable[bytes | msgspec.Raw]) -> list[ChangeEvent]:
    try:
        return _decode_events(b"[" + b",".join(items) + b"]")
    except msgspec.ValidationError as error:
        raise ContractBroken(f"a change event is not as documented ({error})") from None


def _list_is_cheaper(changed: Iterable[Any], state: State) -> bool:
    """A full list costs no more requests than fetching this many by id, and proves more."""
    count = len(list(changed))
    return bool(state.row_count) and count >= max(state.row_count or 0, 100)
