"""Files that a vendor makes on demand."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, BinaryIO

from landfall import errors
from landfall.errors import (
    AuthenticationFailed,
    ContractBroken,
    LandfallError,
    Misconfigured,
    RateLimited,
    ScopeMissing,
    VendorUnavailable,
)
from landfall.landing import LandingWriter
from landfall.reads.parts import in_parts
from landfall.reads.request import Mode, Outcome, Request, at
from landfall.scope import Scope


@dataclasses.dataclass(frozen=True)
class Export:
    """Files that the vendor makes on demand, one for each period; between request and file the task waits deferred.

    :param kind: the vendor's name for the export.
    :param periods: the resource that lists the periods.
    :param start, finish: field names in a period's record.
    :param column: the record's column that holds the start of the period a row came with.
    :param lasts: how long a file that was landed before a read was stopped stands for its period: less than from one
        regular run to the next, so that none of them shows what the one before it saw.
    :param prove: reads a downloaded file to its end; says as what it was read, for the quality log, or raises what is
        wrong with it.
    """

    kind: str
    periods: str
    start: str
    finish: str
    column: str
    options: tuple[tuple[str, str], ...] = ()
    lasts: timedelta = timedelta(hours=6)
    prove: Callable[[BinaryIO, dict[str, Any]], str] | None = None
    incremental: bool = False
    dated: bool = True

    def begin(self, request: Request) -> list[dict[str, Any]]:
        """Ask for one export per period that the run includes, and whose file no attempt before has landed.

        :returns: jobs, plain enough to wait in a trigger; one that could not be asked for has an `error` and no `id`,
            one that need not be asked for has `landed`, the moment since when it may have been read.
        """
        since = datetime.now(UTC) - self.lasts
        jobs = [
            job
            for job in self._periods(request)
            if "error" in job or not _outside(request, job["period_start"], job["period_end"])
        ]
        for job in jobs:
            if "error" in job:
                continue
            own = request.of(job["period_start"])
            if own.leftovers and own.leftovers.find(self._key(own, job), since):
                job["landed"] = since.isoformat()
                continue
            period = (date.fromisoformat(job[name]) for name in ("period_start", "period_end"))
            try:
                job["id"] = request.api.create_export(self.kind, *period, **dict(self.options))
            except OF_ALL:
                raise
            except LandfallError as error:
                job["error"] = told(error)
        return jobs

    def collect(self, request: Request, landing: LandingWriter, jobs: list[dict[str, Any]]) -> Outcome:
        """Land the finished files of `jobs`, each by itself: a period that fails keeps the rows it has."""
        dated = bool(request.start or request.end)
        if not jobs:
            if dated:
                return Outcome(Mode.DATES, Scope.NOTHING, changed=False)
            return Outcome(Mode.FULL, Scope.EVERYTHING)
        reads = {job["period_start"]: functools.partial(self._file, job) for job in jobs}
        asked = dataclasses.replace(request, mode=Mode.DATES if dated else Mode.FULL)
        return in_parts(asked, landing, self.column, reads, whole=not dated)

    def _file(self, job: dict[str, Any], request: Request, landing: LandingWriter) -> Outcome:
        if error := job.get("error"):
            raise raised(error)
        outcome, key = Outcome(request.mode, Scope.EVERYTHING), self._key(request, job)
        if "landed" in job:
            if landing.resume(key, not_before=datetime.fromisoformat(job["landed"])):
                return outcome
            raise VendorUnavailable(
                f"what was landed of the {self.kind} export before cannot be used any more",
                todo="It is asked for again by the next try; else trigger the run again.",
            )
        name = f"{self.kind}_{job['period_start']}"
        facts = {"period_start": job["period_start"], "period_end": job["period_end"]}
        fetch = functools.partial(request.api.download_export, self.kind, job["id"])
        with landing.section(key):
            landed = landing.file(name, fetch, **facts)
            if self.prove:
                with (landing.folder / name).open("rb") as file:
                    landed.facts["read_as"] = self.prove(file, facts)
        return outcome

    def _key(self, request: Request, job: Mapping[str, Any]) -> str:
        asked = (self.kind, job["period_start"], job["period_end"], *self.options)
        return request.key(" ".join(map(str, asked)))

    def _periods(self, request: Request) -> list[dict[str, Any]]:
        """The periods that the vendor lists; with an `error` where one cannot be read, or is told twice."""
        found: dict[str, dict[str, Any]] = {}
        for page in request.api.list(self.periods):
            for item in page.items:
                days = [_day(at(item, name)) for name in (self.start, self.finish)]
                start, finish = (str(day) if day else "" for day in days)
                name = start or f"{self.periods} {at(item, 'id')}"
                job: dict[str, Any] = {"period_start": name, "period_end": finish}
                if not start or not finish or found.setdefault(name, job) != job:
                    what = (
                        "is told twice, with two ends"
                        if start and finish
                        else "has no readable start and finish"
                    )
                    job = {
                        **job,
                        "error": told(ContractBroken(f"{self.periods}: the one from {name} on {what}")),
                    }
                found[name] = job
        return [found[name] for name in sorted(found)]


OF_ALL = (AuthenticationFailed, ScopeMissing, Misconfigured, RateLimited)
"""What keeps every period from being read, and not one."""


def told(error: LandfallError) -> dict[str, str]:
    """An error of one job, plain enough to wait with it."""
    public = next(kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
    return {"error": public.__name__, "message": error.message, "todo": error.todo}


def raised(error: Mapping[str, str]) -> LandfallError:
    """The error that was `told`."""
    kind: type[LandfallError] = getattr(errors, error["error"])
    return kind(error["message"], todo=error["todo"])


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _outside(request: Request, start: str, finish: str) -> bool:
    first, last = date.fromisoformat(start), date.fromisoformat(finish)
    return bool((request.end and first > request.end) or (request.start and last < request.start))
