"""Faults of Fullbay's API end in the right tables, or in a named error with tables and watermark as they were.

Each strikes the second page of the read for good while invoices have changed; once it is gone the next run is right.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from landfall.errors import (
    AuthenticationFailed,
    ContractBroken,
    LandfallError,
    RateLimited,
    ReadMoved,
    VendorUnavailable,
)
from landfall.hooks import fullbay
from landfall.reads import Mode
from landfall.sources.fullbay.flatten import flatten
from landfall.sources.fullbay.invoice import content_hash, decode
from landfall.wire.answers import Refused
from landfall.wire.client import ApiSettings
from landfall.wire.retry import RetryPolicy
from sandbox import Sandbox
from sandbox.environment import connection
from sandbox.fullbay import FullbayVendor
from sandbox.fullbay.vendor import CALLER_IP
from sandbox.postgres import PostgresServer
from tests.sources.fullbay.shop import Shop

pytestmark = pytest.mark.airflow
QUICK = RetryPolicy(attempts=3, first_wait=0.01, longest_wait=0.05)
UNTIL_FIXED = (VendorUnavailable, ContractBroken)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(FullbayVendor(seed=8, records=30, page_size=2)) as running:
        yield running


@pytest.fixture(scope="module")
def loaded(
    box: Sandbox, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """The shop with all its invoices loaded."""
    name = f"fullbay_faults_{os.getpid()}"
    made = Shop(postgres.create_database(name), tmp_path_factory.mktemp("faults"), box.app, None)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        made.hook = opened(box, made.folder / "first", patch)
        made.sync()
        made.hook.close()
    yield made
    made.warehouse.engine.dispose()
    postgres.drop_database(name)


def opened(box: Sandbox, store: Path, patch: pytest.MonkeyPatch) -> fullbay.FullbayHook:
    """A hook that waits for nothing long, with a request budget of its own: a 429 freezes it."""
    waits = {"rate_store": str(store), "max_wait_seconds": 0.2, "total_timeout": 0.5}
    extra = {**box.app.connection, **waits, "requests_per_period": 10_000}
    told = connection("fullbay", host=box.api_url, password=box.app.token, extra=extra)
    patch.setenv("AIRFLOW_CONN_FULLBAY_DEFAULT", told)
    patch.setattr(fullbay, "ApiSettings", functools.partial(ApiSettings, retry=QUICK))
    return fullbay.FullbayHook()


@pytest.fixture
def shop(loaded: Shop, box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The loaded shop, with changes at the vendor that no run has read yet; the run after the test reads them."""
    vendor = box.app
    vendor.clock.set(datetime.now(UTC))
    for key in vendor.ids("invoices")[-4:]:
        vendor.update("invoices", key)
    vendor.insert("invoices")
    loaded.hook = opened(box, tmp_path / "before", monkeypatch)
    yield loaded
    loaded.hook.close()
    vendor.faults.clear()
    vendor._hooks.clear()
    vendor.revoked = False
    vendor.configure({"failure": "", "caller_ip": CALLER_IP})
    loaded.hook = opened(box, tmp_path / "after", monkeypatch)
    loaded.sync()
    assert_true(loaded)
    loaded.hook.close()


def kept(shop: Shop) -> list[Any]:
    """All that a failed run must leave alone."""
    seen = shop.query("SELECT id, last_seen_at FROM fullbay.fullbay_raw_data ORDER BY id")
    return [shop.image(), seen, shop.query("SELECT * FROM landfall.sync_state")]


def assert_true(shop: Shop) -> None:
    """Every invoice of the vendor is there as it is now, with the lines that it flattens to."""
    wanted = {}
    for key in shop.vendor.ids("invoices"):
        invoice = decode(shop.vendor.rows["invoices"].encoded(key))
        lines = flatten(invoice, shop="demo").lines
        wanted[str(key)] = content_hash(invoice), len(lines), sum(line["line_total_price"] for line in lines)
    found = shop.query(
        "SELECT r.fullbay_invoice_id, content_hash, count(line_key), coalesce(sum(line_total_price), 0)"
        " FROM fullbay.fullbay_raw_data r LEFT JOIN fullbay.fullbay_line_items l ON l.raw_data_id = r.id GROUP BY 1, 2"
    )
    assert {key: tuple(row) for key, *row in found} == wanted


