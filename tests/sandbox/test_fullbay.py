from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from landfall.errors import RowRejected
from landfall.sources.fullbay.flatten import flatten
from landfall.sources.fullbay.invoice import decode
from sandbox import Sandbox
from sandbox.clock import Clock
from sandbox.fullbay import FullbayVendor, daily_token
from sandbox.fullbay.broken import BROKEN, WITHOUT_LINES
from sandbox.fullbay.vendor import CALLER_IP, INVOICES

KEY = "sandbox-token"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TODAY = NOW.date()
EXAMPLE = 90000117


@pytest.fixture(scope="module")
def vendor() -> FullbayVendor:
    return FullbayVendor(seed=3, records=120, page_size=5, clock=Clock(NOW, frozen=True))


@pytest.fixture(scope="module")
def box(vendor: FullbayVendor) -> Iterator[Sandbox]:
    with Sandbox(vendor) as box:
        yield box


@pytest.fixture
def client(vendor: FullbayVendor, box: Sandbox) -> Iterator[httpx.Client]:
    vendor.clock.set(NOW)
    vendor.reset()
    with httpx.Client(verify=False, base_url=box.api_url, timeout=2) as client:
        yield client


def get(client: httpx.Client, **params: Any) -> dict[str, Any]:
    answer = client.get("/getInvoices.php", params=asked(**params))
    assert answer.status_code == 200
    return dict(decode(answer.content))


def asked(**params: Any) -> dict[str, Any]:
    end = TODAY.isoformat()
    start = (TODAY - timedelta(days=6)).isoformat()
    token = daily_token(KEY, TODAY, CALLER_IP)
    return {"key": KEY, "token": token, "startDate": start, "endDate": end} | params


def read_all(client: httpx.Client, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    page, last = 1, 1
    while page <= last:
        found = get(client, page=page, **params)
        assert found["status"] == "SUCCESS"
        rows += found["resultSet"]
        page, last = page + 1, int(found["totalPages"])
    return rows


def test_the_token_is_the_digest_of_key_date_and_address() -> None:
    assert (
        daily_token("demo-key", date(2025, 3, 4), "203.0.113.7") == "0cf53661edf51896be03da47189e904974ca96f2"
    )


def test_the_pages_of_a_window_hold_each_invoice_once_with_figures_that_add_up(
    vendor: FullbayVendor, client: httpx.Client
) -> None:
    rows = read_all(client)
    keys = [int(row["primaryKey"]) for row in rows]
    start = (TODAY - timedelta(days=6)).isoformat()
    expected = {
        int(r["primaryKey"]) for r in vendor.truth(INVOICES) if start <= r["invoiceDate"] <= TODAY.isoformat()
    }
    assert set(keys) == expected
    assert len(keys) == len(expected) == 15
    assert EXAMPLE in keys
    page = get(client, page=2)
    assert page["pageSize"] == "5", "even pages write their figures as text"
    assert get(client, page=3)["resultCount"] == 5


def test_both_ends_of_a_window_are_inclusive(client: httpx.Client) -> None:
    days = {row["invoiceDate"] for row in read_all(client)}
    assert {(TODAY - timedelta(days=n)).isoformat() for n in range(7)} == days
    one = {row["invoiceDate"] for row in read_all(client, startDate=TODAY.isoformat())}
    assert one == {TODAY.isoformat()}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"key": "other"}, "Invalid API key"),
        ({"key": ""}, "Invalid API key"),
        ({"token": "0" * 40}, "Invalid token"),
        ({"token": daily_token(KEY, TODAY - timedelta(days=1), CALLER_IP)}, "Invalid token"),
        ({"token": daily_token(KEY, TODAY, "198.51.100.9")}, "Invalid token"),
        ({"token": daily_token(KEY, TODAY, CALLER_IP).upper()}, "Invalid token"),
        ({"startDate": "2026-02-25"}, "Invalid date range: more than 7 days"),
        ({"startDate": "2026-03-05"}, "Invalid date range: endDate is before startDate"),
        ({"startDate": "03/04/2026"}, "Invalid date: expected YYYY-MM-DD"),
        ({"endDate": ""}, "Invalid date: expected YYYY-MM-DD"),
        ({"page": "first"}, "Invalid page"),
    ],
)
def test_a_refusal_is_a_fail_with_status_200(
    client: httpx.Client, params: dict[str, str], message: str
) -> None:
    assert get(client, **params) == {"status": "FAIL", "message": message}


