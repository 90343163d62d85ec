"""Microsoft Fabric's job API as an Airflow hook: starts a notebook or a Spark job, and tells what became of it.

    from landfall.hooks.fabric import FabricHook

    job = FabricHook().run(workspace, notebook, "RunNotebook", {"mode": "incremental"})
    FabricHook().status(job).state

Connection `fabric_default`: login and password are a service principal's client id and secret, `tenant_id` in the
extra its tenant. The principal must be a member of the workspace, and the tenant must let principals use Fabric's API.
Only a request that was never sent is sent again, so no job is started twice.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Generator, Mapping
from functools import cached_property
from typing import Any, Literal

import httpx
import msgspec

from landfall.errors import AuthenticationFailed, ContractBroken, LandfallError, Misconfigured, RateLimited
from landfall.hooks import connection as settings
from landfall.hooks.base import BaseHook
from landfall.wire.answers import Answer, Judge, retry_after
from landfall.wire.client import ApiClient, ApiSettings, AsyncApiClient, Timeouts

API = "https://api.fabric.microsoft.com/v1"
LOGIN = "https://login.microsoftonline.com"
SCOPE = "https://api.fabric.microsoft.com/.default"

State = Literal["NotStarted", "InProgress", "Completed", "Failed", "Cancelled", "Deduped"]
OVER: tuple[State, ...] = ("Completed", "Failed", "Cancelled", "Deduped")
"""States that last."""
POLL = 60.0
"""Seconds between two looks where Fabric names none."""
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_KINDS = {bool: "bool", int: "int", float: "float", str: "string"}


class Job(msgspec.Struct, frozen=True):
    """A job that was started.

    :ivar retry_after: seconds after which Fabric wants to be asked for it.
    """

    workspace: str
    item: str
    id: str
    retry_after: float = POLL


class JobStatus(msgspec.Struct, frozen=True):
    """What Fabric says of a job.

    :ivar reason: the code of why it failed; its words may hold what the notebook had in hand, and are not repeated.
    """

    state: State
    reason: str = ""
    retry_after: float = POLL


class ServicePrincipal(httpx.Auth):
    """A token by client credentials, renewed shortly before its end and after a 401.

    :param url: the tenant's token endpoint.
    """

    requires_response_body = True

    def __init__(self, url: str, client_id: str, secret: str, scope: str = SCOPE) -> None:
        self._url, self._lock = url, threading.Lock()
        self._asked = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
            "scope": scope,
        }
        self._token, self._until = "", 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if time.monotonic() >= self._until:
            self._keep((yield self._login(request)))
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401:
            self._keep((yield self._login(request)))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _login(self, request: httpx.Request) -> httpx.Request:
        return httpx.Request("POST", self._url, data=self._asked, extensions=dict(request.extensions))

    def _keep(self, response: httpx.Response) -> None:
        try:
            told = response.json() if response.status_code == 200 else {}
            token, lives = str(told["access_token"]), float(told.get("expires_in", 3600))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise AuthenticationFailed(
                f"Microsoft's login refused the service principal with {response.status_code}",
                todo="Compare tenant, client id and secret with the app registration; secrets there expire.",
            ) from None
        with self._lock:
            self._token, self._until = token, time.monotonic() + max(lives - 300, lives / 2)


class _Judge(Judge):
    def fault(self, answer: Answer, *, json_body: bool = True) -> LandfallError | None:
        """A job that was accepted is told by headers alone."""
        return super().fault(answer, json_body=json_body and answer.status != 202)


class FabricHook(BaseHook):
    """Starts jobs of items in Microsoft Fabric, and looks at them.

    :param fabric_conn_id: the Airflow connection.
    """

    conn_name_attr = "fabric_conn_id"
    default_conn_name = "fabric_default"
    conn_type = "fabric"
    hook_name = "Microsoft Fabric"

    def __init__(self, fabric_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.fabric_conn_id = fabric_conn_id
        self._async_client: AsyncApiClient | None = None

    @cached_property
    def client(self) -> ApiClient:
        """The HTTP client; one per hook, its connections are reused."""
        return ApiClient(_api_settings(self.get_connection(self.fabric_conn_id)))

    def get_conn(self) -> ApiClient:
        """The HTTP client, under the name Airflow hooks use."""
        return self.client

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        if "client" in self.__dict__:
            self.client.close()
            del self.__dict__["client"]

    def run(
        self,
        workspace: str,
        item: str,
        job_type: str = "RunNotebook",
        parameters: Mapping[str, bool | int | float | str] | None = None,
        execution: Mapping[str, Any] | None = None,
    ) -> Job:
        """Start a job.

        :param workspace, item: ids.
        :param job_type: `RunNotebook`, `sparkjob` for a Spark job definition, `Pipeline`.
        :param parameters: of a notebook, for its cell of parameters.
        :param execution: what else Fabric documents of `executionData` for this type.
        :raises Misconfigured: an id is none, or a parameter has a type that Fabric does not know.
        :raises RateLimited: the capacity is in use.
        """
        data = dict(execution or {})
        if parameters:
            data["parameters"] = {name: _parameter(name, value) for name, value in parameters.items()}
        if not re.fullmatch(r"\w+", job_type):
            raise Misconfigured(
                f"{job_type!r} is no type of job", todo="Give RunNotebook, sparkjob or Pipeline."
            )
        path = f"{_item(workspace, item)}/jobs/instances?jobType={job_type}"
        answer = self.client.post(path, {"executionData": data} if data else {})
        started = answer.headers.get("location", "").rstrip("/").rpartition("/")[2]
        if answer.status != 202 or not _GUID.fullmatch(started):
            raise ContractBroken(
                f"Fabric: {answer.place} answered {answer.status} and names no job",
                todo="Look into the monitoring hub of the workspace whether the job runs.",
            )
        return Job(workspace, item, started, retry_after(answer.headers, POLL))

    def status(self, job: Job) -> JobStatus:
        """What became of a job."""
        return _status(self.client.get(_path(job)))

    async def status_async(self, job: Job) -> JobStatus:
        """`status` for the triggerer's event loop."""
        if self._async_client is None:
            connection = await self.aget_connection(self.fabric_conn_id)
            self._async_client = AsyncApiClient(await asyncio.to_thread(_api_settings, connection))
        return _status(await self._async_client.get(_path(job)))

    async def aclose(self) -> None:
        """Close the connections of the `_async` methods."""
        if self._async_client is not None:
            await self._async_client.aclose()
            self._async_client = None

    def cancel(self, job: Job) -> None:
        """Ask for a job to be cancelled."""
        self.client.post(f"{_path(job)}/cancel", {})

    def test_connection(self) -> tuple[bool, str]:
        """Whether the principal is let in, and how many workspaces it sees; for the form's test button."""
        try:
            told = self.client.get("/workspaces").json()
        except LandfallError as error:
            return False, str(error)
        seen = told.get("value") if isinstance(told, dict) else None
        if not isinstance(seen, list) or not seen:
            return (
                False,
                "The service principal is let in and sees no workspace. → Add it to one as a contributor.",
            )
        names = ", ".join(sorted(str(each.get("displayName")) for each in seen[:5]))
        return (
            True,
            f"The service principal sees {len(seen)} workspaces: {names}{'…' if len(seen) > 5 else ''}.",
        )


