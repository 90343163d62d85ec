"""Privacy: what becomes of the columns that identify a person (`Column.personal`) on their way into the warehouse.

`keep` stores them as they came. `mask` puts a fixed text in the place of every text, `hash` a keyed hash that is the
same for the same text everywhere, so that joins and counts still work. Under both, NULL stays NULL, a personal column
that holds no text becomes NULL, personal keys are hashed (masked, all rows would be one), and fields that the record
does not declare are not stored, since nobody has said whether they identify a person.

A text is hashed as it came: another spelling, case or blank gives another hash.
"""

from __future__ import annotations

import dataclasses
import hmac
import typing
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from landfall.errors import Misconfigured
from landfall.json_text import NOT_JSON
from landfall.records import Column, Json, TableSpec
from landfall.rows import Row

Policy = Literal["keep", "mask", "hash"]
MASK = "***"
DIGITS = 32
"""Hexadecimal digits of a hash: 128 bits of HMAC-SHA256."""
FEWEST_DIGITS = 16
"""Shorter, and two people of a large table could get the same hash."""
SHORTEST_KEY = 32
"""Characters of the key; a shorter one can be found by trying."""

Change = Callable[[Any], Any]


@dataclasses.dataclass(frozen=True)
class Privacy:
    """A source's policy.

    :param key: of the hashes; needed for `hash`, and for `mask` where a personal column is part of a key.
    :raises Misconfigured: there is no such policy, or the key is too short.
    """

    policy: Policy = "keep"
    key: str = dataclasses.field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.policy not in typing.get_args(Policy):
            raise Misconfigured(
                f"there is no privacy policy {self.policy!r}",
                todo=f"Choose from: {', '.join(typing.get_args(Policy))}.",
            )
        if self.key and len(self.key) < SHORTEST_KEY:
            raise Misconfigured(
                f"the privacy key has fewer than {SHORTEST_KEY} characters",
                todo="Make one by: python -c 'import secrets; print(secrets.token_hex(32))'",
            )

    @property
    def hides(self) -> bool:
        """Whether personal values are kept out of the warehouse."""
        return self.policy != "keep"

    def veil(self, table: TableSpec) -> Veil:
        """What the policy makes of the rows of `table` and its child tables.

        :raises Misconfigured: it cannot be carried out; the message says why, and what to do.
        """
        return Veil(table, self)

    def hashed(self, digits: int) -> Change:
        """A function from a text to `digits` hexadecimal digits of its keyed hash."""
        key = self.key.encode()
        return lambda text: hmac.digest(key, text.encode(), "sha256").hex()[:digits]


KEEP = Privacy()


class Veil:
    """A policy applied to one table and its child tables: to rows, keys and rejected records.

    :ivar hides: whether personal values are kept out of the warehouse.
    :ivar personal: whether the policy changes some column.
    """

    def __init__(self, table: TableSpec, privacy: Privacy) -> None:
        self.hides = privacy.hides
        self._changes: dict[str, list[tuple[int, Change]]] = {t.name: [] for t in table.family()}
        self._key: list[tuple[int, Change]] = []
        self._shown = _shown(table)
        self._shown_elements = {child.table.name: _shown(child.table) for child in table.children}
        if self.hides:
            own = {c.name: _change(table, c, privacy) for c in table.columns if c.personal}
            self._changes[table.name] = _numbered(table, own)
            for child in table.children:
                theirs = {c.name: _change(child.table, c, privacy) for c in child.table.columns if c.personal}
                pairs = zip(child.table.parent_columns, table.key, strict=True)
                theirs |= {mine: own[key] for mine, key in pairs if key in own}
                self._changes[child.table.name] = _numbered(child.table, theirs)
            self._key = [(at, own[name]) for at, name in enumerate(table.key) if name in own]
        self.personal = any(self._changes.values())

    def rows(self, made: list[tuple[str, Row]]) -> list[tuple[str, Row]]:
        """A record's rows (seq, *columns, extra) as they may be stored."""
        if not self.hides:
            return made
        return [(name, (*_changed(row, self._changes[name])[:-1], None)) for name, row in made]

    def key(self, key: Row) -> Row:
        """A key of the table as its rows hold it."""
        return _changed(key, self._key) if self.hides else key

    def record(self, line: bytes) -> bytes | None:
        """A rejected record's JSON, with a mask for each value that is personal or at a place no column is made of.

        None where that cannot be told from the others, because it is no JSON object.
        """
        if not self.hides:
            return line
        try:
            members = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
            return msgspec.json.encode({k: _veiled(v, self._shown.get(k)) for k, v in members.items()})
        except NOT_JSON:
            return None

    def element(self, table: str, raw: bytes) -> bytes | None:
        """The same for one element of a list, of which a row of the child table `table` would be made."""
        if not self.hides:
            return raw
        try:
            return msgspec.json.encode(
                _veiled(msgspec.json.decode(raw, type=msgspec.Raw), self._shown_elements[table])
            )
        except NOT_JSON:
            return None


