"""How well the Fullbay source is doing: one score out of 100, and the alerts that ask for a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from landfall.sources.fullbay.arithmetic import CONTEXT

MAX_ERROR_PERCENT = Decimal(5)
MIN_QUALITY = Decimal(90)
DELAYED, STOPPED = timedelta(hours=24), timedelta(hours=48)

_FRESHNESS = ((timedelta(hours=12), 100), (DELAYED, 80), (STOPPED, 50))
_STATUS = (
    (90, "EXCELLENT", "green"),
    (80, "GOOD", "blue"),
    (60, "WARNING", "yellow"),
    (0, "CRITICAL", "red"),
)
_WEIGHTS = {
    "processing_success": Decimal("0.4"),
    "data_quality": Decimal("0.3"),
    "recent_activity": Decimal("0.2"),
    "error_rate": Decimal("0.1"),
}
_TENTH = Decimal("0.1")


class Figures(msgspec.Struct, frozen=True):
    """What health is judged by.

    :ivar total: raw invoices.
    :ivar processed: those with lines.
    :ivar errors: those that could not become lines.
    :ivar quality: share of lines without an issue, in percent.
    :ivar last_success: when the last run that read all its windows, of every shop, ended; None for never.
    :ivar shops: where there are several, when each was read last; None for never.
    """

    total: int
    processed: int
    errors: int
    quality: Decimal
    last_success: datetime | None
    shops: dict[str, datetime | None] = {}

    @property
    def error_percent(self) -> Decimal:
        """Errors among the raw invoices, 0 where there are none."""
        return Decimal(100) * self.errors / self.total if self.total else Decimal(0)


class Health(msgspec.Struct, frozen=True):
    """The score, rounded to one place, with its parts (each 0 to 100) and what it is called."""

    overall_score: Decimal
    status: str
    color: str
    factors: dict[str, Decimal]


def health(figures: Figures, now: datetime) -> Health:
    """Weigh processing (40 %), quality (30 %), freshness (20 %) and errors (10 %).

    A source that never had a successful run has no freshness at all.
    """
    factors = {
        "processing_success": Decimal(100) * figures.processed / figures.total
        if figures.total
        else Decimal(100),
        "data_quality": figures.quality,
        "recent_activity": Decimal(_freshness(figures.last_success, now)),
        "error_rate": max(Decimal(0), 100 - 2 * figures.error_percent),
    }
    score = sum((weight * factors[name] for name, weight in _WEIGHTS.items()), Decimal(0))
    score = score.quantize(_TENTH, None, CONTEXT)
    status, color = next((status, color) for least, status, color in _STATUS if score >= least)
    return Health(
        score,
        status,
        color,
        {name: value.quantize(_TENTH, None, CONTEXT) for name, value in factors.items()},
    )


def _freshness(last: datetime | None, now: datetime) -> int:
    if last is None:
        return 0
    return next((score for limit, score in _FRESHNESS if now - last <= limit), 0)


def alerts(figures: Figures, now: datetime) -> list[str]:
    """What a person should know now, one sentence each; a figure on its limit does not count."""
    found = []
    if figures.error_percent > MAX_ERROR_PERCENT:
        share = figures.error_percent.quantize(_TENTH, None, CONTEXT)
        found.append(f"High error rate: {share} % of the invoices could not become lines")
    if figures.quality < MIN_QUALITY:
        quality = figures.quality.quantize(_TENTH, None, CONTEXT)
        found.append(f"Low data quality: only {quality} % of the lines are without an issue")
    age = None if figures.last_success is None else now - figures.last_success
    if age is None:
        found.append("No ingestion: no run has succeeded yet")
    elif age > DELAYED:
        found.append(f"{_late(age)}: the last successful run ended {_hours(age)} hours ago")
    for shop, read in sorted(figures.shops.items()):
        if read is None:
            found.append(f"No ingestion of {shop}: it was never read")
        elif now - read > DELAYED:
            found.append(f"{_late(now - read)} of {shop}: it was read last {_hours(now - read)} hours ago")
    return found


def _late(age: timedelta) -> str:
    return "No ingestion" if age > STOPPED else "Delayed ingestion"


def _hours(age: timedelta) -> int:
    return round(age.total_seconds() / 3600)
