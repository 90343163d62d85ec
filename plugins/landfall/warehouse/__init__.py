"""The warehouse: staging tables, publishing in one transaction, one module per engine."""

from landfall.warehouse.engine import Warehouse, connect

__all__ = ["Warehouse", "connect"]
