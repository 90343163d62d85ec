"""Bronze and silver against the vendor: whole reads, what changed, what vanished or came back, odd stamps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from landfall.errors import FuseBlown, ReadMoved
from landfall.reads import Mode
from sandbox import Sandbox
from sandbox.connectwise import ConnectWiseVendor
from tests.sources.connectwise.office import Office, shown

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(ConnectWiseVendor(seed=2, records=120)) as running:
        yield running


def same(office: Office, name: str) -> None:
    """Silver holds the vendor's rows, value by value."""
    silver, truth = office.silver(name), office.truth(name)
    assert silver.keys() == truth.keys()
    for row_id, row in truth.items():
        for column, value in row.items():
            if column not in silver[row_id]:
                continue  # a field that silver does not have: members are read with a few of theirs
            found = silver[row_id][column]
            if isinstance(found, Decimal):
                assert shown(found) == Decimal(value).quantize(Decimal("0.0001")), (name, row_id, column)
            elif isinstance(found, date) and not isinstance(found, datetime):
                assert found.isoformat() == value[:10], (name, row_id, column)
            elif not isinstance(value, list):
                assert shown(found) == value, (name, row_id, column)


def test_every_entity_is_loaded_as_the_vendor_has_it(office: Office, vendor: ConnectWiseVendor) -> None:
    for resource in office.source.resources:
        result = office.sync(resource.name)
        assert result
        assert result.quarantined == 0
        assert office.ids(resource.name) == vendor.ids(resource.name)
        same(office, resource.name)
    ((raw,),) = office.query("SELECT raw FROM bronze.bronze_cw_timeentry WHERE id = 1000")
    assert raw.encode() == vendor.rows["time_entries"].encoded(1000)
    fields = office.query('SELECT "fieldId", caption FROM silver.silver_cw_agreement_customfield')
    assert set(fields) == {(23, "Samningsnr")}
    assert len(fields) == len(vendor.ids("agreements"))
    assert vendor.secrets_served == 0


def test_what_changed_is_read_and_nothing_else_is_written(office: Office, vendor: ConnectWiseVendor) -> None:
    office.sync("time_entries")
    vendor.clock.advance(3600)
    vendor.update("time_entries", 1003)
    vendor.insert("time_entries")
    result = office.sync("time_entries")
    assert result
    assert (result.inserted, result.updated, result.deleted) == (1, 1, 0)
    same(office, "time_entries")


def test_what_vanished_or_came_back_is_found_by_counting(office: Office, vendor: ConnectWiseVendor) -> None:
    office.sync("time_entries")
    vendor.delete("time_entries", 1010)
    result = office.sync("time_entries")
    assert result
    assert result.deleted == 1
    assert office.ids("time_entries") == vendor.ids("time_entries")
    vendor.recreate("time_entries", 1010)  # its stamp is months old
    office.sync("time_entries")
    assert office.ids("time_entries") == vendor.ids("time_entries")
    new = vendor.insert("time_entries")
    vendor.forget_stamp("time_entries", new)
    office.sync("time_entries")
    assert new in office.ids("time_entries")
    same(office, "time_entries")


def test_a_full_read_removes_what_is_gone_even_when_the_count_agrees(
    office: Office, vendor: ConnectWiseVendor
) -> None:
    office.sync("expenses")
    gone = vendor.ids("expenses")[0]
    vendor.delete("expenses", gone)
    vendor.insert("expenses")
    office.sync("expenses", Mode.FULL)
    assert office.ids("expenses") == vendor.ids("expenses")


def test_many_that_vanished_ask_for_consent(office: Office, vendor: ConnectWiseVendor) -> None:
    office.sync("time_entries")
    for row_id in vendor.ids("time_entries")[:70]:
        vendor.delete("time_entries", row_id)
    with pytest.raises(FuseBlown):
        office.sync("time_entries")
    assert len(office.ids("time_entries")) == 120
    office.sync("time_entries", allow_shrink=True)
    assert office.ids("time_entries") == vendor.ids("time_entries")


def test_a_stamp_from_the_future_hides_nothing(office: Office, vendor: ConnectWiseVendor) -> None:
    office.sync("companies")
    vendor.clock.advance(days=400)
    vendor.update("companies", 301)
    vendor.clock.set(datetime.now(UTC))
    office.sync("companies", Mode.FULL)
    watermark = office.state("companies").watermark
    assert watermark
    assert datetime.fromisoformat(watermark) <= datetime.now(UTC) + timedelta(seconds=1)
    vendor.update("companies", 302, {"name": "Renamed"})
    office.sync("companies")
    same(office, "companies")


