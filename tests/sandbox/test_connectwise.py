"""The ConnectWise simulator: strict about grammar, headers and the rules of its two kinds of paging."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox import Sandbox
from sandbox.clock import Clock
from sandbox.connectwise import ConnectWiseVendor
from sandbox.connectwise.conditions import BadConditions, parse
from sandbox.connectwise.vendor import CLIENT_ID

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FORWARD = {"pagination-type": "forward-only"}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(ConnectWiseVendor(seed=3, records=120, clock=Clock(NOW, frozen=True))) as box:
        yield box


@pytest.fixture
def vendor(box: Sandbox) -> ConnectWiseVendor:
    box.app.clock.set(NOW)
    box.app.reset()
    return box.app


@pytest.fixture
def client(vendor: ConnectWiseVendor, box: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": vendor.authorization(), "clientId": CLIENT_ID}
    with httpx.Client(base_url=box.url + vendor.prefix, headers=headers, timeout=5) as client:
        yield client


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


VALUES: dict[str, dict[int, Any]] = {
    "name": {1: "Alpha", 2: "beta", 3: None},
    "hours": {1: 1.5, 2: 20.0, 3: 3.0},
    "done": {1: True, 2: False, 3: None},
    "at": {1: "2026-03-01T00:00:00Z", 2: "2026-03-02T12:00:00Z", 3: None},
}


def column(name: str) -> dict[int, Any]:
    if name not in VALUES:
        raise BadConditions(name)
    return VALUES[name]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("name='alpha'", [1]),
        ('name = "Beta" or hours < 2', [1, 2]),
        ("hours>=3 AND (done=False or done = null)", [2, 3]),
        ("done = True", [1]),
        ("done != null", [1, 2]),
        ("at>=[2026-03-02]", [2]),
        ("at < [2026-03-02T13:00:00+01:00]", [1]),
        ("name in ('alpha','beta')", [1, 2]),
        ("name not in ('alpha')", [2, 3]),
        ("name contains 'ET'", [2]),
        ("name like 'al*'", [1]),
        ("name not like '%a'", [3]),
    ],
)
def test_conditions_mean_what_the_guide_says(text: str, rows: list[int]) -> None:
    test = parse(text, column)
    assert [row for row in (1, 2, 3) if test(row)] == rows


@pytest.mark.parametrize(
    "text",
    ["", "name", "name=", "name=alpha", "name='a", "nobody=1", "at>[yesterday]", "name='a' and", "(name='a'",
     "name in ()", "hours>now-30d", "name='a' hours=1", "not name='a'", "name^='a'"],
)  # fmt: skip
def test_what_is_not_in_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(BadConditions):
        parse(text, column)


def test_credential_client_id_and_unknown_paths(client: httpx.Client, vendor: ConnectWiseVendor) -> None:
    assert client.get("/time/entries", headers={"Authorization": "Basic bm8="}).status_code == 401
    assert client.get("/time/entries", headers={"clientId": ""}).status_code == 403
    assert client.get("/time/nothing").status_code == 404
    vendor.configure({"refused_as": 404})
    refused = client.get("/time/entries", headers={"Authorization": "Basic bm8="})
    assert (refused.status_code, refused.json()["code"]) == (404, "ConnectWiseApi")


def test_pages_by_number_have_links_and_end_empty(client: httpx.Client, vendor: ConnectWiseVendor) -> None:
    first = client.get("/time/entries", params={"orderBy": "id desc", "pageSize": 50})
    assert ids(first) == sorted(vendor.ids("time_entries"), reverse=True)[:50]
    assert 'rel="next"' in first.headers["link"]
    last = client.get("/time/entries", params={"page": 3, "pageSize": 50})
    assert "link" not in last.headers
    assert client.get("/time/entries", params={"page": 9}).json() == []
    assert len(ids(client.get("/time/entries"))) == 25


@pytest.mark.parametrize("end", ["empty", "page"])
def test_pages_by_id_end_with_an_empty_link_or_an_empty_page(
    client: httpx.Client, vendor: ConnectWiseVendor, end: str
) -> None:
    vendor.configure({"end": end})
    found, after, pages = [], 0, 0
    while True:
        answer = client.get("/time/entries", params={"pageSize": 60, "pageId": after}, headers=FORWARD)
        found += ids(answer)
        pages += 1
        if not answer.headers["link"] or not answer.json():
            break
        after = found[-1]
    assert found == vendor.ids("time_entries")
    assert pages == {"empty": 2, "page": 3}[end]
    assert client.get("/time/entries", params={"orderBy": "id"}, headers=FORWARD).status_code == 400


def test_counts_single_rows_and_fields(client: httpx.Client, vendor: ConnectWiseVendor) -> None:
    assert client.get("/time/entries/count").json() == {"count": 120}
    billable = client.get("/time/entries/count", params={"conditions": "billableOption='Billable'"}).json()
    assert billable["count"] == sum(r["billableOption"] == "Billable" for r in vendor.truth("time_entries"))
    assert client.get("/time/entries/1000").json()["id"] == 1000
    assert client.get("/time/entries/5").status_code == 404
    (row,) = client.get("/time/entries", params={"conditions": "id=1000", "fields": "id,company/name"}).json()
    assert set(row) == {"id", "company"}
    assert set(row["company"]) == {"name"}


def test_what_a_service_company_changes(client: httpx.Client, vendor: ConnectWiseVendor) -> None:
    vendor.clock.advance(60)
    vendor.update("time_entries", 1000)
    assert vendor.truth("time_entries")[0]["_info"]["lastUpdated"] == "2026-03-04T12:01:00Z"
    vendor.alter("time_entries", 1001, {"notes": "elsewhere"})
    vendor.forget_stamp("time_entries", 1002)
    changed = client.get("/time/entries", params={"conditions": "lastUpdated>[2026-03-04T12:00:30Z]"})
    assert ids(changed) == [1000]
    vendor.delete("companies", 300)
    assert client.get("/company/companies/300").json()["deletedFlag"] is True
    vendor.delete("time_entries", 1005)
    vendor.recreate("time_entries", 1005)
    assert 1005 in vendor.ids("time_entries")
    unposted = vendor.ids("unposted_invoices")[0]
    assert vendor.post_invoice(unposted) in vendor.ids("invoices")
    assert unposted not in vendor.ids("unposted_invoices")
    assert sum(vendor.changes(40).values()) == 40


def test_members_secrets_are_noticed(client: httpx.Client, vendor: ConnectWiseVendor) -> None:
    assert "password" not in client.get("/system/members", params={"fields": "id,firstName"}).json()[0]
    assert vendor.secrets_served == 0
    client.get("/system/members")
    assert vendor.secrets_served > 0
