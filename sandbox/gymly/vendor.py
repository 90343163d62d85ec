"""Gymly as a vendor: sizes, seeding, plausible changes, settings."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from starlette.types import Receive, Scope, Send

from sandbox.clock import Clock
from sandbox.faults import Dialect
from sandbox.gymly import club
from sandbox.gymly.club import Club
from sandbox.gymly.figures import Counts
from sandbox.rows import Row, Rows, encode
from sandbox.vendor import TOKEN, Vendor

EMAIL = "owner@example.org"
LEDGERS = 20
RESOURCES = (
    "users",
    "memberships",
    "activity_events",
    "course_members",
    "ledger_accounts",
    "daily_revenue",
    "invoices",
    "payouts",
    "product_sales",
)
WITHOUT_ID = ("course_members", "daily_revenue", "product_sales")
"""Their rows have a number as `id` that no answer shows."""


@dataclasses.dataclass
class Behaviour:
    """What is not known for sure about the real API, or differs between its endpoints.

    :ivar one_indexed: pages 0 and 1 are the same first page; `number` counts from 0 all the same.
    :ivar newest_first: page endpoints list the newest row first, so that an insert shifts rows to the next page.
    :ivar max_size: largest page; 0 for no limit.
    :ivar max_days: longest range of lessons that is answered; a longer one gives 500.
    :ivar days_in: zone whose days a date means.
    :ivar wrong_total: added to `totalElements` of every page.
    :ivar short_page: index of a page that lacks its last row, -1 for none.
    :ivar token_field: where a login's answer has its token.
    :ivar token_requests: requests a login's token is good for; 0 for any number.
    """

    one_indexed: bool = False
    newest_first: bool = False
    max_size: int = 0
    max_days: int = 31
    days_in: str = "Europe/Amsterdam"
    events_inclusive: bool = False
    invoices_inclusive: bool = True
    revenue_inclusive: bool = True
    statistics_inclusive: bool = True
    sales_inclusive: bool = False
    wrong_total: int = 0
    short_page: int = -1
    token_field: str = "jwt"  # noqa: S105 - a field's name
    token_requests: int = 0


class GymlyVendor(Vendor):
    """A gym of some years: members, plans, and what happened in the last `days` days and will in the next two weeks.

    The API key is `token`; a user logs in as `EMAIL` with `token` as the password.

    :param scale: times the sizes of the real gym.
    :param records: members, in place of `scale`; the other sizes follow in proportion.
    :param plans, lessons_per_day: in place of the proportional ones.
    :param days: days of lessons, takings and invoices.
    :param behaviour: fields of `Behaviour`, as settings for `configure`.
    """

    name: ClassVar[str] = "gymly"
    prefix: ClassVar[str] = "/api"
    connection: ClassVar[dict[str, Any]] = {
        "business_id": club.BUSINESS,
        "location_id": club.LOCATION,
        "requests_per_period": 6000,
    }
    demo: ClassVar[dict[str, Any]] = {"scale": 0.1, "days": 30}
    small: ClassVar[dict[str, Any]] = {"records": 30, "days": 35}
    changing: ClassVar[tuple[str, ...]] = ("Leden", "Lessen", "LesDeelname", "OpenstaandeFacturen")
    highlights: ClassVar[tuple[tuple[str, str], ...]] = (
        (
            "Lessons of the last week: places taken, and who came",
            """SELECT l."Naam", count(DISTINCT l."Id") AS lessons, count(d."AccountId") AS booked,
                      count(*) FILTER (WHERE d."Aanwezig") AS came
               FROM tree11."Lessen" AS l JOIN tree11."LesDeelname" AS d ON d."LesId" = l."Id"
               GROUP BY l."Naam" ORDER BY booked DESC LIMIT 5""",
        ),
    )
    dialect: ClassVar[Dialect] = Dialect(
        items="content", more=None, cursor=None, cursor_parameter="page", limit_parameter="size"
    )

    def __init__(
        self,
        *,
        seed: int = 0,
        rate: tuple[int, float] | None = None,
        latency: float = 0.0,
        clock: Clock | None = None,
        token: str = TOKEN,
        scale: float = 1.0,
        records: int | None = None,
        plans: int | None = None,
        lessons_per_day: int | None = None,
        days: int = 60,
        **behaviour: Any,
    ) -> None:
        from sandbox.gymly.api import routes

        records = round(5900 * scale) if records is None else records
        self.members = records
        self.plans = max(4, records * 137 // 5900) if plans is None else plans
        self.lessons_per_day = max(3, records * 46 // 5900) if lessons_per_day is None else lessons_per_day
        self.days = days
        self._first_behaviour = behaviour
        self._routes = routes(self)
        super().__init__(seed=seed, rate=rate, latency=latency, clock=clock, token=token)

    def today(self) -> date:
        """The gym's date."""
        return self.clock.now().astimezone(club.ZONE).date()

    # --- seeding --------------------------------------------------------------------------------------------

    def fill(self) -> None:
        self.behaviour = Behaviour()
        self.configure(self._first_behaviour)
        self.tokens: dict[str, float] = {}
        self.logins = 0
        today = self.today()
        self.club = Club(self.seed, today, self.plans)
        self.counts = Counts(self.seed)
        self.rows = {name: Rows(name) for name in RESOURCES}
        for n in range(self.plans):
            self.put("memberships", self.club.plan(n))
        for n in range(self.members):
            self.put("users", self.club.user(n))
        for n in range(LEDGERS):
            self.put("ledger_accounts", self.club.ledger(n))
        for n in range(-self.days, 15):
            self._fill_day(today + timedelta(days=n), past=n <= 0)

    def _fill_day(self, day: date, *, past: bool) -> None:
        for of_day in range(self.lessons_per_day):
            self._add_lesson(day, of_day)
        if not past:
            return
        for line in self.club.takings(day, LEDGERS):
            self._add("daily_revenue", line)
        for sold in self.club.sales(day):
            self._add("product_sales", sold)
        for _ in range(max(1, self.members * 10 // 5900)):
            self.put("invoices", self.club.invoice(self.rows["invoices"].next_id(), day))
        if day.weekday() == 0:
            self.put("payouts", self.club.payout(self.rows["payouts"].next_id(), day))

    def _add_lesson(self, day: date, of_day: int) -> str:
        lesson = self.club.lesson(day, of_day, self.rows["activity_events"].next_id())
        self.put("activity_events", lesson)
        started = datetime.fromisoformat(lesson["startAt"]) <= self.clock.now()
        present = self.club.random("present", lesson["id"]).sample(
            range(self.members), min(self.members, lesson["memberCount"])
        )
        for user in present:
            number = self.rows["course_members"].next_id()
            member = self.club.attendance(number, user, started)
            self.put("course_members", {"id": number, "lesson": lesson["id"], "member": member})
        return str(lesson["id"])

    def _add(self, resource: str, row: Row) -> int:
        number = self.rows[resource].next_id()
        self.put(resource, {"id": number, **row})
        return number

    # --- the model ------------------------------------------------------------------------------------------

    def configure(self, settings: dict[str, Any]) -> None:
        """Set fields of `Behaviour`.

        :raises ValueError: there is no such field.
        """
        known = {field.name for field in dataclasses.fields(Behaviour)}
        if unknown := settings.keys() - known:
            raise ValueError(f"gymly has no setting {', '.join(sorted(unknown))}")
        self.behaviour = dataclasses.replace(self.behaviour, **settings)

    def key(self, resource: str, row: Row) -> int:
        """The number under which a row is kept: the digits its id ends in."""
        row_id = row["payout"]["id"] if resource == "payouts" else row["id"]
        return row_id if isinstance(row_id, int) else int(str(row_id).rpartition("-")[2])

    def put(self, resource: str, row: Row) -> None:
        with self.lock:
            self.rows[resource].put_raw(self.key(resource, row), encode(row))

    def blank(self, resource: str) -> Row:
        number, today = self.rows[resource].next_id(), self.today()
        made: Row
        if resource == "users":
            made = self.club.user(number)
        elif resource == "memberships":
            made = self.club.plan(number)
        elif resource == "activity_events":
            made = self.club.lesson(today, 1 + number % 15, number)
        elif resource == "invoices":
            made = self.club.invoice(number, today)
        elif resource == "payouts":
            made = self.club.payout(number, today)
        elif resource == "ledger_accounts":
            made = self.club.ledger(number)
        elif resource == "daily_revenue":
            made = {"id": number, **self.club.takings(today, LEDGERS)[0], "type": f"EXTRA{number}"}
        else:
            raise ValueError(f"add to {resource} with put()")
        return made

    def insert(self, resource: str, fields: Row | None = None) -> int:
        """Add a plausible row, with `fields` in place of its own. :returns: the number it is kept under."""
        with self.lock:
            row = self.blank(resource) | (fields or {})
            self.put(resource, row)
            return self.key(resource, row)

    def update(self, resource: str, row_id: int, fields: Row | None = None) -> None:
        """Set `fields`, or make a plausible edit.

        :raises KeyError: no row is kept under this number.
        """
        with self.lock:
            row = self.rows[resource].get(row_id)
            for field in self.rows[resource].extra:
                row.pop(field, None)
            row |= self.edit(resource, row) if fields is None else fields
            if "updatedAt" in row:
                row["updatedAt"] = club.instant(self.clock.now(), self.clock.now().microsecond)
            self.put(resource, row)

    def edit(self, resource: str, row: Row) -> Row:
        if resource == "daily_revenue":
            return {"revenue": round(row["revenue"] + 1.25, 2)}
        if resource == "product_sales":
            return {"sales": row["sales"] + 1}
        if resource == "course_members":
            return {"member": row["member"] | {"attended": not row["member"].get("attended", False)}}
        if resource == "payouts":
            return {"payout": row["payout"] | {"status": "SENT"}}
        name = {"users": "active", "activity_events": "recurring", "memberships": "contractAutoRenewal"}.get(
            resource
        )
        if name is None:
            return {"status": "PAID"} if resource == "invoices" else {"label": "Hernoemd"}
        return {name: not row[name]}

    def changes(self, n: int) -> dict[str, int]:
        made = dict.fromkeys(("insert", "update", "delete"), 0)
        with self.lock:
            for _ in range(n):
                kind = self.random.choices(("insert", "update", "delete"), (4, 5, 1))[0]
                resource = self.random.choice(("users", "activity_events", "invoices"))
                recent = self.rows[resource].ids[-50:]
                if kind == "insert" or not recent:
                    self.insert(resource)
                    made["insert"] += 1
                    continue
                getattr(self, kind)(resource, self.random.choice(recent))
                made[kind] += 1
        return made

    def recreate(self, resource: str, row_id: int, fields: Row | None = None) -> None:
        raise ValueError("gymly gives no id twice")

    def lesson_members(self, lesson: str) -> list[Row]:
        """The members of a lesson as the API lists them."""
        of = self.rows["course_members"].column("lesson")
        return [self.rows["course_members"].get(key)["member"] for key, of_ in of.items() if of_ == lesson]

    def expire_tokens(self) -> None:
        """From now on every token given out by a login so far is refused."""
        with self.lock:
            self.tokens.clear()

    # --- serving --------------------------------------------------------------------------------------------

    def credential(self, scope: Scope) -> str:
        """The whole Authorization header; a user's tokens share one budget."""
        value = next((str(v, "latin-1") for k, v in scope["headers"] if k == b"authorization"), "")
        return value if value.lower().startswith("apikey") else EMAIL

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._routes(scope, receive, send)
