"""What is dated: the range that is read is replaced, every other day is left alone, whichever way lessons move."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from landfall.errors import FuseBlown, Misconfigured
from landfall.landing import LandingWriter
from landfall.reads import Mode, clock
from landfall.resources import ReplaceWindow
from tests.sources.tree11.gym import DAY, NOW, TODAY, TREE11, TRUTH, WEEK, ZONE, Gym, local_day

pytestmark = [pytest.mark.airflow, pytest.mark.engines]

WINDOWS = [r.name for r in TREE11.resources if isinstance(r.write, ReplaceWindow)]
FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))
DAY_OF = {"Lessen": "StartTijd", "Facturen": "AangemaaktOp"}


def spread(rows: dict[Any, Any], name: str, start: date, end: date) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The rows within the days and those outside."""

    def day(row: dict[str, Any]) -> date:
        value = row[DAY_OF.get(name, "Datum")]
        return value.astimezone(ZONE).date() if isinstance(value, datetime) else value

    inside = {k: r for k, r in rows.items() if start <= day(r) <= end}
    return inside, {k: r for k, r in rows.items() if k not in inside}


def bend(gym: Gym, name: str, day: date) -> None:
    """Change, add and remove something of a day at the vendor."""
    vendor, text = gym.vendor, day.isoformat()
    if name in ("Lessen", "LesDeelname"):
        ids = [k for k in vendor.ids("activity_events") if _starts(gym, k) == day]
        vendor.delete("activity_events", ids[0])
        vendor.update("activity_events", ids[1], {"name": "Anders"})
        lesson = vendor.rows["activity_events"].get(ids[1])["id"]
        attended = vendor.rows["course_members"].column("lesson")
        mine = [k for k, of in attended.items() if of == lesson]
        for key in mine[:1]:
            vendor.delete("course_members", key)
    elif name == "Omzet":
        mine = [k for k, of in vendor.rows["daily_revenue"].column("date").items() if of == text]
        vendor.delete("daily_revenue", mine[0])
        vendor.update("daily_revenue", mine[1], {"revenue": -0.1})
    elif name == "ProductVerkopen":
        mine = [k for k, of in vendor.rows["product_sales"].column("date").items() if of == text]
        sold = [k for k in mine if vendor.rows["product_sales"].get(k)["sales"]]
        for key, sales in zip(sold, (0, 5), strict=False):
            vendor.update("product_sales", key, {"sales": sales})
    elif name == "Facturen":
        created = vendor.rows["invoices"].column("createdAt")
        mine = [k for k, at in created.items() if local_day(at) == day]
        vendor.update("invoices", mine[0], {"totalAmount": 1.005})
    else:
        plan = vendor.truth("memberships")[0]["id"]
        vendor.counts.corrected["active", plan, text] = 9999


def _starts(gym: Gym, key: int) -> date:
    return local_day(gym.vendor.rows["activity_events"].get(key)["startAt"])


@pytest.mark.parametrize("name", WINDOWS)
def test_loading_an_old_month_leaves_every_other_month_alone(gym: Gym, name: str) -> None:
    table = TREE11.resource(name).table.name
    start, end = FEBRUARY
    gym.load(name, start=date(2026, 1, 25), end=TODAY - DAY)
    whole = gym.rows(table)
    inside, outside = spread(whole, name, start, end)
    assert inside
    assert len({min(spread(outside, name, d, d)[0], default=None) for d in (start - DAY, end + DAY)}) == 2
    written = set(gym.contents()[table])
    for day in (
        start - DAY,
        start,
        end,
        end + DAY,
    ):  # the two outside are not read, so they stay as they were
        bend(gym, name, day)
    told = gym.load(name, start=start, end=end)
    assert told.updated + told.inserted + told.deleted > 0
    now_inside, now_outside = spread(gym.rows(table), name, start, end)
    assert now_outside == outside
    assert now_inside == TRUTH[name](gym, start, end)[table]
    assert len(set(gym.contents()[table]) & written) >= len(outside), "not even rewritten"


@pytest.mark.parametrize("name", WINDOWS)
def test_what_changed_at_the_vendor_within_the_window_is_followed(gym: Gym, name: str) -> None:
    gym.load(name)
    for day in (WEEK, TODAY - DAY, date(2026, 3, 29)):
        bend(gym, name, day)
    gym.load(name, Mode.INCREMENTAL)
    gym.assert_true(name)


