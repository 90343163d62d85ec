"""Times as a vendor without zones writes them: what the clock on its wall shows, with up to nine digits of a second."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_LOCAL = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?")
_zone = lru_cache(maxsize=16)(ZoneInfo)


def wall(text: Any) -> datetime | None:
    """What the clock showed, cut to microseconds, without a zone; None where the text is no such time."""
    found = _LOCAL.fullmatch(text) if isinstance(text, str) else None
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}.{(found[3] or '0')[:6]:0<6}") if found else None
    except ValueError:
        return None


def moment_of(shown: datetime, zone: str) -> datetime:
    """When a clock in this zone showed it, in UTC; of an hour that comes twice the first time.

    :raises OverflowError: in UTC it is in no year from 1 to 9999.
    """
    return shown.replace(tzinfo=_zone(zone)).astimezone(UTC)


def shown_at(moment: datetime, zone: str) -> datetime:
    """What a clock in this zone shows at a moment, without a zone."""
    return moment.astimezone(_zone(zone)).replace(tzinfo=None, fold=0)