def _numbered(table: TableSpec, changes: dict[str, Change]) -> list[tuple[int, Change]]:
    """Changes by the place of their column in a staged row, which begins with its number."""
    return [(at, changes[name]) for at, name in enumerate(table.names, start=1) if name in changes]


def _changed(row: Row, changes: list[tuple[int, Change]]) -> Row:
    values = list(row)
    for at, change in changes:
        if values[at] is not None:
            values[at] = change(values[at])
    return tuple(values)


def _change(table: TableSpec, column: Column, privacy: Privacy) -> Change:
    """What becomes of a value of a personal column. :raises Misconfigured: nothing that its type could hold."""
    place = f"{table.name}.{column.name}"
    if column.type is not str:
        if column.key or not column.nullable:
            raise Misconfigured(
                f"{place} is personal, holds no text and cannot be NULL, so privacy={privacy.policy!r} is impossible",
                todo="Declare it as str, or `| None` where it is no key, or not personal.",
            )
        return lambda _: None
    longest = column.longest or DIGITS
    if privacy.policy == "mask" and not column.key:
        mask = MASK[:longest]
        return lambda _: mask
    if longest < FEWEST_DIGITS:
        raise Misconfigured(
            f"{place} takes {longest} characters, and a hash needs at least {FEWEST_DIGITS}",
            todo="Declare a greater length for it, or use another privacy policy.",
        )
    if not privacy.key:
        raise Misconfigured(
            f"privacy={privacy.policy!r} hashes {place}, and there is no key to hash with",
            todo="Add the Airflow connection <source>_privacy or landfall_privacy (type Generic); its password is the "
            "key. Keep it safe: with another key every hash is another.",
        )
    return privacy.hashed(min(DIGITS, longest))


def _shown(table: TableSpec) -> Any:
    """The places of a record whose values may be shown: a column, a dict of fields, or a list of one element."""
    shown: dict[str, Any] = {}
    for column in table.columns:
        if column.role == "value" and not column.personal:
            if not column.path:
                return column
            _level(shown, column.path)[column.path[-1]] = column
    for child in table.children:
        _level(shown, child.path)[child.path[-1]] = [_shown(child.table)]
    return shown


def _level(shown: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for name in path[:-1]:
        shown = shown.setdefault(name, {})
    return shown


def _veiled(raw: msgspec.Raw, shown: Any) -> Any:
    first = bytes(raw)[:1]
    if isinstance(shown, dict) and first == b"{":
        members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        return {name: _veiled(value, shown.get(name)) for name, value in members.items()}
    if isinstance(shown, list) and first == b"[":
        return [_veiled(value, shown[0]) for value in msgspec.json.decode(raw, type=list[msgspec.Raw])]
    scalar = first not in (b"{", b"[")
    if bytes(raw) == b"null" or (isinstance(shown, Column) and (scalar or shown.type is Json)):
        return raw
    return MASK