def _api_settings(connection: settings.ConnectionLike) -> ApiSettings:
    connection = settings.understood(connection, FabricHook.conn_type)
    given = {name: str(value or "").strip() for name, value in connection.extra_dejson.items()}
    client_id, tenant = str(getattr(connection, "login", "") or "").strip(), given.get("tenant_id", "")
    secret = settings.secret(connection)
    if missing := [
        what for what, value in (("client id (login)", client_id), ("tenant_id", tenant)) if not value
    ]:
        raise Misconfigured(
            f"Connection {connection.conn_id} has no {' and no '.join(missing)}",
            todo="Copy them from the app registration of the service principal.",
        )
    if not re.fullmatch(r"[\w.-]+", tenant):
        raise Misconfigured(f"Connection {connection.conn_id}: tenant_id is no tenant", todo="Give its id.")
    login = (given.get("azure_authority_host") or LOGIN).rstrip("/")
    return ApiSettings(
        base_url=given.get("api_url") or API,
        auth=ServicePrincipal(f"{login}/{tenant}/oauth2/v2.0/token", client_id, secret),
        judge=_Judge("Fabric", classify=_classify, default_wait=POLL),
        timeouts=settings.timeouts(connection, Timeouts()),
        max_wait=settings.number(connection, "max_wait_seconds", 60.0),
    )


def _classify(answer: Answer) -> LandfallError | None:
    """430 is Fabric's own: the capacity runs as many Spark jobs as it may."""
    if answer.status == 430:
        wait = retry_after(answer.headers, POLL)
        return RateLimited(f"Fabric: {answer.place} answered 430: the capacity is in use", retry_after=wait)
    return None


def _status(answer: Answer) -> JobStatus:
    told = answer.json()
    state = told.get("status") if isinstance(told, dict) else None
    if state not in ("NotStarted", "InProgress", *OVER):
        raise ContractBroken(f"Fabric: {answer.place} told no state of the job that is known")
    failure = told.get("failureReason") if isinstance(told, dict) else None
    code = str(failure.get("errorCode") or "") if isinstance(failure, dict) else ""
    reason = code if re.fullmatch(r"[\w.-]{1,100}", code) else ""
    return JobStatus(state, reason, retry_after(answer.headers, POLL))


def _parameter(name: str, value: Any) -> dict[str, Any]:
    if type(value) not in _KINDS:
        raise Misconfigured(
            f"the parameter {name} is a {type(value).__name__}",
            todo="Give a text, a number, or True or False.",
        )
    return {"value": value, "type": _KINDS[type(value)]}


def _item(workspace: str, item: str) -> str:
    for what, given in (("workspace", workspace), ("item", item)):
        if not _GUID.fullmatch(given):
            raise Misconfigured(
                f"Fabric: the {what} is no id", todo="Copy the ids from the item's address in the browser."
            )
    return f"/workspaces/{workspace}/items/{item}"


def _path(job: Job) -> str:
    return f"{_item(job.workspace, job.item)}/jobs/instances/{job.id}"
