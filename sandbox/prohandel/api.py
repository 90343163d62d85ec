"""ProHandel's paths: the token host's, and the lists of the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from sandbox.prohandel.vendor import API_KEY
from sandbox.rows import decode, encode
from sandbox.vendor import presented_token, verdict

if TYPE_CHECKING:
    from sandbox.prohandel.vendor import ProHandelVendor

PAGE_SIZE = 100
OTHER_NAME = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}


def routes(vendor: ProHandelVendor) -> ASGIApp:
    """The application of both hosts."""
    api = _Api(vendor)
    return Router(
        [
            Route("/api/v4/token", api.login, methods=["POST"]),
            Route("/api/v4/token/refresh", api.refresh, methods=["POST"]),
            Route("/api/v2/{resource}", api.listed),
            Route("/{rest:path}", api.nothing),
        ]
    )


class _Api:
    def __init__(self, vendor: ProHandelVendor) -> None:
        self.vendor = vendor

    # --- the token host -------------------------------------------------------------------------------------

    async def login(self, request: Request) -> Response:
        body = await request.body()
        with self.vendor.lock:
            if limited := _limited(request):
                return limited
            self.vendor.logins += 1
            try:
                told = {str(name).lower(): value for name, value in decode(body).items()}
            except (ValueError, AttributeError):
                return _json({"error": "BadRequest"}, 400)
            right = told.get("apikey") == API_KEY and told.get("secret") == self.vendor.token
            if self.vendor.revoked or not right:
                return _json({"error": "Unauthorized", "message": "unknown key"}, 401)
            return self._tokens(request)

    async def refresh(self, request: Request) -> Response:
        with self.vendor.lock:
            if limited := _limited(request):
                return limited
            vendor = self.vendor
            vendor.refreshes += 1
            until = vendor.refresh_tokens.get(presented_token(request.scope))
            if vendor.behaviour.refresh_refused or until is None or vendor.clock.now() >= until:
                return _json({"error": "Unauthorized", "message": "unknown token"}, 401)
            return self._tokens(request)

    def _tokens(self, request: Request) -> Response:
        behaviour = self.vendor.behaviour
        token, again = self.vendor.issue()
        host, port = request.url.hostname or "", request.url.port
        other = f"http://{OTHER_NAME.get(host, host)}:{port}"
        return _json(
            {
                "token": {
                    "token": {"value": token, "name": "access", "expiresIn": behaviour.token_lasts},
                    "refreshToken": {"value": again, "name": "refresh", "expiresIn": behaviour.refresh_lasts},
                },
                "serverUrl": behaviour.server_url or other,
                "requiredActions": list(behaviour.required_actions),
            }
        )

    # --- the API --------------------------------------------------------------------------------------------

    async def nothing(self, request: Request) -> Response:
        return Response(
            b"<html><body>404 - File or directory not found.</body></html>", 404, media_type="text/html"
        )

    async def listed(self, request: Request) -> Response:
        vendor, resource = self.vendor, request.path_params["resource"]
        with vendor.lock:
            if limited := _limited(request):
                return limited
            if not vendor.takes(presented_token(request.scope)):
                challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
                return Response(b"", 401, headers=challenge)
            if resource not in vendor.rows:
                return await self.nothing(request)
            asked = {name.lower(): value for name, value in request.query_params.items()}
            chosen = self._chosen(resource, asked)
            if chosen is None:
                return _json({"error": "BadRequest", "correlationId": "0"}, 400)
            size = max(1, min(int(asked.get("pagesize", PAGE_SIZE)), vendor.behaviour.max_page_size))
            number = int(asked.get("page", 1))
            page = chosen[(number - 1) * size : number * size]
            body = b"[" + b",".join(vendor.pieces(resource, page)) + b"]"
            more = len(chosen) > number * size
            vendor.page_served(resource)
        headers = {"X-Page": str(number), "X-Pagesize": str(size), "X-More-Pages-Available": str(more)}
        if vendor.behaviour.without_more:
            del headers["X-More-Pages-Available"]
        headers |= {"X-Correlation-ID": f"{number:08d}", "api-supported-versions": "2.0, 2.29"}
        return Response(body, headers=headers, media_type="application/json")

    def _chosen(self, resource: str, asked: dict[str, str]) -> list[int] | None:
        """What the filter leaves of the list; None where it is refused."""
        vendor, behaviour = self.vendor, self.vendor.behaviour
        listed, bound = vendor.listed(resource), asked.get(behaviour.since.lower())
        known = not behaviour.since_on or resource in behaviour.since_on
        if not behaviour.since or bound is None or not known:
            return listed
        test = _test(behaviour.since_mode, bound, vendor.now())
        if test is None:
            return None
        field = "date" if behaviour.since_mode == "by_date" and resource == "sale" else "lastChange"
        column = vendor.rows[resource].column(field)
        return [n for n in listed if test(column.get(n))]


def _test(mode: str, bound: str, now: str) -> Callable[[Any], bool] | None:
    """What a row's stamp must be; None where the moment is refused."""
    try:
        datetime.fromisoformat(bound[:26])
    except ValueError:
        mode = "refused"
    if mode == "refused":
        return None
    if mode == "ignored" or (mode == "future_only" and bound <= now):
        return lambda stamp: True
    if mode in ("empty", "future_only"):
        return lambda stamp: False
    if mode == "exclusive":
        return lambda stamp: isinstance(stamp, str) and stamp > bound
    if mode in ("by_day", "by_date"):
        return lambda stamp: isinstance(stamp, str) and stamp[:10] >= bound[:10]
    return lambda stamp: isinstance(stamp, str) and stamp >= bound


def _limited(request: Request) -> Response | None:
    judged = verdict(request.scope)
    if judged.allowed:
        return None
    return Response(b"", 429, headers={"Retry-After": str(judged.retry_after)})


def _json(content: Any, status: int = 200) -> Response:
    return Response(encode(content), status, media_type="application/json; charset=utf-8")