def test_the_token_goes_stale_at_midnight_of_the_vendor_s_zone(
    vendor: FullbayVendor, client: httpx.Client
) -> None:
    vendor.clock.set(datetime(2026, 3, 5, 3, tzinfo=UTC))
    assert get(client)["message"] == "Invalid token"
    vendor.configure({"zone": "America/Detroit"})
    assert get(client)["status"] == "SUCCESS"


def test_an_empty_day_and_a_page_too_far_are_empty_successes(client: httpx.Client) -> None:
    day = get(client, startDate="2020-01-01", endDate="2020-01-01")
    assert (day["status"], day["totalCount"], day["totalPages"], day["resultSet"]) == ("SUCCESS", 0, 0, [])
    far = get(client, page=99)
    assert (far["status"], far["resultCount"], far["totalCount"], far["resultSet"]) == ("SUCCESS", 0, 15, [])


def test_every_invoice_flattens_to_its_totals_and_the_example_to_fifteen_lines(client: httpx.Client) -> None:
    flattened = {row["primaryKey"]: flatten(row, shop="demo") for row in read_all(client)}
    assert {f.status for f in flattened.values()} == {"RECONCILED"}
    assert len(flattened[str(EXAMPLE)].lines) == 15


def test_the_same_field_comes_as_text_and_as_number(client: httpx.Client) -> None:
    kinds = {type(row["total"]).__name__ for row in read_all(client)}
    assert "str" in kinds
    assert len(kinds) > 1


def test_the_same_seed_makes_the_same_invoices() -> None:
    clock = Clock(NOW, frozen=True)
    one, two, other = (FullbayVendor(seed=seed, records=9, clock=clock).truth(INVOICES) for seed in (1, 1, 2))
    assert one == two != other


def test_an_edited_invoice_keeps_its_key_and_date_and_adds_up_again(
    vendor: FullbayVendor, client: httpx.Client
) -> None:
    before = {row["primaryKey"]: row for row in read_all(client)}
    key = next(key for key in before if int(key) != EXAMPLE)
    vendor.update(INVOICES, int(key))
    after = {row["primaryKey"]: row for row in read_all(client)}
    assert before.keys() == after.keys()
    assert [k for k in before if before[k] != after[k]] == [key]
    assert after[key]["invoiceDate"] == before[key]["invoiceDate"]
    assert flatten(after[key], shop="s").status == "RECONCILED"


def test_an_invoice_may_vanish_come_back_and_be_new(vendor: FullbayVendor, client: httpx.Client) -> None:
    vendor.delete(INVOICES, EXAMPLE)
    assert len(read_all(client)) == 14
    vendor.recreate(INVOICES, EXAMPLE)
    new = vendor.insert(INVOICES, {"balance": "0.00"})
    rows = {int(row["primaryKey"]): row for row in read_all(client)}
    assert len(rows) == 16
    assert rows[new]["balance"] == "0.00"
    assert sum(vendor.changes(20).values()) == 20


