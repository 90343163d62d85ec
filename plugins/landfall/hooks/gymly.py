"""Gymly's API as an Airflow hook.

    from landfall.hooks.gymly import GymlyHook

    for page in GymlyHook().users():
        ...

Connection `gymly_default`: with an e-mail address as the login, the password is that user's and the hook logs in;
without a login, the password is an API key. `business_id` and `location_id` are in the extra.

Gymly publishes no reference. What is known comes from clients that work against it; where they contradict each other
(index base of pages, whether an end date is included), a method reads so that its result is right either way, and says
how. Days are those of the location's time zone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from landfall.errors import LandfallError, Misconfigured
from landfall.hooks import connection as settings
from landfall.hooks.base import BaseHook
from landfall.hooks.gymly_answers import (
    DAY,
    and_unasked,
    array,
    chunks,
    covers,
    date_range,
    days_to_the_end,
    has_lists,
    lesson_days,
    made_within,
    one_page,
    ordered,
    sold,
    wrapped,
)
from landfall.hooks.gymly_api import CATEGORIES, PAYMENT_TYPES, api_settings, identifiers
from landfall.identity import Identity
from landfall.json_text import at
from landfall.wire.answers import Answer, Refused
from landfall.wire.client import ApiClient
from landfall.wire.pages import Page, SpringPaging, read_pages
from landfall.wire.parallel import in_order
from landfall.wire.retry import unless_it_passes

T = TypeVar("T")

PAGE_SIZE = 100
#: Longest range of lessons, in days, the two spare ones included: ranges of a month work, 203 days end in a 500.
EVENT_DAYS = 31
PARALLEL = 8


class GymlyHook(BaseHook):
    """Read Gymly: members, plans, lessons and who was there, takings, statistics, invoices, payouts, sales.

    Every method streams pages and ends only when its read is complete; all raise what
    `landfall.wire.client.ApiClient` documents.

    :param gymly_conn_id: the Airflow connection.
    """

    conn_name_attr = "gymly_conn_id"
    default_conn_name = "gymly_default"
    conn_type = "gymly"
    hook_name = "Gymly"

    def __init__(self, gymly_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.gymly_conn_id = gymly_conn_id

    @cached_property
    def connection(self) -> Any:
        """The Airflow connection, read once."""
        return settings.understood(self.get_connection(self.gymly_conn_id), self.conn_type)

    @property
    def fingerprint(self) -> str:
        """Tells this credential and its settings from others."""
        return settings.fingerprint(self.connection)

    @cached_property
    def client(self) -> ApiClient:
        """The HTTP client; one per hook, its connections are reused."""
        return ApiClient(api_settings(self.connection))

    def get_conn(self) -> ApiClient:
        """The HTTP client, under the name Airflow hooks use."""
        return self.client

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        if "client" in self.__dict__:
            self.client.close()
            del self.__dict__["client"]

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of the gym's days."""
        name = str(self.connection.extra_dejson.get("time_zone") or "Europe/Amsterdam")
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise Misconfigured(
                f"Connection {self.gymly_conn_id}: time_zone is not a known time zone",
                todo="Set it to a name such as Europe/Amsterdam.",
            ) from None

    def today(self) -> date:
        """The gym's present day."""
        return datetime.now(self.zone).date()

    # --- pages ----------------------------------------------------------------------------------------------

    def users(self, version: Literal["v1", "v2"] = "v1") -> Iterator[Page]:
        """All members of the business.

        :param version: v1 has each member's assignments with their plans, v2 the ids of the plans alone.
        """
        return self._pages(f"/{version}{self._business}/users", {})

    def invoices(
        self, *, status: str = "", start: date | None = None, end: date | None = None
    ) -> Iterator[Page]:
        """Invoices, of one status or all, of all ages or made on a day from `start` to `end`.

        The range asked for is a day wider on both sides, whatever the vendor's ends and days mean; invoices outside
        are left out, and counted in the envelope as `outside`.
        """
        params = {"status": status} if status else {}
        if start is None or end is None:
            return self._pages(f"/v1{self._business}/invoices", params)
        ordered(start, end)
        zone = self.zone
        params |= date_range(start - DAY, end + DAY) | {"locations": self._location}
        pages = self._pages(f"/v1{self._business}/invoices", params)
        return (made_within(page, "createdAt", zone, start, end) for page in pages)

    def payouts(self) -> Iterator[Page]:
        """All payouts, each as `{"payout": {...}}`."""
        return self._pages(f"/v1{self._business}/payouts", {}, key="payout.id")

    # --- lists ----------------------------------------------------------------------------------------------

    def memberships(self) -> Iterator[Page]:
        """The plans that members can have."""
        answer, items = self._asked(f"/v1{self._business}/memberships", {}, array)
        yield one_page(answer, items)

    def activity_events(self, start: date, end: date) -> Iterator[Page]:
        """The location's lessons that start on a day from `start` to `end`, both included, one page a month.

        Each request is a day wider on both sides, and lessons outside are left out: whichever way the vendor takes
        the end date and the days, none is lost. A lesson whose start cannot be read stays in.
        """
        zone = self.zone
        for first, last in chunks(start, end, self._event_days - 2):
            params = date_range(first - DAY, last + DAY) | {"locations": self._location}
            answer, items = self._asked(f"/v1{self._business}/activity-events", params, array)
            page = one_page(answer, items, 1 + (first - start).days // (self._event_days - 2))
            yield made_within(page, "startAt", zone, first, last)

    def course_members(self, lessons: Iterable[str]) -> Iterator[Page]:
        """Who takes part in each lesson: `{"lesson_id": ..., "members": [...]}`, one page a lesson, in order.

        A lesson the vendor no longer knows (404) has no members.

        :param lessons: ids of activity events; several are asked about at a time, within the budget.
        """
        return self._members({"lesson_id": lesson} for lesson in lessons)

    def attendance(self, start: date, end: date) -> Iterator[Page]:
        """`course_members` of the lessons that start on a day from `start` to `end`; each has that day as its `date`.

        A lesson whose id or start cannot be read is not asked about: it comes last, with `members` null.
        """
        found: dict[str, str] = {}
        unasked: list[dict[str, str | None]] = []
        for page in self.activity_events(start, end):
            for lesson, day in lesson_days(page, self.zone):
                if lesson and day:
                    found[lesson] = day
                else:
                    unasked.append({"lesson_id": lesson, "date": day})
        asked = ({"lesson_id": lesson, "date": day} for lesson, day in found.items())
        yield from and_unasked(self._members(asked), unasked, "members")

    def _members(self, lessons: Iterable[dict[str, str]]) -> Iterator[Page]:
        def ask(lesson: dict[str, str]) -> Page:
            path = f"/v1/courses/{quote(lesson['lesson_id'], safe='')}/members"
            try:
                answer, _ = self._asked(path, {}, array)
            except Refused as refused:
                if refused.status != 404:
                    raise
                return Page([wrapped(lesson, "members", b"[]")], {"gone": True}, 1, f"GET {path}")
            return one_page(answer, [wrapped(lesson, "members", answer.body)])

        return self._numbered(ask, lessons)

    # --- figures --------------------------------------------------------------------------------------------

    def revenue(self, start: date, end: date) -> Iterator[Page]:
        """Revenue by day and ledger, and the ledgers: one `{"start": ..., "end": ..., "revenue": {...}}`.

        One day more than asked is in it where the vendor includes the end date; use the lines of `start` to `end`.
        """
        ordered(start, end)
        params = date_range(start, end + DAY) | {"locations": self._location}
        path = f"/v1{self._business}/analytics/revenue"
        answer, _ = self._asked(path, params, lambda told: has_lists(told, "dailyRevenue", "ledgerAccounts"))
        context = {"start": start.isoformat(), "end": end.isoformat()}
        yield one_page(answer, [wrapped(context, "revenue", answer.body)])

    def membership_statistics(self, start: date, end: date) -> Iterator[Page]:
        """How many memberships there were by day, in every category and of every payment type: 12 records.

        Each is `{"category": ..., "payment_type": ..., "start": ..., "end": ..., "statistics": {...}}`, with a label
        for every day from `start` to `end` and, where the vendor includes the end date, one day more.

        :raises ContractBroken: a day has no label or no number.
        """
        asked = [{"category": c, "payment_type": p} for c in CATEGORIES for p in PAYMENT_TYPES]
        return self._statistics(start, end, asked)

    def plan_statistics(
        self, start: date, end: date, plans: Mapping[str | None, str | None]
    ) -> Iterator[Page]:
        """`membership_statistics` of each plan: four records a plan, which also hold its `membership_id`.

        :param plans: plan id to payment type. A plan is asked about under its own type only: it has no others. One
            without an id, or without a type that the vendor knows, is not asked about: it comes last, as one record
            with `statistics` null.
        """
        asked: list[dict[str, str]] = []
        unasked: list[dict[str, str | None]] = []
        for plan, kind in plans.items():
            if plan and kind in PAYMENT_TYPES:
                named = {"payment_type": kind, "membership_id": plan}
                asked += [{"category": category, **named} for category in CATEGORIES]
            else:
                unasked.append({"payment_type": kind, "membership_id": plan})
        return and_unasked(self._statistics(start, end, asked), unasked, "statistics")

    def pos_statistics(self, start: date, end: date) -> Iterator[Page]:
        """What the counter sold on each day: `{"date": ..., "statistics": {"salesPerProduct": [...]}}`.

        The vendor adds up whatever the range covers, and nobody tells whether the end date is covered; so the first
        days with sales are asked about as ranges of no length, which hold sales only if it is.
        """

        @functools.cache
        def ask(first: date, last: date) -> Answer:
            params = date_range(first, last) | {"location_id": self._location}
            path = f"/v1{self._business}/pos/statistics"
            return self._asked(path, params, lambda told: has_lists(told, "salesPerProduct"))[0]

        ordered(start, end)
        days = [start + n * DAY for n in range((end - start).days + 1)]
        beyond = days_to_the_end(days, lambda first, last: sold(ask(first, last)))

        def of_day(day: date) -> Page:
            answer = ask(day, day + beyond)
            return one_page(answer, [wrapped({"date": day.isoformat()}, "statistics", answer.body)])

        yield from self._numbered(of_day, days)

    # --- the connection -------------------------------------------------------------------------------------

    def missing_scopes(self, resources: Iterable[str]) -> dict[str, str]:
        """Scopes the credential lacks, by resource: Gymly has none. Asking proves the credential and the location.

        :raises Misconfigured: the location is none of the business's; its lessons and figures would all be empty.
        """
        _ = self._location_of_business
        return {}

    def identity(self) -> Identity:
        """The business and the location, which has to be one of the business's."""
        location, _ = self._location_of_business
        name = at(location, "name")
        key = "/".join(identifiers(self.connection))
        return Identity(key, name if isinstance(name, str) else "")

    def test_connection(self) -> tuple[bool, str]:
        """Whether the credential, the business and the location are right; for the form's test button."""
        try:
            _, found = self._location_of_business
        except LandfallError as error:
            return False, str(error)
        return True, f"Connected to Gymly; the location is one of {found}."

    @cached_property
    def _location_of_business(self) -> tuple[msgspec.Raw, int]:
        """The location, and how many the business has; asked once, however many want to know."""
        _, found = self._asked(f"/v1{self._business}/locations", {}, array)
        for each in found:
            if at(each, "id") == self._location:
                return each, len(found)
        raise Misconfigured(
            f"Connection {self.gymly_conn_id}: location_id is none of the business's {len(found)} locations",
            todo="Put the id from Gymly's admin address into location_id.",
        )

    # --- parts ----------------------------------------------------------------------------------------------

    @cached_property
    def _business(self) -> str:
        return f"/businesses/{identifiers(self.connection)[0]}"

    @cached_property
    def _location(self) -> str:
        return identifiers(self.connection)[1]

    @cached_property
    def _event_days(self) -> int:
        return max(3, int(settings.number(self.connection, "days_per_request", EVENT_DAYS)))

    def _pages(self, path: str, params: Mapping[str, str], key: str = "id") -> Iterator[Page]:
        return read_pages(self.client, path, {**params, "size": str(PAGE_SIZE)}, SpringPaging(key=key))

    def _asked(self, path: str, params: Mapping[str, str], usable: Callable[[Answer], T]) -> tuple[Answer, T]:
        """An answer, and what `usable` makes of it; asked for again while that is `Unusable`, which may pass."""

        def ask() -> tuple[Answer, T]:
            answer = self.client.get(path, params)
            return answer, usable(answer)

        return unless_it_passes(ask)

    def _numbered(self, ask: Callable[[Any], Page], arguments: Iterable[Any]) -> Iterator[Page]:
        """The pages of requests made side by side."""
        workers = int(max(1, settings.number(self.connection, "parallel_requests", PARALLEL)))
        _ = self.client  # made here, before several threads want it
        for number, page in enumerate(in_order(ask, arguments, workers), start=1):
            yield Page(page.items, page.envelope, number, page.request, page.server_time)

    def _statistics(self, start: date, end: date, asked: list[dict[str, str]]) -> Iterator[Page]:
        ordered(start, end)
        period = {f"period.{name}": day for name, day in date_range(start, end + DAY).items()}
        days = {(start + n * DAY).isoformat() for n in range((end - start).days + 1)}

        def ask(what: dict[str, str]) -> Page:
            params = {
                **period,
                "period.granularity": "DAY",
                "filter.LOCATION": self._location,
                "filter.PAYMENT_TYPE": what["payment_type"],
            }
            if "membership_id" in what:
                params["filter.MEMBERSHIP"] = what["membership_id"]
            path = f"/v1{self._business}/analytics/memberships/{what['category']}"
            answer, _ = self._asked(path, params, lambda told: covers(told, days))
            context = what | {"start": start.isoformat(), "end": end.isoformat()}
            return one_page(answer, [wrapped(context, "statistics", answer.body)])

        return self._numbered(ask, asked)
