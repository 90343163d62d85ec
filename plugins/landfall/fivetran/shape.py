"""Tables, columns and values as Fivetran has them in a destination.

Fivetran writes names in small letters with underscores, so they are handed over like that, and stay as they are.
Amounts and JSON go as text, since a number of JSON may become a float on its way; moments go in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from landfall.errors import Misconfigured
from landfall.records import EXTRA, Column, TableSpec
from landfall.resources import Source
from landfall.rows import Row

RECORD = "landfall_record"
"""Column that ties the rows of child tables to the state of their record that they belong to."""
QUARANTINE = "landfall_quarantine"
QUARANTINE_COLUMNS = ("resource", "record", "reason", "path", "raw", "kept", "set_aside_at")
QUARANTINE_KEY = ("resource", "record")
_SDK_TYPES = {int: "LONG", bool: "BOOLEAN", date: "NAIVE_DATE", datetime: "UTC_DATETIME"}
_HUMPS = re.compile(
    r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])"
)


@lru_cache(maxsize=4096)
def destination_name(name: str) -> str:
    """A table's or a column's name in the destination.

    >>> destination_name("isoAlpha2"), destination_name("_extra"), destination_name("DIMCompany")
    ('iso_alpha_2', 'extra', 'dim_company')
    """
    words = re.sub(r"[^a-z0-9]+", "_", _HUMPS.sub("_", name).lower()).strip("_")
    return f"_{words}" if words[:1].isdigit() else words


class Table:
    """One table of a source as it is delivered.

    :param parent: the table whose records its rows are made of; None where that is itself.
    :ivar columns: names in the destination, in the order of `row`.
    """

    def __init__(self, spec: TableSpec, parent: TableSpec | None = None) -> None:
        self.spec, self.parent = spec, parent
        self.name = destination_name(spec.name)
        self.ties = parent is not None or bool(spec.children)
        ours = (*spec.names, EXTRA)
        self.columns = (*(destination_name(name) for name in ours), *((RECORD,) if self.ties else ()))
        self.key = tuple(destination_name(name) for name in spec.key)
        if len(set(self.columns)) < len(self.columns):
            raise Misconfigured(f"two columns of {spec.name} have one name in a Fivetran destination")
        self._ours = [bool(c.note) and c.type is datetime for c in spec.columns]

    def row(self, row: Row, moment: datetime, record: str) -> dict[str, Any]:
        """A decoded row (seq, *columns, extra) as values that JSON has.

        :param moment: of the load, in place of what our own clock says of it.
        :param record: what ties it to its record.
        """
        values = [
            moment if ours else value for value, ours in zip(row[1:], (*self._ours, False), strict=True)
        ]
        return dict(zip(self.columns, (*map(plain, values), *((record,) if self.ties else ())), strict=True))

    def of_key(self, key: Row) -> dict[str, Any]:
        """The key of a row to be deleted."""
        return dict(zip(self.key, map(plain, key), strict=True))

    def sdk(self) -> dict[str, Any]:
        """The table as the Connector SDK declares it."""
        kinds = [*(_sdk_type(c) for c in self.spec.columns), *("STRING",) * (1 + self.ties)]
        return {
            "table": self.name,
            "primary_key": list(self.key),
            "columns": dict(zip(self.columns, kinds, strict=True)),
        }


def tables(source: Source) -> Iterator[Table]:
    """Every table that a source delivers, parents before their children. :raises Misconfigured: two have one name."""
    found: set[str] = set()
    for resource in source.resources:
        spec = resource.table
        for each in (Table(spec), *(Table(child.table, spec) for child in spec.children)):
            if each.name in found:
                raise Misconfigured(f"two tables of {source.name} are {each.name} in a Fivetran destination")
            found.add(each.name)
            yield each


def schema(source: Source) -> dict[str, dict[str, list[str]]]:
    """The keys of every table, as each answer of a function has them."""
    keys = {table.name: {"primary_key": list(table.key)} for table in tables(source)}
    return keys | {QUARANTINE: {"primary_key": list(QUARANTINE_KEY)}}


def sdk_schema(source: Source) -> list[dict[str, Any]]:
    """The same with the columns' types, as the Connector SDK wants them."""
    kinds = dict.fromkeys(QUARANTINE_COLUMNS, "STRING") | {"set_aside_at": "UTC_DATETIME"}
    aside = {"table": QUARANTINE, "primary_key": list(QUARANTINE_KEY), "columns": kinds}
    return [*(table.sdk() for table in tables(source)), aside]


def plain(value: Any) -> Any:
    """A value as JSON has it: amounts as text, moments in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value


def _sdk_type(column: Column) -> Any:
    if column.type is Decimal:
        if column.precision is None:  # any number of digits, which no DECIMAL holds
            return "STRING"
        digits, decimals = column.precision
        return {"type": "DECIMAL", "precision": digits, "scale": decimals}
    return _SDK_TYPES.get(column.type, "STRING")
