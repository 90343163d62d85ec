"""What a fault is, and what it finds when it strikes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.rows import decode, encode


@dataclass(frozen=True)
class Dialect:
    """What a vendor calls the parts of a page; None where its pages have no such part.

    :ivar items: key of the list of rows; None where the page is the list.
    :ivar more: key of the flag that says a next page exists.
    :ivar cursor: key of the next page's cursor.
    :ivar cursor_parameter: query parameter that takes it.
    :ivar limit_parameter: query parameter for the page size.
    """

    items: str | None = "items"
    more: str | None = "has_more"
    cursor: str | None = "next_cursor"
    cursor_parameter: str = "cursor"
    limit_parameter: str = "limit"


@dataclass
class Answered:
    """A complete answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def with_json(self, content: Any) -> Answered:
        """The same answer with another JSON body."""
        return replace(self, body=encode(content))

    async def replay(self, send: Send) -> None:
        """Send it, with the length its body has."""
        headers = [(name, value) for name, value in self.headers if name.lower() != b"content-length"]
        headers.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


async def collect(app: ASGIApp, scope: Scope, receive: Receive) -> Answered:
    """What `app` answers, whole."""
    answered = Answered(500, [], b"")

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered.status, answered.headers = message["status"], list(message.get("headers", []))
        else:
            answered.body += message.get("body", b"")

    await app(scope, receive, keep)
    return answered


@dataclass
class Shot:
    """One request a fault strikes.

    :ivar settings: the fault's settings for this rule.
    :ivar cursor: the cursor the request brought, "" on a first page.
    :ivar page_before: the page answered last on the same path.
    :ivar cursors_before: the cursors earlier requests brought on the same path.
    :ivar aliases: made-up cursors and the request's own cursor each stands for.
    :ivar true: what the vendor answered, once it was asked.
    """

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send
    dialect: Dialect
    settings: dict[str, Any]
    cursor: str
    page_before: Answered | None
    cursors_before: list[str]
    aliases: dict[str, str]
    true: Answered | None = None

    async def truth(self) -> Answered:
        """What the vendor answers."""
        if self.true is None:
            self.true = await collect(self.app, self.scope, self.receive)
        return self.true

    async def page(self) -> Any:
        """The decoded page the vendor answers; None where it answers none."""
        answered = await self.truth()
        try:
            page = decode(answered.body) if answered.status == 200 else None
        except msgspec.DecodeError:
            return None
        if self.dialect.items is None:
            return page if isinstance(page, list) else None
        return page if isinstance(page, dict) and self.dialect.items in page else None


Strike = Callable[[Shot], Awaitable[bool]]
"""Answers the request; False where it has nothing to lie about, and the answer was the true one."""


@dataclass(frozen=True)
class Fault:
    """A kind of fault.

    :ivar family: what it breaks: throttle, server, auth, redirect, wire, body, page or drift.
    :ivar defaults: its settings.
    :ivar harmless: a client must come through with complete data and no second attempt.
    """

    name: str
    family: str
    strike: Strike
    defaults: dict[str, Any] = field(default_factory=dict)
    harmless: bool = False
