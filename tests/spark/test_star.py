"""Facts and dimensions of data frames: what PostgreSQL makes of the same rows, value by value."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from landfall import spark as words
from landfall.errors import Misconfigured
from landfall.models import Select
from landfall.sources import source
from landfall.spark.frames import Star, arrow_of, frame_of
from landfall.spark.star import FRAMES
from landfall.spark.words import rendered, understood
from landfall.warehouse.tables import target_table
from sandbox import Sandbox
from sandbox.connectwise import ConnectWiseVendor
from tests.sources.connectwise.office import Office
from tests.spark.session import SAIL

SOURCE = source("connectwise")
CREATED = {
    "fact_timeentry": words.create_time_entry_fact,
    "fact_expenseentry": words.create_expense_entry_fact,
    "fact_productitem": words.create_product_item_fact,
    "dimcompany": words.create_company_dimension,
    "dimmember": words.create_member_dimension,
    "dim_agreement": words.create_agreement_dimension,
    "dimagreementtype": words.create_agreement_type_dimension,
    "dimworktype": words.create_work_type_dimension,
    "dimworkrole": words.create_work_role_dimension,
    "dimdepartment": words.create_department_dimension,
    "dimbusinessunit": words.create_business_unit_dimension,
    "dimbillablestatus": words.create_billable_status_dimension,
    "dimtimeentrystatus": words.create_time_entry_status_dimension,
    "dimchargetype": words.create_charge_type_dimension,
    "dim_date": words.create_date_dimension,
}
"""What a notebook calls, by the model that it makes."""


@pytest.fixture(scope="module")
def office(new_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A company in PostgreSQL, with what is odd in its rows, and gold."""
    with Sandbox(ConnectWiseVendor(seed=3, records=60)) as box:
        vendor: ConnectWiseVendor = box.app
        odd = {
            "company": {"id": 999_001, "name": "Ókunnur {ehf.} \\ 'x'"},
            "hourlyRate": 7,
            "actualHours": 0.33,
        }
        vendor.update("time_entries", 1001, odd)
        vendor.update("time_entries", 1002, {"agreement": {"id": 990, "name": "F", "type": "TÍMAPOTTUR "}})
        vendor.update("time_entries", 1003, {"hourlyRate": None, "timeStart": "2026-03-01T23:30:00Z"})
        opened = Office(new_database("postgresql"), tmp_path_factory.mktemp("office"), vendor, box.api_url)
        for resource in opened.source.resources:
            opened.sync(resource.name)
        opened.build()
        yield opened
        opened.hook.close()
        opened.warehouse.close()


@pytest.fixture(scope="module")
def silver(office: Office, spark: Any) -> dict[str, Any]:
    """Silver as frames, by the names that the functions take."""
    found = {}
    for argument, table in FRAMES.items():
        spec = next(t for t in SOURCE.tables if t.name == table)
        target = target_table(spec, "connectwise")
        texts = [
            sa.cast(c, sa.Text).label(c.name)
            if isinstance(c.type, sa.JSON) or c.type is target.c["_extra"].type
            else c
            for c in target.columns
        ]
        with office.warehouse.reading() as reader:
            rows = [tuple(row) for row in reader.execute(sa.select(*texts))]
        found[argument] = frame_of(spark, rows, target).cache()
    return found


@pytest.mark.parametrize("model", CREATED)
def test_a_frame_is_what_postgresql_makes_of_the_same_rows(
    office: Office, spark: Any, silver: dict[str, Any], model: str
) -> None:
    frame = CREATED[model](spark=spark, **silver)
    spec = next(m.table for m in SOURCE.models if m.name == model)
    names = [c.name for c in spec.columns if c.role == "value"]
    with understood(spark):
        made = {tuple(row[k] for k in spec.key): row for row in arrow_of(frame).select(names).to_pylist()}
    with office.warehouse.reading() as reader:
        wanted = [
            dict(row) for row in reader.execute(sa.select(target_table(spec, "connectwise"))).mappings()
        ]
    assert {tuple(row[k] for k in spec.key): {n: row[n] for n in names} for row in wanted} == made
    assert spark.conf.get("spark.sql.session.timeZone") == "America/New_York"


def test_every_model_has_its_word() -> None:
    helpers = {"agreement_kind", "agreement_level", "work_day"}
    assert {m.table.name for m in SOURCE.models if m.table.name not in helpers} == set(CREATED)
    asked = {name for m in SOURCE.models for name in m.read.reads("connectwise") if name.startswith("silver")}  # type: ignore[union-attr]
    assert asked <= set(FRAMES.values())
    assert all(getattr(words, name) for name in words.__all__)


@pytest.mark.parametrize(
    ("above", "below", "share"),
    [
        ("12.3449999999999", "100.0000", "0.1234"),
        ("1", "20000", "0.0001"),
        ("-1", "20000", "-0.0001"),
        pytest.param(
            "99999999999999.4445",
            "99999999999999.9999",
            "1.0000",
            marks=pytest.mark.skipif(
                SAIL, reason="Sail refuses a division of whole numbers with so many digits"
            ),
        ),
        ("1.0000", "3.0000", "0.3333"),
        ("-2.0000", "3.0000", "-0.6667"),
        ("12344.99999", "1000000000.0", "0.0000"),
    ],
)
def test_a_quotient_is_rounded_once(office: Office, spark: Any, above: str, below: str, share: str) -> None:
    asked = f"SELECT ROUND(CAST({above} AS NUMERIC(33, 13)) / CAST({below} AS NUMERIC(29, 4)), 4) AS share"
    ((known,),) = office.query(asked)
    text, used = rendered(asked)
    assert not used
    with understood(spark):
        ((found,),) = spark.sql(text).collect()
    assert (found, known) == (Decimal(share), Decimal(share))


def test_a_frame_that_is_none_is_refused_by_name(spark: Any, silver: dict[str, Any]) -> None:
    entries = silver["time_entry_df"]
    with pytest.raises(Misconfigured, match="agreement_df"):
        words.create_time_entry_fact(spark=spark, time_entry_df=entries)
    with pytest.raises(Misconfigured, match="member_df"):
        words.create_time_entry_fact(spark=spark, time_entry_df=entries, members_df=entries)
    given = {**silver, "time_entry_df": entries.withColumn("actualHours", entries.actualHours.cast("double"))}
    with pytest.raises(Misconfigured, match="actualHours as double"):
        words.create_time_entry_fact(spark=spark, **given)
    with pytest.raises(Misconfigured, match="no column id"):
        words.create_time_entry_fact(spark=spark, **{**silver, "time_entry_df": entries.drop("id")})


def test_a_select_reads_declared_tables_only() -> None:
    for model in SOURCE.models:
        if isinstance(model.read, Select):
            _, used = rendered(model.read.text("connectwise"))
            assert {name for _, name in used} == set(model.read.reads("connectwise"))


def test_what_a_model_reads_may_be_missing(spark: Any) -> None:
    nothing = Star(spark, SOURCE, {})
    assert nothing.frame("fact_timeentry").count() == 0
    assert [row.CompanyKey for row in nothing.frame("dimcompany").collect()] == [-1]
