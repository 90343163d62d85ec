"""Gold against a plain recomputation from the vendor's rows, whatever became of them."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from landfall import models
from landfall.reads import Mode
from sandbox import Sandbox
from sandbox.connectwise import ConnectWiseVendor
from sandbox.postgres import PostgresServer
from tests.sources.connectwise.office import Office, seeded
from tests.sources.connectwise.star import ENTITIES, assert_gold

pytestmark = pytest.mark.airflow
_numbers = itertools.count()


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(ConnectWiseVendor(seed=6, records=80)) as running:
        yield running


@pytest.fixture(scope="module")
def template(
    postgres: PostgresServer, box: Sandbox, moment: datetime, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a database with everything loaded, gold too."""
    name = f"gold_{os.getpid()}"
    url = postgres.create_database(name)
    with contextlib.closing(
        Office(url, tmp_path_factory.mktemp("gold"), seeded(box, moment), box.api_url)
    ) as made:
        load(made)
        made.build()
    yield name
    postgres.drop_database(name)


@pytest.fixture
def built(
    postgres: PostgresServer, template: str, box: Sandbox, vendor: ConnectWiseVendor, tmp_path: Path
) -> Iterator[Office]:
    """An office in which everything was loaded, and nothing has changed since."""
    name = f"{template}_{next(_numbers)}"
    url = postgres.create_database(name, template=template)
    with contextlib.closing(Office(url, tmp_path, vendor, box.api_url)) as opened:
        yield opened
    postgres.drop_database(name)


def load(office: Office, *names: str) -> None:
    for name in names or ENTITIES:
        office.sync(name)


def test_gold_is_what_the_vendor_has(office: Office, vendor: ConnectWiseVendor) -> None:
    load(office)
    requests = vendor.stats.requests
    made = office.build()
    assert vendor.stats.requests == requests, "gold alone needs no vendor"
    assert all(made.values())
    assert_gold(office)
    assert not any(office.build().values()), "nothing has moved"
    inputs = office.query("SELECT inputs FROM landfall.loads WHERE resource = 'fact_timeentry'")[0][0]
    assert set(inputs) >= {"silver_cw_timeentry", "dim_agreement", "agreement_kind"}


PAGE = Path(__file__).parents[3] / "docs" / "sources" / "connectwise.md"


def test_the_pages_queries_run_and_tell_something(built: Office) -> None:
    from landfall.setup import set_up

    set_up(built.warehouse, built.source)
    queries = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(queries) >= 7
    for query in queries:
        assert built.query(query), query


