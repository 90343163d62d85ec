"""Records: the one declaration of a table.

A record class has one annotated field per column. Parsing, validation, DDL and documentation derive from it::

    class Invoice(Record, table="invoices", key="id", ignored=("lines",)):
        \"\"\"Invoices sent to customers.\"\"\"

        id: int
        amount: Decimal | None = column(doc="Total with tax")
        customer_id: int | None = column(at="customer.id", references="customers")
        tags: list[InvoiceTag]                       # a child table

    class InvoiceTag(Record, table="invoice_tags", key=("invoice_id", "position")):
        \"\"\"Tags of an invoice, in the vendor's order.\"\"\"

        invoice_id: int = parent()
        position: int = position()
        name: str = column(at=".")                   # "." is the list element itself
        loaded_at: datetime = loaded()               # our own: when this row was last written

Field types: `int` (64 bit), `str`, `Decimal` (never a float), `bool`, `date`, `datetime` (with a zone), `Json` (kept as
JSON), each optionally `| None`, and `list[ChildRecord]`. Record classes are never instantiated.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from landfall import names
from landfall.errors import Misconfigured

Note = Literal["", "first", "change", "count", "sight"]
INDEXED_TEXT = 255
"""Longest text in a column that has an index and no declared length: index entries are small on every engine."""
EXTRA = "_extra"
"""Column that keeps, as JSON, the fields a vendor added and the record does not declare."""


class Json:
    """Field type: any JSON value, kept as it came."""


@dataclasses.dataclass(frozen=True)
class Layer:
    """A schema of its own, where a source has more than one.

    :ivar name: what SQL files and run parameters call it.
    :ivar schema: what it is called in the warehouse.
    """

    name: str
    schema: str


@dataclasses.dataclass(frozen=True)
class Column:
    """One column of a table, derived from a record's field."""

    name: str
    type: type
    nullable: bool
    path: tuple[str, ...]
    doc: str = ""
    index: bool = False
    references: str = ""
    length: int | None = None
    precision: tuple[int, int] | None = None
    personal: bool = False
    role: str = "value"
    key: bool = False
    note: str = ""
    loose: bool = False
    zero: bool = False
    seconds: tuple[str, ...] = ()

    @property
    def longest(self) -> int | None:
        """Most characters of a text: its declared length, else what an index can hold; None where any will do."""
        return self.length or (INDEXED_TEXT if self.index or self.key else None)

    @property
    def origin(self) -> str:
        """Where its values come from; empty where that is the vendor's field of the same name."""
        if self.role != "value":
            return {"parent": "the parent's key", "position": "counted", "loaded": "our clock"}[self.role]
        if self.path == (self.name,):
            return ""
        return ".".join(self.path) or "the element"

    @property
    def comment(self) -> str:
        """What the warehouse says of it: what it means, where it comes from, what it points at."""
        told = [self.doc] if self.doc else []
        if self.origin:
            told.append(f"from {self.origin}")
        if self.references:
            told.append(f"points at {self.references}")
        if self.personal:
            told.append("personal data")
        text = "; ".join(told)
        return text[:1].upper() + text[1:]


@dataclasses.dataclass(frozen=True)
class Child:
    """A child table: where its rows stand in the parent's JSON, and its columns."""

    path: tuple[str, ...]
    table: TableSpec


