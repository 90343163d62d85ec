"""Files that a vendor makes on demand."""

from __future__ import annotations

import dataclasses
import functools
from datetime import date, timedelta
from typing import Any

from landfall.landing import LandingWriter
from landfall.reads.request import Mode, Outcome, Request, at
from landfall.scope import Scope
from landfall.scope import Window as Range


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
            starts = (date.fromisoformat(job["period_start"]) for job in jobs)
            periods = (Range(self.column, str(day), str(day + timedelta(days=1))) for day in starts)
            return Outcome(Mode.DATES, Scope.WINDOW, windows=tuple(periods))
        return Outcome(Mode.FULL, Scope.EVERYTHING)
