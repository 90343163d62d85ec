"""What becomes of an error of deltalake or of a store: ours, with what to do, and nothing of a row or a statement."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from landfall.errors import (
    LandfallError,
    Misconfigured,
    WarehouseBusy,
    WarehouseRefused,
    WarehouseUnavailable,
)
from landfall.warehouse.lake.engine import Lake
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.tables import target_table
from tests.warehouse.lake.stores import OneLake
from tests.warehouse.lake.twin import ITEMS, LakeSide, Load, new_load_id
from tests.warehouse.test_failures import SECRET, assert_tells_nothing

TARGET = target_table(ITEMS, "twin")


def told(work: Callable[[], object], kind: type[LandfallError]) -> str:
    """What a piece of work tells that ends in this kind of error."""
    with pytest.raises(LandfallError) as raised:
        work()
    assert type(raised.value) is kind
    assert_tells_nothing(raised.value)
    text = str(raised.value)
    assert text.startswith("connection given: the lakehouse at ")
    assert raised.value.todo
    return text


@pytest.fixture
def side(tmp_path: Path) -> LakeSide:
    made = LakeSide(Lakehouse(str(tmp_path / "lake"), conn_id="given"))
    made.load(Load([{"id": 1, "name": SECRET, "tags": ["a"]}]))
    return made


@pytest.fixture
def shared(onelake: OneLake) -> LakeSide:
    """On a store, which is asked once only."""
    house = onelake.house()
    once = {**house.options, "max_retries": "0", "timeout": "5s"}
    return LakeSide(dataclasses.replace(house, options=once, conn_id="given"))


def count(lake: Lake, query: str = "SELECT name FROM twin.items") -> list[Any]:
    with lake.reading() as reader:
        return list(reader.execute(query))


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, WarehouseRefused, "does not let Landfall work"),
        (403, WarehouseRefused, "does not let Landfall work"),
        (429, WarehouseBusy, "too many requests"),
        (500, WarehouseUnavailable, "does not answer as it should"),
        (503, WarehouseUnavailable, "does not answer as it should"),
        (507, WarehouseUnavailable, "has no room left"),
    ],
)
def test_a_stores_status_tells_whether_to_try_again(
    onelake: OneLake, shared: LakeSide, status: int, kind: type[LandfallError], words: str
) -> None:
    """Wherever it is met: at a read, and at the commit of a publish."""
    onelake.order(fail=status, at=1, when="before")
    text = told(lambda: shared.lake.state("twin", "items"), kind)
    assert words in text
    assert "twin.items" in text
    onelake.order()
    load_id = new_load_id()
    load = Load([{"id": 1, "name": SECRET}])
    family, _ = shared.stage(load, load_id)
    onelake.order(fail=status, at=1, when="before", only=["PUT", "items/_delta_log"])
    assert words in told(lambda: shared.publish(load, family, load_id), kind)
    onelake.order()
    assert not [row for row in shared.rows("items") if row["name"] == SECRET]


def test_what_is_gone_or_broken(side: LakeSide) -> None:
    place = Path(side.lake.house.table("twin", "items"))
    for file in place.glob("*.parquet"):
        file.unlink()
    text = told(lambda: count(side.lake), WarehouseUnavailable)
    assert "lacks a file of a table" in text
    (place / "_delta_log" / f"{1:020}.json").write_text(f'{{"{SECRET}"')
    assert "cannot read" in told(lambda: side.lake.state("twin", "items"), WarehouseRefused)
    shutil.rmtree(place)
    assert "there is no table twin.items" in str(_raised(lambda: count(side.lake)))


def test_a_place_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    lake = Lake(Lakehouse(str(tmp_path / "file" / "below"), conn_id="given"))
    told(lambda: lake.prove({}), Misconfigured)
    told(lambda: lake.ensure([TARGET]), Misconfigured)


def test_a_query_and_a_value_that_are_refused(side: LakeSide) -> None:
    text = told(
        lambda: count(side.lake, f"SELECT nothing FROM twin.items WHERE name = '{SECRET}'"), WarehouseRefused
    )
    assert "refused a query" in text
    text = told(lambda: count(side.lake, "SELECT CAST(name AS BIGINT) FROM twin.items"), WarehouseRefused)
    assert "refused a value" in text


def test_what_is_not_the_lakes_stays_what_it_is(side: LakeSide, tmp_path: Path) -> None:
    """Landing is read while a stage is open; its errors are its own."""

    def work() -> None:
        with side.lake.stage(Load([]).family(ITEMS, new_load_id())):
            (tmp_path / "landing" / "nothing").read_bytes()

    with pytest.raises(FileNotFoundError):
        work()


def _raised(work: Callable[[], object]) -> LandfallError:
    with pytest.raises(LandfallError) as raised:
        work()
    return raised.value
