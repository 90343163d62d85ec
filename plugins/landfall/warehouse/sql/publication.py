"""One resource about to be published in a database: data, watermark and run record in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from landfall.ledger import State
from landfall.scope import Fuse, Reach
from landfall.warehouse.engine import Condition, Figures
from landfall.warehouse.removal import Family, partly_read
from landfall.warehouse.sql.books import SqlBooks
from landfall.warehouse.sql.publish import publish_rows
from landfall.warehouse.tables import count_rows

if TYPE_CHECKING:
    from landfall.warehouse.sql.engine import SqlWarehouse


class SqlPublication:
    """A publication under the table's lock; whoever opened the transaction rolls it back unless `committed`.

    :param recount: as `Warehouse.publishing` has it; to count costs more than a small load.
    """

    def __init__(
        self,
        warehouse: SqlWarehouse,
        connection: sa.Connection,
        source: str,
        family: Family,
        *,
        recount: bool,
    ) -> None:
        self._warehouse, self._connection, self._source, self._family = warehouse, connection, source, family
        self.books = SqlBooks.within(connection)
        self.state: State = self.books.state(source, family.spec.name)
        self._known = None if recount else self.state.row_count
        self.rows, self.committed = 0, False

    def read(self) -> sa.Connection:
        return self._connection

    def bring(self, reach: Reach, fuse: Fuse, now: datetime) -> dict[str, Figures]:
        connection, family = self._connection, self._family
        made = publish_rows(
            self._warehouse,
            connection,
            family,
            reach=reach,
            unread=partly_read(connection, family),
            fuse=fuse,
            rows_before=count_rows(connection, family.target) if self._known is None else self._known,
            now=now,
        )
        if self._known is None:
            self.rows = count_rows(connection, family.target)
        else:
            own = made[family.spec.name]
            self.rows = self._known + own.inserted - (0 if family.spec.soft_delete else own.deleted)
        return made

    def state_of(self, name: str) -> State:
        return self.books.state(self._source, name)

    def count(self, holds: Condition) -> int:
        target = self._family.target
        return count_rows(self._connection, sa.select(target).where(holds(target)).subquery())

    def commit(
        self, state: Mapping[str, Any], load: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]] = {}
    ) -> None:
        self.books.advance(self._source, self._family.spec.name, self.state, state)
        for name, values in parts.items():
            self.books.advance(self._source, name, self.state_of(name), values)
        self.books.record_load(load)
        self.committed = True
