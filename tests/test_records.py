"""A record class is the one declaration of its table; one that cannot be a table says so, naming the field."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from landfall.errors import Misconfigured
from landfall.records import INDEXED_TEXT, Json, Record, column, parent, position, spec


class Line(Record, table="invoice_lines", key=("invoice_id", "position")):
    """Lines of an invoice."""

    invoice_id: int = parent()
    position: int = position()
    net: Decimal | None = column("price.net", precision=(12, 2))


class Note(Record, table="invoice_notes", key=("invoice_id", "position")):
    """Plain texts of an invoice."""

    invoice_id: int = parent()
    position: int = position()
    text: str = column(".", personal=True)


class Invoice(Record, table="invoices", key="id", ignored=("links", "customer.url")):
    """Invoices sent to customers.

    More about them.
    """

    id: int
    number: str | None = column(index=True)
    code: str | None = column(length=10, index=True)
    label: str | None
    day: date | None
    at: datetime | None
    paid: bool | None
    raw: Json | None
    customer_id: int | None = column("customer.id", doc="Who pays", references="customers")
    lines: list[Line]
    notes: list[Note] = column("texts.notes")


def test_a_table_is_what_its_record_says() -> None:
    table = spec(Invoice)
    assert (table.name, table.key, table.doc.split("\n")[0]) == (
        "invoices",
        ("id",),
        "Invoices sent to customers.",
    )
    assert table.names == ("id", "number", "code", "label", "day", "at", "paid", "raw", "customer_id")
    assert [table.column(n).type for n in table.names] == [
        int,
        str,
        str,
        str,
        date,
        datetime,
        bool,
        Json,
        int,
    ]
    assert [n for n in table.names if not table.column(n).nullable] == ["id"]
    assert table.ignored == (("links",), ("customer", "url"))
    customer = table.column("customer_id")
    assert (customer.path, customer.doc, customer.references, customer.index) == (
        ("customer", "id"),
        "Who pays",
        "customers",
        True,
    )
    assert spec(Invoice) is table


def test_lists_become_child_tables() -> None:
    lines, notes = spec(Invoice).children
    assert (lines.path, lines.table.name, lines.table.parent_columns) == (
        ("lines",),
        "invoice_lines",
        ("invoice_id",),
    )
    assert (notes.path, notes.table.column("text").path) == (("texts", "notes"), ())
    assert notes.table.column("text").personal
    assert lines.table.column("net").precision == (12, 2)
    assert [t.name for t in spec(Invoice).family()] == ["invoices", "invoice_lines", "invoice_notes"]


def test_only_a_text_with_an_index_has_a_longest_length_of_its_own() -> None:
    table = spec(Invoice)
    assert table.column("number").longest == INDEXED_TEXT
    assert table.column("code").longest == 10
    assert table.column("label").longest is None


def test_a_name_that_is_no_column_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="invoices has no column nothing"):
        spec(Invoice).column("nothing")


def test_money_is_never_a_float() -> None:
    class Wrong(Record, table="wrong", key="id"):
        """Wrong."""

        id: int
        amount: float

    with pytest.raises(Misconfigured, match=r"Wrong\.amount"):
        spec(Wrong)


def test_a_column_has_one_type() -> None:
    class Wrong(Record, table="wrong", key="id"):
        """Wrong."""

        id: int
        either: int | str

    with pytest.raises(Misconfigured, match=r"Wrong\.either"):
        spec(Wrong)


def test_the_key_is_a_field() -> None:
    class Wrong(Record, table="wrong", key="number"):
        """Wrong."""

        id: int

    with pytest.raises(Misconfigured, match="number"):
        spec(Wrong)


def test_the_key_cannot_be_null() -> None:
    class Wrong(Record, table="wrong", key="id"):
        """Wrong."""

        id: int | None

    with pytest.raises(Misconfigured, match=r"Wrong\.id"):
        spec(Wrong)


def test_a_table_has_a_comment() -> None:
    class Wrong(Record, table="wrong", key="id"):
        id: int

    with pytest.raises(Misconfigured, match="Wrong needs a docstring"):
        spec(Wrong)


class Orphan(Record, table="orphans", key="name"):
    """A child that does not know its parent."""

    name: str


def test_a_child_knows_its_parent() -> None:
    class Wrong(Record, table="wrong", key="id"):
        """Wrong."""

        id: int
        children: list[Orphan]

    with pytest.raises(Misconfigured, match="orphans"):
        spec(Wrong)
