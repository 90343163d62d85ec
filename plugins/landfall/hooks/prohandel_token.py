"""ProHandel's login: a token two levels down in the answer, and the address at which it is good."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import httpx
import msgspec

from landfall.errors import AuthenticationFailed, ContractBroken, LandfallError, Misconfigured
from landfall.wire.answers import Answer, Judge
from landfall.wire.client import ApiClient
from landfall.wire.shared_token import Token

TOKEN_URL = "https://auth.prohandel.cloud"  # noqa: S105 - an address
LOGIN, REFRESH = "/api/v4/token", "/api/v4/token/refresh"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Bearer(httpx.Auth):
    """A bearer token that may change from request to request; none while it is empty."""

    def __init__(self) -> None:
        self.value = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self.value:
            request.headers["Authorization"] = f"Bearer {self.value}"
        yield request


class _One(msgspec.Struct):
    value: str
    expiresIn: float


class _Pair(msgspec.Struct):
    token: _One
    refreshToken: _One | None = None


class _Told(msgspec.Struct):
    token: _Pair
    serverUrl: str | None = None
    requiredActions: list[Any] | None = None


def classify(answer: Answer) -> LandfallError | None:
    """What the token host means: whatever it refuses is the credential."""
    if answer.status in (400, 401, 403):
        return AuthenticationFailed(
            f"ProHandel: {answer.place} answered {answer.status}",
            todo="Check API key and secret in the ProHandel connection.",
        )
    return None


JUDGE = Judge("ProHandel", classify=classify)


class Logins:
    """Gets tokens at the token host.

    :param client: of the token host; `auth` is what signs its requests.
    :param http: allow the API to be at an http address of this machine.
    """

    def __init__(self, client: ApiClient, auth: Bearer, key: str, secret: str, *, http: bool) -> None:
        self._client, self._auth = client, auth
        self._key, self._secret, self._http = key, secret, http
        self._refused: AuthenticationFailed | None = None

    def login(self) -> Token:
        """:raises AuthenticationFailed: key or secret is wrong; not asked again."""
        if self._refused:
            raise self._refused
        self._auth.value = ""
        try:
            return self._told(self._client.post(LOGIN, {"apiKey": self._key, "secret": self._secret}))
        except AuthenticationFailed as refused:
            self._refused = refused
            raise

    def refresh(self, old: Token) -> Token | None:
        """A new token; None where the refresh token is refused."""
        self._auth.value = old.refresh
        try:
            return self._told(self._client.post(REFRESH, {}))
        except (AuthenticationFailed, ContractBroken):
            return None
        finally:
            self._auth.value = ""

    def _told(self, answer: Answer) -> Token:
        now = time.time()
        try:
            told = msgspec.json.decode(answer.body, type=_Told)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ContractBroken(
                f"ProHandel: {answer.place} answered with something that is no token"
            ) from None
        if told.requiredActions:
            raise Misconfigured(
                f"ProHandel: the login asks for something to be done first ({len(told.requiredActions)} actions)",
                todo="Log in to ProHandel as this user, or ask its support what the API key still needs.",
            )
        one, again = told.token.token, told.token.refreshToken
        if not one.value or not one.value.isascii() or not one.value.isprintable() or one.expiresIn <= 0:
            raise ContractBroken(f"ProHandel: {answer.place} answered without a usable token")
        return Token(
            value=one.value,
            refresh=again.value if again else "",
            server=checked_url(told.serverUrl or "", "serverUrl in ProHandel's answer", http=self._http),
            obtained=now,
            lasts=one.expiresIn,
            refresh_lasts=again.expiresIn if again else 0.0,
        )


def checked_url(url: str, what: str, *, http: bool) -> str:
    """An address to which a credential may go, without a slash at its end.

    :param what: names it in a message.
    :param http: allow http to this machine.
    :raises Misconfigured: it is none.
    """
    try:
        found = httpx.URL(url.strip())
        plain = not (found.userinfo or found.query or found.fragment) and bool(found.host)
    except (httpx.InvalidURL, ValueError):
        raise Misconfigured(f"{what} is no address", todo=_TODO) from None
    local = found.scheme == "http" and found.host in _LOOPBACK and http
    if not plain or not (found.scheme == "https" or local):
        raise Misconfigured(f"{what} is {'no https address' if url.strip() else 'missing'}", todo=_TODO)
    return str(found).rstrip("/")


_TODO = "The credential goes to https addresses only; ask ProHandel's support what the tenant's address is."
