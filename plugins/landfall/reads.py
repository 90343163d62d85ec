"""Read strategies: how a resource is enumerated, and what its read proves.

A strategy is a small value. It reads through the source's hook, lands every page, and returns an `Outcome`: the
watermark that may be published with the data, and how much of the table the read accounts for. A read that is not
proved complete raises.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import msgspec
import sqlalchemy as sa

from landfall.errors import ContractBroken, Misconfigured, WindowExpired
from landfall.landing import LandingWriter
from landfall.ledger import State
from landfall.warehouse.publish import Scope
from landfall.warehouse.publish import Window as Range

if TYPE_CHECKING:
    from landfall.wire.pages import Page


class Mode(enum.StrEnum):
    """How a resource is loaded in one run."""

    FULL = "full"
    INCREMENTAL = "incremental"
    DATES = "dates"
    REPROCESS = "reprocess"
    REPROCESS_ERRORS = "reprocess_errors"

    @property
    def stored(self) -> bool:
        """Whether it reads what is stored already, without asking the vendor."""
        return self in (Mode.REPROCESS, Mode.REPROCESS_ERRORS)


class Api(Protocol):
    """What the strategies ask of a hook; a hook has the methods that its source's strategies use."""

    def list(self, resource: str, **options: Any) -> Iterator[Page]: ...
    def changes(self, resource: str, since: datetime | None) -> Iterator[Page]: ...
    def by_ids(self, resource: str, ids: Iterable[int]) -> Iterator[Page]: ...


CLOCK_SLACK = timedelta(hours=2)
"""Where a vendor tells no time, our own clock stands in for its clock, set back by this much."""

Lookup = Callable[[str, str, list[Any]], set[Any]]
"""(table, column to return, keys) -> values of that column in the published rows with these keys."""
Query = Callable[[sa.Select[Any]], Iterator[Sequence[sa.Row[Any]]]]


