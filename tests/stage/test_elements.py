"""An element of a list that cannot be read costs itself: its record, the other elements and its old row stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from landfall.errors import TooManyRejects
from landfall.privacy import Privacy
from landfall.records import Json, Record, column, parent, position
from landfall.resources import Upsert
from landfall.scope import Scope
from landfall.stage import load
from landfall.stage.readable import original
from tests.driver import Lab
from tests.test_privacy import Private

engines = pytest.mark.engines("lake")


class Mail(Record, table="mails", key=("person_id", "position")):
    """Addresses of a person, in their order."""

    person_id: int = parent()
    position: int = position()
    mail: str = column(".", length=20, personal=True)


class Plan(Record, table="plans", key=("person_id", "plan_id")):
    """Plans that a person holds."""

    person_id: int = parent()
    plan_id: str = column("plan.id", length=10)
    name: str | None = column("plan.name")
    more: Json | None = column()


class Person(Record, table="persons", key="id"):
    """Persons."""

    id: int = column()
    name: str | None = column(personal=True)
    mails: list[Mail] = column()
    plans: list[Plan] = column("held.plans")


def person(number: int, *plans: Any, mails: Any = ("a@b", "c@d"), name: str = "P") -> dict[str, Any]:
    return {"id": number, "name": name, "mails": list(mails), "held": {"plans": list(plans)}}


def plan(key: Any, name: Any = "Gold") -> dict[str, Any]:
    return {"plan": {"id": key, "name": name}}


@pytest.fixture
def lab(database: str, tmp_path: Path) -> Lab:
    return Lab(database, tmp_path, Person)


@engines
def test_an_odd_element_costs_itself(lab: Lab) -> None:
    lab.load([person(1, plan("a"), plan("b")), person(2, plan("a"))])
    done = lab.load(
        [
            person(1, plan("a", "Silver"), plan(None), name="Q"),
            person(2, plan("a"), mails=["a@b", None, "e@f"]),
        ]
    )
    assert lab.column("name") == {1: "Q", 2: "P"}
    assert {key: row["name"] for key, row in lab.rows("plans").items()} == {
        (1, "a"): "Silver",
        (1, "b"): "Gold",  # which of the plans it was cannot be read
        (2, "a"): "Gold",
    }
    assert {key: row["mail"] for key, row in lab.rows("mails").items()} == {
        (1, 1): "a@b",
        (1, 2): "c@d",
        (2, 1): "a@b",
        (2, 2): "c@d",  # its old row
        (2, 3): "e@f",
    }
    assert sorted(path for _, path, _ in lab.quarantined()) == ["$.held.plans[1].plan.id", "$.mails[1]"]
    found = lab.query(
        "SELECT record_key, child_table, element, raw FROM landfall.quarantine ORDER BY child_table"
    )
    assert found == [("[2]", "mails", 1, "null"), ("[1]", "plans", 1, '{"plan":{"id":null,"name":"Gold"}}')]
    assert (done.fetched, done.quarantined) == (2, 0)
    figures = {name: (f.fetched, f.quarantined) for name, f in done.tables.items()}
    assert figures == {"persons": (2, 0), "mails": (5, 1), "plans": (3, 1)}
    stored = lab.query("SELECT figures FROM landfall.loads ORDER BY published_at")[-1][0]
    told = json.loads(stored) if isinstance(stored, str) else stored
    assert told["plans"]["fetched"] == 3
    assert told["plans"]["unchanged"] + told["plans"]["updated"] + told["plans"]["quarantined"] == 3


@engines
def test_a_readable_key_protects_its_row_alone(lab: Lab) -> None:
    lab.load([person(1, plan("a"), plan("b"), plan("c"), mails=["1", "2", "3"]), person(2, plan("a"))])
    done = lab.load([person(1, plan("b", 5), mails=["1", 7]), person(2)])
    assert set(lab.rows("plans")) == {(1, "b")}
    assert {key: row["mail"] for key, row in lab.rows("mails").items() if key[0] == 1} == {
        (1, 1): "1",
        (1, 2): "2",
    }
    assert done.tables["plans"].deleted == 3
    lab.load([person(2)])
    assert set(lab.rows("plans")) == set(), "and goes with its record"


@engines
def test_the_rows_of_equal_records_are_counted_too(lab: Lab) -> None:
    done = lab.load([person(1, plan("a"), plan("b"), plan(1)), person(1, plan("c"), plan(2))])
    assert set(lab.rows("plans")) == {(1, "c")}
    plans = done.tables["plans"]
    assert (plans.fetched, plans.inserted, plans.deduplicated, plans.quarantined) == (5, 1, 2, 2)


@engines
@pytest.mark.parametrize("at_a_time", [2, 1000])
def test_what_a_vendor_shows_twice_is_set_aside_once(
    lab: Lab, at_a_time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And counts as what came last, so that a replay does not take it for older than itself."""
    monkeypatch.setattr(type(lab.warehouse), "batch_rows", at_a_time)
    broken, odd = person(1) | {"name": 5}, person(2, plan("a"), mails=["1", 7])
    lines = [broken, odd, b'{"name": 5}', b'{"name": 5}', person(1) | {"name": 6}, broken, odd]
    done = lab.load(lines)
    assert (done.fetched, done.inserted, done.deduplicated, done.quarantined) == (7, 1, 2, 4)
    mails = done.tables["mails"]
    assert (mails.fetched, mails.inserted, mails.deduplicated, mails.quarantined) == (4, 1, 2, 1)
    kept = lab.query("SELECT record_number, record_key FROM landfall.quarantine ORDER BY record_number")
    assert kept == [(2, None), (3, None), (4, "[1]"), (5, "[1]"), (6, "[2]")]


