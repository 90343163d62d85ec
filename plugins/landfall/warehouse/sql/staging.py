"""The stages of one load in a database, filled in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from landfall.errors import Misconfigured
from landfall.rows import Row
from landfall.warehouse.engine import Condition
from landfall.warehouse.removal import Family
from landfall.warehouse.sql.books import SqlBooks
from landfall.warehouse.sql.publish import deduplicate, drop_deleted
from landfall.warehouse.tables import verbatim

if TYPE_CHECKING:
    from landfall.warehouse.sql.engine import SqlWarehouse


class SqlStaging:
    """Fills the stages of one load.

    :param connection: with the transaction that is committed when they are filled.
    """

    def __init__(self, warehouse: SqlWarehouse, connection: sa.Connection, family: Family) -> None:
        self._warehouse, self._connection, self._family = warehouse, connection, family
        self.books = SqlBooks.within(connection)

    def rows(self, stage: sa.Table, rows: Iterable[Row]) -> None:
        self._warehouse.stage_rows(self._connection, stage, rows)

    def prepare(self, stage: sa.Table, batch: Any) -> Any:
        return self._warehouse.prepare_block(stage, batch)

    def block(self, prepared: Mapping[str, Any]) -> bool:
        return self._warehouse.stage_block(
            self._connection, [(self._family.stages[name], each) for name, each in prepared.items()]
        )

    def read(self) -> sa.Connection:
        return self._connection

    published = read

    def fill(self, stage: sa.Table, query: Callable[[sa.Table | None], str]) -> None:
        self._connection.execute(verbatim(query(stage)))

    def unstage(self, gone: Condition) -> dict[str, int]:
        family, dropped = self._family, dict.fromkeys(self._family.stages, 0)
        for name, each in (*family.stages.items(), *((family.spec.name, each) for each in family.read[1:])):
            dropped[name] += self._connection.execute(sa.delete(each).where(gone(each))).rowcount
        return dropped

    def finish(self, *, newest: bool = True, deleted: bool = False) -> dict[str, int]:
        connection, family = self._connection, self._family
        for table in family.all_stages:
            self._warehouse.analyze(connection, table)
        self._tell_apart()
        dropped = deduplicate(connection, family) if newest else {}
        for name, rows in (drop_deleted(connection, family) if deleted else {}).items():
            dropped[name] = dropped.get(name, 0) + rows
        return dropped

    def _tell_apart(self) -> None:
        """:raises Misconfigured: keys of different records are one and the same to this database."""
        family = self._family
        if alike := self._warehouse.indistinct(self._connection, family.stage, family.spec.key):
            raise Misconfigured(
                f"{family.target.schema}.{family.spec.name}: {alike} keys differ only in what the database's "
                "collation ignores, such as upper and lower case; nothing was published",
                todo="Keep the warehouse in a database with a case-sensitive collation (Latin1_General_100_CS_AS_SC), "
                "or write these keys alike at the source.",
            )
