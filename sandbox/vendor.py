"""What all simulators share: rows, change events, a clock, an audit, faults and the control routes."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any, ClassVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.audit import Request, SlidingWindow, Stats, Verdict
from sandbox.changelog import Changelog, Event
from sandbox.clock import Clock, stamp
from sandbox.control import control_routes
from sandbox.faults import Dialect, Faults
from sandbox.rows import Row, Rows, decode

TOKEN = "sandbox-token"  # noqa: S105 - what every simulator accepts

Hook = Callable[[], object]


class Vendor:
    """A simulated vendor, itself an ASGI application.

    A subclass fills `rows` (and `changelogs`, where the vendor has them) in `fill`, answers the vendor's own
    paths in `api`, and says in `blank`, `edit` and `changes` what plausible new data look like.

    :param seed: the same seed and clock give the same data.
    :param rate: requests and seconds of the sliding window, or None for no limit.
    :param latency: seconds every answer is held back.
    :param clock: the vendor's time; real by default.
    :param token: the credential the API accepts.
    """

    name: ClassVar[str]
    prefix: ClassVar[str] = ""
    dialect: ClassVar[Dialect] = Dialect()
    connection: ClassVar[dict[str, Any]] = {}
    """What an Airflow connection to it needs in its extra, beside address and token."""
    demo: ClassVar[dict[str, Any]] = {}
    """Arguments that make it as large as a demo of a minute can take."""
    small: ClassVar[dict[str, Any]] = {}
    """Arguments that make it as small and quick as tests want it that read it again and again."""
    highlights: ClassVar[tuple[tuple[str, str], ...]] = ()
    """What the demo shows of its tables: a title and a query each."""
    changing: ClassVar[tuple[str, ...]] = ()
    """Tables that the demo reads again after the vendor's changes; none for those that are due."""

    local_zone: ClassVar[str] = ""
    """Where its clock on the wall is, if it writes times without a zone."""

    login: ClassVar[str] = ""
    """What an Airflow connection to it has as its login."""

    @classmethod
    def password(cls, address: str) -> str:
        """What an Airflow connection to the simulator at `address` has as its password."""
        return TOKEN

    def __init__(
        self,
        *,
        seed: int = 0,
        rate: tuple[int, float] | None = None,
        latency: float = 0.0,
        clock: Clock | None = None,
        token: str = TOKEN,
    ) -> None:
        self.seed, self.latency, self.token = seed, latency, token
        self.clock = clock or Clock()
        self.window = SlidingWindow(*(rate or (None, 5.0)))
        self.stats = Stats()
        self.lock = threading.RLock()
        self.faults = Faults(self.api, self.dialect)
        self._control = control_routes(self)
        self.reset()

    # --- what a subclass provides ---------------------------------------------------------------------------

    def fill(self) -> None:
        """Make the seeded rows and their retained events."""
        raise NotImplementedError

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request to the vendor's own paths; the limiter's word is `verdict(scope)`."""
        raise NotImplementedError

    def blank(self, resource: str) -> Row:
        """A plausible new row with an id never used before."""
        raise NotImplementedError

    def edit(self, resource: str, row: Row) -> Row:
        """The fields a plausible edit of `row` sets."""
        raise NotImplementedError

    def changes(self, n: int) -> dict[str, int]:
        """Make `n` realistic changes.

        :returns: how many of each kind.
        """
        raise NotImplementedError

    def configure(self, settings: dict[str, Any]) -> None:
        """Change how the vendor behaves from now on; what there is to set is the vendor's.

        :raises ValueError: there is no such setting.
        """
        raise ValueError(f"{self.name} has no settings")

    # --- the model, for tests and for the control routes ----------------------------------------------------

    def reset(self) -> None:
        """Back to the seeded rows; no faults, drift, hooks or counts, a valid token with every scope."""
        with self.lock:
            self.random = random.Random(self.seed)
            self.rows: dict[str, Rows] = {}
            self.changelogs: dict[str, Changelog] = {}
            self.scopes: set[str] = set()
            self.revoked = False
            self.token_expires: datetime | None = None
            self._hooks: list[tuple[str, int, Hook]] = []
            self.faults.clear()
            self.stats.reset()
            self.window.reset()
            self.fill()

    def truth(self, resource: str) -> list[Row]:
        """The rows as the API would list them now, ascending by id."""
        with self.lock:
            return self.rows[resource].all()

    def ids(self, resource: str) -> list[int]:
        """The ids the API would list now, ascending."""
        with self.lock:
            return list(self.rows[resource].ids)

    def insert(self, resource: str, fields: Row | None = None) -> int:
        """Add a plausible row, with `fields` in place of its own.

        :returns: its id.
        """
        with self.lock:
            row = self.blank(resource) | (fields or {})
            self.put(resource, row)
            return int(row["id"])

    def update(self, resource: str, row_id: int, fields: Row | None = None) -> None:
        """Set `fields`, or make a plausible edit, and move `updated_at`.

        :raises KeyError: no row has this id.
        """
        with self.lock:
            row = self.rows[resource].get(row_id)
            for field in self.rows[resource].extra:
                row.pop(field, None)
            row |= self.edit(resource, row) if fields is None else fields
            row["updated_at"] = stamp(self.clock.now())
            self.rows[resource].put(row)
            self.emit(resource, row_id, "update")

    def delete(self, resource: str, row_id: int) -> None:
        """Remove a row.

        :raises KeyError: no row has this id.
        """
        with self.lock:
            self.rows[resource].remove(row_id)
            self.emit(resource, row_id, "delete")

    def recreate(self, resource: str, row_id: int, fields: Row | None = None) -> None:
        """Bring a deleted row back under its old id, as a new row.

        :raises KeyError: no row with this id was deleted, or it is back already.
        """
        with self.lock:
            if row_id in self.rows[resource]:
                raise KeyError(row_id)
            now = stamp(self.clock.now())
            row = decode(self.rows[resource].deleted[row_id]) | {"created_at": now, "updated_at": now}
            self.put(resource, row | (fields or {}))

    def touch(self, resource: str, row_id: int) -> None:
        """Report an update of a row that stays as it is."""
        with self.lock:
            self.emit(resource, row_id, "update")

    def put(self, resource: str, row: Row) -> None:
        """Add a whole row and report it."""
        with self.lock:
            self.rows[resource].put(row)
            self.emit(resource, row["id"], "insert")

    def emit(
        self, resource: str, row_id: int, operation: str = "update", *, processed_at: datetime | None = None
    ) -> None:
        """Report a change whether or not it happened; nothing, where the resource has no changelog.

        :param row_id: may be the id of no row.
        :param processed_at: now by default; an earlier moment makes it a late event.
        """
        with self.lock:
            if resource not in self.changelogs:
                return
            processed = stamp(processed_at or self.clock.now())
            updated, created = processed, processed
            if row_id in self.rows[resource]:
                row = self.rows[resource].get(row_id)
                updated, created = row.get("updated_at", processed), row.get("created_at", processed)
            self.changelogs[resource].add(Event(row_id, operation, processed, updated, created))

    def drift(self, resource: str, field: str, value: Any = None) -> None:
        """From now on every row of `resource` carries `field`."""
        with self.lock:
            self.rows[resource].extra[field] = value

    def on_page(self, resource: str, page: int, hook: Hook) -> None:
        """Call `hook` once, right after the `page`-th page of `resource` counted from now was read."""
        with self.lock:
            self._hooks.append((resource, page, hook))

    def page_served(self, resource: str) -> None:
        """A subclass calls this when it has put a page together."""
        with self.lock:
            due = [hook for name, left, hook in self._hooks if name == resource and left <= 1]
            self._hooks = [
                (name, left - (name == resource), hook)
                for name, left, hook in self._hooks
                if name != resource or left > 1
            ]
            for hook in due:
                hook()

    def token_valid(self, presented: str) -> bool:
        """Whether the API accepts this credential now."""
        expired = self.token_expires is not None and self.clock.now() >= self.token_expires
        return presented == self.token and not self.revoked and not expired

    # --- serving --------------------------------------------------------------------------------------------

    def credential(self, scope: Scope) -> str:
        """What the rate limit is counted by: the bearer token, unless a subclass reads another one."""
        return presented_token(scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"].startswith("/_control"):
            await self._control(scope, receive, send)
        else:
            await self._audited(self.faults, scope, receive, send)

    async def _audited(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        status, at = 0, time.monotonic()
        query = scope["query_string"].decode("ascii", "replace")
        authorized = any(name == b"authorization" for name, _ in scope["headers"])
        scope.setdefault("state", {})
        if scope["path"].startswith(self.prefix):
            scope["state"]["verdict"] = self.window.arrive(self.credential(scope))

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                date = format_datetime(self.clock.now(), usegmt=True).encode()
                headers = message.get("headers", [])
                if not any(name.lower() == b"date" for name, _ in headers):
                    message["headers"] = [*headers, (b"date", date)]
            await send(message)

        if self.latency:
            await asyncio.sleep(self.latency)
        try:
            await app(scope, receive, counted)
        finally:
            seen = Request(scope["method"], scope["path"], query, authorized, status, at)
            self.stats.add(seen)


def verdict(scope: Scope) -> Verdict:
    """The limiter's word on this request."""
    found: Verdict = scope["state"].get("verdict", Verdict(allowed=True))
    return found


def presented_token(scope: Scope) -> str:
    """The bearer token of a request, "" where there is none."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = str(value, "latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return ""
