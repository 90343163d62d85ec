"""ConnectWise PSA's paths: lists, counts, single records, discovery, and errors in the vendor's envelope."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from sandbox.connectwise.conditions import BadConditions, parse
from sandbox.connectwise.psa import MEMBER_SECRETS
from sandbox.connectwise.vendor import CLIENT_ID, COMPANY, PATHS, body, error
from sandbox.rows import Row, decode, encode
from sandbox.vendor import verdict

if TYPE_CHECKING:
    from sandbox.connectwise.vendor import ConnectWiseVendor

PAGE_SIZE = 25
VERSION = "2025.1"
MEDIA = f"application/vnd.connectwise.com+json; version={VERSION}"
LONGEST_URL = 2000
_WITH_TIME = re.compile(r"\[[^\]]*T[^\]]*\]")


class Refusal(Exception):
    """Answered with the error envelope."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def routes(vendor: ConnectWiseVendor) -> ASGIApp:
    """The application behind the API's prefix, and discovery beside it."""
    api, prefix = _Api(vendor), vendor.prefix
    made = [Route("/login/companyinfo/{company}", api.discovery)]
    for resource, path in PATHS.items():
        made += [
            Route(f"{prefix}{path}/count", api.guarded(api.count, resource)),
            Route(f"{prefix}{path}/{{row_id:int}}", api.guarded(api.single, resource)),
            Route(f"{prefix}{path}", api.guarded(api.listed, resource)),
        ]
    return Router(
        [
            *made,
            Route(f"{prefix}/system/info", api.guarded(api.info, "")),
            Route("/{rest:path}", api.guarded(api.nothing, "")),
        ]
    )


