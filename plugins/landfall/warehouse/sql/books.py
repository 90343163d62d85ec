"""The ledger in a database: its rows are written in the transaction of the data they speak of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from landfall.ledger import State, loads, sync_state

AT_A_TIME = 1000
"""Rows in one statement."""


class SqlBooks:
    """Reads and writes the ledger's tables.

    :param transaction: opens one for each call, or gives one that is open.
    """

    def __init__(self, transaction: Callable[[], AbstractContextManager[sa.Connection]]) -> None:
        self._transaction = transaction

    @classmethod
    def within(cls, connection: sa.Connection) -> SqlBooks:
        """Those of an open transaction."""
        return cls(lambda: nullcontext(connection))

    def put(
        self, table: sa.Table, rows: Iterable[Mapping[str, Any]], replacing: Mapping[str, Any] | None = None
    ) -> None:
        made = [dict(row) for row in rows]
        with self._transaction() as connection:
            if replacing is not None:
                connection.execute(sa.delete(table).where(*_holding(table, replacing)))
            for start in range(0, len(made), AT_A_TIME):
                connection.execute(sa.insert(table), made[start : start + AT_A_TIME])

    def change(self, table: sa.Table, values: Mapping[str, Any], holding: Mapping[str, Any]) -> None:
        with self._transaction() as connection:
            connection.execute(sa.update(table).where(*_holding(table, holding)).values(dict(values)))

    def remove(
        self, table: sa.Table, holding: Mapping[str, Any], before: tuple[str, datetime] | None = None
    ) -> None:
        older = [table.c[before[0]] < before[1]] if before else []
        with self._transaction() as connection:
            connection.execute(sa.delete(table).where(*_holding(table, holding), *older))

    def rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        with self._transaction() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def forget_watermarks(self, source: str, tables: Sequence[str], schema: str = "") -> None:
        self.change(sync_state, {"watermark": None}, {"source": source, "table_name": list(tables)})

    def state(self, source: str, table: str) -> State:
        """The ledger's row of one table; a blank state where there is none."""
        return self._states({"source": source, "table_name": table}).get(table, State())

    def states(self, source: str) -> dict[str, State]:
        """The ledger's rows of all tables of a source."""
        return self._states({"source": source})

    def _states(self, holding: Mapping[str, Any]) -> dict[str, State]:
        columns = [sync_state.c[name] for name in State.__struct_fields__]
        query = sa.select(sync_state.c.table_name, *columns).where(*_holding(sync_state, holding))
        with self._transaction() as connection:
            return {name: State(*rest) for name, *rest in connection.execute(query)}

    def advance(self, source: str, table: str, before: State, values: Mapping[str, Any]) -> None:
        """Write a table's new state.

        :param before: the state as this transaction read it, under the table's lock.
        :param values: columns of `sync_state` to set.
        """
        mine = {"source": source, "table_name": table}
        if before.version:
            self.change(sync_state, {**values, "version": before.version + 1}, mine)
        else:
            self.put(sync_state, [{**mine, **values, "version": 1}])

    def record_load(self, load: Mapping[str, Any]) -> None:
        """Store the record of a load, in place of an earlier one of the same load."""
        self.put(loads, [load], {"load_id": load["load_id"]})


def _holding(table: sa.Table, values: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    return [
        table.c[name].in_(value)
        if isinstance(value, Collection) and not isinstance(value, str)
        else table.c[name] == value
        for name, value in values.items()
    ]
