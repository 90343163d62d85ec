"""Changelogs: what counts as known, what changed meanwhile, and whose a moved detail was."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from landfall.errors import VendorUnavailable
from landfall.landing import LandingWriter
from landfall.pipeline import Published, ToldAt
from landfall.reads import Changelog, Mode, Request
from landfall.reads.told import Told
from landfall.wire.pages import Page
from sandbox.pennylane import PennylaneVendor
from tests.driver import Company, company, local_folder, run_on

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
def test_a_row_that_is_back_stays_though_its_deletion_is_news(penny: Company) -> None:
    """A full read looks at what was filed since it began; the next one finds the deletion from before that."""
    vendor = penny.vendor
    settled(penny, "customers")
    row = vendor.ids("customers")[0]
    vendor.delete("customers", row)
    vendor.clock.advance(60)
    vendor.recreate("customers", row)
    penny.sync("customers")
    penny.assert_true("customers")
    penny.sync("customers", Mode.INCREMENTAL)
    penny.assert_true("customers")


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


# --- one read of a changelog for all that follow it ------------------------------------------------------------------


def sync_told(penny: Company, name: str, at: ToldAt | None) -> tuple[Published | None, list[str]]:
    """An incremental load after such a read. :returns: what it published, and which paths it asked for."""
    assert at
    penny.vendor.stats.reset()
    made = penny.sync(name, Mode.INCREMENTAL, told=at)
    return made, [each.path.removeprefix(f"{penny.vendor.prefix}/") for each in penny.vendor.stats.log]


@engines
def test_one_read_of_a_changelog_serves_all_that_follow_it(penny: Company) -> None:
    """The lines are some runs behind: the entries do not take for news what they know since long."""
    vendor = penny.vendor
    first, second, third = vendor.ids("ledger_entries")[:3]
    settled(penny, *LINES)
    for entry in (first, second):
        double(vendor, entry)
        penny.sync("ledger_entries", Mode.INCREMENTAL)
        vendor.clock.advance(3600)
    penny.sync("ledger_entries", Mode.INCREMENTAL)
    double(vendor, third)
    at = penny.plan(*LINES)
    fetched = {}
    for name in LINES:
        made, paths = sync_told(penny, name, at)
        assert not [path for path in paths if path.startswith("changelogs")], name
        fetched[name] = made and made.fetched
    lines = sum(len(vendor.lines_of[entry]) for entry in (first, second, third))
    assert fetched == {"ledger_entries": 1, "ledger_entry_lines": lines}
    penny.assert_true(*LINES)


@engines
def test_an_event_between_the_plan_and_the_extract_comes_with_the_next_run(penny: Company) -> None:
    vendor = penny.vendor
    settled(penny, "customers")
    first, second = vendor.ids("customers")[:2]
    vendor.update("customers", first, {"name": "Before"})
    at = penny.plan("customers")
    assert at
    vendor.clock.advance(300)
    vendor.update("customers", second, {"name": "Meanwhile"})
    made, paths = sync_told(penny, "customers", at)
    assert made
    assert (made.fetched, paths) == (1, ["customers"])
    watermark = datetime.fromisoformat(penny.state("customers").watermark or "")
    assert watermark <= at.asked - Changelog().overlap, "that of the read it used"
    vendor.clock.advance(3600)
    assert not is_quiet(penny, "customers")
    sync_told(penny, "customers", penny.plan("customers"))
    penny.assert_true("customers")


@engines
@pytest.mark.parametrize("later", [timedelta(minutes=11), timedelta(hours=5), timedelta(days=30)])
def test_an_extract_that_begins_later_asks_the_vendor_itself(penny: Company, later: timedelta) -> None:
    vendor = penny.vendor
    settled(penny, "customers")
    vendor.update("customers", vendor.ids("customers")[0])
    at = penny.plan("customers")
    sync_told(penny, "customers", at)
    assert at
    vendor.clock.advance(later.total_seconds())
    vendor.update("customers", vendor.ids("customers")[1])
    _, paths = sync_told(penny, "customers", at)
    assert ("changelogs/customers" in paths) or later > timedelta(days=28)
    penny.assert_true("customers")
    assert datetime.fromisoformat(penny.state("customers").watermark or "") > at.asked


@engines
def test_a_read_that_does_not_reach_back_to_the_watermark_is_not_used(penny: Company) -> None:
    vendor = penny.vendor
    settled(penny, "customers")
    vendor.update("customers", vendor.ids("customers")[0])
    vendor.clock.advance(300)
    told = Told.by(penny.hook, "customers", vendor.clock.now())
    at = penny.pipeline("customers").keep_told(dataclasses.replace(told, pages=list(told.pages)))
    assert "changelogs/customers" in sync_told(penny, "customers", at)[1]
    penny.assert_true("customers")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-4])


@engines
@pytest.mark.parametrize("damage", [Path.unlink, cut, lambda file: file.with_name("manifest.json").unlink()])
def test_a_read_that_this_machine_does_not_see_whole_is_not_used(
    penny: Company, damage: Callable[[Path], None]
) -> None:
    vendor = penny.vendor
    settled(penny, "customers")
    vendor.update("customers", vendor.ids("customers")[0])
    at = penny.plan("customers")
    assert at
    (events,) = local_folder(at.landing).glob("events*")
    damage(events)
    assert "changelogs/customers" in sync_told(penny, "customers", at)[1]
    penny.assert_true("customers")


@pytest.mark.parametrize("wording", [None, "not a moment"])
def test_what_does_not_say_when_it_was_filed_is_kept_for_all(wording: str | None) -> None:
    page = Page([msgspec.Raw(msgspec.json.encode({"id": 1, "processed_at": wording}))], {}, 1, "")
    since = datetime(2026, 3, 2, tzinfo=UTC)
    assert list(Told(since, since, [page]).from_(since + timedelta(hours=1))) == [page]


# --- a range by date ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [None, date(2019, 1, 1), date(2026, 3, 1), date(2400, 1, 1)])
@pytest.mark.parametrize("end", [None, date(2026, 3, 1), date(2026, 6, 1), date(2500, 1, 1)])
def test_the_parts_of_a_range_are_the_range(start: date | None, end: date | None) -> None:
    """Days are in one of them, none in two, and a side that is open stays so."""
    if start and end and end < start:
        return
    found = list(Changelog(dates="date")._parts(start, end))
    assert (found[0][0], found[-1][1]) == (start, end)
    ends, begins = [last for _, last in found[:-1]], [first for first, _ in found[1:]]
    assert [last + timedelta(days=1) for last in ends if last] == begins
    assert all(last - first < timedelta(days=92) for first, last in found if first and last)


def test_what_changed_in_a_part_that_was_landed_before_a_stop_comes_with_the_changelog(
    penny: Company,
) -> None:
    name, vendor = "customer_invoices", penny.vendor
    settled(penny, name)
    days = sorted(row["date"] for row in vendor.truth(name) if row["date"])
    start, end = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    one = penny.pipeline(name)

    def by_date() -> Request:
        return one.request(penny.hook, Mode.DATES, start, end)

    def until_the_last(request: Request, landing: LandingWriter) -> Any:
        *_, last = one.resource.read._parts(start, end)  # type: ignore[union-attr]
        parts = request.api.list

        def some(resource: str, *, filter: Any, **options: Any) -> Iterator[Page]:  # noqa: A002
            if filter[0]["value"] == last[0].isoformat():
                raise VendorUnavailable("the worker is gone")
            return parts(resource, filter=filter, **options)

        request.api.list = some
        try:
            return one.resource.read.read(request, landing)  # type: ignore[union-attr]
        finally:
            del request.api.list

    with pytest.raises(VendorUnavailable):
        one.extract(by_date(), until_the_last)
    early = next(row["id"] for row in vendor.truth(name) if row["date"] == days[0])
    vendor.update(name, early, {"label": "written meanwhile"})
    vendor.stats.reset()
    extraction = one.extract(by_date(), one.resource.read.read)  # type: ignore[union-attr]
    assert extraction.resumed_from
    assert vendor.stats.requests < 4
    run_on(one, extraction, {})
    assert penny.published(name)[name][(early,)]["label"] != "written meanwhile"
    assert penny.sync(name, Mode.INCREMENTAL)
    penny.assert_true(name)
