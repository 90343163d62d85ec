"""Gymly's paths: login, pages in Spring's envelope, plain lists, figures, and errors in the vendor's five keys."""

from __future__ import annotations

import math
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from sandbox.gymly import figures
from sandbox.gymly.club import BUSINESS, LOCATION, PAYMENT_TYPES, Row
from sandbox.rows import decode, encode
from sandbox.vendor import verdict

if TYPE_CHECKING:
    from sandbox.gymly.vendor import GymlyVendor

PAGE_SIZE = 10


class Refusal(Exception):
    """Answered with an error envelope."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.headers = status, headers or {}


def routes(vendor: GymlyVendor) -> ASGIApp:
    """The application behind `/api`."""
    api = _Api(vendor)
    business = "/api/{version}/businesses/{business}"
    answers: dict[str, Callable[[Request], Any]] = {
        f"{business}/users": api.users,
        f"{business}/memberships": api.memberships,
        f"{business}/locations": api.locations,
        f"{business}/activity-events": api.activity_events,
        f"{business}/activity-events/{{lesson}}/members": api.members,
        "/api/v1/courses/{lesson}/members": api.members,
        f"{business}/analytics/revenue": api.revenue,
        f"{business}/analytics/memberships/{{category}}": api.statistics,
        f"{business}/invoices": api.invoices,
        f"{business}/payouts": api.payouts,
        f"{business}/pos/statistics": api.sales,
        "/api/v1/user/me": api.me,
    }
    return Router(
        [
            Route("/api/v1/user/auth/login", api.guarded(api.login, open_to_all=True), methods=["POST"]),
            *[Route(path, api.guarded(answer)) for path, answer in answers.items()],
            Route("/{rest:path}", api.guarded(api.nothing)),
        ]
    )


class _Api:
    def __init__(self, vendor: GymlyVendor) -> None:
        self.vendor = vendor

    def guarded(self, answer: Callable[[Request], Any], *, open_to_all: bool = False) -> Any:
        """An endpoint that answers after the limiter and the credential, and errors in the envelope."""

        async def endpoint(request: Request) -> Response:
            judged = verdict(request.scope)
            body = await request.body()
            with self.vendor.lock:
                try:
                    if not judged.allowed:
                        raise Refusal(429, {"Retry-After": str(judged.retry_after)})
                    request.state.body = body
                    if not open_to_all:
                        self._check(request)
                    return Response(_encoded(answer(request)), media_type="application/json")
                except Refusal as refusal:
                    return _error(request, refusal)

        return endpoint

    def _check(self, request: Request) -> None:
        scheme, _, presented = request.headers.get("authorization", "").partition(" ")
        vendor = self.vendor
        known = scheme == "ApiKey" and vendor.token_valid(presented)
        if scheme == "Bearer" and presented in vendor.tokens and not vendor.revoked:
            known = vendor.tokens[presented] > 0
            vendor.tokens[presented] -= 1
        if not known:
            raise Refusal(401)
        if request.path_params.get("business", BUSINESS) != BUSINESS:
            raise Refusal(403)

    def nothing(self, request: Request) -> None:
        raise Refusal(404)

    def login(self, request: Request) -> Row:
        from sandbox.gymly.vendor import EMAIL

        vendor = self.vendor
        given = decode(request.state.body or b"{}")
        if given != {"email": EMAIL, "password": vendor.token} or vendor.revoked:
            raise Refusal(401)
        vendor.logins += 1
        token = secrets.token_hex(16)
        vendor.tokens[token] = vendor.behaviour.token_requests or math.inf
        held = {vendor.behaviour.token_field: token} if vendor.behaviour.token_field else {}
        return {**held, "me": {"firstName": "Demo", "lastName": "Eigenaar"}}

    def me(self, request: Request) -> Row:
        return {"firstName": "Demo", "lastName": "Eigenaar"}

    # --- pages and lists ------------------------------------------------------------------------------------

    def users(self, request: Request) -> bytes:
        rows = self.vendor.rows["users"]
        keys = self._order("users")
        if request.path_params["version"] == "v1":
            return self._page(request, "users", rows.pieces(keys))
        users = [decode(piece) for piece in rows.pieces(keys)]
        if request.query_params.get("active") == "true":
            users = [user for user in users if user["active"]]
        return self._page(request, "users", [encode(_as_v2(user)) for user in users])

    def invoices(self, request: Request) -> bytes:
        rows, asked = self.vendor.rows["invoices"], request.query_params
        keys = self._order("invoices")
        if status := asked.get("status"):
            statuses = rows.column("status")
            keys = [key for key in keys if statuses[key] == status]
        if "startDate" in asked:
            created = rows.column("createdAt")
            wanted = self._days(request, inclusive=self.vendor.behaviour.invoices_inclusive)
            keys = [key for key in keys if self._day(created[key]) in wanted]
        return self._page(request, "invoices", rows.pieces(keys))

    def payouts(self, request: Request) -> bytes:
        return self._page(request, "payouts", self.vendor.rows["payouts"].pieces(self._order("payouts")))

    def memberships(self, request: Request) -> list[Row]:
        return self.vendor.truth("memberships")

    def locations(self, request: Request) -> list[Row]:
        return [
            {"id": LOCATION, "name": "Voorbeeldgym", "timezone": "Europe/Amsterdam", "currentUtcOffset": 1}
        ]

    def activity_events(self, request: Request) -> bytes:
        behaviour, rows = self.vendor.behaviour, self.vendor.rows["activity_events"]
        wanted = self._days(request, inclusive=behaviour.events_inclusive)
        start, end = (_date(request, name) for name in ("startDate", "endDate"))
        if (end - start).days > behaviour.max_days:
            raise Refusal(500)
        starts = rows.column("startAt")
        places = rows.column("businessLocationId")
        location = request.query_params.get("locations")
        keys = [
            key
            for key in rows.ids
            if places[key] == location and (not starts[key] or self._day(starts[key]) in wanted)
        ]
        self.vendor.page_served("activity_events")
        return b"[" + rows.page(keys) + b"]"

    def members(self, request: Request) -> list[Row]:
        lesson = request.path_params["lesson"]
        if lesson not in self.vendor.rows["activity_events"].column("id").values():
            raise Refusal(404)
        found = self.vendor.lesson_members(lesson)
        self.vendor.page_served("course_members")
        return found

    # --- figures --------------------------------------------------------------------------------------------

    def revenue(self, request: Request) -> Row:
        wanted = self._days(request, inclusive=self.vendor.behaviour.revenue_inclusive)
        lines = [
            {name: value for name, value in row.items() if name != "id"}
            for row in self.vendor.truth("daily_revenue")
            if date.fromisoformat(row["date"]) in wanted
        ]
        return figures.revenue(lines, self.vendor.truth("ledger_accounts"))

    def statistics(self, request: Request) -> Row:
        asked, category = request.query_params, request.path_params["category"]
        payment = asked.get("filter.PAYMENT_TYPE", "")
        if category not in figures.CATEGORIES:
            raise Refusal(404)
        if payment not in PAYMENT_TYPES or asked.get("period.granularity") != "DAY":
            raise Refusal(400)
        inclusive = self.vendor.behaviour.statistics_inclusive
        wanted = self._days(request, "period.", inclusive=inclusive)
        plans = [row["id"] for row in self.vendor.truth("memberships") if row["paymentType"] == payment]
        if plan := asked.get("filter.MEMBERSHIP"):
            plans = [plan] if plan in plans else []
        return self.vendor.counts.statistics(category, plans, wanted)

    def sales(self, request: Request) -> Row:
        wanted = self._days(request, inclusive=self.vendor.behaviour.sales_inclusive)
        rows = [r for r in self.vendor.truth("product_sales") if date.fromisoformat(r["date"]) in wanted]
        return figures.sales(rows)

    # --- parts ----------------------------------------------------------------------------------------------

    def _order(self, resource: str) -> list[int]:
        keys = self.vendor.rows[resource].ids
        return keys[::-1] if self.vendor.behaviour.newest_first else list(keys)

    def _days(self, request: Request, prefix: str = "", *, inclusive: bool) -> list[date]:
        start, end = (_date(request, f"{prefix}{name}") for name in ("startDate", "endDate"))
        return figures.days(start, end, inclusive=inclusive)

    def _day(self, instant: str) -> date:
        return datetime.fromisoformat(instant).astimezone(ZoneInfo(self.vendor.behaviour.days_in)).date()

    def _page(self, request: Request, resource: str, pieces: list[bytes]) -> bytes:
        behaviour = self.vendor.behaviour
        page, size = (_number(request, name, default) for name, default in (("page", 0), ("size", PAGE_SIZE)))
        if behaviour.max_size:
            size = min(size, behaviour.max_size)
        if behaviour.one_indexed:
            page = max(0, page - 1)
        content = pieces[page * size : (page + 1) * size]
        if page == behaviour.short_page:
            content = content[:-1]
        total = len(pieces) + behaviour.wrong_total
        pages = -(-len(pieces) // size)
        envelope = {"totalElements": total, "totalPages": pages, "number": page, "size": size}
        body = b'{"content":[' + b",".join(content) + b"]," + encode(envelope)[1:]
        self.vendor.page_served(resource)
        return body


def _encoded(answer: Any) -> bytes:
    return answer if isinstance(answer, bytes) else encode(answer)


def _as_v2(user: Row) -> Row:
    """v2 lists the plans' ids where v1 has the assignments."""
    return user | {"activeMemberships": [held["membership"]["id"] for held in user["activeMemberships"]]}


def _date(request: Request, name: str) -> date:
    try:
        return date.fromisoformat(request.query_params.get(name, ""))
    except ValueError:
        raise Refusal(400) from None


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    return int(text) if text.isdecimal() and (name == "page" or int(text)) else default


def _error(request: Request, refusal: Refusal) -> Response:
    content = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "status": refusal.status,
        "error": HTTPStatus(refusal.status).phrase,
        "path": request.url.path,
        "correlationId": str(uuid.uuid4()),
    }
    return Response(encode(content), refusal.status, refusal.headers, "application/json")
