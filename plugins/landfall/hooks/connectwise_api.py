"""What ConnectWise PSA's API is: its collections, its credential, its limits, and what it means by its answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from landfall.errors import AuthenticationFailed, LandfallError, Misconfigured, ScopeMissing
from landfall.hooks import connection as settings
from landfall.hooks.connectwise_discovery import base_of
from landfall.wire.answers import Answer, Judge
from landfall.wire.client import ApiSettings, Timeouts
from landfall.wire.retry import RetryPolicy

#: Vendor's developer guide, Rate Limiting: above about 1,000 requests a minute 429 is to be expected.
REQUESTS, PERIOD = 1000, 60.0

#: Largest `pageSize` (developer guide, Pagination); larger ones are cut without a word.
PAGE_SIZE = 1000

#: The model that is asked for; an older one stays supported for twelve months after a breaking change.
ACCEPT = "application/vnd.connectwise.com+json; version=2025.1"

_MEMBER_FIELDS = (
    "id,identifier,firstName,lastName,title,licenseClass,officeEmail,inactiveFlag,inactiveDate,hireDate,type,workRole,"
    "workType,defaultLocation,defaultDepartment,reportsTo,dailyCapacity,hourlyCost,hourlyRate,billableForecast,_info"
)


@dataclass(frozen=True, slots=True)
class Collection:
    """What the API offers for one collection.

    :param path: below the base URL; `/count` below it tells how many rows there are.
    :param fields: what is asked for, where that is not everything: members have secrets among their fields.
    """

    path: str
    fields: str = ""


COLLECTIONS: Mapping[str, Collection] = {
    "time_entries": Collection("/time/entries"),
    "agreements": Collection("/finance/agreements"),
    "companies": Collection("/company/companies"),
    "expenses": Collection("/expense/entries"),
    "products": Collection("/procurement/products"),
    "invoices": Collection("/finance/invoices"),
    "unposted_invoices": Collection("/finance/accounting/unpostedinvoices"),
    "members": Collection("/system/members", _MEMBER_FIELDS),
    "agreement_types": Collection("/finance/agreements/types"),
    "work_types": Collection("/time/workTypes"),
    "work_roles": Collection("/time/workRoles"),
    "departments": Collection("/system/departments"),
}


class Keys(httpx.BasicAuth):
    """The API member's keys, and the client id beside them."""

    def __init__(self, login: str, private_key: str, client_id: str) -> None:
        super().__init__(login, private_key)
        self._headers = {"clientId": client_id, "Accept": ACCEPT}

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers.update(self._headers)
        return super().auth_flow(request)


def login_of(connection: settings.ConnectionLike) -> tuple[str, str]:
    """Company id and public key. :raises Misconfigured: the login is not both of them."""
    company, plus, public = str(getattr(connection, "login", "") or "").strip().partition("+")
    if not (company and plus and public) or not (company + public).isascii():
        raise Misconfigured(
            f"Connection {connection.conn_id}: the login is not company id and public key",
            todo="Write it as company+publickey, as in the API member's keys.",
        )
    return company, public


def _client_id(connection: settings.ConnectionLike) -> str:
    given = str(connection.extra_dejson.get("client_id") or "").strip()
    if not re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", given):
        raise Misconfigured(
            f"Connection {connection.conn_id}: client_id is {'no GUID' if given else 'missing'}",
            todo="Put the integration's client id from developer.connectwise.com into client_id.",
        )
    return given


def api_settings(connection: settings.ConnectionLike) -> ApiSettings:
    """The API that a connection speaks of. :raises Misconfigured: it cannot be."""
    company, public = login_of(connection)
    private, client_id = settings.secret(connection), _client_id(connection)
    timeouts = settings.timeouts(connection, Timeouts())
    url = base_of(connection, company, timeouts)
    login = f"{company}+{public}"
    return ApiSettings(
        base_url=url,
        auth=Keys(login, private, client_id),
        # Without a Retry-After the waits grow from try to try.
        judge=Judge("ConnectWise", classify=_classify, default_wait=0.0),
        budget=settings.budget(
            connection, f"{httpx.URL(url).host} {login} {private}", requests=REQUESTS, period=PERIOD
        ),
        retry=RetryPolicy(attempts=8, longest_wait=60.0, total_seconds=300.0),
        timeouts=timeouts,
        max_wait=settings.number(connection, "max_wait_seconds", 60.0),
    )


def _classify(answer: Answer) -> LandfallError | None:
    """What this vendor means by some of its answers (developer guide, Error Handling)."""
    if answer.status < 400:
        return None
    said, code = f"ConnectWise: {answer.place} answered {answer.status}", _code(answer.body)
    if code == "Security":
        return Misconfigured(
            f"{said}: the host takes no API requests",
            todo="Cloud hosts begin with api-, such as api-na.myconnectwise.net: correct base_url.",
        )
    if answer.status == 401 or (answer.status == 404 and code == "ConnectWiseApi"):
        return AuthenticationFailed(
            said,
            todo="Check company id, public and private key in the connection (the cloud answers 404 to wrong keys); "
            "if they are right, the path does not exist on this site.",
        )
    if answer.status == 403:
        return ScopeMissing(
            said,
            todo="Check client_id in the connection, and let the API member's security role read this.",
        )
    return None


def _code(body: bytes) -> str:
    try:
        told = msgspec.json.decode(body[:10_000], type=dict[str, Any])
    except msgspec.DecodeError:
        return ""
    return str(told.get("code") or "")
