"""The Gymly hook against the simulator: complete reads whichever way the unsure parts of the API go, named errors."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import msgspec
import pytest
from starlette.responses import Response

from landfall.errors import (
    AuthenticationFailed,
    ContractBroken,
    Misconfigured,
    RateLimited,
    ReadMoved,
    ScopeMissing,
    VendorUnavailable,
)
from landfall.hooks.gymly import GymlyHook
from landfall.identity import Identity
from landfall.json_text import at
from landfall.wire.answers import Refused
from landfall.wire.pages import Page
from landfall.wire.retry import RetryPolicy
from sandbox.clock import Clock
from sandbox.gymly import BUSINESS, EMAIL, LOCATION, GymlyVendor, figures
from sandbox.server import Sandbox

pytestmark = pytest.mark.airflow

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
TODAY = NOW.date()
WEEK = TODAY - timedelta(days=7)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(GymlyVendor(records=230, plans=6, clock=Clock(NOW, frozen=True), days=12)) as box:
        yield box


@pytest.fixture
def vendor(running: Sandbox) -> Iterator[GymlyVendor]:
    """The simulator as seeded."""
    running.app.reset()
    yield running.app
    running.app.faults.clear()


@pytest.fixture
def make_hook(
    running: Sandbox, vendor: GymlyVendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., GymlyHook]]:
    """A hook by way of a real Airflow connection; `extra` as in the connection."""
    made: list[GymlyHook] = []

    def make(*, login: str = "", password: str = vendor.token, **extra: Any) -> GymlyHook:
        given = {
            "rate_store": str(tmp_path),
            "requests_per_period": 1000,
            "business_id": BUSINESS,
            "location_id": LOCATION,
            "default_wait_seconds": 0.2,
        }
        connection = {"conn_type": "gymly", "host": running.url, "login": login, "password": password}
        monkeypatch.setenv("AIRFLOW_CONN_GYMLY_DEFAULT", json.dumps(connection | {"extra": given | extra}))
        made.append(GymlyHook())
        return made[-1]

    monkeypatch.setattr(
        "landfall.hooks.gymly_api.RetryPolicy",
        lambda **_: RetryPolicy(attempts=4, first_wait=0.01, longest_wait=0.05),
    )
    yield make
    for hook in made:
        hook.close()


@pytest.fixture
def hook(make_hook: Callable[..., GymlyHook]) -> GymlyHook:
    return make_hook()


def records(pages: Iterable[Page]) -> list[Any]:
    return [msgspec.json.decode(item) for page in pages for item in page.items]


def ids(pages: Iterable[Page]) -> list[Any]:
    return [record["id"] for record in records(pages)]


def local_day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(AMSTERDAM).date()


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings", [{}, {"one_indexed": True}, {"max_size": 30}, {"one_indexed": True, "max_size": 7}]
)
def test_members_are_read_once_each_whichever_way_pages_are_counted(
    settings: dict[str, Any], hook: GymlyHook, vendor: GymlyVendor
) -> None:
    vendor.configure(settings)
    pages = list(hook.users())
    assert records(pages) == vendor.truth("users")
    size = settings.get("max_size", 100)
    assert vendor.stats.requests == -(-230 // size) + settings.get("one_indexed", False)
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))


def test_members_are_the_vendors_own_bytes(hook: GymlyHook, vendor: GymlyVendor) -> None:
    page = next(hook.users())
    assert bytes(page.items[0]) == vendor.rows["users"].encoded(0)
    assert page.request == f"GET /v1/businesses/{BUSINESS}/users?size=100&page=0"
    assert page.envelope == {"totalElements": 230, "totalPages": 3, "number": 0, "size": 100}
    assert "Lid" not in repr(page)


def test_v2_has_the_plans_ids_alone(hook: GymlyHook, vendor: GymlyVendor) -> None:
    found = records(hook.users("v2"))
    held = [
        [each["membership"]["id"] for each in user["activeMemberships"]] for user in vendor.truth("users")
    ]
    assert [user["activeMemberships"] for user in found] == held


@pytest.mark.parametrize(
    "lie", [{"wrong_total": 1}, {"wrong_total": -1}, {"short_page": 0}, {"short_page": 1}, {"short_page": 2}]
)
def test_pages_that_do_not_add_up_are_no_complete_read(
    lie: dict[str, int], hook: GymlyHook, vendor: GymlyVendor
) -> None:
    vendor.configure(lie)
    with pytest.raises(ReadMoved):
        list(hook.users())


@pytest.mark.parametrize("change", ["insert", "delete"])
@pytest.mark.parametrize("newest_first", [True, False])
def test_rows_that_shift_meanwhile_are_no_complete_read(
    change: str, newest_first: bool, hook: GymlyHook, vendor: GymlyVendor
) -> None:
    vendor.configure({"newest_first": newest_first})
    act = (lambda: vendor.insert("users")) if change == "insert" else (lambda: vendor.delete("users", 3))
    vendor.on_page("users", 1, act)
    with pytest.raises(ReadMoved):
        list(hook.users())
    assert records(hook.users())[:: -1 if newest_first else 1] == vendor.truth("users")


@pytest.mark.parametrize(
    "fault", ["500", "502", "reset_during_body", "truncated_body", "invalid_json", "empty_body"]
)
def test_a_page_that_fails_is_asked_for_again_and_else_fails_the_read(
    fault: str, hook: GymlyHook, vendor: GymlyVendor
) -> None:
    vendor.faults.add(fault, path="/users$", nth=2)
    assert records(hook.users()) == vendor.truth("users")
    vendor.faults.add(fault, path="/users$", nth=2, times=None)
    with pytest.raises(VendorUnavailable):
        list(hook.users())


@pytest.mark.parametrize(
    "fault", ["missing_items", "items_null", "items_of_nulls", "bare_list", "empty_object"]
)
def test_a_page_that_is_none_is_asked_for_again_and_else_fails_the_read(
    fault: str, hook: GymlyHook, vendor: GymlyVendor
) -> None:
    vendor.faults.add(fault, path="/users$", nth=2)
    assert records(hook.users()) == vendor.truth("users")
    vendor.faults.add(fault, path="/users$", nth=2, times=None)
    with pytest.raises(ContractBroken):
        list(hook.users())


def test_payouts_come_wrapped(hook: GymlyHook, vendor: GymlyVendor) -> None:
    assert records(hook.payouts()) == vendor.truth("payouts")


def test_open_invoices_of_all_ages(hook: GymlyHook, vendor: GymlyVendor) -> None:
    expected = [row for row in vendor.truth("invoices") if row["status"] == "PENDING"]
    assert expected
    assert records(hook.invoices(status="PENDING")) == expected
    assert len(records(hook.invoices())) > len(expected)


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("days_in", ["UTC", "Europe/Amsterdam"])
def test_invoices_of_a_window_are_those_made_on_its_days(
    inclusive: bool, days_in: str, hook: GymlyHook, vendor: GymlyVendor
) -> None:
    vendor.configure({"invoices_inclusive": inclusive, "days_in": days_in})
    vendor.insert("invoices", {"createdAt": "2026-03-23T23:30:00Z"})  # the 24th in Amsterdam
    vendor.insert("invoices", {"createdAt": "2026-03-31T22:30:00Z"})  # the 1st of April there
    pages = list(hook.invoices(start=WEEK, end=TODAY))
    expected = [row for row in vendor.truth("invoices") if WEEK <= local_day(row["createdAt"]) <= TODAY]
    assert records(pages) == expected
    assert sum(page.envelope["outside"] for page in pages) > 0


# --- lists ------------------------------------------------------------------------------------------------------------


def test_plans(hook: GymlyHook, vendor: GymlyVendor) -> None:
    assert records(hook.memberships()) == vendor.truth("memberships")


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("days_in", ["UTC", "Europe/Amsterdam"])
def test_lessons_are_those_that_start_on_the_days(
    inclusive: bool, days_in: str, hook: GymlyHook, vendor: GymlyVendor
) -> None:
    vendor.configure({"events_inclusive": inclusive, "days_in": days_in})
    start = date(2026, 3, 28)  # the clock changes on the 29th
    expected = [r for r in vendor.truth("activity_events") if start <= local_day(r["startAt"]) <= TODAY]
    after_midnight = [r for r in expected if "T22:15" in r["startAt"] or "T23:15" in r["startAt"]]
    assert len(after_midnight) == 4, "one a day lies on another day in UTC"
    assert records(hook.activity_events(start, TODAY)) == expected


def test_a_long_range_is_asked_for_in_months(hook: GymlyHook, vendor: GymlyVendor) -> None:
    start = TODAY - timedelta(days=44)
    pages = list(hook.activity_events(start, TODAY))
    expected = [r for r in vendor.truth("activity_events") if start <= local_day(r["startAt"]) <= TODAY]
    assert records(pages) == expected
    assert [page.number for page in pages] == [1, 2]
    assert vendor.stats.requests == 2


def test_a_range_that_is_too_wide_says_what_to_do(hook: GymlyHook, vendor: GymlyVendor) -> None:
    vendor.configure({"max_days": 14})
    with pytest.raises(VendorUnavailable, match="days_per_request") as caught:
        list(hook.activity_events(TODAY - timedelta(days=44), TODAY))
    assert re.search(r"\[correlation id [0-9a-f-]{36}\]", str(caught.value))


def test_a_range_may_be_made_narrower(make_hook: Callable[..., GymlyHook], vendor: GymlyVendor) -> None:
    vendor.configure({"max_days": 14})
    start = TODAY - timedelta(days=44)
    found = records(make_hook(days_per_request=14).activity_events(start, TODAY))
    assert len(found) == len(
        [r for r in vendor.truth("activity_events") if start <= local_day(r["startAt"]) <= TODAY]
    )


@pytest.mark.parametrize("odd", ['"\\ud83d"', "NaN"])
def test_an_odd_text_costs_its_record_and_not_the_page(
    odd: str, hook: GymlyHook, vendor: GymlyVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever records are read: pages, lists, members of a lesson, lessons that are asked about."""
    for resource in ("users", "activity_events", "memberships"):
        vendor.drift(resource, "note", "ODD")
    monkeypatch.setattr(
        "sandbox.gymly.api.Response", lambda body, *more, **named: Response(odd_in(body, odd), *more, **named)
    )
    start = TODAY - DAY
    lessons = [r for r in vendor.truth("activity_events") if start <= local_day(r["startAt"]) <= TODAY]
    for pages, ids_wanted in (
        (hook.users(), [row["id"] for row in vendor.truth("users")]),
        (hook.memberships(), [row["id"] for row in vendor.truth("memberships")]),
        (hook.activity_events(start, TODAY), [row["id"] for row in lessons]),
    ):
        assert [at(item, "id") for page in pages for item in page.items] == ids_wanted
    found = [at(item, "lesson_id") for page in hook.attendance(start, TODAY) for item in page.items]
    assert found == [row["id"] for row in lessons]


