"""The four steps together: what is published equals what the vendor holds, whatever was done twice, late or wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from landfall import checks, ledger, pipeline
from landfall.checks import Sql
from landfall.errors import (
    CheckFailed,
    ContractBroken,
    FuseBlown,
    Misconfigured,
    PublishConflict,
    RowRejected,
    ScopeMissing,
    TooManyRejects,
    WarehouseRefused,
)
from landfall.landing import Landing, new_load_id
from landfall.reads import Changelog, Mode
from landfall.records import Json, Record, column, parent, position
from landfall.resources import Replace, ReplaceWindow, Upsert, each
from landfall.scope import Scope, Window
from landfall.warehouse.sql import engine
from tests.driver import CHANGELOGS, LISTS, Company, Lab, assert_same, company, open_warehouse, run_on

engines = pytest.mark.engines("lake")
databases = pytest.mark.engines


@pytest.fixture
def penny(database: str, tmp_path: Path) -> Iterator[Company]:
    with company(database, tmp_path) as opened:
        yield opened


# --- the published tables equal the vendor's rows -------------------------------------------------------------------


@engines
@pytest.mark.timeout(1800)
def test_full_and_incremental_loads_equal_the_vendor(penny: Company) -> None:
    rounds = 2 if penny.warehouse.own_sql == "postgresql" else 1  # of minutes on a stand-in
    full = penny.sync_all()
    penny.assert_true()
    assert all(p and p.inserted == p.fetched == p.rows for p in full.values())
    assert set(CHANGELOGS) < set(LISTS)
    for _ in range(rounds):
        penny.vendor.changes(40)
        made = penny.sync_all(Mode.INCREMENTAL)
        penny.assert_true(*CHANGELOGS)
        for name, one in made.items():
            assert one is None or one.rows == len(penny.published(name)[name])
    again = penny.sync_all()
    penny.assert_true()
    assert not any(p.inserted or p.updated or p.deleted for p in again.values() if p)


@engines
def test_an_incremental_load_reads_only_what_changed(penny: Company) -> None:
    penny.sync("customers")
    penny.vendor.update("customers", penny.vendor.ids("customers")[0], {"name": "Renamed"})
    penny.vendor.clock.advance(3600)
    penny.sync("customers", Mode.INCREMENTAL)  # moves the watermark past the seeded events
    penny.vendor.stats.reset()
    changed = penny.vendor.ids("customers")[1]
    penny.vendor.update("customers", changed, {"name": "Renamed too"})
    one = penny.sync("customers", Mode.INCREMENTAL)
    assert one
    assert one.fetched <= 2
    assert one.updated == 1
    penny.assert_true("customers")


@engines
def test_the_last_event_of_an_id_decides(penny: Company) -> None:
    vendor = penny.vendor
    first, second, third, fourth = vendor.ids("products")[:2] + vendor.ids("transactions")[:2]
    touched = ("products", "transactions", "customers")
    penny.sync_all(Mode.FULL, *touched)
    vendor.delete("products", first)
    vendor.recreate("products", first, {"label": "back again"})
    vendor.delete("products", second)
    vendor.update("transactions", third, {"label": "edited", "categories": []})
    vendor.delete("transactions", third)
    vendor.recreate("transactions", third)
    vendor.delete("transactions", third)
    vendor.delete("transactions", fourth)
    new = vendor.insert("products")
    vendor.delete("products", new)
    vendor.touch("customers", vendor.ids("customers")[0])
    penny.sync_all(Mode.INCREMENTAL, *touched)
    penny.assert_true(*touched)
    published = penny.published("products")["products"]
    assert published[(first,)]["label"] == "back again"
    assert (second,) not in published
    assert (new,) not in published
    assert not [key for key in penny.published("transactions")["transaction_categories"] if key[0] == third]


@engines
def test_a_recreated_row_comes_back_with_its_children(penny: Company) -> None:
    vendor = penny.vendor
    with_categories = next(r["id"] for r in vendor.truth("transactions") if r["categories"])
    penny.sync("transactions")
    vendor.delete("transactions", with_categories)
    penny.sync("transactions", Mode.INCREMENTAL)
    penny.assert_true("transactions")
    vendor.recreate("transactions", with_categories)
    penny.sync("transactions", Mode.INCREMENTAL)
    penny.assert_true("transactions")
    assert [k for k in penny.published("transactions")["transaction_categories"] if k[0] == with_categories]


@engines
def test_child_rows_follow_their_parent(penny: Company) -> None:
    vendor = penny.vendor
    penny.sync("customers")
    row = vendor.ids("customers")[0]
    for emails in (
        ["a@example.org", "b@example.org", "c@example.org"],
        ["b@example.org"],
        [],
        None,
        ["z@example.org"],
    ):
        vendor.update("customers", row, {"emails": emails})
        penny.sync("customers", Mode.INCREMENTAL)
        penny.assert_true("customers")
        assert len([k for k in penny.published("customers")["customer_emails"] if k[0] == row]) == len(
            emails or []
        )


@engines
@pytest.mark.parametrize(
    "order", [("ledger_entries", "ledger_entry_lines"), ("ledger_entry_lines", "ledger_entries")]
)
def test_a_deleted_entry_goes_whichever_table_is_loaded_first(penny: Company, order: tuple[str, str]) -> None:
    """The lines' changelog names deleted lines; whose they were is only known while the lines are still published."""
    entry = penny.vendor.books.miscellaneous(penny.vendor.clock.now(), draft=False)
    penny.sync_all(Mode.FULL, *order)
    assert (entry,) in penny.published("ledger_entries")["ledger_entries"]
    penny.vendor.delete_entry(entry)
    for name in order:
        penny.sync(name, Mode.INCREMENTAL)
    penny.assert_true("ledger_entries", "ledger_entry_lines")


