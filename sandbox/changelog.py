"""What happened to the rows of one collection, in the order the vendor's pipeline saw it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import Literal, get_args

import msgspec

Operation = Literal["insert", "update", "delete"]
OPERATIONS: tuple[str, ...] = get_args(Operation)


class Event(msgspec.Struct, frozen=True):
    """One change. Times are stamps, which sort as text."""

    id: int
    operation: str
    processed_at: str
    updated_at: str
    created_at: str


Position = tuple[str, int]
"""Where an event stands: its `processed_at`, then its order of arrival."""


class Changelog:
    """Events ascending by `processed_at`; a late event takes its place among the older ones."""

    def __init__(self) -> None:
        self._positions: list[Position] = []
        self._events: dict[Position, Event] = {}
        self._arrived = 0

    def __len__(self) -> int:
        return len(self._positions)

    def add(self, event: Event) -> None:
        """Take in one event, whatever its `processed_at`."""
        self._arrived += 1
        position = (event.processed_at, self._arrived)
        self._events[position] = event
        if not self._positions or position > self._positions[-1]:
            self._positions.append(position)
        else:
            insort(self._positions, position)

    def page(
        self, *, since: str, now: str, limit: int, after: Position | None = None
    ) -> tuple[list[Event], Position | None]:
        """Up to `limit` events and, where more are waiting, the position to read on from.

        :param since: the oldest `processed_at` to answer, inclusive.
        :param now: events with a later `processed_at` have not arrived yet.
        :param after: the position a page before ended at; `since` still holds.
        """
        first = bisect_left(self._positions, (since, 0))
        if after is not None:
            first = max(first, bisect_right(self._positions, after))
        end = bisect_right(self._positions, (now, self._arrived + 1))
        chosen = self._positions[first : min(first + limit, end)]
        more = chosen[-1] if chosen and first + limit < end else None
        return [self._events[position] for position in chosen], more

    def all(self) -> list[Event]:
        """Every event, retained or not, visible or not."""
        return [self._events[position] for position in self._positions]
