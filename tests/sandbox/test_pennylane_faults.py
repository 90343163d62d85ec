"""Every fault really arrives at an HTTP client."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox import Sandbox
from sandbox.faults import FAULTS
from sandbox.pennylane import PennylaneVendor

ANYBODY = httpx.Client(verify=False)
"""A client without a token; loading certificates for each request would be most of the time."""
WIRE_ERRORS = {
    "reset_before": httpx.ReadError,
    "close_before": httpx.RemoteProtocolError,
    "reset_after_headers": httpx.ReadError,
    "reset_during_body": httpx.ReadError,
    "reset_after_body": httpx.ReadError,
    "truncated_body": httpx.RemoteProtocolError,
    "no_answer": httpx.ReadTimeout,
    "stalled_body": httpx.ReadTimeout,
}


@pytest.fixture(scope="module")
def vendor() -> PennylaneVendor:
    return PennylaneVendor(seed=3, scale=0.02, rate=None)


@pytest.fixture(scope="module")
def box(vendor: PennylaneVendor) -> Iterator[Sandbox]:
    with Sandbox(vendor) as box:
        yield box


@pytest.fixture
def client(vendor: PennylaneVendor, box: Sandbox) -> Iterator[httpx.Client]:
    vendor.reset()
    headers = {"Authorization": "Bearer sandbox-token"}
    with httpx.Client(verify=False, base_url=box.api_url, headers=headers, timeout=0.5) as client:
        yield client


def read_all(client: httpx.Client, path: str = "/customer_invoices", limit: int = 10) -> list[dict[str, Any]]:
    """Follow the cursors, trusting every answer."""
    rows: list[dict[str, Any]] = []
    cursor = None
    for _ in range(20):
        page = client.get(
            path, params={"limit": limit, "sort": "id"} | ({"cursor": cursor} if cursor else {})
        ).json()
        rows += page["items"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            return rows
    raise AssertionError("the read does not end")


def test_there_are_forty_kinds_and_each_belongs_to_a_family() -> None:
    assert len(FAULTS) >= 40
    assert {fault.family for fault in FAULTS.values()} == {
        "throttle", "server", "auth", "redirect", "wire", "body", "page", "drift",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "error"), WIRE_ERRORS.items())
def test_the_connection_breaks(
    client: httpx.Client, vendor: PennylaneVendor, name: str, error: type[Exception]
) -> None:
    vendor.faults.add(name, path="/customers$")
    with pytest.raises(error):
        client.get("/customers")
    assert client.get("/customers").status_code == 200


def test_what_arrived_before_the_reset_is_half_the_body(
    client: httpx.Client, vendor: PennylaneVendor
) -> None:
    whole = client.get("/customers", params={"limit": 100}).content
    vendor.faults.add("reset_during_body")
    got: list[bytes] = []
    with client.stream("GET", "/customers", params={"limit": 100}) as response:
        pieces = response.iter_raw()
        with pytest.raises(httpx.ReadError):
            got.extend(pieces)
    assert b"".join(got) == whole[: len(whole) // 2]


def test_a_kept_connection_is_reset_after_a_good_answer(
    client: httpx.Client, vendor: PennylaneVendor, box: Sandbox
) -> None:
    vendor.faults.add("reset_idle", times=2)
    raw = http.client.HTTPConnection("127.0.0.1", box.port)
    raw.request("GET", "/api/external/v2/me", headers={"Authorization": "Bearer sandbox-token"})
    assert json.loads(raw.getresponse().read())["company"]["id"] == 4242
    with pytest.raises(ConnectionResetError):
        raw.sock.recv(1)
    raw.close()
    assert [client.get("/me").status_code for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("429_seconds", "1"),
        ("429_zero", "0"),
        ("429_day", "86400"),
        ("429_nonsense", "soon"),
        ("429_absent", None),
    ],
)
def test_retry_after_in_every_form(
    client: httpx.Client, vendor: PennylaneVendor, name: str, header: str | None
) -> None:
    vendor.faults.add(name)
    answer = client.get("/customers")
    assert answer.status_code == 429
    assert answer.headers.get("retry-after") == header
    assert answer.headers["content-type"].startswith("text/plain")


def test_retry_after_as_a_date(client: httpx.Client, vendor: PennylaneVendor) -> None:
    vendor.faults.add("429_date", seconds=60)
    assert client.get("/customers").headers["retry-after"].endswith(" GMT")


@pytest.mark.parametrize(
    "name", [name for name, fault in FAULTS.items() if fault.family in ("server", "auth")]
)
def test_refusals_have_their_status(client: httpx.Client, vendor: PennylaneVendor, name: str) -> None:
    vendor.faults.add(name)
    assert client.get("/customers").status_code == int(name)


def test_redirects_lead_away_or_round_and_round(client: httpx.Client, vendor: PennylaneVendor) -> None:
    vendor.faults.add("redirect_other_host")
    answer = client.get("/customers")
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("http://elsewhere.example.org/")
    vendor.faults.clear()
    vendor.faults.add("redirect_loop", times=None)
    with pytest.raises(httpx.TooManyRedirects):
        client.get("/customers", params={"limit": 5}, follow_redirects=True)


@pytest.mark.parametrize(
    "name",
    [
        "invalid_json", "trailing_garbage", "not_utf8", "empty_body", "html_login", "html_as_json", "truncated_gzip",
    ],
)  # fmt: skip
def test_the_body_is_no_json_under_status_200(
    client: httpx.Client, vendor: PennylaneVendor, name: str
) -> None:
    vendor.faults.add(name)
    answer = client.get("/customers")
    assert answer.status_code == 200
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        json.loads(answer.content)


def test_gzip_whole_and_broken(client: httpx.Client, vendor: PennylaneVendor) -> None:
    plain = client.get("/customers").json()
    vendor.faults.add("gzip")
    assert client.get("/customers").json() == plain
    for name in ("corrupt_gzip", "not_gzip"):
        vendor.faults.clear()
        vendor.faults.add(name)
        with pytest.raises(httpx.DecodingError):
            client.get("/customers")


@pytest.mark.parametrize(
    ("name", "body"), [("error_200", {"error": "Something went wrong"}), ("empty_object", {})]
)
def test_json_that_is_no_page(client: httpx.Client, vendor: PennylaneVendor, name: str, body: object) -> None:
    vendor.faults.add(name)
    assert client.get("/customers").json() == body


def test_null_and_no_content(client: httpx.Client, vendor: PennylaneVendor) -> None:
    vendor.faults.add("null_body")
    assert client.get("/customers").json() is None
    vendor.faults.clear()
    vendor.faults.add("no_content")
    assert client.get("/customers").status_code == 204


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.harmless])
def test_a_harmless_fault_loses_nothing(client: httpx.Client, vendor: PennylaneVendor, name: str) -> None:
    vendor.faults.add(name, path="/customer_invoices$", times=2)
    rows = read_all(client)
    assert vendor.faults.pending()[0]["struck"] == 2
    assert [row["id"] for row in rows] == vendor.ids("customer_invoices")


def test_duplicate_page_repeats_the_rows_before(client: httpx.Client, vendor: PennylaneVendor) -> None:
    vendor.faults.add("duplicate_page", path="/customer_invoices$", nth=2)
    ids = [row["id"] for row in read_all(client)]
    assert ids[10:20] == ids[:10]
    assert len(ids) == len(vendor.ids("customer_invoices"))


def test_cursor_loops_of_one_and_two(client: httpx.Client, vendor: PennylaneVendor) -> None:
    for name, length in (("cursor_loop_1", 1), ("cursor_loop_2", 2)):
        vendor.faults.clear()
        vendor.faults.add(name, path="/customer_invoices$", nth=2, times=None)
        seen: list[str | None] = []
        cursor = None
        for _ in range(8):
            seen.append(cursor)
            asked = {"limit": 5, "sort": "id"} | ({"cursor": cursor} if cursor else {})
            page = client.get("/customer_invoices", params=asked).json()
            assert page["has_more"] is True
            cursor = page["next_cursor"]
        assert seen[-1] == seen[-1 - length]
        assert len(set(seen[-4:])) == length


def test_pages_with_a_broken_envelope(client: httpx.Client, vendor: PennylaneVendor) -> None:
    def page_with(name: str) -> Any:
        vendor.faults.clear()
        vendor.faults.add(name)
        return client.get("/customer_invoices", params={"limit": 3}).json()

    assert page_with("more_without_cursor")["next_cursor"] is None
    assert page_with("more_without_cursor")["has_more"] is True
    assert page_with("more_with_empty_cursor")["next_cursor"] == ""
    assert page_with("end_with_cursor")["has_more"] is False
    assert page_with("end_with_cursor")["next_cursor"]
    assert "items" not in page_with("missing_items")
    assert "has_more" not in page_with("missing_more")
    assert "next_cursor" not in page_with("missing_cursor")
    assert page_with("items_object")["items"] == {}
    assert page_with("items_null")["items"] is None
    assert page_with("items_text")["items"] == "none"
    assert page_with("items_of_nulls")["items"] == [None]
    assert len(page_with("bare_list")) == 3
    assert len(page_with("duplicate_row")["items"]) == 4
    assert page_with("extra_field")["items"][0]["added_later"] == "new"
    assert "Ajouté « plus tard »" in page_with("extra_object")["items"][0]
    assert page_with("extra_envelope_key")["request_id"] == "abc"


def test_empty_and_short_pages_go_on(client: httpx.Client, vendor: PennylaneVendor) -> None:
    vendor.faults.add("empty_page", nth=2)
    first = client.get("/customer_invoices", params={"limit": 4, "sort": "id"}).json()
    asked = {"limit": 4, "sort": "id", "cursor": first["next_cursor"]}
    empty = client.get("/customer_invoices", params=asked).json()
    assert (empty["items"], empty["has_more"]) == ([], True)
    asked["cursor"] = empty["next_cursor"]
    second = client.get("/customer_invoices", params=asked).json()
    assert [row["id"] for row in second["items"]] == vendor.ids("customer_invoices")[4:8]
    vendor.faults.clear()
    vendor.faults.add("short_page")
    short = client.get("/customer_invoices", params={"limit": 4, "sort": "id"}).json()
    assert (len(short["items"]), short["has_more"]) == (2, True)


@pytest.mark.parametrize("name", [name for name in FAULTS if name != "reset_idle"])
def test_no_fault_goes_unseen(client: httpx.Client, vendor: PennylaneVendor, name: str) -> None:
    def second_page() -> object:
        first = client.get("/customer_invoices", params={"limit": 4, "sort": "id"}).json()
        asked = {"limit": 4, "sort": "id", "cursor": first["next_cursor"]}
        try:
            answer = client.get("/customer_invoices", params=asked)
        except httpx.HTTPError as error:
            return type(error)
        seconds = round(answer.elapsed.total_seconds(), 1)
        return (
            answer.status_code,
            answer.content,
            {**answer.headers} | {"date": answer.headers["date"][:22]},
            seconds,
        )

    truth = second_page()
    vendor.faults.add(name, path="/customer_invoices$", nth=2)
    if name == "cursor_loop_2":  # a loop of two needs a third page
        asked = {"limit": 3, "sort": "id"}
        cursor = client.get("/customer_invoices", params=asked).json()["next_cursor"]
        assert client.get("/customer_invoices", params=asked | {"cursor": cursor}).json()["next_cursor"]
    assert second_page() != truth
    assert vendor.faults.pending()[0]["struck"] == 1


def test_a_rule_waits_for_its_method_path_and_turn(client: httpx.Client, vendor: PennylaneVendor) -> None:
    vendor.faults.add("500", path=r"/suppliers$", method="GET", nth=2, times=2)
    assert client.get("/customers").status_code == 200
    assert [client.get("/suppliers").status_code for _ in range(5)] == [200, 500, 500, 200, 200]
    vendor.faults.add("500", method="POST")
    assert client.get("/suppliers").status_code == 200
    with pytest.raises(ValueError, match="no fault"):
        vendor.faults.add("earthquake")
    with pytest.raises(ValueError, match="no setting"):
        vendor.faults.add("500", seconds=3)


def test_faults_over_the_control_interface(
    client: httpx.Client, vendor: PennylaneVendor, box: Sandbox
) -> None:
    control = f"{box.url}/_control"
    assert ANYBODY.post(f"{control}/fault", json={"name": "503", "path": "/me$"}).status_code == 200
    assert client.get("/me").status_code == 503
    assert ANYBODY.get(f"{control}/faults").json()[0]["struck"] == 1
    assert ANYBODY.post(f"{control}/fault", json={"name": "no such"}).status_code == 400
    ANYBODY.post(f"{control}/clear_faults")
    assert vendor.faults.pending() == []
