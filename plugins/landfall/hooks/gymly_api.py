"""How Gymly wants to be spoken to: credentials, budget, and what its errors mean."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import msgspec

from landfall.errors import AuthenticationFailed, LandfallError, Misconfigured, RateLimited
from landfall.hooks import connection as settings
from landfall.wire.answers import Answer, Judge, Refused
from landfall.wire.auth import Bearer
from landfall.wire.budget import Budget
from landfall.wire.client import ApiSettings, Timeouts
from landfall.wire.login import LoginBearer
from landfall.wire.retry import RetryPolicy

PUBLIC_URL = "https://api.gymly.io/api"

#: Gymly names no limit; clients that keep to one a second are not known to have been refused.
REQUESTS, PERIOD = 60, 60.0

#: A slot of a full window comes free after up to a minute, so a wait of that length is nothing unusual here.
MAX_WAIT = 180.0

#: A 429 that names no time.
DEFAULT_WAIT = 60.0

LOGIN_PATH = "/v1/user/auth/login"

CATEGORIES = ("new", "paused", "active", "expirations")
PAYMENT_TYPES = ("ONCE", "PERIODIC", "PERIODIC_CUSTOM")

_TOKEN_FIELDS = ("jwt", "accessToken", "token", "access_token")
_IDENTIFIER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
_SAFE_MESSAGES = tuple(
    re.compile(phrase)
    for phrase in (
        "Bad Request",
        "Unauthorized",
        "Forbidden",
        "Not Found",
        "Too Many Requests",
        "Internal Server Error",
        "Bad Gateway",
        "Service Unavailable",
        "Gateway Timeout",
    )
)


class _Envelope(msgspec.Struct):
    correlationId: str = ""


def judge(default_wait: float = DEFAULT_WAIT) -> Judge:
    """The common judgement, and in an error the id by which Gymly's support can find the request.

    :param default_wait: seconds to wait after a 429 that names no time.
    """
    common = Judge("Gymly", safe_messages=_SAFE_MESSAGES, default_wait=default_wait)

    def explain(answer: Answer) -> LandfallError | None:
        fault = common.fault(answer) if answer.status >= 400 else None
        if fault is None:
            return None
        try:
            correlation = msgspec.json.decode(answer.body, type=_Envelope).correlationId
        except (msgspec.DecodeError, UnicodeDecodeError):
            correlation = ""
        if _IDENTIFIER.fullmatch(correlation):
            fault.message += f" [correlation id {correlation}]"
        if answer.status == 500 and answer.place.endswith("/activity-events"):
            fault.todo += " If the range is too wide for Gymly, lower days_per_request in the connection."
        return fault

    return Judge("Gymly", classify=explain)


def identifiers(connection: settings.ConnectionLike) -> tuple[str, str]:
    """The ids of the business and of the location, from the extra.

    :raises Misconfigured: one is missing or cannot be an id.
    """
    found = []
    for name in ("business_id", "location_id"):
        value = str(connection.extra_dejson.get(name) or "").strip()
        if not _IDENTIFIER.fullmatch(value):
            raise Misconfigured(
                f"Connection {connection.conn_id}: {name} is {'malformed' if value else 'empty'}",
                todo=f"Put the id from Gymly's admin address into {name}.",
            )
        found.append(value)
    return found[0], found[1]


def api_settings(connection: settings.ConnectionLike) -> ApiSettings:
    """What the HTTP client needs, from an Airflow connection.

    :raises Misconfigured: a field is missing or wrong.
    """
    url = settings.base_url(connection, PUBLIC_URL)
    login = str(getattr(connection, "login", None) or "").strip()
    credential = login or settings.secret(connection)
    budget = settings.budget(
        connection, f"{httpx.URL(url).host} {credential}", requests=REQUESTS, period=PERIOD
    )
    judged = judge(settings.number(connection, "default_wait_seconds", DEFAULT_WAIT))
    auth: httpx.Auth = Bearer(credential, "ApiKey")
    if login:
        if not connection.password:
            raise Misconfigured(
                f"Connection {connection.conn_id}: the password is empty",
                todo="Put the password of this login into it, or clear the login and put an API key there.",
            )
        body = {"email": login, "password": connection.password}
        auth = LoginBearer(url + LOGIN_PATH, body, token_reader(judged, budget))
    return ApiSettings(
        base_url=url,
        auth=auth,
        judge=judged,
        budget=budget,
        retry=RetryPolicy(total_seconds=300.0),
        timeouts=settings.timeouts(connection, Timeouts()),
        max_wait=settings.number(connection, "max_wait_seconds", MAX_WAIT),
    )


_LOGIN = "Check login and password of the Gymly connection."


def token_reader(judged: Judge, budget: Budget) -> Callable[[httpx.Response], str]:
    """Reads the token of a login's answer, under any of the names that clients have seen."""

    def token_of(response: httpx.Response) -> str:
        place = f"POST {LOGIN_PATH}"
        answer = Answer(response.status_code, response.headers, response.content, place, place)
        fault = judged.fault(answer)
        if isinstance(fault, RateLimited):
            budget.freeze(fault.retry_after)
        if isinstance(fault, Refused):
            fault = AuthenticationFailed(fault.message, todo=_LOGIN)
        if isinstance(fault, AuthenticationFailed):
            fault.todo = _LOGIN
        if fault is not None:
            raise fault
        told = answer.json()
        for name in _TOKEN_FIELDS:
            token = told.get(name) if isinstance(told, dict) else None
            if isinstance(token, str) and token.isascii() and token.isprintable() and token.strip():
                return token.strip()
        raise AuthenticationFailed(
            f"Gymly: {place} answered without a token",
            todo="A second factor would ask for more: use an account without one, or an API key.",
        )

    return token_of
