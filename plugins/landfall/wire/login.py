"""A bearer token that a login gives out, renewed when the vendor no longer takes it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping

import httpx

from landfall.errors import AuthenticationFailed


class LoginBearer(httpx.Auth):
    """Logs in before the first request and once more after a 401, whichever thread meets it first.

    For the sync client. A login that is refused is not tried again: a locked account helps nobody.

    :param url: where the login is posted to, as JSON.
    :param body: the credentials; they appear in no repr.
    :param token_of: the token in the login's answer; raises what another answer stands for.
    :raises AuthenticationFailed: the login was refused, at once and for every later request.
    """

    def __init__(self, url: str, body: Mapping[str, str], token_of: Callable[[httpx.Response], str]) -> None:
        self._url, self._body, self._token_of = url, dict(body), token_of
        self._lock = threading.Lock()
        self._token = ""
        self._refused: AuthenticationFailed | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        raise NotImplementedError("LoginBearer is for the sync client")

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = yield from self._another_than("", request)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            token = yield from self._another_than(token, request)
            request.headers["Authorization"] = f"Bearer {token}"
            yield request

    def _another_than(
        self, token: str, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, str]:
        """The present token, after a login where it is the one that no longer works."""
        with self._lock:
            if self._refused is not None:
                raise self._refused
            if self._token == token:
                # The request's own time limits hold for its login too.
                response = yield httpx.Request(
                    "POST",
                    self._url,
                    json=self._body,
                    headers={name: request.headers[name] for name in ("Accept", "User-Agent")},
                    extensions=dict(request.extensions),
                )
                response.read()
                try:
                    self._token = self._token_of(response)
                except AuthenticationFailed as refused:
                    self._refused = refused
                    raise
            return self._token
