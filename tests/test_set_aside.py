"""Rejecting checks: the records that break a rule are set aside, their old rows stay, the others are published."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from landfall.checks import Sql
from landfall.errors import TooManyRejects
from landfall.records import Record, column, parent, position
from landfall.resources import ReplaceWindow
from landfall.scope import Scope, Window
from tests.driver import Lab, run_on

engines = pytest.mark.engines("lake")
databases = pytest.mark.engines
RULE = "-- rule: a visit ends after it starts\n-- severity: rejecting\n-- why: it is no visit\n-- todo: Mend it.\n"
BROKEN = 'SELECT "day", "who" FROM lab.visits WHERE "until" < "since"'
FEBRUARY: dict[str, Any] = {
    "scope": Scope.WINDOW,
    "windows": (Window("day", "2024-02-01", "2024-03-01"),),
}


class Stop(Record, table="stops", key=("day", "who", "position")):
    """Stops of a visit."""

    day: date = parent()
    who: str = parent(length=20)
    position: int = position()
    name: str = column(length=20)


class Visit(Record, table="visits", key=("day", "who")):
    """Visits."""

    day: date
    who: str = column(length=20, personal=True)
    since: int
    until: int
    stops: list[Stop] = column()


@pytest.fixture
def lab(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    folder = tmp_path / "sql" / "lab" / "checks"
    folder.mkdir(parents=True)
    (folder / "ends_after_it_starts.sql").write_text(RULE + BROKEN + ";\n")
    monkeypatch.setenv("LANDFALL_SQL", str(tmp_path / "sql"))
    rule = Sql("ends_after_it_starts.sql", severity="rejecting")
    return Lab(database, tmp_path, Visit, write=ReplaceWindow("day"), checks=(rule,))


def visit(day: int, who: str, until: int = 9, name: str = "gate") -> dict[str, Any]:
    made = {"day": f"2024-02-{day:02}", "who": who, "since": 8, "until": until}
    return made | {"stops": [{"name": name}]}


def told(lab: Lab) -> Any:
    return next(r for r in lab.steps["check"] if r.check == "ends_after_it_starts")


@engines
def test_the_records_it_names_are_set_aside_and_the_others_published(lab: Lab) -> None:
    lab.load([visit(1, "ann"), visit(2, "bob"), visit(3, "cas")], scope=Scope.NOTHING)
    assert (told(lab).status, told(lab).value) == ("PASS", 0)
    bad = [visit(1, "ann", 7, "door"), visit(4, "dan", 7)]
    result = lab.load([bad[0], visit(2, "bob", 10, "yard"), bad[1]], **FEBRUARY)
    assert (result.fetched, result.updated, result.deleted, result.quarantined) == (3, 1, 1, 2)
    assert {key: row["until"] for key, row in lab.rows().items()} == {
        (date(2024, 2, 1), "ann"): 9,
        (date(2024, 2, 2), "bob"): 10,
    }
    assert sorted(row["name"] for row in lab.rows("stops").values()) == ["gate", "yard"]
    assert (told(lab).status, told(lab).severity, told(lab).value) == ("WARN", "rejecting", 2)
    assert told(lab).details.endswith("2 that break it are set aside, first 2024-02-01, 2024-02-04")
    accepted = next(r for r in lab.steps["check"] if r.check == "records accepted")
    assert accepted.value == 2
    assert [(reason, path) for reason, path, _ in lab.quarantined()] == [
        ("a visit ends after it starts", "$")
    ] * 2
    assert '"name": "door"' in lab.quarantined()[0][2].replace('":"', '": "')
    keys = lab.query("SELECT record_key FROM landfall.quarantine ORDER BY id")
    assert keys == [('["2024-02-01","ann"]',), ('["2024-02-04","dan"]',)]
    assert lab.query("SELECT quarantined, fetched FROM landfall.loads ORDER BY published_at") == [
        (0, 3),
        (2, 3),
    ]


@engines
def test_a_step_that_is_run_again_comes_to_the_same(lab: Lab) -> None:
    lab.load([visit(1, "ann"), visit(2, "bob")], scope=Scope.NOTHING)
    extraction, staged = lab.stage([visit(1, "ann", 7), visit(2, "bob", 10), {"day": "?"}], **FEBRUARY)
    first = lab.pipeline.check(extraction, staged)
    assert lab.pipeline.check(extraction, staged) == first
    assert len(lab.quarantined()) == 2
    rehearsed = lab.pipeline.publish(extraction, staged, dry_run=True)
    assert (rehearsed.updated, rehearsed.quarantined) == (1, 2)
    lab.pipeline.clean_up([extraction.load_id])
    assert lab.pipeline.check(extraction, staged) == first, "staged again"
    lab.pipeline.clean_up([extraction.load_id])
    result = lab.pipeline.publish(extraction, staged)
    assert (result.updated, result.unchanged, result.quarantined, result.deleted) == (1, 0, 2, 0)
    assert len(lab.quarantined()) == 2
    assert lab.pipeline.publish(extraction, staged) == result
    assert {row["until"] for row in lab.rows().values()} == {9, 10}


@engines
def test_a_change_that_is_all_there_is_may_be_set_aside(lab: Lab) -> None:
    lab.load([visit(1, "ann")], scope=Scope.NOTHING)
    result = lab.load([visit(1, "ann", 7)], scope=Scope.NOTHING)
    assert (result.fetched, result.quarantined, result.rows) == (1, 1, 1)
    assert [row["until"] for row in lab.rows().values()] == [9]


@engines
def test_a_rule_that_most_records_break_fails_the_load(lab: Lab) -> None:
    lab.load([visit(1, "ann")], scope=Scope.NOTHING)
    extraction, staged = lab.stage([visit(1, f"v{n}", 7 if n > 10 else 9) for n in range(32)], **FEBRUARY)
    for _ in range(2):
        with pytest.raises(TooManyRejects, match="21 of 32 records"):
            lab.pipeline.check(extraction, staged)
    assert len(lab.quarantined()) == 21
    assert len(lab.rows()) == 1
    extraction, staged = lab.stage([visit(1, "ann", 7)], **FEBRUARY)
    with pytest.raises(TooManyRejects):
        lab.pipeline.check(extraction, staged)


@databases
def test_only_what_was_read_is_judged(lab: Lab) -> None:
    lab.load([visit(1, "ann")], scope=Scope.NOTHING)
    lab.query("UPDATE lab.visits SET until = 7")
    assert lab.load([visit(2, "bob")], scope=Scope.NOTHING).rows == 2
    assert told(lab).status == "PASS"


def test_a_replay_asks_the_rule_again(lab: Lab, tmp_path: Path) -> None:
    def replayed() -> tuple[int, int]:
        extraction = lab.pipeline.replay()
        done = run_on(lab.pipeline, extraction, {})
        return done.inserted, done.quarantined

    lab.load([visit(1, "a", until=7), visit(2, "b")], **FEBRUARY)
    assert replayed() == (0, 1)
    assert [reason for reason, *_ in lab.quarantined()] == ["a visit ends after it starts"]
    (tmp_path / "sql" / "lab" / "checks" / "ends_after_it_starts.sql").write_text(
        RULE + 'SELECT "day", "who" FROM lab.visits WHERE "until" > 24;\n'
    )
    assert replayed() == (1, 0)
    assert lab.quarantined() == []
    assert len(lab.rows("stops")) == 2
