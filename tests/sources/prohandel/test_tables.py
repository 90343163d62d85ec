"""What reports read equals what a person would work out from the vendor's rows, whatever happened in between."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from landfall.reads import Mode
from sandbox.prohandel import ProHandelVendor
from tests.campaign import SIZE
from tests.sources.prohandel.oracle import agree
from tests.sources.prohandel.shop import Shop, opened

pytestmark = pytest.mark.airflow


def test_every_table_says_what_the_vendors_rows_say(database: str, tmp_path: Path) -> None:
    with opened(database, tmp_path, ProHandelVendor(records=120, order_form="b")) as shop:
        shop.sync_all(Mode.FULL)
        shop.build()
        agree(shop)
        assert set(shop.build().values()) == {None}, "nothing has moved"


STEPS = {"postgresql": max(6, round(1000 * SIZE)), "lake": max(2, round(100 * SIZE))}
RESOURCES = ["sale", "article", "articlesize", "customer", "branch", "order", "category", "invoice", "staff"]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["insert", "update", "flag", "vanish", "duplicate", "late", "back"]),
        st.sampled_from(RESOURCES),
        st.integers(0, 200),
    ),
    min_size=4,
    max_size=10,
)
ANY = settings(
    phases=[Phase.generate],  # the tables are those of the changes before, so nothing can be repeated
    derandomize=not SIZE,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.campaign
@settings(ANY, max_examples=STEPS["postgresql"])
@given(changes=CHANGES, full=st.booleans())
def test_sums_stay_right_under_any_changes(
    shared: Shop, changes: list[tuple[str, str, int]], full: bool
) -> None:
    _step(shared, changes, full=full)


@pytest.mark.campaign
@settings(ANY, max_examples=STEPS["lake"])
@given(changes=CHANGES, full=st.booleans())
def test_a_lake_says_the_same(lake: Shop, changes: list[tuple[str, str, int]], full: bool) -> None:
    _step(lake, changes, full=full)


def _step(shop: Shop, changes: list[tuple[str, str, int]], *, full: bool) -> None:
    """What changes at the vendor arrives, increments or whole lists, and every table of reports says so."""
    shop.vendor.clock.advance(1800)
    gone: set[str] = set()
    for what, resource, pick in changes:
        gone |= _change(shop.vendor, what, resource, pick)
    for resource in dict.fromkeys(resource for _, resource, _ in changes):
        mode = Mode.FULL if full or resource in gone else Mode.INCREMENTAL
        shop.sync(resource, mode, allow_shrink=True)
    shop.build()
    agree(shop)


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
