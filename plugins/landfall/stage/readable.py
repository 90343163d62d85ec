"""What is set aside as text that every database keeps, and that can be read back to the same bytes."""

from __future__ import annotations

import re

TEXT, ESCAPED, HIDDEN = "text", "escaped", "hidden"
"""How a quarantined record is kept: as it came; with a backslash sequence for each backslash and for each byte that is
no text; or not as it came, for privacy."""

_ESCAPE = re.compile(rb"\\\\|\\x([0-9a-f]{2})")


def readable(raw: bytes) -> tuple[str, str]:
    r"""The text of `raw`, and how it is kept.

    >>> readable(b'{"name": "caf\xe9"}')
    ('{"name": "caf\\xe9"}', 'escaped')
    """
    try:
        text = raw.decode()
        if "\x00" not in text:
            return text, TEXT
    except UnicodeDecodeError:
        pass
    escaped = raw.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    return escaped.replace("\x00", "\\x00"), ESCAPED


def original(text: str, kept: str) -> bytes:
    """The bytes that `readable` was given."""
    raw = text.encode()
    if kept != ESCAPED:
        return raw
    return _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()) if found[1] else b"\\", raw)
