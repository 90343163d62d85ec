"""Loose columns on the fast path: what `landfall.stage.loose` reads value by value, column-wise."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from landfall.records import Column

LOOSE_NUMBER = pa.decimal128(21, 1)
"""Reads 7 and 7.0 alike, and refuses 7.25."""
_MIDNIGHT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T00:00:00(\.0{1,9})?)?$"
_LOCAL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?$"
_DAY = 86_400


def tightened(column: Column, array: Any, seconds: Any, zone: str) -> Any:
    """The column's values as they are staged.

    :param seconds: since the midnight that `array` holds, where the column has them.
    :raises pyarrow.ArrowInvalid: only the exact path can judge these.
    """
    if column.type is int:
        whole = pc.cast(array, pa.int64())
        return pc.if_else(pc.equal(whole, 0), None, whole) if column.zero else whole
    if not pa.types.is_string(array.type):
        return array
    text = pc.if_else(pc.equal(array, ""), None, array)
    if column.type is date:
        return _text(_days(text))
    if column.type is datetime:
        return _moments(text, seconds, zone)
    return text


def _days(text: Any) -> Any:
    _all(pc.match_substring_regex(text, _MIDNIGHT))
    _all(pc.invert(pc.starts_with(text, "0000")))
    return pc.cast(pc.utf8_slice_codeunits(text, 0, 10), pa.date32())


def _moments(text: Any, seconds: Any, zone: str) -> Any:
    if seconds is not None:
        since = pc.fill_null(pc.cast(seconds, pa.int64()), 0)
        _all(pc.and_(pc.greater_equal(since, 0), pc.less(since, _DAY)))
        wall = pc.add(pc.cast(_days(text), pa.timestamp("us")), pc.cast(since, pa.duration("s")))
    else:
        _all(pc.match_substring_regex(text, _LOCAL))
        _all(pc.match_substring_regex(text, "^(1[6-9]|2[0-1])"))  # what nanoseconds reach
        wall = pc.cast(pc.cast(text, pa.timestamp("ns")), pa.timestamp("us"), safe=False)
    utc = pc.cast(
        pc.assume_timezone(wall, zone, ambiguous="earliest", nonexistent="raise"), pa.timestamp("us", "UTC")
    )
    return pc.strftime(utc, format="%Y-%m-%dT%H:%M:%SZ")


def _text(days: Any) -> Any:
    return pc.cast(days, pa.string())


def _all(holds: Any) -> None:
    if pc.all(holds).as_py() is False:
        raise pa.ArrowInvalid("something else")
