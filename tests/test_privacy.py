"""What a privacy policy stores, and that nothing personal is left anywhere in the warehouse."""

from __future__ import annotations

import dataclasses
import json
import string
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landfall import pipeline
from landfall.errors import Misconfigured, RowRejected
from landfall.privacy import MASK, Policy, Privacy
from landfall.records import Json, Record, column, parent, position, spec
from landfall.resources import Upsert
from landfall.rows import Row
from landfall.scope import Scope
from landfall.stage import load
from landfall.stage.rows import RecordDecoder
from tests.driver import Lab

KEY = "a key that only this test knows, and long enough"


class Phone(Record, table="phones", key=("email", "position")):
    """Numbers of a person."""

    email: str = parent()
    position: int = position()
    number: str = column(".", personal=True)


class Person(Record, table="people", key="email", ignored=("links",)):
    """People, under a key that identifies them."""

    email: str = column(personal=True, length=100)
    name: str | None = column("about.name", personal=True)
    born: date | None = column(personal=True)
    answers: Json | None = column(personal=True)
    short: str = column(personal=True, length=20)
    city: str | None
    spent: Decimal
    phones: list[Phone]


secrets_ = st.text(string.ascii_letters + "éß 漢'\"\\", min_size=6, max_size=20).map(lambda t: f"secret{t}")
people = st.lists(
    st.fixed_dictionaries(
        {
            "email": secrets_,
            "about": st.fixed_dictionaries({"name": st.none() | secrets_}),
            "born": st.just("1893-11-07"),
            "answers": st.none() | st.fixed_dictionaries({"where": secrets_}),
            "short": st.just("Zq-4711-hush"),
            "city": st.sampled_from(["Lyon", None]),
            "spent": st.sampled_from(["1.10", "secretly nothing"]),
            "phones": st.lists(secrets_, max_size=3),
        },
        optional={"links": secrets_, "added": st.fixed_dictionaries({"by": secrets_})},
    ),
    min_size=1,
    max_size=8,
)


class Private(Lab):
    """A lab with a policy."""

    privacy = Privacy()

    @property
    def pipeline(self) -> pipeline.Pipeline:
        return dataclasses.replace(super().pipeline, privacy=self.privacy)


Labs = Callable[..., Private]


@pytest.fixture
def lab(database: str, tmp_path: Path) -> Iterator[Labs]:
    """Makes labs by policy and record, on one database."""
    made: list[Private] = []

    def make(policy: Policy, record: Any = Person, **options: Any) -> Private:
        made.append(Private(database, tmp_path / str(len(made)), record, **options))
        made[-1].privacy = Privacy(policy, KEY)
        return made[-1]

    yield make
    for each in made:
        each.warehouse.engine.dispose()


def everything(made: Lab) -> str:
    """All rows of all tables of the database but Airflow's and PostgreSQL's own, as text."""
    tables = made.query(
        "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables "
        "WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
    )
    rows = [made.query(f"SELECT t::text FROM {name} t") for (name,) in tables]
    return "\n".join(str(cell) for table in rows for row in table for cell in row)


def leaves(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(leaves, value.values()))
    if isinstance(value, list):
        return set().union(*map(leaves, value))
    return {value} if isinstance(value, str) else set()