def ends(shop: Shop, kinds: tuple[type[LandfallError], ...]) -> None:
    """One run: right tables, or one of these errors and nothing changed."""
    before = kept(shop)
    if not kinds:
        shop.sync()
        assert_true(shop)
        return
    with pytest.raises(kinds) as caught:
        shop.sync()
    assert shop.vendor.token not in str(caught.value)
    assert kept(shop) == before


@pytest.mark.parametrize(
    ("fault", "settings", "kinds"),
    [
        ("429_seconds", {"seconds": 0}, (RateLimited,)),
        ("429_absent", {}, (RateLimited,)),
        ("429_day", {}, (RateLimited,)),
        ("500", {}, (VendorUnavailable,)),
        ("html_login", {}, UNTIL_FIXED),
        ("error_200", {}, UNTIL_FIXED),
        ("truncated_body", {}, (VendorUnavailable,)),
        ("invalid_json", {}, UNTIL_FIXED),
        ("missing_items", {}, UNTIL_FIXED),
        ("items_text", {}, UNTIL_FIXED),
        ("no_answer", {"seconds": 0.7}, (VendorUnavailable,)),
        ("slow_body", {"seconds": 0.05}, ()),
        ("duplicate_page", {}, (ReadMoved, ContractBroken)),
        ("duplicate_row", {}, (ReadMoved, ContractBroken)),
    ],
)
def test_a_fault_of_the_second_page(
    shop: Shop, fault: str, settings: dict[str, Any], kinds: tuple[type[LandfallError], ...]
) -> None:
    shop.vendor.faults.add(fault, path="getInvoices", nth=2, times=None, **settings)
    ends(shop, kinds)
    assert shop.vendor.faults.pending()[0]["struck"]


def revoked(vendor: FullbayVendor) -> None:
    vendor.on_page("invoices", 2, lambda: setattr(vendor, "revoked", True))


def stale(vendor: FullbayVendor) -> None:
    vendor.on_page("invoices", 2, lambda: vendor.configure({"caller_ip": "198.51.100.9"}))


def failing(message: str) -> Callable[[FullbayVendor], None]:
    return lambda vendor: vendor.on_page("invoices", 2, lambda: vendor.configure({"failure": message}))


def moving(vendor: FullbayVendor) -> None:
    for page in range(1, 40):
        vendor.on_page("invoices", page, lambda: vendor.insert("invoices"))


def moved(vendor: FullbayVendor) -> None:
    last = vendor.today().isoformat()
    vendor.on_page("invoices", 1, lambda: vendor.update("invoices", 90000117, {"invoiceDate": last}))


@pytest.mark.parametrize(
    ("happening", "kinds"),
    [
        (revoked, (AuthenticationFailed,)),
        (stale, (AuthenticationFailed,)),
        (failing("Invalid date range: more than 7 days"), (Refused,)),
        (failing("Something went wrong"), (VendorUnavailable,)),
        (moving, (ReadMoved,)),
        (moved, ()),
    ],
    ids=("revoked", "stale", "range", "failure", "moving", "moved"),
)
def test_what_happens_while_the_invoices_are_read(
    shop: Shop, happening: Callable[[FullbayVendor], None], kinds: tuple[type[LandfallError], ...]
) -> None:
    happening(shop.vendor)
    ends(shop, kinds)


def test_an_empty_day_changes_nothing(shop: Shop) -> None:
    before = shop.image()
    made = shop.sync(Mode.DATES, date(2001, 1, 1), date(2001, 1, 1))
    assert (made.fetched, made.deleted) == (0, 0)
    assert shop.image() == before
