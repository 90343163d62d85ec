"""Fullbay's invoices as an Airflow hook.

    from landfall.hooks.fullbay import FullbayHook

    for page in FullbayHook("fullbay_north").invoices(date(2025, 3, 1), date(2025, 3, 31)):
        ...

One shop is one API key is one connection; `fullbay_default` is the first shop and names the others. Fullbay publishes
no API reference. What is said here about the API is what several independent public clients of `getInvoices.php` agree
on: everything is in the query, a token is good for one day and one caller, dates are inclusive, seven days are the
longest range, and a failure is an answer like any other.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx
import msgspec

from landfall.errors import (
    AuthenticationFailed,
    LandfallError,
    Misconfigured,
    RateLimited,
    ReadMoved,
    VendorUnavailable,
)
from landfall.hooks import connection as settings
from landfall.hooks.base import BaseHook, ConnectionMissing
from landfall.identity import Identity
from landfall.json_text import NOT_JSON, raw_at
from landfall.sources.fullbay.landed import Landed
from landfall.wire.answers import Answer, Judge, Refused, Unusable, http_date, retry_after
from landfall.wire.client import ApiClient, ApiSettings, Timeouts
from landfall.wire.numbered_pages import NumberedPaging
from landfall.wire.pages import Page, read_pages

PUBLIC_URL = "https://app.fullbay.com/services"
INVOICES = "/getInvoices.php"
DAY = timedelta(days=1)
LONGEST = timedelta(days=7)
"""Longest range of one request, both ends counted (independent clients of the API)."""

#: No limit is documented; independent clients pause 0.3 to 2 seconds between requests.
REQUESTS, PERIOD = 2, 1.0
#: Seconds after a 429 that names no time (the same).
DEFAULT_WAIT = 60.0
#: A busy week takes the vendor minutes to put together.
TIMEOUTS = Timeouts(connect=10.0, read=300.0, total=600.0)

PAGING = NumberedPaging(items="resultSet", key="primaryKey")
_REFUSED = (
    r"(?:invalid|unknown|wrong|incorrect|bad|expired|stale|revoked|refused|rejected|inactive|disabled|mismatch\w*"
    r"|not (?:valid|found|active|allowed|accepted|authori[sz]ed|recogni[sz]ed)|does(?:n't| not) match)"
)
_CREDENTIAL = r"(?:api[ _-]?key|key|token|ip(?: address)?|credentials?|login|account)"
#: A refused credential, by its words: that a message has the word "key" somewhere means nothing.
_AUTHENTICATION = re.compile(
    rf"\b{_REFUSED}\W+(?:the |your |api )*{_CREDENTIAL}\b"
    rf"|\b{_CREDENTIAL}\b(?:\W+\S+){{0,2}}?\W+(?:is |was |has |been )*{_REFUSED}\b"
    r"|\bunauthori[sz]ed\b|\bauthenticat\w*|\bnot authori[sz]ed\b|\baccess denied\b|\bpermission\b",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"\b(?:no|nothing|zero|0)\b(?:\W+\w+){0,4}?\W+(?:found|match\w*|available|records?|invoices?|results?|data)\b"
    r"|\b(?:records?|invoices?|results?|data) (?:was |were )?not found\b|\bnothing found\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(r"\b(dates?|range|days?|page|parameters?)\b", re.IGNORECASE)
_LIMIT = re.compile(r"too many|rate limit|throttl", re.IGNORECASE)
_WORDS = re.compile(r"(?:[A-Za-z]{1,14}[ ,.:']*){1,16}")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,50}")


T = TypeVar("T")


class NothingFound(LandfallError):
    """A failure that says that there are no invoices in the range: an empty day."""


class Envelope(msgspec.Struct):
    """What tells success from failure; the rest of the answer is paging."""

    status: Any = None
    message: Any = None
    error: Any = None


class DailyToken(httpx.Auth):
    """Signs each request with the key and the token of the day.

    The vendor's time zone is not documented. When a token is refused, the date in a second time zone, by the clock in
    the vendor's own answer, is tried once; what is accepted is used from then on.

    :param key: the API key, a secret.
    :param ip: the caller's public IPv4 address.
    :param zone: the second time zone.
    """

    requires_response_body = True

    def __init__(self, key: str, ip: str, zone: ZoneInfo) -> None:
        self._key, self._ip, self._zone = key, ip, zone
        self._second = False
        self._ahead = timedelta()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        bare, clock = request.url, datetime.now(UTC)
        day = self._day(clock + self._ahead, second=self._second)
        request.url = self._signed(bare, day)
        response = yield request
        if not _refuses(response):
            return
        now = http_date(response.headers.get("date")) or clock
        choices = (not self._second, self._second)
        days = {self._day(now, second=second): second for second in reversed(choices)}
        for other, second in days.items():
            if other != day:  # at most one: the two zones' dates by the vendor's clock
                request.url = self._signed(bare, other)
                response = yield request
                if not _refuses(response):
                    self._second, self._ahead = second, now - clock
                return

    def _day(self, now: datetime, *, second: bool) -> date:
        return now.astimezone(self._zone if second else UTC).date()

    def _signed(self, url: httpx.URL, day: date) -> httpx.URL:
        return url.copy_merge_params({"key": self._key, "token": daily_token(self._key, day, self._ip)})


def daily_token(key: str, day: date, ip: str) -> str:
    """The token of one day: SHA-1 of key, date and caller address without separators, in lower-case hex."""
    return hashlib.sha1(f"{key}{day.isoformat()}{ip}".encode(), usedforsecurity=False).hexdigest()


class FullbayHook(BaseHook):
    """Read the invoices of one shop, or of all the shops that its connection names.

    :param fullbay_conn_id: the Airflow connection: the password is the API key; the extra has `egress_ip`,
        `time_zone`, `shop_code`, `token_time_zone` and `more_shops`.
    """

    conn_name_attr = "fullbay_conn_id"
    default_conn_name = "fullbay_default"
    conn_type = "fullbay"
    hook_name = "Fullbay"

    def __init__(self, fullbay_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.fullbay_conn_id = fullbay_conn_id

    @cached_property
    def client(self) -> ApiClient:
        """The HTTP client; one per shop, its connections are reused."""
        return ApiClient(_api_settings(self._connection))

    @cached_property
    def _connection(self) -> Any:
        try:
            return settings.understood(self.get_connection(self.fullbay_conn_id), self.conn_type)
        except ConnectionMissing:
            raise Misconfigured(
                f"there is no connection {self.fullbay_conn_id}",
                todo="Add it (Admin → Connections), or take it out of more_shops.",
            ) from None

    @property
    def fingerprint(self) -> str:
        """Tells this shop's credential and settings from others."""
        return settings.fingerprint(self._connection)

    @property
    def shop_code(self) -> str:
        """What tells this shop's rows from those of others: `shop_code`, else the end of the connection id."""
        code = str(self._extra("shop_code") or self.fullbay_conn_id.removeprefix("fullbay_"))
        if not _CODE.fullmatch(code):
            raise self._misconfigured("shop_code", "1 to 50 letters, digits, - or _")
        return code

    @property
    def time_zone(self) -> ZoneInfo:
        """The shop's time zone, in which the API's times are; UTC where the connection names none."""
        return _zone(self._connection, "time_zone")

    @cached_property
    def shops(self) -> Sequence[FullbayHook]:
        """This hook, and one for each connection id in `more_shops` (separated by commas).

        :raises Misconfigured: two of them have the same shop code.
        """
        more = str(self._extra("more_shops") or "").split(",")
        ids = dict.fromkeys(
            name.strip() for name in more if name.strip() and name.strip() != self.fullbay_conn_id
        )
        found = [self, *(FullbayHook(conn_id) for conn_id in ids)]
        if len({shop._account for shop in found}) < len(found):
            raise self._misconfigured("more_shops", "connections with a shop code of their own each")
        return found

    @property
    def accounts(self) -> dict[str, FullbayHook]:
        """The shops by their codes; each is read, and fails, by itself."""
        return {shop._account: shop for shop in self.shops}

    @property
    def _account(self) -> str:
        """The shop code, or what stands for it where the connection does not even tell that."""
        try:
            return self.shop_code
        except Misconfigured:
            return self.fullbay_conn_id.removeprefix("fullbay_")

    def get_conn(self) -> ApiClient:
        """The HTTP client, under the name Airflow hooks use."""
        return self.client

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        for shop in self.__dict__.pop("shops", [self]):
            if "client" in shop.__dict__:
                shop.client.close()
                del shop.__dict__["client"]

    def invoices(self, start: date, end: date) -> Iterator[Page]:
        """This shop's invoices dated from `start` to `end`, both included, in windows of at most seven days.

        A window is read once more when data moved meanwhile, and given out only when it is proved complete.

        :raises ReadMoved: it moved again.
        :raises AuthenticationFailed: key, token or address were refused; never taken for an empty day.
        :raises LandfallError: as `landfall.wire.client.ApiClient` and `NumberedPaging` document.
        """
        while start <= end:
            last = min(start + LONGEST - DAY, end)
            try:
                pages = self._window(start, last)
            except ReadMoved:
                self.log.info(
                    "invoices from %s to %s moved while they were read; reading them again", start, last
                )
                pages = self._window(start, last)
            yield from pages
            start = last + DAY

    def _window(self, start: date, end: date) -> Sequence[Page]:
        params = {"startDate": start.isoformat(), "endDate": end.isoformat()}
        pages: list[Page] = []
        try:
            pages.extend(read_pages(self.client, INVOICES, params, PAGING))
        except NothingFound as nothing:
            if pages:
                raise ReadMoved(nothing.message) from None
            pages = [Page([], {"status": "FAIL", "message": nothing.message}, 1, f"GET {INVOICES}")]
        return pages

    def tagged(self, start: date, end: date) -> Iterator[Page]:
        """As `invoices`, each record with its shop and time zone: `{shop_code, time_zone, invoice}`."""
        code, zone = self.shop_code, self.time_zone.key
        for page in self.invoices(start, end):
            tagged = [msgspec.Raw(msgspec.json.encode(Landed(code, zone, item))) for item in page.items]
            envelope = {"shop_code": code, **page.envelope}
            yield Page(tagged, envelope, page.number, page.request, page.server_time)

    def list(self, resource: str, *, start: date, end: date) -> Iterator[Page]:
        """The invoices of all shops, as `tagged` gives those of one.

        :param resource: `invoices`, the only one there is.
        """
        if resource != "invoices":
            raise Misconfigured(f"Fullbay has no collection {resource!r}", todo="Use invoices.")
        for shop in self.shops:
            yield from shop.tagged(start, end)

    def missing_scopes(self, resources: object = None) -> dict[str, str]:
        """Fullbay knows no scopes; asks each shop for its last invoices, so that a refused key shows before the read.

        :raises LandfallError: every shop refuses; one that does so alone costs itself, when it is read.
        """
        self._of_each_shop(lambda shop: shop._recent)
        return {}

    def identity(self) -> dict[str, Identity | None]:
        """Whose invoices each shop's key opens: the title they bear, where those of a week bear one and the same.

        The API has no account of its own to ask for, so a week without invoices tells nothing.

        :raises LandfallError: every shop refuses.
        """
        return self._of_each_shop(FullbayHook._titled)

    def _titled(self) -> Identity | None:
        found = (_text(item, "shopTitle") for item in self._recent)
        titles = {title.casefold(): title for title in found if title}
        return Identity(*next(iter(titles.items()))) if len(titles) == 1 else None

    @cached_property
    def _recent(self) -> Sequence[msgspec.Raw]:
        """The first invoices of the last seven days."""
        today = datetime.now(UTC).date()
        params = {"startDate": (today - LONGEST + DAY).isoformat(), "endDate": today.isoformat()}
        try:
            return next(read_pages(self.client, INVOICES, params, PAGING)).items
        except NothingFound:
            return []

    def _of_each_shop(self, ask: Callable[[FullbayHook], T]) -> dict[str, T]:
        told: dict[str, T] = {}
        refused: list[LandfallError] = []
        for name, shop in self.accounts.items():
            try:
                told[name] = ask(shop)
            except LandfallError as error:
                self.log.warning("shop %s: %s", name, error)
                refused.append(error)
        if refused and not told:
            raise refused[0]
        return told

    def test_connection(self) -> tuple[bool, str]:
        """Whether the key, the address and the token of the day are accepted; for the form's test button."""
        try:
            asked = {shop.shop_code: shop._recent for shop in self.shops}
        except LandfallError as error:
            return False, str(error)
        return True, f"Connected to Fullbay; shops: {', '.join(asked)}."

    def _extra(self, name: str) -> Any:
        return self._connection.extra_dejson.get(name)

    def _misconfigured(self, name: str, wanted: str) -> Misconfigured:
        return Misconfigured(
            f"Connection {self.fullbay_conn_id}: {name} is not as it should be",
            todo=f"Set {name} to {wanted}.",
        )