@engines
def test_a_range_of_dates_adds_and_mends_and_removes_nothing(penny: Company) -> None:
    penny.sync("customer_invoices")
    rows = penny.vendor.truth("customer_invoices")
    inside, outside = rows[0]["id"], rows[1]["id"]
    penny.vendor.update("customer_invoices", inside, {"date": "2019-05-05", "label": "inside"})
    penny.vendor.update("customer_invoices", outside, {"date": "2021-05-05", "label": "outside"})
    one = penny.pipeline("customer_invoices")
    request = one.request(penny.hook, Mode.DATES, date(2019, 1, 1), date(2019, 12, 31))
    result = run_on(one, one.extract(request, one.resource.read.read), {})  # type: ignore[union-attr]
    assert (result.fetched, result.updated, result.deleted) == (1, 1, 0)
    assert penny.published("customer_invoices")["customer_invoices"][(inside,)]["label"] == "inside"
    assert len(penny.published("customer_invoices")["customer_invoices"]) == len(rows)
    assert penny.sync("customer_invoices", Mode.INCREMENTAL)
    penny.assert_true("customer_invoices")


# --- the watermark ----------------------------------------------------------------------------------------------------


def moment(watermark: str | None) -> datetime:
    assert watermark
    return datetime.fromisoformat(watermark)


@engines
def test_the_watermark_is_the_vendors_clock_at_the_first_page_less_the_overlap(
    database: str, tmp_path: Path
) -> None:
    with company(database, tmp_path, page_size=10) as penny:
        penny.vendor.clock.advance(-5 * 86_400)  # the vendor's clock is five days behind ours
        before = penny.vendor.clock.now()
        penny.vendor.on_page("transactions", 2, lambda: penny.vendor.clock.advance(3600))
        penny.sync("transactions")
        watermark = moment(penny.state("transactions").watermark)
        assert timedelta(seconds=-10) <= before - (watermark + timedelta(minutes=10)) <= timedelta(seconds=1)


@engines
@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=2)])
def test_a_clock_that_is_ahead_loses_nothing(penny: Company, ahead: timedelta) -> None:
    """A proxy's clock may run ahead of the vendor's own; the watermark must not follow it into the future."""
    penny.vendor.faults.add("date_skew", path="", times=None, seconds=ahead.total_seconds())
    penny.sync("customers")
    penny.vendor.update("customers", penny.vendor.ids("customers")[0], {"name": "Changed right after"})
    penny.sync("customers", Mode.INCREMENTAL)
    penny.assert_true("customers")
    penny.vendor.update("customers", penny.vendor.ids("customers")[1], {"name": "Changed later"})
    penny.sync("customers", Mode.INCREMENTAL)
    penny.assert_true("customers")
    assert moment(penny.state("customers").watermark) < penny.vendor.clock.now()


@engines
def test_what_the_vendor_files_late_is_found_within_the_overlap(penny: Company) -> None:
    vendor = penny.vendor
    penny.sync("customers")
    late = vendor.ids("customers")[0]
    vendor.touch("customers", vendor.ids("customers")[1])
    penny.sync("customers", Mode.INCREMENTAL)
    vendor.rows["customers"].put(vendor.rows["customers"].get(late) | {"name": "Filed late"})
    vendor.emit("customers", late, processed_at=vendor.clock.now() - timedelta(minutes=9))
    penny.sync("customers", Mode.INCREMENTAL)
    penny.assert_true("customers")


@engines
def test_a_run_without_changes_loads_nothing_and_moves_the_watermark(penny: Company) -> None:
    penny.sync("suppliers")
    penny.vendor.clock.advance(7200)
    penny.sync("suppliers", Mode.INCREMENTAL)
    before = penny.state("suppliers")
    one = penny.pipeline("suppliers")
    request = one.request(penny.hook, Mode.INCREMENTAL)
    read = one.resource.read
    assert isinstance(read, Changelog)
    penny.vendor.changelogs["suppliers"].__init__()  # type: ignore[misc]
    assert read.unchanged(request)
    assert penny.sync("suppliers", Mode.INCREMENTAL) is None
    after = penny.state("suppliers")
    assert after.last_sync_at > before.last_sync_at  # type: ignore[operator]
    assert (after.row_count, after.load_id) == (before.row_count, before.load_id)
    penny.assert_true("suppliers")


@databases
def test_a_watermark_older_than_the_changelog_leads_to_a_full_load(penny: Company) -> None:
    penny.sync("products")
    penny.vendor.delete("products", penny.vendor.ids("products")[0])
    penny.query(
        "UPDATE landfall.sync_state SET watermark = :w",
        w=(datetime.now(UTC) - timedelta(days=27, hours=1)).isoformat(),
    )
    one = penny.sync("products", Mode.INCREMENTAL)
    assert one
    assert one.deleted == 1
    assert penny.steps["extract"].mode == "full"
    penny.assert_true("products")


@engines
def test_a_changelog_that_refuses_the_watermark_leads_to_a_full_load(penny: Company) -> None:
    """422: the vendor's clock, not ours, says how far its changelog reaches."""
    penny.sync("products")
    penny.vendor.delete("products", penny.vendor.ids("products")[0])
    penny.vendor.clock.advance(days=29)
    penny.vendor.insert("products")
    assert penny.sync("products", Mode.INCREMENTAL)
    assert penny.steps["extract"].mode == "full"
    penny.assert_true("products")


# --- steps again, in another order, at the same time -------------------------------------------------------------


@engines
def test_every_step_can_be_run_again(penny: Company) -> None:
    penny.sync("transactions")
    penny.vendor.changes(60)
    one = penny.pipeline("transactions")
    request = one.request(penny.hook, Mode.INCREMENTAL)
    one.extract(request, one.resource.read.read)  # type: ignore[union-attr]
    extraction = one.extract(request, one.resource.read.read)  # type: ignore[union-attr]
    staged = one.load(extraction)
    assert one.load(extraction) == staged
    one.check(extraction, staged)
    one.check(extraction, staged)
    published = one.publish(extraction, staged)
    version = penny.state("transactions").version
    assert one.publish(extraction, staged) == published
    one.clean_up([extraction.load_id])
    assert one.publish(extraction, staged) == published, "the stage is gone"
    assert one.publish(extraction, one.load(extraction)) == published
    assert penny.state("transactions").version == version
    assert penny.query("SELECT count(*) FROM landfall.loads WHERE resource = 'transactions'") == [(2,)]
    penny.assert_true("transactions")


