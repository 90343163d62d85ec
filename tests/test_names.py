"""Which names may be declared, and that no two made names are alike or cut."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from landfall import names
from landfall.errors import Misconfigured
from landfall.records import Record, column, parent, position, spec
from landfall.resources import Replace, Resource, Source
from landfall.warehouse.removal import Family
from landfall.warehouse.tables import target_table
from tests.driver import Lab

engines = pytest.mark.engines
LONG = "a_name_that_is_as_long_as_a_vendor_may_make_it_in_his_own_words"


def declare(table: str, **fields: type) -> type[Record]:
    body = {"__doc__": "Things.", "__annotations__": {"id": int, **fields}}
    return type("Thing", (Record,), body, table=table, key="id")  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(
    "name", ["_seq", "_SEQ", "_extra", "_deleted_at", "ctid", "Xmin", "tableoid", "CMAX", "é" * 32]
)
def test_a_column_that_cannot_be_is_refused_when_it_is_declared(name: str) -> None:
    with pytest.raises(Misconfigured, match=rf"Thing\.{name} cannot be the name") as raised:
        spec(declare("things", **{name: str}))
    assert "Declare another name" in raised.value.todo


@pytest.mark.parametrize(
    "name", ["sync_state", "Sync_State", "pk_things", "IX_things", "a.b", "", "x" * 64, 'a"b']
)
def test_a_table_that_cannot_be_is_refused_when_it_is_declared(name: str) -> None:
    with pytest.raises(Misconfigured, match="cannot be the name"):
        spec(declare(name))


def test_columns_that_differ_in_case_alone_are_refused() -> None:
    with pytest.raises(Misconfigured, match=r"Thing: ID cannot be the name: there is id already"):
        spec(declare("things", ID=str))


@pytest.mark.parametrize("name", ["landfall", "landfall_stage", "public", "pg_mine", "dbo", "Sys"])
def test_a_source_whose_schema_is_somebody_elses_is_refused(name: str) -> None:
    with pytest.raises(Misconfigured, match=f"source {name} cannot be the name"):
        Source(name, "", "", ())


def test_tables_that_differ_in_case_alone_are_refused() -> None:
    resources = [Resource(name, declare(name), read=None, write=Replace()) for name in ("things", "Things")]  # type: ignore[arg-type]
    with pytest.raises(Misconfigured, match=r"lab: Things cannot be the name: there is things already"):
        Source("lab", "", "", tuple(resources))


def test_names_that_are_alike_when_they_are_joined_stay_apart() -> None:
    assert names.index_of("a_b", "c") != names.index_of("a", "b_c")
    assert names.index_of("a", "b_c") == "ix_a_b_c"
    assert names.stage_of("L", "a", "deletes") != names.stage_of("L", "a_deletes")


def test_long_names_stay_apart_and_within_what_an_engine_keeps() -> None:
    ends = [f"{LONG[:50]}{'é' * 4}{end}" for end in "ab"]
    made = {
        name
        for end in ends
        for name in (names.key_of(end), names.index_of(end, LONG), names.stage_of(LONG, end))
    }
    assert len(made) == 6
    assert all(len(name.encode()) <= names.MAX_IDENTIFIER for name in made)


class Parent(Record, table="parents_of", key="id"):
    """Its index and its child's would be called alike."""

    id: int
    things_at: int | None = column(index=True)
    elements: list[Child]
    removed: list[Deletes]


class Child(Record, table="parents_of_things", key=("parent_id", "position")):
    """Elements."""

    parent_id: int = parent()
    position: int = position()
    at: int | None = column(index=True)


class Deletes(Record, table="parents_of_deletes", key=("parent_id", "position")):
    """Its stage would be called as that of the parent's deletes."""

    parent_id: int = parent()
    position: int = position()
    name: str | None


@engines
def test_tables_whose_made_names_would_collide_are_loaded(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Parent)
    record = {"id": 1, "things_at": 2, "elements": [{"at": 3}], "removed": [{"name": "x"}]}
    lab.load([record])
    assert lab.rows("parents_of_things") == {(1, 1): {"parent_id": 1, "position": 1, "at": 3}}
    assert lab.rows("parents_of_deletes") == {(1, 1): {"parent_id": 1, "position": 1, "name": "x"}}
    found = [i for t in spec(Parent).family() for i in target_table(t, "lab").indexes]
    assert len({index.name for index in found}) == 2
    stages = Family(spec(Parent), "lab", "20250101T000000_abcdef").all_stages
    assert len({stage.name for stage in stages}) == len(stages)
    with lab.warehouse.begin() as connection:
        assert sa.inspect(connection).get_indexes("parents_of_things", schema="lab")