def requested_days(gym: Gym, name: str) -> tuple[date, date]:
    windows = gym.steps["extract"].windows
    return date.fromisoformat(windows[0].start), date.fromisoformat(windows[-1].end) - DAY


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("Lessen", WEEK, TODAY), ("LesDeelname", WEEK, TODAY - DAY), ("Omzet", date(2026, 1, 30), TODAY)],
)
def test_the_range_of_a_run_by_itself(
    gym: Gym, monkeypatch: pytest.MonkeyPatch, name: str, first: date, last: date
) -> None:
    for mode in (Mode.FULL, Mode.INCREMENTAL):
        gym.load(name, mode)
        assert requested_days(gym, name) == (first, last)
    monkeypatch.setattr(clock, "now", lambda: NOW + DAY)
    gym.load(name, Mode.INCREMENTAL)
    tomorrow = date(2026, 3, 2) if name == "Omzet" else first + DAY
    assert requested_days(gym, name) == (tomorrow, last + DAY), "as if no run had ever been missed"


@pytest.mark.parametrize("name", ["Lessen", "LesDeelname", "Omzet"])
def test_after_an_outage_a_run_begins_where_the_first_missed_one_would_have(
    gym: Gym, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW - 20 * DAY)
    gym.load(name)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    gym.load(name, Mode.INCREMENTAL)
    wanted = date(2026, 1, 30) if name == "Omzet" else TODAY - 19 * DAY - timedelta(days=7)
    assert requested_days(gym, name)[0] == wanted


