"""Reading an invoice as it comes: numbers as text, Yes and No, an empty object that is a list, a null or absent.

What cannot be read is noted as an issue with its place and read as null; it never stops the invoice. Fullbay has no
public schema; the tolerance follows what several independent clients of `getInvoices.php` have met.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from landfall.errors import RowRejected
from landfall.sources.fullbay.arithmetic import CENT, CONTEXT, UNIT4, parse_number

Invoice = dict[str, Any]

_EMPTY: Invoice = {}
_FLAGS = {
    "yes": True,
    "true": True,
    "1": True,
    "on": True,
    "no": False,
    "false": False,
    "0": False,
    "off": False,
}
_SAFE_DIGITS = 19
_YEARS = range(1900, 2201)
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class Issue(msgspec.Struct, frozen=True):
    """Something about an invoice that an analyst may want to know; it carries no value of the invoice.

    :ivar path: where, as a JSON path such as `$.ServiceOrder.Complaints[0].note`.
    :ivar text: what, in one clause: "is missing", "is not a number".
    """

    path: str
    text: str


def decode(raw: bytes | str) -> Invoice:
    """An invoice from its JSON text, numbers with a point as Decimal.

    :raises RowRejected: not JSON, or not an object.
    """
    try:
        invoice = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ArithmeticError):
        raise RowRejected("has a wrong format: it is not valid JSON text") from None
    return as_object(invoice)


def as_object(invoice: object) -> Invoice:
    """`invoice`, if it is an object. :raises RowRejected: it is something else."""
    if not isinstance(invoice, dict):
        raise RowRejected("has a wrong format: an object is expected")
    return invoice


def content_hash(invoice: Invoice) -> str:
    """SHA-256 of the invoice's content, whatever the order of its keys: 64 hex digits.

    :raises RowRejected: it holds what JSON cannot, or is nested too deeply.
    """
    try:
        canonical = msgspec.json.encode(invoice, order="sorted")
    except (TypeError, ValueError, RecursionError):
        raise RowRejected("has a wrong format: it is not JSON, or nested too deeply") from None
    return hashlib.sha256(canonical).hexdigest()


def is_empty(value: object) -> bool:
    """Whether an object counts as absent: null, `[]`, `{}`, or an object of nothing but blanks."""
    if not value:
        return True
    return isinstance(value, dict) and all(v is None or v in ("", [], {}) for v in value.values())


class Measure:
    """A kind of number: how large it may be, and what it is rounded to.

    :param digits: more digits than this before the point are out of range.
    :param unit: what to round to; None leaves a number as exact as it came.
    :ivar remembered: `read`, for short texts and ints alone (1 and 1.00 are one key, but not one number). The same few
        texts, "0.00" above all, are most of an invoice's numbers.
    """

    __slots__ = ("_digits", "_unit", "remembered")

    def __init__(self, digits: int, unit: Decimal | None = None) -> None:
        self._digits, self._unit = digits, unit
        self.remembered = lru_cache(maxsize=4096)(self.read)

    def read(self, value: object) -> Decimal | None:
        """`value` as a number, None where it is blank. :raises ValueError: what is wrong with it."""
        number = parse_number(value)
        if number is None:
            return None
        if self._unit is not None:
            number = number.quantize(self._unit, None, CONTEXT)
        if not number:
            return number.copy_abs()
        if number.adjusted() >= self._digits:
            raise ValueError("is a number out of range")
        return number


MONEY = Measure(14, CENT)
PRICE = Measure(14)
QUANTITY = Measure(9)
HOURS = Measure(6, UNIT4)

_day = lru_cache(maxsize=4096)(date.fromisoformat)
_moment = lru_cache(maxsize=4096)(datetime.fromisoformat)


class Node:
    """One object of an invoice: its fields read by name, with its place and the list of issues.

    :param data: the object; anything else reads as an empty one, with an issue unless it is empty too.
    """

    __slots__ = ("data", "issues", "path")

    def __init__(self, data: object, path: str, issues: list[Issue]) -> None:
        self.path, self.issues = path, issues
        if isinstance(data, dict):
            self.data: Invoice = data
        else:
            self.data = _EMPTY
            if data:
                issues.append(Issue(path, "is not an object"))

    def note(self, key: str, text: str) -> None:
        """Record an issue of field `key`, or of the object itself where `key` is empty."""
        self.issues.append(Issue(f"{self.path}.{key}" if key else self.path, text))

    def child(self, key: str) -> Node:
        """The object in field `key`, an empty one where there is none."""
        return Node(self.data.get(key), f"{self.path}.{key}", self.issues)

    def children(self, key: str) -> list[Node]:
        """The objects in the list in field `key`; other elements are noted and left out."""
        value = self.data.get(key)
        if not value:
            return []
        if not isinstance(value, list):
            self.note(key, "is not a list")
            return []
        nodes = []
        for index, element in enumerate(value):
            path = f"{self.path}.{key}[{index}]"
            if isinstance(element, dict):
                nodes.append(Node(element, path, self.issues))
            else:
                self.issues.append(Issue(path, "is not an object"))
        return nodes

    def text(self, key: str, width: int = 0) -> str | None:
        """The trimmed text in field `key`, None where it is blank. A number counts as its digits.

        :param width: the column's width in characters; a longer text is cut, and noted. 0 is no limit.
        """
        value = self.data.get(key)
        if value.__class__ is not str:
            value = None if value is None else self._text_of(key, value)
            if value is None:
                return None
        value = value.strip()
        if not value:
            return None
        if not value.isascii() or "\x00" in value:
            value = self._storable(key, value)
        if width and len(value) > width:
            self.note(key, f"was cut to {width} characters")
            value = value[:width].rstrip()
        return value or None

    def _text_of(self, key: str, value: object) -> str | None:
        try:
            number = parse_number(value)
        except ValueError:
            self.note(key, "is not text")
            return None
        if number is None:
            return None
        return f"{number:f}" if number % 1 else str(int(number))

    def _storable(self, key: str, value: str) -> str:
        """Without U+0000 and half surrogates, which no engine stores."""
        clean = value.replace("\x00", "").encode("utf-8", "ignore").decode()
        if clean != value:
            self.note(key, "held characters that cannot be stored")
        return clean

    def number(self, key: str, measure: Measure) -> Decimal | None:
        """The number in field `key`, in any notation."""
        value = self.data.get(key)
        if value is None:
            return None
        kind = value.__class__
        try:
            if (kind is str and len(value) <= _SAFE_DIGITS) or kind is int:
                return measure.remembered(value)
            return measure.read(value)
        except ValueError as error:
            self.note(key, str(error))
            return None

    def identifier(self, key: str) -> int | None:
        """The whole number in field `key`, as number or text."""
        value = self.data.get(key)
        if value is None:
            return None
        kind = value.__class__
        if kind is int and value.bit_length() < 64:
            return value
        if kind is str and len(value) < _SAFE_DIGITS and value.isascii() and value.isdigit():
            return int(value)
        try:
            number = parse_number(value)
            if number is None:
                return None
            if number % 1 or not -(2**63) <= number < 2**63:
                raise ValueError
        except ValueError:
            self.note(key, "is not a whole number")
            return None
        return int(number)

    def flag(self, key: str) -> bool | None:
        """Yes or No in field `key`, None where it is blank."""
        value = self.data.get(key)
        if value == "Yes":
            return True
        if value == "No":
            return False
        if value is None or value.__class__ is bool:
            return value
        if value.__class__ is int and value in (0, 1):
            return bool(value)
        if value.__class__ is str:
            value = value.strip().lower()
            if not value:
                return None
            if value in _FLAGS:
                return _FLAGS[value]
        self.note(key, "is neither Yes nor No")
        return None

    def day(self, key: str) -> date | None:
        """The date in field `key` (`YYYY-MM-DD`, a time after it is left out)."""
        text = self.text(key)
        if text is None or text.startswith("0000-00-00"):
            return None
        try:
            day = _day(text[:10])
            if day.year in _YEARS and text[10:11] in ("", "T", " "):
                return day
        except ValueError:
            pass
        self.note(key, "is not a date")
        return None

    def moment(self, key: str, zone: tzinfo) -> datetime | None:
        """The time in field `key` (`YYYY-MM-DD HH:MM:SS`); one without an offset is a time of `zone`."""
        text = self.text(key)
        if text is None or text.startswith("0000-00-00"):
            return None
        try:
            moment = _moment(text)
        except ValueError:
            moment = None
        if moment is None or moment.year not in _YEARS or len(text) < len("YYYY-MM-DD"):
            self.note(key, "is not a time")
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