def _text(item: msgspec.Raw, name: str) -> str:
    """A text of an invoice; "" where there is none to be read."""
    try:
        value = msgspec.json.decode(raw_at(item, name) or b'""')
    except NOT_JSON:
        return ""
    return value.strip() if isinstance(value, str) else ""


def _api_settings(connection: settings.ConnectionLike) -> ApiSettings:
    key = settings.secret(connection)
    url = settings.base_url(connection, PUBLIC_URL)
    zone = _zone(
        connection, "token_time_zone" if connection.extra_dejson.get("token_time_zone") else "time_zone"
    )
    return ApiSettings(
        base_url=url,
        auth=DailyToken(key, _egress_ip(connection), zone),
        judge=Judge("Fullbay", classify=_classifier(connection.conn_id), default_wait=DEFAULT_WAIT),
        budget=settings.budget(connection, f"{httpx.URL(url).host} {key}", requests=REQUESTS, period=PERIOD),
        timeouts=settings.timeouts(connection, TIMEOUTS),
        max_wait=settings.number(connection, "max_wait_seconds", 60.0),
    )


def _egress_ip(connection: settings.ConnectionLike) -> str:
    """The caller's public address as Fullbay sees it; a private one cannot be it, and IPv6 is not accepted there."""
    given = str(connection.extra_dejson.get("egress_ip") or "").strip()
    try:
        return str(ipaddress.IPv4Address(given))
    except ValueError:
        raise Misconfigured(
            f"Connection {connection.conn_id}: egress_ip is {'no IPv4 address' if given else 'missing'}",
            todo="Put the public IPv4 address there from which your requests leave (of the NAT gateway, not the host).",
        ) from None


