"""The data: seeded, consistent, balanced; and every way to change them, in Python and over the control interface."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from sandbox import Sandbox
from sandbox.clock import Clock, stamp
from sandbox.pennylane import PennylaneVendor
from sandbox.pennylane.declared import CHANGELOGS

ANYBODY = httpx.Client(verify=False)
"""A client without a token; loading certificates for each request would be most of the time."""
NOW = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)
HEADERS = {"Authorization": "Bearer sandbox-token"}


def frozen(**settings: Any) -> PennylaneVendor:
    settings = {"scale": 0.1, "rate": None} | settings
    return PennylaneVendor(seed=2, clock=Clock(NOW, frozen=True), **settings)


@pytest.fixture
def vendor() -> PennylaneVendor:
    return frozen()


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(frozen()) as box:
        yield box


@pytest.fixture
def control(served: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(verify=False, base_url=f"{served.url}/_control") as control:
        control.post("/reset")
        control.post("/clock", json={"set": stamp(NOW)})
        yield control


def events(vendor: PennylaneVendor, resource: str) -> list[tuple[int, str]]:
    return [(event.id, event.operation) for event in vendor.changelogs[resource].all()]


def events_over_http(box: Sandbox, resource: str, **asked: Any) -> httpx.Response:
    return ANYBODY.get(
        f"{box.api_url}/changelogs/{resource}", params={"limit": 1000} | asked, headers=HEADERS
    )


def balances(vendor: PennylaneVendor) -> dict[int, Decimal]:
    sums: defaultdict[int, Decimal] = defaultdict(Decimal)
    for line in vendor.truth("ledger_entry_lines"):
        sums[line["ledger_entry"]["id"]] += Decimal(line["debit"]) - Decimal(line["credit"])
    return sums


# --- seeded data --------------------------------------------------------------------------------------------


def test_the_demo_has_the_size_of_a_small_company() -> None:
    vendor = PennylaneVendor()
    counts = {name: len(rows) for name, rows in vendor.rows.items()}
    wanted = {"customers": 300, "suppliers": 100, "customer_invoices": 1500, "supplier_invoices": 800}
    wanted |= {
        "products": 120,
        "transactions": 2000,
        "ledger_entries": 3000,
        "bank_accounts": 3,
        "fiscal_years": 3,
    }
    assert {name: counts[name] for name in wanted} == wanted
    assert 6500 <= counts["ledger_entry_lines"] <= 7500
    assert 245 <= counts["ledger_accounts"] <= 260


def test_the_same_seed_and_clock_make_the_same_rows() -> None:
    first, second, other = (
        frozen(),
        frozen(),
        PennylaneVendor(seed=9, scale=0.1, clock=Clock(NOW, frozen=True)),
    )
    for name in first.rows:
        assert first.truth(name) == second.truth(name)
    assert first.truth("customers") != other.truth("customers")
    first.changes(30)
    second.changes(30)
    assert first.truth("ledger_entry_lines") == second.truth("ledger_entry_lines")
    first.reset()
    assert first.truth("customers") == frozen().truth("customers")


def test_every_entry_balances_and_references_resolve(vendor: PennylaneVendor) -> None:
    for _ in range(2):
        assert not any(balances(vendor).values())
        for table, field, target in (
            ("customer_invoices", "customer", "customers"),
            ("customer_invoices", "ledger_entry", "ledger_entries"),
            ("supplier_invoices", "supplier", "suppliers"),
            ("supplier_invoices", "ledger_entry", "ledger_entries"),
            ("ledger_entry_lines", "ledger_entry", "ledger_entries"),
            ("ledger_entry_lines", "ledger_account", "ledger_accounts"),
            ("ledger_entry_lines", "journal", "journals"),
            ("transactions", "bank_account", "bank_accounts"),
            ("transactions", "customer", "customers"),
            ("customers", "ledger_account", "ledger_accounts"),
        ):
            known = set(vendor.ids(target))
            found = [row[field]["id"] for row in vendor.truth(table) if row[field]]
            assert found
            assert set(found) <= known, (table, field)
        lines = {
            row["id"]: row["lettered_ledger_entry_lines"]["ids"] for row in vendor.truth("ledger_entry_lines")
        }
        assert any(lines.values())
        assert all(row_id in lines[other] for row_id, others in lines.items() for other in others)
        vendor.changes(150)


def test_the_rows_have_what_hurts(vendor: PennylaneVendor) -> None:
    for table in ("customers", "customer_invoices", "transactions", "ledger_entry_lines"):
        large = [row_id for row_id in vendor.ids(table) if row_id > 2**53]
        assert large
        assert any(int(float(row_id)) != row_id for row_id in large)
    invoices, customers = vendor.truth("customer_invoices"), vendor.truth("customers")
    assert {type(row["amount"]) for row in invoices} == {str}
    assert len({len(row["amount"].partition(".")[2]) for row in invoices}) >= 3
    assert any(row["customer"] is None for row in frozen(scale=1).truth("customer_invoices"))
    assert {row["reference"] for row in customers} >= {None, ""}
    assert any(not row["name"].isascii() for row in customers)
    assert {row["customer_type"] for row in customers} == {"company", "individual"}
    assert any(row["date"] is None for row in frozen(scale=1).truth("ledger_entries"))
    numbers = [row["number"] for row in vendor.truth("ledger_accounts")]
    assert len(set(numbers)) < len(numbers)
    assert any(len(row["categories"]) == 2 for row in frozen(scale=1).truth("ledger_entry_lines"))


def test_sizes_may_be_named() -> None:
    vendor = frozen(scale=0, customers=5, customer_invoices=7, ledger_entries=0)
    assert (len(vendor.ids("customers")), len(vendor.ids("customer_invoices"))) == (5, 7)
    assert vendor.ids("ledger_entries") == []
    assert len(frozen(records=150).ids("customers")) == 30


def test_recent_rows_are_in_the_changelog_from_the_start(vendor: PennylaneVendor) -> None:
    retained = stamp(NOW - timedelta(weeks=4))
    for resource in CHANGELOGS:
        wanted = {row["id"] for row in vendor.truth(resource) if row["updated_at"] >= retained}
        assert {row_id for row_id, _ in events(vendor, resource)} == wanted
    stamps = [event.processed_at for event in vendor.changelogs["customer_invoices"].all()]
    assert stamps == sorted(stamps)


# --- changing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", list(frozen(scale=0.01).rows))
def test_the_life_of_a_row_of_every_collection(vendor: PennylaneVendor, resource: str) -> None:
    logged = resource in CHANGELOGS
    before = len(events(vendor, resource)) if logged else 0
    row_id = vendor.insert(resource)
    assert row_id == vendor.ids(resource)[-1]
    row = vendor.truth(resource)[-1]
    vendor.update(resource, row_id)
    changed = vendor.truth(resource)[-1]
    assert {key for key in row if row[key] != changed[key]} - {"updated_at"}
    vendor.touch(resource, row_id)
    assert vendor.truth(resource)[-1] == changed
    vendor.delete(resource, row_id)
    assert row_id not in vendor.ids(resource)
    assert vendor.insert(resource) != row_id
    vendor.recreate(resource, row_id)
    assert row_id in vendor.ids(resource)
    with pytest.raises(KeyError):
        vendor.recreate(resource, row_id)
    if logged:
        operations = [operation for each, operation in events(vendor, resource)[before:] if each == row_id]
        assert operations == ["insert", "update", "update", "delete", "insert"]


def test_given_fields_win(vendor: PennylaneVendor) -> None:
    row_id = vendor.insert("customers", {"name": "Zoé"})
    vendor.clock.advance(5)
    vendor.update("customers", row_id, {"name": "Éva", "notes": None})
    row = vendor.truth("customers")[-1]
    assert (row["name"], row["notes"], row["updated_at"]) == ("Éva", None, stamp(NOW + timedelta(seconds=5)))
    with pytest.raises(KeyError):
        vendor.update("customers", 1, {"name": "nobody"})
    with pytest.raises(KeyError):
        vendor.delete("customers", 1)


def test_an_entry_goes_with_its_lines(vendor: PennylaneVendor) -> None:
    line = vendor.truth("ledger_entry_lines")[0]
    entry_id = line["ledger_entry"]["id"]
    vendor.delete_entry(entry_id)
    assert entry_id not in vendor.ids("ledger_entries")
    assert not any(row["ledger_entry"]["id"] == entry_id for row in vendor.truth("ledger_entry_lines"))
    assert (line["id"], "delete") in events(vendor, "ledger_entry_lines")


def test_a_day_of_changes_is_varied_and_balanced(vendor: PennylaneVendor) -> None:
    done = vendor.changes(300)
    assert sum(done.values()) == 300
    assert len(done) >= 10
    assert not any(balances(vendor).values())
    for resource in CHANGELOGS:
        assert events(vendor, resource)


def test_folding_the_changelog_gives_the_truth(vendor: PennylaneVendor) -> None:
    known = {name: {row["id"]: row for row in vendor.truth(name)} for name in CHANGELOGS}
    start = {name: len(events(vendor, name)) for name in CHANGELOGS}
    for _ in range(10):
        vendor.changes(20)
        vendor.clock.advance(1)
    for name in CHANGELOGS:
        truth = {row["id"]: row for row in vendor.truth(name)}
        last = dict(events(vendor, name)[start[name] :])
        for row_id, operation in last.items():
            if operation == "delete":
                known[name].pop(row_id, None)
            else:
                known[name][row_id] = truth[row_id]
        assert known[name] == truth


def test_broken_bytes_are_answered_as_they_are(served: Sandbox, control: httpx.Client) -> None:
    vendor: PennylaneVendor = served.app
    vendor.rows["products"].put_raw(10**17, b'{"id":100000000000000000,"label":"\\u0000","price":NaN}')
    answer = ANYBODY.get(f"{served.api_url}/products", params={"limit": 1}, headers=HEADERS)
    assert b'"price":NaN' in answer.content
    assert ANYBODY.get(f"{served.api_url}/products/{10**17}", headers=HEADERS).content.endswith(b"NaN}")


# --- the changelog over HTTP --------------------------------------------------------------------------------


def test_changelog_order_pages_and_window(served: Sandbox, control: httpx.Client) -> None:
    vendor: PennylaneVendor = served.app
    for _ in range(5):
        vendor.clock.advance(60)
        vendor.touch("customers", vendor.ids("customers")[0])
    whole = events_over_http(served, "customers").json()
    found, cursor, asked = [], None, {"limit": 3}
    while True:
        page = events_over_http(served, "customers", **asked, **({"cursor": cursor} if cursor else {})).json()
        found += page["items"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert found == whole["items"]
    times = [event["processed_at"] for event in found]
    assert times == sorted(times)
    assert [event["id"] for event in found].count(vendor.ids("customers")[0]) >= 5
    since = times[-3]
    assert events_over_http(served, "customers", start_date=since).json()["items"] == found[-3:]  # inclusive


def test_a_cursor_keeps_its_start_date_and_takes_no_second_one(
    served: Sandbox, control: httpx.Client
) -> None:
    vendor: PennylaneVendor = served.app
    for _ in range(4):
        vendor.clock.advance(1)
        vendor.touch("products", vendor.ids("products")[0])
    since = stamp(NOW + timedelta(seconds=1))
    first = events_over_http(served, "products", start_date=since, limit=2).json()
    rest = events_over_http(served, "products", cursor=first["next_cursor"]).json()
    assert len(first["items"] + rest["items"]) == 4
    both = events_over_http(served, "products", start_date=since, cursor=first["next_cursor"])
    assert both.status_code == 400


@pytest.mark.parametrize(
    "text", ["2026-09-01", "yesterday", "2026-09-01T00:00:00", "2026-09-01T00:00:00 00:00"]
)
def test_start_date_is_a_date_time_with_a_zone(served: Sandbox, control: httpx.Client, text: str) -> None:
    answer = events_over_http(served, "customers", start_date=text)
    assert answer.status_code == 400
    assert answer.json()["code"] == "InvalidDateTimeFormat"


def test_events_older_than_four_weeks_are_gone(served: Sandbox, control: httpx.Client) -> None:
    vendor: PennylaneVendor = served.app
    oldest = NOW - timedelta(weeks=4)
    assert events_over_http(served, "customers", start_date=stamp(oldest)).status_code == 200
    assert (
        events_over_http(served, "customers", start_date=stamp(oldest - timedelta(seconds=1))).status_code
        == 422
    )
    vendor.insert("customers")
    assert events_over_http(served, "customers").json()["items"]
    vendor.clock.advance(days=29)
    assert events_over_http(served, "customers").json()["items"] == []
    zone = (NOW + timedelta(days=20)).isoformat().replace("+00:00", "+02:00")
    assert events_over_http(served, "customers", start_date=zone).status_code == 200


def test_late_and_unresolvable_events(served: Sandbox, control: httpx.Client) -> None:
    vendor: PennylaneVendor = served.app
    row_id = vendor.ids("suppliers")[0]
    vendor.clock.advance(600)
    vendor.touch("suppliers", row_id)
    late = stamp(NOW + timedelta(seconds=300))
    control.post(
        "/emit", json={"resource": "suppliers", "id": 5, "operation": "insert", "processed_at": late}
    )
    found = events_over_http(served, "suppliers").json()["items"][-2:]
    assert [(event["id"], event["operation"]) for event in found] == [(5, "insert"), (row_id, "update")]
    assert found[0]["processed_at"] == late
    assert 5 not in vendor.ids("suppliers")


def test_a_lagging_pipeline_reports_later() -> None:
    vendor = frozen(pipeline_lag=timedelta(minutes=2))
    with Sandbox(vendor) as box:
        row_id = vendor.insert("customers")
        ids = [event["id"] for event in events_over_http(box, "customers").json()["items"]]
        assert row_id not in ids
        vendor.clock.advance(121)
        last = events_over_http(box, "customers").json()["items"][-1]
    assert last["id"] == row_id
    assert last["processed_at"] > last["updated_at"]


# --- the control interface ----------------------------------------------------------------------------------


def test_rows_over_the_control_interface(served: Sandbox, control: httpx.Client) -> None:
    vendor: PennylaneVendor = served.app
    made = control.post("/insert", json={"resource": "customers", "fields": {"name": "Zoé"}}).json()["result"]
    control.post("/update", json={"resource": "customers", "id": made, "fields": {"name": "Éva"}})
    assert control.get("/truth/customers").json()[-1]["name"] == "Éva"
    assert control.get("/truth/customers").json() == vendor.truth("customers")
    two = control.post("/insert", json=[{"resource": "products"}, {"resource": "products"}]).json()["result"]
    assert two == vendor.ids("products")[-2:]
    control.post("/delete", json={"resource": "customers", "id": made})
    control.post("/recreate", json={"resource": "customers", "id": made})
    control.post("/touch", json={"resource": "customers", "id": made})
    logged = [
        event["operation"] for event in control.get("/changelog/customers").json() if event["id"] == made
    ]
    assert logged == ["insert", "update", "delete", "insert", "update"]
    done = control.post("/changes", json={"n": 40}).json()["result"]
    assert sum(done.values()) == 40


def test_mistakes_on_the_control_interface_are_told(control: httpx.Client) -> None:
    assert control.post("/delete", json={"resource": "customers", "id": 1}).status_code == 400
    assert control.post("/insert", json={"resource": "nothing"}).status_code == 400
    assert control.post("/settings", json={"colour": "blue"}).status_code == 400
    assert "insert" in control.post("/explode").json()["actions"]
    assert control.get("/truth/nothing").status_code == 404
    assert "/_control/" in control.get("/").text


def test_token_scopes_and_clock_over_the_control_interface(served: Sandbox, control: httpx.Client) -> None:
    def status(path: str) -> int:
        return ANYBODY.get(served.api_url + path, headers=HEADERS).status_code

    control.post("/token", json={"revoked": True})
    assert status("/me") == 401
    control.post("/token", json={"revoked": False, "scopes": ["customers:readonly"]})
    assert (status("/customers"), status("/suppliers")) == (200, 403)
    control.post("/token", json={"expires_at": stamp(NOW + timedelta(hours=1))})
    assert status("/customers") == 200
    assert control.post("/clock", json={"advance": 3600}).json()["result"] == stamp(NOW + timedelta(hours=1))
    assert status("/customers") == 401
    assert ANYBODY.get(served.api_url + "/me").headers["date"] == "Tue, 15 Sep 2026 09:00:00 GMT"


def test_drift_hooks_and_reset_over_the_control_interface(served: Sandbox, control: httpx.Client) -> None:
    def rows(limit: int = 5) -> list[dict[str, Any]]:
        asked = {"limit": limit, "sort": "id"}
        found: list[dict[str, Any]] = ANYBODY.get(
            f"{served.api_url}/customers", params=asked, headers=HEADERS
        ).json()["items"]
        return found

    drift = {"action": "drift", "resource": "customers", "field": "loyalty", "value": {"tier": "or"}}
    gone = rows()[0]["id"]
    leave = {"action": "delete", "resource": "customers", "id": gone}
    control.post("/on_page", json={"resource": "customers", "page": 2, "actions": [drift, leave]})
    assert "loyalty" not in rows()[0]
    assert rows()[0]["id"] == gone
    assert rows()[0]["loyalty"] == {"tier": "or"}
    assert rows()[0]["id"] != gone
    vendor: PennylaneVendor = served.app
    assert rows() == vendor.truth("customers")[:5]
    vendor.update("customers", vendor.ids("customers")[0])
    assert rows()[0]["loyalty"] == {"tier": "or"}
    control.post("/reset")
    assert rows()[0]["id"] == gone
    assert "loyalty" not in rows()[0]
