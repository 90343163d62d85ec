"""The last step before the socket: the request budget and a deadline for the whole exchange.

Both sit in the transport, below authentication, so that a login request or a second try after a 401 is paid
for and bounded like any other request.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from landfall.wire.budget import Budget

_deadline: ContextVar[float | None] = ContextVar("landfall_http_deadline", default=None)


class BudgetTransport(httpx.BaseTransport):
    """Sends each request in its booked slot and gives the whole exchange, headers and body, a deadline.

    :param budget: None for hosts the vendor does not count.
    :param max_wait: longest wait for a slot, in seconds.
    :param total: seconds from sending to the last byte.
    :raises RateLimited: the wait would be longer than `max_wait`.
    """

    def __init__(self, base_url: str, budget: Budget | None, *, max_wait: float, total: float) -> None:
        self._inner = httpx.HTTPTransport(verify=_trusted(), proxy=proxy_for(base_url))
        # httpx has timeouts per read only, so a peer that drips header bytes could hold a worker for hours.
        # The pool's backend is the one place below the header parser.
        pool: Any = self._inner._pool
        pool._network_backend = _DeadlineBackend(pool._network_backend)
        self._budget = budget
        self._max_wait = max_wait
        self._total = total

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._budget is None:
            return self._send(request)
        slot = self._budget.acquire(self._max_wait)
        budget, sent = self._budget, 0.0

        def note_sending(event: str, _: dict[str, Any]) -> None:
            nonlocal slot, sent
            if event == "http11.send_request_headers.started" and budget.is_late(
                slot
            ):  # the connection took its time
                slot = budget.leave(slot) or budget.acquire(self._max_wait)
                _deadline.set(time.monotonic() + self._total)
            elif event == "http11.send_request_headers.complete":
                sent = time.monotonic()

        request.extensions = {**request.extensions, "trace": note_sending}
        try:
            return self._send(request)
        finally:
            budget.settle(slot, sent, time.monotonic())

    def _send(self, request: httpx.Request) -> httpx.Response:
        _deadline.set(time.monotonic() + self._total)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


class AsyncBudgetTransport(httpx.AsyncBaseTransport):
    """`BudgetTransport` for asyncio, without the deadline: there `asyncio.timeout` bounds an exchange."""

    def __init__(self, base_url: str, budget: Budget | None, *, max_wait: float) -> None:
        self._inner = httpx.AsyncHTTPTransport(verify=_trusted(), proxy=proxy_for(base_url))
        self._budget = budget
        self._max_wait = max_wait

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._budget is None:
            return await self._inner.handle_async_request(request)
        slot = await self._budget.acquire_async(self._max_wait)
        budget, sent = self._budget, 0.0

        async def note_sending(event: str, _: dict[str, Any]) -> None:
            nonlocal slot, sent
            if event == "http11.send_request_headers.started" and budget.is_late(
                slot
            ):  # the connection took its time
                left = await asyncio.to_thread(budget.leave, slot)
                slot = left or await budget.acquire_async(self._max_wait)
            elif event == "http11.send_request_headers.complete":
                sent = time.monotonic()

        request.extensions = {**request.extensions, "trace": note_sending}
        try:
            return await self._inner.handle_async_request(request)
        finally:
            budget.settle(slot, sent, time.monotonic())

    async def aclose(self) -> None:
        await self._inner.aclose()


def proxy_for(url: str) -> str | None:
    """The proxy the environment names for this URL; httpx reads it only for transports of its own making."""
    parts = httpx.URL(url)
    return None if proxy_bypass(parts.host) else getproxies().get(parts.scheme)


@cache
def _trusted() -> ssl.SSLContext:
    # Reading the certificates takes tens of milliseconds, and every transport would do it again.
    return httpx.create_ssl_context()


def _left(timeout: float | None, expired: type[Exception]) -> float | None:
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise expired("the whole exchange took too long")
    return left if timeout is None else min(timeout, left)


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _DeadlineBackend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.connect_tcp(host, port, left, local_address, socket_options))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        return _DeadlineStream(self._inner.connect_unix_socket(path, timeout, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)