class _Api:
    def __init__(self, vendor: ConnectWiseVendor) -> None:
        self.vendor = vendor
        self.pages = 0

    def guarded(self, answer: Callable[[Request, str], Response], resource: str) -> Any:
        """An endpoint that answers after the limiter, the credential and the client id."""

        async def endpoint(request: Request) -> Response:
            with self.vendor.lock:
                try:
                    judged = verdict(request.scope)
                    if not judged.allowed:
                        raise Refusal(429, "", "Too many requests.", {"Retry-After": str(judged.retry_after)})
                    self._check(request)
                    response = answer(request, resource)
                except Refusal as refusal:
                    response = _refused(refusal)
                except BadConditions as bad:
                    response = _refused(Refusal(400, "InvalidObject", f"conditions: {bad}"))
                response.headers["api-current-version"] = VERSION
                return response

        return endpoint

    def _check(self, request: Request) -> None:
        vendor = self.vendor
        given = request.headers.get("authorization", "")
        if vendor.revoked or given != vendor.authorization():
            if vendor.behaviour.refused_as == 404:
                raise Refusal(404, "ConnectWiseApi", "The endpoint does not exist.")
            raise Refusal(401, "Unauthorized", "Unauthorized")
        if request.headers.get("clientid", "").lower() != CLIENT_ID:
            raise Refusal(403, "Forbidden", "A clientId is required.")
        if len(str(request.url)) > LONGEST_URL:
            raise Refusal(414, "InvalidObject", "The address is too long.")

    def nothing(self, request: Request, resource: str) -> Response:
        raise Refusal(404, "ConnectWiseApi", "The endpoint does not exist.")

    async def discovery(self, request: Request) -> Response:
        if request.path_params["company"].lower() != COMPANY:
            return Response(b"null", media_type="application/json")
        told = {
            "CompanyName": "Demo IT services",
            "Codebase": "v4_6_release/",
            "VersionCode": "v2025.1",
            "CompanyID": COMPANY,
            "IsCloud": "True",
        }
        return Response(encode(told), media_type="application/json")

    def info(self, request: Request, resource: str) -> Response:
        return _json({"version": "v2025.1.1", "isCloud": True, "serverTimeZone": "GMT Standard Time"})

    # --- lists ----------------------------------------------------------------------------------------------

    def count(self, request: Request, resource: str) -> Response:
        return _json({"count": len(self._chosen(request, resource)) + self.vendor.behaviour.count_off})

    def single(self, request: Request, resource: str) -> Response:
        row_id = int(request.path_params["row_id"])
        if row_id not in self.vendor.rows[resource]:
            raise Refusal(404, "NotFound", f"{resource} {row_id} not found")
        return Response(self._shown(request, resource, [row_id])[0], media_type=MEDIA)

    def listed(self, request: Request, resource: str) -> Response:
        forward = request.headers.get("pagination-type", "").lower() == "forward-only"
        answer = self._forward(request, resource) if forward else self._navigable(request, resource)
        self.vendor.page_served(resource)
        return answer

    def _forward(self, request: Request, resource: str) -> Response:
        if _given(request, "orderBy"):
            raise Refusal(400, "InvalidObject", "orderBy cannot be used with forward-only pagination.")
        behaviour = self.vendor.behaviour
        after, size = int(_given(request, "pageId") or 0), self._size(request)
        ids = [row_id for row_id in self._chosen(request, resource) if row_id > after]
        page, more = ids[:size], len(ids) > size
        if behaviour.false_end_after:
            self.pages = self.pages + 1 if after else 1
            more = more and self.pages < behaviour.false_end_after
        answer = Response(body(self._shown(request, resource, page)), media_type=MEDIA)
        if behaviour.without_link:
            return answer
        goes_on = more or (behaviour.end == "page" and bool(page))
        query = urlencode({"pageSize": size, "pageId": page[-1] - behaviour.link_short_by}) if page else ""
        # The vendor's links may name another host than the one that was asked.
        link = f'<https://elsewhere.example.org{self.vendor.prefix}{PATHS[resource]}?{query}>; rel="next"'
        answer.headers["Link"] = link if goes_on else ""
        return answer

    def _navigable(self, request: Request, resource: str) -> Response:
        ids, size = self._ordered(request, resource), self._size(request)
        number = int(_given(request, "page") or 1)
        page = ids[(number - 1) * size : number * size]
        answer = Response(body(self._shown(request, resource, page)), media_type=MEDIA)
        last = max(1, -(-len(ids) // size))
        if number < last:
            base = f"https://elsewhere.example.org{self.vendor.prefix}{PATHS[resource]}?pageSize={size}&page="
            answer.headers["Link"] = f'<{base}{number + 1}>; rel="next", <{base}{last}>; rel="last"'
        return answer

    def _size(self, request: Request) -> int:
        return max(1, min(int(_given(request, "pageSize") or PAGE_SIZE), self.vendor.behaviour.max_page_size))

    def _chosen(self, request: Request, resource: str) -> list[int]:
        text = _given(request, "conditions")
        ids = self.vendor.rows[resource].ids
        if not text:
            return list(ids)
        if self.vendor.behaviour.days_only and _WITH_TIME.search(text):
            raise BadConditions("no date between the brackets")
        test = parse(text, lambda name: self._column(resource, name))
        return [row_id for row_id in ids if test(row_id)]

    def _ordered(self, request: Request, resource: str) -> list[int]:
        ids = self._chosen(request, resource)
        for part in reversed([p for p in _given(request, "orderBy").split(",") if p.strip()]):
            name, _, way = part.strip().partition(" ")
            _sort(ids, self._column(resource, name), descending=way.strip().lower() == "desc")
        return ids

    def _column(self, resource: str, name: str) -> dict[int, Any]:
        """The values of a field by row id; `lastUpdated` is taken although it lies in `_info`."""
        rows = self.vendor.rows[resource]
        path: tuple[str, ...] = ()
        wanted = ("_info/lastUpdated" if name.lower() == "lastupdated" else name).split("/")
        levels: list[Any] = [decode(rows.encoded(row_id)) for row_id in rows.ids[:200]]
        for part in wanted:
            spelt = {key.lower(): key for row in levels if isinstance(row, dict) for key in row}
            if part.lower() not in spelt:
                raise BadConditions(f"there is no field {name}")
            path = (*path, spelt[part.lower()])
            levels = [row.get(path[-1]) for row in levels if isinstance(row, dict)]
        return rows.column(*path)

    def _shown(self, request: Request, resource: str, ids: list[int]) -> list[bytes]:
        fields, rows = _given(request, "fields"), self.vendor.rows[resource]
        if not fields:
            if resource == "members":
                self.vendor.secrets_served += len(ids)
            if not self.vendor.behaviour.explicit_nulls:
                return rows.pieces(ids)
            return [encode({"mobileGuid": None, "notes": None} | rows.get(row_id)) for row_id in ids]
        names = [name.strip() for name in fields.split(",")]
        if resource == "members" and {name.lower() for name in names} & {n.lower() for n in MEMBER_SECRETS}:
            self.vendor.secrets_served += len(ids)
        return [encode(_restricted(rows.get(row_id), names)) for row_id in ids]


def _restricted(row: Row, names: list[str]) -> Row:
    """The row with these fields alone; a name may go one level down by a slash."""
    kept: Row = {}
    spelt = {key.lower(): key for key in row}
    for name in names:
        top, _, below = name.partition("/")
        if (key := spelt.get(top.lower())) is None:
            continue
        if not below:
            kept[key] = row[key]
        elif isinstance(row[key], dict) and below in row[key]:
            kept.setdefault(key, {})[below] = row[key][below]
    return kept


def _sort(ids: list[int], column: dict[int, Any], *, descending: bool) -> None:
    """In place, rows without a value first."""
    ids.sort(key=lambda i: (column.get(i) is not None, column.get(i) or 0), reverse=descending)


def _given(request: Request, name: str) -> str:
    """A query parameter; their names are not case-sensitive."""
    return next((v for k, v in request.query_params.items() if k.lower() == name.lower()), "")


def _json(content: Any) -> Response:
    return Response(encode(content), media_type=MEDIA)


def _refused(refusal: Refusal) -> Response:
    if refusal.status == 429:
        content = encode({"error": "ConnectWiseAPI", "message": refusal.message})
    else:
        content = error(refusal.code, refusal.message)
    return Response(content, refusal.status, headers=refusal.headers, media_type=MEDIA)
