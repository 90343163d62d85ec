"""The demo's last chapter: one source once more, into a lakehouse in a folder, compared with PostgreSQL's tables."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from landfall.records import EXTRA, Json, TableSpec
from landfall.sources import source
from landfall.sql import views
from landfall.warehouse import FOLDER, connect
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.tables import Reader, target_table
from sandbox.environment import connection

SHOWN = {"connectwise": "gold/fact_timeentry", "pennylane": "pennylane/customer_invoices"}
"""Of which source the first that the demo has is loaded into the lakehouse too, and the table that is opened then."""


@dataclass(frozen=True)
class Comparison:
    """One table in both.

    :ivar different: rows of either that the other does not hold as they are.
    """

    table: str
    rows: int
    different: int


def given(folder: Path, name: str) -> dict[str, str]:
    """The variable of the Airflow connection that makes a lakehouse in a folder the warehouse of a source."""
    return {f"AIRFLOW_CONN_{name.upper()}_WAREHOUSE": connection("lakehouse", host=str(folder.absolute()))}


def nightly(name: str) -> list[str]:
    """The tables that a run of what changed leaves to the night."""
    return [resource.name for resource in source(name).resources if not resource.is_due("regular")]


def compared(url: str | sa.URL, folder: Path, name: str) -> list[Comparison]:
    """Compare every table that is loaded, row for row, but for what each load notes of its own (when, which load)."""
    warehouse = connect(url)
    try:
        with warehouse.reading() as database, connect(f"{FOLDER}{folder.absolute()}").reading() as lake:
            loaded = [table for made in source(name).published for table in made.family()]
            return [_compared(database, lake, table, name) for table in loaded]
    finally:
        warehouse.close()


def views_there(folder: Path, name: str) -> int:
    """How many of a source's views are tables of the lakehouse."""
    house, made = Lakehouse.folder(folder), [(view.schema, view.name) for view in views(source(name))]
    return sum(view in house.names(schema) for schema, view in made)


def how_to_open(folder: Path, name: str) -> list[tuple[str, str]]:
    """What opens a table of the lakehouse, and how."""
    table = folder.resolve() / "Tables" / SHOWN[name]
    return [
        ("DuckDB", f"INSTALL delta; LOAD delta; SELECT * FROM delta_scan('{table}');"),  # noqa: S608 - for the reader
        ("Polars", f"pl.read_delta('{table}')    (pip install polars deltalake)"),
        ("Spark", f"spark.read.format('delta').load('{table}')    (with delta-spark)"),
        ("Fabric", "a lakehouse in OneLake holds the same tables: docs/lakehouse.md"),
    ]


def _compared(database: Reader, lake: Reader, table: TableSpec, name: str) -> Comparison:
    target = target_table(table, name)
    noted = {c.name for c in table.columns if c.note} - set(table.key)
    texts = {EXTRA} | {c.name for c in table.columns if c.type is Json}
    query = sa.select(*(c for c in target.columns if c.name not in noted))
    theirs, ours = (_counted(reader.execute(query), texts) for reader in (database, lake))
    different = (theirs - ours) + (ours - theirs)
    return Comparison(table.name, ours.total(), different.total())


def _counted(rows: Any, texts: set[str]) -> Counter[tuple[Any, ...]]:
    """Rows by what they hold, in whatever order they come, and how often each is there."""
    return Counter(
        tuple(_parsed(v) if k in texts and v is not None else v for k, v in row.items())
        for row in rows.mappings()
    )


def _parsed(value: Any) -> Any:
    """A lake holds JSON as text; a database may order the fields of an object otherwise."""
    value = json.loads(value) if isinstance(value, str) else value
    return json.dumps(value, sort_keys=True)
