"""What readers of Pennylane's tables rely on: indexes to filter and join by, and comments in the database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from landfall.pipeline import ensure_source
from landfall.records import TableSpec
from landfall.sources import source
from landfall.warehouse import connect

DECLARED = source("pennylane")
TABLES = {table.name: table for resource in DECLARED.resources for table in resource.table.family()}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_dates_and_foreign_ids_have_an_index(table: TableSpec) -> None:
    wanted = {c.name for c in table.columns if c.type is date or (c.type is int and c.name.endswith("_id"))}
    indexed = {c.name for c in table.columns if c.index} | {table.key[0]}
    assert wanted - indexed == set()


def test_the_database_tells_what_columns_are(database: str) -> None:
    warehouse = connect(database)
    ensure_source(warehouse, DECLARED)
    inspector: Any = sa.inspect(warehouse.engine)
    told = {
        c["name"]: c["comment"] for c in inspector.get_columns("transaction_categories", schema="pennylane")
    }
    assert told["transaction_id"] == "From the parent's key"
    assert told["category_group_id"] == "From category_group.id"
    assert told["weight"] == "Share of the amount, 1 is all of it"
    assert inspector.get_table_comment("fec", schema="pennylane")["text"]
    assert {i["name"] for i in inspector.get_indexes("fec", schema="pennylane")} >= {"ix_fec_piece_date"}
    warehouse.engine.dispose()
