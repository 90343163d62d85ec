"""A stand-in for OneLake: `python -m sandbox.onelake` serves a login and a store on localhost, and prints its port.

It keeps blobs in memory and speaks of the Azure Blob protocol what a lake needs: conditional PUT, blocks, ranged GET,
HEAD, DELETE and listing. Like OneLake it refuses a batch of deletions. It runs in a process of its own, since who waits
for it may hold the interpreter's lock.

Faults are ordered at `/control` (JSON, see `Store.order`): the client is killed at a request of a given number, before
the store has carried it out or after, and gets no answer; or the answer is an error although it was carried out.
"""

from __future__ import annotations

import argparse
import contextlib
import email.utils
import hashlib
import json
import os
import signal
import socketserver
import threading
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

ENDPOINT = "0f0f0f0f-0000-4000-8000-0f0f0f0f0f0f"
"""Id of the SQL analytics endpoint of whatever lakehouse is asked about."""


class Store:
    """Blobs by path, saved states of them, and the fault that is ordered."""

    def __init__(self, conditional: bool = True) -> None:
        self.conditional = conditional
        self.blobs: dict[str, tuple[bytes, float]] = {}
        self.blocks: dict[tuple[str, str], bytes] = {}
        self.saved: dict[str, dict[str, tuple[bytes, float]]] = {}
        self.lock = threading.RLock()
        self.requests: list[str] = []
        self.fault: dict[str, Any] = {}

    def order(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do as a test says.

        `save` and `restore` name a state of the whole store. `kill` (a process id) or `fail` (a status) at request
        number `at`, counted from this order on, `before` it is carried out or `after`; of all requests, those count
        that contain each text of `only`. :returns: the requests since the order before, of those that count.
        """
        with self.lock:
            told = {"requests": self.requests}
            self.requests, self.fault = [], order
            if name := order.get("save"):
                self.saved[name] = dict(self.blobs)
            if name := order.get("restore"):
                self.blobs = dict(self.saved[name])
            return told

    def due(self, line: str, moment: str) -> bool:
        """Whether the ordered fault happens now; a request is counted before it is carried out."""
        with self.lock:
            counts = all(text in line for text in self.fault.get("only", ()))
            if counts and moment == "before":
                self.requests.append(line)
            mine = counts and len(self.requests) == self.fault.get("at", 0)
            return bool(mine and self.fault.get("when") == moment)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet
    store: Store

    def log_message(self, *_: Any) -> None:
        pass

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urllib.parse.urlsplit(self.path)
        path, query = urllib.parse.unquote(url.path), dict(urllib.parse.parse_qsl(url.query))
        if path == "/control":
            return self._answer(200, json.dumps(self.store.order(json.loads(body))).encode())
        if path.endswith("/oauth2/v2.0/token"):
            token = {"access_token": "a-token", "token_type": "Bearer", "expires_in": 3600}
            return self._answer(200, json.dumps(token).encode(), {"Content-Type": "application/json"})
        if not self.headers.get("Authorization", "").startswith("Bearer "):
            return self._answer(401)
        line = f"{self.command} {self.path}"
        if self.store.due(line, "before") and self._fault():
            return None
        with self.store.lock:
            answer = self._fabric(path) or self._carry_out(path, query, body)
        if self.store.due(line, "after") and self._fault():
            return None
        return self._answer(*answer)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _serve

    def _fault(self) -> bool:
        fault = self.store.fault
        if pid := fault.get("kill"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.close_connection = True
        else:
            self._answer(fault["fail"])
        return True

    def _fabric(self, path: str) -> tuple[int, bytes, dict[str, str]] | None:
        """Fabric's own API, below /v1: a lakehouse with its SQL analytics endpoint, and that one's refresh."""
        parts = path.strip("/").split("/")
        if parts[:2] != ["v1", "workspaces"]:
            return None
        if self.command == "GET" and len(parts) == 5 and parts[3] == "lakehouses":
            item = {"id": parts[4], "properties": {"sqlEndpointProperties": {"id": ENDPOINT}}}
            return 200, json.dumps(item).encode(), {"Content-Type": "application/json"}
        refresh = self.command == "POST" and parts[3:] == ["sqlEndpoints", ENDPOINT, "refreshMetadata"]
        return (200, b"{}", {}) if refresh else (404, b"", {})

    def _carry_out(self, path: str, query: dict[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
        store, known = self.store, self.store.blobs.get(path)
        if query.get("comp") == "batch":
            return 400, b"", {}
        if query.get("comp") == "list":
            return 200, self._listed(path, query), {"Content-Type": "application/xml"}
        if self.command == "PUT" and query.get("comp") == "block":
            store.blocks[path, query["blockid"]] = body
            return 201, b"", {}
        if self.command == "PUT":
            if store.conditional and self.headers.get("If-None-Match") == "*" and known:
                return 409, b"", {"x-ms-error-code": "BlobAlreadyExists"}
            if query.get("comp") == "blocklist":
                ids = [part.partition("<")[0] for part in body.decode().split(">") if part.endswith("t")]
                body = b"".join(
                    store.blocks.pop((path, each)) for each in ids if (path, each) in store.blocks
                )
            store.blobs[path] = (body, time.time())
            return 201, b"", _facts(body)
        if self.command == "DELETE" and query.get("recursive") == "true":
            gone = [name for name in store.blobs if name.startswith(f"{path}/")]
            for name in gone:
                del store.blobs[name]
            return 200 if gone else 404, b"", {}
        if known is None:
            return 404, b"", {"x-ms-error-code": "BlobNotFound"}
        data, moment = known
        if self.command == "DELETE":
            del store.blobs[path]
            return 202, b"", {}
        facts = _facts(data) | {
            "Last-Modified": email.utils.formatdate(moment, usegmt=True),
            "x-ms-blob-type": "BlockBlob",
        }
        wanted = self.headers.get("x-ms-range") or self.headers.get("Range")
        if wanted and self.command == "GET":
            begin, _, end = wanted.removeprefix("bytes=").partition("-")
            first = int(begin) if begin else len(data) - int(end)
            last = min(int(end), len(data) - 1) if begin and end else len(data) - 1
            return 206, data[first : last + 1], facts | {"Content-Range": f"bytes {first}-{last}/{len(data)}"}
        return 200, data, facts

    def _listed(self, path: str, query: dict[str, str]) -> bytes:
        container = f"{path.rstrip('/')}/"
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        blobs, folders = [], set()
        for name, (data, moment) in sorted(self.store.blobs.items()):
            mine = name.removeprefix(container)
            if (
                not name.startswith(container)
                or not mine.startswith(prefix)
                or mine < query.get("startFrom", "")
            ):
                continue
            head, cut, _ = mine[len(prefix) :].partition(delimiter) if delimiter else (mine, "", "")
            if cut:
                folders.add(prefix + head + delimiter)
                continue
            date = email.utils.formatdate(moment, usegmt=True)
            blobs.append(
                f"<Blob><Name>{escape(mine)}</Name><Properties><Last-Modified>{date}</Last-Modified>"
                f"<Content-Length>{len(data)}</Content-Length><Etag>{_facts(data)['ETag']}</Etag>"
                "<Content-Type>application/octet-stream</Content-Type></Properties></Blob>"
            )
        found = "".join(blobs) + "".join(
            f"<BlobPrefix><Name>{escape(f)}</Name></BlobPrefix>" for f in sorted(folders)
        )
        text = f'<?xml version="1.0"?><EnumerationResults><Blobs>{found}</Blobs><NextMarker/></EnumerationResults>'
        return text.encode()

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        length = (headers or {}).pop("Content-Length", str(len(body)))
        self.send_response_only(status)
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(body)))
        self.send_header("x-ms-request-id", str(uuid.uuid4()))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()


def _facts(data: bytes) -> dict[str, str]:
    return {"ETag": f'"{hashlib.sha256(data).hexdigest()[:16]}"', "Content-Length": str(len(data))}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients are killed here on purpose

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)


def main() -> None:
    """Serve until standard input closes, which it does when the parent dies."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-conditional-put", action="store_true")
    given = parser.parse_args()
    Handler.store = Store(conditional=not given.no_conditional_put)
    server = _Server(("127.0.0.1", 0), Handler)
    server.server_name, server.server_port = "127.0.0.1", server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    with contextlib.suppress(KeyboardInterrupt, EOFError):
        while input():
            pass


if __name__ == "__main__":
    main()
