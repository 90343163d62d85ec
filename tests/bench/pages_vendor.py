"""A fast vendor for W7, in a process of its own: cursor pages of 1,000 invoices after 2 ms, and no rate limit.

    python -m tests.bench.pages_vendor FILE LATENCY

Prints its address and serves until its input closes.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from sandbox.server import Sandbox

PAGE = 1000


class PagesVendor:
    """Serves `GET /invoices?cursor=…`, every page put together beforehand.

    :param latency: seconds every answer is held back.
    """

    def __init__(self, file: Path, latency: float) -> None:
        self.latency = latency
        self.pages: list[bytes] = []
        with file.open("rb") as source:
            while lines := list(itertools.islice(source, PAGE)):
                self.pages.append(b",".join(line.rstrip(b"\n") for line in lines))

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        query = parse_qs(scope["query_string"].decode())
        number = int(query.get("cursor", ["0"])[0])
        more = number + 1 < len(self.pages)
        tail = b'],"has_more":%b,"next_cursor":%b}' % (
            b"true" if more else b"false",
            b'"%d"' % (number + 1) if more else b"null",
        )
        body = b'{"items":[' + self.pages[number] + tail
        await asyncio.sleep(self.latency)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    with Sandbox(PagesVendor(Path(sys.argv[1]), float(sys.argv[2]))) as box:
        print(box.url, flush=True)
        sys.stdin.read()