@engines
def test_a_publish_that_was_overtaken_changes_nothing(penny: Company) -> None:
    penny.sync("customers")
    one = penny.pipeline("customers")
    row = penny.vendor.ids("customers")[0]
    penny.vendor.update("customers", row, {"name": "Older"})
    slow = one.extract(one.request(penny.hook, Mode.FULL), one.resource.read.read)  # type: ignore[union-attr]
    staged = one.load(slow)
    penny.vendor.update("customers", row, {"name": "Newer"})
    penny.sync("customers", Mode.INCREMENTAL)
    before = penny.state("customers")
    with pytest.raises(PublishConflict):
        one.publish(slow, staged)
    penny.assert_true("customers")
    assert penny.state("customers") == before


@engines
@pytest.mark.parametrize(
    ("mine", "later", "quiet"),
    [
        (Mode.INCREMENTAL, Mode.INCREMENTAL, True),
        (Mode.INCREMENTAL, Mode.FULL, True),
        (Mode.FULL, Mode.FULL, True),
        (Mode.FULL, Mode.INCREMENTAL, False),  # it may have read less than everything
    ],
)
def test_a_run_whose_rows_a_later_one_has_published_ends_quietly(
    penny: Company, monkeypatch: pytest.MonkeyPatch, mine: Mode, later: Mode, quiet: bool
) -> None:
    with monkeypatch.context() as patch:
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        patch.setattr("landfall.pipeline.extract.new_load_id", lambda: new_load_id(an_hour_ago))
        penny.sync("customers")
    one = penny.pipeline("customers")
    row = penny.vendor.ids("customers")[0]
    penny.vendor.update("customers", row, {"name": "Older"})
    slow = one.extract(one.request(penny.hook, mine), one.resource.read.read)  # type: ignore[union-attr]
    # A load's id tells its beginning to the second, so let the read have ended a second ago.
    slow = msgspec.structs.replace(slow, read_until=slow.read_until - timedelta(seconds=1))
    staged = one.load(slow)
    penny.vendor.update("customers", row, {"name": "Newer"})
    penny.sync("customers", later)
    before = penny.state("customers")
    if quiet:
        result = one.publish(slow, staged)
        assert (result.overtaken, result.inserted, result.updated, result.deleted) == (True, 0, 0, 0)
    else:
        with pytest.raises(PublishConflict):
            one.publish(slow, staged)
    penny.assert_true("customers")
    assert penny.state("customers") == before


def test_a_run_that_read_later_than_what_was_published_is_not_overtaken(penny: Company) -> None:
    penny.sync("customers")
    one = penny.pipeline("customers")
    read = one.resource.read.read  # type: ignore[union-attr]
    penny.vendor.update("customers", penny.vendor.ids("customers")[0], {"name": "Older"})
    slow = one.extract(one.request(penny.hook, Mode.INCREMENTAL), read)
    penny.vendor.update("customers", penny.vendor.ids("customers")[1], {"name": "Newer"})
    newer = one.extract(one.request(penny.hook, Mode.INCREMENTAL), read)
    one.publish(slow, one.load(slow))
    with pytest.raises(PublishConflict, match="another run"):
        one.publish(newer, one.load(newer))


@engines
def test_a_load_published_long_ago_is_not_published_over_a_newer_one(penny: Company) -> None:
    penny.sync("customers")
    old, staged, first = (penny.steps[step] for step in ("extract", "load", "publish"))
    penny.vendor.update("customers", penny.vendor.ids("customers")[0], {"name": "Newer"})
    penny.sync("customers", Mode.INCREMENTAL)
    assert penny.pipeline("customers").publish(old, staged) == first
    penny.assert_true("customers")


@databases
def test_a_stage_emptied_by_a_server_crash_is_filled_again(penny: Company) -> None:
    """PostgreSQL truncates unlogged tables when it starts after a crash; the tables are there, their rows are not."""
    penny.sync("transactions")
    penny.vendor.delete("transactions", penny.vendor.ids("transactions")[0])
    penny.vendor.changelogs["transactions"]._positions[:-1] = []  # nothing but the deletion to tell
    one = penny.pipeline("transactions")
    extraction = one.extract(one.request(penny.hook, Mode.INCREMENTAL), one.resource.read.read)  # type: ignore[union-attr]
    assert (extraction.fetched, extraction.deletes) == (0, 1)
    staged = one.load(extraction)
    for name in sa.inspect(penny.warehouse.engine).get_table_names(schema="landfall_stage"):
        penny.query(f'DELETE FROM landfall_stage."{name}"')
    one.check(extraction, staged)
    assert one.publish(extraction, staged).deleted == 1
    penny.assert_true("transactions")


@engines
def test_a_dry_run_says_what_would_change_and_changes_nothing(penny: Company) -> None:
    penny.sync("transactions")
    before, state = penny.published("transactions"), penny.state("transactions")
    penny.vendor.delete("transactions", penny.vendor.ids("transactions")[0])
    penny.vendor.insert("transactions")
    dry = penny.sync("transactions", Mode.INCREMENTAL, dry_run=True)
    assert dry
    assert dry.dry_run
    assert (dry.inserted, dry.deleted) == (1, 1)
    assert_same(penny.published("transactions"), before)
    assert penny.state("transactions") == state
    real = penny.sync("transactions", Mode.INCREMENTAL)
    assert real
    assert (real.inserted, real.deleted) == (1, 1)
    penny.assert_true("transactions")


@engines
def test_a_resource_that_may_not_be_read_leaves_its_table(penny: Company) -> None:
    penny.sync("customers")
    state = penny.state("customers")
    penny.vendor.scopes.discard("customers:readonly")
    for mode in (Mode.FULL, Mode.INCREMENTAL):
        with pytest.raises(ScopeMissing, match="customers:readonly"):
            penny.sync("customers", mode)
    assert penny.state("customers") == state
    penny.assert_true("customers")


@databases
def test_views_grants_and_indexes_survive_a_full_replace(
    penny: Company, request: pytest.FixtureRequest
) -> None:
    penny.sync("customers")
    penny.query("CREATE VIEW pennylane.named AS SELECT id, name FROM pennylane.customers")
    penny.query("CREATE INDEX mine ON pennylane.customers (ledger_account_id)")
    with somebody_who_reads(penny, request, "pennylane.customers") as reads:
        before = identity(penny, "pennylane.customers")
        for row in penny.vendor.ids("customers")[1:]:
            penny.vendor.rows["customers"].remove(row)
        penny.vendor.insert("customers")
        penny.sync("customers", allow_shrink=True)
        assert identity(penny, "pennylane.customers") == before
        assert len(penny.query("SELECT * FROM pennylane.named")) == 2
        indexes = sa.inspect(penny.warehouse.engine).get_indexes("customers", schema="pennylane")
        assert ["ledger_account_id"] in [index["column_names"] for index in indexes]
        assert reads()
        penny.assert_true("customers")


