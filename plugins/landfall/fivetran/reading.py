"""One table read to its end and proved, and what is to be delivered of it as a file of operations.

Nothing is delivered of a read that is not proved complete. So a table is read as the DAGs read it, into a landing
below the folder for temporary files; then its rows are made, one operation a line. From there they are handed over, in
as many answers as it takes, without asking the vendor again as long as the file is there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import logging
import math
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from landfall.errors import LandfallError, OutOfTime, RowRejected, TooManyRejects, VendorUnavailable
from landfall.fivetran import shape
from landfall.landing import Landing, LandingWriter, load_moment
from landfall.landing.folders import create
from landfall.privacy import Privacy, Veil
from landfall.reads import Export, Outcome, Request
from landfall.reads.export import OF_ALL, told
from landfall.resources import Resource, Unshaped
from landfall.scope import Part, Scope
from landfall.stage.elements import Accept
from landfall.stage.readable import HIDDEN, readable
from landfall.stage.rows import RecordDecoder, Rows
from landfall.wire.pages import Page

LONGEST_ROW = 5 * 2**20
"""Bytes of a row as JSON: an answer of AWS Lambda holds six million."""
POLL_SECONDS = 3.0
EXPORT_PATIENCE = timedelta(minutes=30)
UPSERT, DELETE = "u", "d"
OPERATIONS, FACTS = "operations.ndjson.zst", "facts.json"
Left = Callable[[], float]
"""Seconds that are left for reading."""

log = logging.getLogger(__name__)


class Facts(msgspec.Struct):
    """What a read found; written last.

    :ivar digest: of what was landed, where that was the whole list.
    """

    records: int
    rejected: int
    operations: int
    watermark: str | None = None
    parts: list[Part] = []
    digest: str = ""
    changed: bool = True


class Hurried(LandingWriter):
    """A landing that is given up when the time is over."""

    def __init__(self, folder: Path, *, left: Left, **names: Any) -> None:
        super().__init__(folder, **names)
        self._left = left

    def page(self, page: Page) -> None:
        super().page(page)
        if self._left() <= 0:
            raise _over(f"{self.manifest.source}.{self.manifest.resource}")


@dataclasses.dataclass(frozen=True)
class Spool:
    """The operations of a read, in a folder of its own."""

    folder: Path

    @property
    def facts(self) -> Facts | None:
        """What the read found; None where it is not there, or not to its end."""
        try:
            return msgspec.json.decode((self.folder / FACTS).read_bytes(), type=Facts)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def lines(self) -> Iterator[bytes]:
        """The operations, each `[kind, table, values]` as JSON."""
        with (
            (self.folder / OPERATIONS).open("rb") as raw,
            zstandard.ZstdDecompressor().stream_reader(raw) as reader,
        ):
            yield from (line.rstrip(b"\n") for line in io.BufferedReader(reader, 2**20))


def read_to_the_end(
    resource: Resource, source: str, request: Request, load: str, folder: Path, privacy: Privacy, left: Left
) -> Spool:
    """Read a table and make its operations.

    :param load: names the read; its moment is when our columns say that the rows were loaded.
    :param folder: of the load; what the table's earlier attempts left beside it is taken over.
    :raises OutOfTime: the read was not over in time.
    :raises LandfallError: it is not proved complete, or too much of it cannot be read.
    """
    request = dataclasses.replace(request, leftovers=resource.leftovers(folder.parent, request.api))
    known = {"leftovers": request.leftovers, **resource.landed(request.api)}
    with Hurried(folder, source=source, load_id=load, left=left, **known) as landing:
        outcome = _read(resource, request, landing, left)
        landing.commit(complete=outcome.scope is not Scope.NOTHING)
    return spooled(resource, source, load, folder, privacy, outcome)


@contextlib.contextmanager
def stopped_in(seconds: float, what: str) -> Iterator[None]:
    """Give up what takes longer, whatever it waits for: an answer, the budget, a vendor's Retry-After.

    Only where the process has its alarm free, as on Lambda; else it is looked at the time after each page.

    :param what: is read.
    :raises OutOfTime: it took longer.
    """
    main = threading.current_thread() is threading.main_thread()
    if math.isinf(seconds) or not main or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
        yield
        return

    def ring(*_: object) -> None:
        raise _over(what)

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _over(what: str) -> OutOfTime:
    return OutOfTime(f"{what}: the time was over before the read was")


def spooled(
    resource: Resource, source: str, load: str, folder: Path, privacy: Privacy, outcome: Outcome
) -> Spool:
    """The operations of what was landed in a folder."""
    writer = _Writer(resource, source, load, Landing(folder), privacy)
    with create(folder / OPERATIONS) as raw, zstandard.ZstdCompressor(level=1).stream_writer(raw) as file:
        for line in writer.lines(outcome.scope):
            file.write(line + b"\n")
    facts = Facts(writer.records, writer.rejected, writer.written, outcome.watermark, list(outcome.parts))
    facts.digest = writer.digest.hexdigest() if outcome.scope is Scope.EVERYTHING else ""
    facts.changed = outcome.changed
    with create(folder / FACTS) as file:
        file.write(msgspec.json.encode(facts))
    return Spool(folder)


def forget(folder: Path) -> None:
    """Remove a load's folder."""
    shutil.rmtree(folder, ignore_errors=True)


