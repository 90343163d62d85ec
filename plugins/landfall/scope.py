"""What part of a table a read accounts for, and how much may be inferred from it."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from landfall.records import TableSpec


class Scope(enum.Enum):
    """Which rows of the table a load may remove because it does not hold them."""

    NOTHING = "nothing"
    EVERYTHING = "everything"
    WINDOW = "window"


class Fuse(msgspec.Struct, frozen=True):
    """How much inference may remove: at most `share` of the table, but always up to `rows` rows.

    :ivar share: 0 to 1.
    :ivar allowed: the operator consented to more (`allow_shrink`).
    """

    share: float = 0.2
    rows: int = 50
    allowed: bool = False


class Window(msgspec.Struct, frozen=True):
    """The part of a table that a load replaces: `start` <= column < `end`.

    :ivar zone: where a day begins, for bounds of a datetime column that are days.
    """

    column: str
    start: Any
    end: Any
    zone: str = "UTC"

    def holds(self, table: TableSpec, target: sa.Table) -> sa.ColumnElement[bool]:
        """The condition that a row of `target` lies in the window; unknown where the row has no value."""
        kind = table.column(self.column).type
        column = target.c[self.column]
        return sa.and_(column >= self._bound(kind, self.start), column < self._bound(kind, self.end))

    def _bound(self, kind: Any, value: Any) -> Any:
        bound = kind.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(bound, datetime) and bound.tzinfo is None:
            return bound.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
        return bound