@pytest.mark.parametrize("policy", ["mask", "hash"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=people)
def test_no_personal_value_is_left_and_every_record_accounted_for(
    lab: Labs, policy: Policy, people: list[dict[str, Any]]
) -> None:
    made = lab(policy, most_rejected=1.0)
    made.query("DROP SCHEMA IF EXISTS lab CASCADE")
    made.query("TRUNCATE landfall.quarantine, landfall.sync_state, landfall.loads, landfall.quality_log")
    accepted = {p["email"]: p for p in people if p["spent"] == "1.10"}
    if not accepted:  # such a load fails as a whole
        people = [*people, {**people[0], "email": "secret of the last", "spent": "1.10"}]
        accepted = {people[-1]["email"]: people[-1]}
    done = made.load(people)
    assert done.fetched == len(people) == done.inserted + done.deduplicated + done.quarantined
    assert done.inserted == len(accepted)
    told = everything(made)
    personal = {v for v in leaves(people) if v.startswith("secret")} - {"secretly nothing"} | {
        "1893-11-07",
        "Zq-4711-hush",
    }
    assert [v for v in personal if v in told or json.dumps(v)[1:-1] in told] == []
    rows, phones = made.rows(), made.rows("phones")
    assert Counter(r["city"] for r in rows.values()) == Counter(p["city"] for p in accepted.values())
    assert Counter(r["name"] is None for r in rows.values()) == Counter(
        p["about"]["name"] is None for p in accepted.values()
    )
    assert {key[0] for key in phones} <= {key[0] for key in rows}, "children keep their parent"
    assert len(phones) == sum(len(p["phones"]) for p in accepted.values())
    for _, path, raw in made.quarantined():
        assert path == "$.spent"
        assert json.loads(raw)["city"] in ("Lyon", None), "what is not personal stays readable"
    made.warehouse.engine.dispose()


def test_masks_and_hashes(lab: Labs) -> None:
    record = {
        "email": "a@example.org",
        "about": {"name": "Ann"},
        "born": "1990-01-02",
        "answers": [1],
        "short": "x",
        "spent": "1.5",
        "phones": ["12", "12", "13"],
        "added": 1,
    }
    made = lab("mask")
    made.load([record])
    (row,) = made.rows().values()
    assert (row["name"], row["short"], row["born"], row["answers"]) == (MASK, MASK, None, None)
    assert "_extra" not in row
    tiny = Privacy("mask").veil(spec(Tiny))
    assert tiny.rows([("tiny", (0, 1, "x", None))]) == [("tiny", (0, 1, MASK[:2], None))]
    assert {r["number"] for r in made.rows("phones").values()} == {MASK}
    assert made.query(
        "SELECT details, status FROM landfall.quality_log WHERE check_name = 'schema drift'"
    ) == [("fields the record does not declare: added", "WARN")]


class Guest(Record, table="guests", key="id"):
    """Guests."""

    id: int
    name: str | None = column(personal=True)


def test_a_hash_is_the_same_in_every_run_and_another_by_another_key(lab: Labs) -> None:
    guests = [
        {"id": 1, "name": "Ann"},
        {"id": 2, "name": "Ann"},
        {"id": 3, "name": "ann"},
        {"id": 4, "name": None},
    ]
    made = lab("hash", Guest)
    made.load(guests)
    hashes = made.column("name")
    assert hashes[1] == hashes[2] != hashes[3]
    assert hashes[4] is None
    assert len(hashes[1]) == 32
    assert set(hashes[1]) <= set("0123456789abcdef")
    assert made.load(guests).unchanged == 4
    made.privacy = Privacy("hash", KEY[::-1])
    assert (made.load(guests).updated, made.column("name")[1] == hashes[1]) == (3, False)


def test_another_policy_takes_effect_with_the_next_full_load(lab: Labs) -> None:
    guests = [{"id": 1, "name": "Ann"}, {"id": 2, "name": None}]
    made = lab("keep", Guest)
    made.load(guests)
    for policy, name in (("mask", MASK), ("keep", "Ann")):
        made.privacy = Privacy(policy, KEY)  # type: ignore[arg-type]
        done = made.load(guests)
        assert (done.updated, done.unchanged) == (1, 1)
        assert made.column("name") == {1: name, 2: None}


class Visit(Record, table="visits", key="id"):
    """Visits, with a note of ours that holds what came."""

    id: int
    came: Json | None = column("came", personal=True, note="change")


def test_another_policy_reaches_notes_of_ours_too(lab: Labs) -> None:
    made = lab("keep", Visit)
    made.load([{"id": 1, "came": {"name": "Ann"}}])
    made.privacy = Privacy("mask")
    made.load([{"id": 1, "came": {"name": "Ann"}}])
    assert made.column("came") == {1: None}
    made.privacy = Privacy("keep")
    made.load([{"id": 1, "came": {"name": "Ann"}}])
    assert made.column("came") == {1: {"name": "Ann"}}


def test_deletes_and_rejects_find_their_rows_by_hashed_keys(lab: Labs) -> None:
    made = lab("hash", write=Upsert(deletes="hard"))
    record = {"about": {}, "short": "x", "spent": "1", "phones": ["1"]}
    made.load([{**record, "email": f"p{n}@example.org"} for n in range(4)])
    gone = made.load([], scope=Scope.NOTHING, deletes=[("p0@example.org",)])
    assert (gone.deleted, len(made.rows())) == (1, 3)
    bad = {**record, "email": "p1@example.org", "spent": "much"}
    full = made.load([bad, {**record, "email": "p2@example.org"}])
    assert (full.quarantined, full.deleted) == (1, 1), "the rejected one stays, p3 has vanished"
    assert len(made.rows()) == 2
    assert {len(r["short"]) for r in made.rows().values()} == {20}, "a hash is cut to what its column takes"
    ((key,),) = made.query("SELECT record_key FROM landfall.quarantine")
    assert tuple(json.loads(key)) in made.rows()


class Odd(RecordDecoder):
    """Reads fields elsewhere than the columns say."""

    def rows(self, line: bytes, seq: int) -> list[tuple[str, Row]]:
        if b"Ann" in line:
            raise RowRejected("is odd", path="$.name")
        return super().rows(line, seq)


def test_what_cannot_be_veiled_is_not_kept_in_quarantine(lab: Labs) -> None:
    made = lab("mask", Guest)
    made.load([{"id": 1}, b'{"id": 2, "name": "Ann', {"id": 3}])
    odd = lab("mask", Guest, decoder=Odd)
    odd.load([{"id": 1}, {"id": 2, "name": "Ann"}, {"id": 3}])
    assert [raw for *_, raw in odd.quarantined()] == [
        "Not kept here, for privacy: it is record 2 of what this load landed."
    ] * 2


@pytest.mark.parametrize("policy", ["keep", "mask", "hash"])
def test_the_fast_path_is_left_to_tables_without_personal_columns(
    lab: Labs, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    from landfall.stage import blocks

    monkeypatch.setattr(load, "FAST_PATH_BYTES", 1)
    taken: list[str] = []
    real = blocks.stage_blocks

    def noted(stages: Any, family: Any, *more: Any) -> Any:
        taken.append(family.spec.name)
        return real(stages, family, *more)

    monkeypatch.setattr(blocks, "stage_blocks", noted)
    lab(policy, Guest).load([{"id": 1, "name": "Ann"}])
    lab(policy, Plain).load([{"id": 1, "name": "Ann"}, {"id": 2, "added": "Ann"}])
    assert taken == (["guests", "plain"] if policy == "keep" else ["plain"])
    made = lab(policy, Plain)
    assert [(r["name"], "_extra" in r) for r in made.rows().values()] == [
        ("Ann", False),
        (None, policy == "keep"),
    ]


class Plain(Record, table="plain", key="id"):
    """Nothing personal."""

    id: int
    name: str | None


class Short(Record, table="short", key="id"):
    """A column too short for a hash."""

    id: int
    name: str | None = column(personal=True, length=15)


class Tiny(Record, table="tiny", key="id"):
    """A column too short for the whole mask."""

    id: int
    name: str | None = column(personal=True, length=2)


class Numbered(Record, table="numbered", key="id"):
    """A personal key that is no text."""

    id: int = column(personal=True)


@pytest.mark.parametrize(
    ("record", "privacy", "says"),
    [
        (Short, Privacy("hash", KEY), "short.name takes 15 characters"),
        (Numbered, Privacy("mask", KEY), "numbered.id is personal, holds no text"),
        (Guest, Privacy("hash"), "landfall_privacy"),
        (Person, Privacy("mask"), "people.email, and there is no key"),
    ],
)
def test_a_policy_that_cannot_be_carried_out_says_so(record: Any, privacy: Privacy, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        privacy.veil(spec(record))


def test_a_wrong_policy_and_a_weak_key_are_refused() -> None:
    with pytest.raises(Misconfigured, match="keep, mask, hash"):
        Privacy("blur")  # type: ignore[arg-type]
    with pytest.raises(Misconfigured, match="fewer than 32") as raised:
        Privacy("hash", "too weak a key")
    assert "too weak" not in str(raised.value)
    assert KEY not in repr(Privacy("hash", KEY))
