"""The Fullbay hook against the simulator: complete windows, the token of the day, failures by their name."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest

from landfall.errors import (
    AuthenticationFailed,
    ContractBroken,
    LandfallError,
    Misconfigured,
    RateLimited,
    ReadMoved,
    ScopeMissing,
    VendorUnavailable,
)
from landfall.hooks.fullbay import FullbayHook, daily_token
from landfall.identity import Identity
from landfall.wire.answers import Refused
from sandbox.faults import FAULTS
from sandbox.fullbay import FullbayVendor
from sandbox.fullbay.vendor import CALLER_IP
from sandbox.server import Sandbox

pytestmark = pytest.mark.airflow

Make = Callable[..., FullbayHook]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(FullbayVendor(seed=5, records=240, page_size=10)) as running:
        yield running


@pytest.fixture
def vendor(box: Sandbox) -> FullbayVendor:
    box.app.clock.set(datetime.now(UTC))
    box.app.reset()
    return box.app


@pytest.fixture
def make(
    box: Sandbox, vendor: FullbayVendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Make]:
    made: list[FullbayHook] = []

    def make_hook(conn_id: str = "fullbay_default", *, key: str = vendor.token, **extra: Any) -> FullbayHook:
        given = {
            "egress_ip": CALLER_IP,
            "rate_store": str(tmp_path),
            "requests_per_period": 1000,
            "total_timeout": 3,
            **extra,
        }
        connection = {"conn_type": "fullbay", "host": box.api_url, "password": key, "extra": given}
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))
        made.append(FullbayHook(conn_id))
        return made[-1]

    yield make_hook
    for hook in made:
        hook.close()


@pytest.fixture
def hook(make: Make) -> FullbayHook:
    return make()


def keys(hook: FullbayHook, start: date, end: date) -> list[int]:
    return [
        int(msgspec.json.decode(i)["primaryKey"]) for page in hook.invoices(start, end) for i in page.items
    ]


def last_days(vendor: FullbayVendor, days: int) -> tuple[date, date]:
    return vendor.today() - timedelta(days=days - 1), vendor.today()


def queries(vendor: FullbayVendor) -> list[dict[str, str]]:
    return [{k: v[0] for k, v in parse_qs(r.query).items()} for r in list(vendor.stats.log)]


def test_the_token_is_the_known_construction() -> None:
    assert (
        daily_token("demo-key", date(2025, 3, 4), "203.0.113.7") == "0cf53661edf51896be03da47189e904974ca96f2"
    )


def test_every_invoice_of_a_range_in_windows_of_seven_days(hook: FullbayHook, vendor: FullbayVendor) -> None:
    start, end = last_days(vendor, 60)
    found = keys(hook, start, end)
    assert len(found) == len(set(found)) == 241
    assert sorted(found) == vendor.ids("invoices")
    windows = {(q["startDate"], q["endDate"]) for q in queries(vendor)}
    assert all(date.fromisoformat(b) - date.fromisoformat(a) <= timedelta(days=6) for a, b in windows)
    assert len(windows) == 9
    assert {q["page"] for q in queries(vendor)} >= {"1", "2", "3"}


def test_records_are_the_vendors_own_bytes(hook: FullbayHook, vendor: FullbayVendor) -> None:
    day = vendor.today() - timedelta(days=1)
    pages = list(hook.invoices(day, day))
    raw = {bytes(item) for page in pages for item in page.items}
    assert vendor.rows["invoices"].encoded(90000117) in raw
    assert pages[0].request == f"GET /getInvoices.php?startDate={day}&endDate={day}&page=1"
    assert pages[0].envelope["totalCount"] == len(raw)


def test_an_empty_day_is_a_complete_read(hook: FullbayHook) -> None:
    pages = list(hook.invoices(date(2001, 1, 1), date(2001, 1, 1)))
    assert [page.items for page in pages] == [[]]


def test_the_date_of_the_second_time_zone_is_tried_once(make: Make, vendor: FullbayVendor) -> None:
    vendor.configure({"zone": "Pacific/Kiritimati"})
    vendor.clock.set(datetime.now(UTC).replace(hour=11, minute=0))
    assert vendor.today() > datetime.now(UTC).date()
    hook = make(time_zone="Pacific/Kiritimati")
    found = keys(hook, vendor.today() - timedelta(days=20), vendor.today())
    assert found
    pages = len(found) // 10
    assert len(queries(vendor)) <= 1 + 3 + pages  # one refusal in all: what was accepted is kept


def test_a_local_clock_that_is_wrong_does_not_matter(hook: FullbayHook, vendor: FullbayVendor) -> None:
    vendor.clock.advance(3 * 86400)
    assert keys(hook, vendor.today() - timedelta(days=9), vendor.today())


@pytest.mark.parametrize("wrong", ["key", "address", "clock"])
def test_a_refused_credential_is_never_an_empty_day(wrong: str, make: Make, vendor: FullbayVendor) -> None:
    hook = make(
        key="another-key" if wrong == "key" else vendor.token,
        egress_ip="198.51.100.9" if wrong == "address" else CALLER_IP,
    )
    if wrong == "clock":
        vendor.configure({"zone": "Pacific/Kiritimati"})
        vendor.clock.set(datetime.now(UTC).replace(hour=11, minute=0))
    with pytest.raises(AuthenticationFailed, match="fullbay_default"):
        keys(hook, *last_days(vendor, 3))
    assert len(queries(vendor)) <= 2
    ok, message = hook.test_connection()
    assert not ok
    assert "egress_ip" in message


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Invalid token", AuthenticationFailed),
        ("The API key 'sandbox-token' is unknown", AuthenticationFailed),
        ("Invalid date range", Refused),
        ("Too many requests", RateLimited),
        ("Something went wrong", VendorUnavailable),
        ("", VendorUnavailable),
    ],
)
def test_a_failure_is_told_by_its_message(
    message: str, kind: type[LandfallError], make: Make, vendor: FullbayVendor
) -> None:
    vendor.configure({"failure": message or " "})
    hook = make(max_wait_seconds=0.5)
    with pytest.raises(kind) as caught:
        keys(hook, *last_days(vendor, 1))
    assert "sandbox-token" not in str(caught.value)


def test_data_that_moved_is_read_once_more(hook: FullbayHook, vendor: FullbayVendor) -> None:
    start, end = last_days(vendor, 7)
    vendor.on_page("invoices", 1, lambda: vendor.insert("invoices"))
    found = keys(hook, start, end)
    assert set(found) >= {key for key in vendor.ids("invoices") if key >= max(vendor.ids("invoices")[:-2])}
    assert len(found) == len(set(found))
    assert [q["page"] for q in queries(vendor)].count("1") == 2


def test_data_that_keeps_moving_is_no_complete_read(hook: FullbayHook, vendor: FullbayVendor) -> None:
    for page in (1, 3):
        vendor.on_page("invoices", page, lambda: vendor.insert("invoices"))
    with pytest.raises(ReadMoved):
        keys(hook, *last_days(vendor, 7))


def test_an_invoice_that_moves_to_another_page_is_seen_once(hook: FullbayHook, vendor: FullbayVendor) -> None:
    start, end = last_days(vendor, 7)
    first = keys(hook, start, start)[0]
    vendor.on_page("invoices", 1, lambda: vendor.update("invoices", first, {"invoiceDate": end.isoformat()}))
    found = keys(hook, start, end)
    assert found.count(first) == 1


@pytest.mark.parametrize("fault", ["duplicate_page", "duplicate_row"])
def test_a_row_that_comes_twice_for_good_is_no_complete_read(
    fault: str, hook: FullbayHook, vendor: FullbayVendor
) -> None:
    vendor.faults.add(fault, path="getInvoices", nth=2, times=None)
    with pytest.raises((ReadMoved, ContractBroken)):
        keys(hook, *last_days(vendor, 7))


def test_a_broken_invoice_does_not_stop_the_read(hook: FullbayHook, vendor: FullbayVendor) -> None:
    for kind in ("no_key", "key_is_an_object", "no_order"):
        vendor.insert_broken(kind)
    today = vendor.today()
    assert sum(len(page.items) for page in hook.invoices(today, today)) >= 3


NAMED = (AuthenticationFailed, ContractBroken, RateLimited, ScopeMissing)


@pytest.mark.parametrize(
    "name", [n for n, f in FAULTS.items() if n not in ("no_answer", "stalled_body", "429_day")]
)
def test_a_fault_ends_in_every_invoice_or_in_a_named_error(
    name: str, make: Make, vendor: FullbayVendor
) -> None:
    vendor.faults.add(name, path="getInvoices", nth=2)
    hook = make(max_wait_seconds=3)
    start, end = last_days(vendor, 7)
    truth = sorted(
        k for k, d in vendor.rows["invoices"].column("invoiceDate").items() if d >= start.isoformat()
    )
    try:
        found = keys(hook, start, end)
    except NAMED:
        return
    assert sorted(found) == truth


def test_an_answer_that_never_comes_is_a_named_error(make: Make, vendor: FullbayVendor) -> None:
    vendor.faults.add("no_answer", path="getInvoices", seconds=3.0)
    assert keys(make(total_timeout=0.3), *last_days(vendor, 1))


def test_a_long_wait_frees_the_worker(hook: FullbayHook, vendor: FullbayVendor) -> None:
    vendor.faults.add("429_day", path="getInvoices")
    with pytest.raises(RateLimited) as caught:
        keys(hook, *last_days(vendor, 1))
    assert caught.value.retry_after == 86_400


def test_more_shops_come_with_their_code_and_zone(make: Make, vendor: FullbayVendor) -> None:
    make("fullbay_south", time_zone="America/Chicago")
    hook = make(shop_code="north", time_zone="America/Detroit", more_shops="fullbay_south")
    start, end = last_days(vendor, 3)
    landed = [msgspec.json.decode(i) for p in hook.list("invoices", start=start, end=end) for i in p.items]
    assert {(row["shop_code"], row["time_zone"]) for row in landed} == {
        ("north", "America/Detroit"),
        ("south", "America/Chicago"),
    }
    assert len(landed) == 2 * len(keys(hook, start, end))
    assert hook.test_connection() == (True, "Connected to Fullbay; shops: north, south.")


@pytest.mark.parametrize(
    "extra",
    [
        {"egress_ip": ""},
        {"egress_ip": "2001:db8::1"},
        {"egress_ip": "unknown"},
        {"time_zone": "Mars/Olympus"},
        {"shop_code": "two words"},
        {"more_shops": "fullbay_twin"},
    ],
)
def test_a_connection_that_cannot_work_is_named(
    extra: dict[str, str], make: Make, vendor: FullbayVendor
) -> None:
    make("fullbay_twin", shop_code="default")
    hook = make(**extra)
    with pytest.raises(Misconfigured, match=next(iter(extra))):
        list(hook.list("invoices", start=vendor.today(), end=vendor.today()))
    assert not queries(vendor)


def test_key_and_token_are_in_no_log(
    hook: FullbayHook, vendor: FullbayVendor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pages = list(hook.invoices(*last_days(vendor, 3)))
    for secret in (vendor.token, vendor.day_token()):
        assert secret not in caplog.text
        assert not any(secret in page.request for page in pages)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Invalid API key", AuthenticationFailed),
        ("Token expired", AuthenticationFailed),
        ("Unauthorized", AuthenticationFailed),
        ("API key not found", AuthenticationFailed),
        ("IP address not allowed", AuthenticationFailed),
        ("Duplicate entry for key PRIMARY", VendorUnavailable),
        ("Key lookup took too long", VendorUnavailable),
    ],
)
def test_only_the_words_of_a_refused_key_are_one(
    message: str, kind: type[LandfallError], make: Make, vendor: FullbayVendor
) -> None:
    vendor.configure({"failure": message})
    with pytest.raises(kind):
        keys(make(max_wait_seconds=0.1), *last_days(vendor, 1))


@pytest.mark.parametrize(
    "message",
    ["No invoices found for the given date range", "No records found", "Nothing found", "0 results"],
)
def test_a_failure_that_found_nothing_is_an_empty_day(
    message: str, make: Make, vendor: FullbayVendor
) -> None:
    vendor.configure({"failure": message})
    hook = make()
    assert keys(hook, *last_days(vendor, 3)) == []
    assert hook.missing_scopes() == {}
    assert hook.identity() == {"default": None}


def _answers(vendor: FullbayVendor, monkeypatch: pytest.MonkeyPatch, *bodies: bytes) -> None:
    """Give these answers first, each once; the last one for good where it is the only one."""
    left = list(bodies)
    honest = vendor._invoices
    monkeypatch.setattr(vendor, "_invoices", lambda asked: left.pop(0) if left else honest(asked))


@pytest.mark.parametrize("total", [b"0", b'"0"'])
def test_an_empty_day_needs_no_other_figure_than_its_total(
    total: bytes, hook: FullbayHook, vendor: FullbayVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answers(vendor, monkeypatch, b'{"status":"SUCCESS","totalCount":%b,"resultSet":[]}' % total)
    assert keys(hook, *last_days(vendor, 1)) == []
    assert len(queries(vendor)) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"status":"SUCCESS","resultSet":null,"totalCount":0}',
        b'{"status":"SUCCESS","resultSet":[]}',
        b'{"status":"SUCCESS","resultSet":[],"totalCount":null,"resultCount":0,"totalPages":0,"currentPage":1}',
    ],
)
def test_a_passing_oddity_is_asked_for_again(
    body: bytes, hook: FullbayHook, vendor: FullbayVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answers(vendor, monkeypatch, body)
    assert keys(hook, *last_days(vendor, 1))
    _answers(vendor, monkeypatch, *[body] * 20)
    with pytest.raises(ContractBroken):
        keys(hook, *last_days(vendor, 1))


def test_rows_without_a_key_are_not_taken_for_one_another(hook: FullbayHook, vendor: FullbayVendor) -> None:
    today = vendor.today()
    before = sum(len(page.items) for page in hook.invoices(today, today))
    for blank in (None, None, "", "", " ", " "):
        vendor.insert("invoices", {"primaryKey": blank})
    assert sum(len(page.items) for page in hook.invoices(today, today)) == before + 6


def test_each_shop_tells_whose_invoices_its_key_opens(make: Make, vendor: FullbayVendor) -> None:
    recent = [
        k
        for k, day in vendor.rows["invoices"].column("invoiceDate").items()
        if day >= str(vendor.today() - timedelta(days=6))
    ]
    for key in recent:
        vendor.update("invoices", key, {"shopTitle": " Riverside Trucks "})
    assert make().identity() == {"default": Identity("riverside trucks", "Riverside Trucks")}
    vendor.update("invoices", recent[0], {"shopTitle": "Hillside Trucks"})
    assert make().identity() == {"default": None}, "titles that differ tell nothing"
