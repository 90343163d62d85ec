"""Faults of both vendors end in right data or in a named error and unchanged tables; odd sheets in right hours."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.responses import Response

from landfall.anomaly import Anomaly
from landfall.errors import (
    AuthenticationFailed,
    ContractBroken,
    FuseBlown,
    LandfallError,
    Misconfigured,
    RateLimited,
    ReadMoved,
    ScopeMissing,
    VendorUnavailable,
)
from landfall.hooks.gymly import GymlyHook
from landfall.reads import Mode
from sandbox.environment import vendor_connection
from sandbox.google_sheets.documents import HOURS, UPLOADED
from sandbox.gymly import EMAIL
from tests.driver import published
from tests.sources.tree11.gym import DAY, NOW, TABLES, TODAY, TREE11, WEEK, Gym, cents, sheet

pytestmark = [pytest.mark.airflow, pytest.mark.engines]

GYMLY = [name for name in TABLES if name != "PersonalTraining"]
PAGED = ["Leden", "OpenstaandeFacturen", "Facturen", "Uitbetalingen"]
LAST = {
    "Leden": "/users$",
    "Abonnementen": "/memberships$",
    "AbonnementStatistieken": "/expirations$",
    "AbonnementStatistiekenSpecifiek": "/expirations$",
    "Lessen": "/activity-events$",
    "LesDeelname": "/members$",
    "GrootboekRekening": "/revenue$",
    "Omzet": "/revenue$",
    "OpenstaandeFacturen": "/invoices$",
    "Facturen": "/invoices$",
    "Uitbetalingen": "/payouts$",
    "ProductVerkopen": "/pos/statistics$",
}
"""A request of each table's read; where there are several, a later one can be struck."""


def soon(fault: str) -> dict[str, float]:
    """The setting of a fault that names a date: two seconds from now by the vendor's clock, which stands still."""
    return {"seconds": (NOW - datetime.now(UTC)).total_seconds() + 2} if fault == "429_date" else {}


def unchanged(gym: Gym, name: str, error: type[LandfallError] | tuple[type[LandfallError], ...]) -> None:
    """The load of a table fails with this error, and nothing that a reader sees, nor the watermark, has changed."""
    before, state = gym.contents(), gym.state(name)
    with pytest.raises(error) as raised:
        gym.load(name, Mode.INCREMENTAL)
    assert raised.value.todo
    assert gym.contents() == before
    assert gym.state(name) == state


@pytest.mark.parametrize("name", GYMLY)
def test_a_page_that_fails_for_good_leaves_the_table_as_it_was(gym: Gym, name: str) -> None:
    gym.load(name)
    gym.vendor.faults.add("500", path=LAST[name], times=None)
    unchanged(gym, name, VendorUnavailable)


@pytest.mark.parametrize(
    "fault", ["500", "429_seconds", "429_date", "truncated_body", "html_login", "reset_before"]
)
@pytest.mark.parametrize("name", ["Leden", "LesDeelname", "Omzet"])
def test_a_fault_that_passes_is_not_seen(gym: Gym, name: str, fault: str) -> None:
    nth = 1 if name == "Omzet" else 2
    gym.vendor.faults.add(fault, path=LAST[name], nth=nth, times=1, **soon(fault))
    gym.load(name)
    gym.assert_true(name)


@pytest.mark.parametrize("name", ["Leden", "Omzet"])
def test_a_429_that_asks_for_longer_than_a_task_waits_says_how_long(gym: Gym, name: str) -> None:
    gym.load(name)
    gym.vendor.faults.add("429_seconds", path=LAST[name], times=None, seconds=3600)
    unchanged(gym, name, RateLimited)


@pytest.mark.parametrize("setting", [{"wrong_total": 3}, {"wrong_total": -1}, {"short_page": 0}])
@pytest.mark.parametrize("name", PAGED)
def test_a_total_that_does_not_add_up_is_no_read(gym: Gym, name: str, setting: dict[str, int]) -> None:
    gym.load(name)
    gym.vendor.configure(setting)
    unchanged(gym, name, (ReadMoved, ContractBroken))