def odd_in(body: bytes, odd: str) -> bytes:
    return body.replace(b'"ODD"', odd.encode(), 1)


def test_a_lesson_without_a_readable_start_stays_in(hook: GymlyHook, vendor: GymlyVendor) -> None:
    key = vendor.insert("activity_events", {"startAt": None})
    assert vendor.rows["activity_events"].get(key)["id"] in ids(hook.activity_events(TODAY, TODAY))


def test_attendance_comes_lesson_by_lesson_in_order(hook: GymlyHook, vendor: GymlyVendor) -> None:
    lessons = [row["id"] for row in vendor.truth("activity_events")][:40]
    pages = list(hook.course_members(lessons))
    assert records(pages) == [{"lesson_id": each, "members": vendor.lesson_members(each)} for each in lessons]
    assert [page.number for page in pages] == list(range(1, 41))
    assert vendor.stats.requests == 40


def test_attendance_of_days_is_that_of_their_lessons(hook: GymlyHook, vendor: GymlyVendor) -> None:
    odd = vendor.rows["activity_events"].get(vendor.insert("activity_events", {"startAt": None}))["id"]
    lessons = vendor.rows["activity_events"]
    nameless = lessons.get(vendor.ids("activity_events")[0]) | {"id": None, "startAt": NOW.isoformat()}
    lessons.put_raw(10**9, msgspec.json.encode(nameless))
    start = TODAY - DAY
    days = {
        r["id"]: local_day(r["startAt"]) for r in vendor.truth("activity_events") if r["startAt"] and r["id"]
    }
    expected = [
        {"lesson_id": lesson, "date": day.isoformat(), "members": vendor.lesson_members(lesson)}
        for lesson, day in days.items()
        if start <= day <= TODAY
    ]
    unasked = [
        {"lesson_id": odd, "date": None, "members": None},
        {"lesson_id": None, "date": TODAY.isoformat(), "members": None},
    ]
    assert records(hook.attendance(start, TODAY)) == expected + unasked
    assert vendor.stats.requests == 1 + len(expected)


