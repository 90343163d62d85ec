"""The ledger of a lake: written after the publish, made whole by whoever looks next, and never in the way."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from deltalake import DeltaTable

from landfall import ledger
from landfall.warehouse.lake import commits
from landfall.warehouse.lake.books import Books
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.snapshot import Snapshot
from tests.warehouse.lake.twin import NOW, LakeSide, Load


@pytest.fixture
def side(tmp_path: Path) -> LakeSide:
    return LakeSide(Lakehouse.folder(tmp_path))


def item(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "lines": [], "tags": [], **fields}


def told(side: LakeSide, table: sa.Table, *columns: str) -> list[tuple[Any, ...]]:
    rows = side.lake.books.rows(sa.select(*(table.c[name] for name in columns)))
    return sorted(tuple(row.values()) for row in rows)


QUIET = {"watermark": "2026-03-05", "last_sync_at": NOW, "sync_type": "incremental", "updated_at": NOW}


def die_after_the_commit(monkeypatch: pytest.MonkeyPatch, side: LakeSide, load: Load | None) -> None:
    """Of a load, or of a quiet read."""
    with monkeypatch.context() as patched:
        patched.setattr(Books, "write", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
        state = commits.state_of(Snapshot(side.lake.house).table("twin", "items"), "twin", "items")
        with pytest.raises(RuntimeError, match="killed"):
            side.load(load, watermark="2026-03-01") if load else side.lake.note_unchanged(
                "twin", "items", state, QUIET
            )


def test_what_a_killed_run_left_out_is_written_by_the_next_who_looks(
    side: LakeSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    side.load(Load([item(1)]))
    die_after_the_commit(monkeypatch, side, Load([item(2)]))
    die_after_the_commit(monkeypatch, side, None)
    assert told(side, ledger.sync_state, "version") == [(1,)]
    state = side.lake.state("twin", "items")
    assert (state.version, state.watermark, state.row_count) == (3, "2026-03-05", 2)
    assert told(side, ledger.sync_state, "table_name", "version", "watermark", "updated_at") == [
        ("items", 3, "2026-03-05", NOW)
    ]
    assert [rows for _, rows in told(side, ledger.loads, "load_id", "rows_after")] == [1, 2]
    version = DeltaTable(side.lake.house.table("landfall", "sync_state")).version()
    side.lake.state("twin", "items")
    assert DeltaTable(side.lake.house.table("landfall", "sync_state")).version() == version


def test_where_the_log_is_gone_the_state_is_told_all_the_same(
    side: LakeSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_after_the_commit(monkeypatch, side, Load([item(1)]))
    uri = side.lake.house.table("twin", "items")
    DeltaTable(uri).alter.set_table_description("A commit of somebody else, after which the log is cleaned.")
    DeltaTable(uri).create_checkpoint()
    for log in sorted(Path(uri, "_delta_log").glob("*.json"))[:-1]:
        log.unlink()
    assert side.lake.state("twin", "items").watermark == "2026-03-01"
    assert told(side, ledger.sync_state, "version", "watermark") == [(1, "2026-03-01")]
    assert side.load(Load([item(1), item(2)]))["items"].inserted == 1


def test_a_quiet_read_moves_the_watermark_and_no_row(side: LakeSide) -> None:
    side.load(Load([item(1)]))
    before = side.lake.state("twin", "items")
    files = DeltaTable(side.lake.house.table("twin", "items")).file_uris()
    side.lake.note_unchanged("twin", "items", before, QUIET)
    after = side.lake.state("twin", "items")
    assert (after.version, after.watermark, after.load_id) == (2, "2026-03-05", before.load_id)
    assert DeltaTable(side.lake.house.table("twin", "items")).file_uris() == files
    side.lake.note_unchanged("twin", "items", before, {**QUIET, "watermark": "2026-02-01"})
    assert side.lake.state("twin", "items") == after, "another run has published since"


def test_many_write_to_the_ledger_at_once(side: LakeSide) -> None:
    def write(number: int) -> None:
        for version in range(1, 4):
            row = {"source": "twin", "table_name": f"t{number}", "version": version, "updated_at": NOW}
            mine = {"source": "twin", "table_name": f"t{number}"}
            side.lake.books.put(ledger.sync_state, [row], mine)
            result = {"source": "twin", "table_name": f"t{number}", "check_name": "c", "severity": "blocking"}
            side.lake.books.put(ledger.quality_log, [{**result, "status": "PASS", "checked_at": NOW}] * 2)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told(side, ledger.sync_state, "table_name", "version") == [(f"t{n}", 3) for n in range(4)]
    ids = [number for (number,) in told(side, ledger.quality_log, "id")]
    assert len(set(ids)) == 24


def test_small_files_stay_small_and_readers_see_one_state_or_the_next(side: LakeSide) -> None:
    """Thirty merges while somebody reads; the files are those that the bounds of the keys leave alone."""
    many = [item(n, amount="1", name="x" * 50) for n in range(400)]
    for start in range(0, 400, 100):
        side.load(Load(many[start : start + 100]))
    uri = side.lake.house.table("twin", "items")
    files = set(DeltaTable(uri).file_uris())
    assert len(files) == 4
    sums: set[tuple[int, int, Any]] = set()
    legal = {(400, 400, 400)}
    done = threading.Event()

    def sample() -> None:
        query = "SELECT count(*), count(DISTINCT id), CAST(sum(amount) AS bigint) FROM twin.items"
        while not done.is_set():
            sums.add(tuple(Snapshot(side.lake.house).execute(query).one()))
            time.sleep(0.01)

    reader = threading.Thread(target=sample)
    reader.start()
    try:
        for number in range(30):
            legal.add((400, 400, 400 + (number + 1) * 10))
            side.load(Load([item(n, amount=str(number + 2), name="x" * 50) for n in range(380, 390)]))
    finally:
        done.set()
        reader.join()
    assert sums <= legal
    assert len(sums) > 3
    after = set(DeltaTable(uri).file_uris())
    assert len(files & after) == 3, "files without a changed row are left alone"
    assert len(after) <= 5
