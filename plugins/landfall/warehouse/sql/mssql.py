"""SQL Server 2019 or later: bulk copy into the stage, application locks, set-based publishing.

Statements are those that SQL Server, Fabric and servers that speak its dialect share. Texts are compared as they are
written: the collation of a table would take `a` and `A`, or `a` and `a ` for the same and miss the change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql

from landfall.errors import RowRejected, TransactionLost, WarehouseBusy
from landfall.rows import Row, fits
from landfall.warehouse.sql import environment, failures, session, tsql
from landfall.warehouse.sql.engine import SqlWarehouse, fill
from landfall.warehouse.tables import NOTE, SEQ, Moment, count_rows

LOCK_TIMEOUT_MS = 300_000
COPY_SECONDS = 600
CHUNK = 10_000
"""Rows that a bulk copy sends at a time: 5,000 took a seventh longer, and more are no faster."""
EXACT = "Latin1_General_BIN2"
"""The collation under which texts are equal that are written the same, but for blanks at the end."""

_LOCK = (
    "DECLARE @granted INT; "
    "EXEC @granted = sp_getapplock @Resource = ?, @LockMode = 'Exclusive', @LockOwner = 'Transaction', "
    "@LockTimeout = ?; SELECT @granted"
)
_HELD = sa.text("SELECT APPLOCK_MODE('public', :name, 'Transaction')")
LOCKS = "landfall_locks"
"""Key of a connection's `info`: names of the locks that its transaction has taken."""
_DEFINITION = sa.text("SELECT definition FROM sys.sql_modules WHERE object_id = OBJECT_ID(:name)")