def test_the_day_is_the_gyms_not_utcs(gym: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    late = datetime(2026, 3, 30, 22, 30, tzinfo=NOW.tzinfo)
    monkeypatch.setattr(clock, "now", lambda: late)
    gym.load("Lessen")
    assert requested_days(gym, "Lessen") == (WEEK, TODAY), "half past midnight in Amsterdam"
    first = [r for r in gym.rows("Lessen").values() if r["StartTijd"].astimezone(ZONE).hour == 0]
    assert {r["StartTijd"].astimezone(ZONE).date() for r in first} == {WEEK + n * DAY for n in range(8)}
    gym.assert_true("Lessen")


def test_a_range_that_lies_ahead_is_refused(gym: Gym) -> None:
    with pytest.raises(Misconfigured, match="start_date is after 2026-03-31"):
        gym.load("Lessen", start=TODAY + DAY)


# --- lessons that move ----------------------------------------------------------------------------------------------


def move(gym: Gym, day: date, to: date) -> str:
    """Put the second lesson of a day on another one. :returns: its id."""
    key = [k for k in gym.vendor.ids("activity_events") if _starts(gym, k) == day][1]
    lesson = gym.vendor.rows["activity_events"].get(key)
    gap = to - day
    moved = {f: (datetime.fromisoformat(lesson[f]) + gap).isoformat() for f in ("startAt", "endAt")}
    gym.vendor.update("activity_events", key, moved)
    return str(lesson["id"])


def attendance(gym: Gym, lesson: str) -> dict[Any, Any]:
    return {k: r for k, r in gym.rows("LesDeelname").items() if k[0] == lesson}


def test_a_lesson_that_moved_within_the_window_is_on_its_new_day_alone(gym: Gym) -> None:
    gym.load("Lessen"), gym.load("LesDeelname")
    move(gym, WEEK + DAY, WEEK + 3 * DAY)
    gym.load("Lessen", Mode.INCREMENTAL), gym.load("LesDeelname", Mode.INCREMENTAL)
    gym.assert_true("Lessen", "LesDeelname")


def test_a_lesson_that_moved_out_of_the_window_leaves_with_its_attendance(gym: Gym) -> None:
    gym.load("Lessen"), gym.load("LesDeelname")
    lesson = move(gym, WEEK + DAY, TODAY + 9 * DAY)
    gym.load("Lessen", Mode.INCREMENTAL), gym.load("LesDeelname", Mode.INCREMENTAL)
    assert (lesson,) not in gym.rows("Lessen")
    assert attendance(gym, lesson) == {}
    gym.assert_true("Lessen", "LesDeelname")


def test_a_lesson_that_moved_into_the_window_leaves_nothing_on_its_old_day(gym: Gym) -> None:
    old = WEEK - 10 * DAY
    for name in ("Lessen", "LesDeelname"):
        gym.load(name, start=old - 3 * DAY, end=TODAY - DAY)
    others = {k: r for k, r in gym.rows("LesDeelname").items() if r["Datum"] < WEEK}
    lesson = move(gym, old, WEEK + DAY)
    went = [k for k, of in gym.vendor.rows["course_members"].column("lesson").items() if of == lesson]
    gym.vendor.delete("course_members", went[0])
    assert len(attendance(gym, lesson)) == len(went) > 1
    gym.load("Lessen", Mode.INCREMENTAL)
    told = gym.load("LesDeelname", Mode.INCREMENTAL)
    assert told.deleted == 1, "who no longer takes part"
    now = attendance(gym, lesson)
    assert {r["Datum"] for r in now.values()} == {WEEK + DAY}
    assert len(now) == len(went) - 1
    left = {k: r for k, r in gym.rows("LesDeelname").items() if r["Datum"] < WEEK}
    assert left == {k: r for k, r in others.items() if k[0] != lesson}
    gym.assert_true("Lessen", "LesDeelname", start=old - 3 * DAY)


class Killed(BaseException):
    """As a signal: nothing that reads catches it."""


def test_what_a_killed_read_knew_of_a_moved_lesson_is_not_lost(
    gym: Gym, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is concluded from pages that the next attempt takes over and does not see."""
    first, old = WEEK - 14 * DAY, WEEK - 17 * DAY
    gym.load("LesDeelname", start=old - DAY, end=TODAY - DAY)
    lesson = move(gym, old, first + DAY)
    went = [k for k, of in gym.vendor.rows["course_members"].column("lesson").items() if of == lesson]
    gym.vendor.delete("course_members", went[0])
    section, begun = LandingWriter.section, list[str]()

    def dies_in_the_second(self: LandingWriter, key: str = "") -> Any:
        begun.append(key)
        if len(begun) == 2:
            raise Killed
        return section(self, key)

    monkeypatch.setattr(LandingWriter, "section", dies_in_the_second)
    with pytest.raises(Killed):
        gym.extract("LesDeelname", Mode.DATES, first, TODAY - DAY)
    told = gym.load("LesDeelname", start=first, end=TODAY - DAY)
    assert gym.steps["extract"].resumed_from
    assert told.deleted == 1, "who no longer takes part"
    gym.assert_true("LesDeelname", start=old - DAY)


def test_a_cancelled_lesson_leaves_with_its_attendance(gym: Gym) -> None:
    gym.load("Lessen"), gym.load("LesDeelname")
    key = next(k for k in gym.vendor.ids("activity_events") if _starts(gym, k) == WEEK)
    gym.vendor.delete("activity_events", key)
    gym.load("Lessen", Mode.INCREMENTAL), gym.load("LesDeelname", Mode.INCREMENTAL)
    gym.assert_true("Lessen", "LesDeelname")


def test_a_lesson_that_goes_while_its_members_are_asked_for_has_none(gym: Gym) -> None:
    gone = next(k for k in gym.vendor.ids("activity_events") if _starts(gym, k) == TODAY - DAY)
    gym.vendor.on_page("activity_events", 1, lambda: gym.vendor.delete("activity_events", gone))
    gym.load("LesDeelname")
    gym.assert_true("LesDeelname")


def test_a_product_corrected_to_zero_leaves(gym: Gym) -> None:
    gym.load("ProductVerkopen")
    sold = [k for k, n in gym.vendor.rows["product_sales"].column("sales").items() if n][-1]
    gym.vendor.update("product_sales", sold, {"sales": 0})
    assert gym.load("ProductVerkopen", Mode.INCREMENTAL).deleted == 1
    gym.assert_true("ProductVerkopen")


def test_a_ledger_that_is_no_longer_listed_stays(gym: Gym) -> None:
    gym.load("GrootboekRekening")
    before = gym.rows("GrootboekRekening")
    gym.vendor.delete("ledger_accounts", gym.vendor.ids("ledger_accounts")[-1])
    assert gym.load("GrootboekRekening", Mode.INCREMENTAL).deleted == 0
    assert gym.rows("GrootboekRekening") == before
    assert max(len(r["Sleutel"]) for r in before.values()) == 51


def test_a_window_read_empty_over_a_filled_one_asks(gym: Gym) -> None:
    gym.load("LesDeelname", start=date(2026, 1, 25), end=TODAY - DAY)
    before = gym.rows("LesDeelname")
    assert sum(r["Datum"] >= WEEK for r in before.values()) > 50
    for key in list(gym.vendor.ids("activity_events")):
        if _starts(gym, key) >= WEEK:
            gym.vendor.delete("activity_events", key)
    with pytest.raises(FuseBlown, match="an empty read would remove"):
        gym.load("LesDeelname", Mode.INCREMENTAL)
    assert gym.rows("LesDeelname") == before
    gym.load("LesDeelname", Mode.INCREMENTAL, allow_shrink=True)
    assert not [r for r in gym.rows("LesDeelname").values() if r["Datum"] >= WEEK]


def test_when_a_row_was_written_tells_of_changes_only(gym: Gym) -> None:
    gym.load("Leden")
    query = 'SELECT "Id", "DatumLaatsteUpdate" FROM tree11."Leden"'
    held = 'SELECT "LedenId", "AbonnementId", "DatumLaatsteUpdate" FROM tree11."ActieveAbonnementen"'
    before, children = dict(gym.query(query)), set(gym.query(held))
    first = gym.vendor.ids("users")[0]
    gym.vendor.update("users", first, {"fullName": "Iemand Anders"})
    gym.load("Leden")
    after = dict(gym.query(query))
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {gym.vendor.rows["users"].get(first)["id"]}
    assert set(gym.query(held)) == children