@dataclasses.dataclass(frozen=True)
class TableSpec:
    """A table as a record declares it.

    :ivar key: names of the primary key's columns.
    :ivar ignored: dotted paths of vendor fields that are known and left out on purpose (links, deprecated copies).
    :ivar keep_children: whether child rows stay with a row that is deleted softly.
    :ivar fingerprint: the column that is equal only where a record would make equal rows; "" for none.
    :ivar layer: where it lies, where its source has more than one schema; else it lies in that of the source.
    :ivar forbidden: names of vendor fields that are never stored anywhere.
    :ivar zone: of loose moments, which come without one.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    children: tuple[Child, ...]
    ignored: tuple[tuple[str, ...], ...]
    doc: str
    soft_delete: bool = False
    keep_children: bool = True
    fingerprint: str = ""
    layer: Layer | None = None
    forbidden: tuple[str, ...] = ()
    zone: str = "UTC"

    def in_zone(self, zone: str) -> TableSpec:
        """The same table, as records of a vendor in this zone are read; "" where the vendor tells none."""
        if zone in ("", self.zone):
            return self
        children = tuple(dataclasses.replace(c, table=c.table.in_zone(zone)) for c in self.children)
        return dataclasses.replace(self, zone=zone, children=children)

    def column(self, name: str) -> Column:
        """The column called `name`. :raises KeyError: there is none."""
        return (
            next(c for c in self.columns if c.name == name)
            if name in self.names
            else _missing(self.name, name)
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in declared order, without `_extra`."""
        return tuple(c.name for c in self.columns)

    def family(self) -> tuple[TableSpec, ...]:
        """This table and its child tables."""
        return (self, *(child.table for child in self.children))

    @property
    def parent_columns(self) -> tuple[str, ...]:
        """Of a child table: the columns that hold the parent's key, in the key's order."""
        return tuple(c.name for c in self.columns if c.role == "parent")


def _missing(table: str, name: str) -> Column:
    raise KeyError(f"{table} has no column {name}")


def column(
    at: str = "",
    doc: str = "",
    *,
    index: bool | None = None,
    references: str = "",
    length: int | None = None,
    precision: tuple[int, int] | None = None,
    personal: bool = False,
    note: Note = "",
    loose: bool = False,
    zero: bool = False,
    seconds: str = "",
) -> Any:
    """Describe a field of a record.

    :param at: dotted path in the vendor's JSON; default: the field's own name; "." is the list element itself.
    :param doc: comment on the column in the warehouse.
    :param index: make an index on it; by default where it points at something.
    :param references: `table` or `table.column` it points at: gives a warning check.
    :param length: longest text in characters; a longer one is rejected, never cut.
    :param precision: (digits, decimals) of a Decimal; a value that does not fit is rejected, never rounded.
    :param personal: identifies a person; a source's privacy policy may mask or hash it.
    :param note: our own note about the row: a difference in it alone is no change. `first` is written with a new row
        only, `change` whenever the row changes too, `count` is added up with each change, `sight` is written whenever
        the row was read, changed or not.
    :param loose: the vendor has no null and no types: an empty text is no value, a whole number may come as 7.0, a day
        as its midnight, a moment as local time without a zone (which is that of the landing) and with up to nine
        digits of a second, of which six are kept. Of an hour that comes twice the first is meant.
    :param zero: 0 is no value.
    :param seconds: of a loose moment: the field that holds the seconds since the midnight that its own field holds.
    """
    indexed = bool(references) if index is None else index
    options = {"at": at, "doc": doc, "index": indexed, "references": references}
    options |= {"length": length, "precision": precision, "personal": personal, "note": note}
    return options | {"loose": loose, "zero": zero, "seconds": tuple(seconds.split(".")) if seconds else ()}


def parent(doc: str = "", references: str = "", *, index: bool = False, length: int | None = None) -> Any:
    """Describe a child's field that holds the parent's key; several follow the order of the parent's key."""
    return {"role": "parent", "doc": doc, "references": references, "index": index, "length": length}


def position(doc: str = "Position in the vendor's list, from 1") -> Any:
    """Describe a child's field that counts the elements of the vendor's list, from 1."""
    return {"role": "position", "doc": doc}


def loaded(doc: str = "") -> Any:
    """Describe a field of our own that holds the moment of the load which last wrote the row."""
    return {"role": "loaded", "doc": doc, "note": "change"}