def test_the_picture_shows_every_key_of_the_facts() -> None:
    picture = (PAGE.parents[1] / "images" / "connectwise-star.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r"<title>(fact_\w+\.\w+) → (\w+)</title>", picture))
    assert drawn == {
        (f"{model.table.name}.{column.name}", column.references.partition(".")[0])
        for model in Office.source.models
        for column in model.table.columns
        if column.references and model.name.startswith("fact_")
    }


def test_what_has_not_moved_is_not_made(built: Office, vendor: ConnectWiseVendor) -> None:
    vendor.update("expenses", 701)
    load(built)
    made = {name for name, result in built.build().items() if result}
    assert "fact_expenseentry" in made
    assert not made & {"fact_timeentry", "fact_productitem", "dimworktype", "agreement_level", "work_day"}
    assert_gold(built)


def test_changed_entries_change_their_rows_and_no_others(built: Office, vendor: ConnectWiseVendor) -> None:
    changed = vendor.ids("time_entries")[:50]
    for row_id in changed:
        vendor.update("time_entries", row_id, {"notes": f"again {row_id}"})
    load(built, "time_entries")
    written = {
        name: (made.inserted, made.updated, made.deleted) for name, made in built.build().items() if made
    }
    assert written.pop("fact_timeentry") == (0, len(changed), 0)
    assert not written.keys() & {"fact_expenseentry", "fact_productitem", "agreement_level"}
    assert set(written.values()) == {(0, 0, 0)}, "what reads time is looked at, and is as it was"


def test_renames_count_at_once(built: Office, vendor: ConnectWiseVendor) -> None:
    vendor.update("agreement_types", 12, {"name": "INNRI VERKEFNI:"})
    vendor.update("companies", 301, {"name": "Nýtt nafn"})
    vendor.update("members", 141, {"hourlyCost": 0})
    load(built)
    built.build()
    assert_gold(built)
    (kind,) = {
        row["agreement_type_normalized"]
        for row in built.gold("dimagreementtype", "typeId").values()
        if row["typeId"] == 12
    }
    assert kind == "internal_project"


def test_what_is_only_referred_to_becomes_a_member(office: Office, vendor: ConnectWiseVendor) -> None:
    stranger = {"id": 999_001, "identifier": "S", "name": "Ókunnur ehf."}
    vendor.update("time_entries", 1001, {"company": stranger, "workType": {"id": 77, "name": "Vakt"}})
    vendor.update("time_entries", 1002, {"agreement": {"id": 990, "name": "Falinn", "type": "Tímapottur "}})
    load(office)
    office.build()
    assert_gold(office)
    company = office.gold("dimcompany", "CompanyKey")[999_001]
    assert (company["companyName"], company["isInferred"]) == ("Ókunnur ehf.", True)
    assert office.gold("dimworktype", "WorkTypeKey")[77]["workTypeName"] == "Vakt"
    fact = office.gold("fact_timeentry", "timeEntryId")[1002]
    assert (fact["agreement_type_normalized"], fact["AgreementTypeKey"]) == ("prepaid_hours", -1)
    vendor.rows["companies"].put({"id": 999_001, "name": "Kunnur ehf.", "_info": {}})
    load(office)
    office.build()
    company = office.gold("dimcompany", "CompanyKey")[999_001]
    assert (company["companyName"], company["isInferred"]) == ("Kunnur ehf.", False)


def test_what_is_gone_leaves_the_facts(built: Office, vendor: ConnectWiseVendor) -> None:
    vendor.delete("time_entries", 1005)
    vendor.delete("agreements", 71)
    vendor.insert("products")
    load(built)
    built.build()
    assert_gold(built)


def test_days_are_called_as_the_company_says(built: Office) -> None:
    days = built.gold("dim_date", "DateKey")
    unknown = days.pop(-1)
    assert unknown["Date"] is None
    assert (
        len(days) == (max(d["Date"] for d in days.values()) - min(d["Date"] for d in days.values())).days + 1
    )
    christmas = days[date.today().year * 10_000 - 10_000 + 1225]  # noqa: DTZ011
    assert (christmas["IsHoliday"], christmas["IsBusinessDay"]) == (True, False)


def test_a_fact_that_does_not_add_up_is_not_published(built: Office, vendor: ConnectWiseVendor) -> None:
    from landfall.errors import CheckFailed

    before = built.gold("fact_timeentry", "timeEntryId")
    built.query("UPDATE gold.agreement_kind SET \"typeName\" = 'Alrekstur' RETURNING 1")  # each joins to all
    vendor.update("time_entries", 1005)
    load(built, "time_entries")
    model = built.pipeline("fact_timeentry")
    assert isinstance(model.resource.read, models.Select)
    built.query("INSERT INTO gold.dimchargetype VALUES (5, 'ServiceTicket', 'Twice') RETURNING 1")
    with pytest.raises(CheckFailed, match=r"time_totals_agree|keys unique"):
        model.build()
    assert built.gold("fact_timeentry", "timeEntryId") == before


def test_full_reads_change_nothing(built: Office, vendor: ConnectWiseVendor) -> None:
    for name in ENTITIES:
        built.sync(name, Mode.FULL)
    assert not any(built.build().values())
