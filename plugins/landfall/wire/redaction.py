"""Keeps secrets and payloads out of messages, logs and manifests.

Some vendors want their key in the query string, and httpx logs every URL at INFO level. `quiet_http_logs`
cuts the query from those records once for the process; `request_line` is the one way a request is named
anywhere else.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec

_SECRET_NAME = re.compile(
    r"token|secret|key$|^key|password|passwd|auth|signature|credential|session|jwt", re.IGNORECASE
)
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
_LONGEST_MESSAGE = 200


def request_line(method: str, path: str, params: Mapping[str, str] | None = None) -> str:
    """`GET /customers?limit=100`: a request for humans, with the values of secret-looking parameters cut."""
    shown = {name: "***" if _SECRET_NAME.search(name) else value for name, value in (params or {}).items()}
    return f"{method} {path}" + (f"?{urlencode(shown, safe='*')}" if shown else "")


def host_of(url: str | httpx.URL) -> str:
    """The host, and the port where one is given: all of a URL that may appear in a message."""
    parts = urlsplit(str(url))
    try:
        port = parts.port
    except ValueError:
        port = None
    return f"{parts.hostname or '?'}:{port}" if port else parts.hostname or "?"


def vendor_words(body: bytes, safe: Sequence[re.Pattern[str]] = ()) -> str:
    """What an error body says, as far as it may be repeated: never a payload, empty when nothing qualifies.

    Validator codes and field names that look like identifiers pass. A message passes only when a pattern in
    `safe` matches all of it, because vendors quote rejected values in their messages.

    :param body: the error body: JSON in any of the common shapes, or plain text.
    :param safe: patterns of vendor messages known to hold no data.
    """
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = body[:_LONGEST_MESSAGE].decode("utf-8", "replace")
    if isinstance(told, str):
        told = {"message": told}
    if not isinstance(told, dict):
        return ""
    nested = told.get("error")
    if isinstance(nested, dict):
        told = {**told, **nested}
    words = [code for name in ("code", "error", "field") if (code := _code(told.get(name)))]
    for name in ("message", "error", "error_description", "detail"):
        text = told.get(name)
        if isinstance(text, str) and len(text) <= _LONGEST_MESSAGE:
            text = text.strip()
            if text not in words and any(pattern.fullmatch(text) for pattern in safe):
                words.append(text)
    return ", ".join(words)


def _code(value: object) -> str:
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""


class _QueryCutter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                f"{arg.scheme}://{host_of(arg)}{arg.path}" if isinstance(arg, httpx.URL) else arg
                for arg in record.args
            )
        return True


def quiet_http_logs() -> None:
    """Cut the query string and user info from every URL that httpx logs; safe to call any number of times."""
    logger = logging.getLogger("httpx")
    if not any(isinstance(known, _QueryCutter) for known in logger.filters):
        logger.addFilter(_QueryCutter())
