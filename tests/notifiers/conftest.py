"""A mail server and an HTTP server that keep what they are sent."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.server import Sandbox


class Mailbox:
    """What an SMTP server took."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        self.recipients.append(envelope.rcpt_tos)
        return "250 taken"


class SmtpServer(Controller):
    """aiosmtpd on a free port, which it cannot choose by itself."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        super().__init__(mailbox, hostname="127.0.0.1", port=self.listener.getsockname()[1])

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.listener)


class Endpoint:
    """An HTTP address: keeps each request and answers `status`, after `wait` seconds."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        self.wait = 0.0
        self.headers: dict[str, str] = {}
        self.url = ""
        self.app = Starlette(routes=[Route("/{path:path}", self._take, methods=["POST", "GET"])])

    async def _take(self, request: Request) -> Response:
        self.requests.append((request.url.path, dict(request.headers), await request.body()))
        await asyncio.sleep(self.wait)
        return Response("ok", status_code=self.status, headers=self.headers)


@pytest.fixture
def smtp() -> Iterator[tuple[Mailbox, int]]:
    """A mailbox, and the port of the SMTP server on 127.0.0.1 that fills it."""
    mailbox = Mailbox()
    server = SmtpServer(mailbox)
    server.start()
    yield mailbox, server.port
    server.stop()


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """An HTTP server on 127.0.0.1."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)  # the Slack client does not know NO_PROXY
    endpoint = Endpoint()
    with Sandbox(endpoint.app) as box:
        endpoint.url = box.url
        yield endpoint
