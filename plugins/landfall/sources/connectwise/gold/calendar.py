"""Days: which day a moment lies on where the company works, and what a day is called."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from landfall.models import Tables
from landfall.sources.connectwise.settings import Calendar, settings

DATES = (
    ("silver_cw_timeentry", "timeStart"),
    ("silver_cw_expenseentry", "date"),
    ("silver_cw_productitem", "purchaseDate"),
    ("silver_cw_productitem", "cancelledDate"),
)
"""What the facts' days are made of."""
ONE = timedelta(days=1)


def work_days(tables: Tables) -> Iterator[dict[str, Any]]:
    """For each day in UTC on which work may have begun: the parts of it that lie on one day of the company's."""
    low, high = (_utc(one) for one in tables.bounds("silver_cw_timeentry", "timeStart"))
    if low is None or high is None:
        return
    zone = ZoneInfo(settings().calendar.time_zone)
    day = low.astimezone(zone).date() - ONE
    while day <= high.astimezone(zone).date() + ONE:
        begins, ends = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + ONE))
        at = begins
        while at < ends:
            midnight = datetime.combine(at.date() + ONE, time(), UTC)
            until = min(ends, midnight)
            yield {
                "utcDay": at.date(),
                "beginsAt": at,
                "endsAt": until,
                "workDate": day,
                "WorkDateSK": sk_of(day),
            }
            at = until
        day += ONE


def days(tables: Tables) -> Iterator[dict[str, Any]]:
    """The unknown day, and every day of the years in which facts are."""
    yield {"DateKey": -1}
    zone = ZoneInfo(settings().calendar.time_zone)
    found: list[date] = []
    for table, column in DATES:
        for one in tables.bounds(table, column):
            if isinstance(one, datetime):
                moment = _utc(one)
                assert moment
                found += [moment.date(), moment.astimezone(zone).date()]
            elif isinstance(one, date):
                found.append(one)
    if found:
        day, last = date(min(found).year, 1, 1), date(max(found).year, 12, 31)
        while True:
            yield told(day, settings().calendar)
            if day == last:
                break
            day += ONE


def told(day: date, calendar: Calendar) -> dict[str, Any]:
    """All that is said of a day."""
    month, weekday = calendar.months[day.month - 1], calendar.days[day.weekday()]
    fiscal_month = (day.month - calendar.fiscal_year_begins) % 12
    fiscal_year = day.year + (calendar.fiscal_year_begins > 1 and day.month >= calendar.fiscal_year_begins)
    quarter, fiscal_quarter = (day.month + 2) // 3, fiscal_month // 3 + 1
    weekend = day.weekday() >= 5
    holiday = day.isoformat() in calendar.holidays or day.isoformat()[5:] in calendar.holidays
    return {
        "DateKey": sk_of(day),
        "Date": day,
        "DateString": day.isoformat(),
        "DateDisplay": f"{day.day} {month} {day.year}",
        "Year": day.year,
        "Month": day.month,
        "Day": day.day,
        "Quarter": quarter,
        "FiscalYear": fiscal_year,
        "FiscalQuarter": fiscal_quarter,
        "WeekOfYear": day.isocalendar().week,
        "DayOfWeek": day.isoweekday(),
        "DayOfYear": day.timetuple().tm_yday,
        "MonthName": month,
        "MonthShort": month[:3],
        "DayName": weekday,
        "DayShort": weekday[:3],
        "QuarterName": f"Q{quarter} {day.year}",
        "FiscalQuarterName": f"FQ{fiscal_quarter} {fiscal_year}",
        "IsWeekend": weekend,
        "IsWeekday": not weekend,
        "IsHoliday": holiday,
        "IsBusinessDay": not (weekend or holiday),
    }


def sk_of(day: date) -> int:
    """A day's key: 20250304."""
    return day.year * 10_000 + day.month * 100 + day.day


def _utc(moment: datetime | None) -> datetime | None:
    """A moment as it is kept, in UTC; one engine keeps it without its zone."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
