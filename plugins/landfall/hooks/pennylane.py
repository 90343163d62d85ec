"""Pennylane's Company API v2 as an Airflow hook.

    from landfall.hooks.pennylane import PennylaneHook

    for page in PennylaneHook().list("customer_invoices"):
        ...

Connection `pennylane_default`: the password is the company's API token; host is only needed for another
address than the public one. One company is one token is one connection. Every request counts against the
budget that all tasks using the same token share.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, BinaryIO

import httpx
import msgspec

from landfall.errors import (
    ContractBroken,
    LandfallError,
    Misconfigured,
    VendorUnavailable,
    WindowExpired,
)
from landfall.hooks import connection as settings
from landfall.hooks.base import BaseHook
from landfall.identity import Identity
from landfall.wire.answers import Answer, Judge, Refused, Unusable
from landfall.wire.auth import Bearer
from landfall.wire.client import ApiClient, ApiSettings, AsyncApiClient, Timeouts
from landfall.wire.download import Downloaded, LinkRefused, download
from landfall.wire.pages import CursorPaging, Page, ascending, read_pages, record_ids
from landfall.wire.retry import unless_it_passes

PUBLIC_URL = "https://app.pennylane.com/api/external/v2"

#: Pennylane docs, rate limiting: 25 requests in 5 seconds per token, all endpoints together.
REQUESTS, PERIOD = 25, 5.0

#: Largest `limit` (Pennylane API reference); the default would be 20.
PAGE_SIZE, WIDE_PAGE_SIZE = 100, 1000

_BY_ID_URL_ROOM = 2000

_SCOPE = re.compile(r'requires scope \\?"([a-z_]+:[a-z_]+)')
_SAFE_MESSAGES = tuple(
    re.compile(pattern)
    for pattern in (
        r"The access token is invalid",
        r'Access to this resource requires scope "[a-z_]+:[a-z_]+"\.?',
        r"Rate limit exceeded\. Please retry in \d+ seconds?\.?",
        r"Not Found",
        r"Couldn't find [A-Za-z]+ with 'id'=\d+",
    )
)


@dataclass(frozen=True, slots=True)
class Collection:
    """What the API offers for one collection.

    :param scope: the token scope that may read it (Pennylane docs, scopes); `:all` includes `:readonly`.
    :param changelog: whether `/changelogs/<name>` exists.
    :param by_id: whether `filter` accepts `id`.
    """

    scope: str
    changelog: bool = False
    by_id: bool = True
    page_size: int = PAGE_SIZE


COLLECTIONS: Mapping[str, Collection] = {
    "customers": Collection("customers:readonly", changelog=True),
    "suppliers": Collection("suppliers:readonly", changelog=True),
    "customer_invoices": Collection("customer_invoices:readonly", changelog=True),
    "supplier_invoices": Collection("supplier_invoices:readonly", changelog=True),
    "products": Collection("products:readonly", changelog=True),
    "transactions": Collection("transactions:readonly", changelog=True),
    "ledger_entry_lines": Collection("ledger_entries:readonly", changelog=True),
    "ledger_entries": Collection("ledger_entries:readonly"),
    "ledger_accounts": Collection("ledger_accounts:readonly", page_size=WIDE_PAGE_SIZE),
    "bank_accounts": Collection("bank_accounts:readonly", by_id=False),
    "fiscal_years": Collection("fiscal_years:readonly", by_id=False),
}


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of asynchronous export; the paths are plural."""

    path: str
    scope: str


EXPORTS: Mapping[str, Export] = {
    "fec": Export("/exports/fecs", "exports:fec"),
    "analytical_ledger": Export("/exports/analytical_general_ledgers", "exports:agl"),
}


class ExportStatus(msgspec.Struct, frozen=True):
    """State of an export job: `pending`, `ready` or `error`; `file_url` is set once ready and expires in
    minutes."""

    id: int | str
    status: str
    file_url: str | None = None

    def __repr__(self) -> str:
        return f"ExportStatus(id={self.id!r}, status={self.status!r})"

    __str__ = __repr__


