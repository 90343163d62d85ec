"""Each channel against a real server, and what one that fails means for the others."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from landfall.notifiers import Alert

pytestmark = pytest.mark.airflow

ALERT = Alert(
    source="pennylane",
    resource="customer_invoices",
    title="check failed",
    happened="The total fell by 12 % <since yesterday> & the fuse was kept → nothing was published.",
    todo="Compare with the ledger, then clear the task.",
    link="http://airflow.example.org/dags/pennylane/runs/manual__1/tasks/customer_invoices.check?try_number=4",
    run_id="manual__1",
)
SECRET = "T00/B00/not-a-real-token"
PLAIN = {"disable_ssl": True, "disable_tls": True, "retry_limit": 0}


@pytest.fixture
def send(caplog: pytest.LogCaptureFixture) -> Callable[[Alert], list[str]]:
    from landfall.notifiers.channels import send

    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="httpx")  # Airflow's own setting is WARNING
    return send


@pytest.fixture
def by_email(set_connection: Any, smtp: Any) -> Any:
    mailbox, port = smtp
    extra = {**PLAIN, "from_email": "landfall@example.org", "to": ["data@example.org", "boss@example.org"]}
    set_connection("landfall_smtp", "smtp", host="127.0.0.1", port=port, extra=extra)
    return mailbox


@pytest.fixture
def by_slack(set_connection: Any, endpoint: Any) -> Any:
    set_connection("landfall_slack", "slackwebhook", host=f"{endpoint.url}/services", password=SECRET)
    return endpoint


@pytest.fixture
def by_webhook(set_connection: Any, endpoint: Any) -> Any:
    set_connection("landfall_webhook", "http", host=f"{endpoint.url}/hooks/{SECRET}", password="bearer-token")
    return endpoint


@pytest.fixture
def mute_server() -> Iterator[int]:
    """The port of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_email_says_what_failed_and_what_to_do(send: Any, by_email: Any) -> None:
    assert send(ALERT) == ["landfall_smtp"]
    (message,) = by_email.messages
    assert message["subject"] == "[Landfall] pennylane.customer_invoices: check failed"
    assert message["from"] == "landfall@example.org"
    assert by_email.recipients == [["data@example.org", "boss@example.org"]]
    (part,) = message.iter_parts()
    html = part.get_content()
    assert "12 % &lt;since yesterday&gt; &amp; the fuse was kept → nothing" in html
    for text in ("pennylane", "customer_invoices", ALERT.todo, f'<a href="{ALERT.link}">', "manual__1"):
        assert text in html


def test_email_to_may_be_one_string(send: Any, set_connection: Any, smtp: Any) -> None:
    mailbox, port = smtp
    extra = {**PLAIN, "from_email": "landfall@example.org", "to": "a@example.org, b@example.org"}
    set_connection("landfall_smtp", "smtp", host="127.0.0.1", port=port, extra=extra)
    assert send(ALERT) == ["landfall_smtp"]
    assert mailbox.recipients == [["a@example.org", "b@example.org"]]


def test_a_title_of_two_lines_in_another_alphabet_is_one_subject(send: Any, by_email: Any) -> None:
    assert send(
        Alert(source="gym", resource="", title="taux d’erreur\r\nBcc: x@example.org", happened="é", todo="ü")
    )
    assert by_email.messages[0]["subject"] == "[Landfall] gym: taux d’erreur Bcc: x@example.org"
    assert by_email.messages[0]["bcc"] is None


def test_slack_gets_one_message_with_the_link(send: Any, by_slack: Any) -> None:
    assert send(ALERT) == ["landfall_slack"]
    ((path, _, body),) = by_slack.requests
    assert path == f"/services/{SECRET}"
    assert json.loads(body)["text"].split("\n") == [
        ":red_circle: *pennylane.customer_invoices: check failed*",
        "*Source:* pennylane",
        "*Resource:* customer_invoices",
        "*What happened:* The total fell by 12 % &lt;since yesterday&gt; &amp; the fuse was kept "
        "→ nothing was published.",
        "*What to do:* Compare with the ledger, then clear the task.",
        "*Run:* manual__1",
        f"<{ALERT.link}|Open the log>",
    ]


def test_webhook_gets_the_alert_as_json_with_the_token(send: Any, by_webhook: Any) -> None:
    assert send(ALERT) == ["landfall_webhook"]
    ((path, headers, body),) = by_webhook.requests
    assert path == f"/hooks/{SECRET}"
    assert headers["authorization"] == "Bearer bearer-token"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {
        "source": "pennylane",
        "resource": "customer_invoices",
        "title": "check failed",
        "happened": ALERT.happened,
        "todo": ALERT.todo,
        "link": ALERT.link,
        "run_id": "manual__1",
        "severity": "error",
        "code": "",
    }


def test_webhook_by_host_port_schema_and_path_without_a_token(
    send: Any, set_connection: Any, endpoint: Any
) -> None:
    host, port = endpoint.url.removeprefix("http://").split(":")
    set_connection(
        "landfall_webhook", "http", host=host, port=int(port), schema="http", extra={"path": "/in/alerts"}
    )
    assert send(ALERT) == ["landfall_webhook"]
    ((path, headers, _),) = endpoint.requests
    assert path == "/in/alerts"
    assert "authorization" not in headers