def _read(resource: Resource, request: Request, landing: LandingWriter, left: Left) -> Outcome:
    if not isinstance(resource.read, Export):
        return resource.read.read(request, landing)
    jobs = resource.read.begin(request)
    _wait(resource.read.kind, jobs, request.api, min(left(), EXPORT_PATIENCE.total_seconds()))
    return resource.read.collect(request, landing, jobs)


def _wait(kind: str, jobs: list[dict[str, Any]], api: Any, longest: float) -> None:
    """Wait until each export is ready, or note why it will not be."""
    until = time.monotonic() + longest
    pending = [job for job in jobs if "id" in job]
    while pending:
        for job in list(pending):
            try:
                state = api.export_status(kind, job["id"]).status
            except OF_ALL:
                raise
            except LandfallError as error:
                job["error"], state = told(error), "error"
            if state == "error" and "error" not in job:
                job["error"] = told(
                    VendorUnavailable(f"the vendor reports that {kind} export {job['id']} failed")
                )
            if state in ("ready", "error"):
                pending.remove(job)
        if pending and time.monotonic() + POLL_SECONDS > until:
            raise OutOfTime(f"the {kind} export was not ready in time")
        if pending:
            time.sleep(POLL_SECONDS)


class _Writer:
    """Makes operations of landed records; what cannot be read becomes a row of the quarantine."""

    def __init__(
        self, resource: Resource, source: str, load: str, landing: Landing, privacy: Privacy
    ) -> None:
        self._resource, self._source, self._load, self._landing = resource, source, load, landing
        self._moment = load_moment(load)
        self._decoder = resource.decoder(resource.table.in_zone(landing.manifest.zone), load)
        self._veil: Veil = privacy.veil(resource.table)
        parent = resource.table
        self._tables = {parent.name: shape.Table(parent)}
        self._tables |= {c.table.name: shape.Table(c.table, parent) for c in parent.children}
        self._encode = msgspec.json.Encoder().encode
        self.digest = hashlib.sha256()
        self.records = self.rejected = self.written = 0

    def lines(self, scope: Scope) -> Iterator[bytes]:
        """Of equal keys the last counts; what a window holds outweighs what is said to have left it."""
        if scope is Scope.WINDOW:
            yield from self._counted(self._deletes())
        yield from self._counted(self._upserts())
        if scope is not Scope.WINDOW:
            yield from self._counted(self._deletes())
        most = self._resource.most(self.records)
        if self.rejected > most or (scope is not Scope.NOTHING and 0 < self.records == self.rejected):
            raise TooManyRejects(
                f"{self._source}.{self._resource.name}: {self.rejected} of {self.records} records cannot be read; "
                "nothing of them was delivered"
            )

    def _counted(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        for line in lines:
            self.written += 1
            yield line

    def _upserts(self) -> Iterator[bytes]:
        for seq, record in enumerate(self._records()):
            self.records += 1
            self.digest.update(record + b"\n")
            try:
                rows, odd = self._rows(record, seq)
                made = self._flagged(rows) or [self._upsert(name, row, seq) for name, row in rows]
            except RowRejected as error:
                self.rejected += 1
                yield self._aside(record, seq, error, self._veil.record(record) if self._shows else None)
                continue
            yield from made
            for each in (one for one in odd if not one.again):
                yield self._aside(each.raw, seq, each.error, self._veil.element(each.table, each.raw))

    @property
    def _shows(self) -> bool:
        """Whether a rejected record's fields stand where the columns say, so that a policy can be applied to them."""
        return not self._veil.hides or self._resource.decoder is RecordDecoder

    def _records(self) -> Iterator[bytes]:
        resource, lines = self._resource, self._landing.lines()
        yield from resource.reshape(lines) if resource.reshape else lines
        for file in self._landing.manifest.files:
            assert resource.parse
            with self._landing.open(file) as opened:
                yield from resource.parse(opened, file.facts)

    def _rows(self, record: bytes, seq: int) -> tuple[Rows, list[Any]]:
        """The rows of a record, and the elements of its lists that cannot be read. :raises RowRejected: it cannot."""
        if isinstance(record, Unshaped):
            self._decoder.rows(record, seq)
            raise RowRejected("is not in the shape of these records")
        try:
            return self._veil.rows(self._decoder.rows(record, seq)), []
        except RowRejected as error:
            accept: Accept = lambda name, row: None  # noqa: E731
            rows, odd = self._decoder.apart(record, seq, accept)
            if not odd:
                raise error from None
            return self._veil.rows(rows), odd

    def _upsert(self, name: str, row: Any, seq: int) -> bytes:
        table = self._tables[name]
        line = self._encode((UPSERT, table.name, table.row(row, self._moment, f"{self._load}/{seq}")))
        if len(line) > LONGEST_ROW:
            raise RowRejected("is longer than an answer of a function may be")
        return line

    def _flagged(self, rows: Rows) -> list[bytes]:
        """The deletion of a record that the vendor lists as deleted; nothing of any other."""
        parent, (_, own) = self._resource.table, rows[0]
        if not self._resource.flag or not own[parent.names.index(self._resource.flag) + 1]:
            return []
        table, key = (
            self._tables[parent.name],
            tuple(own[parent.names.index(name) + 1] for name in parent.key),
        )
        return [self._encode((DELETE, table.name, table.of_key(key)))]

    def _deletes(self) -> Iterator[bytes]:
        table = self._tables[self._resource.table.name]
        for key in self._landing.deletes() if self._resource.deletes else ():
            yield self._encode((DELETE, table.name, table.of_key(self._veil.key(key))))

    def _aside(self, raw: bytes, seq: int, error: RowRejected, shown: bytes | None) -> bytes:
        text, kept = (None, HIDDEN) if shown is None else readable(shown)
        if text is not None and len(text) > LONGEST_ROW // 8:
            text, kept = None, HIDDEN
        values = (
            self._resource.name,
            hashlib.sha256(raw).hexdigest()[:32],
            error.reason[:1000],
            error.path[:400],
            text,
            HIDDEN if self._veil.hides else kept,
            shape.plain(self._moment),
        )
        row = dict(zip(shape.QUARANTINE_COLUMNS, values, strict=True))
        return self._encode((UPSERT, shape.QUARANTINE, row))
