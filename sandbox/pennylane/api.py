"""Pennylane's HTTP surface: bearer, scopes, limits, lists, single rows and changelogs.

Source: Pennylane's OpenAPI document (company API v2), its rate limiting, error and change tracking pages.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from sandbox.clock import instant, stamp
from sandbox.pennylane import exports, query
from sandbox.pennylane.declared import CHANGELOG_LIMIT, CHANGELOGS, COLLECTIONS, RETENTION
from sandbox.pennylane.query import ApiError, refused
from sandbox.rows import Row, encode
from sandbox.vendor import presented_token, verdict

if TYPE_CHECKING:
    from sandbox.pennylane.vendor import PennylaneVendor

Endpoint = Callable[["PennylaneVendor", Request], Awaitable[bytes]]

NULLS = b',"total_pages":null,"current_page":null,"per_page":null,"total_items":null'


def routes(vendor: PennylaneVendor) -> ASGIApp:
    """The vendor's paths as an ASGI application."""

    def at(path: str, endpoint: Endpoint, *, method: str = "GET", status: int = 200) -> Route:
        async def answer(request: Request) -> Response:
            return await _answer(vendor, endpoint, request, status)

        return Route(vendor.prefix + path, answer, methods=[method])

    async def file(request: Request) -> Response:
        return await exports.download(vendor, request)

    return Router(
        [
            at("/me", _me),
            at("/changelogs/{resource}", _changelog),
            at("/exports/{kind}", exports.create, method="POST", status=201),
            at("/exports/{kind}/{id}", exports.poll),
            at("/{resource}", _list),
            at("/{resource}/{id}", _one),
            Route("/files/{name}", file),
        ],
        default=_nowhere,
    )


async def _nowhere(scope: Any, receive: Any, send: Any) -> None:
    await Response(encode(_NOT_FOUND), 404, media_type="application/json")(scope, receive, send)


_NOT_FOUND = {"error": "Not Found", "status": 404}


async def _answer(vendor: PennylaneVendor, endpoint: Endpoint, request: Request, status: int) -> Response:
    """Check limit and token, call the endpoint, and put Pennylane's headers on whatever comes out."""
    word = verdict(request.scope)
    headers = {"Api-Version-Expires-At": vendor.version_expires_at}
    if word.limit is not None:
        headers |= {
            "ratelimit-limit": str(word.limit),
            "ratelimit-remaining": str(word.remaining),
            "ratelimit-reset": str(word.reset),
        }
    if not word.allowed:
        seconds = word.retry_after
        text = f"Rate limit exceeded. Please retry in {seconds} seconds."
        return Response(text, 429, headers | {"retry-after": str(seconds)}, media_type="text/plain")
    try:
        if not vendor.token_valid(presented_token(request.scope)):
            raise ApiError(401, {"error": "The access token is invalid", "status": 401})
        body = await endpoint(vendor, request)
    except ApiError as error:
        status, body = error.status, encode(error.body)
    except HTTPException as error:
        status, body = error.status_code, encode({"error": error.detail, "status": error.status_code})
    return Response(body, status, headers, media_type="application/json")


def need_scope(vendor: PennylaneVendor, scope: str) -> None:
    """Pass with `scope`, or with `<name>:all` where it is `<name>:readonly`.

    :raises ApiError: 403, naming the scope.
    """
    if scope not in vendor.scopes and scope.replace(":readonly", ":all") not in vendor.scopes:
        raise ApiError(403, {"error": f'Access to this resource requires scope "{scope}".', "status": 403})


async def _me(vendor: PennylaneVendor, _: Request) -> bytes:
    user = {
        "id": 77,
        "first_name": "Zoé",
        "last_name": "Lemaître",
        "email": "zoe@example.org",
        "locale": "fr",
    }
    return encode({"user": user, "company": vendor.company, "scopes": sorted(vendor.scopes)})


