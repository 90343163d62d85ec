"""The ways an alert leaves: email, Slack and a webhook, each in use when its Airflow connection exists."""

from __future__ import annotations

import contextlib
import logging
import smtplib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from html import escape
from typing import Any

import httpx
import msgspec
from airflow.providers.slack.hooks.slack_webhook import SlackWebhookHook
from airflow.providers.smtp.hooks.smtp import SmtpHook
from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from landfall.errors import LandfallError, Misconfigured
from landfall.notifiers.alert import Alert

SMTP, SLACK, WEBHOOK = "landfall_smtp", "landfall_slack", "landfall_webhook"
TIMEOUT = 10
"""Seconds a channel may take, whatever the other side does."""
LONGEST = 2000
"""Characters of one text of an alert; more is in the log."""

log = logging.getLogger(__name__)
# The Slack client would log the webhook's address, which is the secret, at DEBUG and when it tries again.
_slack_log = logging.getLogger(f"{__name__}.slack_sdk")
_slack_log.setLevel(logging.WARNING)


def send(alert: Alert) -> list[str]:
    """Send an alert by every channel whose connection exists; takes at most `TIMEOUT` seconds and never raises.

    A channel that fails is logged, without the address or anything the other side answered.

    :returns: connection ids of the channels that took the alert.
    """
    text = f"{alert.subject}: {_cut(alert.happened)} → {_cut(alert.todo)}"
    started = {}
    for conn_id, deliver in CHANNELS.items():
        try:
            connection = BaseHook.get_connection(conn_id)
        except AirflowNotFoundException:
            continue
        except Exception as error:
            started[conn_id] = _failed(error)
        else:
            started[conn_id] = _start(deliver, connection, alert)
    if not started:
        log.info("no alert connection (%s): %s", ", ".join(CHANNELS), text)
    else:
        log.warning("alert: %s", text)
    wait(started.values(), timeout=TIMEOUT)
    return [conn_id for conn_id, delivery in started.items() if _delivered(conn_id, delivery)]


def _start(
    deliver: Callable[[Connection, Alert], None], connection: Connection, alert: Alert
) -> Future[None]:
    """Deliver in a thread of its own that nothing waits for at exit: clients only limit each single operation."""
    delivery: Future[None] = Future()

    def run() -> None:
        try:
            deliver(connection, alert)
        except Exception as error:
            delivery.set_exception(error)
        else:
            delivery.set_result(None)

    threading.Thread(target=run, name="landfall-alert", daemon=True).start()
    return delivery


def _failed(error: Exception) -> Future[None]:
    delivery: Future[None] = Future()
    delivery.set_exception(error)
    return delivery


def _delivered(conn_id: str, delivery: Future[None]) -> bool:
    try:
        delivery.result(timeout=0)
    except Exception as error:
        log.error("no alert by connection %s: %s", conn_id, _reason(error))
        return False
    log.info("alert sent by connection %s", conn_id)
    return True


def _reason(error: Exception) -> str:
    """Why a delivery failed, without the texts of clients and servers: they quote addresses and credentials."""
    if isinstance(error, LandfallError):
        return str(error)
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return f"no answer within {TIMEOUT} s"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return type(error).__name__


def _email(connection: Connection, alert: Alert) -> None:
    extra = connection.extra_dejson
    if missing := [name for name in ("from_email", "to") if not extra.get(name)]:
        raise Misconfigured(
            f"connection {SMTP} lacks {' and '.join(missing)}",
            todo="Add it to the connection's extra fields.",
        )
    with SmtpHook(SMTP) as hook:
        hook.send_email_smtp(to=extra["to"], subject=f"[Landfall] {alert.subject}", html_content=_html(alert))


def _html(alert: Alert) -> str:
    rows = "".join(
        f"<tr><th align='left' valign='top'>{escape(name)}</th><td>{escape(text)}</td></tr>"
        for name, text in _lines(alert).items()
    )
    link = f'<p><a href="{escape(alert.link)}">Open the log</a></p>' if alert.link else ""
    return f"<p><b>{escape(alert.subject)}</b></p><table cellpadding='4'>{rows}</table>{link}"


def _slack(connection: Connection, alert: Alert) -> None:
    hook = SlackWebhookHook(slack_webhook_conn_id=SLACK, timeout=TIMEOUT, logger=_slack_log)
    _accept(hook.client.send(text=_slack_text(alert)).status_code)


def _slack_text(alert: Alert) -> str:
    """The alert in Slack's mrkdwn, in which only &, < and > are control characters.

    Slack docs, "Formatting text for app surfaces".
    """
    icon = ":red_circle:" if alert.severity == "error" else ":large_yellow_circle:"
    lines = [f"{icon} *{escape(alert.subject, quote=False)}*"]
    lines += [f"*{name}:* {escape(text, quote=False)}" for name, text in _lines(alert).items()]
    if alert.link:
        lines.append(f"<{escape(alert.link, quote=False)}|Open the log>")
    return "\n".join(lines)


def _webhook(connection: Connection, alert: Alert) -> None:
    headers = {"Content-Type": "application/json"}
    if connection.password:
        headers["Authorization"] = f"Bearer {connection.password}"
    # Not even the answer's body is read, and no redirect is followed: the token is for this address only.
    content, address = msgspec.json.encode(alert), _address(connection)
    with (
        _unlogged(),
        httpx.stream("POST", address, content=content, headers=headers, timeout=TIMEOUT) as answer,
    ):
        _accept(answer.status_code)


def _address(connection: Connection) -> str:
    """`https://host:port/path`; a host that is a whole URL is taken as it is."""
    host = (connection.host or "").strip()
    if not host:
        raise Misconfigured(f"connection {WEBHOOK} lacks a host", todo="Put the webhook's URL there.")
    if "://" not in host:
        host = f"{connection.schema or 'https'}://{host}" + (f":{connection.port}" if connection.port else "")
    extra = connection.extra_dejson
    if unknown := sorted(set(extra) - {"path"}):
        raise Misconfigured(
            f"connection {WEBHOOK}: the extra's {unknown[0]} is no setting of it",
            todo="The extra may have path and nothing else.",
        )
    path = extra.get("path") or ""
    return f"{host.rstrip('/')}/{path.lstrip('/')}" if path else host


@contextlib.contextmanager
def _unlogged() -> Iterator[None]:
    """Keeps httpx from logging this thread's requests: the path of a webhook's URL is often its secret."""
    thread = threading.get_ident()

    def others(record: Any) -> bool:
        return bool(record.thread != thread)

    logger = logging.getLogger("httpx")
    logger.addFilter(others)
    try:
        yield
    finally:
        logger.removeFilter(others)


def _accept(status: int) -> None:
    if not 200 <= status < 300:
        raise LandfallError(
            f"the other side answered HTTP {status}", todo="Check the connection's address and token."
        )


def _lines(alert: Alert) -> dict[str, str]:
    told = {
        "Source": alert.source,
        "Resource": alert.resource,
        "What happened": alert.happened,
        "What to do": alert.todo,
        "Code": alert.code,
        "Run": alert.run_id,
    }
    return {name: _cut(text) for name, text in told.items() if text}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


CHANNELS: dict[str, Callable[[Connection, Alert], None]] = {SMTP: _email, SLACK: _slack, WEBHOOK: _webhook}
"""What delivers an alert, by connection id."""