class MssqlWarehouse(SqlWarehouse):
    """A warehouse on SQL Server 2019 or later, by way of mssql-python."""

    # Each bulk copy logs in anew and asks for the table's columns.
    batch_rows = 50_000
    batch_bytes = 16 * 2**20

    def open(self, url: sa.URL, **pooling: Any) -> sa.Engine:
        engine = super().open(url, **pooling)
        sa.event.listen(engine, "connect", session.begin_t_sql)
        sa.event.listen(engine, "before_cursor_execute", _spell_out_nulls, retval=True)
        sa.event.listen(engine, "do_executemany", _one_by_one)
        return engine

    def limit(self, connection: sa.Connection, seconds: float) -> None:
        connection.exec_driver_sql(f"SET LOCK_TIMEOUT {int(seconds * 1000)}")

    @property
    def driver_errors(self) -> tuple[type[Exception], ...]:
        from mssql_python.exceptions import ConnectionStringParseError  # which is none of the driver's others

        return (*super().driver_errors, ConnectionStringParseError)

    def prove(self, tables: Mapping[str, Collection[str]]) -> None:
        with self.begin() as connection:
            faults = list(environment.of_mssql(connection, tables))
        environment.refuse(self.place, faults)

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """One transaction, which is committed only if it still holds the locks that were taken in it.

        A server that rolls back by itself, after an error that a driver passes over, drops them; what was written
        before would be missing from what is committed.
        """
        with super().begin() as connection:
            locks: list[str] = []
            connection.info[LOCKS] = locks
            yield connection
            for name in locks if connection.in_transaction() else ():
                held = connection.execute(_HELD, {"name": name}).scalar_one()
                if held != "Exclusive":
                    connection.invalidate()  # which leaves what is written on it to the server to roll back
                    raise TransactionLost(f"the warehouse ended the transaction of {name} before its commit")

    def lock(self, connection: sa.Connection, name: str) -> None:
        """Wait until no other transaction publishes `name`; held until this one ends.

        :raises WarehouseBusy: another transaction held it for longer than five minutes.
        """
        cursor: Any = connection.connection.cursor()
        cursor.execute(_LOCK, (name, LOCK_TIMEOUT_MS))
        while cursor.description is None and cursor.nextset():
            pass  # what the server has to say about a lock that it did not grant
        granted = cursor.fetchone()[0]
        cursor.close()
        if granted < 0:
            raise WarehouseBusy(f"another run has been at {name} for {LOCK_TIMEOUT_MS // 60_000}min")
        connection.info.setdefault(LOCKS, []).append(name)

    def stage_rows(self, connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
        """Bulk-copy `rows` (in the stage's column order) into the stage `table`.

        The driver opens a connection of its own for it, so the rows do not wait for this transaction to end; a stage
        is seen by its own load only, and is made anew when that begins again.
        """
        batch = list(_converted(table, rows))
        if not batch:
            return
        quote = connection.dialect.identifier_preparer
        cursor: Any = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
        try:
            copied = cursor.bulkcopy(
                quote.format_table(table),
                batch,
                batch_size=CHUNK,
                timeout=COPY_SECONDS,
                table_lock=True,
                keep_nulls=True,
            )
        except (
            Exception
        ) as error:  # the driver's bulk copy has errors of many kinds, and tells values in them
            failures.raise_clean(failures.failure(self.place, error))
        finally:
            cursor.close()
        if copied["rows_copied"] != len(batch):
            raise AssertionError(f"{table.name}: {copied['rows_copied']} of {len(batch)} rows were copied")

    def refusal(self, table: sa.Table) -> Callable[[Row], None] | None:
        """SQL Server counts a text's length in UTF-16 units, of which a character may take two, and rounds amounts."""
        kinds = [column.type.dialect_impl(self.engine.dialect) for column in table.columns]
        names = [column.name for column in table.columns]
        texts = [(i, k.length) for i, k in enumerate(kinds) if isinstance(k, sa.String) and k.length]
        amounts = [
            (i, int(k.precision or 0), int(k.scale or 0))
            for i, k in enumerate(kinds)
            if isinstance(k, sa.Numeric)
        ]

        def refuse(row: Row) -> None:
            for index, length in texts:
                text = row[index]
                if text and 2 * len(text) > length and _utf16_units(text) > length:
                    raise RowRejected(f"is longer than {length} UTF-16 units", path=f"column {names[index]}")
            for index, digits, decimals in amounts:
                amount = row[index]
                if amount is not None and not fits(amount, digits, decimals):
                    reason = f"does not fit DECIMAL({digits}, {decimals}) without rounding"
                    raise RowRejected(reason, path=f"column {names[index]}")

        return refuse if texts or amounts else None

    def indistinct(self, connection: sa.Connection, table: sa.Table, key: Sequence[str]) -> int:
        texts = [table.c[k] for k in key if isinstance(table.c[k].type, sa.String)]
        if not texts:
            return 0
        written = [sa.collate(column, EXACT) for column in texts] + [
            sa.func.datalength(column) for column in texts
        ]
        exact = [sa.func.count(sa.distinct(each)) > 1 for each in written]
        one = sa.select(sa.literal(1).label("one")).select_from(table)
        alike = one.group_by(*(table.c[k] for k in key)).having(sa.or_(*exact))
        return count_rows(connection, alike.subquery())

    def merge(
        self,
        connection: sa.Connection,
        target: sa.Table,
        stage: sa.Table,
        key: Sequence[str],
        revive: str | None,
        staged: int,
    ) -> tuple[int, int]:
        """An update and an insert: MERGE is no faster here, and not safer. A first load has nothing to join."""
        if not connection.execute(sa.select(sa.literal(1)).select_from(target).limit(1)).first():
            return fill(connection, target, stage, staged), 0
        update, insert = merge_statements(connection.dialect, target, stage, key, revive)
        updated = connection.exec_driver_sql(update).rowcount
        return connection.exec_driver_sql(insert).rowcount, updated

    @contextmanager
    def briefly(self, connection: sa.Connection, table: sa.Table) -> Iterator[None]:
        connection.exec_driver_sql(f"SET LOCK_TIMEOUT {session.DDL_SECONDS * 1000}")
        try:
            yield
        except sa.exc.DBAPIError:
            connection.invalidate()  # the setting is the session's, and its transaction has ended
            raise
        connection.exec_driver_sql("SET LOCK_TIMEOUT -1")

    def apply(self, connection: sa.Connection, script: str) -> None:
        """Run a script written for PostgreSQL in T-SQL."""
        for statement in tsql.translate(script):
            _define(connection, statement)

    def apply_native(self, connection: sa.Connection, script: str) -> None:
        """Run a T-SQL script, batch by batch."""
        for batch in tsql.batches(script):
            _define(connection, batch)


def _define(connection: sa.Connection, batch: str) -> None:
    """Run a batch; a view or procedure that is defined as the batch says is left alone, with the rights given on it."""
    if made := tsql.creates(batch):
        kind, name = made
        stored = connection.execute(_DEFINITION, {"name": name}).scalar()
        if stored and stored.strip() == batch:
            return
        connection.exec_driver_sql(f"DROP {kind} IF EXISTS {name}")  # name and kind are of our own files
    connection.exec_driver_sql(batch)


def merge_statements(
    dialect: sa.Dialect, target: sa.Table, stage: sa.Table, key: Sequence[str], revive: str | None
) -> tuple[str, str]:
    """The statements that update the rows that differ and insert those that are new."""
    quote = dialect.identifier_preparer
    into, using = quote.format_table(target), quote.format_table(stage)
    names = [c.name for c in stage.columns if c.name != SEQ]
    notes = {n: target.c[n].info.get(NOTE) for n in names if n not in key}
    same = " AND ".join(f"t.{quote.quote(k)} = s.{quote.quote(k)}" for k in key)

    def exact(side: str, name: str) -> str:
        column = f"{side}.{quote.quote(name)}"
        return (
            f"{column} COLLATE {EXACT}, DATALENGTH({column})" if _is_text(target.c[name], dialect) else column
        )

    changes = [
        f"{quote.quote(n)} = {f't.{quote.quote(n)} + ' if note == 'count' else ''}s.{quote.quote(n)}"
        for n, note in notes.items()
        if note != "first"
    ]
    compared = [n for n, note in notes.items() if not note]
    ours, theirs = (", ".join(exact(side, n) for n in compared) for side in "ts")
    differs = f"EXISTS (SELECT {ours} EXCEPT SELECT {theirs})"
    if revive:
        changes.append(f"{quote.quote(revive)} = NULL")
        differs = f"({differs} OR t.{quote.quote(revive)} IS NOT NULL)"
    columns = ", ".join(map(quote.quote, names))
    staged = ", ".join(f"s.{quote.quote(n)}" for n in names)
    return (
        f"UPDATE t SET {', '.join(changes)} FROM {into} AS t JOIN {using} AS s ON {same} WHERE {differs}",  # noqa: S608 - every identifier is quoted
        f"INSERT INTO {into} ({columns}) SELECT {staged} FROM {using} AS s "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT 1 FROM {into} AS t WITH (UPDLOCK, HOLDLOCK) WHERE {same})",
    )


