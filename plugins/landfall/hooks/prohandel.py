"""ProHandel's API (v2) as an Airflow hook.

    from landfall.hooks.prohandel import ProHandelHook

    for page in ProHandelHook().list("article"):
        ...

Connection `prohandel_default`: login is the API key, password the secret, host the token host where it is another than
the vendor's. The API itself is where the login says. All tasks with one credential share its token and its request
budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx

from landfall.errors import AuthenticationFailed, LandfallError, Misconfigured, ScopeMissing
from landfall.hooks import connection as settings
from landfall.hooks.base import BaseHook
from landfall.hooks.prohandel_token import JUDGE, TOKEN_URL, Bearer, Logins, checked_url
from landfall.identity import Identity
from landfall.json_text import at
from landfall.spelling import nearest
from landfall.wire.answers import Answer, Judge, Refused
from landfall.wire.budget import Budget
from landfall.wire.client import ApiClient, ApiSettings, Timeouts
from landfall.wire.header_pages import HeaderPaging
from landfall.wire.pages import Page, Params, read_pages
from landfall.wire.request_log import default_store
from landfall.wire.retry import RetryPolicy
from landfall.wire.shared_token import SharedToken, Token

REQUESTS, PERIOD = 4, 1.0
"""The vendor names no limit; this is what nobody has seen refused."""
PAGE_SIZE = 1000
MOMENT = "%Y-%m-%dT%H:%M:%S"
ZONE = "Europe/Berlin"
FAR_FUTURE = datetime(2999, 1, 1)  # noqa: DTZ001 - the vendor's times have no zone
RESOURCES = (
    *(
        "article",
        "articlesize",
        "branch",
        "category",
        "country",
        "credit",
        "currency",
        "customer",
        "inventory",
    ),
    *("invoice", "label", "order", "payment", "sale", "season", "size", "staff", "supplier", "voucher"),
)
EMPTY = ("customercard", "shop")
"""Paths that answer nothing, as far as anybody has seen."""


class ProHandelHook(BaseHook):
    """Read ProHandel: whole lists, and what changed since a moment, as far as the tenant's API applies a filter.

    :param prohandel_conn_id: the Airflow connection.
    """

    conn_name_attr = "prohandel_conn_id"
    default_conn_name = "prohandel_default"
    conn_type = "prohandel"
    hook_name = "ProHandel"

    def __init__(self, prohandel_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.prohandel_conn_id = prohandel_conn_id
        self._client: ApiClient | None = None
        self._bearer = Bearer()

    # --- connection -----------------------------------------------------------------------------------------

    @cached_property
    def connection(self) -> Any:
        """The Airflow connection."""
        return settings.understood(self.get_connection(self.prohandel_conn_id), self.conn_type)

    @cached_property
    def zone(self) -> str:
        """Where the tenant's clocks stand. :raises Misconfigured: it is no IANA name."""
        name = str(self._extra("time_zone") or ZONE)
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise Misconfigured(
                f"Connection {self.connection.conn_id}: time_zone is no time zone",
                todo="Use an IANA name such as Europe/Berlin.",
            ) from None
        return name

    @cached_property
    def tokens(self) -> SharedToken:
        """The credential's token, shared by all tasks of this machine."""
        key, secret = self._key()
        http = str(self._extra("allow_http")).lower() == "true"
        host = str(self.connection.host or self._extra("base_url") or TOKEN_URL).strip()
        given = host if "://" in host else f"{self.connection.schema or 'https'}://{host}"
        url = checked_url(given, f"Connection {self.connection.conn_id}: the token host", http=http)
        auth = Bearer()
        client = self._made(url, auth, JUDGE)
        logins = Logins(client, auth, key, secret, http=http)
        self._token_client = client
        return SharedToken(f"{url} {key} {secret}", self._folder(), logins.login, logins.refresh)

    @cached_property
    def budget(self) -> Budget:
        """The requests that this credential may make, whichever of the two hosts they go to."""
        return settings.budget(
            self.connection, f"prohandel {' '.join(self._key())}", requests=REQUESTS, period=PERIOD
        )

    @property
    def fingerprint(self) -> str:
        """Tells this credential from any other, without giving it away."""
        return settings.fingerprint(self.connection)

    def get_conn(self) -> ApiClient:
        """The HTTP client of the tenant's API, logged in."""
        return self._session(self.tokens.get())

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        for client in (self._client, self.__dict__.pop("_token_client", None)):
            if client is not None:
                client.close()
        self._client = None
        self.__dict__.pop("tokens", None)

    def get(self, path: str, params: Params | None = None) -> Answer:
        """GET below the API's base, with the present token; after a 401 once more, with another.

        :raises AuthenticationFailed: the second token is refused too.
        """
        token = self.tokens.get()
        try:
            return self._session(token).get(path, params)
        except AuthenticationFailed:
            return self._session(self.tokens.another_than(token)).get(path, params)

    def _session(self, token: Token) -> ApiClient:
        """The client of the address that this token is for, with it in place."""
        base = f"{token.server}/api/v2"
        if self._client is None or self._client.settings.base_url != base:
            if self._client is not None:
                self._client.close()
            self._client = self._made(base, self._bearer, Judge("ProHandel", default_wait=0.0))
        self._bearer.value = token.value
        return self._client

    def _made(self, url: str, auth: httpx.Auth, judge: Judge) -> ApiClient:
        return ApiClient(
            ApiSettings(
                base_url=url,
                auth=auth,
                judge=judge,
                budget=self.budget,
                retry=RetryPolicy(attempts=8, longest_wait=60.0, total_seconds=300.0),
                timeouts=settings.timeouts(self.connection, Timeouts()),
                max_wait=settings.number(self.connection, "max_wait_seconds", 60.0),
            )
        )

    def _key(self) -> tuple[str, str]:
        """API key and secret. :raises Misconfigured: one is missing or malformed."""
        key = str(self.connection.login or "").strip()
        if not key or not key.isascii() or not key.isprintable():
            raise Misconfigured(
                f"Connection {self.connection.conn_id}: the login is no API key",
                todo="Put the API key into the login field, the secret into the password field.",
            )
        return key, settings.secret(self.connection)

    def _extra(self, name: str) -> Any:
        return self.connection.extra_dejson.get(name)

    def _folder(self) -> Path:
        store = str(self._extra("rate_store") or "")
        return Path(store) if store and "://" not in store else default_store()

    # --- reading --------------------------------------------------------------------------------------------

    def list(self, resource: str, page_size: int = PAGE_SIZE) -> Iterator[Page]:
        """Stream a whole list; the iterator ends only when the read is proved complete.

        :param resource: a name of `RESOURCES`, or of `EMPTY`.
        :raises LandfallError: as `landfall.wire.client.ApiClient` and `landfall.wire.header_pages` document.
        """
        return self._pages(resource, {"pagesize": str(page_size)})

    def since(self, resource: str, moment: datetime, page_size: int = PAGE_SIZE) -> Iterator[Page]:
        """Stream what the API answers when it is asked for rows changed since `moment`, whether it understands or not.

        :param moment: local time of the tenant, without a zone.
        :raises Misconfigured: this connection names no such parameter for this resource.
        """
        name = self._filter(resource)
        if not name:
            raise Misconfigured(f"ProHandel: changed_since_param names no parameter for {resource}")
        bound = moment.strftime(str(self._extra("changed_since_format") or MOMENT))
        return self._pages(resource, {name: bound, "pagesize": str(page_size)})

    def filters(self, resource: str) -> bool:
        """Whether the connection names a parameter to ask for what changed."""
        return bool(self._filter(resource))

    def honours(self, resource: str) -> bool:
        """Whether the API applies that parameter, as far as one request can tell: nothing changes in the far future."""
        try:
            first = next(self.since(resource, FAR_FUTURE, page_size=1))
        except Refused:
            return False
        return not first.items

    def _pages(self, resource: str, params: Params) -> Iterator[Page]:
        if resource not in (*RESOURCES, *EMPTY):
            meant = nearest(resource, RESOURCES) or f"Use one of: {', '.join(RESOURCES)}."
            raise Misconfigured(f"ProHandel has no list {resource!r}", todo=meant)
        return read_pages(self, f"/{resource}", params, HeaderPaging())

    def _filter(self, resource: str) -> str:
        """The parameter that asks for what changed, "" for none: `name`, or `name, sale=other, order=none`."""
        chosen, every = "", ""
        for part in str(self._extra("changed_since_param") or "").split(","):
            of, equals, name = (each.strip() for each in part.partition("="))
            if not equals:
                every = of or every
            elif of not in RESOURCES:
                raise Misconfigured(
                    f"Connection {self.connection.conn_id}: changed_since_param names {of!r}, which is no list",
                    todo=nearest(of, RESOURCES) or f"Use one of: {', '.join(RESOURCES)}.",
                )
            elif of == resource:
                chosen = name
        found = chosen or every
        return "" if found.lower() == "none" else found

    # --- the credential -------------------------------------------------------------------------------------

    def identity(self) -> Identity | None:
        """The tenant, by its first branch: the API names no other mark, and its address may move."""
        branches = [item for page in self.list("branch") for item in page.items]
        known = [(number, str(at(item, "id")), item) for item in branches if (number := at(item, "number"))]
        if not known:
            return None
        _, key, first = min(known, key=lambda each: each[:2])
        label = at(first, "name1")
        return Identity(key, str(label) if label else "")

    def missing_scopes(self, resources: Iterable[str] | None = None) -> dict[str, str]:
        """Lists that the key may not read, with what to grant."""
        missing: dict[str, str] = {}
        for name in resources if resources is not None else RESOURCES:
            if name in RESOURCES:
                try:
                    next(self.list(name, page_size=1), None)
                except ScopeMissing:
                    missing[name] = f"read {name}"
        return missing

    def test_connection(self) -> tuple[bool, str]:
        """Whether key, secret and address work, and which lists apply the filter; for the form's test button."""
        try:
            identity = self.identity()
            asked = [name for name in RESOURCES if self.filters(name)]
            honoured = [name for name in asked if self.honours(name)]
            host = httpx.URL(self.tokens.get().server).host
        except LandfallError as error:
            return False, str(error)
        message = f"Connected to {identity.label if identity else 'a tenant without branches'} at {host}."
        if asked:
            message += f" The changed-since parameter is applied to: {', '.join(honoured) or 'no list'}."
        return True, message
