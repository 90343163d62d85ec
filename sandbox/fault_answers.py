"""Faults that are a whole answer of their own: refusals, outages, redirects, things that are no data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from sandbox.fault_kinds import Answered, Fault, Shot
from sandbox.rows import encode

Headers = dict[str, str]
TEXT, JSON, HTML = "text/plain; charset=utf-8", "application/json", "text/html; charset=utf-8"
LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Connexion</title></head><body><form>Mot de passe</form></body></html>"
)


def _answer(
    name: str,
    family: str,
    status: int,
    body: str | bytes = "",
    kind: str = TEXT,
    headers: Callable[[Shot], Headers] = lambda _: {},
    **defaults: Any,
) -> Fault:
    content = body.encode() if isinstance(body, str) else body

    async def strike(shot: Shot) -> bool:
        sent = {"content-type": kind, **headers(shot)}
        pairs = [(key.encode(), value.encode()) for key, value in sent.items()]
        await Answered(status, pairs, content).replay(shot.send)
        return True

    return Fault(name, family, strike, defaults)


def _seconds(shot: Shot) -> Headers:
    return {"retry-after": str(shot.settings["seconds"])}


def _date(shot: Shot) -> Headers:
    at = datetime.now(UTC) + timedelta(seconds=shot.settings["seconds"])
    return {"retry-after": format_datetime(at, usegmt=True)}


def _elsewhere(shot: Shot) -> Headers:
    return {"location": str(shot.settings["location"])}


def _same(shot: Shot) -> Headers:
    query = shot.scope["query_string"].decode("ascii")
    return {"location": shot.scope["path"] + (f"?{query}" if query else "")}


def _error(text: str, status: int) -> bytes:
    return encode({"error": text, "status": status})


SLOW_DOWN = "Rate limit exceeded. Please retry later."

ANSWERS: tuple[Fault, ...] = (
    _answer("429_seconds", "throttle", 429, SLOW_DOWN, headers=_seconds, seconds=1),
    _answer("429_date", "throttle", 429, SLOW_DOWN, headers=_date, seconds=2),
    _answer("429_absent", "throttle", 429, SLOW_DOWN),
    _answer("429_zero", "throttle", 429, SLOW_DOWN, headers=_seconds, seconds=0),
    _answer("429_day", "throttle", 429, SLOW_DOWN, headers=_seconds, seconds=86_400),
    _answer("429_nonsense", "throttle", 429, SLOW_DOWN, headers=_seconds, seconds="soon"),
    _answer("503_retry_after", "throttle", 503, "Service Unavailable", headers=_seconds, seconds=1),
    _answer("500", "server", 500, "Internal Server Error"),
    _answer("502", "server", 502, "<html><body><h1>502 Bad Gateway</h1></body></html>", HTML),
    _answer("503", "server", 503, "Service Unavailable"),
    _answer("504", "server", 504, "<html><body><h1>504 Gateway Timeout</h1></body></html>", HTML),
    _answer("408", "server", 408, "Request Timeout"),
    _answer("410", "server", 410, _error("The cursor has expired", 410), JSON),
    _answer("401", "auth", 401, _error("The access token is invalid", 401), JSON),
    _answer(
        "403", "auth", 403, _error('Access to this resource requires scope "everything:all".', 403), JSON
    ),
    _answer(
        "redirect_other_host",
        "redirect",
        302,
        headers=_elsewhere,
        location="http://elsewhere.example.org/collect",
    ),
    _answer("redirect_loop", "redirect", 302, headers=_same),
    _answer("html_login", "body", 200, LOGIN_PAGE, HTML),
    _answer("html_as_json", "body", 200, LOGIN_PAGE, JSON),
    _answer("error_200", "body", 200, encode({"error": "Something went wrong"}), JSON),
    _answer("empty_body", "body", 200, b"", JSON),
    _answer("empty_object", "body", 200, b"{}", JSON),
    _answer("null_body", "body", 200, b"null", JSON),
    _answer("no_content", "body", 204, b"", JSON),
)
