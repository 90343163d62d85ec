"""PostgreSQL: COPY into the stage, advisory locks, and nothing else that SQLAlchemy does not already say."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import sqlalchemy as sa
from psycopg import DataError, sql
from psycopg.types.json import set_json_dumps

from landfall.errors import WarehouseBusy
from landfall.rows import Row
from landfall.warehouse.sql import adoption, definitions, environment, failures, session
from landfall.warehouse.sql.engine import SqlWarehouse, fill
from landfall.warehouse.tables import NOTE, SEQ, Pair

COPY_BUFFER = 2**18
CSV_ROWS = 65_536
WATCH_SECONDS = 3
"""How long whoever only looks waits for a connection."""
_MOMENT = "TIMESTAMP WITH TIME ZONE"
_LIMIT = sa.text(
    "SELECT set_config('statement_timeout', :limit, true), set_config('lock_timeout', :limit, true)"
)


class PostgresWarehouse(SqlWarehouse):
    """A warehouse on PostgreSQL 15 or later."""

    takes_blocks = True

    def open(self, url: sa.URL, **pooling: Any) -> sa.Engine:
        # A pooler gives each transaction another session, which knows of no statement that one before it prepared.
        known: dict[str, Any] = {
            "client_encoding": "utf8",
            "fallback_application_name": "landfall",
            "prepare_threshold": None,
        }
        if "poolclass" in pooling and "connect_timeout" not in url.query:
            known["connect_timeout"] = WATCH_SECONDS  # whoever looks does not wait for minutes
        engine = super().open(url, isolation_level="READ COMMITTED", connect_args=known, **pooling)
        sa.event.listen(engine, "connect", session.read_and_write)
        sa.event.listen(engine, "begin", session.pinning(url))
        return engine

    def read_only(self, engine: sa.Engine) -> sa.Engine:
        return engine.execution_options(postgresql_readonly=True)

    def limit(self, connection: sa.Connection, seconds: float) -> None:
        connection.execute(_LIMIT, {"limit": f"{int(seconds * 1000)}ms"})

    def prove(self, tables: Mapping[str, Collection[str]]) -> None:
        with self.begin() as connection:
            faults = list(environment.of_postgres(connection, tables, session.asked_for(self.engine.url)))
        environment.refuse(self.place, faults)

    def lock(self, connection: sa.Connection, name: str) -> None:
        """Wait until no other transaction publishes `name`; held until this one ends.

        :raises WarehouseBusy: another transaction held it for longer than five minutes.
        """
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        try:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
        except sa.exc.OperationalError as error:
            if failures.state_of(error) != definitions.LOCKED:
                raise
            raise WarehouseBusy(f"another run has been at {name} for {session.LOCK_TIMEOUT}") from None

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

    def prepare_block(self, stage: sa.Table, batch: Any) -> Any:
        """The batch as CSV, with the names of its columns: text is quoted and NULL is not, as COPY tells them apart."""
        import pyarrow as pa
        import pyarrow.csv

        out = pa.BufferOutputStream()
        form = pyarrow.csv.WriteOptions(include_header=False, batch_size=CSV_ROWS)
        pyarrow.csv.write_csv(batch, out, form)
        return list(batch.schema.names), out.getvalue()

    def stage_block(self, connection: sa.Connection, prepared: Sequence[tuple[sa.Table, Any]]) -> bool:
        try:
            with connection.begin_nested():
                for stage, (columns, csv) in prepared:
                    self.stage_csv(connection, stage, csv, columns)
        except DataError:
            return False
        return True

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
            alone = partial(adoption.locked, connection, [target])
            return fill(connection, target, stage, staged, alone), 0
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
        """Run a script, but for what is as it says already."""
        definitions.define(connection, script)

    def briefly(self, connection: sa.Connection, table: sa.Table) -> AbstractContextManager[None]:
        return definitions.briefly(connection, connection.dialect.identifier_preparer.format_table(table))

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
