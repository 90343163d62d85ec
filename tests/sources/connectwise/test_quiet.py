"""What the vendor's counts prove before a task is started, and what they must not be taken to prove."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from landfall.reads import Mode, Watched
from sandbox import Sandbox
from sandbox.connectwise import ConnectWiseVendor
from tests.sources.connectwise.office import Office

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(ConnectWiseVendor(seed=4, records=60)) as running:
        yield running


def quiet(office: Office, name: str, lookback: timedelta | None = None) -> bool:
    one = office.pipeline(name)
    read = one.resource.read
    assert isinstance(read, Watched)
    return read.unchanged(one.request(office.hook, Mode.INCREMENTAL, lookback=lookback)) is not None


def test_nothing_new_is_told_by_three_counts(office: Office, vendor: ConnectWiseVendor) -> None:
    office.sync("time_entries")
    before = vendor.stats.requests
    assert quiet(office, "time_entries")
    assert vendor.stats.requests - before == 3
    assert not quiet(office, "time_entries", timedelta(days=7)), "what is asked for is read"


def _edit(vendor: ConnectWiseVendor) -> None:
    vendor.update("time_entries", 1003)


def _insert(vendor: ConnectWiseVendor) -> None:
    vendor.insert("time_entries")


def _delete(vendor: ConnectWiseVendor) -> None:
    vendor.delete("time_entries", 1003)


def _unstamped(vendor: ConnectWiseVendor) -> None:
    vendor.forget_stamp("time_entries", vendor.insert("time_entries"))


def _tie(vendor: ConnectWiseVendor) -> None:
    """An edit that is stamped with the very second of the latest row."""
    stamps = [vendor.rows["time_entries"].get(i)["_info"]["lastUpdated"] for i in vendor.ids("time_entries")]
    vendor.alter("time_entries", 1003, {"notes": "late", "_info": {"lastUpdated": max(stamps)}})


def _swapped(vendor: ConnectWiseVendor) -> None:
    """One gone and one new: the count agrees."""
    vendor.delete("time_entries", 1003)
    vendor.insert("time_entries")


@pytest.mark.parametrize("change", [_edit, _insert, _delete, _unstamped, _tie, _swapped])
def test_a_change_is_never_quiet(office: Office, vendor: ConnectWiseVendor, change: object) -> None:
    office.sync("time_entries")
    assert quiet(office, "time_entries")
    change(vendor)  # type: ignore[operator]
    assert not quiet(office, "time_entries")


def test_an_edit_in_the_second_of_the_read_is_read_again(office: Office, vendor: ConnectWiseVendor) -> None:
    vendor.update("time_entries", 1003)  # as late as the read: another edit may get the same stamp
    office.sync("time_entries")
    vendor.alter("time_entries", 1003, {"notes": "edited once more in that second"})
    assert not quiet(office, "time_entries")
    office.sync("time_entries")
    assert office.silver("time_entries")[1003]["notes"] == "edited once more in that second"


def test_a_short_list_is_compared_with_what_was_landed(office: Office, vendor: ConnectWiseVendor) -> None:
    office.sync("agreement_types")
    assert quiet(office, "agreement_types")
    vendor.alter("agreement_types", 12, {"name": "Annað"})  # no stamp moves
    assert not quiet(office, "agreement_types")
    office.sync("agreement_types")
    assert quiet(office, "agreement_types")
    vendor.delete("agreement_types", 18)
    assert not quiet(office, "agreement_types")


def test_a_list_whose_landing_is_gone_is_read(office: Office, vendor: ConnectWiseVendor) -> None:
    office.sync("unposted_invoices")
    for file in sorted((office.folder / "landing").rglob("manifest.json")):
        file.unlink()
    assert not quiet(office, "unposted_invoices")


def test_silver_is_made_again_of_bronze(office: Office, vendor: ConnectWiseVendor) -> None:
    office.sync("time_entries")
    whole = office.silver("time_entries")
    office.query("DELETE FROM silver.silver_cw_timeentry WHERE id < 1010 RETURNING id")
    requests = vendor.stats.requests
    one = office.pipeline("time_entries")
    assert one.resource.stored
    extraction = one.extract(one.request(None, Mode.REPROCESS), one.resource.stored.read)
    result = one.publish(extraction, one.load(extraction))
    assert (result.inserted, result.updated, result.unchanged) == (10, 0, 50)
    again = office.silver("time_entries")
    ours = ("_etl_processed_at", "_etl_batch_id")
    assert [{k: v for k, v in row.items() if k not in ours} for _, row in sorted(again.items())] == [
        {k: v for k, v in row.items() if k not in ours} for _, row in sorted(whole.items())
    ]
    assert vendor.stats.requests == requests