@dataclasses.dataclass(frozen=True)
class Request:
    """One resource's part in one run.

    :ivar state: what the ledger knew before.
    :ivar start, end: dates given by the operator, both inclusive, or None.
    :ivar lookup: asks the published tables.
    :ivar seen: the changelog events that the last published load read; the overlap brings them again.
    :ivar query: rows of a query in the warehouse, a few at a time.
    """

    api: Any
    resource: str
    mode: Mode
    state: State
    lookup: Lookup
    start: date | None = None
    end: date | None = None
    seen: Callable[[], Iterable[bytes]] = tuple
    query: Query | None = None


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a read found and proved.

    :ivar scope: which part of the table it accounts for completely, so that what it lacks may be removed.
    :ivar watermark: where the next incremental read begins, as text; None leaves the present one.
    :ivar changed: False when there is nothing to load.
    :ivar inferred_deletes: the landed deletes were concluded, not reported; they are subject to the fuse.
    """

    mode: Mode
    scope: Scope
    watermark: str | None = None
    window: Range | None = None
    changed: bool = True
    inferred_deletes: bool = False


class Read(Protocol):
    """A read strategy that reads in one go; `Export` is the one that waits."""

    @property
    def incremental(self) -> bool:
        """Whether it takes part in incremental runs."""
        ...

    @property
    def dated(self) -> bool:
        """Whether it can read a range of dates given by the operator."""
        ...

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        """Read and land. :raises LandfallError: the read is not proved complete."""
        ...


@dataclasses.dataclass(frozen=True)
class FullList:
    """Every record, page by page, in every run that includes it.

    :param pages: asks the hook for them; by default its `list` with the resource's name.
    """

    pages: Callable[[Any], Iterable[Page]] | None = None
    incremental: bool = False
    dated: bool = False

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        api = request.api
        land(self.pages(api) if self.pages else api.list(request.resource), landing)
        return Outcome(Mode.FULL, Scope.EVERYTHING)


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
    :param chunk: how many days of a range given by start and end dates are asked for at a time; None for all.
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
        start, end = self._range(request, _now().astimezone(zone).date())
        if end < start:
            raise Misconfigured(
                f"{request.resource}: start_date is after {end}, the last day that is read",
                todo="Give an earlier start_date, or an end_date too.",
            )
        for first, last in self._chunks(request.mode, start, end):
            land(self.asked(request, first, last), landing)
        known = date.fromisoformat(request.state.watermark) if request.state.watermark else end
        watermark = None if request.mode is Mode.DATES else max(known, end).isoformat()
        if not self.column:
            return Outcome(request.mode, Scope.NOTHING, watermark)
        window = Range(self.column, start.isoformat(), (end + DAY).isoformat(), str(zone))
        return Outcome(request.mode, Scope.WINDOW, watermark, window)

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
        size = self.chunk if self.chunk and mode is Mode.DATES else end - start + DAY
        while start <= end:
            yield start, min(end, start + size - DAY)
            start += size


@dataclasses.dataclass(frozen=True)
class Stored:
    """What was read before and is kept in the resource's own table, as records to be landed again.

    :param select: the query for what a run asks for: mode and dates are in the request.
    :param record: one record's JSON of one row.
    """

    select: Callable[[Request], sa.Select[Any]]
    record: Callable[[sa.Row[Any]], bytes]

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        from landfall.wire.pages import Page

        assert request.query
        for number, rows in enumerate(request.query(self.select(request)), start=1):
            items = [msgspec.Raw(self.record(row)) for row in rows]
            landing.page(Page(items, {}, number, request.mode.value))
        return Outcome(request.mode, Scope.NOTHING)


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
        asked = _now()
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
        return None if since is None or _now() - since > self.retention - self.margin else since

    def _full(self, request: Request, landing: LandingWriter) -> Outcome:
        asked = _now()
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


@dataclasses.dataclass(frozen=True)
class Export:
    """Files that the vendor makes on demand, one for each period; between request and file the task waits deferred.

    :param kind: the vendor's name for the export.
    :param periods: the resource that lists the periods.
    :param start, finish: field names in a period's record.
    :param column: the record's column that holds the start of the period a row came with.
    """

    kind: str
    periods: str
    start: str
    finish: str
    column: str
    options: tuple[tuple[str, str], ...] = ()
    incremental: bool = False
    dated: bool = True

    def begin(self, request: Request) -> list[dict[str, Any]]:
        """Ask for one export per period that the run includes. :returns: jobs, plain enough to wait in a trigger."""
        jobs: list[dict[str, Any]] = []
        for page in request.api.list(self.periods):
            for item in page.items:
                start, finish = (date.fromisoformat(at(item, name)) for name in (self.start, self.finish))
                if (request.end and start > request.end) or (request.start and finish < request.start):
                    continue
                jobs.append({"period_start": start.isoformat(), "period_end": finish.isoformat()})
        jobs.sort(key=lambda job: job["period_start"])
        for job in jobs:
            period = (date.fromisoformat(job[name]) for name in ("period_start", "period_end"))
            job["id"] = request.api.create_export(self.kind, *period, **dict(self.options))
        return jobs

    def collect(self, request: Request, landing: LandingWriter, jobs: list[dict[str, Any]]) -> Outcome:
        """Land the finished files of `jobs`."""
        for job in jobs:
            facts = {"period_start": job["period_start"], "period_end": job["period_end"]}
            fetch = functools.partial(request.api.download_export, self.kind, job["id"])
            landing.file(f"{self.kind}_{job['period_start']}", fetch, **facts)
        if request.start or request.end:
            if not jobs:
                return Outcome(Mode.DATES, Scope.NOTHING, changed=False)
            last = date.fromisoformat(jobs[-1]["period_start"]) + timedelta(days=1)
            window = Range(self.column, jobs[0]["period_start"], last.isoformat())
            return Outcome(Mode.DATES, Scope.WINDOW, window=window)
        return Outcome(Mode.FULL, Scope.EVERYTHING)


def land(pages: Iterable[Page], landing: LandingWriter) -> datetime | None:
    """Land all pages. :returns: the vendor's clock at the first answer, where it told the time."""
    began: datetime | None = None
    for page in pages:
        began = began or page.server_time
        landing.page(page)
    return began


_decode_events = msgspec.json.Decoder(list[ChangeEvent]).decode


def _decoded(items: Iterable[bytes | msgspec.Raw]) -> list[ChangeEvent]:
    try:
        return _decode_events(b"[" + b",".join(items) + b"]")
    except msgspec.ValidationError as error:
        raise ContractBroken(f"a change event is not as documented ({error})") from None


def at(item: bytes | msgspec.Raw, path: str) -> Any:
    """One value of a raw record, by dotted path; None where it is absent."""
    value: Any = item
    for name in path.split("."):
        if value is None or bytes(value) == b"null":
            return None
        value = msgspec.json.decode(value, type=dict[str, msgspec.Raw]).get(name)
    return None if value is None else msgspec.json.decode(value)


def _list_is_cheaper(changed: Iterable[Any], state: State) -> bool:
    """A full list costs no more requests than fetching this many by id, and proves more."""
    count = len(list(changed))
    return bool(state.row_count) and count >= max(state.row_count or 0, 100)


def _now() -> datetime:
    return datetime.now(UTC)


def chosen_mode(read: Read | Export, mode: Mode, *, dates: bool, table: str) -> Mode:
    """The mode in which a resource takes part in a run.

    :raises Misconfigured: dates were given for a resource that cannot be read by date.
    """
    if not dates or mode.stored:
        return mode
    if not read.dated:
        raise Misconfigured(
            f"{table} cannot be read by date", todo="Leave start_date and end_date empty for this table."
        )
    return Mode.DATES
