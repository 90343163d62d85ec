"""What a read is asked for and what it answers; the words that every strategy shares."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from landfall.errors import LandfallError
from landfall.json_text import at as at
from landfall.landing import LandingWriter, Leftovers
from landfall.landing.leftovers import LONGEST
from landfall.lazily import sa
from landfall.scope import Part, Scope
from landfall.scope import Window as Range
from landfall.state import State

if TYPE_CHECKING:
    from landfall.reads.told import Told
    from landfall.wire.pages import Page


class Mode(enum.StrEnum):
    """How a resource is loaded in one run."""

    FULL = "full"
    INCREMENTAL = "incremental"
    DATES = "dates"
    REPROCESS = "reprocess"
    REPROCESS_ERRORS = "reprocess_errors"
    REPLAY = "replay"

    @property
    def stored(self) -> bool:
        """Whether it reads what is stored already, without asking the vendor."""
        return self in (Mode.REPROCESS, Mode.REPROCESS_ERRORS, Mode.REPLAY)


class Api(Protocol):
    """What the strategies ask of a hook; a hook has the methods that its source's strategies use."""

    def list(self, resource: str, **options: Any) -> Iterator[Page]: ...
    def changes(self, resource: str, since: datetime | None) -> Iterator[Page]: ...
    def by_ids(self, resource: str, ids: Iterable[int]) -> Iterator[Page]: ...


Lookup = Callable[[str, str, list[Any]], dict[Any, Any]]
"""(table, column to return, keys) -> value of that column by key, of the published rows with these keys."""
Query = Callable[["sa.Select[Any]"], Iterator[Sequence["sa.Row[Any]"]]]


@dataclasses.dataclass(frozen=True)
class Request:
    """One resource's part in one run.

    :ivar state: what the ledger knew before.
    :ivar start, end: dates given by the operator, both inclusive, or None.
    :ivar lookup: asks the published tables.
    :ivar seen: the changelog events that the last published load has seen; the overlap brings them again.
    :ivar query: rows of a query in the warehouse, a few at a time; None where there is no warehouse to ask.
    :ivar part: what the ledger knew before of one of the table's parts (`landfall.scope.Part`).
    :ivar retries: whether the read is tried again if it raises what may pass.
    :ivar told: the changelog as the run's plan has read it.
    :ivar refused: accounts that are not to be read, and why.
    :ivar read_at: when the last read of the vendor that was published began; None where there was none.
    :ivar landed: the records of the last published load as they were landed; none where its landing is gone.
    :ivar tables: the source's published tables (`landfall.models.Tables`).
    :ivar table: the resource's own table in the warehouse.
    :ivar lookback: how far back the operator wants to read; None for what the declaration says.
    :ivar leftovers: what attempts before this one have landed; None to take nothing over.
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
    part: Callable[[str], State] = lambda name: State()
    retries: bool = False
    told: Told | None = None
    refused: Mapping[str, LandfallError] = dataclasses.field(default_factory=dict)
    read_at: Callable[[], datetime | None] = lambda: None
    landed: Callable[[], Iterable[bytes]] = tuple
    tables: Any = None
    table: sa.Table | None = None
    lookback: timedelta | None = None
    leftovers: Leftovers | None = None

    def of(self, part: str) -> Request:
        """The same of one of the table's parts."""
        return dataclasses.replace(self, state=self.part(part))

    def key(self, what: str) -> str:
        """What tells a section of the landing: the credential, what was published before, how it is landed, and what is
        asked for.

        "" where the hook does not tell its credentials apart; then nothing is ever taken over.
        """
        credential = getattr(self.api, "fingerprint", "")
        if not credential or self.leftovers is None:
            return ""
        return f"{credential}/{self.state.version}/{self.leftovers.terms}/{what}"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a read found and proved.

    :ivar scope: which part of the table it accounts for completely, so that what it lacks may be removed.
    :ivar windows: the parts it accounts for where `scope` is a window: each was read whole by itself.
    :ivar watermark: where the next incremental read begins, as text; None leaves the present one.
    :ivar changed: False when there is nothing to load.
    :ivar inferred_deletes: the landed deletes were concluded, not reported; they are subject to the fuse.
    :ivar parts: of a table that several parts share, how each was read.
    """

    mode: Mode
    scope: Scope
    watermark: str | None = None
    windows: tuple[Range, ...] = ()
    changed: bool = True
    inferred_deletes: bool = False
    parts: tuple[Part, ...] = ()


@runtime_checkable
class Watched(Protocol):
    """A read strategy that can tell, for a few requests and before a task is started, that there is nothing to read."""

    def unchanged(self, request: Request) -> str | None:
        """The watermark ("" where there is none) if nothing changed, else None."""
        ...


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


def land(pages: Iterable[Page], landing: LandingWriter) -> datetime | None:
    """Land all pages. :returns: the vendor's clock at the first answer, where it told the time."""
    began: datetime | None = None
    for page in pages:
        began = began or page.server_time
        landing.page(page)
    return began


def land_part(
    request: Request,
    landing: LandingWriter,
    what: str,
    pages: Callable[[], Iterable[Page]],
    *,
    lasts: timedelta = LONGEST,
) -> None:
    """Land a part of a range, or take over what an attempt before had landed of it.

    :param what: tells the question from all others of this table.
    :param pages: asks it.
    :param lasts: how old a reading may be to be taken over; a day at most.
    """
    key = request.key(what)
    if not landing.resume(key, not_before=datetime.now(UTC) - min(lasts, LONGEST)):
        with landing.section(key):
            land(pages(), landing)
