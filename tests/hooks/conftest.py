"""A simulated Pennylane with every request written down, and hooks connected to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from landfall.hooks.pennylane import PennylaneHook
from sandbox.pennylane import PennylaneVendor
from sandbox.server import Sandbox


@dataclass(frozen=True)
class Sent:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    body: bytes


class Recorded:
    """An application behind a recorder of requests, and a front that may refuse long ones."""

    def __init__(self, vendor: PennylaneVendor) -> None:
        self.vendor, self.prefix = vendor, vendor.prefix
        self.sent: list[Sent] = []
        self.longest_query = 8000

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""

        async def reading() -> Message:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            return message

        try:
            if len(scope["query_string"]) > self.longest_query:
                await PlainTextResponse("URI Too Long", 414)(scope, receive, send)
            else:
                await self.vendor(scope, reading, send)
        finally:
            if scope["type"] == "http":
                query = scope["query_string"].decode()
                self.sent.append(Sent(scope["method"], scope["path"], query, body))


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox(Recorded(PennylaneVendor(scale=0.2, rate=None, export_delay=0.3))) as box:
        yield box


@pytest.fixture
def vendor(running: Sandbox) -> Iterator[PennylaneVendor]:
    """The simulator as seeded."""
    running.app.vendor.reset()
    yield running.app.vendor
    running.app.vendor.faults.clear()
    running.app.longest_query = 8000


@pytest.fixture
def sent(running: Sandbox, vendor: PennylaneVendor) -> list[Sent]:
    """Every request since the test began."""
    running.app.sent.clear()
    return running.app.sent


@pytest.fixture
def make_hook(
    running: Sandbox, vendor: PennylaneVendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., PennylaneHook]]:
    """A hook by way of a real Airflow connection; `extra` as in the connection."""
    made: list[PennylaneHook] = []

    def make(conn_id: str = "pennylane_default", *, token: str = vendor.token, **extra: Any) -> PennylaneHook:
        given = {"rate_store": str(tmp_path), "requests_per_period": 1000, **extra}
        connection = {"conn_type": "pennylane", "host": running.url, "password": token, "extra": given}
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))
        made.append(PennylaneHook(conn_id))
        return made[-1]

    yield make
    for hook in made:
        hook.close()


@pytest.fixture
def hook(make_hook: Callable[..., PennylaneHook]) -> PennylaneHook:
    return make_hook()
