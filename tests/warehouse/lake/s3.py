"""moto's S3 as a store that is safe: one request at a time.

moto looks whether an object is there and writes it in two steps, so that of two requests with `If-None-Match: *` that
come together both pass. S3 lets one pass.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import run_simple


class OneAtATime:
    """A WSGI application that answers whole requests, one after the other."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._turn = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._turn:
            return list(self._application(environ, start_response))


if __name__ == "__main__":
    moto = DomainDispatcherApplication(create_backend_app)
    run_simple(
        "127.0.0.1", int(sys.argv[1]), OneAtATime(moto), threaded=True, request_handler=MotoRequestHandler
    )
