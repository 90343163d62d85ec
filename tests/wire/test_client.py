"""The client's own promises: what is retried, what leaves the process, and how long anything may take."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from landfall.errors import ContractBroken, LandfallError, Misconfigured, RateLimited, VendorUnavailable
from landfall.wire.answers import Answer, Judge, Refused, retry_after
from landfall.wire.auth import Bearer
from landfall.wire.budget import Budget
from landfall.wire.client import ApiClient, ApiSettings, AsyncApiClient, Timeouts
from landfall.wire.download import LinkRefused, download
from landfall.wire.redaction import request_line, vendor_words
from sandbox.server import Sandbox
from tests.wire.conftest import QUICK

SECRET = "s3cret-value"


class Recorder:
    """An application that writes down every request and answers with what it is told."""

    def __init__(self, *answers: Response | Callable[[Request], Response]) -> None:
        self.seen: list[Request] = []
        self.answers = list(answers)
        self.app = Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "POST"])])

    async def answer(self, request: Request) -> Response:
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, Response) else answer(request)


def ok(content: str = "{}", **more: Any) -> Response:
    return Response(content, media_type="application/json", **more)


@pytest.fixture
def serve() -> Iterator[Callable[[Recorder], str]]:
    boxes: list[Sandbox] = []

    def start(recorder: Recorder) -> str:
        boxes.append(Sandbox(recorder.app).start())
        return boxes[-1].url

    yield start
    for box in boxes:
        box.stop()


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_post_is_not_sent_again_after_a_server_error(
    status: int, serve: Callable[[Recorder], str], make_client: Callable[..., ApiClient]
) -> None:
    vendor = Recorder(Response(status_code=status), ok())
    with pytest.raises(VendorUnavailable):
        make_client(serve(vendor)).post("/exports", {"a": 1})
    assert len(vendor.seen) == 1


@pytest.mark.parametrize("fault", ["reset_before", "close_before", "no_answer", "truncated_body"])
def test_a_post_is_not_sent_again_when_its_fate_is_unknown(
    fault: str, box: Sandbox, make_client: Callable[..., ApiClient]
) -> None:
    box.app.faults.add(fault, method="POST", times=None)
    with pytest.raises(VendorUnavailable):
        make_client(box.api_url).post(
            "/exports/fecs", {"period_start": "2026-01-01", "period_end": "2026-01-31"}
        )
    assert box.app.faults.pending()[0]["seen"] == 1


def test_a_refused_post_is_sent_again_after_429(
    serve: Callable[[Recorder], str], make_client: Callable[..., ApiClient]
) -> None:
    vendor = Recorder(Response("slow down", 429, {"retry-after": "0"}), ok())
    assert make_client(serve(vendor)).post("/exports", {}).status == 200
    assert len(vendor.seen) == 2


def test_a_post_is_tried_again_while_nobody_listens(make_client: Callable[..., ApiClient]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(VendorUnavailable, match="ConnectError"):
            make_client(url).post("/exports", {})
    assert time.monotonic() - started < 5


def test_a_long_429_frees_the_worker_and_freezes_everyone(
    serve: Callable[[Recorder], str], make_client: Callable[..., ApiClient], tmp_path: Path
) -> None:
    vendor = Recorder(Response("wait", 429, {"retry-after": "3600"}))
    url = serve(vendor)

    def shared() -> Budget:
        return Budget("one", requests=25, period=5, store=str(tmp_path))

    with pytest.raises(RateLimited) as first:
        make_client(url, budget=shared()).get("/customers")
    assert first.value.retry_after == 3600
    with pytest.raises(RateLimited) as second:
        make_client(url, budget=shared()).get("/suppliers")
    assert 3590 < second.value.retry_after <= 3600
    assert len(vendor.seen) == 1


def test_a_short_429_is_waited_out(
    serve: Callable[[Recorder], str], make_client: Callable[..., ApiClient], tmp_path: Path
) -> None:
    vendor = Recorder(Response("wait", 429, {"retry-after": "1"}), ok())
    budget = Budget("one", requests=25, period=5, store=str(tmp_path))
    started = time.monotonic()
    make_client(serve(vendor), budget=budget).get("/customers")
    assert 1 <= time.monotonic() - started < 3


def test_the_async_client_keeps_the_same_rules(serve: Callable[[Recorder], str], tmp_path: Path) -> None:
    vendor = Recorder(Response("wait", 429, {"retry-after": "1"}), Response(status_code=503), ok('{"a":1}'))
    budget = Budget("one", requests=25, period=5, store=str(tmp_path))

    async def ask() -> Answer:
        client = AsyncApiClient(ApiSettings(serve(vendor), Bearer(SECRET), Judge("Vendor"), budget, QUICK))
        try:
            return await client.get("/customers")
        finally:
            await client.aclose()

    started = time.monotonic()
    assert asyncio.run(ask()).json() == {"a": 1}
    assert time.monotonic() - started >= 1
    assert len(vendor.seen) == 3


def test_the_async_client_times_out(tmp_path: Path) -> None:
    async def ask(url: str) -> None:
        timeouts = Timeouts(connect=0.5, read=0.5, total=0.5)
        settings = ApiSettings(url, Bearer(SECRET), Judge("Vendor"), None, QUICK, timeouts, max_wait=0.2)
        await AsyncApiClient(settings).get("/customers")

    with raw_server(lambda peer: drip(peer, b"HTTP/1.1 200 OK\r\nX-Slow: ")) as url:
        started = time.monotonic()
        with pytest.raises(VendorUnavailable):
            asyncio.run(ask(url))
    assert time.monotonic() - started < 6


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Bytes no HTTP library would send."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(peer,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def drip(peer: socket.socket, head: bytes) -> None:
    """Send `head`, then a byte every 50 ms for as long as anyone listens."""
    try:
        peer.recv(65536)
        peer.sendall(head)
        for _ in range(400):
            peer.sendall(b"x")
            time.sleep(0.05)
    except OSError:
        pass


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"],
    ids=["headers", "body"],
)
def test_a_peer_that_drips_bytes_cannot_hold_a_worker(
    head: bytes, make_client: Callable[..., ApiClient]
) -> None:
    with raw_server(lambda peer: drip(peer, head)) as url:
        started = time.monotonic()
        with pytest.raises(VendorUnavailable, match="ReadTimeout"):
            make_client(url, timeouts=Timeouts(connect=1, read=5, total=0.4)).get("/customers")
    assert 1.5 < time.monotonic() - started < 4  # four attempts of 0.4 s


def test_connections_are_reused(
    serve: Callable[[Recorder], str], make_client: Callable[..., ApiClient]
) -> None:
    vendor = Recorder(ok())
    client = make_client(serve(vendor))
    for _ in range(5):
        client.get("/customers")
    assert len({request.client for request in vendor.seen}) == 1
    assert "gzip" in vendor.seen[0].headers["accept-encoding"]


def test_a_redirect_names_the_host_and_takes_no_credential_along(
    serve: Callable[[Recorder], str], make_client: Callable[..., ApiClient]
) -> None:
    elsewhere = Recorder(ok())
    target = serve(elsewhere)
    vendor = Recorder(RedirectResponse(f"{target}/collect?token={SECRET}"))
    with pytest.raises(ContractBroken, match=re.escape(target.removeprefix("http://"))) as caught:
        make_client(serve(vendor)).get("/customers")
    assert elsewhere.seen == []
    assert SECRET not in str(caught.value)


class QueryKey(httpx.Auth):
    """A vendor that wants its key in the query string."""

    def auth_flow(self, request: httpx.Request) -> Any:
        request.url = request.url.copy_merge_params({"key": SECRET})
        yield request


class Login(httpx.Auth):
    """A vendor that wants a login, and another one when the session is over."""

    requires_response_body = True

    def __init__(self, base: str) -> None:
        self.base, self.session = base, ""

    def auth_flow(self, request: httpx.Request) -> Any:
        if self.session:
            request.headers["Authorization"] = f"Bearer {self.session}"
        response = yield request
        if response.status_code == 401:
            login = yield httpx.Request("POST", f"{self.base}/login", json={"password": SECRET})
            self.session = login.json()["jwt"]
            request.headers["Authorization"] = f"Bearer {self.session}"
            yield request


def test_a_key_in_the_query_string_is_nowhere_to_be_read(
    serve: Callable[[Recorder], str], make_client: Callable[..., ApiClient], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "httpx")  # Airflow, once imported, would have turned it down
    vendor = Recorder(ok(), Response(status_code=418))
    client = make_client(serve(vendor), auth=QueryKey())
    answer = client.get("/customers", {"limit": "5", "access_token": SECRET})
    with pytest.raises(Refused) as caught:
        client.get("/customers")
    assert vendor.seen[0].query_params["key"] == SECRET
    for text in (
        caplog.text,
        repr(answer),
        answer.request,
        str(caught.value),
        repr(caught.value),
        repr(client.settings),
    ):
        assert SECRET not in text
    assert "HTTP Request: GET http://127.0.0.1" in caplog.text


def test_a_login_that_renews_itself_is_paid_from_the_budget(
    serve: Callable[[Recorder], str], make_client: Callable[..., ApiClient], tmp_path: Path
) -> None:
    def answer(request: Request) -> Response:
        if request.url.path == "/login":
            return ok('{"jwt":"fresh"}')
        return ok() if request.headers.get("authorization") == "Bearer fresh" else Response(status_code=401)

    vendor = Recorder(answer)
    url = serve(vendor)
    budget = Budget("one", requests=3, period=1.0, store=str(tmp_path))
    client = make_client(url, auth=Login(url), budget=budget)
    started = time.monotonic()
    client.get("/customers")
    assert [request.url.path for request in vendor.seen] == ["/customers", "/login", "/customers"]
    client.get("/customers")
    assert time.monotonic() - started >= 1.0


def test_a_hook_may_read_a_failure_out_of_a_200(
    serve: Callable[[Recorder], str], make_client: Callable[..., ApiClient]
) -> None:
    def classify(answer: Answer) -> LandfallError | None:
        told = answer.json()
        return VendorUnavailable("busy") if isinstance(told, dict) and told.get("status") == "FAIL" else None

    vendor = Recorder(ok('{"status":"FAIL"}'), ok('{"status":"SUCCESS"}'))
    client = make_client(serve(vendor), judge=Judge("Vendor", classify=classify))
    assert client.get("/invoices").json() == {"status": "SUCCESS"}


def test_a_refusal_carries_its_status(
    serve: Callable[[Recorder], str], make_client: Callable[..., ApiClient]
) -> None:
    body = f'{{"message":"value {SECRET} is wrong","field":"limit","code":"MoreThanMaximum","payload":"{SECRET}"}}'
    with pytest.raises(Refused, match="MoreThanMaximum, limit") as caught:
        make_client(serve(Recorder(Response(body, 400)))).get("/customers")
    assert caught.value.status == 400
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error":{"code":"Bad","message":"no"}}', "Bad"),
        (b'{"error":"invalid_grant"}', "invalid_grant"),
        (b"Please wait 3 seconds.", "Please wait 3 seconds."),
        (b"Dear Mr Example, your IBAN is wrong", ""),
        (b"[1,2]", ""),
        (b"\xff\xfe", ""),
        (b"", ""),
        (b'{"error":17,"message":null}', ""),
    ],
)
def test_only_codes_and_known_sentences_are_repeated(body: bytes, words: str) -> None:
    assert vendor_words(body, [re.compile(r"Please wait \d+ seconds\.")]) == words


def test_secret_parameters_are_cut_from_request_lines() -> None:
    shown = request_line("GET", "/a", {"limit": "5", "key": SECRET, "token": SECRET, "apiKey": SECRET})
    assert SECRET not in shown
    assert "limit=5" in shown


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "-7"}, 9),
        ({"retry-after": "soon", "ratelimit-reset": "1790000012"}, 12),
        ({"ratelimit-reset": "4"}, 4),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:40 GMT"}, 20),
        ({"retry-after": "Mon, 21 Sep 2020 14:13:40 GMT"}, 0),
        ({}, 9),
    ],
)
def test_the_wait_is_measured_on_the_vendors_clock(headers: dict[str, str], seconds: float) -> None:
    now = {"date": "Mon, 21 Sep 2026 14:13:20 GMT"}  # Unix second 1790000000
    assert retry_after(httpx.Headers(headers | now), 9) == seconds


def test_a_credential_no_header_can_carry_is_not_quoted(
    box: Sandbox, make_client: Callable[..., ApiClient]
) -> None:
    with pytest.raises(Misconfigured) as caught:
        make_client(box.api_url, auth=Bearer(f"{SECRET}\n")).get("/customers")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["ftp://example.org", "https://", "https://me:pw@example.org", "example.org/api"]
)
def test_a_base_url_must_be_plain(url: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        ApiSettings(url, Bearer(SECRET), Judge("Vendor"))
    assert "pw" not in str(caught.value)


def test_a_download_elsewhere_goes_without_the_credential(
    serve: Callable[[Recorder], str], make_client: Callable[..., ApiClient]
) -> None:
    content = bytes(range(256)) * 999
    store = Recorder(
        Response(content, headers={"content-disposition": 'attachment; filename="../fec 2026.txt"'})
    )
    elsewhere = serve(store)
    vendor = Recorder(RedirectResponse(f"{elsewhere}/file?signature={SECRET}"))
    api = serve(vendor)
    settings = make_client(api).settings
    for url in (f"{elsewhere}/file?signature={SECRET}", f"{api}/file"):
        target = io.BytesIO()
        facts = download(settings, url, target)
        assert (target.getvalue(), facts.bytes, facts.filename) == (content, len(content), "fec 2026.txt")
    assert all("authorization" not in request.headers for request in store.seen)
    assert "authorization" in vendor.seen[0].headers


def test_a_broken_transfer_starts_again_from_the_start(
    serve: Callable[[Recorder], str], make_client: Callable[..., ApiClient]
) -> None:
    zipped = zlib.compressobj(wbits=31)
    content = zipped.compress(b"line\n" * 9999) + zipped.flush()
    gzip = {"content-encoding": "gzip"}
    vendor = Recorder(Response(content[:40], headers=gzip), Response(content, headers=gzip))
    target = io.BytesIO(b"before")
    target.seek(6)
    facts = download(make_client(serve(vendor)).settings, serve(vendor) + "/file", target)
    assert target.getvalue() == b"before" + b"line\n" * 9999
    assert facts.bytes == 5 * 9999


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response(status_code=403), LinkRefused),
        (Response("<html>log in</html>", media_type="text/html"), VendorUnavailable),
        (Response(status_code=500), VendorUnavailable),
        (RedirectResponse("file"), ContractBroken),
    ],
)
def test_a_download_that_gives_no_file_says_so(
    answer: Response,
    error: type[Exception],
    serve: Callable[[Recorder], str],
    make_client: Callable[..., ApiClient],
) -> None:
    url = serve(Recorder(answer))
    with pytest.raises(error) as caught:
        download(make_client(url).settings, f"{url}/file?signature={SECRET}", io.BytesIO())
    assert SECRET not in str(caught.value)
