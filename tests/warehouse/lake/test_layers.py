"""A source of several schemas in a lake: what is known of its tables, and its models, as on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from landfall import ledger, pipeline
from sandbox import Sandbox
from sandbox.connectwise import ConnectWiseVendor
from sandbox.lake import compared
from tests.campaign import SIZE
from tests.sources.connectwise.office import Office

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.campaign,
    pytest.mark.skipif(
        not SIZE, reason="runs in a campaign; the round trip loads the same layers in every test run"
    ),
]
NAMES = [resource.name for resource in Office.source.resources]


@pytest.fixture
def offices(database: str, tmp_path: Path) -> Iterator[tuple[Office, Office]]:
    """The same company on PostgreSQL and in a lake."""
    vendor = ConnectWiseVendor(seed=6, records=25)
    with Sandbox(vendor) as box:
        one = Office(database, tmp_path / "one", vendor, box.api_url)
        other = Office(f"delta+file://{tmp_path / 'lake'}", tmp_path / "other", vendor, box.api_url)
        yield one, other
        one.hook.close()
        other.hook.close()


def test_all_layers_are_as_on_postgresql(offices: tuple[Office, Office], tmp_path: Path) -> None:
    one, other = offices
    url = one.warehouse.engine.url  # type: ignore[attr-defined]

    def same() -> dict[str, int]:
        told = compared(url, tmp_path / "lake", one.source.name)
        assert not {row.table: row.different for row in told if row.different}
        return {row.table: row.rows for row in told}

    for office in offices:
        for name in NAMES:
            office.sync(name)
        office.build()
    rows = same()
    assert all(rows[table.name] for table in one.source.published)
    states = pipeline.published(other.warehouse, other.source)
    assert states.keys() == {table.name for table in other.source.published}
    assert states["silver_cw_timeentry"] == other.state("time_entries")
    assert pipeline.moved(other.warehouse, other.source) == []

    entry = other.vendor.rows["time_entries"].ids[0]
    other.vendor.update("time_entries", entry, {"actualHours": 7.25})
    for office in offices:
        office.sync("time_entries")
    left_out(other, "time_entries")
    made = [{name for name, result in office.build().items() if result} for office in offices]
    assert made[0] == made[1]
    assert "fact_timeentry" in made[0]
    same()
    assert pipeline.moved(other.warehouse, other.source) == []


def left_out(office: Office, name: str) -> None:
    """Take the last load out of the ledger, as a run leaves it that dies after its commit."""
    books, state = office.warehouse.books, office.state(name)
    table = office.source.resource(name).table.name
    books.remove(ledger.loads, {"load_id": state.load_id})
    books.change(ledger.sync_state, {"version": state.version - 1}, {"table_name": table})
