"""Changelogs: what counts as known, what changed meanwhile, and whose a moved detail was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from landfall.reads import Changelog, Mode
from sandbox.pennylane import PennylaneVendor
from tests.driver import Company, company

engines = pytest.mark.engines
LINES = ("ledger_entries", "ledger_entry_lines")


@pytest.fixture
def penny(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    with company(database, tmp_path, page_size=10) as opened:
        monkeypatch.setattr("landfall.reads.clock.now", opened.vendor.clock.now)
        yield opened


def is_quiet(penny: Company, name: str) -> bool:
    one = penny.pipeline(name)
    read = one.resource.read
    assert isinstance(read, Changelog)
    return read.unchanged(one.request(penny.hook, Mode.INCREMENTAL)) is not None


def settled(penny: Company, *names: str) -> None:
    """The tables are loaded, and what was seeded lies before the overlap of the next read."""
    for name in names:
        penny.sync(name)
    penny.vendor.clock.advance(3600)
    for name in names:
        penny.sync(name, Mode.INCREMENTAL)


def lagging(penny: Company, name: str, row: dict[str, Any]) -> Callable[[], None]:
    """Let the list show an older row, as a replica that lags does. :returns: what makes it catch up."""
    current = penny.vendor.rows[name].get(row["id"])
    penny.vendor.rows[name].put(row)
    return lambda: penny.vendor.rows[name].put(current)


@engines
def test_an_event_whose_record_the_list_did_not_show_yet_is_looked_at_again(penny: Company) -> None:
    vendor = penny.vendor
    settled(penny, "customers")
    row = vendor.truth("customers")[0]
    vendor.update("customers", row["id"], {"name": "Renamed"})
    caught_up = lagging(penny, "customers", row)
    penny.sync("customers", Mode.INCREMENTAL)
    vendor.clock.advance(3600)  # far beyond the overlap
    assert not is_quiet(penny, "customers")
    caught_up()
    penny.sync("customers", Mode.INCREMENTAL)
    penny.assert_true("customers")
    assert is_quiet(penny, "customers")


@engines
def test_a_row_made_a_moment_ago_that_no_list_shows_yet_is_not_forgotten(penny: Company) -> None:
    vendor = penny.vendor
    settled(penny, "products")
    made = vendor.insert("products")
    row = vendor.rows["products"].get(made)
    vendor.rows["products"].remove(made)
    assert penny.sync("products", Mode.INCREMENTAL) is None
    vendor.clock.advance(3600)
    vendor.rows["products"].put(row)
    penny.sync("products", Mode.INCREMENTAL)
    penny.assert_true("products")


@engines
def test_a_row_that_no_list_ever_shows_is_waited_for_a_day(penny: Company) -> None:
    vendor = penny.vendor
    settled(penny, "products")
    vendor.emit("products", 987_654_321, "insert")
    assert penny.sync("products", Mode.INCREMENTAL) is None
    vendor.clock.advance(days=1, seconds=3600)
    penny.sync("products", Mode.INCREMENTAL)
    assert is_quiet(penny, "products")


@engines
def test_two_changes_at_one_moment_of_the_vendors_pipeline_are_two(penny: Company) -> None:
    vendor = penny.vendor
    settled(penny, "customers")
    row = vendor.ids("customers")[0]
    moment = vendor.clock.now()
    for name in ("First", "Second"):
        vendor.update("customers", row, {"name": name})
        log = vendor.changelogs["customers"]
        position = log._positions[-1]
        log._events[position] = msgspec.structs.replace(
            log._events[position], processed_at=moment.isoformat().replace("+00:00", "Z")
        )
        penny.sync("customers", Mode.INCREMENTAL)
        penny.assert_true("customers")


@engines
def test_a_full_list_is_made_whole_by_what_changed_while_it_was_read(penny: Company) -> None:
    vendor = penny.vendor
    first, second = vendor.ids("transactions")[:2]

    def meanwhile() -> None:
        vendor.update("transactions", first, {"label": "changed behind the reader's back"})
        vendor.delete("transactions", second)
        vendor.insert("transactions")

    vendor.on_page("transactions", 2, meanwhile)
    made = penny.sync("transactions")
    penny.assert_true("transactions")
    assert made
    assert made.fetched == made.inserted + made.deduplicated
    vendor.on_page("changelogs/transactions", 1, lambda: vendor.changes(30))
    penny.sync("transactions", Mode.INCREMENTAL)
    penny.sync("transactions", Mode.INCREMENTAL)
    penny.assert_true("transactions")


def book(vendor: PennylaneVendor) -> int:
    return vendor.books.miscellaneous(vendor.clock.now(), draft=False)


@engines
def test_the_lines_of_a_company_that_books_meanwhile_balance(penny: Company) -> None:
    """Old entries are changed and deleted, and new ones booked, while the list and then the changes are read."""
    vendor = penny.vendor
    entries = vendor.ids("ledger_entries")

    def meanwhile() -> None:
        for entry in entries[:3]:
            double(vendor, entry)
        vendor.delete_entry(entries[3])
        book(vendor)

    vendor.on_page("ledger_entry_lines", 3, meanwhile)
    penny.sync("ledger_entry_lines")
    penny.assert_true("ledger_entry_lines")
    vendor.update("ledger_entry_lines", sorted(vendor.lines_of[entries[0]])[0], {"label": "seen"})
    vendor.on_page("changelogs/ledger_entry_lines", 1, lambda: double(vendor, entries[0]))
    penny.sync("ledger_entry_lines", Mode.INCREMENTAL)
    penny.assert_true("ledger_entry_lines")


def double(vendor: PennylaneVendor, entry: int) -> None:
    """Double all amounts of an entry."""
    for line in sorted(vendor.lines_of[entry]):
        row = vendor.rows["ledger_entry_lines"].get(line)
        amounts = {side: str(2 * Decimal(row[side])) for side in ("debit", "credit")}
        vendor.update("ledger_entry_lines", line, amounts)


@engines
@pytest.mark.parametrize("order", [LINES, LINES[::-1]])
def test_a_moved_line_is_followed_to_the_entry_it_had_before(penny: Company, order: tuple[str, str]) -> None:
    """The emptied entry is gone, and no event of its own says so."""
    vendor = penny.vendor
    emptied, other = book(vendor), book(vendor)
    settled(penny, *LINES)
    for line in sorted(vendor.lines_of.pop(emptied)):
        owner = {"ledger_entry": vendor.rows["ledger_entry_lines"].get(line)["ledger_entry"] | {"id": other}}
        vendor.update("ledger_entry_lines", line, owner)
        vendor.lines_of[other].add(line)
    vendor.delete("ledger_entries", emptied)
    for name in order:
        penny.sync(name, Mode.INCREMENTAL)
    penny.assert_true(*LINES)
    assert (emptied,) not in penny.published("ledger_entries")["ledger_entries"]


@engines
@pytest.mark.parametrize(
    "event", [{"operation": "archive"}, {"processed_at": "2026-01-01T00:00:00"}, {"id": "1"}]
)
def test_an_event_that_cannot_be_read_costs_a_list_not_the_table(
    penny: Company, event: dict[str, Any]
) -> None:
    vendor = penny.vendor
    settled(penny, "products")
    vendor.update("products", vendor.ids("products")[0], {"label": "another"})
    log = vendor.changelogs["products"]
    position = log._positions[-1]
    log._events[position] = {**msgspec.to_builtins(log._events[position]), **event}  # type: ignore[assignment]
    assert not is_quiet(penny, "products")
    penny.sync("products", Mode.INCREMENTAL)
    assert penny.steps["extract"].mode == "full"
    penny.assert_true("products")
    vendor.clock.advance(timedelta(hours=1).total_seconds())
    penny.sync("products", Mode.INCREMENTAL)
    assert is_quiet(penny, "products")