def test_attendance_is_fetched_side_by_side(make_hook: Callable[..., GymlyHook], vendor: GymlyVendor) -> None:
    lessons = [row["id"] for row in vendor.truth("activity_events")][:24]
    hook = make_hook(parallel_requests=8)
    hook.client  # noqa: B018 - made before the clock runs
    vendor.latency = 0.1
    try:
        began = datetime.now(UTC)
        list(hook.course_members(lessons))
        took = (datetime.now(UTC) - began).total_seconds()
    finally:
        vendor.latency = 0.0
    assert took < 24 * 0.1 / 2


def test_attendance_keeps_to_the_budget(make_hook: Callable[..., GymlyHook], vendor: GymlyVendor) -> None:
    lessons = [row["id"] for row in vendor.truth("activity_events")][:25]
    vendor.window.limit, vendor.window.period = 10, 1.0
    try:
        hook = make_hook(requests_per_period=10, period_seconds=1.3)  # room for jitter
        assert len(list(hook.course_members(lessons))) == 25
        assert vendor.window.refused == 0
    finally:
        vendor.window.limit = None


def test_a_lesson_that_is_gone_has_no_members_and_another_failure_fails_the_read(
    hook: GymlyHook, vendor: GymlyVendor
) -> None:
    lessons = [row["id"] for row in vendor.truth("activity_events")][:12]
    vendor.delete("activity_events", vendor.key("activity_events", {"id": lessons[5]}))
    pages = list(hook.course_members(lessons))
    assert records(pages)[5] == {"lesson_id": lessons[5], "members": []}
    assert [page.envelope for page in pages if page.envelope] == [{"gone": True}]
    vendor.faults.add("410", path=f"/{lessons[7]}/")
    with pytest.raises(Refused, match="410"):
        list(hook.course_members(lessons))
    vendor.faults.add("503", path=f"/{lessons[7]}/", times=None)
    with pytest.raises(VendorUnavailable):
        list(hook.course_members(lessons))


