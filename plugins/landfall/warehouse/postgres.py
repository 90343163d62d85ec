"""PostgreSQL: COPY into the stage, advisory locks, and nothing else that SQLAlchemy does not already say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from psycopg import sql
from psycopg.types.json import set_json_dumps

from landfall.errors import PublishConflict
from landfall.stage.values import Row
from landfall.warehouse import adoption
from landfall.warehouse.engine import Warehouse, fill
from landfall.warehouse.tables import NOTE, SEQ, Pair, verbatim

LOCK_TIMEOUT = "5min"
COPY_BUFFER = 2**18
WORK_MEM = "64MB"
"""For joining and grouping; the server's default of 4 MB would have a large load write to disk."""

_MOMENT = "TIMESTAMP WITH TIME ZONE"
_SETTINGS = sa.text(
    "SELECT set_config('lock_timeout', :lock_timeout, true), set_config('work_mem', :work_mem, true), "
    # The default is for spinning disks; with it a small load reads whole tables instead of their indexes.
    "set_config('random_page_cost', '1.1', true)"
)


class PostgresWarehouse(Warehouse):
    """A warehouse on PostgreSQL 15 or later."""

    copies_csv = True

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """One transaction, with room in memory for the joins of a load; it waits for no lock beyond `LOCK_TIMEOUT`."""
        with super().begin() as connection:
            connection.execute(_SETTINGS, {"lock_timeout": LOCK_TIMEOUT, "work_mem": WORK_MEM})
            yield connection

    def lock(self, connection: sa.Connection, name: str) -> None:
        """Wait until no other transaction publishes `name`; held until this one ends.

        :raises PublishConflict: another transaction held it for longer than five minutes.
        """
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        try:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
        except sa.exc.OperationalError as error:
            raise PublishConflict(f"another run has been publishing {name} for {LOCK_TIMEOUT}") from error

    def stage_rows(self, connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
        """Copy `rows` (in the stage's column order) into the stage `table`."""
        kinds = [column.type.compile(connection.dialect).partition("(")[0] for column in table.columns]
        form = copy_form(kinds)
        with self._copy(connection, table, form) as copy:
            if form == "BINARY":
                copy.set_types([kind.lower() for kind in kinds])
            for row in rows:
                copy.write_row(row)

    def stage_csv(self, connection: sa.Connection, table: sa.Table, csv: Any, columns: list[str]) -> None:
        """Copy CSV bytes into the stage `table`; an unquoted empty field is NULL, a quoted one is ''."""
        with self._copy(connection, table, "CSV", columns) as copy:
            view = memoryview(csv)
            for start in range(0, len(view), COPY_BUFFER):
                copy.write(view[start : start + COPY_BUFFER])

    def prepare_adoption(self, connection: sa.Connection, pairs: Sequence[Pair]) -> None:
        adoption.prepare(connection, pairs)

    def adopt(self, connection: sa.Connection, pairs: Sequence[Pair]) -> bool:
        return adoption.adopt(connection, pairs)

    def merge(
        self,
        connection: sa.Connection,
        target: sa.Table,
        stage: sa.Table,
        key: Sequence[str],
        revive: str | None,
        staged: int,
    ) -> tuple[int, int]:
        """One MERGE: half the joins of an update and an insert, and unlike ON CONFLICT no lock on equal rows.

        A first load has nothing to join.
        """
        quote = connection.dialect.identifier_preparer
        names = [c.name for c in stage.columns if c.name != SEQ]
        if not connection.execute(sa.select(sa.exists(sa.select(target)))).scalar_one():
            return fill(connection, target, stage, staged), 0
        notes = {n: target.c[n].info.get(NOTE) for n in names if n not in key}
        compared = [n for n, note in notes.items() if not note]
        ours, theirs = (", ".join(f"{a}.{quote.quote(n)}" for n in compared) for a in "ts")
        same = " AND ".join(f"t.{quote.quote(k)} = s.{quote.quote(k)}" for k in key)
        changes = [
            f"{quote.quote(n)} = {f't.{quote.quote(n)} + ' if note == 'count' else ''}s.{quote.quote(n)}"
            for n, note in notes.items()
            if note != "first"
        ]
        differs = f"ROW({ours}) IS DISTINCT FROM ROW({theirs})"
        if revive:
            changes.append(f"{quote.quote(revive)} = NULL")
            differs = f"({differs} OR t.{quote.quote(revive)} IS NOT NULL)"
        lacking = sa.select(sa.func.count()).select_from(stage)
        lacking = lacking.where(~sa.exists().where(*(stage.c[k] == target.c[k] for k in key)))
        inserted = connection.execute(lacking).scalar_one()
        into, using = quote.format_table(target), quote.format_table(stage)
        statement = (
            f"MERGE INTO {into} AS t USING {using} AS s ON {same} "  # noqa: S608 - every identifier is quoted
            f"WHEN MATCHED AND {differs} THEN UPDATE SET {', '.join(changes)} "
            f"WHEN NOT MATCHED THEN INSERT ({', '.join(map(quote.quote, names))}) "
            f"VALUES ({', '.join(f's.{quote.quote(n)}' for n in names)})"
        )
        merged = connection.exec_driver_sql(statement, execution_options={"preserve_rowcount": True})
        return inserted, merged.rowcount - inserted

    def apply(self, connection: sa.Connection, script: str) -> None:
        """Run a script as it is."""
        connection.execute(verbatim(script))

    def analyze(self, connection: sa.Connection, table: sa.Table) -> None:
        """Tell the planner what the stage holds, or it would join it by nested loops; a small sample is enough."""
        preparer = connection.dialect.identifier_preparer
        connection.execute(sa.text("SET LOCAL default_statistics_target = 10"))
        connection.execute(sa.text(f"ANALYZE {preparer.format_table(table)}"))

    @staticmethod
    def _copy(connection: sa.Connection, table: sa.Table, form: str, columns: list[str] | None = None) -> Any:
        cursor: Any = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
        set_json_dumps(str, cursor)  # rows hold JSON as text
        statement = sql.SQL("COPY {table} ({columns}) FROM STDIN (FORMAT {form})").format(
            table=sql.Identifier(str(table.schema), table.name),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns or table.columns.keys())),
            form=sql.SQL(form),
        )
        return cursor.copy(statement)


def copy_form(kinds: Sequence[str]) -> str:
    """The form in which rows of these column types are copied faster.

    psycopg writes a moment as text in 3 µs and in binary in 0.1, an amount in 0.3 and 1.1.
    """
    return "BINARY" if 3 * kinds.count(_MOMENT) + kinds.count("DATE") > kinds.count("NUMERIC") else "TEXT"
