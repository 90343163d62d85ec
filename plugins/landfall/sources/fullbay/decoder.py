"""From a landed record to rows: the raw invoice, its lines and its reconciliation."""

from __future__ import annotations

import contextlib
import hashlib
import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from landfall.errors import RowRejected
from landfall.records import TableSpec
from landfall.rows import Note, Row
from landfall.sources.fullbay.context import invoice_id
from landfall.sources.fullbay.fields import DAY
from landfall.sources.fullbay.flatten import Flattened, flatten
from landfall.sources.fullbay.invoice import Invoice, Node, content_hash, decode
from landfall.sources.fullbay.landed import Landed
from landfall.sources.fullbay.quality import with_issues
from landfall.sources.fullbay.rules import FLATTEN_VERSION, Rules
from landfall.stage.elements import Accept, OddElement
from landfall.stage.rows import Rows

MAX_EXPONENT = 10_000
"""A number beyond 10^±10000 is no amount, and PostgreSQL's JSON does not take it."""
_HUGE = re.compile(rb"[0-9][eE][+-]?[0-9]{4,}")
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


_landed = msgspec.json.Decoder(Landed).decode


class InvoiceDecoder:
    """Flattens landed invoices into rows of `fullbay_raw_data`, `fullbay_line_items` and the reconciliation.

    An invoice that cannot have lines is a raw row with its error. Only what cannot be stored at all is rejected.

    :param load_id: becomes `batch_id`.
    :param rules: the switches of flattening; without them those of the environment.
    :raises Misconfigured: the environment has a switch that does not exist.
    :ivar unknown, notes: as every decoder has them; an invoice has no undeclared fields.
    """

    def __init__(self, table: TableSpec, load_id: str = "", rules: Rules | None = None) -> None:
        self.unknown: set[str] = set()
        self.notes = [Note("storable text", "U+0000 was removed from {} records")]
        self._rules = rules or Rules.of_environment()
        self._now = datetime.now(UTC)
        self._load_id = load_id
        self._raw = _builder(table)
        self._children = {
            child.path[-1]: (child.table.name, _builder(child.table)) for child in table.children
        }
        self._table = table.name

    def rows(self, line: bytes, seq: int) -> Rows:
        """The rows of one record, the raw invoice first.

        :raises RowRejected: the record is not JSON, or holds what no warehouse stores.
        """
        landed = _read(line)
        raw = bytes(landed.invoice)
        if b"\\u0000" in raw and (cleaned := _NUL.sub(rb"\1", raw)) != raw:
            raw = cleaned
            self.notes[0].count += 1
        invoice = decode(raw)
        if _HUGE.search(raw):
            _reject_huge(invoice)
        row = self._raw_row(landed, invoice, raw)
        made = self._flattened(row, invoice, _zone(landed.time_zone))
        rows = [(self._table, self._raw(row, seq))]
        if made is None:
            return rows
        row_notes = {
            "raw_data_id": row["id"],
            "ingestion_timestamp": row["ingestion_timestamp"],
            "batch_id": self._load_id or None,
            "checked_at": self._now,
        }
        for name, found in (("lines", made.lines), ("reconciliation", made.reconciliation)):
            table, build = self._children[name]
            rows += [(table, build(values | row_notes, seq)) for values in found]
        return rows

    def apart(self, line: bytes, seq: int, accept: Accept) -> tuple[Rows, list[OddElement]]:
        """The same: what is odd in an invoice's lists is noted on it, and its lines add up nevertheless."""
        return self.rows(line, seq), []

    def readable(self, line: bytes, names: Sequence[str]) -> Row:
        """Of one record its shop, invoice number, day and fingerprint, each None where it cannot be read."""
        found: dict[str, Any] = {}
        with contextlib.suppress(RowRejected):
            landed = _read(line)
            found["shop_code"] = landed.shop_code
            found["last_seen_at"] = landed.last_seen_at or self._now
            invoice = decode(bytes(landed.invoice))
            if (
                "fingerprint" in names and not landed.content_hash
            ):  # what is stored is flattened again for a reason
                found["fingerprint"] = self._fingerprint(content_hash(invoice), landed.time_zone)
            found["invoice_date"] = _day(invoice)
            found["fullbay_invoice_id"] = invoice_id(Node(invoice, "$", []))
        return tuple(found.get(name) for name in names)

    def _fingerprint(self, digest: str, zone: str) -> str:
        """What decides which lines an invoice becomes: content, rules, settings and the shop's time zone."""
        rules = (FLATTEN_VERSION, self._rules.classification, self._rules.residual_lines)
        return hashlib.sha256("\x1f".join(map(str, (digest, zone, *rules))).encode()).hexdigest()

    def _raw_row(self, landed: Landed, invoice: Invoice, raw: bytes) -> dict[str, Any]:
        digest = landed.content_hash or content_hash(invoice)
        try:
            number = invoice_id(Node(invoice, "$", []))
        except RowRejected:
            number = f"missing:{digest[:16]}"
        return {
            "id": _stable_number(landed.shop_code, number),
            "shop_code": landed.shop_code,
            "fullbay_invoice_id": number,
            "invoice_date": _day(invoice),
            "time_zone": landed.time_zone,
            "raw_json_data": raw.decode(),
            "content_hash": digest,
            "fingerprint": None,
            "ingestion_timestamp": landed.ingestion_timestamp or self._now,
            "last_seen_at": landed.last_seen_at or self._now,
            "processed": False,
            "processing_errors": None,
            "processing_warnings": None,
            "line_count": None,
            "lines_with_issues": None,
            "attempts": 1,
            "flatten_version": FLATTEN_VERSION,
            "created_at": self._now,
            "updated_at": self._now,
        }

    def _flattened(self, row: dict[str, Any], invoice: Invoice, zone: ZoneInfo) -> Flattened | None:
        """Flatten, and note on the raw row how it went."""
        try:
            made = flatten(invoice, shop=row["shop_code"], zone=zone, rules=self._rules)
        except RowRejected as error:
            row["processing_errors"] = f"{error.path} {error.reason}"
            return None
        row["processed"] = True
        row["line_count"], row["lines_with_issues"] = len(made.lines), with_issues(made.lines)
        row["fingerprint"] = self._fingerprint(row["content_hash"], row["time_zone"])
        if made.issues:
            row["processing_warnings"] = msgspec.json.encode(made.issues).decode()
        return made


def _read(line: bytes) -> Landed:
    try:
        return _landed(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RowRejected("is not a landed invoice") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        raise RowRejected("is no time zone", path="$.time_zone") from None


def _builder(table: TableSpec) -> Callable[[dict[str, Any], int], Row]:
    values = operator.itemgetter(*table.names)

    def build(row: dict[str, Any], seq: int) -> Row:
        return (seq, *values(row), None)

    return build


def _stable_number(shop: str, invoice: str) -> int:
    """A positive 63-bit number that only this invoice has, the same in every run and after every new start."""
    return int.from_bytes(hashlib.sha256(f"{shop}\x1f{invoice}".encode()).digest()[:8], "big") >> 1


def _day(invoice: Invoice) -> date | None:
    return Node(invoice, "$", []).read("invoiceDate", DAY)


def _reject_huge(value: Any, path: str = "$") -> None:
    """:raises RowRejected: a number below `path` has an exponent that no warehouse stores."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _reject_huge(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _reject_huge(inner, f"{path}[{index}]")
    elif isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > MAX_EXPONENT):
        raise RowRejected("is a number out of range", path=path[:400])
