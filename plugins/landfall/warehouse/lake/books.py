"""The ledger's tables in a lake, for people to read. What counts stands in the log of the table it speaks of.

They are written after the publish. What a run that died left out is written by whoever looks at the table next, from
the records in its commits.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import sqlalchemy as sa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError
from sqlalchemy.sql import visitors

from landfall import ledger
from landfall.errors import PublishConflict
from landfall.ledger import State
from landfall.warehouse.lake.commits import commit, hooks, record_of, state_of, state_row, transactions
from landfall.warehouse.lake.failures import telling
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.schema import arrow_schema, batch_of
from landfall.warehouse.lake.snapshot import Snapshot
from landfall.warehouse.lake.words import literal, quoted
from landfall.warehouse.tables import Moment

ATTEMPTS = 30
"""Of a write that met another one: all resources of all sources write to the same few tables."""
_numbers = itertools.count(random.getrandbits(12))


class Books:
    """Reads and writes the ledger's tables.

    :param house: the lake.
    :param snapshot: in which it is read, where that is to stand still.
    """

    def __init__(self, house: Lakehouse, snapshot: Snapshot | None = None) -> None:
        self.house, self._snapshot = house, snapshot

    @telling
    def put(
        self, table: sa.Table, rows: Iterable[Mapping[str, Any]], replacing: Mapping[str, Any] | None = None
    ) -> None:
        """Add rows, in place of those whose columns hold the values of `replacing`, in one commit."""
        schema = arrow_schema(table)
        made = [list(map(_row(table, row).get, schema.names)) for row in rows]
        data = pa.Table.from_batches([batch_of(made, schema)] if made else [], schema)
        if replacing is None:
            if data.num_rows:
                self._again(table, lambda there: write_deltalake(there, data, mode="append", **self._hooks()))
            return
        where = _holding(replacing)
        self._again(
            table,
            lambda there: write_deltalake(there, data, mode="overwrite", predicate=where, **self._hooks()),
        )

    @telling
    def remove(
        self, table: sa.Table, holding: Mapping[str, Any], before: tuple[str, datetime] | None = None
    ) -> None:
        """Delete the rows whose columns hold these values.

        :param before: and whose moment in a column is earlier than this.
        """
        where = _holding(holding)
        if before:
            where += f" AND {quoted(before[0])} < {literal(before[1])}"
        self._again(table, lambda there: there.delete(where, **self._hooks()))

    @telling
    def rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        """The rows of a query over the ledger, or a table beside it; none where one of them was not set up yet."""
        snapshot = self._snapshot or Snapshot(self.house)
        named = (found for found in visitors.iterate(query) if isinstance(found, sa.Table))
        if any(snapshot.table(str(table.schema), table.name) is None for table in named):
            return []
        made = [dict(row) for row in snapshot.execute(query).mappings()]
        for column in query.selected_columns:
            if isinstance(column.type, sa.JSON):
                for row in made:
                    row[column.name] = msgspec.json.decode(row[column.name] or "null")
        return made

    @telling
    def change(self, table: sa.Table, values: Mapping[str, Any], holding: Mapping[str, Any]) -> None:
        """Set columns of the rows whose columns hold the values of `holding`."""
        new = {quoted(name): literal(value) for name, value in values.items()}
        where = _holding(holding)
        self._again(table, lambda there: there.update(new, predicate=where, **self._hooks()))

    @telling
    def forget_watermarks(self, source: str, tables: Sequence[str], schema: str = "") -> None:
        """Forget how far tables were read, so that the next read of each is a full one."""
        for table in tables:
            found = Snapshot(self.house).table(schema or source, table.partition("/")[0])
            state = state_of(found, source, table)
            if found is None or not state.version:
                continue
            blank = msgspec.structs.replace(state, watermark=None)
            record = {"sync_state": state_row(source, table, blank, {"updated_at": datetime.now(UTC)})}
            commit(self.house, found, transactions(source, table, blank), record)
            self.write(record)

    def write(self, record: Mapping[str, Any]) -> None:
        """Write the rows that a commit's record holds."""
        if load := record.get("load"):
            self.put(ledger.loads, [load], {"load_id": load["load_id"]})
        for row in (record["sync_state"], *record.get("parts", ())):
            self.put(ledger.sync_state, [row], {name: row[name] for name in ("source", "table_name")})

    def mend(self, there: DeltaTable, source: str, table: str, state: State) -> None:
        """Write what a run that died after its commit left out.

        :param there: the table that was published.
        :param state: what its log says.
        """
        known = ledger.sync_state
        mine = (known.c.source == source) & (known.c.table_name == table)
        found = self.rows(sa.select(known.c.version).where(mine))
        told = found[0]["version"] if found else 0
        if told >= state.version:
            return
        records = [record_of(entry) for entry in there.history()]
        missing = [r for r in records if r.get("sync_state", {}).get("version", 0) > told]
        bare = state_row(source, table, state, {"updated_at": state.last_sync_at or datetime.now(UTC)})
        for record in sorted(missing, key=lambda r: r["sync_state"]["version"]) or [{"sync_state": bare}]:
            self.write(record)

    def _again(self, table: sa.Table, write: Callable[[DeltaTable], object]) -> None:
        uri = self.house.table(str(table.schema), table.name)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                write(DeltaTable(uri, storage_options=self.house.options))
                return
            except CommitFailedError as error:
                if attempt == ATTEMPTS:
                    raise PublishConflict(f"other runs kept writing to {table.fullname}") from error
                time.sleep(random.uniform(0, 0.05 * attempt))  # noqa: S311 - spreads the writers

    def _hooks(self) -> dict[str, Any]:
        return {"post_commithook_properties": hooks(self.house)}


def _row(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the lake holds it: JSON as text, moments as such, amounts as a database would round them, and a number
    that sorts by time for an identity."""
    made = dict(row)
    for column in table.columns:
        value = made.get(column.name)
        if column.identity is not None:
            made[column.name] = time.time_ns() // 1000 << 12 | next(_numbers) & 0xFFF
        elif isinstance(column.type, sa.JSON) and value is not None:
            made[column.name] = msgspec.json.encode(value).decode()
        elif isinstance(column.type, sa.Numeric) and value is not None and column.type.scale is not None:
            made[column.name] = round(Decimal(str(value)), column.type.scale)
        elif isinstance(column.type, Moment) and isinstance(value, str):
            made[column.name] = datetime.fromisoformat(value)
    return made


def _holding(values: Mapping[str, Any]) -> str:
    return " AND ".join(
        f"{quoted(name)} IN ({', '.join(map(literal, value))})"
        if isinstance(value, list)
        else f"{quoted(name)} = {literal(value)}"
        for name, value in values.items()
    )
