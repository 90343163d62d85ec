"""ConnectWise PSA's REST API as an Airflow hook.

    from landfall.hooks.connectwise import ConnectWiseHook

    for page in ConnectWiseHook().extract(endpoint="/time/entries", conditions="dateEntered>=[2024-01-01]"):
        ...

Connection `connectwise_default`: login is `company+public key`, password the private key, `client_id` in the extra the
integration's GUID; `base_url`, or `site` to find it. Every request counts against the budget that all tasks with the
same keys share.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

import httpx

from landfall.errors import ContractBroken, LandfallError, Misconfigured, ReadMoved, ScopeMissing
from landfall.hooks import connection as settings
from landfall.hooks.base import BaseHook
from landfall.hooks.connectwise_api import COLLECTIONS, PAGE_SIZE, Collection, api_settings, login_of
from landfall.hooks.connectwise_conditions import MOMENT, Condition, Field
from landfall.identity import Identity
from landfall.wire.answers import Answer, Refused
from landfall.wire.client import ApiClient
from landfall.wire.forward_only import ForwardOnlyPaging
from landfall.wire.pages import Page, Params, read_pages, record_ids

_URL_ROOM = 1500
"""Characters of a condition that leave room for the rest of an address of 2,000."""


class ConnectWiseHook(BaseHook):
    """Read ConnectWise PSA: whole lists with a control count, what changed since a moment, ids, records by id.

    :param connectwise_conn_id: the Airflow connection.
    """

    conn_name_attr = "connectwise_conn_id"
    default_conn_name = "connectwise_default"
    conn_type = "connectwise"
    hook_name = "ConnectWise PSA"

    def __init__(self, connectwise_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.connectwise_conn_id = connectwise_conn_id

    @cached_property
    def connection(self) -> Any:
        """The Airflow connection."""
        return settings.understood(self.get_connection(self.connectwise_conn_id), self.conn_type)

    @cached_property
    def client(self) -> ApiClient:
        """The HTTP client; one per hook, its connections are reused."""
        return ApiClient(api_settings(self.connection))

    def get_conn(self) -> ApiClient:
        """The HTTP client, under the name Airflow hooks use."""
        return self.client

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        if "client" in self.__dict__:
            self.client.close()
            del self.__dict__["client"]

    def field(self, name: str) -> Field:
        """A field to build conditions with; moments are written as this connection says."""
        return Field(name, str(self.connection.extra_dejson.get("moment_format") or MOMENT))

    # --- reading --------------------------------------------------------------------------------------------

    def extract(
        self,
        endpoint: str,
        conditions: Condition | str | None = None,
        page_size: int = PAGE_SIZE,
        fields: str = "",
    ) -> Iterator[Page]:
        """Stream the rows of a list by id; the iterator ends only when the read is proved complete.

        :param endpoint: a path such as `/time/entries`.
        :param conditions: in the vendor's words; build them with `field` where values come from elsewhere.
        :param page_size: rows a page, at most 1,000.
        :param fields: names with commas, `""` for all. Members are never asked for their secrets.
        :raises Misconfigured: a field of members is asked for that is not among those that are read.
        :raises LandfallError: as `landfall.wire.client.ApiClient` and `landfall.wire.forward_only` document.
        """
        path = "/" + endpoint.strip("/")
        params = {"pageSize": str(min(page_size, PAGE_SIZE))}
        if asked := _fields(path, fields):
            params["fields"] = asked
        if conditions:
            params["conditions"] = str(conditions)
        try:
            yield from read_pages(_Forward(self.client), path, params, ForwardOnlyPaging())
        except Refused as refused:
            raise self._explained(refused, conditions) from None

    def list(
        self, resource: str, conditions: Condition | str | None = None, page_size: int = PAGE_SIZE
    ) -> Iterator[Page]:
        """Stream a collection, and hold the rows against the vendor's count before and after.

        :param resource: a name of `COLLECTIONS`.
        :raises ReadMoved: fewer rows came than were there throughout.
        """
        before, read = self.count(resource, conditions), 0
        for page in self.extract(_collection(resource).path, conditions, page_size):
            read += len(page.items)
            yield page
        after = self.count(resource, conditions)
        if read < min(before, after):
            raise ReadMoved(
                f"ConnectWise: {read} {resource} came, the count says {before} before and {after} after the read"
            )

    def since(
        self, resource: str, moment: datetime, fields: Sequence[str] = (), page_size: int = PAGE_SIZE
    ) -> Iterator[Page]:
        """Stream the rows whose `lastUpdated` is not before `moment`, in whole seconds.

        :param fields: by the day of any of these fields instead.
        """
        dated = [self.field(name) >= moment.date() for name in fields]
        changed = functools.reduce(operator.or_, dated) if dated else self.field("lastUpdated") >= moment
        return self.extract(_collection(resource).path, changed, page_size)

    def count_since(self, resource: str, moment: datetime, *, after: bool) -> int:
        """How many rows have a `lastUpdated` not before `moment`, in whole seconds; or one after it."""
        stamp = self.field("lastUpdated")
        return self.count(resource, stamp > moment if after else stamp >= moment)

    def count(self, resource: str, conditions: Condition | str | None = None) -> int:
        """How many rows the vendor counts."""
        params = {"conditions": str(conditions)} if conditions else None
        try:
            answer = self.client.get(f"{_collection(resource).path}/count", params)
        except Refused as refused:
            raise self._explained(refused, conditions) from None
        told = answer.json()
        count = told.get("count") if isinstance(told, dict) else None
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ContractBroken(f"ConnectWise: {answer.place} did not answer with a count")
        return count

    def ids(self, resource: str) -> Iterator[int]:
        """Every id of a collection, ascending; the read is proved as `list` does it."""
        before, read = self.count(resource), 0
        for page in self.extract(_collection(resource).path, fields="id"):
            read += len(page.items)
            yield from record_ids(page)
        if read < min(before, self.count(resource)):
            raise ReadMoved(f"ConnectWise: {read} ids of {resource} came, the count says more")

    def by_ids(self, resource: str, ids: Iterable[int]) -> Iterator[Page]:
        """Stream the records with these ids; ids that the vendor no longer has are simply not there.

        :raises ContractBroken: the answer holds records that were not asked for, so the condition was not applied.
        """
        number = 0
        for batch in _batches(sorted(set(ids))):
            asked = frozenset(batch)
            for page in self.extract(_collection(resource).path, self.field("id").is_in(batch)):
                if any(found not in asked for found in record_ids(page)):
                    raise ContractBroken(
                        f"ConnectWise: GET {_collection(resource).path} ignored the condition on id"
                    )
                number += 1
                yield Page(page.items, page.envelope, number, page.request, page.server_time)

    # --- the credential -------------------------------------------------------------------------------------

    def identity(self) -> Identity:
        """The company that the keys were made for: it is part of the login, and proved by an answer."""
        self.client.get("/system/info")
        company = login_of(self.connection)[0]
        host = httpx.URL(self.client.settings.base_url).host.removeprefix("api-")
        return Identity(f"{host}/{company.lower()}", company)

    def missing_scopes(self, resources: Iterable[str] | None = None) -> dict[str, str]:
        """Collections that the API member's role may not read at all, with what to grant.

        A role that hides single rows cannot be told from rows that are not there.
        """
        missing: dict[str, str] = {}
        for name in resources if resources is not None else COLLECTIONS:
            if name in COLLECTIONS:
                try:
                    self.count(name)
                except ScopeMissing:
                    missing[name] = f"inquire {COLLECTIONS[name].path}"
        return missing

    def test_connection(self) -> tuple[bool, str]:
        """Whether the keys and the client id work, and what the role may not read; for the form's test button."""
        try:
            identity, missing = self.identity(), self.missing_scopes()
        except LandfallError as error:
            return False, str(error)
        message = f"Connected to {identity.label} at {httpx.URL(self.client.settings.base_url).host}."
        if missing:
            message += f" The API member's security role may not read: {', '.join(missing)}."
        return not missing, message

    def _explained(self, refused: Refused, conditions: Condition | str | None) -> LandfallError:
        """A refused condition with what it may be; the vendor does not say."""
        if refused.status != 400 or not conditions:
            return refused
        return ContractBroken(
            refused.message,
            todo="If the condition holds a moment, this site may want it written in another way: set moment_format in "
            "the connection (such as %Y-%m-%d), and look whether the field exists.",
        )


