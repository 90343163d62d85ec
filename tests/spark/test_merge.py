"""What differs, brought into a Delta table by Spark's MERGE: what the lake's own engine reads afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from deltalake import DeltaTable

from landfall.reads import Mode
from landfall.sources import source
from landfall.spark.engine import SparkChanges, SparkSnapshot, _typed
from landfall.warehouse.lake.changes import DELETE, INSERT, OP, UPDATE
from landfall.warehouse.tables import target_table
from sandbox import Sandbox
from sandbox.connectwise import ConnectWiseVendor
from tests.sources.connectwise.office import Office

NAME = "time_entries"
SPEC = source("connectwise").resource(NAME).table
ENTRIES = target_table(SPEC, "connectwise")
NEW, CHANGED, GONE = 999_001, 1003, 1005
NOTES = "Ókunnur {ehf.} \\ 'x'"


@pytest.fixture(scope="module")
def office(new_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A company in a lake that its own engine has loaded."""
    with Sandbox(ConnectWiseVendor(seed=8, records=20)) as box:
        opened = Office(new_database("lake"), tmp_path_factory.mktemp("office"), box.app, box.api_url)
        opened.sync(NAME, Mode.FULL)
        yield opened
        opened.hook.close()


def bring(office: Office, spark: Any, **rows: sa.Select[Any]) -> None:
    """Bring in rows by what becomes of them, one of each, as a publish does; no number of a load is written."""
    snapshot = SparkSnapshot(office.warehouse.house, spark=spark, small=-1)
    asked = [
        sa.select(sa.literal(letter).label(OP), *query.subquery().columns) for letter, query in rows.items()
    ]
    frame = _typed(snapshot.frame(sa.union_all(*asked)), ENTRIES, OP)
    SparkChanges(snapshot, ENTRIES, Counter(rows.keys()), len(rows), frame)._bring(place(office), {})


def place(office: Office) -> str:
    return str(office.warehouse.house.table(str(ENTRIES.schema), ENTRIES.name))


def as_it_is(key: int, **other: Any) -> sa.Select[Any]:
    """A row of the table, with other values."""
    values = [sa.literal(other[c.name]).label(c.name) if c.name in other else c for c in ENTRIES.columns]
    return sa.select(*values).where(ENTRIES.c.id == key)


def test_a_merge_of_sparks_is_read_by_the_lake(office: Office, spark: Any) -> None:
    before, version = office.silver(NAME), DeltaTable(place(office)).version()
    changed, new = {"notes": NOTES}, {"id": NEW}
    bring(
        office,
        spark,
        **{UPDATE: as_it_is(CHANGED, **changed), DELETE: as_it_is(GONE), INSERT: as_it_is(1001, **new)},
    )
    wanted = {key: dict(row) for key, row in before.items() if key != GONE}
    wanted[CHANGED] |= changed
    wanted[NEW] = before[1001] | new
    assert office.silver(NAME) == wanted
    table = DeltaTable(place(office))
    assert (table.version(), table.history(1)[0]["operation"]) == (version + 1, "MERGE")


def test_new_rows_alone_are_added(office: Office, spark: Any) -> None:
    before = office.silver(NAME)
    bring(office, spark, **{INSERT: as_it_is(1002, id=NEW + 1)})
    assert office.silver(NAME) == {**before, NEW + 1: before[1002] | {"id": NEW + 1}}
    assert DeltaTable(place(office)).history(1)[0]["operation"] == "WRITE"