def test_after_a_failure_the_rest_is_not_asked_for(hook: GymlyHook, vendor: GymlyVendor) -> None:
    lessons = [row["id"] for row in vendor.truth("activity_events")][:100]
    vendor.faults.add("403", path=f"/{lessons[0]}/")
    with pytest.raises(ScopeMissing):
        list(hook.course_members(lessons))
    assert vendor.stats.requests < 40


# --- figures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inclusive", [True, False])
def test_revenue_holds_every_day_asked_for(inclusive: bool, hook: GymlyHook, vendor: GymlyVendor) -> None:
    vendor.configure({"revenue_inclusive": inclusive})
    (record,) = records(hook.revenue(WEEK, TODAY - DAY))
    assert (record["start"], record["end"]) == ("2026-03-24", "2026-03-30")
    days = {line["date"] for line in record["revenue"]["dailyRevenue"]}
    assert days - {"2026-03-31"} == {(WEEK + n * DAY).isoformat() for n in range(7)}
    assert len(record["revenue"]["ledgerAccounts"]) == 20
    assert max(len(ledger["key"]) for ledger in record["revenue"]["ledgerAccounts"]) == 51
    assert vendor.stats.requests == 1


def test_amounts_keep_the_digits_the_vendor_sent(hook: GymlyHook, vendor: GymlyVendor) -> None:
    vendor.insert("daily_revenue", {"date": TODAY.isoformat(), "revenue": 0.1 + 0.2})
    (page,) = hook.revenue(TODAY, TODAY)
    assert b'"revenue":0.30000000000000004' in bytes(page.items[0])


@pytest.mark.parametrize("inclusive", [True, False])
def test_statistics_are_twelve_combinations(inclusive: bool, hook: GymlyHook, vendor: GymlyVendor) -> None:
    vendor.configure({"statistics_inclusive": inclusive})
    found = records(hook.membership_statistics(WEEK, TODAY))
    assert len(found) == vendor.stats.requests == 12
    plans = {row["id"]: row["paymentType"] for row in vendor.truth("memberships")}
    for record in found:
        of_type = [plan for plan, kind in plans.items() if kind == record["payment_type"]]
        counts = dict(
            zip(record["statistics"]["labels"], record["statistics"]["series"][0]["data"], strict=True)
        )
        for n in range(8):
            day = WEEK + n * DAY
            expected = sum(vendor.counts.of(record["category"], plan, day) for plan in of_type)
            assert counts[day.isoformat()] == expected