def identity(penny: Company, table: str) -> list[Any]:
    """What another table in the place of this one would not have."""
    if penny.warehouse.engine.dialect.name == "mssql":
        return penny.query("SELECT OBJECT_ID(:table)", table=table)
    return penny.query(
        "SELECT oid, relfilenode FROM pg_class WHERE oid = CAST(:table AS regclass)", table=table
    )


@contextlib.contextmanager
def somebody_who_reads(
    penny: Company, request: pytest.FixtureRequest, table: str
) -> Iterator[Callable[[], bool]]:
    """Give somebody the right to read a table. :returns: asks whether he can."""
    if (
        penny.warehouse.engine.dialect.name == "mssql"
    ):  # where the loader makes no roles, but there is a reader
        server = request.getfixturevalue("mssql")
        penny.query(f"GRANT SELECT ON {table} TO {server.reader}")
        theirs = open_warehouse(server.url_of(sa.make_url(penny.url).database or "", server.reader))
        with theirs.engine.connect() as connection:
            yield lambda: bool(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar())
        return
    role = "analyst_of_this_test"
    penny.query(f"CREATE ROLE {role}")
    try:
        penny.query(f"GRANT SELECT ON {table} TO {role}")
        held = "SELECT has_table_privilege(:role, :table, 'SELECT')"
        yield lambda: penny.query(held, role=role, table=table) == [(True,)]
    finally:
        penny.query(f"DROP OWNED BY {role}")
        penny.query(f"DROP ROLE {role}")


# --- one record class, records written down by hand ------------------------------------------------------------------


class Part(Record, table="parts", key=("thing_id", "position")):
    """Parts of a thing."""

    thing_id: int = parent()
    position: int = position()
    name: str = column()


class Thing(Record, table="things", key="id", ignored=("link",)):
    """Things."""

    id: int = column()
    name: str | None = column(index=True)
    amount: Decimal | None = column()
    price: Decimal | None = column(precision=(10, 2))
    day: date | None = column(index=True)
    at: datetime | None = column()
    flag: bool | None = column()
    code: str | None = column(length=5)
    owner_id: int | None = column("owner.id")
    free: Json | None = column()
    parts: list[Part] = column()


@pytest.fixture
def lab(database: str, tmp_path: Path) -> Lab:
    return Lab(database, tmp_path, Thing)