def test_a_range_too_wide_for_the_vendor_is_said_and_a_narrower_one_is_read(
    gym: Gym, monkeypatch: pytest.MonkeyPatch
) -> None:
    gym.load("Lessen")
    gym.vendor.configure({"max_days": 5})
    with pytest.raises(VendorUnavailable) as raised:
        gym.load("Lessen", Mode.INCREMENTAL)
    assert "days_per_request" in raised.value.todo
    gym.assert_true("Lessen")
    reconnect(gym, monkeypatch, days_per_request=5)
    gym.load("Lessen", Mode.INCREMENTAL)
    gym.assert_true("Lessen")


def reconnect(gym: Gym, monkeypatch: pytest.MonkeyPatch, *, login: str = "", **extra: Any) -> None:
    """Read Gymly on by another connection."""
    told = json.loads(os.environ["AIRFLOW_CONN_GYMLY_DEFAULT"])
    told["login"] = login
    told["extra"] |= extra
    monkeypatch.setenv("AIRFLOW_CONN_GYMLY_DEFAULT", json.dumps(told))
    gym.hooks[""].close()
    gym.hooks[""] = GymlyHook()


@pytest.mark.parametrize("name", ["Leden", "LesDeelname", "AbonnementStatistiekenSpecifiek"])
def test_a_login_that_expires_in_mid_run_is_renewed(
    gym: Gym, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    reconnect(gym, monkeypatch, login=EMAIL)
    gym.vendor.configure({"token_requests": 1 if name == "Leden" else 12})
    gym.vendor.configure({"max_size": 20})
    gym.load(name)
    assert gym.vendor.logins > 1
    gym.assert_true(name)


@pytest.mark.parametrize("name", ["Leden", "LesDeelname"])
def test_a_key_that_is_revoked_in_mid_run_is_a_named_error(gym: Gym, name: str) -> None:
    gym.load(name)
    gym.vendor.configure({"max_size": 20})
    resource = "users" if name == "Leden" else "activity_events"
    gym.vendor.on_page(resource, 1, lambda: setattr(gym.vendor, "revoked", True))
    unchanged(gym, name, AuthenticationFailed)


@pytest.mark.parametrize("settings", [{"one_indexed": True}, {"newest_first": True, "max_size": 7}])
@pytest.mark.parametrize("name", PAGED)
def test_pages_are_right_whichever_way_they_are_counted(
    gym: Gym, name: str, settings: dict[str, Any]
) -> None:
    gym.vendor.configure(settings)
    gym.load(name)
    gym.assert_true(name)


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("name", ["Lessen", "Facturen", "Omzet", "AbonnementStatistieken", "ProductVerkopen"])
def test_a_day_is_neither_lost_nor_doubled_whatever_an_end_date_means(
    gym: Gym, name: str, inclusive: bool
) -> None:
    ends = ("events", "invoices", "revenue", "statistics", "sales")
    gym.vendor.configure({f"{one}_inclusive": inclusive for one in ends})
    gym.load(name)
    gym.assert_true(name)


def test_a_broken_record_is_set_aside_and_keeps_its_old_row(gym: Gym) -> None:
    gym.load("Leden")
    first, second, *_ = gym.vendor.ids("users")
    before = gym.rows("Leden")
    gym.vendor.update("users", first, {"businessId": None, "fullName": "Iemand Anders"})
    gym.vendor.update("users", second, {"customerNumber": "X" * 51})
    told = gym.load("Leden")
    assert (told.quarantined, told.deleted, told.updated) == (2, 0, 0)
    assert gym.rows("Leden") == before
    assert [(name, path) for name, path, _ in gym.quarantined()] == [
        ("Leden", "$.businessId"),
        ("Leden", "$.customerNumber"),
    ]


def test_a_plan_without_a_payment_type_is_set_aside_with_its_old_rows(gym: Gym) -> None:
    gym.load("AbonnementStatistiekenSpecifiek")
    before = gym.rows("AbonnementStatistiekenSpecifiek")
    gym.vendor.update("memberships", gym.vendor.ids("memberships")[0], {"paymentType": None})
    told = gym.load("AbonnementStatistiekenSpecifiek", Mode.INCREMENTAL)
    assert (told.quarantined, told.deleted, told.updated) == (1, 0, 0)
    assert gym.rows("AbonnementStatistiekenSpecifiek") == before


def test_a_product_without_its_sales_is_set_aside_with_its_old_row(gym: Gym) -> None:
    gym.load("ProductVerkopen")
    before = gym.rows("ProductVerkopen")
    day, product = next(iter(before))
    for row in gym.vendor.truth("product_sales"):
        if (row["date"], row["productId"]) == (day.isoformat(), product):
            gym.vendor.update("product_sales", row["id"], {"sales": None})
    told = gym.load("ProductVerkopen", Mode.INCREMENTAL)
    assert (told.quarantined, told.deleted) == (1, 0)
    assert gym.rows("ProductVerkopen") == before
    assert gym.quarantined()[0][:2] == ("ProductVerkopen", "$.sales")


def test_a_lesson_without_its_start_keeps_its_attendance(gym: Gym) -> None:
    gym.load("LesDeelname")
    before = gym.rows("LesDeelname")
    lesson = next(iter(before))[0]
    key = gym.vendor.key("activity_events", {"id": lesson})
    gym.vendor.update("activity_events", key, {"startAt": None})
    told = gym.load("LesDeelname", Mode.INCREMENTAL)
    assert (told.quarantined, told.deleted) == (1, 0)
    assert gym.rows("LesDeelname") == before


@pytest.mark.parametrize("odd", [b'"half \\ud83d"', b'"caf\xe9"'])
@pytest.mark.parametrize("name", ["Leden", "Lessen", "OpenstaandeFacturen", "Abonnementen"])
def test_a_note_that_no_json_may_hold_costs_its_record(
    gym: Gym, name: str, odd: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    gym.load(name)
    before, state = gym.rows(name), gym.state(name)
    at = b'"fullName":' if name in ("Leden", "OpenstaandeFacturen") else b'"name":'

    def spoiled(body: bytes, *more: Any, **named: Any) -> Response:
        parts = body.split(at)
        half = len(parts) // 2
        body = at.join(parts[:half]) + at + odd + b',"was":' + at.join(parts[half:])
        return Response(body if len(parts) > 1 else parts[0], *more, **named)

    monkeypatch.setattr("sandbox.gymly.api.Response", spoiled)
    told = gym.load(name, Mode.INCREMENTAL)
    assert (told.quarantined, told.updated, told.deleted) == (1, 0, 0)
    assert gym.rows(name) == before
    assert gym.state(name).version == state.version + 1
    assert [path for _, path, _ in gym.quarantined()] == ["$"]


def test_a_field_the_vendor_adds_is_kept(gym: Gym) -> None:
    gym.vendor.drift("activity_events", "heartRate", 140)
    gym.load("Lessen")
    extras = published(gym.warehouse, "tree11", TREE11.resource("Lessen").table)["Lessen"].values()
    assert [row["_extra"] for row in extras] == [{"heartRate": 140}] * len(extras)
    assert ("Lessen", "schema drift") in gym.warnings()


def test_a_lesson_that_ends_before_it_starts_is_set_aside_and_keeps_its_old_row(gym: Gym) -> None:
    gym.load("Lessen")
    key = gym.vendor.ids("activity_events")[-60]
    lesson = gym.vendor.rows["activity_events"].get(key)
    early = datetime.fromisoformat(lesson["startAt"]) - timedelta(hours=1)
    before = gym.rows("Lessen")
    gym.vendor.update("activity_events", key, {"startAt": NOW.isoformat(), "endAt": early.isoformat()})
    other = gym.vendor.ids("activity_events")[-61]
    gym.vendor.update("activity_events", other, {"name": "Anders"})
    told = gym.load("Lessen")
    assert (told.quarantined, told.updated, told.deleted) == (1, 1, 0)
    after = gym.rows("Lessen")
    changed = {key for (key,) in before if before[key,] != after[key,]}
    assert changed == {gym.vendor.rows["activity_events"].get(other)["id"]}
    assert ("Lessen", "lesson_ends_before_it_starts") in gym.warnings()


def test_more_participants_than_places_is_a_warning(gym: Gym) -> None:
    gym.load("Lessen")
    assert ("Lessen", "participants_above_capacity") not in gym.warnings()
    key = gym.vendor.ids("activity_events")[-60]
    end = (NOW + timedelta(hours=1)).isoformat()
    full = {"startAt": NOW.isoformat(), "endAt": end, "memberCount": 99, "capacity": 8}
    gym.vendor.update("activity_events", key, full)
    gym.load("Lessen", Mode.INCREMENTAL)
    assert ("Lessen", "participants_above_capacity") in gym.warnings()
    told = gym.warnings().count(("Lessen", "participants_above_capacity"))
    gym.load("Lessen", start=WEEK, end=TODAY - DAY)
    assert gym.warnings().count(("Lessen", "participants_above_capacity")) == told, "today was not loaded"


def test_an_open_invoice_below_zero_is_a_warning(gym: Gym) -> None:
    for key in gym.vendor.ids("invoices"):
        gym.vendor.update("invoices", key, {"totalAmount": 10.0})
    gym.load("OpenstaandeFacturen")
    assert ("OpenstaandeFacturen", "negative_open_invoice") not in gym.warnings()
    pending = next(k for k, s in gym.vendor.rows["invoices"].column("status").items() if s == "PENDING")
    gym.vendor.update("invoices", pending, {"totalAmount": -10.0})
    gym.load("OpenstaandeFacturen")
    assert ("OpenstaandeFacturen", "negative_open_invoice") in gym.warnings()


# --- the sheet --------------------------------------------------------------------------------------------------------


def test_an_uploaded_excel_file_is_said_to_be_one(gym: Gym) -> None:
    gym.load("PersonalTraining")
    gym.sheets.documents[HOURS] = gym.sheets.documents[UPLOADED]
    unchanged(gym, "PersonalTraining", Misconfigured)


def test_a_sheet_that_is_no_longer_shared_is_said_to_be_so(gym: Gym) -> None:
    gym.load("PersonalTraining")
    gym.sheets.documents[HOURS].shared = False
    unchanged(gym, "PersonalTraining", ScopeMissing)


def test_a_sheet_without_its_header_is_no_sheet_of_hours(gym: Gym) -> None:
    gym.load("PersonalTraining")
    sheet(gym)[2][3] = "Minuten"
    unchanged(gym, "PersonalTraining", Misconfigured)


def test_a_sheet_that_somebody_emptied_asks(gym: Gym) -> None:
    gym.load("PersonalTraining")
    del sheet(gym)[3:]
    unchanged(gym, "PersonalTraining", FuseBlown)


@pytest.mark.parametrize("fault", ["429_seconds", "429_date", "500", "reset_before"])
def test_weather_at_google_is_not_seen(gym: Gym, fault: str) -> None:
    gym.sheets.faults.add(fault, path="/values/", times=2, **soon(fault))
    gym.load("PersonalTraining")
    gym.assert_true("PersonalTraining")


def hours(gym: Gym) -> dict[tuple[str, date], Decimal]:
    return {(r["Voornaam"], r["Datum"]): r["Uren"] for r in gym.rows("PersonalTraining").values()}


def test_hours_and_dates_as_people_type_them(gym: Gym) -> None:
    gym.load("PersonalTraining")
    typed = [
        ("1,5", "3-11-2025", "1.50", date(2025, 11, 3)),
        ("0,75", "4/11/2025", "0.75", date(2025, 11, 4)),
        ("1:30", "04-11-25", "1.50", date(2025, 11, 4)),
        ("2 uur", "3 november 2025", "2.00", date(2025, 11, 3)),
        (1.25, date(2025, 12, 1), "1.25", date(2025, 12, 1)),
        (timedelta(minutes=45), 45964, "0.75", date(2025, 11, 3)),
    ]
    sheet(gym)[3:] = [[f"Lid{n}", "Demo", day, told] for n, (told, day, *_) in enumerate(typed)]
    gym.load("PersonalTraining", allow_shrink=True)
    assert hours(gym) == {(f"Lid{n}", day): Decimal(hrs) for n, (*_, hrs, day) in enumerate(typed)}
    assert gym.quarantined() == []


def test_what_nobody_can_read_is_set_aside_and_the_others_are_loaded(gym: Gym) -> None:
    bad: list[list[Any]] = [
        ["Daan", "Demo", "31-2-2026", 1],
        ["Daan", "Demo", "11/25/2025", 1],
        ["Daan", "Demo", "3-11-2025", "½"],
        ["Daan", "Demo", "3-11-2025", -2],
        [7, "Demo", "3-11-2025", 2],
    ]
    sheet(gym).extend([*bad, ["", "Demo", "3-11-2025", 2], ["Demo", "Totaal", "3-11-2025", 2]])
    told = gym.load("PersonalTraining")
    assert told.quarantined == len(bad)
    gym.assert_true("PersonalTraining")
    assert {name for name, _, _ in gym.quarantined()} == {"PersonalTraining"}


def test_a_day_of_which_one_session_cannot_be_read_keeps_its_row(gym: Gym) -> None:
    sheet(gym).append(["Tess", "Voorbeeld", "3-11-2025", "0,5"])
    gym.load("PersonalTraining")
    before = hours(gym)
    sheet(gym)[-1][3] = "half uur"
    told = gym.load("PersonalTraining")
    assert (told.quarantined, told.updated, told.deleted) == (2, 0, 0)
    assert hours(gym) == before
    assert before["Tess", date(2025, 11, 3)] == Decimal("2.00")


def test_more_hours_than_a_day_has_are_set_aside_and_keep_their_old_row(gym: Gym) -> None:
    sheet(gym).append(["Tess", "Voorbeeld", "3-11-2025", "0,5"])
    gym.load("PersonalTraining")
    before = hours(gym)
    sheet(gym)[-1][3] = "23,5"
    sheet(gym).append(["Zoë", "Voorbeeld", "4-11-2025", 1])
    told = gym.load("PersonalTraining")
    assert (told.quarantined, told.inserted, told.updated, told.deleted) == (1, 1, 0, 0)
    assert hours(gym) == {**before, ("Zoë", date(2025, 11, 4)): Decimal("1.00")}
    assert ("PersonalTraining", "more_hours_than_a_day") in gym.warnings()


def test_two_sessions_of_a_day_are_one_row_and_a_removed_one_leaves(gym: Gym) -> None:
    sheet(gym).append(["Tess", "Voorbeeld", "3-11-2025", "0,5"])
    gym.load("PersonalTraining")
    assert hours(gym)["Tess", date(2025, 11, 3)] == Decimal("2.00")
    sheet(gym).pop()
    sheet(gym).pop(4)
    gym.load("PersonalTraining")
    assert hours(gym)["Tess", date(2025, 11, 3)] == Decimal("1.50")
    assert ("Tess", date(2025, 11, 4)) not in hours(gym)


def test_takings_told_in_two_lines_are_both_in_the_table(gym: Gym) -> None:
    gym.load("GrootboekRekening")
    gym.load("Omzet")
    line = next(line for line in gym.vendor.truth("daily_revenue") if line["date"] == TODAY.isoformat())
    gym.vendor.insert(
        "daily_revenue", {n: line[n] for n in ("date", "ledgerAccountId", "type")} | {"revenue": 0.3}
    )
    told = gym.load("Omzet")
    key = (TODAY, line["ledgerAccountId"], line["type"])
    assert gym.rows("Omzet")[key]["Omzet"] == cents(line["revenue"] + 0.3)
    assert (told.updated, told.deduplicated, told.quarantined) == (1, 0, 0)


# --- anomalies --------------------------------------------------------------------------------------------------------


def steady(gym: Gym, amount: Callable[[date], float]) -> None:
    """Takings of so much a day."""
    for key, text in list(gym.vendor.rows["daily_revenue"].column("date").items()):
        gym.vendor.update("daily_revenue", key, {"revenue": amount(date.fromisoformat(text)) / 3})


def anomaly(gym: Gym) -> str:
    sql = """SELECT details FROM landfall.quality_log WHERE table_name = 'Omzet'
             AND check_name = 'figures against the weekday''s history' ORDER BY id DESC"""
    return str(gym.query(sql)[0][0])


def test_a_day_unlike_its_weekday_is_a_warning_and_a_busy_weekday_is_not(gym: Gym) -> None:
    steady(gym, lambda day: 900 * (3 if day.weekday() == 5 else 1) + day.day)
    gym.load("Omzet", start=TODAY - 70 * DAY, end=TODAY)
    assert anomaly(gym) == "Omzet by Datum", "no weekday is odd, whatever its place in the week"
    steady(gym, lambda day: 9000 if day == WEEK + DAY else 900 * (3 if day.weekday() == 5 else 1) + day.day)
    gym.load("Omzet", Mode.INCREMENTAL)
    assert anomaly(gym).startswith(f"Omzet by Datum: 1 unusual days, {WEEK + DAY} 9000, usually ")
    assert ("Omzet", "figures against the weekday's history") in gym.warnings()


def test_a_day_without_takings_is_unusual_and_today_is_not_judged(
    gym: Gym, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady(gym, lambda day: 900 + day.day)
    gym.load("Omzet", start=TODAY - 70 * DAY, end=TODAY)
    gone = (WEEK + DAY).isoformat()
    for key, text in list(gym.vendor.rows["daily_revenue"].column("date").items()):
        if text == gone:
            gym.vendor.delete("daily_revenue", key)
    steady(gym, lambda day: 1 if day == TODAY else 900 + day.day)
    monkeypatch.setattr("landfall.pipeline.check.datetime", SimpleNamespace(now=lambda zone: NOW))
    gym.load("Omzet", Mode.INCREMENTAL)
    assert f": 1 unusual days, {gone} 0, usually " in anomaly(gym)


def test_days_that_were_never_loaded_are_no_zeros(gym: Gym) -> None:
    steady(gym, lambda day: 900 + day.day)
    for week in (2, 4, 6):
        gym.load("Omzet", start=TODAY - 7 * week * DAY, end=TODAY - 7 * (week - 1) * DAY - DAY)
    gym.load("Omzet", start=WEEK, end=TODAY)
    assert anomaly(gym) == "Omzet by Datum", "three weeks are too few, and the others are unknown"


def test_a_window_that_came_back_empty_is_unusual(gym: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    steady(gym, lambda day: 900 + day.day)
    gym.load("Omzet", start=TODAY - 70 * DAY, end=TODAY)
    for key, text in list(gym.vendor.rows["daily_revenue"].column("date").items()):
        if text >= WEEK.isoformat():
            gym.vendor.delete("daily_revenue", key)
    monkeypatch.setattr("landfall.pipeline.check.datetime", SimpleNamespace(now=lambda zone: NOW))
    gym.load("Omzet", start=WEEK, end=TODAY, allow_shrink=True)
    assert anomaly(gym).startswith(f"Omzet by Datum: 7 unusual days, {WEEK} 0, usually ")


def test_the_first_of_a_month_is_like_other_firsts(gym: Gym) -> None:
    first = date(2026, 3, 1)

    def told(amount: float, day_before: float = 0) -> str:
        odd = {first: amount, first - DAY: 928 + day_before}
        steady(gym, lambda day: odd.get(day, 20_000 if day.day == 1 else 900 + day.day))
        gym.load("Omzet", start=TODAY - 70 * DAY, end=TODAY)
        return anomaly(gym)

    assert told(20_500) == "Omzet by Datum"
    assert f": 1 unusual days, {first} 60000" in told(60_000)
    assert f": 1 unusual days, {first - DAY} 5928" in told(20_500, day_before=5_000)


def test_a_monthly_collection_that_does_not_come_is_unusual() -> None:
    days = [date(2025, 10, 1) + n * DAY for n in range(183)]
    known = {day: 20_000.0 if day.day == 1 else 900.0 + day.day for day in days}
    check, last = Anomaly("Datum", monthly=True), date(2026, 3, 1)
    assert check._unlike(last, known, check._unlike_weekday(known)) is None
    known[last] = 905.0  # what a Sunday has
    usual = check._unlike(last, known, check._unlike_weekday(known))
    assert usual
    assert usual.figure == 20_000
    weekly = Anomaly("Datum")
    assert weekly._unlike(last, known, {}) is None


def test_without_history_nothing_is_unusual(gym: Gym) -> None:
    gym.load("ProductVerkopen")
    assert ("ProductVerkopen", "figures against the weekday's history") not in gym.warnings()


def test_the_connection_of_the_sandbox_reads_both_vendors(gym: Gym) -> None:
    assert all(works for works, _ in (hook.test_connection() for hook in gym.hooks.values()))
    assert vendor_connection("gymly", "http://127.0.0.1:1") != vendor_connection(
        "google_sheets", "http://127.0.0.1:1"
    )
