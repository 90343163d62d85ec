"""How far back a run reads, and by what: stamps, business dates, the operator's look-back; and what it must not do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from landfall.errors import Misconfigured
from landfall.reads import Mode, Since
from landfall.sources.connectwise import SEED_FIELDS
from sandbox import Sandbox
from sandbox.clock import stamp
from sandbox.connectwise import ConnectWiseVendor
from tests.sources.connectwise.office import Office

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(ConnectWiseVendor(seed=2, records=20)) as running:
        yield running


@pytest.fixture(scope="module")
def kept(
    new_database: Callable[[str], str], box: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("office")
    opened = Office(new_database("postgresql"), folder, box.app, box.api_url)
    yield opened
    opened.close()


@pytest.fixture
def office(kept: Office) -> Office:
    kept.vendor.clock.set(datetime.now(UTC))
    kept.vendor.reset()
    return kept


def moved(vendor: ConnectWiseVendor, name: str, row_id: int, at: datetime, **fields: Any) -> None:
    """Change a row, and stamp it with a moment of the test's choice."""
    info = vendor.rows[name].get(row_id)["_info"] | {"lastUpdated": stamp(at)}
    vendor.alter(name, row_id, {**fields, "_info": info})


@pytest.mark.parametrize("name", SEED_FIELDS)
def test_seed_fields_read_by_the_business_date_and_move_no_watermark(office: Office, name: str) -> None:
    office.sync(name, Mode.FULL)
    before, vendor = office.state(name).watermark, office.vendor
    read = office.source.resource(name).read
    assert isinstance(read, Since)
    seeded = dataclasses.replace(read, fields=SEED_FIELDS[name])
    old, *recent = vendor.ids(name)[: len(SEED_FIELDS[name]) + 1]
    today, long_ago = f"{datetime.now(UTC):%Y-%m-%d}T00:00:00Z", "2001-01-01T00:00:00Z"
    vendor.update(name, old, dict.fromkeys(SEED_FIELDS[name], long_ago))
    for field, row_id in zip(SEED_FIELDS[name], recent, strict=True):  # any of the fields will do
        vendor.alter(name, row_id, dict.fromkeys(SEED_FIELDS[name], long_ago) | {field: today})
    office.sync(name, read=seeded)
    silver = office.silver(name)
    for field, row_id in zip(SEED_FIELDS[name], recent, strict=True):
        assert str(silver[row_id][field])[:10] == today[:10]
    assert not any(str(silver[old][field]).startswith("2001") for field in SEED_FIELDS[name])
    assert office.state(name).watermark == before


@pytest.mark.parametrize(("days", "found"), [(None, False), (45, True), (0, False)])
def test_the_operators_days_stand_in_for_the_look_back(office: Office, days: int | None, found: bool) -> None:
    office.sync("time_entries", Mode.FULL)
    moved(office.vendor, "time_entries", 1003, datetime.now(UTC) - timedelta(days=40), notes=f"late {days}")
    office.sync("time_entries", lookback=None if days is None else timedelta(days=days))
    assert (office.silver("time_entries")[1003]["notes"] == f"late {days}") is found


def test_no_look_back_begins_after_the_watermark(office: Office) -> None:
    office.vendor.update("time_entries", 1004)
    office.sync("time_entries", Mode.FULL)
    watermark = office.state("time_entries").watermark
    assert watermark
    known = datetime.fromisoformat(watermark)
    moved(office.vendor, "time_entries", 1003, known - timedelta(hours=12), notes="just before")
    office.sync("time_entries", lookback=timedelta(0))
    assert office.silver("time_entries")[1003]["notes"] == "just before"


def test_a_dry_run_tells_and_changes_nothing(office: Office) -> None:
    office.sync("expenses", Mode.FULL)
    before, state = office.silver("expenses"), office.state("expenses")
    office.vendor.update("expenses", 701)
    told = office.sync("expenses", dry_run=True)
    assert told
    assert (told.updated, told.dry_run) == (1, True)
    assert office.silver("expenses") == before
    assert office.state("expenses") == state
    done = office.sync("expenses")
    assert done
    assert done.updated == 1


def test_an_unposted_invoice_that_is_posted_changes_lists(office: Office) -> None:
    both = ("invoices", "unposted_invoices")
    for name in both:
        office.sync(name, Mode.FULL)
    gone = office.vendor.ids("unposted_invoices")[0]
    new = office.vendor.post_invoice(gone)
    for name in both:
        office.sync(name)
        assert office.ids(name) == office.vendor.ids(name)
    assert new in office.ids("invoices")
    assert gone not in office.ids("unposted_invoices")


def test_an_agreement_under_another_one_has_its_number_at_once(office: Office) -> None:
    for name in ("agreements", "agreement_types", "time_entries"):
        office.sync(name, Mode.FULL)
    office.build()
    office.vendor.update("agreements", 72, {"customFields": [], "parentAgreement": {"id": 71, "name": "B"}})
    for number in ("N-1", "N-2"):
        fields = [{"id": 23, "caption": "Nr", "type": "Text", "value": number}]
        office.vendor.update("agreements", 71, {"customFields": fields, "parentAgreement": None})
        office.sync("agreements")
        office.build()
        found = office.gold("dim_agreement", "agreementId")[72]
        assert (found["agreementNumber"], found["final_agreement_number"], found["rootAgreementId"]) == (
            None,
            number,
            71,
        )


@pytest.mark.parametrize("asked", ["password", "id,Token", "identifier, ssoSettings/email"])
def test_secrets_of_members_are_never_asked_for(office: Office, asked: str) -> None:
    with pytest.raises(Misconfigured, match="secrets"):
        list(office.hook.extract("/system/Members/", fields=asked))
    list(office.hook.extract("system/members", fields="id,type/name"))
    with pytest.raises(Exception):  # noqa: B017 - one member is no list; it matters what was asked for
        list(office.hook.extract("/system/members/141"))
    office.sync("members", Mode.FULL)
    assert office.vendor.secrets_served == 0