def test_an_invoice_that_moves_between_pages_is_read_twice_or_not_at_all(
    vendor: FullbayVendor, client: httpx.Client
) -> None:
    early = (TODAY - timedelta(days=6)).isoformat()
    vendor.on_page(INVOICES, 1, lambda: vendor.insert(INVOICES, {"invoiceDate": early}))
    keys = [row["primaryKey"] for row in read_all(client)]
    assert len(keys) == 16
    assert len(set(keys)) == 15, "the last of page 1 came again on page 2, and the new one was missed"
    vendor.on_page(INVOICES, 1, lambda: vendor.delete(INVOICES, int(keys[0])))
    assert len(read_all(client)) == 15


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_invoices_arrive_broken(vendor: FullbayVendor, client: httpx.Client, kind: str) -> None:
    good = {row["primaryKey"] for row in read_all(client)}
    vendor.insert_broken(kind)
    rows = read_all(client)
    (broken,) = [
        row for row in rows if not isinstance(row.get("primaryKey"), str) or row["primaryKey"] not in good
    ]
    assert len(rows) == len(good) + 1
    if kind in WITHOUT_LINES:
        with pytest.raises(RowRejected):
            flatten(broken, shop="s")
    else:
        flattened = flatten(broken, shop="s")
        assert flattened.issues or flattened.status != "RECONCILED"


def test_a_revoked_key_and_an_announced_failure_are_fails(
    vendor: FullbayVendor, client: httpx.Client
) -> None:
    vendor.configure({"failure": "Please contact support"})
    assert get(client) == {"status": "FAIL", "message": "Please contact support"}
    vendor.revoked = True
    assert get(client)["message"] == "Invalid API key"
    with pytest.raises(ValueError, match="no setting"):
        vendor.configure({"volume": 11})


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("500", 500, "Internal Server Error"),
        ("502", 502, "502 Bad Gateway"),
        ("html_login", 200, "<form>"),
        ("429_seconds", 429, "Rate limit"),
        ("429_absent", 429, "Rate limit"),
        ("error_200", 200, "Something went wrong"),
        ("items_null", 200, '"resultSet":null'),
        ("missing_items", 200, '"status":"SUCCESS"'),
    ],
)
def test_general_faults_strike_here_too(
    vendor: FullbayVendor, client: httpx.Client, fault: str, status: int, body: str
) -> None:
    vendor.faults.add(fault, path="getInvoices")
    answer = client.get("/getInvoices.php", params=asked())
    assert (answer.status_code, body in answer.text) == (status, True)
    assert get(client)["status"] == "SUCCESS"


def test_a_page_may_be_answered_twice(vendor: FullbayVendor, client: httpx.Client) -> None:
    vendor.faults.add("duplicate_page", nth=2)
    first, second = get(client, page=1), get(client, page=2)
    assert [r["primaryKey"] for r in first["resultSet"]] == [r["primaryKey"] for r in second["resultSet"]]
    assert second["currentPage"] == "2"


def test_a_truncated_answer_is_no_answer(vendor: FullbayVendor, client: httpx.Client) -> None:
    vendor.faults.add("truncated_body")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/getInvoices.php", params=asked())


def test_an_unknown_page_of_the_site_is_html(client: httpx.Client) -> None:
    answer = client.get("/getParts.php", params=asked())
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_the_rate_limit_counts_by_key() -> None:
    with Sandbox(FullbayVendor(records=1, rate=(2, 60), clock=Clock(NOW))) as box:
        answers = [httpx.get(f"{box.api_url}/getInvoices.php", params=asked()) for _ in range(3)]
        other = httpx.get(f"{box.api_url}/getInvoices.php", params=asked(key="another"))
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) > 0
    assert other.status_code == 200


def test_the_control_routes_do_the_same_over_http(
    vendor: FullbayVendor, box: Sandbox, client: httpx.Client
) -> None:
    control = f"{box.url}/_control"
    made = httpx.post(f"{control}/insert", json={"resource": INVOICES, "fields": {"ServiceOrder": []}}).json()
    assert made["result"] in vendor.ids(INVOICES)
    assert httpx.post(f"{control}/settings", json={"page_size": 100}).status_code == 200
    assert len(get(client)["resultSet"]) == 16
    assert httpx.get(f"{control}/stats").json()["requests"] == 1
