"""The rules of Pennylane's API, one by one, over real HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox import Sandbox
from sandbox.clock import Clock
from sandbox.pennylane import PennylaneVendor

ANYBODY = httpx.Client(verify=False)
"""A client without a token; loading certificates for each request would be most of the time."""
NOW = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)
HEADERS = {"Authorization": "Bearer sandbox-token"}


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(PennylaneVendor(seed=2, scale=0.1, rate=None, clock=Clock(NOW, frozen=True))) as box:
        yield box


@pytest.fixture
def vendor(served: Sandbox) -> PennylaneVendor:
    vendor: PennylaneVendor = served.app
    vendor.clock.set(NOW)
    vendor.by_offset = False
    vendor.reset()
    return vendor


@pytest.fixture
def client(served: Sandbox, vendor: PennylaneVendor) -> Iterator[httpx.Client]:
    with httpx.Client(verify=False, base_url=served.api_url, headers=HEADERS) as client:
        yield client


def conditions(*each: tuple[str, str, Any]) -> str:
    return json.dumps(
        [{"field": field, "operator": operator, "value": value} for field, operator, value in each]
    )


def ids_of(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["items"]]


def pages(client: httpx.Client, path: str, **asked: Any) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = client.get(path, params=asked | ({"cursor": cursor} if cursor else {})).json()
        yield page
        if not page["has_more"]:
            assert page["next_cursor"] is None
            return
        cursor = page["next_cursor"]


# --- token, scopes, versions --------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic sandbox-token", "sandbox-token"])
def test_a_wrong_or_missing_token_is_401_and_never_echoed(served: Sandbox, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = ANYBODY.get(f"{served.api_url}/customers", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"error": "The access token is invalid", "status": 401}
    assert "wrong" not in answer.text + str(answer.headers)


def test_a_token_expires_and_is_revoked(client: httpx.Client, vendor: PennylaneVendor) -> None:
    vendor.token_expires = vendor.clock.now()
    assert client.get("/me").status_code == 401
    vendor.token_expires = None
    vendor.revoked = True
    assert client.get("/me").status_code == 401
    vendor.revoked = False
    assert client.get("/me").status_code == 200


def test_a_missing_scope_is_403_and_named_and_all_includes_readonly(
    client: httpx.Client, vendor: PennylaneVendor
) -> None:
    vendor.scopes -= {"ledger_entries:readonly", "exports:fec"}
    for path in ("/ledger_entries", "/ledger_entry_lines", "/changelogs/ledger_entry_lines"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert answer.json()["error"] == 'Access to this resource requires scope "ledger_entries:readonly".'
    assert client.post("/exports/fecs", json={}).status_code == 403
    assert "ledger_entries:readonly" not in client.get("/me").json()["scopes"]
    vendor.scopes.add("ledger_entries:all")
    assert client.get("/ledger_entries").status_code == 200


def test_every_answer_says_when_the_version_expires(client: httpx.Client, vendor: PennylaneVendor) -> None:
    assert client.get("/customers").headers["api-version-expires-at"] == ""
    vendor.configure({"version_expires_at": "2027-01-01"})
    assert client.get("/nowhere/at/all").status_code == 404
    assert client.get("/customers").headers["api-version-expires-at"] == "2027-01-01"


# --- pages --------------------------------------------------------------------------------------------------


def test_the_default_is_twenty_rows_descending(client: httpx.Client, vendor: PennylaneVendor) -> None:
    for table in ("customer_invoices", "ledger_accounts", "ledger_entries"):
        assert ids_of(client.get(f"/{table}")) == vendor.ids(table)[::-1][:20]
    assert (
        ids_of(client.get("/customer_invoices", params={"per_page": 100, "page": 2}))
        == vendor.ids("customer_invoices")[::-1][:20]
    )


@pytest.mark.parametrize(
    ("path", "limit", "status"),
    [
        ("/customers", "100", 200),
        ("/customers", "101", 400),
        ("/customers", "0", 400),
        ("/customers", "-1", 400),
        ("/customers", "5.5", 400),
        ("/customers", "", 400),
        ("/ledger_accounts", "1000", 200),
        ("/ledger_accounts", "1001", 400),
        ("/changelogs/customers", "1000", 200),
        ("/changelogs/customers", "1001", 400),
        ("/changelogs/customers", "0", 400),
    ],
)
def test_limits_are_refused_not_clamped(client: httpx.Client, path: str, limit: str, status: int) -> None:
    assert client.get(path, params={"limit": limit}).status_code == status


@pytest.mark.parametrize("sort", ["id", "-id", "date", "-date"])
@pytest.mark.parametrize("table", ["customer_invoices", "ledger_entries", "ledger_entry_lines"])
def test_pages_add_up_in_every_order(
    client: httpx.Client, vendor: PennylaneVendor, table: str, sort: str
) -> None:
    rows = [row for page in pages(client, f"/{table}", limit=37, sort=sort) for row in page["items"]]
    assert sorted(row["id"] for row in rows) == vendor.ids(table)
    keys = [(row[sort.lstrip("-")] or "", row["id"]) if "date" in sort else row["id"] for row in rows]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


def test_four_collections_carry_four_null_keys(client: httpx.Client, vendor: PennylaneVendor) -> None:
    former = {"total_pages", "current_page", "per_page", "total_items"}
    for table in vendor.rows:
        page = client.get(f"/{table}").json()
        found = {key for key in former if key in page}
        assert found == (
            former if table in ("ledger_accounts", "ledger_entries", "fiscal_years", "journals") else set()
        )
        assert all(page[key] is None for key in found)
        assert {"items", "has_more", "next_cursor"} <= page.keys()


def test_the_cursor_forgets_filter_and_sort(client: httpx.Client, vendor: PennylaneVendor) -> None:
    half = vendor.ids("transactions")[::2][:50]
    asked = {"filter": conditions(("id", "in", half)), "limit": 20, "sort": "id"}
    first = client.get("/transactions", params=asked).json()
    kept = ids_of(client.get("/transactions", params=asked | {"cursor": first["next_cursor"]}))
    assert kept == half[20:40]
    forgotten = ids_of(client.get("/transactions", params={"limit": 20, "cursor": first["next_cursor"]}))
    assert not set(forgotten) <= set(half)
    assert forgotten == sorted(forgotten, reverse=True)


def test_a_cursor_of_nobody_is_refused(client: httpx.Client) -> None:
    for cursor in ("", "x", "é", "[1]", "eyJhIjoxfQ", "WyJhIiwgImIiXQ", "bm90IGEgY3Vyc29y"):
        for path in ("/customers", "/changelogs/customers"):
            assert client.get(path, params={"cursor": cursor}).status_code == 400, (path, cursor)


def test_rows_inserted_and_deleted_while_paging(client: httpx.Client, vendor: PennylaneVendor) -> None:
    before = vendor.ids("customers")
    vendor.on_page(
        "customers", 1, lambda: (vendor.insert("customers"), vendor.delete("customers", before[-1]))
    )
    seen = [row["id"] for page in pages(client, "/customers", limit=10, sort="id") for row in page["items"]]
    assert seen == vendor.ids("customers")
    assert seen != before


def test_offset_cursors_shift_under_the_reader(client: httpx.Client, vendor: PennylaneVendor) -> None:
    vendor.by_offset = True
    before = vendor.ids("customers")
    vendor.on_page("customers", 1, lambda: vendor.delete("customers", before[0]))
    seen = [row["id"] for page in pages(client, "/customers", limit=10, sort="id") for row in page["items"]]
    assert before[10] not in seen  # the row that slid onto the page already read
    assert set(before) - set(seen) == {before[10]}


# --- filters ------------------------------------------------------------------------------------------------


def test_ids_by_in_and_range(client: httpx.Client, vendor: PennylaneVendor) -> None:
    ids = vendor.ids("customers")
    some = [ids[3], ids[1], ids[-1], 12]
    assert ids_of(
        client.get("/customers", params={"filter": conditions(("id", "in", some)), "sort": "id"})
    ) == sorted(set(some) - {12})
    as_text = conditions(("id", "in", [str(each) for each in some]))
    assert len(ids_of(client.get("/customers", params={"filter": as_text}))) == 3
    for operator, wanted in (
        ("gt", ids[4:]),
        ("gteq", ids[3:]),
        ("lt", ids[:3]),
        ("lteq", ids[:4]),
        ("eq", [ids[3]]),
        ("not_eq", [each for each in ids if each != ids[3]]),
    ):
        asked = {"filter": conditions(("id", operator, ids[3])), "sort": "id", "limit": 100}
        assert ids_of(client.get("/customers", params=asked)) == wanted
    both = conditions(("id", "gt", ids[3]), ("id", "lt", ids[6]))
    assert ids_of(client.get("/customers", params={"filter": both, "sort": "id"})) == ids[4:6]


def test_a_hundred_long_ids_fit_in_one_request(client: httpx.Client, vendor: PennylaneVendor) -> None:
    ids = vendor.ids("ledger_entry_lines")[-100:]
    asked = {"filter": conditions(("id", "in", ids)), "limit": 100, "sort": "id"}
    assert ids_of(client.get("/ledger_entry_lines", params=asked)) == ids


def test_dates_references_and_texts(client: httpx.Client, vendor: PennylaneVendor) -> None:
    def expect(table: str, keep: Any, *each: tuple[str, str, Any]) -> None:
        wanted = [row["id"] for row in vendor.truth(table) if keep(row)]
        assert wanted, "the test needs matching rows"
        asked = {"filter": conditions(*each), "limit": 100, "sort": "id"}
        assert ids_of(client.get(f"/{table}", params=asked)) == wanted[:100]

    invoices = vendor.truth("customer_invoices")
    customer = next(row["customer"]["id"] for row in invoices if row["customer"])
    expect(
        "customer_invoices", lambda row: (row["date"] or "") >= "2026-01-01", ("date", "gteq", "2026-01-01")
    )
    expect(
        "customer_invoices",
        lambda row: row["customer"] and row["customer"]["id"] == customer,
        ("customer_id", "eq", str(customer)),
    )
    expect("customer_invoices", lambda row: row["draft"], ("draft", "eq", True))
    expect("customer_invoices", lambda row: row["status"] == "credit_note", ("credit_note", "eq", "true"))
    expect("customers", lambda row: row["customer_type"] != "company", ("customer_type", "not_eq", "company"))
    name = vendor.truth("suppliers")[0]["name"]
    expect("suppliers", lambda row: row["name"].startswith(name[:5]), ("name", "start_with", name[:5]))
    expect("ledger_accounts", lambda row: row["number"].startswith("70"), ("number", "start_with", "70"))
    journal = vendor.truth("journals")[0]["id"]
    expect("ledger_entries", lambda row: row["journal"]["id"] == journal, ("journal_id", "eq", journal))
    emails = next(row["emails"] for row in vendor.truth("customers") if row["emails"])
    expect("customers", lambda row: set(row["emails"]) & set(emails), ("emails", "in", emails))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"field": "id", "operator": "eq", "value": 1}',
        "[1]",
        '[{"field": "id"}]',
        conditions(("updated_at", "gt", "2026-01-01")),
        conditions(("id", "like", 1)),
        conditions(("name", "gt", "A")),
        conditions(("id", "in", 1)),
        conditions(("id", "eq", "one")),
    ],
)
def test_filters_nobody_declared_are_refused(client: httpx.Client, text: str) -> None:
    assert client.get("/customers", params={"filter": text}).status_code == 400


def test_sorts_nobody_declared_are_refused(client: httpx.Client) -> None:
    assert client.get("/customers", params={"sort": "date"}).status_code == 400
    assert client.get("/customer_invoices", params={"sort": "updated_at"}).status_code == 400
    assert client.get("/fiscal_years", params={"sort": "start"}).status_code == 200


# --- single rows --------------------------------------------------------------------------------------------


def test_rows_by_id(client: httpx.Client, vendor: PennylaneVendor) -> None:
    row = vendor.truth("suppliers")[-1]
    assert client.get(f"/suppliers/{row['id']}").json() == row
    missing = client.get("/suppliers/123")
    assert missing.status_code == 404
    assert missing.json() == {"error": "Couldn't find Supplier with 'id'=123", "status": 404}
    assert client.get("/fiscal_years/300").status_code == 404
    assert client.get("/quotes").status_code == 404


def test_an_entry_by_id_embeds_its_lines(client: httpx.Client, vendor: PennylaneVendor) -> None:
    line = vendor.truth("ledger_entry_lines")[0]
    entry = client.get(f"/ledger_entries/{line['ledger_entry']['id']}").json()
    assert line["id"] in [each["id"] for each in entry["ledger_entry_lines"]]
    assert not {"journal_id", "ledger_attachment_filename"} & entry.keys()


# --- the rate limit -----------------------------------------------------------------------------------------


def test_the_window_slides_and_429_is_plain_text() -> None:
    vendor = PennylaneVendor(scale=0.01, rate=(4, 0.5))
    with Sandbox(vendor) as box, httpx.Client(verify=False, base_url=box.api_url, headers=HEADERS) as client:
        answers = [client.get("/me") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200] * 4 + [429]
        assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["3", "2", "1", "0", "0"]
        assert {answer.headers["ratelimit-limit"] for answer in answers} == {"4"}
        assert abs(int(answers[0].headers["ratelimit-reset"]) - time.time()) < 3
        refused = answers[-1]
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["content-type"].startswith("text/plain")
        assert refused.text == "Rate limit exceeded. Please retry in 1 seconds."
        time.sleep(0.55)
        assert client.get("/unknown").headers["ratelimit-remaining"] == "3"
        assert (vendor.window.peak, vendor.window.refused, vendor.stats.requests) == (5, 1, 6)
        other = client.get("/me", headers={"Authorization": "Bearer other"})
        assert other.headers["ratelimit-remaining"] == "3"


def test_the_audit_is_exact_at_the_edge_of_the_window() -> None:
    vendor = PennylaneVendor(scale=0.01, rate=(3, 0.3))
    with Sandbox(vendor) as box, httpx.Client(verify=False, base_url=box.api_url, headers=HEADERS) as client:
        for _ in range(3):
            for _ in range(3):
                assert client.get("/me").status_code == 200
            time.sleep(0.32)
        stats = ANYBODY.get(f"{box.url}/_control/stats").json()
    assert (stats["rate_peak"], stats["rate_limited"], stats["requests"]) == (3, 0, 9)
    assert (stats["rate_limit"], stats["rate_period_seconds"]) == (3, 0.3)


def test_no_limit_sends_no_limit_headers(client: httpx.Client) -> None:
    assert "ratelimit-limit" not in client.get("/me").headers


def test_the_log_keeps_queries_but_no_token(client: httpx.Client, vendor: PennylaneVendor) -> None:
    client.get("/customers", params={"limit": 5})
    seen = vendor.stats.log[-1]
    assert (seen.method, seen.path, seen.query, seen.authorized, seen.status) == (
        "GET", "/api/external/v2/customers", "limit=5", True, 200,
    )  # fmt: skip
    assert "sandbox-token" not in repr(vendor.stats)


def test_latency_is_held_back() -> None:
    with Sandbox(PennylaneVendor(scale=0.01, latency=0.1)) as box:
        start = time.monotonic()
        ANYBODY.get(f"{box.api_url}/me", headers=HEADERS)
        assert time.monotonic() - start >= 0.1