class Record:
    """Base class of every record; see the module's docstring.

    Class keywords: `table` (its name in the source's schema), `key` (one or more field names), `ignored` (dotted paths
    of vendor fields left out on purpose), `soft_delete` (keep deleted rows, with `_deleted_at` set), `fingerprint` (the
    field that is equal only where a record would make equal rows; one that comes again with it is not staged), `layer`
    (where it lies, where a source has several schemas), `forbidden` (vendor fields that are taken out of every record
    before it is written anywhere: those whose name begins so, in capitals or not, at any depth). A class without
    `table` is a base for others.
    """

    _declaration: dict[str, Any]

    def __init_subclass__(
        cls,
        *,
        table: str = "",
        key: str | tuple[str, ...] = (),
        ignored: tuple[str, ...] = (),
        soft_delete: bool = False,
        fingerprint: str = "",
        layer: Layer | None = None,
        forbidden: tuple[str, ...] = (),
    ) -> None:
        cls._declaration = {
            "table": table,
            "key": key,
            "ignored": ignored,
            "soft_delete": soft_delete,
            "fingerprint": fingerprint,
            "layer": layer,
            "forbidden": forbidden,
        }


SCALARS = (int, str, Decimal, bool, date, datetime, Json)


@functools.cache
def spec(record: type[Record]) -> TableSpec:
    """The table a record declares.

    :raises Misconfigured: the declaration cannot be a table; the message names the field.
    """
    declared = record._declaration
    key = (declared["key"],) if isinstance(declared["key"], str) else tuple(declared["key"])
    columns: list[Column] = []
    children: list[Child] = []
    for name, hint in typing.get_type_hints(record).items():
        if name == "_declaration":
            continue
        options = dict(getattr(record, name, None) or {})
        at = options.pop("at", "") or name
        path = () if at == "." else tuple(at.split("."))
        if typing.get_origin(hint) is list:
            children.append(Child(path, spec(typing.get_args(hint)[0])))
            continue
        kind, nullable = _scalar(record, name, hint)
        columns.append(Column(name=name, type=kind, nullable=nullable, path=path, key=name in key, **options))
    table = TableSpec(
        name=declared["table"],
        key=key,
        columns=tuple(columns),
        children=tuple(children),
        ignored=tuple(tuple(p.split(".")) for p in declared["ignored"]),
        doc=(record.__doc__ or "").strip(),
        soft_delete=declared["soft_delete"],
        fingerprint=declared["fingerprint"],
        layer=declared["layer"],
        forbidden=declared["forbidden"],
    )
    _validate(record, table)
    return table


def _scalar(record: type, name: str, hint: Any) -> tuple[type, bool]:
    args = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    kinds = [a for a in args if a is not type(None)]
    if len(kinds) != 1 or kinds[0] not in SCALARS:
        allowed = ", ".join(s.__name__ for s in SCALARS)
        raise Misconfigured(
            f"{record.__name__}.{name}: a column is one of {allowed}, optionally | None, not {hint}"
        )
    return kinds[0], len(args) > len(kinds)


def _validate(record: type, table: TableSpec) -> None:
    names.check_table(record.__name__, table.name)
    for name in table.names:
        names.check_column(record.__name__, name)
    names.check_distinct(record.__name__, table.names)
    for name in table.key:
        if name not in table.names:
            raise Misconfigured(f"{record.__name__}: the key names {name}, which is not a field")
        if table.column(name).nullable:
            raise Misconfigured(f"{record.__name__}.{name} is part of the key and cannot be | None")
    if table.fingerprint and table.fingerprint not in table.names:
        raise Misconfigured(
            f"{record.__name__}: the fingerprint is {table.fingerprint}, which is not a field"
        )
    if not table.doc:
        raise Misconfigured(f"{record.__name__} needs a docstring; it becomes the comment on the table")
    for child in table.children:
        if len(child.table.parent_columns) != len(table.key):
            raise Misconfigured(
                f"{child.table.name} needs one parent() field for each key column of {table.name}"
            )
