"""Shops are read, published and told of each by itself; a read that was stopped goes on where it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from landfall import ledger
from landfall.errors import AuthenticationFailed, ReadMoved
from landfall.hooks.fullbay import FullbayHook
from landfall.reads import Mode
from landfall.scope import Scope
from sandbox import Sandbox
from sandbox.fullbay import FullbayVendor
from sandbox.fullbay.vendor import CALLER_IP
from tests.driver import run_on
from tests.sources.fullbay.shop import Shop

pytestmark = [pytest.mark.airflow, pytest.mark.engines]
RAW = "fullbay_raw_data"


class Shops(Shop):
    """Two shops, each with a simulator and a key of its own, in one schema."""

    south: FullbayVendor

    def steps_of(self, mode: Mode = Mode.INCREMENTAL, *dates: Any, retries: bool = False) -> Any:
        one = self.pipeline
        request = one.request(self.hook, mode, *dates, retries=retries)
        extraction = one.extract(request, one.resource.read.read)  # type: ignore[union-attr]
        return extraction, run_on(one, extraction, {})

    def counts(self) -> dict[str, int]:
        return dict(
            map(tuple, self.query(f"SELECT shop_code, count(*) FROM fullbay.{RAW} GROUP BY shop_code"))
        )

    def state(self, shop: str = "") -> ledger.State:
        return self.warehouse.state("fullbay", ledger.part_name(RAW, shop) if shop else RAW)

    def asked(self, vendor: FullbayVendor) -> list[str]:
        """The windows that were asked for, by their first day, in order."""
        return [r.query.split("startDate=")[1][:10] for r in list(vendor.stats.log)]


@pytest.fixture
def shops(database: str, tmp_path: Path, set_connection: Any) -> Iterator[Shops]:
    north, south = (FullbayVendor(seed=seed, records=60, page_size=7, token=f"key-{seed}") for seed in (4, 5))
    with Sandbox(north) as first, Sandbox(south) as second:
        shared = {
            "egress_ip": CALLER_IP,
            "time_zone": "America/Detroit",
            "rate_store": str(tmp_path),
            "requests_per_period": 10_000,
            "total_timeout": 3,
        }
        for name, box, vendor, extra in (
            ("fullbay_default", first, north, {"shop_code": "north", "more_shops": "fullbay_south"}),
            ("fullbay_south", second, south, {}),
        ):
            set_connection(name, "fullbay", host=box.api_url, password=vendor.token, extra=shared | extra)
        hook = FullbayHook()
        made = Shops(database, tmp_path, north, hook)
        made.south = south
        yield made
        hook.close()


def test_each_shop_has_its_own_row_in_the_ledger(shops: Shops) -> None:
    extraction, made = shops.steps_of()
    assert [(p.name, p.records, p.error) for p in extraction.parts] == [("north", 61, ""), ("south", 61, "")]
    assert (made.fetched, made.inserted) == (122, 122)
    today = shops.vendor.today().isoformat()
    for name, rows in (("", 122), ("north", 61), ("south", 61)):
        state = shops.state(name)
        assert (state.watermark, state.row_count, state.version) == (today, rows, 1)
    told = shops.query("SELECT table_name FROM fullbay.sync_state WHERE last_sync_at IS NOT NULL ORDER BY 1")
    assert [row[0] for row in told] == [RAW, f"{RAW}/north", f"{RAW}/south"]


def test_a_refused_key_costs_its_own_shop_and_nothing_else(shops: Shops) -> None:
    shops.steps_of()
    before = shops.state("south")
    whole = shops.state().last_sync_at
    shops.south.revoked = True
    shops.vendor.insert("invoices")
    shops.south.insert("invoices")
    extraction, made = shops.steps_of()
    assert made.inserted == 1
    assert shops.counts() == {"north": 62, "south": 61}
    (failed,) = extraction.failed
    assert failed.name == "south"
    assert "fullbay_south" in failed.error
    assert "Check the API key" in failed.todo
    assert shops.state("south") == before
    assert shops.state("north").last_sync_at > before.last_sync_at  # type: ignore[operator]
    assert shops.state().last_sync_at == whole, "not all of the table is up to date"
    shops.south.revoked = False
    shops.steps_of()
    assert shops.counts() == {"north": 62, "south": 62}
    assert shops.state("south").last_sync_at == shops.state().last_sync_at


def test_a_shop_that_missed_runs_is_read_from_where_it_was(shops: Shops) -> None:
    shops.steps_of()
    today = shops.vendor.today()
    shops.south.revoked = True
    for name, day in ((RAW, today), (f"{RAW}/north", today), (f"{RAW}/south", today - timedelta(days=20))):
        shops.query(f"UPDATE landfall.sync_state SET watermark = '{day}' WHERE table_name = '{name}'")
    shops.steps_of()
    assert shops.state().watermark == (today - timedelta(days=20)).isoformat()
    shops.south.revoked = False
    for vendor in (shops.vendor, shops.south):
        vendor.stats.reset()
    shops.steps_of()
    assert min(shops.asked(shops.vendor)) == (today - timedelta(days=14)).isoformat()
    assert min(shops.asked(shops.south)) == (today - timedelta(days=33)).isoformat()
    assert shops.state().watermark == today.isoformat()


def test_a_new_shop_brings_its_history(shops: Shops, set_connection: Any) -> None:
    one = json.loads(os.environ["AIRFLOW_CONN_FULLBAY_DEFAULT"])
    extra = one["extra"] | {"more_shops": ""}
    set_connection("fullbay_default", "fullbay", host=one["host"], password=one["password"], extra=extra)
    shops.hook = FullbayHook()
    shops.steps_of()
    assert shops.counts() == {"north": 61}
    extra |= {"more_shops": "fullbay_south"}
    set_connection("fullbay_default", "fullbay", host=one["host"], password=one["password"], extra=extra)
    shops.hook = FullbayHook()
    shops.steps_of()
    assert shops.counts() == {"north": 61, "south": 61}


def test_a_window_that_keeps_moving_costs_its_shop_once_no_retry_is_left(shops: Shops) -> None:
    shops.steps_of()
    shops.vendor.insert("invoices")
    for _ in range(8):
        shops.south.insert("invoices")

    def moves() -> None:
        shops.south.insert("invoices")
        shops.south.on_page("invoices", 1, moves)

    shops.south.on_page("invoices", 1, moves)
    with pytest.raises(ReadMoved):
        shops.steps_of(retries=True)
    shops.vendor.stats.reset()
    extraction, made = shops.steps_of()
    assert not shops.vendor.stats.log, "what the first attempt has read of the other shop is not read again"
    assert [part.name for part in extraction.failed] == ["south"]
    assert (made.inserted, made.fetched) == (1, extraction.parts[0].records)
    assert extraction.resumed_from
    assert shops.state("north").last_sync_at == extraction.resumed_from


def test_a_shop_without_a_connection_costs_nothing_else(
    shops: Shops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_FULLBAY_SOUTH")
    extraction, made = shops.steps_of()
    assert made.inserted == 61
    (failed,) = extraction.failed
    assert (failed.name, failed.error) == ("south", "there is no connection fullbay_south")


def test_where_no_shop_can_be_read_the_extract_fails(shops: Shops) -> None:
    shops.vendor.revoked = shops.south.revoked = True
    with pytest.raises(AuthenticationFailed):
        shops.steps_of()


def test_what_a_stopped_extract_has_landed_is_not_read_again(shops: Shops) -> None:
    today = shops.vendor.today()
    dates = (today - timedelta(days=59), today)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    where = [str(shops.warehouse.engine.url.render_as_string(hide_password=False)), str(shops.folder)]
    order = ["fullbay", *where, f"invoices={dates[0]}..{dates[1]}=14"]
    stopped = subprocess.run(
        [sys.executable, "-m", "tests.conformance.stopped", *order],
        env=environment,
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert stopped.returncode == 0, stopped.stderr.decode()
    first = shops.asked(shops.vendor)
    assert len(set(first)) == 9, "the first shop was read to its end"
    begun = shops.asked(shops.south)
    assert 1 < len(set(begun)) < 9
    for vendor in (shops.vendor, shops.south):
        vendor.stats.reset()
    extraction, made = shops.steps_of(Mode.DATES, *dates)
    assert not shops.vendor.stats.log
    assert min(shops.asked(shops.south)) == max(begun), "it goes on with the window it was stopped in"
    assert (made.fetched, made.inserted) == (122, 122)
    assert [part.records for part in extraction.parts] == [61, 61]
    for vendor in (shops.vendor, shops.south):
        vendor.stats.reset()
    shops.steps_of(Mode.DATES, *dates)
    assert len(set(shops.asked(shops.vendor))) == 9, (
        "what is published is read again when it is asked for again"
    )


@pytest.mark.parametrize("spoiled", ["credential", "age", "bytes"])
def test_what_may_not_stand_for_a_reading_is_read_again(
    spoiled: str, shops: Shops, set_connection: Any
) -> None:
    dates = (shops.vendor.today() - timedelta(days=20), shops.vendor.today() - timedelta(days=10))
    shops.south.on_page("invoices", 1, lambda: setattr(shops.south, "revoked", True))
    shops.vendor.revoked = True
    with pytest.raises(AuthenticationFailed):
        shops.steps_of(Mode.DATES, *dates)
    (folder,) = (shops.folder / "landing" / "fullbay" / "invoices").iterdir()
    (note,) = folder.glob("section-*.json")
    if spoiled == "credential":
        one = json.loads(os.environ["AIRFLOW_CONN_FULLBAY_SOUTH"])
        extra = one["extra"] | {"time_zone": "America/Chicago"}
        set_connection("fullbay_south", "fullbay", host=one["host"], password=one["password"], extra=extra)
        shops.hook = FullbayHook()
    elif spoiled == "age":
        told = json.loads(note.read_text())
        note.write_text(json.dumps(told | {"began_at": "2020-01-01T00:00:00Z"}))
    else:
        (part,) = (folder / name for name in json.loads(note.read_text())["parts"])
        part.write_bytes(part.read_bytes()[:-20])
    shops.vendor.revoked = shops.south.revoked = False
    shops.south.stats.reset()
    shops.steps_of(Mode.DATES, *dates)
    assert dates[0].isoformat() in shops.asked(shops.south)


def dated_today(vendor: FullbayVendor) -> int:
    today = vendor.today().isoformat()
    return next(k for k, day in vendor.rows["invoices"].column("invoiceDate").items() if day == today)


def marked(shops: Shops) -> list[tuple[str, str]]:
    """Shop and id of the invoices that are marked as deleted, each without any line."""
    found = shops.query(
        f"SELECT shop_code, fullbay_invoice_id FROM fullbay.{RAW} WHERE _deleted_at IS NOT NULL ORDER BY 1, 2"
    )
    for table in ("fullbay_line_items", "fullbay_invoice_reconciliation"):
        left = (
            f"SELECT count(*) FROM fullbay.{table} AS t JOIN fullbay.{RAW} AS r ON r.shop_code = t.shop_code"
            " AND r.fullbay_invoice_id = t.fullbay_invoice_id WHERE r._deleted_at IS NOT NULL"
        )
        assert shops.one(left) == 0
    return [(row[0], row[1]) for row in found]


def test_only_what_was_read_may_be_inferred_as_gone(shops: Shops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDFALL_FULLBAY_DELETES", "unlisted")
    shops.steps_of()
    gone = {vendor: dated_today(vendor) for vendor in (shops.vendor, shops.south)}
    for vendor, key in gone.items():
        vendor.delete("invoices", key)
    shops.south.revoked = True
    extraction, made = shops.steps_of()
    assert extraction.scope == Scope.WINDOW.value
    assert made.deleted == 1
    assert marked(shops) == [("north", str(gone[shops.vendor]))]
    assert shops.counts() == {"north": 61, "south": 61}


def test_an_invoice_read_under_another_shop_leaves_its_old_one(
    shops: Shops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDFALL_FULLBAY_DELETES", "unlisted")
    key = "88000001"
    listed = shops.vendor.insert("invoices", {"primaryKey": key})
    row = shops.vendor.rows["invoices"].get(listed)
    shops.steps_of()
    shops.vendor.delete("invoices", listed)
    shops.south.insert("invoices", row)
    shops.steps_of()
    assert marked(shops) == [("north", key)]
    lines = f"SELECT DISTINCT shop_code FROM fullbay.fullbay_line_items WHERE fullbay_invoice_id = '{key}'"
    assert shops.one(lines) == "south"