def _zone(connection: settings.ConnectionLike, name: str) -> ZoneInfo:
    given = str(connection.extra_dejson.get(name) or "UTC").strip()
    try:
        return ZoneInfo(given)
    except (ValueError, KeyError, OSError):
        raise Misconfigured(
            f"Connection {connection.conn_id}: {name} is no time zone",
            todo="Use an IANA name: America/Detroit.",
        ) from None


def _classifier(conn_id: str) -> Callable[[Answer], LandfallError | None]:
    def classify(answer: Answer) -> LandfallError | None:
        """Fullbay says with status 200 what went wrong."""
        if answer.status != 200:
            return None
        try:
            told = msgspec.json.decode(answer.body, type=Envelope)
        except msgspec.ValidationError:
            return Unusable(f"Fullbay: {answer.place}: the answer is not a JSON object")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        if told.status == "SUCCESS" and not told.error:
            return None
        return _failure(answer, told, conn_id)

    return classify


def _failure(answer: Answer, told: Envelope, conn_id: str) -> LandfallError:
    message = str(told.message or told.error or "").strip()
    # Plain words only: a message may quote the key.
    said = f" ({message.rstrip('.')})" if _WORDS.fullmatch(message) else ""
    where = f"Fullbay: {answer.place}, connection {conn_id},"
    if _LIMIT.search(message):
        wait = retry_after(answer.headers, DEFAULT_WAIT)
        return RateLimited(f"{where} wants fewer requests{said}", retry_after=wait)
    if _AUTHENTICATION.search(message):
        return AuthenticationFailed(
            f"{where} refused the credential{said}",
            todo="Check the API key, egress_ip (the public IPv4 address the requests leave from) and token_time_zone.",
        )
    if _NOTHING.search(message):
        return NothingFound(f"{where} found nothing{said}")
    if _REQUEST.search(message):
        return Refused(f"{where} refused the request{said}", status=200)
    if told.status != "FAIL" and not told.error:
        return Unusable(f"{where} answered neither SUCCESS nor FAIL")
    return VendorUnavailable(f"{where} answered FAIL{said}")


def _refuses(response: httpx.Response) -> bool:
    """Whether this answer may mean a stale token."""
    if response.status_code != 200:
        return response.status_code == 401
    try:
        told = msgspec.json.decode(response.content, type=Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    answer = Answer(200, response.headers, b"", "", "")
    return told.status != "SUCCESS" and isinstance(_failure(answer, told, ""), AuthenticationFailed)