def things(*ids: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": i, "name": f"thing {i}", **fields} for i in ids]


@engines
def test_bad_records_are_set_aside_and_the_others_published(lab: Lab) -> None:
    bad = [b'{"id": 7, "amount": "much"}', {"id": 8, "day": "2024-02-30"}, b'{"id": 9, "name": "\\ud800"}']
    result = lab.load([*things(*range(1, 41)), *bad])
    assert (result.fetched, result.inserted, result.quarantined) == (43, 40, 3)
    assert [path for _, path, _ in lab.quarantined()] == ["$.amount", "$.day", "$"]
    assert lab.query("SELECT record_key FROM landfall.quarantine ORDER BY id") == [
        ("[7]",),
        ("[8]",),
        ("[9]",),
    ]
    assert lab.quarantined()[0][2] == '{"id": 7, "amount": "much"}'
    assert not [reason for reason, *_ in lab.quarantined() if "much" in reason or "02-30" in reason]


@engines
def test_the_old_row_of_a_rejected_record_stays_on_a_full_load(lab: Lab) -> None:
    lab.load(things(1, 2, 3, parts=[{"name": "bolt"}]))
    result = lab.load([*things(1), {"id": 2, "name": "new", "amount": "bad", "parts": []}])
    assert (result.deleted, result.quarantined) == (1, 1)
    assert lab.column("name") == {1: "thing 1", 2: "thing 2"}
    assert set(lab.rows("parts")) == {(2, 1)}


@engines
def test_a_record_of_which_nothing_can_be_read_holds_back_what_it_may_be_and_that_is_told(lab: Lab) -> None:
    lab.load(things(1, 2, 3))
    result = lab.load([*things(1), {"id": "not a number", "name": "whose?"}])
    assert (result.deleted, result.rows) == (0, 3)
    (told,) = (r for r in lab.steps["check"] if r.check == "deletions held back")
    assert (told.status, told.value) == ("WARN", 2)
    assert "whose id cannot be read" in told.details
    assert lab.load(things(1)).deleted == 2
    (told,) = (r for r in lab.steps["check"] if r.check == "deletions held back")
    assert (told.status, told.value) == ("PASS", 0)


@engines
def test_too_many_rejected_records_fail_the_load(lab: Lab) -> None:
    lab.load(things(1, 2))
    state = lab.state()
    with pytest.raises(TooManyRejects):
        lab.load([*things(*range(1, 101)), *({"id": i, "flag": "no"} for i in range(200, 221))])
    assert len(lab.quarantined()) == 21
    with pytest.raises(TooManyRejects):
        lab.load([{"id": 1, "flag": "no"}])
    assert lab.state() == state
    assert lab.column("name") == {1: "thing 1", 2: "thing 2"}


@engines
def test_one_change_that_cannot_be_read_does_not_hold_up_those_after_it(lab: Lab) -> None:
    lab.load(things(1, 2))
    result = lab.load([{"id": 1, "flag": "no"}], scope=Scope.NOTHING)
    assert (result.quarantined, result.rows) == (1, 2)
    assert lab.column("name") == {1: "thing 1", 2: "thing 2"}


@engines
def test_quarantine_holds_each_record_once_however_often_its_load_is_staged(lab: Lab) -> None:
    extraction, _ = lab.stage([*things(1), {"id": 2, "flag": 1}])
    lab.pipeline.load(extraction)
    assert len(lab.quarantined()) == 1


@engines
def test_an_empty_read_over_a_table_with_rows_asks_first(lab: Lab) -> None:
    assert lab.load([]).rows == 0
    lab.load(things(1, 2))
    state = lab.state()
    with pytest.raises(FuseBlown, match="allow_shrink"):
        lab.load([])
    assert lab.state() == state
    assert len(lab.rows()) == 2
    assert lab.load([], allow_shrink=True).deleted == 2
    assert lab.rows() == {}


@engines
@pytest.mark.parametrize(("kept", "blows"), [(149, True), (150, False), (160, False)])
def test_the_fuse_blows_above_a_fifth_and_fifty_rows(lab: Lab, kept: int, blows: bool) -> None:
    lab.load(things(*range(200)))
    if blows:
        with pytest.raises(FuseBlown):
            lab.load(things(*range(kept)))
        assert len(lab.rows()) == 200
        lab.load(things(*range(kept)), allow_shrink=True)
    else:
        lab.load(things(*range(kept)))
    assert len(lab.rows()) == kept


@engines
def test_reported_deletes_need_no_consent_and_inferred_ones_do(lab: Lab) -> None:
    lab.load(things(*range(200)))
    gone = [(i,) for i in range(100)]
    with pytest.raises(FuseBlown):
        lab.load([], scope=Scope.NOTHING, deletes=gone, inferred_deletes=True)
    assert len(lab.rows()) == 200
    assert lab.load([], scope=Scope.NOTHING, deletes=gone).deleted == 100
    assert len(lab.rows()) == lab.state().row_count == 100


@engines
def test_of_equal_keys_the_last_record_wins_with_its_children(lab: Lab) -> None:
    result = lab.load(
        [
            {"id": 1, "name": "first", "parts": [{"name": "a"}, {"name": "b"}]},
            {"id": 2, "name": "other", "parts": [{"name": "x"}]},
            {"id": 1, "name": "last", "parts": [{"name": "c"}]},
        ]
    )
    assert (result.fetched, result.inserted, result.deduplicated) == (3, 2, 1)
    assert lab.column("name") == {1: "last", 2: "other"}
    assert {key: row["name"] for key, row in lab.rows("parts").items()} == {(1, 1): "c", (2, 1): "x"}


@databases
@pytest.mark.parametrize("many", [50, 51])
def test_a_large_first_load_makes_its_indexes_last(
    lab: Lab, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MANY", many)
    lab.load([])
    indexes = sa.inspect(lab.warehouse.engine).get_indexes("things", schema="lab")
    done: list[str] = []

    @sa.event.listens_for(lab.warehouse.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        kinds = ("DROP INDEX", "INSERT INTO lab.things", "CREATE INDEX")
        done.extend(kind for kind in kinds if kind in statement)

    lab.load(things(*range(50)))
    filled = ["INSERT INTO lab.things"]
    assert done == (["DROP INDEX"] * 2 + filled + ["CREATE INDEX"] * 2 if many == 50 else filled)
    assert sa.inspect(lab.warehouse.engine).get_indexes("things", schema="lab") == indexes
    assert len(lab.rows()) == 50
    with pytest.raises(WarehouseRefused, match=r"pk_things"):
        lab.query("INSERT INTO lab.things (id) VALUES (1)")


@engines
def test_fields_a_vendor_added_are_kept_and_reported(lab: Lab) -> None:
    record = {
        "id": 1,
        "added": {"deep": [1, None]},
        "owner": {"id": 5, "new": "n"},
        "parts": [{"name": "p", "more": 1}],
    }
    lab.load([record, {"id": 2}])
    assert lab.column("_extra") == {1: {"added": {"deep": [1, None]}, "owner": {"new": "n"}}, 2: None}
    assert lab.rows("parts")[(1, 1)]["_extra"] == {"more": 1}
    assert lab.steps["load"].drift == ["added", "owner.new", "parts[].more"]
    assert lab.query(
        "SELECT status, details FROM landfall.quality_log WHERE check_name = 'schema drift'"
    ) == [("WARN", "fields the record does not declare: added, owner.new, parts[].more")]
    lab.load([{"id": 1, "owner": {"id": 5}, "parts": [{"name": "p"}]}, {"id": 2}])
    assert lab.column("_extra") == {1: None, 2: None}


@engines
def test_u0000_is_removed_and_counted(lab: Lab) -> None:
    lab.load(
        [
            rb'{"id": 1, "name": "a\u0000b\u0000\u0000c", "free": {"k\u0000": "\u0000"}, "x": "\u0000"}',
            rb'{"id": 2, "name": "\\u0000 stays: \\\u0000"}',
        ]
    )
    assert lab.column("name") == {1: "abc", 2: "\\u0000 stays: \\"}
    assert lab.column("free")[1] == {"k": ""}
    assert [note.count for note in lab.steps["load"].notes] == [2]


@engines
def test_amounts_keep_every_digit_and_times_their_moment(lab: Lab) -> None:
    amounts = [
        "34.70000000000000284",
        "0.1",
        "-0.000000000000000001",
        "99999999999999999999.99",
        "1e5",
        "12.50",
    ]
    if lab.warehouse.own_sql != "postgresql":  # ten decimals, and what has more is set aside
        amounts = [a for a in amounts if -int(Decimal(a).as_tuple().exponent) <= 10]
        assert len(amounts) == 4
    lab.load([{"id": i, "amount": a} for i, a in enumerate(amounts)])
    assert list(lab.column("amount").values()) == [Decimal(a) for a in amounts]
    lab.load([{"id": i, "amount": Decimal(a)} for i, a in enumerate(amounts)])
    assert list(lab.column("amount").values()) == [Decimal(a) for a in amounts]
    if lab.warehouse.own_sql == "postgresql":
        assert lab.query("SELECT amount::text FROM lab.things WHERE id = 5") == [("12.50",)]
    lab.load(
        [{"id": 1, "at": "2024-03-31T02:30:00.123456+02:00", "day": "2024-02-29", "price": "12345678.10"}],
        scope=Scope.NOTHING,
    )
    row = lab.rows()[(1,)]
    assert row["at"] == datetime(2024, 3, 31, 0, 30, 0, 123456, tzinfo=UTC)
    assert (row["day"], row["price"]) == (date(2024, 2, 29), Decimal("12345678.10"))


@engines
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "1,234.50"), ("amount", "NaN"), ("amount", "Infinity"), ("amount", "1e400"), ("amount", True),
        ("price", "0.001"), ("price", "123456789.00"), ("price", Decimal("1.005")),
        ("day", "0000-00-00"), ("day", "2024-13-01"), ("day", "2024-01-01T00:00:00Z"), ("day", 20240101),
        ("at", "2024-01-01T24:00:00Z"), ("at", "2024-01-01T00:00:00"), ("at", "2024-01-01"), ("at", 1700000000),
        ("flag", 1), ("flag", "true"), ("code", "toolong"), ("code", 5), ("owner", 5), ("owner", {"id": 2**63}),
        ("owner", {"id": 1.5}), ("parts", {}),
        ("id", None), ("id", "1"), ("id", 2**63), ("name", ["a"]),
    ],
)  # fmt: skip
def test_a_value_that_is_not_of_its_type_is_rejected_never_bent(lab: Lab, field: str, value: Any) -> None:
    result = lab.load([*things(1), {"id": 2, field: value}])
    assert (result.inserted, result.quarantined) == (1, 1)
    assert field in lab.quarantined()[0][1]


