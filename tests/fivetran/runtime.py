"""Lambda's runtime interface: the few HTTP calls by which a runtime gets events and gives answers.

Run as a program it is the runtime, as `awslambdaric` is on Lambda: it needs a folder with the unpacked zip, a handler's
name and the API's address, and imports nothing from anywhere else.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

LONGEST_ANSWER = 6 * 2**20
API = "/2018-06-01/runtime"


class Lambda:
    """A function in a process of its own, in an environment that holds nothing but the zip.

    :param folder: the unpacked zip.
    :param environment: variables; no others are there.
    """

    def __init__(
        self, folder: Path, handler: str, environment: dict[str, str], *, seconds: float = 900
    ) -> None:
        self._events: Queue[bytes] = Queue()
        self._answers: Queue[tuple[str, bytes]] = Queue()
        outer, self._number = self, 0

        class Api(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = outer._events.get()
                outer._number += 1
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", str(outer._number))
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(seconds * 1000)))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                outer._answers.put((self.path.rpartition("/")[2], body))

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{self._server.server_port}"
        command = [sys.executable, "-I", "-S", str(Path(__file__)), str(folder), handler, address]
        self._process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)

    def invoke(self, event: Any) -> Any:
        """An answer. :raises RuntimeError: what Lambda would report, as JSON."""
        self._events.put(json.dumps(event).encode())
        kind, body = self._answers.get(timeout=120)
        if kind == "error":
            raise RuntimeError(body.decode())
        assert len(body) <= LONGEST_ANSWER
        return json.loads(body)

    def close(self) -> str:
        """End it. :returns: its log."""
        self._process.terminate()
        _, told = self._process.communicate(timeout=20)
        self._server.shutdown()
        self._server.server_close()
        return told


class Context:
    def __init__(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


def serve(handler: Any, api: str) -> None:
    """What a runtime does until it is ended."""
    while True:
        with urllib.request.urlopen(f"{api}{API}/invocation/next") as response:
            event = json.loads(response.read())
            number = response.headers["Lambda-Runtime-Aws-Request-Id"]
            context = Context(int(response.headers["Lambda-Runtime-Deadline-Ms"]))
        try:
            kind, answer = "response", handler(event, context) if event != "modules" else modules()
        except Exception as error:
            kind, answer = "error", {"errorMessage": str(error), "errorType": type(error).__name__}
        body = json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
        urllib.request.urlopen(f"{api}{API}/invocation/{number}/{kind}", data=body).close()


def modules() -> dict[str, Any]:
    """What was imported, and how much memory it took at most, in bytes.

    Not `ru_maxrss`, which a child inherits from the process that started it.
    """
    status = Path("/proc/self/status").read_text().splitlines()
    top = {name.partition(".")[0] for name in sys.modules}
    return {
        "libraries": sorted(name for name in top - set(sys.stdlib_module_names) if not name.startswith("_")),
        "peak": next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024,
    }


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    import importlib

    module, _, name = sys.argv[2].rpartition(".")
    serve(getattr(importlib.import_module(module), name), sys.argv[3])