def test_statistics_of_a_plan_are_asked_for_under_its_own_payment_type(
    hook: GymlyHook, vendor: GymlyVendor
) -> None:
    plans = {row["id"]: row["paymentType"] for row in vendor.truth("memberships")}
    found = records(hook.plan_statistics(TODAY, TODAY, plans))
    assert len(found) == vendor.stats.requests == 4 * len(plans)
    for record in found:
        expected = vendor.counts.of(record["category"], record["membership_id"], TODAY)
        assert record["statistics"]["series"][0]["data"][0] == expected
        assert record["payment_type"] == plans[record["membership_id"]]


def test_a_plan_that_cannot_be_asked_about_costs_itself(hook: GymlyHook, vendor: GymlyVendor) -> None:
    plan = vendor.truth("memberships")[0]
    plans = {"typeless": None, plan["id"]: plan["paymentType"], "odd": "YEARLY", None: "ONCE"}
    *found, first, second, third = records(hook.plan_statistics(TODAY, TODAY, plans))
    assert [each["membership_id"] for each in found] == [plan["id"]] * 4
    assert first == {"payment_type": None, "membership_id": "typeless", "statistics": None}
    assert (second["payment_type"], third["membership_id"]) == ("YEARLY", None)
    assert vendor.stats.requests == 4