class _Forward:
    """The client with the header that asks for pages by id."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def get(self, path: str, params: Params | None = None) -> Answer:
        return self._client.get(path, params, {"pagination-type": "forward-only"})


def _fields(path: str, asked: str) -> str:
    """What to ask for of a path: what is wanted, as far as it may be read; "" for everything."""
    below = f"{path.lower()}/"
    allowed = next((c.fields for c in COLLECTIONS.values() if below.startswith(f"{c.path.lower()}/")), "")
    known = {name.lower() for name in allowed.split(",")}
    odd = [name for name in asked.split(",") if name.strip().split("/")[0].lower() not in known]
    if allowed and asked and odd:
        raise Misconfigured(
            f"ConnectWise: of {path} {', '.join(odd)} is not read, as secrets stand beside it",
            todo=f"Ask for some of: {allowed}.",
        )
    return asked or allowed


def _batches(ids: list[int]) -> Iterator[list[int]]:
    """The ids in lists whose condition fits into an address."""
    batch: list[int] = []
    size = 0
    for one in ids:
        if size + len(str(one)) + 1 > _URL_ROOM and batch:
            yield batch
            batch, size = [], 0
        batch.append(one)
        # A comma takes three characters once it is encoded.
        size += len(str(one)) + 3
    if batch:
        yield batch


def _collection(resource: str) -> Collection:
    try:
        return COLLECTIONS[resource]
    except KeyError:
        raise Misconfigured(
            f"ConnectWise has no collection {resource!r}", todo=f"Use one of: {', '.join(COLLECTIONS)}."
        ) from None
