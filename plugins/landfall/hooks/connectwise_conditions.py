"""Conditions for ConnectWise PSA, built instead of formatted.

    (field("lastUpdated") >= moment) & field("company/identifier").is_in(["A", "B"])

A value never becomes syntax: text is quoted, and one that cannot be quoted is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from landfall.errors import Misconfigured

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
"""How moments are written by default (vendor's developer guide, Formatting); some sites take days only."""

Value = str | int | Decimal | bool | date | datetime | None
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")


@dataclass(frozen=True)
class Condition:
    """A condition; `&` and `|` join it with others, always in parentheses."""

    text: str

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"({self.text} and {other.text})")

    def __or__(self, other: Condition) -> Condition:
        return Condition(f"({self.text} or {other.text})")

    def __str__(self) -> str:
        return self.text


class Field:
    """A field, by its name or by a path with slashes such as `company/identifier`.

    :param moments: how moments are written, as a pattern of `strftime`.
    """

    def __init__(self, name: str, moments: str = MOMENT) -> None:
        if not _NAME.fullmatch(name):
            raise Misconfigured(f"{name!r} is no field name", todo="Use letters, digits and slashes.")
        self.name, self.moments = name, moments

    def __eq__(self, value: Value) -> Condition:  # type: ignore[override]
        return self._compared("=", value)

    def __ne__(self, value: Value) -> Condition:  # type: ignore[override]
        return self._compared("!=", value)

    def __lt__(self, value: Value) -> Condition:
        return self._compared("<", value)

    def __le__(self, value: Value) -> Condition:
        return self._compared("<=", value)

    def __gt__(self, value: Value) -> Condition:
        return self._compared(">", value)

    def __ge__(self, value: Value) -> Condition:
        return self._compared(">=", value)

    __hash__ = None  # type: ignore[assignment]

    def is_in(self, values: Iterable[Value]) -> Condition:
        """One of these values; there must be some."""
        texts = [self._literal(value) for value in values]
        if not texts:
            raise Misconfigured(f"{self.name} is compared with no value at all")
        return Condition(f"({self.name} in ({','.join(texts)}))")

    def contains(self, text: str) -> Condition:
        """Holds this text, whatever its case."""
        return Condition(f"({self.name} contains {self._literal(text)})")

    def _compared(self, operator: str, value: Value) -> Condition:
        return Condition(f"({self.name}{operator}{self._literal(value)})")

    def _literal(self, value: Value) -> str:
        if value is None:
            return "null"
        if isinstance(value, bool):
            return str(value)
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise Misconfigured(f"{self.name} is compared with a moment without a time zone")
            return f"[{value.astimezone(UTC).strftime(self.moments)}]"
        if isinstance(value, date):
            return f"[{value.isoformat()}]"
        if isinstance(value, int | Decimal):
            return f"{value:f}" if isinstance(value, Decimal) else str(value)
        return _quoted(value)


def field(name: str) -> Field:
    """The field of this name."""
    return Field(name)


def _quoted(text: str) -> str:
    """Quoted, with a bracket written as the guide has it, since brackets hold moments."""
    quote = '"' if '"' not in text else "'"
    if quote in text or not text.isprintable():
        raise Misconfigured(
            "a text with both kinds of quotes, or with control characters, cannot be asked for",
            todo="Ask for a part of it with contains().",
        )
    return quote + text.replace("[", "[[]") + quote
