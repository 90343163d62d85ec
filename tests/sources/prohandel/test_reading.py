"""What changed, from a vendor of whom nobody knows what its filter does: the tables are right in every case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from landfall.errors import FuseBlown
from landfall.reads import Mode
from sandbox.prohandel import ProHandelVendor
from tests.sources.prohandel.shop import Shop, opened

pytestmark = pytest.mark.airflow


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with opened(database, tmp_path, ProHandelVendor(records=60, max_page_size=20, token_lasts=10**6)) as made:
        yield made


REQUESTS = {"honoured": 1, "exclusive": 1, "by_day": 1}
"""For sales of which three have changed; else the four pages of the list are read after one that proves nothing."""


@pytest.mark.parametrize(
    "mode", ["honoured", "exclusive", "by_day", "ignored", "future_only", "empty", "by_date", "refused"]
)
def test_the_tables_are_right_whatever_the_parameter_does(shop: Shop, mode: str) -> None:
    vendor = shop.vendor
    for name in ("sale", "articlesize"):
        shop.sync(name)
    vendor.clock.advance(3600)
    vendor.insert("sale")
    vendor.update("sale", 2)  # dated long ago
    shop.sync("sale")
    shop.agrees("sale")
    vendor.configure({"since_mode": mode})
    vendor.clock.advance(3600)
    for number in (3, 40):
        vendor.update("sale", number)
    vendor.insert("sale")
    vendor.update("articlesize", 7)
    vendor.stats.reset()
    shop.sync("sale")
    assert len(shop.requests()) == REQUESTS.get(mode, 1 + 4)
    shop.sync("articlesize")
    shop.agrees("sale")
    shop.agrees("articlesize")
    assert shop.sync("sale") is None


def test_no_parameter_means_whole_lists_and_no_rows_that_are_held(database: str, tmp_path: Path) -> None:
    with opened(database, tmp_path, changed_since_param="none") as shop:
        shop.sync("sale")
        shop.vendor.update("sale", 5)
        done = shop.sync("sale")
        assert done
        assert (done.fetched, done.updated) == (1, 1)
        shop.agrees("sale")


def test_a_parameter_for_some_lists_only(database: str, tmp_path: Path) -> None:
    vendor = ProHandelVendor(records=60, since_on=("sale",))
    with opened(database, tmp_path, vendor, changed_since_param="changedSince, order=none") as shop:
        shop.sync_all()
        vendor.clock.advance(3600)
        vendor.changes(20)
        shop.sync_all()
        for name in ("sale", "articlesize", "article"):
            shop.agrees(name)


def test_more_rows_share_a_stamp_than_a_page_holds(shop: Shop) -> None:
    vendor = shop.vendor
    shop.sync("sale")
    vendor.clock.advance(3600)
    vendor.clock.freeze()
    for number in range(1, 51):
        vendor.update("sale", number)
    shop.sync("sale")
    shop.agrees("sale")
    vendor.update("sale", 55)  # of the same stamp, after the read
    shop.sync("sale")
    shop.agrees("sale")


def test_an_hour_that_comes_twice_leaves_no_gap(database: str, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from sandbox.clock import Clock

    clock = Clock(datetime(2025, 10, 26, 0, 55, tzinfo=UTC), frozen=True)  # 02:55, for the first time
    with opened(database, tmp_path, ProHandelVendor(records=40, clock=clock)) as shop:
        shop.vendor.update("sale", 1)
        shop.sync("sale")
        clock.advance(20 * 60)  # 02:15, for the second time
        shop.vendor.update("sale", 2)
        shop.sync("sale")
        shop.agrees("sale")
        assert [
            r["last_change"].hour for r in shop.table("sale").values() if "26T02" in r["last_change_sent"]
        ] == [0, 0]


def test_a_stamp_from_the_future_hides_nothing(shop: Shop) -> None:
    shop.vendor.alter("sale", 9, {"lastChange": "2999-01-01T00:00:00"})
    shop.sync("sale")
    shop.vendor.update("sale", 10)
    shop.sync("sale")
    shop.agrees("sale")


def test_orders_are_told_by_their_positions_or_by_all_that_they_say(database: str, tmp_path: Path) -> None:
    with opened(database, tmp_path) as shop:
        shop.sync("order")
        first = shop.table("order")
        assert all(row["last_change"] is None for row in first.values())
        assert shop.sync("order") is None
        shop.vendor.update("order", 2, {"status": 9})
        done = shop.sync("order")
        assert done
        assert (done.fetched, done.updated) == (1, 1)
        shop.vendor.configure({"order_form": "b"})
        shop.sync("order")
        latest = {
            key: max(p["lastChange"] for p in row["positions"]) for key, row in shop.truth("order").items()
        }
        assert {key: row["last_change_sent"] for key, row in shop.table("order").items()} == latest
        positions = shop.table("order_position")
        assert len(positions) == sum(len(row["positions"]) for row in shop.truth("order").values())


def test_a_row_is_gone_where_two_reads_lack_it(shop: Shop) -> None:
    vendor = shop.vendor
    shop.sync("sale")
    vendor.delete("sale", 30)
    assert len(shop.table("sale")) == 60
    shop.sync("sale")
    assert len(shop.table("sale")) == 60, "a filtered answer says nothing of what is not there"
    shop.sync("sale", Mode.FULL)
    shop.agrees("sale")


def test_a_row_that_another_ones_vanishing_hides_stays(shop: Shop) -> None:
    vendor = shop.vendor
    shop.sync("sale")
    # Listed from the newest: what goes from the first page pulls the first row of the third onto the second.
    vendor.on_page("sale", 2, lambda: vendor.delete("sale", 59))
    hidden = vendor.listed("sale")[40]
    kept = vendor.rows["sale"].get(hidden)["id"]
    shop.sync("sale", Mode.FULL)
    assert kept in shop.table("sale")
    assert len(shop.table("sale")) == 60, "what the first read saw is not gone yet"
    shop.sync("sale", Mode.FULL)
    shop.agrees("sale")


def test_rows_that_come_in_front_come_twice_and_count_once(shop: Shop) -> None:
    vendor = shop.vendor
    vendor.on_page("sale", 1, lambda: [vendor.insert("sale") for _ in range(3)])
    done = shop.sync("sale", Mode.FULL)
    assert done
    assert done.deduplicated == 3
    shop.sync("sale")
    shop.agrees("sale")


def test_of_two_copies_in_a_read_the_newer_counts(shop: Shop) -> None:
    vendor = shop.vendor

    def shifted() -> None:
        vendor.insert("sale")
        vendor.alter("sale", 41, {"lastChange": "2001-01-01T00:00:00", "salePrice": 1.0})

    vendor.on_page("sale", 1, shifted)
    newer = vendor.rows["sale"].get(41)
    shop.sync("sale", Mode.FULL)
    assert shop.table("sale")[newer["id"]]["last_change_sent"] == newer["lastChange"]


def test_a_deleted_flag_stays_in_the_raw_table(shop: Shop) -> None:
    shop.sync("article")
    shop.vendor.configure({"deletion": "flag"})
    shop.vendor.delete("article", 3)
    shop.sync("article")
    assert [row["number"] for row in shop.table("article").values() if row["is_deleted"]] == [110_040_003]


def test_more_than_the_fuse_allows_is_asked_about(database: str, tmp_path: Path) -> None:
    with opened(database, tmp_path, ProHandelVendor(records=200)) as shop:
        shop.sync("sale")
        for number in range(1, 101):
            shop.vendor.delete("sale", number)
        with pytest.raises(FuseBlown):
            shop.sync("sale", Mode.FULL)
        assert len(shop.table("sale")) == 200


def test_a_quiet_list_costs_the_plan_one_request(shop: Shop) -> None:
    shop.sync_all()
    shop.vendor.stats.reset()
    assert shop.quiet("sale") is not None
    assert len(shop.requests()) == 1
    assert shop.quiet("order") is not None, "a list of one page tells by itself"
    shop.vendor.clock.advance(60)
    shop.vendor.update("sale", 4)
    assert shop.quiet("sale") is None


def test_a_row_where_nobody_has_seen_one_is_told(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.sync("customer", Mode.FULL)
    assert "which no table takes" not in caplog.text
    shop.vendor.rows["shop"].put_raw(1, b'{"id":"x"}')
    shop.sync("customer", Mode.FULL)
    assert "shop has rows, which no table takes" in caplog.text


def test_a_number_that_nothing_has_is_told(shop: Shop) -> None:
    for name in ("branch", "article", "customer", "sale"):
        shop.sync(name)
    assert {check.passed for check in shop.pipeline("sale").check_references()} == {True}
    shop.vendor.insert("sale", {"articleNumber": 990_000_001.0, "customerNumber": 0})
    shop.sync("sale")
    broken = [check for check in shop.pipeline("sale").check_references() if not check.passed]
    assert [(check.status, check.value) for check in broken] == [("WARN", 1)]
    assert "article" in broken[0].check
