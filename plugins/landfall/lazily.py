"""What only a warehouse needs, imported when it is first used: a declared source is read without it too.

    from landfall.lazily import sa, warehouse_tables

A function that delivers to Fivetran has neither a database nor room for its libraries.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any


class Lazily:
    """A module, imported when something of it is first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


if TYPE_CHECKING:
    import sqlalchemy as sa

    from landfall.warehouse import tables as warehouse_tables
else:
    sa = Lazily("sqlalchemy")
    warehouse_tables = Lazily("landfall.warehouse.tables")

__all__ = ["sa", "warehouse_tables"]
