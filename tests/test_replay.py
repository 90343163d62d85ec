"""What was set aside is staged again after what it did not fit was mended; nothing newer is ever overwritten."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from landfall.errors import RowRejected
from landfall.pipeline import Published
from landfall.privacy import Privacy
from landfall.records import Record, column, parent
from landfall.resources import Replace, ReplaceWindow, Resource, Source, Upsert, each
from landfall.scope import Scope, Window
from landfall.stage.readable import original
from tests.driver import Lab, run_on
from tests.test_privacy import Private

engines = pytest.mark.engines("lake")


LONG = {"text": "long name"}
"""A name in a form that the record is mended for."""


def declared(at: str, *, personal: bool = False) -> type[Record]:
    """The record, its names at this path."""

    class Plan(Record, table="plans", key=("thing_id", "plan")):
        """Plans of a thing."""

        thing_id: int = parent()
        plan: str = column(length=20)
        name: str | None = column(at)

    class Thing(Record, table="things", key="id"):
        """Things."""

        id: int = column()
        name: str | None = column(at)
        day: date | None = column()
        mail: str | None = column(personal=personal)
        plans: list[Plan] = column()

    Thing.__annotations__["plans"] = list[Plan]
    return Thing


BROKEN, MENDED = declared("name"), declared("name.text")


def mend(lab: Lab, record: type[Record] = MENDED, **options: Any) -> None:
    """Let the lab go on with another declaration."""
    lab.resource = Resource(
        "lab",
        record,
        read=None,
        write=lab.resource.write,
        reshape=options.get("reshape", lab.resource.reshape),
    )  # type: ignore[arg-type]
    lab.source = Source("lab", "Lab", "", (lab.resource,))


def replay(lab: Lab, **publish: Any) -> Published:
    one = lab.pipeline
    extraction = one.replay()
    assert extraction.changed
    lab.steps = {"extract": extraction}
    return run_on(one, extraction, lab.steps, **publish)


def waiting(lab: Lab) -> list[tuple[Any, ...]]:
    """Key, child table and outcome of what is in quarantine."""
    return lab.query("SELECT record_key, child_table, outcome FROM landfall.quarantine ORDER BY id")


def told(done: Published, name: str = "things") -> tuple[int, int, int, int]:
    """Replayed, accepted, still rejected, superseded."""
    f = done.tables[name]
    return f.fetched, f.inserted + f.updated + f.unchanged, f.quarantined, f.superseded


def thing(number: int, name: Any = LONG, **more: Any) -> dict[str, Any]:
    return {"id": number, "name": name, **more}


@pytest.fixture
def lab(database: str, tmp_path: Path) -> Lab:
    return Lab(database, tmp_path, BROKEN, write=Upsert())


THEN = "2026-03-02T08:00:00+00:00"
ONE: dict[str, Any] = {"scope": Scope.NOTHING}


@engines
def test_what_gets_in_leaves_quarantine_and_what_does_not_has_its_new_reason(lab: Lab) -> None:
    lab.load([thing(1), thing(2, 5), thing(3, "ok")], **ONE, watermark=THEN)
    before = lab.state()
    mend(lab)
    would = replay(lab, dry_run=True)
    assert told(would) == (2, 1, 1, 0)
    assert len(waiting(lab)) == 2
    assert set(lab.rows()) == {(3,)}
    done = replay(lab)
    assert told(done) == (2, 1, 1, 0)
    assert lab.column("name") == {1: "long name", 3: "ok"}
    assert waiting(lab) == [("[2]", None, None)]
    assert lab.quarantined()[0][:2] == ("Expected `object | null`, got `int`", "$.name")
    after = lab.state()
    assert (after.watermark, after.load_id, after.last_sync_at) == (
        THEN,
        before.load_id,
        before.last_sync_at,
    )
    assert after.version == before.version + 1
    assert lab.query(
        "SELECT fetched, inserted, quarantined, superseded FROM landfall.loads WHERE mode = 'replay'"
    ) == [(2, 1, 1, 0)]
    assert told(replay(lab)) == (1, 0, 1, 0)


@engines
def test_a_row_that_was_read_since_is_not_overwritten(lab: Lab) -> None:
    lab.load([thing(1), thing(2), thing(3), thing(4), thing(5)], **ONE)
    lab.load([thing(1, "new"), thing(5, 5)], **ONE)
    lab.load([thing(9, "x")], **ONE, deletes=[(2,)])
    mend(lab)
    done = replay(lab)
    assert lab.column("name") == {1: "new", 3: "long name", 4: "long name", 9: "x"}
    assert told(done) == (6, 2, 1, 3)
    closed = [("[1]", None, "superseded"), ("[2]", None, "superseded"), ("[5]", None, "superseded")]
    assert waiting(lab) == [*closed, ("[5]", None, None)]
    assert not lab.pipeline.replay().changed or told(replay(lab)) == (1, 0, 1, 0)


def test_a_full_read_since_knows_better(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, BROKEN, write=Replace())
    lab.load([thing(1), thing(2, "a")])
    lab.load([thing(2, "b"), thing(3)])
    mend(lab)
    assert told(replay(lab)) == (2, 1, 0, 1)
    assert lab.column("name") == {2: "b", 3: "long name"}


def test_a_window_read_since_knows_better_of_its_days(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, BROKEN, write=ReplaceWindow("day"))

    def read(start: str, end: str, *records: Any) -> None:
        lab.load(records, scope=Scope.WINDOW, windows=(Window("day", start, end),))

    read("2026-01-01", "2026-01-08", thing(1, day="2026-01-01"), thing(2, day="2026-01-05"), thing(3, "a"))
    read("2026-01-04", "2026-01-11", thing(4, "b", day="2026-01-09"))
    mend(lab)
    assert told(replay(lab)) == (2, 1, 0, 1)
    assert set(lab.rows()) == {(1,), (3,), (4,)}


def test_of_two_copies_in_quarantine_the_newer_counts(lab: Lab) -> None:
    lab.load([thing(1, {"text": "older"}), thing(1, {"text": "newer"}), thing(2), thing(2, "ok")], **ONE)
    mend(lab)
    assert told(replay(lab)) == (3, 1, 0, 2)
    assert lab.column("name") == {1: "newer", 2: "ok"}


@engines
def test_an_element_joins_its_record(lab: Lab) -> None:
    held = [{"plan": "a", "name": "ok"}, {"plan": "b", "name": LONG}]
    lab.load([thing(n, "ok", plans=held) for n in (1, 2, 3)], **ONE)
    lab.load([thing(2, "new", plans=[])], **ONE, deletes=[(3,)])
    mend(lab)
    done = replay(lab)
    assert (told(done), told(done, "plans")) == ((0, 0, 0, 0), (3, 1, 0, 2))
    assert {key: row["name"] for key, row in lab.rows("plans").items()} == {
        (1, "a"): "ok",
        (1, "b"): "long name",
    }
    assert [one[2] for one in waiting(lab)] == ["superseded", "superseded"]


def test_a_replayed_record_may_have_an_odd_element(lab: Lab) -> None:
    lab.load([thing(1, plans=[{"plan": "a"}, {"plan": 5}]), thing(2, "ok")], **ONE)
    mend(lab)
    done = replay(lab)
    assert (told(done), told(done, "plans")) == ((1, 1, 0, 0), (2, 1, 1, 0))
    assert waiting(lab) == [("[1]", "plans", None)]
    assert told(replay(lab), "plans") == (1, 0, 1, 0)


def test_bytes_come_back_as_they_were(lab: Lab) -> None:
    odd = [
        b'{"id": 1, "name": "caf\xe9"}',
        b'{"id": 2, "name": "a\\ud800"}',
        b'{"id": 3, "name": "\\xe9 \x00"}',
        b"\xff\\",
    ]
    lab.load([*odd, thing(9, "ok")], **ONE)
    assert told(replay(lab)) == (4, 0, 4, 0)
    kept = lab.query("SELECT raw, kept FROM landfall.quarantine ORDER BY id")
    assert [original(raw, how) for raw, how in kept] == odd


def test_a_line_that_could_not_be_reshaped_is_reshaped_again(lab: Lab) -> None:
    def strict(line: bytes) -> Any:
        record = msgspec.json.decode(line)
        if "v" not in record:
            raise RowRejected("has no v")
        yield msgspec.json.encode(record["v"])

    def mended(line: bytes) -> Any:
        record = msgspec.json.decode(line)
        yield msgspec.json.encode(record.get("v") or record["w"])

    mend(lab, BROKEN, reshape=each(strict))
    lab.load([{"v": thing(1, "ok")}, {"w": thing(2)}, {"v": thing(3)}], **ONE)
    mend(lab, reshape=each(mended))
    assert told(replay(lab)) == (2, 2, 0, 0)
    assert lab.column("name") == {1: "ok", 2: "long name", 3: "long name"}


def test_what_cannot_be_told_is_left(lab: Lab, tmp_path: Path) -> None:
    lab.load([thing(1), thing(2, "ok")], **ONE)
    lab.load([thing(2, "ok")], **ONE)
    mend(lab)
    for folder in (tmp_path / "landing" / "lab" / "lab").iterdir():
        shutil.rmtree(folder)
    assert told(replay(lab)) == (1, 0, 1, 0)
    assert "landing of load" in lab.quarantined()[0][0]


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize("policy", ["mask", "hash"])
def test_under_a_privacy_policy_the_landing_is_asked(
    database: str, tmp_path: Path, policy: Any, gone: bool
) -> None:
    lab = Private(database, tmp_path, declared("name", personal=True), write=Upsert())
    lab.privacy = Privacy(policy, "a key that only this test knows, and long enough")
    plans = [{"plan": "a", "name": LONG}]
    lab.load([thing(1, mail="secret@x"), thing(2, "ok", plans=plans), thing(3, "ok")], **ONE)
    mend(lab, declared("name.text", personal=True))
    if gone:
        shutil.rmtree(tmp_path / "landing")
    done = replay(lab)
    if gone:
        assert (told(done), told(done, "plans")) == ((1, 0, 1, 0), (1, 0, 1, 0))
        assert {reason for reason, *_ in lab.quarantined()} == {
            "cannot be replayed: privacy keeps it out of quarantine, and the landing of its load is gone"
        }
    else:
        assert (told(done), told(done, "plans")) == ((1, 1, 0, 0), (1, 1, 0, 0))
        assert lab.column("name")[1] == "long name"
        assert lab.column("mail")[1] not in (None, "secret@x")
        assert set(lab.rows("plans")) == {(2, "a")}
        assert waiting(lab) == []


def test_an_old_ledger_gets_the_columns_and_its_entries_are_replayed(lab: Lab) -> None:
    lab.load([thing(1), thing(2, "ok")], **ONE)
    lab.query("UPDATE landfall.quarantine SET kept = NULL, record_number = NULL, reshaped = NULL")
    mend(lab)
    assert told(replay(lab)) == (1, 1, 0, 0)
