"""Once a week a lake is tidied: readers and the numbers in its log are none the wiser."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from landfall import ledger
from landfall.warehouse.lake.changes import SPOOL, SPOOL_KEPT, sweep
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.maintenance import WEEK, keep, weekly
from landfall.warehouse.lake.snapshot import Snapshot
from tests.warehouse.lake.stores import OneLake
from tests.warehouse.lake.twin import LakeSide, Load, new_load_id


def item(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "lines": [], "tags": [], **fields}


def test_small_files_become_one_and_old_ones_go(tmp_path: Path) -> None:
    side = LakeSide(Lakehouse.folder(tmp_path))
    for number in range(5):
        side.load(Load([item(number)]), watermark="2026-03-01")
    before, state = side.rows("items"), side.lake.state("twin", "items")
    folder = Path(side.lake.house.table("twin", "items"))
    assert len(list(folder.glob("*.parquet"))) == 5
    done = keep(side.lake.house, "twin", ["items", "nothing"], kept_hours=0)
    assert set(done) == {"items"}
    assert (done["items"].compacted, done["items"].made, done["items"].deleted) == (5, 1, 5)
    assert len(list(folder.glob("*.parquet"))) == 1
    assert side.rows("items") == before
    assert side.lake.state("twin", "items") == state
    assert keep(side.lake.house, "twin", ["items"])["items"].made == 0
    assert side.load(Load([item(9)]))["items"].inserted == 1, "a publish goes on from a compacted table"


def test_onelake_is_asked_for_nothing_that_it_refuses(onelake: OneLake) -> None:
    side = LakeSide(onelake.house("kept"))
    load_ids = [new_load_id() for _ in range(3)]
    for load_id in load_ids:
        load = Load([item(int(load_id[-6:], 16))])
        family, _ = side.stage(load, load_id)
        side.publish(load, family, load_id)
    assert side.lake.drop_stages(load_ids[:1]) == 7
    assert side.lake.drop_stages_before(load_ids[2]) == 7
    assert {name[:22] for name in side.lake.house.names("landfall_stage")} == {load_ids[2]}
    onelake.order()
    assert keep(side.lake.house, "twin", ["items"])["items"].compacted == 3
    assert not [line for line in onelake.order() if "comp=batch" in line]
    assert len(side.rows("items")) == 3
    table = Snapshot(side.lake.house).table("twin", "items")
    assert table is not None
    assert len(table.file_uris()) == 1


def test_it_is_due_once_a_week(tmp_path: Path) -> None:
    side = LakeSide(Lakehouse.folder(tmp_path))
    for number in range(3):
        side.load(Load([item(number)]))
    house, began = side.lake.house, time.time()
    assert weekly(house, "twin", [("twin", "items")], began) is None, "the first run begins the first week"
    assert weekly(house, "twin", [("twin", "items")], began + WEEK - 1) is None
    done = weekly(house, "twin", [("twin", "items")], began + WEEK)
    assert done is not None
    assert done["twin.items"].compacted == 3
    assert {f"landfall.{table.name}" for table in ledger.TABLES} <= set(done)
    assert weekly(house, "twin", [("twin", "items")], began + WEEK + 1) is None, (
        "another run of the same week"
    )
    assert side.lake.state("twin", "items").version == 3
    assert ledger.load(side.lake.books, side.lake.state("twin", "items").load_id or "") is not None


def test_files_of_publishes_that_were_killed_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, used = tmp_path / f"{SPOOL}left", tmp_path / f"{SPOOL}used"
    for path in (left, used, tmp_path / "of-somebody-else"):
        path.write_bytes(b"rows")
    for path in (left, tmp_path / "of-somebody-else"):
        os.utime(path, (0, time.time() - SPOOL_KEPT - 60))
    assert sweep() == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [used.name, "of-somebody-else"]
