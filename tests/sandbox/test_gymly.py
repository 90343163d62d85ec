"""The simulated Gymly keeps to what is known of the real one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from sandbox import VENDORS, Sandbox, vendor_class
from sandbox.clock import Clock
from sandbox.gymly import BUSINESS, EMAIL, LOCATION, GymlyVendor

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
HERE = f"/v1/businesses/{BUSINESS}"
ENVELOPE = {"timestamp", "status", "error", "path", "correlationId"}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(GymlyVendor(records=120, plans=6, days=20, clock=Clock(NOW, frozen=True))) as box:
        yield box


@pytest.fixture
def vendor(box: Sandbox) -> GymlyVendor:
    box.app.reset()
    return box.app


@pytest.fixture
def client(box: Sandbox, vendor: GymlyVendor) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"ApiKey {vendor.token}"}
    with httpx.Client(base_url=box.api_url, headers=headers, verify=False, timeout=5) as client:
        yield client


def days(start: date, end: date, prefix: str = "", **more: str) -> dict[str, str]:
    return {f"{prefix}startDate": start.isoformat(), f"{prefix}endDate": end.isoformat(), **more}


def test_it_is_one_of_the_vendors() -> None:
    assert vendor_class("gymly") is GymlyVendor
    assert {"gymly", "google_sheets"} <= VENDORS.keys()


def test_the_same_seed_gives_the_same_gym() -> None:
    one, same, other = (
        GymlyVendor(seed=s, records=30, days=3, clock=Clock(NOW, frozen=True)) for s in (1, 1, 2)
    )
    for resource in one.rows:
        assert one.truth(resource) == same.truth(resource)
    assert one.truth("users") != other.truth("users")


def test_the_default_sizes_are_those_of_the_real_gym() -> None:
    vendor = GymlyVendor(days=1, clock=Clock(NOW, frozen=True))
    assert (len(vendor.rows["users"]), len(vendor.rows["memberships"])) == (5900, 137)
    assert len(vendor.rows["activity_events"]) == 46 * 16


# --- pages ------------------------------------------------------------------------------------------------------------


def test_pages_hold_ten_rows_and_count_from_0(client: httpx.Client, vendor: GymlyVendor) -> None:
    page = client.get(f"{HERE}/users").json()
    assert {name: page[name] for name in ("totalElements", "totalPages", "number", "size")} == {
        "totalElements": 120,
        "totalPages": 12,
        "number": 0,
        "size": 10,
    }
    assert page["content"] == vendor.truth("users")[:10]
    assert client.get(f"{HERE}/users", params={"page": 12}).json()["content"] == []


def test_one_indexed_pages_0_and_1_are_the_same(client: httpx.Client, vendor: GymlyVendor) -> None:
    vendor.configure({"one_indexed": True})
    zero, one, two = (client.get(f"{HERE}/users", params={"page": n}).json() for n in (0, 1, 2))
    assert zero == one
    assert (zero["number"], two["number"]) == (0, 1)
    assert two["content"] == vendor.truth("users")[10:20]


def test_settings_of_pages(client: httpx.Client, vendor: GymlyVendor) -> None:
    vendor.configure({"max_size": 7, "newest_first": True, "wrong_total": 2, "short_page": 1})
    pages = [client.get(f"{HERE}/users", params={"page": n, "size": 100}).json() for n in (0, 1)]
    assert [len(page["content"]) for page in pages] == [7, 6]
    assert pages[0]["totalElements"] == 122
    assert pages[0]["content"][0] == vendor.truth("users")[-1]


def test_a_row_may_arrive_between_two_pages(client: httpx.Client, vendor: GymlyVendor) -> None:
    vendor.on_page("users", 1, lambda: vendor.insert("users"))
    totals = [client.get(f"{HERE}/users", params={"page": n}).json()["totalElements"] for n in (0, 1)]
    assert totals == [120, 121]


def test_v1_has_assignments_and_v2_ids_of_plans(client: httpx.Client, vendor: GymlyVendor) -> None:
    v1 = client.get(f"{HERE}/users", params={"size": 100}).json()["content"]
    v2 = client.get(f"/v2/businesses/{BUSINESS}/users", params={"size": 100}).json()["content"]
    held = [[each["membership"]["id"] for each in user["activeMemberships"]] for user in v1]
    assert [user["activeMemberships"] for user in v2] == held
    plans = {row["id"] for row in vendor.truth("memberships")}
    assert {plan for each in held for plan in each} <= plans
    assert not {each["id"] for user in v1 for each in user["activeMemberships"]} & plans
    active = client.get(f"/v2/businesses/{BUSINESS}/users", params={"active": "true"}).json()
    assert active["totalElements"] == sum(user["active"] for user in vendor.truth("users"))


# --- credentials ------------------------------------------------------------------------------------------------------


def test_a_login_gives_a_token_and_the_profile(box: Sandbox, vendor: GymlyVendor) -> None:
    with httpx.Client(base_url=box.api_url, verify=False) as anyone:
        assert anyone.get("/v1/user/me").status_code == 401
        told = anyone.post("/v1/user/auth/login", json={"email": EMAIL, "password": vendor.token}).json()
        assert told.keys() == {"jwt", "me"}
        bearer = {"Authorization": f"Bearer {told['jwt']}"}
        assert anyone.get("/v1/user/me", headers=bearer).json() == told["me"]
        vendor.expire_tokens()
        assert anyone.get("/v1/user/me", headers=bearer).status_code == 401
        refused = anyone.post("/v1/user/auth/login", json={"email": EMAIL, "password": "other"})
        assert refused.status_code == 401


def test_a_token_may_be_good_for_some_requests_only(box: Sandbox, vendor: GymlyVendor) -> None:
    vendor.configure({"token_requests": 2})
    with httpx.Client(base_url=box.api_url, verify=False) as anyone:
        token = anyone.post("/v1/user/auth/login", json={"email": EMAIL, "password": vendor.token}).json()[
            "jwt"
        ]
        bearer = {"Authorization": f"Bearer {token}"}
        assert [anyone.get("/v1/user/me", headers=bearer).status_code for _ in range(4)] == [
            200,
            200,
            401,
            401,
        ]


def test_another_business_is_forbidden(client: httpx.Client) -> None:
    assert client.get("/v1/businesses/other/users").status_code == 403


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/analytics/revenue", {}, 400),
        ("/analytics/revenue", {"startDate": "1-11-2025", "endDate": "2-11-2025"}, 400),
        ("/activity-events", days(TODAY - timedelta(days=203), TODAY, locations=LOCATION), 500),
        ("/analytics/memberships/expired", days(TODAY, TODAY, "period."), 404),
        ("/analytics/memberships/new", days(TODAY, TODAY, "period."), 400),
        ("/nothing", {}, 404),
    ],
)
def test_errors_come_in_five_keys(
    path: str, params: dict[str, str], status: int, client: httpx.Client
) -> None:
    answer = client.get(HERE + path, params=params)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.json().keys() == ENVELOPE


def test_the_rate_limit_is_the_credentials(vendor: GymlyVendor) -> None:
    limited = GymlyVendor(records=10, days=1, rate=(2, 60.0))
    with Sandbox(limited) as box, httpx.Client(base_url=box.api_url, verify=False) as anyone:
        key = {"Authorization": f"ApiKey {limited.token}"}
        answers = [anyone.get(f"{HERE}/memberships", headers=key) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert int(answers[2].headers["retry-after"]) > 0
        assert anyone.get(f"{HERE}/memberships").status_code == 401, "another credential has its own window"


# --- lists and figures ------------------------------------------------------------------------------------------------


def test_lessons_of_a_day_are_those_that_start_on_it_there(client: httpx.Client, vendor: GymlyVendor) -> None:
    day = date(2026, 3, 29)  # the clocks change
    found = client.get(f"{HERE}/activity-events", params=days(day, day + DAY, locations=LOCATION)).json()
    starts = [
        datetime.fromisoformat(each["startAt"]).astimezone(ZoneInfo("Europe/Amsterdam")) for each in found
    ]
    assert len(found) == vendor.lessons_per_day
    assert {at.date() for at in starts} == {day}
    assert {each["utcOffset"] for each in found} == {1, 2}
    assert min(at.astimezone(UTC).date() for at in starts) == day - DAY
    assert client.get(f"{HERE}/activity-events", params=days(day, day, locations=LOCATION)).json() == []
    vendor.configure({"events_inclusive": True})
    assert client.get(f"{HERE}/activity-events", params=days(day, day, locations=LOCATION)).json() == found
    assert client.get(f"{HERE}/activity-events", params=days(day, day, locations="other")).json() == []


def test_members_of_a_lesson(client: httpx.Client, vendor: GymlyVendor) -> None:
    lesson = next(r for r in vendor.truth("activity_events") if r["memberCount"] > 2)
    found = client.get(f"/v1/courses/{lesson['id']}/members").json()
    assert len(found) == lesson["memberCount"]
    assert all("attended" in member for member in found)
    assert client.get(f"{HERE}/activity-events/{lesson['id']}/members").json() == found
    assert client.get("/v1/courses/none/members").status_code == 404


def test_revenue_has_lines_of_the_range_and_all_ledgers(client: httpx.Client) -> None:
    told = client.get(f"{HERE}/analytics/revenue", params=days(TODAY - DAY, TODAY)).json()
    assert {line["date"] for line in told["dailyRevenue"]} == {"2026-03-30", "2026-03-31"}
    assert {line["type"] for line in told["dailyRevenue"]} == {"POS", "SUBSCRIPTION", "MANUAL"}
    keys = [ledger["key"] for ledger in told["ledgerAccounts"]]
    assert len(keys) == 20
    assert {len(key) for key in keys} == {3, 10, 51}
    assert told["ledgerAccounts"][0]["label"] is None


def test_the_statistics_of_a_type_are_those_of_its_plans(client: httpx.Client, vendor: GymlyVendor) -> None:
    plans = [row["id"] for row in vendor.truth("memberships") if row["paymentType"] == "PERIODIC"]

    def ask(**more: str) -> Any:
        params = days(TODAY - DAY, TODAY, "period.") | {
            "period.granularity": "DAY",
            "filter.PAYMENT_TYPE": "PERIODIC",
        }
        return client.get(f"{HERE}/analytics/memberships/active", params=params | more).json()

    whole = ask()
    assert whole["labels"] == ["2026-03-30", "2026-03-31"]
    each = [ask(**{"filter.MEMBERSHIP": plan})["series"][0]["data"] for plan in plans]
    assert whole["series"][0]["data"] == [sum(day) for day in zip(*each, strict=True)]
    vendor.counts.corrected["active", plans[0], TODAY.isoformat()] = 1000
    assert ask()["series"][0]["data"][1] >= 1000
    assert ask(**{"filter.MEMBERSHIP": "none"})["series"] == []


def test_sales_add_up_over_the_range(client: httpx.Client, vendor: GymlyVendor) -> None:
    def ask(start: date, end: date) -> dict[str, int]:
        told = client.get(f"{HERE}/pos/statistics", params=days(start, end, location_id=LOCATION)).json()
        return {each["id"]: each["sales"] for each in told["salesPerProduct"]}

    one, two = ask(TODAY - DAY, TODAY), ask(TODAY, TODAY + DAY)
    assert ask(TODAY, TODAY) == {}
    assert ask(TODAY - DAY, TODAY + DAY) == {key: one[key] + two[key] for key in one}
    vendor.configure({"sales_inclusive": True})
    assert ask(TODAY, TODAY) == two


def test_invoices_by_status_and_by_day(client: httpx.Client, vendor: GymlyVendor) -> None:
    pending = client.get(f"{HERE}/invoices", params={"status": "PENDING", "size": 100}).json()["content"]
    assert {row["status"] for row in pending} == {"PENDING"}
    of_a_day = client.get(f"{HERE}/invoices", params=days(TODAY, TODAY)).json()
    assert 0 < of_a_day["totalElements"] < len(vendor.rows["invoices"])


def test_payouts_are_wrapped(client: httpx.Client) -> None:
    (payout, *_) = client.get(f"{HERE}/payouts").json()["content"]
    assert payout.keys() == {"payout"}
    assert payout["payout"]["summary"].keys() >= {
        "paymentCount",
        "totalNetAmount",
        "totalCommissionFeeAmount",
    }


# --- the model --------------------------------------------------------------------------------------------------------


def test_changes_show_in_the_answers(client: httpx.Client, vendor: GymlyVendor) -> None:
    assert sum(vendor.changes(30).values()) == 30
    key = vendor.insert("users", {"fullName": "Eva Proef"})
    before = vendor.rows["users"].get(key)["updatedAt"]
    vendor.clock.advance(60)
    vendor.update("users", key, {"active": False})
    vendor.delete("users", vendor.ids("users")[0])
    vendor.clock.set(NOW)
    told = client.get(f"{HERE}/users", params={"size": 500}).json()["content"]
    assert told == vendor.truth("users")
    assert told[-1]["fullName"] == "Eva Proef"
    assert told[-1]["updatedAt"] != before


def test_every_kind_of_row_can_be_edited(vendor: GymlyVendor) -> None:
    for resource in vendor.rows:
        before = vendor.truth(resource)[0]
        vendor.update(resource, vendor.ids(resource)[0])
        assert vendor.truth(resource)[0] != before, resource


def test_an_unknown_setting_is_refused(box: Sandbox, vendor: GymlyVendor) -> None:
    with httpx.Client(base_url=box.url, verify=False) as control:
        assert control.post("/_control/settings", json={"colour": "red"}).status_code == 400
        assert control.post("/_control/settings", json={"one_indexed": True}).status_code == 200
        control.post("/_control/reset")
    assert not vendor.behaviour.one_indexed
