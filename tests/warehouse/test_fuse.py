"""The fuse measures how much shrinks of what was read, and not of what lies beside it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from landfall.errors import FuseBlown
from landfall.records import Record, column
from landfall.resources import ReplaceWindow
from landfall.scope import Fuse, Scope, Shrinking, Window
from landfall.sources import source
from tests.driver import Lab

engines = pytest.mark.engines
MONDAY = date(2024, 2, 5)


class Line(Record, table="lines", key=("day", "name")):
    """Lines of a day, told by their content."""

    day: date = column(index=True)
    name: str = column(length=20)


def lines(week: int, count: int, name: str = "line") -> list[dict[str, Any]]:
    """So many lines, seven days from the week's Monday on."""
    day = MONDAY + timedelta(weeks=week)
    return [{"day": str(day + timedelta(days=n % 7)), "name": f"{name} {n}"} for n in range(count)]


def weeks(*numbers: int) -> dict[str, Any]:
    days = [MONDAY + timedelta(weeks=n) for n in numbers]
    windows = tuple(Window("day", str(day), str(day + timedelta(days=7))) for day in days)
    return {"scope": Scope.WINDOW, "windows": windows}


@pytest.mark.parametrize(
    ("table", "part", "blows"),
    [
        ("tree11.OpenstaandeFacturen", Shrinking("here", 300, 240), False),  # on the day of the payments
        ("tree11.OpenstaandeFacturen", Shrinking("here", 300, 290), True),
        ("tree11.Facturen", Shrinking("here", 300, 240), True),
        (
            "tree11.PersonalTraining",
            Shrinking("here", 300, 240, inserted=240),
            False,
        ),  # a name is spelled otherwise
        ("pennylane.analytical_ledger", Shrinking("here", 300, 240, inserted=240), False),  # so is a category
        ("pennylane.analytical_ledger", Shrinking("here", 300, 240), True),
        ("pennylane.fec", Shrinking("here", 300, 240, inserted=240), True),
    ],
)
def test_what_blows_that_of_a_table(table: str, part: Shrinking, blows: bool) -> None:
    name, _, resource = table.partition(".")
    assert bool(source(name).resource(resource).fuse.refusal([part], empty=False)) == blows


@pytest.mark.parametrize(
    ("part", "fuse", "blows"),
    [
        (Shrinking("here", 80, 75), Fuse(), True),
        (Shrinking("here", 80, 50), Fuse(), False),
        (Shrinking("here", 255, 51), Fuse(), False),
        (Shrinking("here", 254, 51), Fuse(), True),
        (Shrinking("here", 80, 75), Fuse(share=0.95), False),
        (Shrinking("here", 80, 75, inserted=75), Fuse(), True),
        (Shrinking("here", 80, 75, inserted=75), Fuse(net=True), False),
        (Shrinking("here", 80, 75, inserted=20), Fuse(net=True), True),
        (Shrinking("here", 80, 75), Fuse(allowed=True), False),
    ],
)
def test_what_blows_it(part: Shrinking, fuse: Fuse, blows: bool) -> None:
    whole = Shrinking("of the table", 10_000, part.removed, part.inserted)
    assert bool(fuse.refusal([whole, part], empty=False)) is blows
    assert bool(fuse.refusal([Shrinking("here", 3, 1)], empty=True)) is not fuse.allowed


@engines
def test_history_beside_the_window_does_not_count(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Line, write=ReplaceWindow("day"))
    lab.load([*lines(0, 300), *lines(1, 80)], scope=Scope.NOTHING)
    with pytest.raises(
        FuseBlown, match=r"75 of the 80 rows with day from 2024-02-12 .*\(limit 20%.*allow_shrink"
    ):
        lab.load(lines(1, 5), **weeks(1))
    assert len(lab.rows()) == 380
    assert lab.load(lines(1, 5), allow_shrink=True, **weeks(1)).deleted == 75


@engines
def test_each_of_several_windows_counts_and_all_of_them_together(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Line, write=ReplaceWindow("day"))
    lab.load([*lines(0, 300), *lines(1, 80), *lines(2, 60)], scope=Scope.NOTHING)
    history = [*lines(0, 300), *lines(2, 60)]
    with pytest.raises(FuseBlown, match=r"75 of the 80 rows with day from 2024-02-12 to before 2024-02-19"):
        lab.load([*history, *lines(1, 5)], **weeks(0, 1, 2))
    with pytest.raises(FuseBlown, match=r"80 of the 140 rows with day from 2024-02-12 to before 2024-02-26"):
        lab.load([*lines(1, 40), *lines(2, 20)], **weeks(1, 2))  # neither week has lost more than 50
    assert len(lab.rows()) == 440
    assert lab.load([*history, *lines(1, 40)], **weeks(0, 1, 2)).deleted == 40


@engines
def test_a_window_that_is_read_empty_over_rows_asks(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Line, write=ReplaceWindow("day"))
    lab.load([*lines(0, 20), *lines(1, 3)], scope=Scope.NOTHING)
    with pytest.raises(FuseBlown, match="an empty read would remove 3 of the 3 rows"):
        lab.load([], **weeks(1))
    assert lab.load([], **weeks(3)).deleted == 0


@engines
def test_where_keys_are_made_of_content_what_comes_makes_up_for_what_goes(
    database: str, tmp_path: Path
) -> None:
    lab = Lab(database, tmp_path, Line, fuse=Fuse(net=True))
    lab.load(lines(0, 100))
    assert lab.load(lines(0, 100, "renamed")).deleted == 100
    with pytest.raises(FuseBlown, match="100 of the 100 rows of the table and add 40"):
        lab.load(lines(0, 40, "again"))
    with pytest.raises(FuseBlown):
        Lab(database, tmp_path, Line).load(lines(0, 100, "again"))


@engines
def test_what_was_concluded_to_be_gone_counts_against_what_was_asked_for(
    database: str, tmp_path: Path
) -> None:
    lab = Lab(database, tmp_path, Line)
    every = lines(0, 1000)
    lab.load(every)
    asked: dict[str, Any] = {"scope": Scope.NOTHING, "inferred_deletes": True}
    gone = [(each["day"], each["name"]) for each in every[:60]]
    with pytest.raises(FuseBlown, match="60 of the 100 rows that were asked for"):
        lab.load(every[60:100], deletes=gone, **asked)
    assert lab.load(every[60:100], deletes=gone[:20], **asked).deleted == 20
    assert lab.load([], deletes=gone[20:21], **asked).deleted == 1, "one that is gone is no empty read"
