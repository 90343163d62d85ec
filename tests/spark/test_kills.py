"""A publish by Spark that dies at each of its commits: what counts is there or not at all, and both engines go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from landfall import ledger
from landfall.reads import Mode
from landfall.spark import engine
from landfall.spark.engine import SparkChanges, SparkLake, SparkSnapshot
from landfall.warehouse.lake.books import Books
from landfall.warehouse.lake.engine import Lake
from landfall.warehouse.lake.snapshot import Snapshot
from sandbox import Sandbox
from sandbox.connectwise import ConnectWiseVendor
from tests.sources.connectwise.office import Office
from tests.spark.session import NO_PUBLISH, SAIL

pytestmark = pytest.mark.skipif(SAIL, reason=NO_PUBLISH)
NAME, TABLE = "time_entries", "silver_cw_timeentry"


class Killed(BaseException):
    """Ends the publish where it is raised; nothing of it lives on but what is in the lake."""


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(ConnectWiseVendor(seed=5, records=20)) as running:
        yield running


@pytest.fixture(scope="module")
def office(
    box: Sandbox, spark: Any, new_database: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """A company in a lake that Spark publishes to, whatever the size; what is asked meanwhile is answered here."""
    opened = Office(new_database("lake"), tmp_path_factory.mktemp("office"), box.app, box.api_url)
    opened.warehouse = SparkLake(opened.warehouse.house, spark, small=-1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SparkSnapshot, "stream_of", Snapshot.stream_of)
        opened.sync(NAME, Mode.FULL)
        yield opened
    opened.hook.close()


def die(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: Callable[..., bool]) -> None:
    """Let the process end before a function that is called so."""
    real = getattr(owner, name)

    def last(*given: Any, **more: Any) -> Any:
        if when(*given):
            raise Killed
        return real(*given, **more)

    monkeypatch.setattr(owner, name, last)


POINTS: dict[str, tuple[Any, str, Callable[..., bool]]] = {
    "before any rows": (SparkChanges, "_bring", lambda *_: True),
    "between a child table and its parent": (
        SparkChanges,
        "_bring",
        lambda changes, *_: changes.target.name == TABLE,
    ),
    "after the rows, before the numbers": (
        engine,
        "_is_mine",
        lambda table, _: table.table_uri.rstrip("/").endswith(f"/{TABLE}"),
    ),
    "after the numbers, before the ledger": (Books, "write", lambda *_: True),
}
GOES_ON = [
    ("before any rows", "spark"),
    ("between a child table and its parent", "lake"),
    ("after the rows, before the numbers", "lake"),
    ("after the rows, before the numbers", "spark"),
    ("after the numbers, before the ledger", "lake"),
]
PUBLISHED = ("after the rows, before the numbers", "after the numbers, before the ledger")


@pytest.mark.parametrize(("point", "goes_on"), GOES_ON)
def test_it_counts_once_wherever_it_dies(
    office: Office, box: Sandbox, monkeypatch: pytest.MonkeyPatch, point: str, goes_on: str
) -> None:
    vendor: ConnectWiseVendor = box.app
    vendor.clock.advance(3600)
    vendor.delete(NAME, vendor.ids(NAME)[3])
    vendor.update(NAME, vendor.ids(NAME)[5])
    vendor.insert(NAME)
    before = office.state(NAME)
    with monkeypatch.context() as patched:
        die(patched, *POINTS[point])
        with pytest.raises(Killed):
            office.sync(NAME)
    extraction, staged = office.steps["extract"], office.steps["load"]
    published = point in PUBLISHED

    if goes_on == "lake":
        monkeypatch.setattr(office, "warehouse", Lake(office.warehouse.house))
    assert (office.state(NAME).version > before.version) is published
    assert (office.state(NAME).load_id == extraction.load_id) is published
    result = office.pipeline(NAME).publish(extraction, staged)
    assert (result.inserted, result.updated, result.deleted) == (1, 1, 1)
    assert office.state(NAME).version == before.version + 1
    assert office.state(NAME).watermark == extraction.watermark
    with office.warehouse.reading() as reader:
        rows = list(reader.scalars("SELECT id FROM silver.silver_cw_timeentry ORDER BY id"))
        kept = list(reader.scalars("SELECT id FROM bronze.bronze_cw_timeentry ORDER BY id"))
    assert rows == kept == vendor.ids(NAME)
    loads = [row["load_id"] for row in office.warehouse.books.rows(sa.select(ledger.loads.c.load_id))]
    assert loads.count(extraction.load_id) == 1