def test_a_product_without_its_sales_costs_no_day(
    hook: GymlyHook, vendor: GymlyVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = figures.sales
    none = {"id": "odd", "name": "Slot", "sales": None}
    monkeypatch.setattr(
        figures,
        "sales",
        lambda rows: {"salesPerProduct": [none, None, *make(rows)["salesPerProduct"]]},
    )
    found = records(hook.pos_statistics(WEEK, TODAY))
    for day, record in zip((WEEK + n * DAY for n in range(8)), found, strict=True):
        odd, null, *sold = record["statistics"]["salesPerProduct"]
        assert (odd, null) == (none, None)
        assert {each["id"]: each["sales"] for each in sold} == truth_of_sales(vendor, day)


def test_no_series_is_a_plan_without_memberships(hook: GymlyHook) -> None:
    (record, *_) = records(hook.plan_statistics(TODAY, TODAY, {"unknown-plan": "ONCE"}))
    assert record["statistics"]["series"] == []


@pytest.mark.parametrize(
    "told",
    [
        {"labels": ["2026-03-31"], "series": [{"name": "Data", "data": [1]}]},
        {"labels": ["2026-03-30", "2026-03-31"], "series": [{"name": "Data", "data": [1]}]},
        {"labels": ["week 13"], "series": [{"name": "Data", "data": [1]}]},
        {"labels": ["2026-03-30", "2026-03-31"], "series": None},
        {"labels": ["2026-03-30", "2026-03-31"], "series": [{"data": None}]},
        {"labels": []},
        [],
    ],
)
def test_statistics_that_lack_a_day_are_no_complete_read(
    told: Any, hook: GymlyHook, vendor: GymlyVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vendor.counts, "statistics", lambda *_: told)
    with pytest.raises(ContractBroken):
        list(hook.membership_statistics(TODAY - DAY, TODAY))
    truth = {"labels": ["2026-03-30", "2026-03-31"], "series": [{"data": [None, 1]}]}
    answers = iter([told, *[truth] * 12])
    monkeypatch.setattr(vendor.counts, "statistics", lambda *_: next(answers))
    found = records(hook.membership_statistics(TODAY - DAY, TODAY))
    assert [each["statistics"] for each in found] == [truth] * 12, "a hiccup is asked for again"


@pytest.mark.parametrize("hiccup", [[], None, {}, {"dailyRevenue": None, "ledgerAccounts": []}])
def test_an_answer_that_lacks_its_lists_is_asked_for_again(
    hiccup: Any, hook: GymlyHook, vendor: GymlyVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, make = iter([hiccup, hiccup]), figures.revenue
    monkeypatch.setattr(figures, "revenue", lambda *rows: next(answers, None) or make(*rows))
    (record,) = records(hook.revenue(WEEK, TODAY))
    assert record["revenue"]["dailyRevenue"]
    monkeypatch.setattr(figures, "revenue", lambda *_: hiccup)
    with pytest.raises(ContractBroken):
        list(hook.revenue(WEEK, TODAY))


def truth_of_sales(vendor: GymlyVendor, day: date) -> dict[str, int]:
    rows = vendor.truth("product_sales")
    return {row["productId"]: row["sales"] for row in rows if row["date"] == day.isoformat()}


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("quiet", [(), (0,), (0, 1), (1,), range(8)])
def test_sales_are_those_of_each_day_whether_the_end_is_included_or_not(
    quiet: Iterable[int], inclusive: bool, hook: GymlyHook, vendor: GymlyVendor
) -> None:
    vendor.configure({"sales_inclusive": inclusive})
    days = [WEEK + n * DAY for n in range(8)]
    closed = {days[n].isoformat() for n in quiet}
    for row in vendor.truth("product_sales"):
        if row["date"] in closed:
            vendor.update("product_sales", row["id"], {"sales": 0})
        elif row["sales"] == 0:
            vendor.update("product_sales", row["id"], {"sales": 1})
    found = records(hook.pos_statistics(WEEK, TODAY))
    assert [record["date"] for record in found] == [day.isoformat() for day in days]
    for day, record in zip(days, found, strict=True):
        sold = {each["id"]: each["sales"] for each in record["statistics"]["salesPerProduct"]}
        assert {k: v for k, v in sold.items() if v} == {
            k: v for k, v in truth_of_sales(vendor, day).items() if v
        }


def test_sales_take_few_requests_more_than_there_are_days(hook: GymlyHook, vendor: GymlyVendor) -> None:
    list(hook.pos_statistics(WEEK, TODAY))
    assert vendor.stats.requests <= 8 + 2


# --- credentials ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["jwt", "accessToken", "token", "access_token"])
def test_a_user_logs_in_once(field: str, make_hook: Callable[..., GymlyHook], vendor: GymlyVendor) -> None:
    vendor.configure({"token_field": field})
    hook = make_hook(login=EMAIL)
    assert records(hook.users()) == vendor.truth("users")
    assert vendor.logins == 1
    assert vendor.stats.requests == 4


def test_a_token_that_expires_in_mid_run_is_renewed(
    make_hook: Callable[..., GymlyHook], vendor: GymlyVendor
) -> None:
    vendor.configure({"token_requests": 2})
    assert records(make_hook(login=EMAIL).users()) == vendor.truth("users")
    assert vendor.logins == 2


def test_one_of_many_threads_logs_in_for_all(
    make_hook: Callable[..., GymlyHook], vendor: GymlyVendor
) -> None:
    hook = make_hook(login=EMAIL)
    lessons = [row["id"] for row in vendor.truth("activity_events")][:40]
    list(hook.memberships())
    vendor.expire_tokens()
    vendor.latency = 0.02
    try:
        assert len(records(hook.course_members(lessons))) == 40
    finally:
        vendor.latency = 0.0
    assert vendor.logins == 2


def test_a_token_that_is_refused_again_ends_the_read(
    make_hook: Callable[..., GymlyHook], vendor: GymlyVendor
) -> None:
    hook = make_hook(login=EMAIL)
    vendor.faults.add("401", path="/users$", nth=2, times=None)
    with pytest.raises(AuthenticationFailed):
        list(hook.users())
    assert vendor.logins == 2


def test_a_login_that_is_refused_is_not_tried_again(
    make_hook: Callable[..., GymlyHook], vendor: GymlyVendor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hook = make_hook(login="someone@example.org", password="wr0ng password ü")
    lessons = [row["id"] for row in vendor.truth("activity_events")][:20]
    with pytest.raises(AuthenticationFailed, match="login and password") as caught:
        list(hook.course_members(lessons))
    assert vendor.stats.requests == 1
    said = [str(caught.value), repr(caught.value), caplog.text, repr(hook.client.settings)]
    assert not any("wr0ng" in text or "someone" in text for text in said)


def test_a_login_without_a_token_asks_for_more(
    make_hook: Callable[..., GymlyHook], vendor: GymlyVendor
) -> None:
    vendor.configure({"token_field": ""})
    with pytest.raises(AuthenticationFailed, match="second factor"):
        list(make_hook(login=EMAIL).memberships())


def test_a_login_meets_the_same_weather(make_hook: Callable[..., GymlyHook], vendor: GymlyVendor) -> None:
    for fault in ("reset_before", "429_absent", "html_login"):
        vendor.faults.add(fault, path="/login$")
    assert records(make_hook(login=EMAIL).memberships()) == vendor.truth("memberships")


def test_an_api_key_that_is_refused_is_not_tried_again(
    make_hook: Callable[..., GymlyHook], vendor: GymlyVendor
) -> None:
    with pytest.raises(AuthenticationFailed, match="401"):
        list(make_hook(password="wr0ng-key").users())
    assert vendor.stats.requests == 1


# --- limits and errors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "least"), [("429_seconds", 1.0), ("429_date", 1.0), ("429_absent", 0.2)])
def test_a_429_is_waited_out(fault: str, least: float, hook: GymlyHook, vendor: GymlyVendor) -> None:
    vendor.clock.run()
    vendor.clock.set(datetime.now(UTC))  # a date is measured against the vendor's own clock
    vendor.faults.add(fault, path="/users$", nth=2)
    began = datetime.now(UTC)
    assert records(hook.users()) == vendor.truth("users")
    assert (datetime.now(UTC) - began).total_seconds() >= least
    vendor.clock.set(NOW)
    vendor.clock.freeze()


def test_a_429_for_a_day_frees_the_worker(hook: GymlyHook, vendor: GymlyVendor) -> None:
    vendor.faults.add("429_day", path="/users$")
    with pytest.raises(RateLimited) as caught:
        list(hook.users())
    assert caught.value.retry_after == 86_400


def test_a_request_the_vendor_refuses_is_named_without_its_contents(
    make_hook: Callable[..., GymlyHook], vendor: GymlyVendor
) -> None:
    with pytest.raises(ScopeMissing, match=r"403 \(Forbidden\)"):
        list(make_hook(business_id="other").users())
    vendor.faults.add("410", path="/memberships$")
    with pytest.raises(Refused) as caught:
        list(make_hook().memberships())
    assert "cursor" not in str(caught.value)


@pytest.mark.parametrize("fault", ["html_login", "null_body", "error_200"])
def test_something_else_than_a_list_is_no_answer(fault: str, hook: GymlyHook, vendor: GymlyVendor) -> None:
    vendor.faults.add(fault, path="/memberships$", times=None)
    with pytest.raises((ContractBroken, VendorUnavailable)):
        list(hook.memberships())


# --- the connection ---------------------------------------------------------------------------------------------------


def test_the_connection_test_explains_itself(make_hook: Callable[..., GymlyHook]) -> None:
    assert make_hook().test_connection() == (True, "Connected to Gymly; the location is one of 1.")
    works, message = make_hook(location_id="elsewhere").test_connection()
    assert not works
    assert "location_id" in message
    works, message = make_hook(password="wrong").test_connection()
    assert not works
    assert "Renew the credential" in message
    assert "business_id" in make_hook(business_id="").test_connection()[1]


def test_the_hook_tells_whose_data_it_opens(make_hook: Callable[..., GymlyHook]) -> None:
    assert make_hook().identity() == Identity(f"{BUSINESS}/{LOCATION}", "Voorbeeldgym")
    with pytest.raises(Misconfigured, match="location_id"):
        make_hook(location_id="elsewhere").identity()


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"business_id": ""}, "business_id is empty"),
        ({"location_id": "a/b"}, "location_id is malformed"),
        ({"time_zone": "Amsterdam"}, "time_zone"),
        ({"days_per_request": "many"}, "days_per_request"),
        ({"password": ""}, "password is empty"),
        ({"password": "", "login": EMAIL}, "password is empty"),
    ],
)
def test_what_is_wrong_with_a_connection_is_named(
    extra: dict[str, Any], named: str, make_hook: Callable[..., GymlyHook], vendor: GymlyVendor
) -> None:
    with pytest.raises(Misconfigured, match=named):
        list(make_hook(**extra).activity_events(TODAY, TODAY))
    assert vendor.stats.requests == 0


def test_wrong_use_is_told_before_any_request(hook: GymlyHook, vendor: GymlyVendor) -> None:
    for read in (hook.revenue, hook.membership_statistics, hook.pos_statistics, hook.activity_events):
        with pytest.raises(Misconfigured, match="end date"):
            list(read(TODAY, WEEK))
    assert vendor.stats.requests == 0


def test_queries_name_the_location_and_the_period(hook: GymlyHook, vendor: GymlyVendor) -> None:
    list(hook.membership_statistics(WEEK, TODAY))
    asked = parse_qs(vendor.stats.log[0].query)
    assert asked["period.startDate"] == ["2026-03-24"]
    assert asked["filter.LOCATION"] == [LOCATION]
    assert hook.today() == datetime.now(AMSTERDAM).date()
