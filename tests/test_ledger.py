"""What is asked of the ledger has one answer, on every engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from landfall import ledger
from landfall.pipeline.ensure import ensure_ledger
from landfall.warehouse.engine import Books
from tests.driver import open_warehouse
from tests.engines import ENGINES, LAKE

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def books(database: str) -> Books:
    warehouse = open_warehouse(database)
    ensure_ledger(warehouse)
    return warehouse.books


def load(load_id: str, milliseconds: int, resource: str = "orders", **fields: Any) -> dict[str, Any]:
    """A load that was published so long after noon."""
    counted = ("fetched", "inserted", "updated", "unchanged", "deleted", "deduplicated", "quarantined")
    return {
        "load_id": load_id,
        "source": "orchard",
        "resource": resource,
        "run_id": "run",
        "mode": "full",
        "status": "published",
        "published_at": NOON + timedelta(milliseconds=milliseconds),
        **dict.fromkeys(counted, 0),
        "inserted": 1,
        **fields,
    }


@pytest.mark.parametrize("database", [*ENGINES, *LAKE], indirect=True)
def test_of_two_loads_of_one_second_the_later_published_counts(books: Books) -> None:
    earlier, later = "20260301T120000-ffff", "20260301T120000-0000"
    books.put(ledger.loads, [load(earlier, 100), load(later, 200), load("other", 300, "customers")])
    assert ledger.versions(books, "orchard") == {"orders": later, "customers": "other"}
    assert ledger.last_read(books, "orchard", "orders") == later


@pytest.mark.parametrize("database", [*ENGINES, *LAKE], indirect=True)
def test_what_changed_nothing_or_asked_nothing_does_not_count(books: Books) -> None:
    loads = [load("read", 100), load("quiet", 200, inserted=0), load("replayed", 300, mode="replay")]
    books.put(ledger.loads, loads)
    assert ledger.versions(books, "orchard") == {"orders": "replayed"}
    assert ledger.last_read(books, "orchard", "orders") == "quiet"
    assert ledger.versions(books, "other") == {}
    assert ledger.last_read(books, "orchard", "customers") is None
