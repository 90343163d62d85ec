"""A record that was set aside holds back the deletions that could concern it, and no others."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from landfall.records import Record, column
from landfall.resources import ReplaceWindow
from landfall.scope import Scope, Window, day_at, joined
from tests.driver import Lab

engines = pytest.mark.engines
FEBRUARY = (Window("day", "2024-02-01", "2024-03-01"),)


class Seat(Record, table="seats", key=("lesson", "member")):
    """Who takes part in a lesson."""

    lesson: str = column(length=20)
    member: str = column(length=20)
    day: date | None = column(index=True)
    note: int | None = column()


class Hours(Record, table="hours", key=("person", "day")):
    """Hours by person and day."""

    person: str = column(length=20)
    day: date
    hours: int


class Lesson(Record, table="lessons", key="id"):
    """Lessons."""

    id: int
    begins: datetime = column(index=True)


def seat(lesson: str, member: Any, day: str = "2024-02-05", **more: Any) -> dict[str, Any]:
    return {"lesson": lesson, "member": member, "day": day, **more}


def told(lab: Lab) -> tuple[str, Any, str]:
    (result,) = (r for r in lab.steps["check"] if r.check == "deletions held back")
    return result.status, result.value, result.details


@engines
def test_what_can_be_read_of_a_key_and_its_window_tells_which_rows_it_may_be(
    database: str, tmp_path: Path
) -> None:
    lab = Lab(database, tmp_path, Seat, write=ReplaceWindow("day"))
    kept = [seat("a", "x"), seat("b", "x")]
    lab.load(
        [*kept, seat("a", "y"), seat("a", "z", "2024-02-06"), seat("b", "y"), seat("b", "z")],
        scope=Scope.NOTHING,
    )
    february: dict[str, Any] = {"scope": Scope.WINDOW, "windows": FEBRUARY}
    result = lab.load([*kept, seat("a", None)], **february)
    assert set(lab.rows()) == {("a", "x"), ("b", "x"), ("a", "y")}, "of lesson a on the 5th, and nobody else"
    assert (result.deleted, result.quarantined, result.rows) == (3, 1, 3)
    assert lab.query("SELECT record_key FROM landfall.quarantine") == [('["a",null]',)]
    status, rows, details = told(lab)
    assert (status, rows) == ("WARN", 1)
    assert "whose member cannot be read" in details
    assert lab.load(kept, **february).deleted == 1
    assert told(lab) == ("PASS", 0, "")


@engines
def test_a_name_or_a_day_that_can_be_read_protects_that_person_or_that_day(
    database: str, tmp_path: Path
) -> None:
    lab = Lab(database, tmp_path, Hours)
    days = ("2024-02-01", "2024-02-02", "2024-02-03")
    rows = [{"person": who, "day": day, "hours": 1} for who in ("ann", "bob", "cas") for day in days]
    lab.load(rows)
    odd = [{"person": "ann", "day": "?", "hours": 1}, {"person": None, "day": days[1], "hours": 1}]
    assert lab.load([rows[-1], *odd]).deleted == 3
    stays = {(who, date.fromisoformat(day)) for who, day in [("ann", d) for d in days] + [("bob", days[1])]}
    assert set(lab.rows()) == stays | {("cas", date(2024, 2, 2)), ("cas", date(2024, 2, 3))}
    assert told(lab)[1] == 5


@engines
def test_of_moments_it_is_the_day_in_the_zone_of_the_window_that_counts(
    database: str, tmp_path: Path
) -> None:
    lab = Lab(database, tmp_path, Lesson, write=ReplaceWindow("begins"))
    begins = {1: "2026-03-28T22:59:00Z", 2: "2026-03-28T23:00:00Z", 3: "2026-03-29T21:59:00Z"}
    lab.load([{"id": i, "begins": at} for i, at in begins.items()], scope=Scope.NOTHING)
    march = (Window("begins", "2026-03-01", "2026-04-01", "Europe/Amsterdam"),)
    odd = {"id": None, "begins": "2026-03-29T09:00:00+02:00"}
    result = lab.load([{"id": 9, "begins": begins[1]}, odd], scope=Scope.WINDOW, windows=march)
    assert result.deleted == 1
    assert set(lab.rows()) == {(2,), (3,), (9,)}


@engines
def test_what_is_concluded_to_be_gone_beside_a_record_without_a_key_stays(
    database: str, tmp_path: Path
) -> None:
    lab = Lab(database, tmp_path, Lesson)
    lesson = {"begins": "2026-03-28T22:59:00Z"}
    lab.load([{"id": i, **lesson} for i in (1, 2, 3)])
    concluded: dict[str, Any] = {"scope": Scope.NOTHING, "deletes": [(2,)]}
    records = [{"id": 1, **lesson}, {"id": "?", **lesson}]
    assert lab.load(records, inferred_deletes=True, **concluded).deleted == 0
    assert told(lab)[:2] == ("WARN", 1)
    assert lab.load(records, **concluded).deleted == 1, "what the vendor says is no conclusion"


@engines
def test_a_key_that_no_row_can_have_is_one_that_cannot_be_read(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Seat, write=ReplaceWindow("day"))
    lab.load([seat("a", "x"), seat("b", "x")], scope=Scope.NOTHING)
    long = [
        seat("a", "\U0001f600" * 20),
        seat("a", "m" * 21),
    ]  # of 40 UTF-16 units, which is too long for one engine
    result = lab.load([seat("b", "x"), *long], scope=Scope.WINDOW, windows=FEBRUARY)
    assert result.deleted == 0
    assert result.quarantined >= 1


def test_windows_that_follow_one_another_are_asked_for_as_one() -> None:
    days = ("2024-02-01", "2024-02-08", "2024-02-15")
    weeks = [Window("day", *both) for both in itertools.pairwise(days)]
    apart = Window("day", "2024-03-01", "2024-03-08")
    assert joined([*weeks, apart]) == [Window("day", "2024-02-01", "2024-02-15"), apart]


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (date(2024, 2, 28), (date(2024, 2, 28), date(2024, 2, 29))),
        (
            datetime(2026, 3, 29, 12, tzinfo=UTC),  # a day of 23 hours
            (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ),
        (date.max, (None, None)),
        (5, (None, None)),
        (None, (None, None)),
    ],
)
def test_the_day_of_a_date_or_a_moment(moment: Any, day: Any) -> None:
    assert day_at(moment, "Europe/Amsterdam") == day
