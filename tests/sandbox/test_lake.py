"""The demo's lakehouse: its rows are compared with the warehouse's, and one that differs is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from landfall.setup import set_up
from landfall.sources import source
from sandbox import lake
from tests.driver import Company, company

NAMES = ("customers", "transactions")


def test_rows_are_compared_by_what_they_hold(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "lakehouse"
    with company(database, tmp_path / "one") as one:
        other = Company(f"delta+file://{folder}", tmp_path / "other", one.vendor, one.api_url)
        for each in (one, other):
            set_up(each.warehouse, each.source)
            for name in NAMES:
                each.sync(name)
        told = {row.table: row for row in lake.compared(database, folder, one.source.name)}
        assert set(told) == {table.name for table in one.source.tables}
        assert {name for name, row in told.items() if row.rows} >= set(NAMES)
        assert not any(row.different for row in told.values())

        one.vendor.update("customers", one.vendor.rows["customers"].ids[0], {"name": "Renommé"})
        one.sync("customers")
        told = {row.table: row for row in lake.compared(database, folder, one.source.name)}
        assert {name: row.different for name, row in told.items() if row.different} == {"customers": 2}
        other.hook.close()


def test_what_is_left_to_the_night_is_named() -> None:
    assert "fec" in lake.nightly("pennylane")
    assert "customers" not in lake.nightly("pennylane")
    assert lake.nightly("connectwise") == []


@pytest.mark.parametrize("name", lake.SHOWN)
def test_the_table_that_is_opened_is_one_of_the_source(name: str) -> None:
    schema, _, table = lake.SHOWN[name].partition("/")
    assert (schema, table) in [(source(name).schema_of(t), t.name) for t in source(name).tables]