ODD: list[tuple[str, str]] = [
    (r'"\ud800"', "mails"),
    ('"\xff"', "mails"),
    ("NaN", "mails"),
    ("1e999", "mails"),
    ("9" * 400, "mails"),
    ('"longer than twenty characters"', "mails"),
    ("{}", "mails"),
    ("[]", "mails"),
    ('{"plan":{"id":"x","name":"\\ud800"}}', "plans"),
    ('{"plan":{"id":"x","name":"\xe9"}}', "plans"),
    ('{"plan":{"id":"x"},"more":"\\ud800"}', "plans"),
    ('{"plan":{"id":"x"},"added":"\\udfff"}', "plans"),
    ('{"plan":{"id":"x","id":5}}', "plans"),
    ('{"plan":{"id":"x"},"more":NaN}', "plans"),
    ("7", "plans"),
]


def test_what_no_json_may_hold_costs_its_element(lab: Lab) -> None:
    lines = []
    for number, (odd, table) in enumerate(ODD):
        lists = {"mails": '"a"', "plans": '{"plan":{"id":"a"}}'}
        lists[table] += f", {odd}"
        line = '{"id": %d, "name": "x", "mails": [%s], "held": {"plans": [%s]}}'
        lines.append((line % (number, lists["mails"], lists["plans"])).encode("latin-1"))
    done = lab.load(lines)
    assert (done.inserted, done.quarantined) == (len(ODD), 0)
    assert set(lab.rows("plans")) == {(number, "a") for number in range(len(ODD))}
    assert set(lab.rows("mails")) == {(number, 1) for number in range(len(ODD))}
    kept = lab.query("SELECT raw, kept, child_table FROM landfall.quarantine ORDER BY record_number")
    assert [(original(raw, how), table) for raw, how, table in kept] == [
        (odd.encode("latin-1"), table) for odd, table in ODD
    ]


def test_a_record_with_a_fault_of_its_own_is_set_aside_as_a_whole(lab: Lab) -> None:
    lab.load([person(1, plan("a"), plan("b")), person(3)])
    broken = [
        person(1, plan(5)) | {"name": 5},
        b'{"id": 2, "name": 5, "name": "a", "mails": []}',
        b'{"id": 4, "mails": "x"}',
        b'{"id": 5, "mails": [1, ]}',
        b'{"id": 6, "name": "\\ud800", "mails": ["a"]}',
        b'{"id": 7, "mails": [' + b"[" * 5000 + b"]" * 5000 + b"]}",
    ]
    done = lab.load([person(3), *broken])
    assert (done.unchanged, done.quarantined) == (1, 6)
    assert set(lab.rows("plans")) == {(1, "a"), (1, "b")}
    assert lab.query("SELECT count(*) FROM landfall.quarantine WHERE child_table IS NOT NULL") == [(0,)]


def test_a_list_of_nothing_but_odd_elements_fails_the_load(lab: Lab) -> None:
    with pytest.raises(TooManyRejects, match=r"30 of 30 records of plans"):
        lab.load([person(number, plan(number)) for number in range(30)])


@pytest.mark.parametrize("fast", [True, False])
def test_both_paths_set_the_same_elements_aside(
    lab: Lab, fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "FAST_PATH_BYTES", 0 if fast else 2**40)
    monkeypatch.setattr(load, "BLOCK_BYTES", 4096)
    records = [person(number, plan(f"p{number}"), plan("q")) for number in range(600)]
    records[7]["mails"][1] = None
    records[300]["held"]["plans"][0] = plan(5)
    records.append(person(8, plan("z")))
    done = lab.load(records)
    assert {
        name: (f.fetched, f.inserted, f.deduplicated, f.quarantined) for name, f in done.tables.items()
    } == {
        "persons": (601, 600, 1, 0),
        "mails": (1202, 1199, 2, 1),
        "plans": (1201, 1198, 2, 1),
    }
    assert [path for _, path, _ in lab.quarantined()] == ["$.mails[1]", "$.held.plans[0].plan.id"]


@engines
@pytest.mark.parametrize("fast", [True, False])
def test_of_two_elements_with_one_key_the_first_stays(
    lab: Lab, fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "FAST_PATH_BYTES", 0 if fast else 2**40)
    lab.load([person(1, plan("a", "Old"))])
    twins = person(1, plan("a"), plan("b"), plan("a", "Silver"), plan("b"), plan("b"))
    done = lab.load([twins, person(2, plan("a")), person(2, plan("a"), plan("c\0"), plan("c", "Tin"))])
    assert {key: row["name"] for key, row in lab.rows("plans").items()} == {
        **{(1, "a"): "Gold", (1, "b"): "Gold"},
        **{(2, "a"): "Gold", (2, "c"): "Gold"},
    }
    assert [(reason, path) for reason, path, _ in lab.quarantined()] == [
        ("has the key of an element before it", "$.held.plans[2]")
    ] * 2
    plans = done.tables["plans"]
    assert (plans.fetched, plans.quarantined, plans.deduplicated) == (9, 2, 3)


@pytest.mark.parametrize("policy", ["mask", "hash"])
def test_a_policy_hides_an_odd_element_too(database: str, tmp_path: Path, policy: Any) -> None:
    lab = Private(database, tmp_path, Person, write=Upsert())
    lab.privacy = Privacy(policy, "a key that only this test knows, and long enough")
    lab.load([person(1, plan("a"), mails=["a@b", "a secret of too many characters"])], scope=Scope.NOTHING)
    ((raw, kept),) = lab.query("SELECT raw, kept FROM landfall.quarantine")
    assert (raw, kept) == ('"***"', "hidden")
    assert set(lab.rows("mails")) == {(1, 1)}
