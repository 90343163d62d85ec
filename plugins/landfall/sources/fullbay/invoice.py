"""Reading an invoice as it comes: numbers as text, Yes and No, an empty object that is a list, a null or absent.

What cannot be read is noted as an issue with its place and read as null; it never stops the invoice. Fullbay has no
public schema; the tolerance follows what several independent clients of `getInvoices.php` have met.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from landfall.errors import RowRejected
from landfall.sources.fullbay.fields import TEXT, YEARS, Fields, Reading

Invoice = dict[str, Any]

_EMPTY: Invoice = {}
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


class Node(msgspec.Struct, eq=False, gc=False):
    """One object of an invoice: its fields read by name, with its place and the list of issues.

    Not followed by the garbage collector: nothing in an invoice or an issue leads back to a node.

    :ivar data: the object.
    :ivar name: the field that holds it, `$` for the invoice itself.
    :ivar above: the object that holds it.
    :ivar index: its place in the list, where the field holds a list.
    """

    data: Invoice
    name: str
    issues: list[Issue]
    above: Node | None = None
    index: int | None = None

    @property
    def path(self) -> str:
        """Where it stands, as in an issue. Most objects have none, so that it is put together on demand."""
        path = self.name if self.above is None else f"{self.above.path}.{self.name}"
        return path if self.index is None else f"{path}[{self.index}]"

    def note(self, key: str, text: str) -> None:
        """Record an issue of field `key`, or of the object itself where `key` is empty."""
        self.issues.append(Issue(f"{self.path}.{key}" if key else self.path, text))

    def child(self, key: str) -> Node:
        """The object in field `key`, an empty one where there is none; noted where it is something else."""
        value = self.data.get(key)
        if not isinstance(value, dict):
            if value:
                self.note(key, "is not an object")
            value = _EMPTY
        return Node(value, key, self.issues, self)

    def children(self, key: str) -> list[Node]:
        """The objects in the list in field `key`; empty ones and other elements are noted and left out."""
        value = self.data.get(key)
        if not value:
            return []
        if not isinstance(value, list):
            self.note(key, "is not a list")
            return []
        nodes, issues = [], self.issues
        for index, element in enumerate(value):
            if isinstance(element, dict) and element:
                nodes.append(Node(element, key, issues, self, index))
            elif element == {}:
                self.note(f"{key}[{index}]", "is empty")
            else:
                self.note(f"{key}[{index}]", "is not an object")
        return nodes

    def read(self, key: str, reading: Reading) -> Any:
        """What field `key` holds, None where it is blank or cannot be read."""
        value = self.data.get(key)
        try:
            return reading[value] if type(value) is str else reading.read(value)
        except ValueError:
            return reading.noted(value, partial(self.note, key))

    def fill(self, row: dict[str, Any], fields: Fields) -> None:
        """Set the columns of these fields in `row`."""
        get = self.data.get
        try:
            for column, key, reading in fields.plan:
                value = get(key)  # only text is remembered; to look anything else up is for nothing
                row[column] = reading[value] if type(value) is str else reading.read(value)
        except ValueError:
            self._fill_and_note(row, fields)
            return
        for column, key, missing in fields.required:
            if row[column] is None:
                self.note(key, missing)

    def _fill_and_note(self, row: dict[str, Any], fields: Fields) -> None:
        """`fill` where something is to be noted: field by field, so that the notes come in their order."""
        for column, key, reading, missing in fields.all:
            value = row[column] = self.read(key, reading)
            if value is None and missing:
                self.note(key, missing)

    def moment(self, key: str, zone: tzinfo) -> datetime | None:
        """The time in field `key` (`YYYY-MM-DD HH:MM:SS`); one without an offset is a time of `zone`."""
        text = self.read(key, TEXT)
        if text is None or text.startswith("0000-00-00"):
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.year not in YEARS or len(text) < len("YYYY-MM-DD"):
            self.note(key, "is not a time")
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