@engines
def test_json_text_that_the_database_cannot_hold_is_rejected_alone(lab: Lab) -> None:
    result = lab.load(
        [
            *things(*range(1, 30)),
            rb'{"id": 100, "free": "\ud800"}',
            rb'{"id": 101, "unknown": ["\udc00"]}',
            rb'{"id": 102, "unknown": {"\ud83d": 1}}',
            b'{"id": 103, "free": ' + b"[" * 500 + b"]" * 500 + b"}",
            rb'{"id": 104, "free": "\ud83d\ude00"}',
        ]
    )
    assert result.fetched == 34
    assert result.inserted + result.quarantined == 34
    assert set(range(1, 30)) <= lab.column("id").keys()
    assert lab.column("free")[104] == "😀"
    assert {100, 101, 102}.isdisjoint(lab.column("id"))


@engines
def test_a_text_too_long_for_its_index_is_rejected_alone(lab: Lab) -> None:
    import random

    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789éß漢", k=1_000_000))
    result = lab.load(
        [*things(*range(30)), {"id": 99, "name": noise}, {"id": 98, "name": "ok", "free": noise}]
    )
    assert (result.inserted, result.quarantined) == (31, 1)
    assert lab.column("free")[98] == noise


@engines
def test_deletes_are_soft_where_the_resource_says_so(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Thing, write=Upsert(deletes="soft"))
    lab.load(things(1, 2, 3))
    result = lab.load([], scope=Scope.NOTHING, deletes=[(1,)])
    assert result.deleted == 1
    assert set(lab.rows()) == {(1,), (2,), (3,)}
    assert {k for k, v in lab.column("_deleted_at").items() if v} == {1}
    assert lab.load([], scope=Scope.NOTHING, deletes=[(1,)]).deleted == 0
    assert lab.load(things(1), scope=Scope.NOTHING).updated == 1
    assert not any(lab.column("_deleted_at").values())
    assert lab.load(things(1, 2)).deleted == 1
    assert {k for k, v in lab.column("_deleted_at").items() if v} == {3}
    assert lab.state().row_count == 3
    result = lab.load(things(4), scope=Scope.NOTHING, deletes=[(2,)])
    assert result.rows == lab.state().row_count == len(lab.rows())


@engines
def test_deletes_are_ignored_where_the_resource_says_so(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Thing, write=Upsert(deletes="ignore"))
    lab.load(things(1, 2, 3, parts=[{"name": "p"}]))
    assert lab.load([], scope=Scope.NOTHING, deletes=[(1,)]).deleted == 0
    assert lab.load(things(3), scope=Scope.EVERYTHING).deleted == 0
    assert set(lab.rows()) == {(1,), (2,), (3,)}
    assert (1, 1) in lab.rows("parts")


@engines
def test_a_window_replaces_its_days_and_no_others(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Thing, write=ReplaceWindow("day"))
    days = {1: "2024-01-31", 2: "2024-02-01", 3: "2024-02-29", 4: "2024-03-01", 5: None}
    lab.load([{"id": i, "day": day} for i, day in days.items()], scope=Scope.NOTHING)
    february = Window("day", "2024-02-01", "2024-03-01")
    result = lab.load([{"id": 2, "day": "2024-02-02"}], scope=Scope.WINDOW, windows=(february,))
    assert (result.updated, result.deleted) == (1, 1)
    assert set(lab.rows()) == {(1,), (2,), (4,), (5,)}
    rejected = {"id": 2, "day": "2024-02-03", "flag": "no"}
    assert (
        lab.load([rejected, {"id": 9, "day": "2024-02-09"}], scope=Scope.WINDOW, windows=(february,)).deleted
        == 0
    )
    assert set(lab.rows()) == {(1,), (2,), (4,), (5,), (9,)}


@engines
def test_a_deletion_reported_with_a_window_applies_to_what_was_not_read(
    database: str, tmp_path: Path
) -> None:
    lab = Lab(database, tmp_path, Thing, write=ReplaceWindow("day"))
    old = [{"id": i, "day": "2024-01-15", "parts": [{"name": "p"}]} for i in (1, 2, 3, 4)]
    lab.load(old, scope=Scope.NOTHING)
    february = {"scope": Scope.WINDOW, "windows": (Window("day", "2024-02-01", "2024-03-01"),)}
    moved = {"id": 1, "day": "2024-02-02"}
    rejected = {"id": 2, "day": "2024-02-02", "flag": "no"}
    extraction, staged = lab.stage([moved, rejected], deletes=[(1,), (2,), (3,)], **february)
    shown = lab.pipeline.check(extraction, staged)
    result = lab.pipeline.publish(extraction, staged)
    assert (result.updated, result.deleted) == (1, 1)
    assert set(lab.rows()) == {(1,), (2,), (4,)}, "2 is in quarantine: its old row is kept"
    assert set(lab.rows("parts")) == {(2, 1), (4, 1)}
    assert all(r.status != "FAIL" for r in shown)
    lab.load([{"flag": "no"}, {"id": 5, "day": "2024-02-02"}], deletes=[(4,)], **february)
    assert (4,) in lab.rows(), "nobody knows whether the record without a key is this one"


