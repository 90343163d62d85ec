"""All that is due, operation by operation, with a state that is true after each."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from landfall.errors import LandfallError, Misconfigured, OutOfTime, StopAndTell
from landfall.fivetran import shape
from landfall.fivetran.reading import Facts, Left, Spool, forget, read_to_the_end, stopped_in
from landfall.fivetran.state import Known, Progress, Reading
from landfall.identity import told_by
from landfall.landing import load_moment, new_load_id
from landfall.landing.folders import inside
from landfall.privacy import Privacy
from landfall.reads import Changelog, Mode, Request, Window
from landfall.reads.parts import Accounts
from landfall.resources import Resource, Source
from landfall.state import State

Operation = tuple[str, str, dict[str, Any]]
"""Kind (`reading.UPSERT` or `reading.DELETE`), table, and values or key."""
FULL_EVERY = 24
"""Hours after which a table is read whole that does not tell its changes."""

log = logging.getLogger(__name__)


class Sync:
    """One sync, or as much of it as there is room and time for.

    :param settings: `tables` (names with commas; by default all that are due), `full_every_hours`, `privacy`.
    :param folder: for temporary files.
    :param sync_id: tells one sync from another; "" where Fivetran does not say.
    :param left: seconds that are left for reading.
    :ivar progress: what was delivered. While an operation is being looked at it is not in it; once the next one is
        asked for, it is.
    :ivar moved: tables that were done with in this call.
    """

    def __init__(
        self,
        source: Source,
        progress: Progress,
        settings: Mapping[str, Any],
        folder: Path,
        *,
        sync_id: str = "",
        left: Left = lambda: float("inf"),
    ) -> None:
        self.source, self.progress, self.moved = source, progress, 0
        self._settings, self._left = settings, left
        self._folder = folder / source.name
        self._privacy = Privacy(settings.get("privacy", "keep"))
        self._apis: dict[str, Any] = {}
        self._refused: dict[str, dict[str, LandfallError]] = {}
        self._digest = hashlib.sha256()
        self._before = progress.now.load if progress.now else ""
        if sync_id != progress.sync or not progress.waiting:
            progress.sync, progress.late = sync_id, []
            progress.waiting = [resource.name for resource in self._due()]
        if progress.now and progress.now.resource not in progress.waiting:
            progress.now = None

    def state(self) -> dict[str, Any]:
        """What was delivered, as Fivetran keeps it."""
        if self.progress.now and self.progress.now.delivered:
            self.progress.now.digest = self._digest.hexdigest()
        return self.progress.written()

    def operations(self) -> Iterator[Operation]:
        """What is to be done in the destination, in this order.

        :raises OutOfTime: a read was not over in time.
        :raises LandfallError: what kept a table from being delivered, when all others are.
        """
        self._tidy()
        waiting, late = self.progress.waiting, self.progress.late
        try:
            while waiting:
                name = self.progress.now.resource if self.progress.now else waiting[0]
                failed: LandfallError | None = None
                try:
                    failed = yield from self._delivered(self.source.resource(name))
                except OutOfTime:
                    raise
                except LandfallError as error:
                    if not self.source.resource(name).hook and self.source.hook not in self._refused:
                        raise  # the credential is not accepted, or nobody answers: the others would fail alike
                    failed, self.progress.now = error, None
                waiting.remove(name)
                if failed and name in late:
                    waiting.insert(0, name)
                    raise failed
                if failed:
                    log.warning(
                        "%s.%s is tried again when all others are through: %s", self.source.name, name, failed
                    )
                    waiting.append(name)
                    late.append(name)
                self.moved += 1
        finally:
            for api in self._apis.values():
                api.close()
            self._apis.clear()

    def prove(self) -> None:
        """Ask every hook whose data its credential opens. :raises LandfallError: one is not accepted."""
        for resource in self._chosen():
            self._api(resource)

    # --- what is due ------------------------------------------------------------------------------------------

    def _chosen(self) -> list[Resource]:
        if names := str(self._settings.get("tables", "")):
            return [self.source.resource(name.strip()) for name in names.split(",")]
        return [resource for resource in self.source.resources if resource.is_due("regular", "full")]

    def _due(self) -> list[Resource]:
        """Those never delivered come first: a sync that is stopped after hours begins with what it lacks."""
        due = [one for one in self._chosen() if one.read.incremental or self._mode(one) is Mode.FULL]
        return sorted(due, key=lambda one: one.name in self.progress.tables)

    def _mode(self, resource: Resource) -> Mode:
        """What a changelog or the days tell is read by them; all else is read whole from time to time."""
        known = self.progress.tables.get(resource.name)
        if known is None or not known.full:
            return Mode.FULL
        hours = float(self._settings.get("full_every_hours", FULL_EVERY))
        old = datetime.now(UTC) - load_moment(known.full) >= timedelta(hours=hours)
        read = resource.read.each if isinstance(resource.read, Accounts) else resource.read
        told = isinstance(read, Changelog | Window) or hasattr(read, "days")
        return Mode.FULL if old and not told else Mode.INCREMENTAL

    # --- one table --------------------------------------------------------------------------------------------

    def _delivered(self, resource: Resource) -> Generator[Operation, None, LandfallError | None]:
        """Deliver a table, or the rest of it. :returns: what kept some accounts of it from being read."""
        now = self.progress.now
        reading = now or Reading(resource.name, self._mode(resource).value, new_load_id())
        spool, facts = self._spool(resource, reading)
        known = self.progress.tables.get(resource.name, Known())
        lines = self._rest(spool, reading)
        if lines is None:  # it is not the read that this much was delivered of
            reading = Reading(resource.name, reading.mode, new_load_id())
            spool, facts = self._spool(resource, reading)
            lines = self._rest(spool, reading)
        assert lines is not None
        bad = next((part for part in facts.parts if part.error), None)
        failed = StopAndTell(f"{resource.name} of {bad.name}: {bad.error}", todo=bad.todo) if bad else None
        if failed and resource.name in self.progress.late:
            raise failed  # the others were delivered when it failed first
        self.progress.now = reading
        if reading.delivered or not facts.digest or facts.digest != known.digest:
            for line in lines:
                yield msgspec.json.decode(line, type=Operation)
                reading.delivered += 1
                self._digest.update(line)
        self._done(resource, reading, facts, known)
        if reading.load != self._before:
            forget(spool.folder)
        return failed

    def _spool(self, resource: Resource, reading: Reading) -> tuple[Spool, Facts]:
        """What was read of a table; read (again) where it is not there."""
        spool = Spool(self._folder / resource.name / reading.load)
        facts = spool.facts
        if facts is None:
            left, name = self._left(), f"{self.source.name}.{resource.name}"
            if left <= 0:
                raise OutOfTime(f"{name}: there is no time left to read it")
            forget(spool.folder)
            with stopped_in(left, name):
                request = self._request(resource, Mode(reading.mode))
                spool = read_to_the_end(
                    resource, self.source.name, request, reading.load, spool.folder, self._privacy, self._left
                )
            facts = spool.facts
            assert facts
            told = (self.source.name, resource.name, facts.records, facts.rejected, facts.operations)
            log.info("%s.%s: %s records were read, %s set aside; %s operations", *told)
        return spool, facts

    def _rest(self, spool: Spool, reading: Reading) -> Iterator[bytes] | None:
        """The operations that follow those delivered; None where these are not what was delivered."""
        self._digest = hashlib.sha256()
        lines = spool.lines()
        for _ in range(reading.delivered):
            line = next(lines, None)
            if line is None:
                return None
            self._digest.update(line)
        same = not reading.delivered or self._digest.hexdigest() == reading.digest
        return lines if same else None

    def _done(self, resource: Resource, reading: Reading, facts: Facts, known: Known) -> None:
        told = {part.name: part.watermark for part in facts.parts if part.watermark and not part.error}
        self.progress.tables[resource.name] = Known(
            watermark=facts.watermark or known.watermark,
            load=reading.load,
            full=reading.load if reading.mode == Mode.FULL else known.full,
            digest=facts.digest,
            parts=known.parts | told,
        )
        self.progress.now = None

    def _request(self, resource: Resource, mode: Mode) -> Request:
        known = self.progress.tables.get(resource.name, Known())
        state = State(
            watermark=known.watermark,
            version=1 if known.load else 0,
            load_id=known.load or None,
            last_sync_at=load_moment(known.load) if known.load else None,
            last_full_at=load_moment(known.full) if known.full else None,
        )
        api = self._api(resource)
        return Request(
            api,
            resource.name,
            mode,
            state,
            lookup=lambda table, column, keys: {},
            part=lambda name: State(watermark=known.parts.get(name)),
            refused=self._refused.get(resource.hook or self.source.hook, {}),
            read_at=lambda: state.last_sync_at,
        )

    def _api(self, resource: Resource) -> Any:
        """The table's hook, once it is proved whose data it opens."""
        path = resource.hook or self.source.hook
        if path not in self._apis:
            module, _, name = path.partition(":")
            api = self._apis[path] = getattr(import_module(module), name)()
            self._refused[path] = self._of_others(api)
        return self._apis[path]

    def _of_others(self, api: Any) -> dict[str, LandfallError]:
        """By account: those that open another one's data than was delivered. :raises Misconfigured: all do."""
        refused: dict[str, LandfallError] = {}
        for account, identity in told_by(api).items():
            place = f"{api.conn_type}/{account}"
            before = self.progress.owners.setdefault(place, identity.key)
            if before != identity.key:
                refused[account] = Misconfigured(
                    f"{place.rstrip('/')}: the credential opens the data of {identity}, not those delivered before",
                    todo="Put the former credential back, or set up a connection of its own for this company.",
                )
        if refused and refused.keys() >= getattr(api, "accounts", {"": api}).keys():
            raise next(iter(refused.values()))
        return refused

    def _tidy(self) -> None:
        """Remove what earlier calls left, but for what is to be delivered now and what a read may go on from."""
        waiting = self.progress.waiting
        for table in inside(self._folder):
            for load in inside(table):
                done = load.name != self._before and (
                    Spool(load).facts is not None or table.name not in waiting
                )
                with contextlib.suppress(OSError):
                    if done:
                        forget(load)


schema_of = functools.lru_cache(maxsize=8)(lambda source: shape.schema(source))
"""The keys of every table of a source."""
