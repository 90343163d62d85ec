"""A check of figures by day: whether a day is like the same days before it."""

from __future__ import annotations

import dataclasses
import statistics
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

from landfall.checks import SAMPLE, Candidate, Result, Severity
from landfall.lazily import sa

DAY = timedelta(days=1)
LEAST_SPREAD = 0.1
"""Of the usual figure of a day of the month: a few months tell little about how far they differ."""

Figures = Mapping[date, float]


@dataclasses.dataclass(frozen=True)
class Usual:
    """What is usual, and how far from it is still near."""

    figure: float
    spread: float

    @classmethod
    def of(cls, figures: list[float], least_spread: float = 0.0) -> Usual:
        mean = statistics.fmean(figures)
        spread = statistics.stdev(figures) if len(figures) > 1 else 0.0
        return cls(mean, max(spread, least_spread * abs(mean)))


@dataclasses.dataclass(frozen=True)
class Anomaly:
    """The figure of each day that was read is near that of the same weekday in the weeks before.

    Judged are the days that are over, and of a window those without rows too: they are days of zero. A day before it
    without rows is unknown, since it may never have been loaded.

    :param day: the record's date column.
    :param total: the column to add up by day; "" counts rows.
    :param monthly: the same day of earlier months counts too: what is unlike its weekday is usual where it is like
        them. One that was always unlike its weekday, such as that of a monthly collection, has to be like them.
    :param weeks: how far back to look for weekdays.
    :param months: how far back to look for days of the month.
    :param least: a day with fewer weeks of history passes.
    :param deviations: how many standard deviations are near.
    :param latest: of the days that were read, how many of the last ones are judged; 0 for all.
    """

    day: str
    total: str = ""
    monthly: bool = False
    weeks: int = 8
    months: int = 6
    least: int = 4
    deviations: float = 3.0
    latest: int = 0
    severity: Severity = "warning"
    name: str = "figures against the weekday's history"

    def run(self, candidate: Candidate) -> Result:
        days = self._judged(candidate)
        if not days:
            return Result(self.name, self.severity, True, 0, details="no day that is over was read")
        back = timedelta(days=31 * self.months if self.monthly else 7 * self.weeks)
        known = dict.fromkeys(days, 0.0) | self._by_day(candidate, days[0] - back, days[-1])
        unlike = self._unlike_weekday(known) if self.monthly else {}
        odd = []
        for day in days:
            usual = self._unlike(day, known, unlike)
            if usual is not None:
                odd.append(f"{day} {known[day]:g}, usually {usual.figure:g} ± {usual.spread:.3g}")
        what = f"{self.total or 'rows'} by {self.day}"
        details = f"{what}: {len(odd)} unusual days, {'; '.join(odd[:SAMPLE])}" if odd else what
        todo = "Compare these days with the vendor's own screen."
        return Result(self.name, self.severity, not odd, len(odd), 0, details, todo)

    def _judged(self, candidate: Candidate) -> list[date]:
        windows = [window for window in candidate.windows if window.column == self.day]
        zone = ZoneInfo(windows[0].zone) if windows else UTC
        if windows:
            spans = [(date.fromisoformat(w.start), date.fromisoformat(w.end)) for w in windows]
        else:
            ours = candidate.staged[candidate.table.name].c[self.day]
            first, last = candidate.reader.execute(sa.select(sa.func.min(ours), sa.func.max(ours))).one()
            spans = [(first, last + DAY)] if first else []
        today = candidate.now.astimezone(zone).date()
        days = {start + n * DAY for start, end in spans for n in range((end - start).days)}
        return sorted(day for day in days if day < today)[-self.latest :]

    def _unlike(self, day: date, known: Figures, unlike: Mapping[date, bool]) -> Usual | None:
        """What would be usual, where the day's figure is not near it."""
        months = [one for one in unlike if one < day and one.day == day.day]
        before = [known[one] for one in months]
        if _special(unlike, months):
            usual = Usual.of(before, LEAST_SPREAD)
            return None if self._near(known[day], usual) else usual
        special = {n for n in range(1, 32) if _special(unlike, [one for one in unlike if one.day == n])}
        weeks = (day - timedelta(weeks=n) for n in range(1, self.weeks + 1))
        figures = [known[one] for one in weeks if one in known and one.day not in special]
        if len(figures) < self.least or self._near(known[day], usual := Usual.of(figures)):
            return None
        if before and self._near(known[day], Usual.of(before, LEAST_SPREAD)):
            return None
        return usual

    def _unlike_weekday(self, known: Figures) -> dict[date, bool]:
        """Whether each day is unlike its weekday on other days of the month."""
        weekdays: dict[int, list[date]] = defaultdict(list)
        for day in known:
            weekdays[day.weekday()].append(day)
        found = {}
        for day in known:
            others = [known[one] for one in weekdays[day.weekday()] if one.day != day.day]
            found[day] = len(others) >= self.least and not self._near(known[day], Usual.of(others))
        return found

    def _near(self, figure: float, usual: Usual) -> bool:
        return abs(figure - usual.figure) <= self.deviations * usual.spread

    def _by_day(self, candidate: Candidate, first: date, last: date) -> dict[date, float]:
        rows = candidate.tables[candidate.table.name].subquery()
        day = rows.c[self.day]
        figure = sa.func.sum(rows.c[self.total]) if self.total else sa.func.count()
        query = sa.select(day, figure).where(day >= first, day <= last).group_by(day)
        return {when: float(value or 0) for when, value in candidate.reader.execute(query)}


def _special(unlike: Mapping[date, bool], days: list[date]) -> bool:
    """Whether these days, the same of several months, were all unlike their weekdays."""
    return len(days) > 1 and all(unlike[day] for day in days)
