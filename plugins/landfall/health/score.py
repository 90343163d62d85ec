"""One score out of 100 for every source, and the words for it.

An alert and the score are judged by the same figures. The score is what the figures weigh; what it is called is held
down by open alerts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

import msgspec

Severity = Literal["error", "warning"]
FACTORS = {
    "processing_success": Decimal("0.4"),
    "data_quality": Decimal("0.3"),
    "recent_activity": Decimal("0.2"),
    "error_rate": Decimal("0.1"),
}
"""What each factor, 0 to 100, weighs."""
STATUS = (
    (90, "EXCELLENT", "green"),
    (80, "GOOD", "blue"),
    (60, "WARNING", "yellow"),
    (0, "CRITICAL", "red"),
)
"""From which score on a source is called what."""
AT_MOST: dict[Severity, Decimal] = {"warning": Decimal("79.9"), "error": Decimal("59.9")}
"""While such an alert is open, a source is called no better than this score would be."""
MAX_ERROR_PERCENT, MIN_QUALITY = Decimal(5), Decimal(90)
_TENTH = Decimal("0.1")


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What a person should know now; it is open as long as what it says is so.

    :ivar kind: a word that stays the same, for whoever sorts alerts.
    :ivar table: name of the table that it is about; empty for the source as a whole.
    :ivar run_id: the run that it is about, if any.
    :ivar task: id of the task whose log tells more, if any.
    """

    kind: str
    severity: Severity
    happened: str
    todo: str
    table: str = ""
    run_id: str = ""
    task: str = ""


class Health(msgspec.Struct, frozen=True):
    """The score, rounded to one place, with its parts (each 0 to 100) and what it is called."""

    overall_score: Decimal
    status: str
    color: str
    factors: dict[str, Decimal]


def judge(factors: Mapping[str, Decimal], severities: Iterable[Severity] = ()) -> Health:
    """Weigh the factors, and call the source what open alerts allow.

    :param factors: a value of each of `FACTORS`.
    :param severities: of the open alerts.
    """
    score = sum((weight * factors[name] for name, weight in FACTORS.items()), Decimal(0))
    called = min(rounded(score), *(AT_MOST[each] for each in severities), Decimal(100))
    status, color = next((status, color) for least, status, color in STATUS if called >= least)
    return Health(rounded(score), status, color, {name: rounded(factors[name]) for name in FACTORS})


def activity(age: timedelta | None, within: timedelta) -> Decimal:
    """The factor of a last success, by its age and how old it may be; nothing for never."""
    if age is None:
        return Decimal(0)
    for limit, score in ((within / 2, 100), (within, 80), (within * 2, 50)):
        if age <= limit:
            return Decimal(score)
    return Decimal(0)


def error_factor(percent: Decimal) -> Decimal:
    """The factor of a share of errors, in percent."""
    return max(Decimal(0), 100 - 2 * percent)


def share(part: int, whole: int, empty: int) -> Decimal:
    """`part` of `whole` in percent; `empty` where there is nothing to measure."""
    return Decimal(100) * part / whole if whole else Decimal(empty)


def rounded(value: Decimal) -> Decimal:
    """To one place, halves up."""
    return value.quantize(_TENTH, ROUND_HALF_UP)
