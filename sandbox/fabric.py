"""A stand-in for Microsoft's login and Fabric's job API on localhost, with the answers that the API documents."""

from __future__ import annotations

import json
import threading
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TENANT, CLIENT, SECRET = "contoso.example", "app", "sandbox-secret"
WORKSPACE, ITEM = "11111111-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"


class Fabric:
    """One workspace with one item; a job goes through `states`, one at each look.

    :ivar states: what the next jobs go through; the last one lasts.
    :ivar answers: statuses to answer with instead, one a request of the job API.
    :ivar retry_after: seconds, as the API tells them.
    :ivar started: bodies and types of the jobs that were started.
    """

    def __init__(self) -> None:
        self.states = ["NotStarted", "InProgress", "Completed"]
        self.answers: list[int] = []
        self.retry_after = "0"
        self.started: list[tuple[str, Any]] = []
        self.looks: dict[str, list[str]] = {}
        self.cancelled: list[str] = []
        self.logins = 0
        self.tokens: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fabric": self}))

    def __enter__(self) -> Fabric:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Of login and API."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def connection(self) -> dict[str, Any]:
        """The fields of an Airflow connection to it."""
        extra = {"tenant_id": TENANT, "azure_authority_host": self.url, "api_url": f"{self.url}/v1"}
        return {"conn_type": "fabric", "login": CLIENT, "password": SECRET, "extra": extra}

    def login(self, form: dict[str, list[str]]) -> tuple[int, Any]:
        """A token, for who knows the secret."""
        self.logins += 1
        if form.get("client_secret") != [SECRET] or form.get("grant_type") != ["client_credentials"]:
            return 401, {"error": "invalid_client", "error_description": f"wrong secret {form}"}
        token = uuid.uuid4().hex
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def start(self, job_type: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        """Accept a job."""
        self.started.append((job_type, body))
        job_id = str(uuid.uuid4())
        self.looks[job_id] = list(self.states)
        place = f"{self.url}/v1/workspaces/{WORKSPACE}/items/{ITEM}/jobs/instances/{job_id}"
        return 202, None, {"Location": place, "Retry-After": self.retry_after}

    def look(self, job_id: str) -> tuple[int, Any, dict[str, str]]:
        """The state of a job."""
        if job_id not in self.looks:
            return 404, {"errorCode": "ItemJobInstanceNotFound"}, {}
        left = self.looks[job_id]
        state = left.pop(0) if len(left) > 1 else left[0]
        failed = (
            {"errorCode": "SystemError", "message": "ValueError: amount of Jane Doe"}
            if state == "Failed"
            else None
        )
        told = {
            "id": job_id,
            "itemId": ITEM,
            "jobType": "RunNotebook",
            "status": state,
            "failureReason": failed,
        }
        return 200, told, {"Retry-After": self.retry_after}


class _Handler(BaseHTTPRequestHandler):
    fabric: Fabric
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        if path == f"/{TENANT}/oauth2/v2.0/token":
            self._answer(*self.fabric.login(urllib.parse.parse_qs(body.decode())))
        elif self._may():
            parts = path.strip("/").split("/")
            if parts[:5] != ["v1", "workspaces", WORKSPACE, "items", ITEM]:
                self._answer(404, {"errorCode": "EntityNotFound"})
            elif parts[-1] == "cancel":
                self.fabric.cancelled.append(parts[-2])
                self._answer(202, None)
            else:
                (job_type,) = urllib.parse.parse_qs(query)["jobType"]
                self._answer(*self.fabric.start(job_type, json.loads(body)))

    def do_GET(self) -> None:
        if self._may():
            if self.path == "/v1/workspaces":
                self._answer(200, {"value": [{"id": WORKSPACE, "displayName": "Company"}]})
            else:
                self._answer(*self.fabric.look(self.path.rpartition("/")[2]))

    def _may(self) -> bool:
        """Whether the token counts, and no other answer was ordered."""
        if self.headers.get("Authorization", "").removeprefix("Bearer ") not in self.fabric.tokens:
            self._answer(401, {"errorCode": "TokenExpired"})
            return False
        if self.fabric.answers and (status := self.fabric.answers.pop(0)) != 200:
            self._answer(status, {"errorCode": "Ordered"}, {"Retry-After": "0"})
            return False
        return True

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing: tests print enough."""