def test_a_deleted_company_stays_with_its_flag(office: Office, vendor: ConnectWiseVendor) -> None:
    office.sync("companies")
    vendor.delete("companies", 303)
    office.sync("companies")
    assert office.query('SELECT "deletedFlag" FROM silver.silver_cw_company WHERE id = 303') == [(True,)]


def test_a_false_end_changes_nothing(office: Office, vendor: ConnectWiseVendor) -> None:
    office.sync("time_entries")
    vendor.configure({"max_page_size": 50, "false_end_after": 1})
    with pytest.raises(ReadMoved):
        office.sync("time_entries", Mode.FULL)
    assert len(office.ids("time_entries")) == 120


@pytest.mark.parametrize(
    ("field", "sent", "column", "kept"),
    [
        ("notes", "\u200b \u00a0hello\ufeff\u2009", "notes", "hello"),
        ("notes", " \u200d ", "notes", None),
        ("hourlyCost", "10800.00005", "hourlyCost", Decimal("10800.0001")),
        ("hourlyRate", Decimal("-0.00005"), "hourlyRate", Decimal("-0.0001")),
        ("locationId", None, "locationId", 2),
        ("location", {"id": 9, "name": "Elsewhere"}, "locationId_1", 9),
    ],
)
def test_values_are_kept_by_the_rules(
    office: Office, vendor: ConnectWiseVendor, field: str, sent: Any, column: str, kept: Any
) -> None:
    row = {"location": {"id": 2, "name": "Main office"}, "locationId": 2, field: sent}
    vendor.rows["time_entries"].put_raw(1000, json.dumps({"id": 1000, **row}, default=float).encode())
    office.sync("time_entries")
    assert office.silver("time_entries")[1000][column] == kept


def test_taxes_and_types_of_any_shape_cost_no_other_record(office: Office, vendor: ConnectWiseVendor) -> None:
    first, second, *_ = vendor.ids("expenses")
    vendor.update("expenses", first, {"taxes": [{"amount": 10**40}, {"amount": 1}]})
    vendor.update("expenses", second, {"taxes": [{"amount": 1.005}, {"amount": "7"}, {"amount": 2}]})
    office.sync("expenses")
    found = office.silver("expenses")
    assert first not in found
    assert found[second]["taxTotal"] == Decimal("3.005")
    types = [{"id": "b", "name": "B"}, {"id": 2, "name": "A"}, {"name": "C"}, {"id": 1, "name": None}]
    company = vendor.ids("companies")[0]
    vendor.update("companies", company, {"types": types})
    office.sync("companies")
    assert office.silver("companies")[company]["typeNames"] == "B, C, A"


@pytest.mark.parametrize(
    ("value", "kind", "column", "kept"),
    [
        (12.5, "Number", "valueNumber", Decimal("12.5")),
        (True, "Checkbox", "valueBool", True),
        ("2026-03-04T00:00:00Z", "Date", "valueDate", date(2026, 3, 4)),
        ("soon", "Date", "valueText", "soon"),
        ("SN-1 ", "Text", "valueText", "SN-1"),
        (None, "Text", "valueText", None),
    ],
)
def test_a_custom_field_has_its_value_where_its_kind_belongs(
    office: Office, vendor: ConnectWiseVendor, value: Any, kind: str, column: str, kept: Any
) -> None:
    sent = {"id": 5, "caption": "X", "type": kind} | ({} if value is None else {"value": value})
    vendor.update("agreements", 70, {"customFields": [sent]})
    office.sync("agreements")
    table = "silver.silver_cw_agreement_customfield"
    names = ("valueText", "valueNumber", "valueDate", "valueBool")
    listed = ", ".join(f'"{name}"' for name in names)
    ((*found,),) = office.query(f'SELECT {listed} FROM {table} WHERE "entityId" = 70')
    assert dict(zip(names, found, strict=True)) == {**dict.fromkeys(names), column: kept}


def test_a_record_that_cannot_be_read_keeps_its_old_row(office: Office, vendor: ConnectWiseVendor) -> None:
    office.sync("time_entries")
    before = office.silver("time_entries")[1007]
    vendor.update("time_entries", 1007, {"actualHours": "many"})
    result = office.sync("time_entries")
    assert result
    assert result.quarantined == 1
    assert office.silver("time_entries")[1007] == before
    ((path,),) = office.query("SELECT path FROM landfall.quarantine WHERE resource = 'time_entries'")
    assert path == "$.actualHours"