def _converted(table: sa.Table, rows: Iterable[Row]) -> Iterator[Row]:
    """Rows as the bulk protocol takes them.

    It drops a moment's zone, which has to be UTC then. It refuses an amount with more decimals than its column, also
    where they are zeros, and takes twice as long for one that is not a text.
    """
    kinds = [column.type.dialect_impl(mssql.dialect()) for column in table.columns]
    moments = [i for i, column in enumerate(table.columns) if isinstance(column.type, Moment)]
    amounts = [(i, f".{kind.scale}f") for i, kind in enumerate(kinds) if isinstance(kind, sa.Numeric)]
    for row in rows:
        values = list(row)
        for index, form in amounts:
            amount = values[index]
            if amount is not None:
                values[index] = format(amount, form)
        for index in moments:
            moment = values[index]
            if moment is not None and moment.tzinfo is not UTC:
                values[index] = moment.astimezone(UTC)
        yield tuple(values)


def _utf16_units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _is_text(column: sa.Column[Any], dialect: sa.Dialect) -> bool:
    return isinstance(column.type.dialect_impl(dialect), sa.String)


def _one_by_one(cursor: Any, statement: str, parameters: Sequence[Any], _context: Any) -> bool:
    """The driver's executemany judges a column by one of its values, and would send 漢 as `?` among plain texts."""
    for row in parameters:
        cursor.execute(*_without_nulls(statement, row))
    return True


def _spell_out_nulls(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, executemany: bool
) -> tuple[str, Any]:
    return (statement, parameters) if executemany else _without_nulls(statement, parameters)


def _without_nulls(statement: str, parameters: Any) -> tuple[str, Any]:
    """The statement with NULL in the place of each parameter that is None.

    The driver would ask the server of which type such a parameter is, and go on when the server cannot tell; but that
    error rolls the transaction back.
    """
    if not isinstance(parameters, dict) or None not in parameters.values():
        return statement, parameters
    for name in (name for name, value in parameters.items() if value is None):
        statement = statement.replace(f"%({name})s", "NULL")
    return statement, {name: value for name, value in parameters.items() if value is not None}
