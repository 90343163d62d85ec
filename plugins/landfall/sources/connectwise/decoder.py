"""A ConnectWise record as silver reads it: texts trimmed, numbers rounded; and as bronze keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from landfall.landing import load_moment
from landfall.records import Column, Json, TableSpec
from landfall.rows import Note, summed
from landfall.stage.elements import Accept, OddElement
from landfall.stage.rows import RecordDecoder, Rows

ZERO_WIDTH = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff")
MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)T00:00:00(?:\.0+)?(?:Z|\+00:00)")

_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class SilverDecoder(RecordDecoder):
    """Rows of silver, custom fields and bronze from a record as it was landed."""

    def __init__(self, table: TableSpec, load_id: str = "") -> None:
        super().__init__(table, load_id)
        self._rounds = Note(
            "amounts as sent", "{} amounts had more decimals than their column, and were rounded"
        )
        self._differs = Note(
            "copies agree", "{} values differ from the copy of them that the record holds too"
        )
        self.notes += [self._rounds, self._differs]
        self._entity = table.name.removeprefix("silver_cw_")
        batch = f"{load_moment(load_id):%Y%m%d_%H%M%S}" if load_id else ""
        self._own = {"_etl_source": "connectwise", "_etl_batch_id": batch}
        values = [column for column in table.columns if column.role == "value"]
        self._as_sent = {column.path[0] for column in values if column.type is Json}
        self._amounts = [(c.path, c.precision[1]) for c in values if c.precision]
        self._days = [column.path for column in values if column.type is date]
        self._copies = [(table.column(c.name[:-2]).path, c.path) for c in values if _is_copy(c, table)]
        self._has_fields = any(child.path == ("custom_fields",) for child in table.children)
        self._has = set(table.names)

    def rows(self, line: bytes, seq: int) -> Rows:
        return super().rows(self._shaped(line), seq)

    def apart(self, line: bytes, seq: int, accept: Accept) -> tuple[Rows, list[OddElement]]:
        return super().apart(self._shaped(line), seq, accept)

    def _shaped(self, line: bytes) -> bytes:
        """The record with what silver adds to it; as it came where it cannot be read, for the rejects to say so."""
        try:
            return self._read(line)
        except _NOT_JSON:
            return line

    def _read(self, line: bytes) -> bytes:
        """:raises DecodeError, UnicodeDecodeError, RecursionError: it is no JSON text."""
        sent = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
        record: dict[str, Any] = {
            name: raw if name in self._as_sent else tidied(_decode(raw)) for name, raw in sent.items()
        }
        self._mend(record)
        record |= self._own
        if "typeNames" in self._has:
            record["typeNames"] = _joined(_listed(record.get("types")))
        if "taxTotal" in self._has:
            record["taxTotal"] = _sum(_listed(record.get("taxes")))
        if self._has_fields:
            record["custom_fields"] = [self._field(one) for one in _listed(record.get("customFields"))]
        info = record.get("_info")
        updated = info.get("lastUpdated") if isinstance(info, dict) else None
        record["bronze"] = [{"lastUpdated": updated, "raw": line.decode(), "etlEntity": self._entity}]
        return msgspec.json.encode(record)

    def _mend(self, record: dict[str, Any]) -> None:
        """Bring what the vendor writes in more than one way into one."""
        info = record.get("_info")
        if isinstance(info, dict):
            for ours, other in (("dateEntered", "createdDate"), ("enteredBy", "createdBy")):
                known_as = info.pop(other, None)
                if info.get(ours) is None and known_as is not None:
                    info[ours] = known_as
        for plain, copy in self._copies:
            own, nested = _at(record, plain), _at(record, copy)
            if own is None and nested is not None:
                _put(record, plain, nested)
            elif nested is not None and own != nested:
                self._differs.count += 1
        for path, places in self._amounts:
            value = _at(record, path)
            if value is not None and not isinstance(value, bool | int):
                _put(record, path, self._rounded(value, places))
        for path in self._days:
            value = _at(record, path)
            if isinstance(value, str) and (day := MIDNIGHT.fullmatch(value)):
                _put(record, path, day.group(1))

    def _rounded(self, value: Any, places: int) -> Any:
        """Half away from zero, where there are more decimals than the column has; what is no number stays."""
        if not isinstance(value, str | Decimal):
            return value
        try:
            number = Decimal(value)
            if not number.is_finite() or -number.as_tuple().exponent <= places:  # type: ignore[operator]
                return value
            rounded = summed([number], places)
        except (InvalidOperation, ValueError):
            return value
        self._rounds.count += rounded != number
        return rounded

    def _field(self, sent: dict[str, Any]) -> dict[str, Any]:
        """A custom field with its value in the column of its kind."""
        value = sent.get("value")
        kept = {name: held for name, held in sent.items() if name != "value"} | {"entity": self._entity}
        if isinstance(value, bool):
            kept["valueBool"] = value
        elif isinstance(value, int | Decimal):
            kept["valueNumber"] = self._rounded(value, 10)
        elif isinstance(value, str):
            midnight = MIDNIGHT.fullmatch(value)
            day = midnight.group(1) if midnight else value
            is_day = sent.get("type") == "Date" and re.fullmatch(r"\d{4}-\d\d-\d\d", day)
            kept |= {"valueDate": day} if is_day else {"valueText": value}
        elif value is not None:
            kept["valueText"] = msgspec.json.encode(value).decode()
        return kept


def _is_copy(column: Column, table: TableSpec) -> bool:
    return column.name.endswith("_1") and column.name[:-2] in table.names


def tidied(value: Any) -> Any:
    """Texts without zero-width characters and without white space around them; an empty one is no value."""
    if isinstance(value, str):
        return value.translate(ZERO_WIDTH).strip() or None
    if isinstance(value, dict):
        return {name: tidied(held) for name, held in value.items()}
    if isinstance(value, list):
        return [tidied(held) for held in value]
    return value


def _listed(raw: Any) -> list[dict[str, Any]]:
    """The objects of a list that is kept as it was sent; none where it is no list."""
    found = tidied(_decode(raw)) if isinstance(raw, msgspec.Raw) else raw
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _joined(types: Iterable[dict[str, Any]]) -> str | None:
    named = [one for one in types if isinstance(one.get("name"), str)]
    by_id = sorted(named, key=lambda one: (one["id"] if isinstance(one.get("id"), int) else 0, one["name"]))
    return ", ".join(one["name"] for one in by_id) or None


def _sum(taxes: Iterable[dict[str, Any]]) -> Decimal | None:
    amounts = [one.get("amount") for one in taxes]
    known = [Decimal(a) for a in amounts if isinstance(a, int | Decimal) and not isinstance(a, bool)]
    return summed(known, 4) if known else None


def _at(record: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = record
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _put(record: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        record = record.setdefault(name, {})
    record[path[-1]] = value
