"""How well the Fullbay source is doing: one score out of 100, and the alerts that ask for a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from landfall.health.score import (
    MAX_ERROR_PERCENT,
    MIN_QUALITY,
    Alert,
    Health,
    activity,
    error_factor,
    judge,
    rounded,
    share,
)

DELAYED, STOPPED = timedelta(hours=24), timedelta(hours=48)
TODO = (
    "Run `python -m landfall.sources.fullbay.dashboard`, and look into fullbay.v_processing_errors and "
    "fullbay.v_data_quality_check."
)


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
        return share(self.errors, self.total, empty=0)


def factors(figures: Figures, now: datetime) -> dict[str, Decimal]:
    """What the score is weighed of; a source that never had a successful run has no freshness at all."""
    last = figures.last_success
    return {
        "processing_success": share(figures.processed, figures.total, empty=100),
        "data_quality": figures.quality,
        "recent_activity": activity(None if last is None else now - last, DELAYED),
        "error_rate": error_factor(figures.error_percent),
    }


def health(figures: Figures, now: datetime) -> Health:
    """The score as the dashboard and the report have it: of the figures alone; the alerts stand beside it."""
    return judge(factors(figures, now))


def standing(figures: Figures, now: datetime) -> tuple[dict[str, Decimal], list[Alert]]:
    """The same as `landfall.health` takes it."""
    return factors(figures, now), [_alert(text) for text in alerts(figures, now)]


def _alert(text: str) -> Alert:
    kind = text.partition(":")[0].partition(" of ")[0]
    return Alert(
        kind=kind.lower().replace(" ", "_"),
        severity="error" if kind == "No ingestion" else "warning",
        happened=text,
        todo=TODO,
    )


def alerts(figures: Figures, now: datetime) -> list[str]:
    """What a person should know now, one sentence each; a figure on its limit does not count."""
    found = []
    if figures.error_percent > MAX_ERROR_PERCENT:
        found.append(
            f"High error rate: {rounded(figures.error_percent)} % of the invoices could not become lines"
        )
    if figures.quality < MIN_QUALITY:
        found.append(f"Low data quality: only {rounded(figures.quality)} % of the lines are without an issue")
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
