"""What reports read equals what a person would work out from the vendor's rows, whatever happened in between."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landfall.reads import Mode
from sandbox.prohandel import ProHandelVendor
from tests.sources.prohandel.oracle import agree
from tests.sources.prohandel.shop import Shop, opened

pytestmark = pytest.mark.airflow


def test_every_table_says_what_the_vendors_rows_say(database: str, tmp_path: Path) -> None:
    with opened(database, tmp_path, ProHandelVendor(records=120, order_form="b")) as shop:
        shop.sync_all(Mode.FULL)
        shop.build()
        agree(shop)
        assert set(shop.build().values()) == {None}, "nothing has moved"


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["insert", "update", "flag", "vanish", "duplicate", "late", "back"]),
        st.sampled_from(["sale", "article", "articlesize", "customer", "branch", "order"]),
        st.integers(0, 200),
    ),
    max_size=8,
)


@settings(
    max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)
@given(runs=st.lists(st.tuples(CHANGES, st.booleans()), min_size=1, max_size=3))
def test_sums_stay_right_under_any_changes(
    shared: Shop, runs: list[tuple[list[tuple[str, str, int]], bool]]
) -> None:
    for changes, full in runs:
        shared.vendor.clock.advance(1800)
        gone: set[str] = set()
        for what, resource, pick in changes:
            gone |= _change(shared.vendor, what, resource, pick)
        for resource in ("sale", "article", "articlesize", "customer", "branch", "order"):
            mode = Mode.FULL if full or resource in gone else Mode.INCREMENTAL
            shared.sync(resource, mode, allow_shrink=True)
        shared.build()
        agree(shared)


def _change(vendor: ProHandelVendor, what: str, resource: str, pick: int) -> set[str]:
    """One change at the vendor. :returns: lists of which rows vanished, which a full read alone finds out."""
    ids = vendor.rows[resource].ids
    one = ids[pick % len(ids)]
    if what == "insert":
        vendor.insert(resource)
    elif what == "update":
        vendor.update(resource, one)
    elif what == "flag" and resource != "order":
        vendor.update(resource, one, {"isDeleted": not vendor.rows[resource].get(one)["isDeleted"]})
    elif what == "duplicate":
        vendor.duplicate(resource, one)
    elif what == "late" and resource == "sale":
        vendor.update("sale", one, {"salePrice": -3.5, "quantity": 0.0, "customerNumber": pick % 3})
    elif what == "vanish" and len(ids) > 5:
        vendor.delete(resource, one)
        return {resource}
    elif what == "back" and vendor.rows[resource].deleted:
        number = sorted(vendor.rows[resource].deleted)[0]
        if number not in vendor.rows[resource]:
            vendor.recreate(resource, number)
            return {resource}
    return set()
