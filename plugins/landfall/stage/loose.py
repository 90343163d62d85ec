"""What a vendor writes who has neither null nor types: columns that a record declares as loose."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from landfall.errors import RowRejected
from landfall.local_time import moment_of, wall
from landfall.records import Column, Json

_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)(?:T00:00:00(?:\.0{1,9})?)?")
_EXACT = 2**53
"""Above this a float does not tell one whole number from the next."""


def loose_fix(column: Column, zone: str, at: str) -> Callable[[Any], Any]:
    """A function that reads what such a column was decoded as.

    :param zone: of moments without one.
    :param at: the column's place in the record.
    """
    if column.type is int:
        return _whole(at, zero=column.zero)
    if column.type is date:
        return _day(at)
    if column.type is datetime:
        return _timed(at, zone) if column.seconds else lambda text: _moment(text, zone, at)
    if column.type is Json:
        return lambda text: None if text == '""' else text
    return lambda text: text or None


def _whole(at: str, *, zero: bool) -> Callable[[Any], int | None]:
    def read(value: int | float | str) -> int | None:
        if value == "":
            return None
        if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
            value = int(value)
        if not isinstance(value, int) or not -(2**63) <= value < 2**63:
            raise RowRejected("is no whole number", path=at)
        return None if zero and value == 0 else value

    return read


def _day(at: str) -> Callable[[str], date | None]:
    def read(text: str) -> date | None:
        found = _MIDNIGHT.fullmatch(text)
        if not text:
            return None
        try:
            return date.fromisoformat(found[1]) if found else _refused("is no day", at)
        except ValueError:
            return _refused("is no day", at)

    return lru_cache(maxsize=4096)(read)


def _timed(at: str, zone: str) -> Callable[[tuple[str, Any]], datetime | None]:
    """A day and the seconds since its midnight, as the clock on the wall has them."""
    day, whole = _day(at), _whole(at, zero=False)

    def read(found: tuple[str, Any]) -> datetime | None:
        midnight = day(found[0])
        if midnight is None:
            return None
        seconds = (whole(found[1]) if found[1] is not None else 0) or 0
        if not 0 <= seconds < 86_400:
            raise RowRejected("is no time of a day", path=at)
        shown = datetime(midnight.year, midnight.month, midnight.day) + timedelta(seconds=seconds)  # noqa: DTZ001
        return _in_zone(shown, zone, at)

    return read


@lru_cache(maxsize=8192)
def _moment(text: str, zone: str, at: str) -> datetime | None:
    if not text:
        return None
    if (shown := wall(text)) is None:
        raise RowRejected("is no local time", path=at)
    return _in_zone(shown, zone, at)


def _in_zone(shown: datetime, zone: str, at: str) -> datetime:
    try:
        return moment_of(shown, zone)
    except OverflowError:
        raise RowRejected("is in no year from 1 to 9999 in UTC", path=at) from None


def _refused(reason: str, at: str) -> Any:
    raise RowRejected(reason, path=at)
