"""Serve a simulator, or any ASGI application, on localhost from a thread."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT = "sandbox.transport"
"""The ASGI extension under which an application finds its connection, to break it on purpose."""


class BreakableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, handing the application the transport of its connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}


def transport_of(scope: Any) -> asyncio.Transport:
    """The connection a request came in on.

    :raises RuntimeError: the application does not run under `Sandbox`.
    """
    try:
        transport: asyncio.Transport = scope["extensions"][TRANSPORT]["transport"]
    except KeyError:
        raise RuntimeError("the connection is only within reach under sandbox.server.Sandbox") from None
    return transport


def uvicorn_config(
    app: Any, *, host: str = "127.0.0.1", port: int = 0, log_level: str = "critical"
) -> uvicorn.Config:
    """How every simulator is served: one process, a breakable connection, no headers of uvicorn's own."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BreakableProtocol,
        lifespan="off",
        log_level=log_level,
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


class Sandbox:
    """An ASGI application served on `host`, for the length of a `with` block.

    :param app: the application; a `Vendor` is one.
    :param host: address to listen on.
    :param port: 0 for any free one.
    """

    def __init__(self, app: Any, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.app = app
        self.host, self.port = host, port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    @property
    def api_url(self) -> str:
        """`url` with the prefix all the vendor's paths have."""
        return self.url + getattr(self.app, "prefix", "")

    def start(self) -> Self:
        """Listen, and return once requests are answered.

        :raises RuntimeError: the server did not come up within ten seconds.
        """
        listener = socket.create_server((self.host, self.port), backlog=512)
        self.port = listener.getsockname()[1]
        self._server = uvicorn.Server(uvicorn_config(self.app))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name=f"sandbox:{self.port}", daemon=True
        )
        self._thread.start()
        until = time.monotonic() + 10
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise RuntimeError(f"the sandbox did not start on port {self.port}")
            time.sleep(0.002)
        return self

    def stop(self) -> None:
        """Close every connection and the port."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