class PennylaneHook(BaseHook):
    """Read Pennylane: lists, changelogs, records by id, and the accounting exports.

    :param pennylane_conn_id: the Airflow connection.
    """

    conn_name_attr = "pennylane_conn_id"
    default_conn_name = "pennylane_default"
    conn_type = "pennylane"
    hook_name = "Pennylane"

    def __init__(self, pennylane_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.pennylane_conn_id = pennylane_conn_id
        self.server_now: datetime | None = None
        self.version_expires_at = ""
        self._told_expiry = False
        self._async_client: AsyncApiClient | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Tells this credential and its settings from others."""
        return settings.fingerprint(self.get_connection(self.pennylane_conn_id))

    @cached_property
    def client(self) -> ApiClient:
        """The HTTP client; one per hook, its connections are reused."""
        return ApiClient(_api_settings(self.get_connection(self.pennylane_conn_id)))

    def get_conn(self) -> ApiClient:
        """The HTTP client, under the name Airflow hooks use."""
        return self.client

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        if "client" in self.__dict__:
            self.client.close()
            del self.__dict__["client"]

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """GET any path of the API; keeps the vendor's clock in `server_now`."""
        return self._note(self.client.get(path, params))

    def list(
        self,
        resource: str,
        *,
        filter: Sequence[Mapping[str, Any]] | None = None,  # noqa: A002 - the vendor's own word
        sort: str | None = "id",
        limit: int | None = None,
    ) -> Iterator[Page]:
        """Stream a whole collection; the iterator ends only when the read is proved complete.

        :param resource: a name of `COLLECTIONS`.
        :param filter: conditions as `{"field": ..., "operator": ..., "value": ...}`, all of which must hold.
        :param sort: field, with a leading `-` for descending. `id` keeps pages stable while rows are added,
            and lets the hook prove the order: a row out of order raises `ReadMoved`, as does one that comes
            twice, unless a page begins with the very rows that the page before ended with.
        :param limit: page size; the largest one documented by default.
        :raises LandfallError: as `landfall.wire.client.ApiClient` and `landfall.wire.pages.CursorPaging`
            document.
        """
        params = {"limit": str(limit or _collection(resource).page_size)}
        if sort:
            params["sort"] = sort
        if filter:
            params["filter"] = msgspec.json.encode(list(filter)).decode()
        pages = read_pages(self, f"/{resource}", params, CursorPaging())
        return ascending(pages) if sort == "id" else pages

    def changes(
        self, resource: str, since: datetime | None = None, *, limit: int = WIDE_PAGE_SIZE
    ) -> Iterator[Page]:
        """Stream change events, oldest first: `{id, operation, processed_at, ...}`, without the records
        themselves.

        :param since: events processed from this moment on, with a time zone; None for the oldest one still
            kept.
        :raises WindowExpired: `since` is older than the changelog, which keeps four weeks.
        """
        if not _collection(resource).changelog:
            raise Misconfigured(f"Pennylane has no changelog for {resource}", todo="Read it in full.")
        params = {"limit": str(limit)}
        if since is not None:
            if since.tzinfo is None:
                raise Misconfigured("changes() needs a time zone in since")
            params["start_date"] = (
                since.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
            )
        try:
            # Sending start_date together with a cursor is refused with 400.
            yield from read_pages(
                self, f"/changelogs/{resource}", params, CursorPaging(first_only=("start_date",))
            )
        except Refused as refused:
            if refused.status != 422:
                raise
            raise WindowExpired(
                f"Pennylane: the changelog of {resource} no longer reaches back to the watermark"
            ) from None

    def by_ids(self, resource: str, ids: Iterable[int]) -> Iterator[Page]:
        """Stream the records with these ids, 100 a request; ids the vendor no longer has are simply not
        there.

        :raises ContractBroken: the answer keeps holding records that were not asked for, so the filter was
            not applied.
        """
        if not _collection(resource).by_id:
            raise Misconfigured(f"Pennylane cannot filter {resource} by id", todo="Read it in full.")
        wanted, number = sorted(set(ids)), 0
        for start in range(0, len(wanted), PAGE_SIZE):
            for page in self._batch(resource, wanted[start : start + PAGE_SIZE]):
                number += 1
                yield Page(page.items, page.envelope, number, page.request, page.server_time)

    def _batch(self, resource: str, ids: Sequence[int]) -> Iterator[Page]:
        condition = [{"field": "id", "operator": "in", "value": ids}]
        try:
            yield from unless_it_passes(functools.partial(self._only, resource, condition, frozenset(ids)))
        except Refused as refused:
            # Refused as too long, before a first page: a proxy between here and there may have its own limit.
            long = refused.status in (414, 431) or (
                refused.status == 400 and len(str(condition)) > _BY_ID_URL_ROOM
            )
            if not long or len(ids) == 1:
                raise
            for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
                yield from self._batch(resource, half)

    def _only(self, resource: str, condition: Sequence[Any], asked: frozenset[int]) -> Sequence[Page]:
        """The pages of a filter on id, of which there are few.

        :raises Unusable: they hold what was not asked for.
        """
        pages = tuple(self.list(resource, filter=condition, limit=PAGE_SIZE))
        if any(found not in asked for page in pages for found in record_ids(page)):
            raise Unusable(f"Pennylane: GET /{resource} ignored the filter on id")
        return pages

    def me(self) -> dict[str, Any]:
        """The user, the company and the scopes behind the token."""
        return unless_it_passes(self._me)

    def _me(self) -> dict[str, Any]:
        told = self.get("/me").json()
        if not isinstance(told, dict) or not isinstance(told.get("company"), dict):
            raise Unusable("Pennylane: GET /me did not answer with a user and a company")
        return told

    def identity(self) -> Identity:
        """The company whose data the token opens: a token belongs to exactly one.

        :raises ContractBroken: the vendor does not say which.
        """
        company = self.me()["company"]
        key = company.get("id")
        if isinstance(key, bool) or not isinstance(key, int | str) or not str(key).strip():
            raise ContractBroken("Pennylane: GET /me names a company without an id")
        name = company.get("name")
        return Identity(str(key), name.strip() if isinstance(name, str) else "")

    def missing_scopes(self, resources: Iterable[str] | None = None) -> dict[str, str]:
        """Scopes the token lacks, by resource or export kind; all known ones by default."""
        granted = self.me().get("scopes")
        granted = set(granted) if isinstance(granted, list) else set()
        return {
            name: scope
            for name in (resources if resources is not None else [*COLLECTIONS, *EXPORTS])
            if (scope := _scope(name)) not in granted and f"{scope.partition(':')[0]}:all" not in granted
        }

    def test_connection(self) -> tuple[bool, str]:
        """Whether the token works, and which tables it cannot read; for the connection form's test button."""
        try:
            me, missing = self.me(), self.missing_scopes()
        except LandfallError as error:
            return False, str(error)
        message = f"Connected to {me['company'].get('name') or 'Pennylane'}."
        if missing:
            message += (
                " Missing scopes: "
                + ", ".join(f"{table} needs {scope}" for table, scope in missing.items())
                + "."
            )
        if self.version_expires_at:
            message += f" Warning: this API version expires at {self.version_expires_at}."
        return not missing, message

    def _note(self, answer: Answer) -> Answer:
        self.server_now = answer.server_time or self.server_now
        self.version_expires_at = answer.headers.get("api-version-expires-at", "").strip()[:40]
        if self.version_expires_at and not self._told_expiry:
            self._told_expiry = True
            self.log.warning("Pennylane announces the end of this API version at %s", self.version_expires_at)
        return answer

    def create_export(self, kind: str, period_start: date, period_end: date, **options: str) -> int | str:
        """Start an export job and return its id.

        Not sent again after a failure that leaves open whether the job exists: the API knows no idempotency
        key.

        :param kind: `fec`, or `analytical_ledger` with the option `mode` = `in_line` or `in_column`.
        """
        body = {"period_start": period_start.isoformat(), "period_end": period_end.isoformat(), **options}
        with _as_trouble():
            return _export_status(self._note(self.client.post(_export(kind).path, body))).id

    def export_status(self, kind: str, job_id: int | str) -> ExportStatus:
        """The present state of an export job."""
        path = f"{_export(kind).path}/{job_id}"
        return unless_it_passes(lambda: _export_status(self.get(path)))

    async def export_status_async(self, kind: str, job_id: int | str) -> ExportStatus:
        """`export_status` for the triggerer's event loop."""
        if self._async_client is None:
            connection = await self.aget_connection(self.pennylane_conn_id)
            self._async_client = AsyncApiClient(await asyncio.to_thread(_api_settings, connection))
        with _as_trouble():
            return _export_status(self._note(await self._async_client.get(f"{_export(kind).path}/{job_id}")))

    async def aclose(self) -> None:
        """Close the connections of the `_async` methods."""
        if self._async_client is not None:
            await self._async_client.aclose()
            self._async_client = None

    def run_export(
        self,
        kind: str,
        period_start: date,
        period_end: date,
        *,
        poll_seconds: float = 3.0,
        timeout: float = 900.0,
        **options: str,
    ) -> int | str:
        """Start an export, wait until it is ready and return the job's id; holds the worker meanwhile.

        :raises VendorUnavailable: the job failed, or was not ready within `timeout` seconds.
        """
        job_id = self.create_export(kind, period_start, period_end, **options)
        give_up = time.monotonic() + timeout
        while (state := self.export_status(kind, job_id)).status == "pending":
            if time.monotonic() + poll_seconds > give_up:
                raise VendorUnavailable(f"Pennylane: the {kind} export was not ready within {timeout:.0f} s")
            time.sleep(poll_seconds)
        if state.status == "error":
            raise VendorUnavailable(f"Pennylane: the {kind} export failed without a reason")
        return job_id

    def download_export(self, kind: str, job_id: int | str, target: BinaryIO) -> Downloaded:
        """Write a ready export's file to `target` and return its facts.

        The link is fetched right before, since it expires within minutes, and once more when it is refused.

        :param target: binary and writable; able to seek, if a broken transfer is to be repeated.
        :raises VendorUnavailable: the job has no file (yet), or no complete file could be had.
        """
        try:
            return download(self.client.settings, self._file_url(kind, job_id), target)
        except LinkRefused:
            return download(self.client.settings, self._file_url(kind, job_id), target)

    def _file_url(self, kind: str, job_id: int | str) -> str:
        state = self.export_status(kind, job_id)
        if state.status != "ready" or not state.file_url:
            raise VendorUnavailable(f"Pennylane: the {kind} export has no file; its status is {state.status}")
        return state.file_url


def _api_settings(connection: settings.ConnectionLike) -> ApiSettings:
    token = settings.secret(settings.understood(connection, PennylaneHook.conn_type))
    url = settings.base_url(connection, PUBLIC_URL)
    period = settings.number(connection, "period_seconds", PERIOD)
    return ApiSettings(
        base_url=url,
        auth=Bearer(token),
        judge=Judge("Pennylane", safe_messages=_SAFE_MESSAGES, scope_pattern=_SCOPE, default_wait=period),
        budget=settings.budget(
            connection, f"{httpx.URL(url).host} {token}", requests=REQUESTS, period=PERIOD
        ),
        timeouts=settings.timeouts(connection, Timeouts()),
        max_wait=settings.number(connection, "max_wait_seconds", 60.0),
    )


def _collection(resource: str) -> Collection:
    try:
        return COLLECTIONS[resource]
    except KeyError:
        raise Misconfigured(f"Pennylane has no collection {resource!r}", todo=_one_of(COLLECTIONS)) from None


def _export(kind: str) -> Export:
    try:
        return EXPORTS[kind]
    except KeyError:
        raise Misconfigured(f"Pennylane has no export {kind!r}", todo=_one_of(EXPORTS)) from None


def _one_of(names: Iterable[str]) -> str:
    return f"Use one of: {', '.join(names)}."


def _scope(name: str) -> str:
    return EXPORTS[name].scope if name in EXPORTS else _collection(name).scope


def _export_status(answer: Answer) -> ExportStatus:
    try:
        state = msgspec.json.decode(answer.body, type=ExportStatus)
    except msgspec.ValidationError:
        raise Unusable(f"Pennylane: {answer.place} did not answer with an export job") from None
    if state.status not in ("pending", "ready", "error"):
        raise Unusable(f"Pennylane: {answer.place} answered with an unknown status")
    return state


@contextlib.contextmanager
def _as_trouble() -> Iterator[None]:
    """What is no answer is trouble that may pass, where asking again is for others to do."""
    try:
        yield
    except Unusable as error:
        raise VendorUnavailable(error.message) from None