def test_a_misspelt_path_of_the_webhook_is_told_and_nothing_goes_elsewhere(
    send: Any, set_connection: Any, by_webhook: Any, caplog: pytest.LogCaptureFixture
) -> None:
    set_connection("landfall_webhook", "http", host=by_webhook.url, extra={"pth": "/in"})
    assert send(ALERT) == []
    assert "the extra's pth is no setting" in caplog.text
    assert not by_webhook.requests


def test_all_three_are_used_and_the_log_has_the_alert_too(
    send: Any, by_email: Any, by_slack: Any, by_webhook: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(ALERT) == ["landfall_smtp", "landfall_slack", "landfall_webhook"]
    assert f"{ALERT.happened} → {ALERT.todo}" in caplog.text
    assert len(by_email.messages) == 1
    assert {path for path, _, _ in by_slack.requests} == {f"/services/{SECRET}", f"/hooks/{SECRET}"}


def test_without_a_connection_the_alert_is_in_the_log(
    send: Any, endpoint: Any, smtp: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(ALERT) == []
    (line,) = [r for r in caplog.records if r.name.startswith("landfall")]
    assert line.levelno == logging.INFO
    assert "no alert connection" in line.message
    assert f"{ALERT.happened} → {ALERT.todo}" in line.message
    assert not endpoint.requests
    assert not smtp[0].messages


def test_channels_that_fail_stop_no_other_and_tell_no_secret(
    send: Any, by_slack: Any, by_webhook: Any, by_email: Any, caplog: pytest.LogCaptureFixture
) -> None:
    by_slack.status = 403
    assert send(ALERT) == ["landfall_smtp"]
    assert len(by_email.messages) == 1
    errors = [r.message for r in caplog.records if r.levelno == logging.ERROR]
    assert [e.split(":")[0] for e in errors] == [
        "no alert by connection landfall_slack",
        "no alert by connection landfall_webhook",
    ]
    assert all("HTTP 403" in e for e in errors)
    assert SECRET not in caplog.text
    assert "bearer-token" not in caplog.text


def test_a_refused_mail_server_leaves_the_others(
    send: Any, set_connection: Any, by_webhook: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    extra = {**PLAIN, "from_email": "landfall@example.org", "to": "data@example.org"}
    set_connection("landfall_smtp", "smtp", host="127.0.0.1", port=port, password="hunter2", extra=extra)
    assert send(ALERT) == ["landfall_webhook"]
    assert "no alert by connection landfall_smtp: ConnectionRefusedError" in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("lacking", ["from_email", "to"])
def test_an_incomplete_mail_connection_says_what_it_lacks(
    send: Any, set_connection: Any, smtp: Any, caplog: pytest.LogCaptureFixture, lacking: str
) -> None:
    extra = {**PLAIN, "from_email": "landfall@example.org", "to": "data@example.org"}
    del extra[lacking]
    set_connection("landfall_smtp", "smtp", host="127.0.0.1", port=smtp[1], extra=extra)
    assert send(ALERT) == []
    assert f"connection landfall_smtp lacks {lacking}" in caplog.text


def test_a_mute_server_costs_the_time_limit_and_no_more(
    send: Any,
    set_connection: Any,
    mute_server: int,
    endpoint: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("landfall.notifiers.channels.TIMEOUT", 1)
    extra = {**PLAIN, "timeout": 60, "from_email": "landfall@example.org", "to": "data@example.org"}
    set_connection("landfall_smtp", "smtp", host="127.0.0.1", port=mute_server, extra=extra)
    set_connection("landfall_slack", "slackwebhook", host=f"http://127.0.0.1:{mute_server}", password=SECRET)
    set_connection("landfall_webhook", "http", host=f"{endpoint.url}/in")
    began = time.monotonic()
    assert send(ALERT) == ["landfall_webhook"]
    assert time.monotonic() - began < 20  # not the connection's own minute
    assert caplog.text.count("no answer within 1 s") == 2
    assert SECRET not in caplog.text


def test_the_token_follows_no_redirect(send: Any, by_webhook: Any) -> None:
    by_webhook.status, by_webhook.headers = 307, {"Location": f"{by_webhook.url}/elsewhere"}
    assert send(ALERT) == []
    assert [path for path, _, _ in by_webhook.requests] == [f"/hooks/{SECRET}"]


def test_a_long_text_is_cut_and_a_warning_looks_like_one(send: Any, by_slack: Any) -> None:
    assert send(
        Alert(source="gym", resource="", title="slow", happened="x" * 9000, todo="Wait.", severity="warning")
    )
    text = json.loads(by_slack.requests[0][2])["text"]
    assert text.startswith(":large_yellow_circle: *gym: slow*")
    assert "x" * 2000 + "…\n*What to do:* Wait." in text
    assert "x" * 2001 not in text
