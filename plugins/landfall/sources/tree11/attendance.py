"""Attendance is read by the day of the lesson, so a lesson that moved leaves rows on its old day: here they go."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from landfall.json_text import raw_at
from landfall.landing import LandingWriter
from landfall.lazily import sa, warehouse_tables
from landfall.reads import Outcome, Request, Window, at
from landfall.records import spec
from landfall.sources.tree11.records import LesDeelname

if TYPE_CHECKING:
    from landfall.wire.pages import Page

AT_A_TIME = 500
"""Lessons in one query."""


@dataclasses.dataclass(frozen=True)
class Attendance:
    """The members of every lesson in a window of days.

    Of each lesson that was asked about, the published members that stand under a day outside the days that were asked
    for together are landed as deletes: whoever still takes part is in the read, under the lesson's new day.

    :param days: the window; its column is the lesson's day, its pages are `GymlyHook.attendance`.
    """

    days: Window
    incremental: bool = True
    dated: bool = True

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        def asked(_: Any, first: date, last: date) -> Iterator[Page]:
            lessons: list[str] = []
            for page in self.days.asked(request, first, last):
                lessons.extend(at(item, "lesson_id") for item in page.items if raw_at(item, "members"))
                yield page
            # With the pages that they are concluded from, so that whoever takes these over has both.
            for some in (lessons[n : n + AT_A_TIME] for n in range(0, len(lessons), AT_A_TIME)):
                landing.deletes(_moved(request, some, first, last))

        outcome = dataclasses.replace(self.days, pages=asked).read(request, landing)
        # Without a query there is nobody to ask where they stood before.
        return dataclasses.replace(outcome, inferred_deletes=request.query is not None)


def _moved(request: Request, lessons: list[str], first: date, last: date) -> Iterator[tuple[Any, ...]]:
    """Keys of the published members of these lessons whose day is not from `first` to `last`."""
    if request.query is None:
        return
    table = warehouse_tables.target_table(spec(LesDeelname), "tree11").c
    elsewhere = sa.or_(table.Datum.is_(None), table.Datum < first, table.Datum > last)
    query = sa.select(table.LesId, table.AccountId).where(table.LesId.in_(lessons), elsewhere)
    for rows in request.query(query):
        yield from map(tuple, rows)
