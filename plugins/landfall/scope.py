"""What part of a table a read accounts for, and how much may be inferred from it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from landfall.lazily import sa
from landfall.records import TableSpec


class Scope(enum.Enum):
    """Which rows of the table a load may remove because it does not hold them."""

    NOTHING = "nothing"
    EVERYTHING = "everything"
    WINDOW = "window"


LEFT_OUT = (
    "Its rows and its watermark are as they were. Look into landfall.quarantine; the next run reads it again."
)
"""What to do about a part of which too much was rejected."""


class Part(msgspec.Struct, frozen=True):
    """An account, or a year of an export: one of those that share a table and are read, and fail, each by itself.

    :ivar name: a shop's code, the first day of a year; with the table's name it is the part's own row in the ledger.
    :ivar column: the table's column whose value tells a row's part.
    :ivar records: how many were landed.
    :ivar deletes: how many keys were landed as deleted.
    :ivar watermark: candidate, published with the data; None leaves the present one.
    :ivar error, todo: why it was not read, or is left out, and what to do; its rows and its watermark stay as they are.
    """

    name: str
    column: str
    records: int = 0
    deletes: int = 0
    watermark: str | None = None
    error: str = ""
    todo: str = ""

    def value(self, table: TableSpec) -> Any:
        """What a row of it has in the column."""
        return _as(table.column(self.column).type, self.name)

    @property
    def verdict(self) -> str:
        """What became of it, where it has an error."""
        return f"{self.name} was {'left out' if self.todo == LEFT_OUT else 'not read'}"

    @property
    def failure(self) -> str:
        """The same with why, and what to do."""
        return f"{self.verdict}: {self.error} → {self.todo}"


class Window(msgspec.Struct, frozen=True):
    """A part of a table that a load replaces: `start` <= column < `end`.

    :ivar start, end: None where there is no bound on this side.
    :ivar zone: where a day begins, for bounds of a datetime column that are days.
    :ivar owner: a column and a value: only rows of this account are in the window.
    """

    column: str
    start: Any
    end: Any
    zone: str = "UTC"
    owner: tuple[str, Any] | None = None

    def holds(self, table: TableSpec, target: sa.Table) -> sa.ColumnElement[bool]:
        """The condition that a row of `target` lies in the window; false where the row has no value."""
        kind = table.column(self.column).type
        column = target.c[self.column]
        bounds: list[sa.ColumnElement[bool]] = []
        if self.owner:
            name, value = self.owner
            bounds.append(target.c[name] == self._bound(table.column(name).type, value))
        if self.start is not None:
            bounds.append(column >= self._bound(kind, self.start))
        if self.end is not None:
            bounds.append(column < self._bound(kind, self.end))
        return sa.and_(column.is_not(None), *bounds)

    def covers(self, table: TableSpec, value: Callable[[str], Any]) -> bool:
        """The same of a row that is not in the warehouse.

        :param value: its value in a column.
        """
        kind, found = table.column(self.column).type, value(self.column)
        if self.owner:
            name, owner = self.owner
            if value(name) != self._bound(table.column(name).type, owner):
                return False
        if found is None or (self.start is not None and found < self._bound(kind, self.start)):
            return False
        return self.end is None or bool(found < self._bound(kind, self.end))

    def _bound(self, kind: Any, value: Any) -> Any:
        bound = _as(kind, value)
        if isinstance(bound, datetime) and bound.tzinfo is None:
            return bound.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
        return bound

    def __str__(self) -> str:
        told = "" if self.start is None else f"{self.column} from {self.start} to before {self.end}"
        return " of ".join(filter(None, (told, self.owner and f"{self.owner[0]} {self.owner[1]}")))


class Reach(msgspec.Struct, frozen=True):
    """What a load accounts for: of which rows it may say that they are gone.

    :ivar windows: the parts that were read, each whole by itself, where `scope` is `WINDOW`; they do not overlap.
    :ivar inferred_deletes: the landed deletes were concluded, not reported by the vendor.
    """

    scope: Scope
    windows: tuple[Window, ...] = ()
    inferred_deletes: bool = False

    @property
    def infers(self) -> bool:
        """Whether any row is removed for being absent, and not because the vendor said so."""
        return self.scope is not Scope.NOTHING or self.inferred_deletes

    def holds(self, table: TableSpec, target: sa.Table) -> sa.ColumnElement[bool]:
        """The condition that a row of `target` lies in one of the windows."""
        return sa.or_(sa.false(), *(window.holds(table, target) for window in joined(self.windows)))


class Shrinking(msgspec.Struct, frozen=True):
    """What a load would take from rows that it has read again.

    :ivar of: which rows, as a message says it.
    :ivar rows: how many there are now.
    :ivar inserted: rows that come in the place of those removed.
    """

    of: str
    rows: int
    removed: int
    inserted: int = 0


class Fuse(msgspec.Struct, frozen=True):
    """How much inference may remove of what was read: at most `share` of it, but always up to `rows` rows.

    :ivar share: 0 to 1; a table that shrinks by nature has one of its own.
    :ivar net: what is inserted makes up for what is removed, for tables whose key is made of content: a name that is
        spelled otherwise is another key.
    :ivar allowed: the operator consented to more (`allow_shrink`).
    """

    share: float = 0.2
    rows: int = 50
    net: bool = False
    allowed: bool = False

    def refusal(self, parts: Iterable[Shrinking], *, empty: bool) -> str:
        """Why this must not be published without consent; "" where it may.

        :param parts: what was read as a whole, and each part of it.
        :param empty: the read found nothing, which asks wherever there are rows.
        """
        for part in () if self.allowed else parts:
            lost = part.removed - (part.inserted if self.net else 0)
            if (empty and part.removed) or (lost > self.rows and lost > self.share * part.rows):
                what = "an empty read would remove" if empty else "publishing would remove"
                added = f" and add {part.inserted}" if self.net else ""
                limit = f"limit {self.share:.0%}, at least {self.rows} rows"
                return f"{what} {part.removed} of the {part.rows} rows {part.of}{added}; nothing was changed ({limit})"
        return ""


def _as(kind: Any, value: Any) -> Any:
    return kind.fromisoformat(value) if isinstance(value, str) and kind is not str else value


def day_at(moment: Any, zone: str) -> tuple[Any, Any]:
    """Where the day begins and ends on which a date or a datetime lies; two None for anything else.

    :param zone: where a day of a datetime begins.
    """
    try:
        if isinstance(moment, datetime):
            first = moment.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
            last = (first + timedelta(days=1)).replace(fold=0)  # a day of the clock, not 24 hours
            return first.astimezone(UTC), last.astimezone(UTC)
        if isinstance(moment, date):
            return moment, moment + timedelta(days=1)
    except OverflowError:  # before the year 1 or after 9999
        pass
    return None, None


def joined(windows: Iterable[Window]) -> list[Window]:
    """The same windows, those that follow one another as one."""
    made: list[Window] = []
    for window in windows:
        last = made[-1] if made else None
        follows = last and (last.column, last.end, last.zone, last.owner) == (
            window.column,
            window.start,
            window.zone,
            window.owner,
        )
        if last and follows and last.end is not None:
            made[-1] = msgspec.structs.replace(last, end=window.end)
        else:
            made.append(window)
    return made
