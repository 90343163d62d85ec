"""One vendor's API over HTTP: budget, retries, deadlines, and answers judged by their consequence.

Credentials come from an `httpx.Auth`, so a static bearer, a signed query string and a login that renews
itself on 401 are all just auth flows. A credential goes to the API's own origin and nowhere else: redirects
are not followed, and a link to another host is fetched by a client that has no credential at all.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import tenacity

from landfall.errors import LandfallError, Misconfigured, RateLimited, VendorUnavailable
from landfall.wire.answers import Answer, Judge
from landfall.wire.budget import Budget
from landfall.wire.redaction import quiet_http_logs, request_line
from landfall.wire.retry import RetryPolicy, twice
from landfall.wire.transport import AsyncBudgetTransport, BudgetTransport

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two reads, and for one whole exchange from sending to the last byte."""

    connect: float = 10.0
    read: float = 60.0
    total: float = 120.0

    def for_httpx(self) -> httpx.Timeout:
        return httpx.Timeout(self.read, connect=self.connect)


class _NotSent(VendorUnavailable):
    """No connection came about, so even a POST may be tried again."""


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """What the sync and the async client of one vendor have in common.

    :param base_url: prefix of every path; its origin is the only one that ever sees the credential.
    :param auth: adds the credential to a request.
    :param budget: the vendor's limit for this credential; None where it has none.
    :param judge: what this vendor's answers mean.
    :param max_wait: longest wait in seconds, for a slot or after a 429, that still holds the worker.
    """

    base_url: str
    auth: httpx.Auth
    judge: Judge
    budget: Budget | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    timeouts: Timeouts = field(default_factory=Timeouts)
    max_wait: float = 60.0

    def __post_init__(self) -> None:
        url = httpx.URL(self.base_url)
        if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query:
            raise Misconfigured(
                f"{self.judge.source}: the base URL is not a plain http(s) address",
                todo="Set host (or base_url in the extra) to an address such as https://api.example.org/v2.",
            )

    def for_httpx(self) -> dict[str, Any]:
        headers = {"Accept": "application/json", "User-Agent": "landfall"}
        return {
            "auth": self.auth,
            "headers": headers,
            "timeout": self.timeouts.for_httpx(),
            "follow_redirects": False,
        }

    def url(self, path: str) -> str:
        return self.base_url.rstrip("/") + "/" + path.lstrip("/")

    def receive(self, response: httpx.Response, body: bytes, request: str, place: str) -> Answer:
        """The judged answer; raises what it stands for, after telling the shared budget about a 429."""
        answer = Answer(response.status_code, response.headers, body, request, place)
        fault = self.judge.fault(answer)
        if isinstance(fault, RateLimited) and self.budget is not None:
            self.budget.freeze(fault.retry_after)
        if fault is not None:
            raise fault
        return answer

    def transport_fault(self, error: Exception, place: str) -> LandfallError:
        """What a failure below HTTP means; only its kind is told, because httpx quotes header values."""
        if isinstance(error, httpx.LocalProtocolError):
            return Misconfigured(
                f"{self.judge.source}: {place} cannot be sent",
                todo="Look for stray characters in the credential.",
            )
        causes = list(_causes(error))
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
            return Misconfigured(
                f"{self.judge.source}: {place} was not sent, the server's certificate is not trusted",
                todo="Behind a company's own authority, set SSL_CERT_FILE of the workers to its certificates.",
            )
        kind = _NotSent if isinstance(error, _NEVER_SENT) else VendorUnavailable
        what = type(error).__name__
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            what = "its host name is not found"
        return kind(f"{self.judge.source}: {place} gave no usable answer ({what})")

    def again(self, method: str, error: BaseException) -> bool:
        """Whether this request may be sent again after this error."""
        if isinstance(error, RateLimited):
            return error.retry_after <= self.max_wait
        if method == "GET":
            return isinstance(error, VendorUnavailable)
        return isinstance(error, _NotSent)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it was raised from, or while handling."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class ApiClient:
    """Requests to one vendor with one credential, over one pool of kept-alive connections.

    :raises VendorUnavailable: no usable answer within the retries; only GET is retried after a request was
        sent.
    :raises RateLimited: the vendor, or the shared budget, asks for a wait longer than `max_wait`.
    :raises AuthenticationFailed: 401, at once.
    :raises ScopeMissing: 403.
    :raises ContractBroken: a redirect, or (as `Refused`, with its status) any other 4xx.
    """

    def __init__(self, settings: ApiSettings) -> None:
        quiet_http_logs()
        self.settings = settings
        transport = BudgetTransport(
            settings.base_url, settings.budget, max_wait=settings.max_wait, total=settings.timeouts.total
        )
        self._http = httpx.Client(transport=transport, **settings.for_httpx())

    def get(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """GET a JSON answer; retried."""
        return self._call("GET", path, params=params, headers=headers)

    def post(self, path: str, body: object) -> Answer:
        """POST a JSON body for a JSON answer; sent again only when the vendor cannot have acted on it."""
        return self._call("POST", path, json=body)

    def close(self) -> None:
        """Close the connections and the budget's log."""
        self._http.close()
        if self.settings.budget is not None:
            self.settings.budget.close()

    def _call(self, method: str, path: str, **asked: Any) -> Answer:
        retrying = tenacity.Retrying(
            **self.settings.retry.arguments(lambda e: self.settings.again(method, e))
        )
        return retrying(twice(lambda: self._once(method, path, **asked)))

    def _once(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, **asked: Any
    ) -> Answer:
        place = f"{method} {path}"
        try:
            with self._http.stream(method, self.settings.url(path), params=params, **asked) as response:
                body = response.read()
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise self.settings.transport_fault(error, place) from None
        return self.settings.receive(response, body, request_line(method, path, params), place)


class AsyncApiClient:
    """`ApiClient.get` for the triggerer: the same budget, retries and errors without blocking the event
    loop."""

    def __init__(self, settings: ApiSettings) -> None:
        quiet_http_logs()
        self.settings = settings
        transport = AsyncBudgetTransport(settings.base_url, settings.budget, max_wait=settings.max_wait)
        self._http = httpx.AsyncClient(transport=transport, **settings.for_httpx())

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """GET a JSON answer; retried."""
        retrying = tenacity.AsyncRetrying(
            **self.settings.retry.arguments(lambda e: self.settings.again("GET", e))
        )
        return await retrying(self._once, path, params)

    async def aclose(self) -> None:
        """Close the connections and the budget's log."""
        await self._http.aclose()
        if self.settings.budget is not None:
            self.settings.budget.close()

    async def _once(self, path: str, params: Mapping[str, str] | None) -> Answer:
        place = f"GET {path}"
        longest = self.settings.max_wait + self.settings.timeouts.total
        try:
            async with asyncio.timeout(longest):
                response = await self._http.get(self.settings.url(path), params=params)
        except (httpx.HTTPError, TimeoutError) as error:
            raise self.settings.transport_fault(error, place) from None
        return self.settings.receive(response, response.content, request_line("GET", path, params), place)
