"""Before the steps: the warehouse has the ledger's tables and the source's."""

from __future__ import annotations

from landfall import ledger
from landfall.resources import Resource, Source
from landfall.warehouse import Warehouse
from landfall.warehouse.tables import target_table


def ensure_ledger(warehouse: Warehouse) -> None:
    """Bring the ledger's tables up to this version."""
    warehouse.ensure(ledger.TABLES)


def ensure_source(warehouse: Warehouse, source: Source, *resources: Resource) -> None:
    """Bring a source's tables up to their records; those of `resources` only, where any are given."""
    tables = [t for r in resources for t in r.table.family()] if resources else source.tables
    schemas = () if resources else source.schemas.values()
    warehouse.ensure([target_table(t, source.name) for t in tables], schemas)