@engines
def test_days_of_a_moment_begin_at_midnight_of_their_zone(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Thing, write=ReplaceWindow("at"))
    moments = {
        1: "2026-03-28T22:59:59.999999Z",  # 28 March, 23:59 in Amsterdam
        2: "2026-03-28T23:00:00Z",  # midnight of the 29th, on which clocks are put forward
        3: "2026-03-29T21:59:59Z",  # the last second of it, one hour earlier than a day later
        4: "2026-03-29T22:00:00Z",
    }
    lab.load([{"id": i, "at": at} for i, at in moments.items()], scope=Scope.NOTHING)
    day = Window("at", "2026-03-29", "2026-03-30", "Europe/Amsterdam")
    result = lab.load([{"id": 9, "at": moments[2]}], scope=Scope.WINDOW, windows=(day,))
    assert (result.inserted, result.deleted) == (1, 2)
    assert set(lab.rows()) == {(1,), (4,), (9,)}


def halves(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Each landed list becomes its elements; what is no list is not to be split."""

    def split(line: bytes) -> list[bytes]:
        if not line.startswith(b"["):
            raise RowRejected("is no list")
        return [bytes(item) for item in msgspec.json.decode(line, type=list[msgspec.Raw])]

    return each(split)(lines)


@engines
def test_landed_lines_become_records_and_one_that_cannot_is_set_aside(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Thing, reshape=halves)
    result = lab.load([things(1, 2), things(3), [], "odd"])
    assert (result.fetched, result.inserted, result.quarantined) == (4, 3, 1)
    assert set(lab.rows()) == {(1,), (2,), (3,)}
    assert [(path, raw) for _, path, raw in lab.quarantined()] == [("$", '"odd"')]


@engines
def test_a_reshaped_landing_still_has_to_be_whole(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Thing, reshape=halves)
    extraction = lab.extract([things(1), things(2)])
    folder = lab.pipeline.folder(extraction.landing)
    other = lab.pipeline.folder(lab.extract([things(1, 2)]).landing)
    name = "records-00000.ndjson.zst"
    (folder / name).write_bytes((other / name).read_bytes())  # as many records, on fewer lines
    with pytest.raises(ContractBroken, match="holds 1 records, its manifest says 2"):
        lab.pipeline.load(extraction)


@engines
def test_a_landing_that_lost_records_or_deletes_is_not_loaded(lab: Lab) -> None:
    lab.load(things(1, 2, 3))
    state = lab.state()
    extraction = lab.extract(things(1, 2), scope=Scope.NOTHING, deletes=[(3,)])
    folder = lab.pipeline.folder(extraction.landing)
    other = lab.pipeline.folder(lab.extract(things(1), scope=Scope.NOTHING, deletes=[]).landing)
    assert list(Landing(folder).lines()) != list(Landing(other).lines())
    good = (folder / "records-00000.ndjson.zst").read_bytes()
    (folder / "records-00000.ndjson.zst").write_bytes((other / "records-00000.ndjson.zst").read_bytes())
    with pytest.raises(ContractBroken):
        lab.pipeline.load(extraction)
    (folder / "records-00000.ndjson.zst").write_bytes(good)
    deletes = (folder / "deletes.ndjson.zst").read_bytes()
    (folder / "deletes.ndjson.zst").write_bytes(deletes[:8])
    with pytest.raises(Exception):  # noqa: B017 - whatever it is, it must not pass
        lab.pipeline.load(extraction)
    assert lab.state() == state
    (folder / "manifest.json").unlink()
    with pytest.raises(Misconfigured, match="extract"):
        lab.pipeline.load(extraction)


# --- checks ---------------------------------------------------------------------------------------------------------


@engines
def test_an_entry_that_does_not_balance_is_not_published(penny: Company) -> None:
    penny.sync("ledger_entry_lines")
    state = penny.state("ledger_entry_lines")
    line = penny.vendor.truth("ledger_entry_lines")[0]
    side = "debit" if Decimal(line["debit"]) else "credit"
    penny.vendor.update("ledger_entry_lines", line["id"], {side: "1000000.01"})
    before = penny.published("ledger_entry_lines")
    for mode in (Mode.INCREMENTAL, Mode.FULL):
        with pytest.raises(CheckFailed, match="entries_balance"):
            penny.sync("ledger_entry_lines", mode)
    assert_same(penny.published("ledger_entry_lines"), before)
    assert penny.state("ledger_entry_lines") == state
    assert ("FAIL",) in penny.query(
        "SELECT status FROM landfall.quality_log WHERE check_name = 'entries_balance'"
    )
    penny.vendor.update("ledger_entry_lines", line["id"], {side: line[side]})
    penny.sync("ledger_entry_lines", Mode.INCREMENTAL)
    penny.assert_true("ledger_entry_lines")


@engines
def test_references_are_looked_up_and_only_warned_of(penny: Company) -> None:
    penny.sync_all()
    results = penny.pipeline("customer_invoices").check_references()
    assert results
    assert all(r.passed for r in results)
    penny.vendor.rows["customers"].remove(penny.vendor.truth("customer_invoices")[0]["customer"]["id"])
    penny.sync("customers", allow_shrink=True)
    missed = [r for r in penny.pipeline("customer_invoices").check_references() if not r.passed]
    assert [(r.check, r.severity, r.value) for r in missed] == [("customer_id in customers", "warning", 1)]


@engines
def test_a_sql_check_sees_the_table_as_it_would_be(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sql" / "lab" / "checks"
    folder.mkdir(parents=True)
    rule = "-- rule: at most one thing a day\n-- severity: blocking\n-- todo: Look at that day.\n"
    query = "SELECT day, count(*) AS things FROM lab.things WHERE day IS NOT NULL GROUP BY day HAVING count(*) > 1"
    (folder / "one_a_day.sql").write_text(rule + query)
    monkeypatch.setenv("LANDFALL_SQL", str(tmp_path / "sql"))
    lab = Lab(database, tmp_path, Thing, checks=(Sql("one_a_day.sql"),))
    lab.load([{"id": 1, "day": "2024-02-01"}, {"id": 2, "day": "2024-02-02"}, {"id": 3}])
    with pytest.raises(CheckFailed, match=r"at most one thing a day.*Look at that day"):
        lab.load([{"id": 4, "day": "2024-02-02"}], scope=Scope.NOTHING)
    february = Window("day", "2024-02-01", "2024-03-01")
    assert lab.load([{"id": 4, "day": "2024-02-02"}], scope=Scope.WINDOW, windows=(february,)).deleted == 2
    assert lab.load([{"id": 5, "day": "2024-02-02"}], scope=Scope.NOTHING, deletes=[(4,)]).inserted == 1
    with pytest.raises(CheckFailed):  # a record whose key nobody can read: nothing goes, so 5 stays beside 6
        lab.load([{"id": 6, "day": "2024-02-02"}, {"id": "?"}])
    assert lab.load([{"id": 6, "day": "2024-02-02"}]).deleted == 2
    assert set(lab.rows()) == {(6,)}


# --- tables that exist already ---------------------------------------------------------------------------------------


class Before(Record, table="things", key="id"):
    """Things, before."""

    id: int = column()
    name: str | None = column()


class After(Record, table="things", key="id"):
    """Things, with a new field."""

    id: int = column()
    name: str | None = column()
    added: Decimal | None = column(doc="New", index=True)


class Contradicting(Record, table="things", key="id"):
    """Things, with another type."""

    id: int = column()
    name: Decimal | None = column()


@databases
def test_a_new_field_becomes_a_column_and_nothing_else_changes(database: str, tmp_path: Path) -> None:
    Lab(database, tmp_path, Before).load([{"id": 1, "name": "old", "added": "1.5"}, {"id": 2, "name": "two"}])
    lab = Lab(database, tmp_path, After)
    assert lab.load([{"id": 1, "name": "old", "added": "1.5"}], scope=Scope.NOTHING).updated == 1
    assert lab.rows()[(1,)] == {"id": 1, "name": "old", "added": Decimal("1.5")}
    assert lab.rows()[(2,)] == {"id": 2, "name": "two", "added": None}
    indexes = sa.inspect(lab.warehouse.engine).get_indexes("things", schema="lab")
    assert [i["column_names"] for i in indexes] == [["added"]]


@engines
def test_a_column_of_another_type_stops_the_load(database: str, tmp_path: Path) -> None:
    first = Lab(database, tmp_path, Before)
    first.load([{"id": 1, "name": "old"}])
    with pytest.raises(Misconfigured, match=r"things\.name"):
        Lab(database, tmp_path, Contradicting).load([{"id": 1, "name": "5"}])
    assert first.column("name") == {1: "old"}


@databases
def test_a_column_that_would_round_amounts_stops_the_load(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, After)
    lab.load([{"id": 1, "added": "1.5"}])
    with lab.warehouse.begin() as connection:
        type_ = "TYPE" if connection.dialect.name == "postgresql" else ""
        connection.execute(sa.text(f"ALTER TABLE lab.things ALTER COLUMN added {type_} numeric(12, 2)"))
    with pytest.raises(Misconfigured, match=r"things\.added"):
        lab.load([{"id": 1, "added": "1.555"}])
    assert lab.column("added") == {1: Decimal("1.50")}


@databases
def test_a_table_with_another_key_stops_the_load(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Before)
    lab.load([{"id": 1}])
    with lab.warehouse.begin() as connection:
        connection.execute(sa.text("ALTER TABLE lab.things DROP CONSTRAINT pk_things"))
    with pytest.raises(Misconfigured, match="primary key"):
        lab.load([{"id": 1}])


class Line(Record, table="lines", key="line_id"):
    """Lines that carry an id of their own."""

    line_id: int = column("id")
    bill_id: int = parent()


class Bill(Record, table="bills", key="id"):
    """Bills with lines."""

    id: int = column()
    lines: list[Line] = column()


@engines
def test_lines_with_an_id_of_their_own_may_move_to_another_parent(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Bill, write=Replace())
    lab.load([{"id": 1, "lines": [{"id": 10}, {"id": 11}]}, {"id": 2, "lines": []}])
    lab.load([{"id": 1, "lines": [{"id": 11}]}, {"id": 2, "lines": [{"id": 10}]}], scope=Scope.NOTHING)
    assert {k[0]: row["bill_id"] for k, row in lab.rows("lines").items()} == {11: 1, 10: 2}


@engines
def test_a_child_key_that_comes_twice_is_refused_by_a_check(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Bill)
    lab.load([{"id": 1, "lines": [{"id": 10}]}])
    with pytest.raises(CheckFailed, match="keys unique"):
        lab.load([{"id": 1, "lines": [{"id": 10}]}, {"id": 2, "lines": [{"id": 10}]}])
    assert {k[0]: row["bill_id"] for k, row in lab.rows("lines").items()} == {10: 1}


@engines
def test_the_ledger_may_be_ensured_again_and_again(penny: Company) -> None:
    penny.sync("customers")
    pipeline.ensure_ledger(penny.warehouse)
    assert penny.state("customers").version == 1


@engines
def test_a_check_is_told_how_many_rows_there_would_be(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Thing, checks=(checks.Volume(),))
    for ids in ((1, 2, 3), (2, 3, 4, 5)):
        lab.load(things(*ids))
        volume = next(r for r in lab.steps["check"] if r.check == "volume against history")
        assert volume.value == len(ids)


@engines
def test_an_unusual_number_of_rows_is_told(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Thing, checks=(checks.Volume(),))
    seen = []
    for rows in (10, 10, 20, 30, 5):
        lab.load(things(*range(rows)), allow_shrink=True)
        (found,) = (r for r in lab.steps["check"] if r.check == "volume against history")
        seen.append((found.status, found.threshold))
    average = [None, 10.0, 10.0, 13.33, 17.5]
    assert seen == list(zip(["PASS", "PASS", "PASS", "WARN", "WARN"], average, strict=True))


@databases
def test_a_schedule_that_stood_still_is_told(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Thing, checks=(checks.Freshness(timedelta(hours=3)),))

    def told() -> str:
        lab.load(things(1))
        (found,) = (r for r in lab.steps["check"] if r.check == "freshness")
        return f"{found.status} {found.details}"

    assert told() == "PASS first load"
    assert told().startswith("PASS hours since")
    with lab.warehouse.begin() as connection:
        earlier = datetime.now(UTC) - timedelta(hours=4, minutes=30)
        connection.execute(sa.update(ledger.sync_state).values(last_sync_at=earlier))
    assert told() == "WARN hours since the sync before this one: 4.5"
    assert told().startswith("PASS")
