"""Before the steps: the warehouse has the ledger's tables and the source's."""

from __future__ import annotations

import sqlalchemy as sa

from landfall import ledger
from landfall.resources import Resource, Source
from landfall.warehouse import Warehouse
from landfall.warehouse.tables import target_table


def ensure_ledger(warehouse: Warehouse) -> None:
    """Bring the ledger's tables up to this version."""
    warehouse.ensure(ledger.SCHEMA, ledger.TABLES)


def ensure_source(warehouse: Warehouse, source: Source, *resources: Resource) -> None:
    """Bring a source's tables up to their records; those of `resources` only, where any are given."""
    tables = [t for r in resources for t in r.table.family()] if resources else source.tables
    schemas: dict[str, list[sa.Table]] = (
        {} if resources else {schema: [] for schema in source.schemas.values()}
    )
    for table in (target_table(t, source.name) for t in tables):
        schemas.setdefault(str(table.schema), []).append(table)
    for schema, theirs in schemas.items():
        warehouse.ensure(schema, theirs)