async def _list(vendor: PennylaneVendor, request: Request) -> bytes:
    name, asked = request.path_params["resource"], request.query_params
    declared = COLLECTIONS.get(name)
    if declared is None:
        raise ApiError(404, _NOT_FOUND)
    need_scope(vendor, f"{declared.scope}:readonly")
    limit = query.read_limit(asked.get("limit"), vendor.max_limit or declared.max_limit)
    with vendor.lock:
        rows = vendor.rows[name]
        candidates = query.matching(rows, declared, asked.get("filter"))
        ids, cursor = query.page(
            rows,
            candidates,
            declared,
            sort=asked.get("sort", "-id"),
            cursor=asked.get("cursor"),
            limit=limit,
            by_offset=vendor.by_offset,
        )
        items = rows.pieces(ids)
        vendor.page_served(name)
    return _envelope(items, cursor, NULLS if declared.nulls else b"")


def _envelope(items: list[bytes], cursor: str | None, more: bytes = b"") -> bytes:
    """One join: a benchmark's page is megabytes, and every copy of it shows."""
    has_more = b"false" if cursor is None else b"true"
    tail = b'],"has_more":%b,"next_cursor":%b%b}' % (has_more, encode(cursor), more)
    items = items or [b""]
    items[0] = b'{"items":[' + items[0]
    items[-1] += tail
    return b",".join(items)


async def _one(vendor: PennylaneVendor, request: Request) -> bytes:
    name, text = request.path_params["resource"], request.path_params["id"]
    declared = COLLECTIONS.get(name)
    if declared is None or not declared.by_id:
        raise ApiError(404, _NOT_FOUND)
    need_scope(vendor, f"{declared.scope}:readonly")
    with vendor.lock:
        rows = vendor.rows[name]
        if not text.isdecimal() or int(text) not in rows:
            raise ApiError(404, {"error": f"Couldn't find {declared.model} with 'id'={text}", "status": 404})
        if name == "ledger_entries":
            return encode(_entry_with_lines(vendor, rows.get(int(text))))
        return rows.encoded(int(text))


def _entry_with_lines(vendor: PennylaneVendor, entry: Row) -> Row:
    entry = {
        key: value for key, value in entry.items() if key not in ("journal_id", "ledger_attachment_filename")
    }
    lines = vendor.rows["ledger_entry_lines"]
    kept = ("id", "debit", "credit", "label", "ledger_account")
    found = [lines.get(line_id) for line_id in sorted(vendor.lines_of.get(entry["id"], ()))]
    return entry | {"ledger_entry_lines": [{key: line[key] for key in kept} for line in found]}


async def _changelog(vendor: PennylaneVendor, request: Request) -> bytes:
    name, asked = request.path_params["resource"], request.query_params
    if name not in CHANGELOGS:
        raise ApiError(404, _NOT_FOUND)
    need_scope(vendor, f"{COLLECTIONS[name].scope}:readonly")
    limit = query.read_limit(asked.get("limit"), CHANGELOG_LIMIT)
    start, cursor = asked.get("start_date"), asked.get("cursor")
    if start is not None and cursor is not None:
        raise refused("start_date and cursor cannot be used together")
    oldest, now = stamp(vendor.clock.now() - RETENTION), stamp(vendor.clock.now())
    since, after = oldest, None
    if start is not None:
        since = _start(start, oldest)
    if cursor is not None:
        position = query.read_cursor(cursor)
        after = (str(position[0]), position[1])
    with vendor.lock:
        events, more = vendor.changelogs[name].page(since=since, now=now, limit=limit, after=after)
        vendor.page_served(f"changelogs/{name}")
    return _envelope([encode(event) for event in events], None if more is None else query.write_cursor(more))


def _start(text: str, oldest: str) -> str:
    try:
        start = stamp(instant(text))
    except ValueError:
        raise refused(
            "start_date is not a date-time", field="start_date", code="InvalidDateTimeFormat"
        ) from None
    if start < oldest:
        raise ApiError(422, {"error": "start_date is older than the retention of 4 weeks", "status": 422})
    return start
