"""What PostgreSQL and SQL Server share: SQLAlchemy Core, and one transaction for what belongs together."""

from __future__ import annotations

import abc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import sqlalchemy as sa

from landfall.errors import Misconfigured
from landfall.ledger import State, identities, loads, sync_state
from landfall.rows import Row
from landfall.warehouse.engine import MANY, Warehouse
from landfall.warehouse.removal import Family
from landfall.warehouse.sql.books import SqlBooks
from landfall.warehouse.sql.failures import state_of, told
from landfall.warehouse.sql.publication import SqlPublication
from landfall.warehouse.sql.schema import ensure_schema, ensure_tables
from landfall.warehouse.sql.staging import SqlStaging
from landfall.warehouse.tables import SEQ, STAGE_SCHEMA, Pair

ENSURE = "landfall.ensure"
"""The lock of whoever changes definitions."""
DEPENDED_ON = "2BP01"
"""PostgreSQL's code for what cannot be dropped because something else needs it."""


class SqlWatch:
    """What is read in one transaction; see `Watch`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    @property
    def books(self) -> SqlBooks:
        return SqlBooks.within(self._connection)

    def reading(self) -> AbstractContextManager[sa.Connection]:
        return nullcontext(self._connection)

    def present(self, schema: str, names: Collection[str]) -> set[str]:
        inspector = sa.inspect(self._connection)
        return {name for name in names if inspector.has_table(name, schema=schema)}


class SqlWarehouse(Warehouse):
    """A database that holds published tables, the stage and the ledger.

    One connection is kept for the steps that follow, since logging in takes longer than most of them.

    :param url: SQLAlchemy URL with the loader's login.
    :param conn_id: id of the Airflow connection that it came of, for messages; empty where it came of none.
    """

    def __init__(self, url: str | sa.URL, conn_id: str = "") -> None:
        self.engine = self.open(sa.make_url(url), pool_size=1, pool_pre_ping=True)
        at = self.engine.url
        named = f"connection {conn_id}" if conn_id else "the warehouse"
        self.place = f"{named} (host {at.host or 'unnamed'}, database {at.database or 'unnamed'})"

    def open(self, url: sa.URL, **pooling: Any) -> sa.Engine:
        """An engine whose sessions are told what the loader relies on."""
        return sa.create_engine(url, hide_parameters=True, **pooling)

    @contextmanager
    def watching(self, seconds: float = 5) -> Iterator[SqlWatch]:
        watcher = self.open(self.engine.url, poolclass=sa.NullPool)
        with told(self.place, *self.driver_errors), self.read_only(watcher).begin() as connection:
            self.limit(connection, seconds)
            yield SqlWatch(connection)
            connection.rollback()

    def read_only(self, engine: sa.Engine) -> sa.Engine:
        """The same engine for transactions that cannot write, where the database has such."""
        return engine

    @abc.abstractmethod
    def limit(self, connection: sa.Connection, seconds: float) -> None:
        """Let no statement of this transaction wait or work for longer."""

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """One transaction: committed at the end of the block, rolled back by any exception.

        :raises WarehouseUnavailable: and its like (`landfall.warehouse.sql.failures`), for each error of the database.
        """
        with told(self.place, *self.driver_errors), self.engine.begin() as connection:
            yield connection

    @property
    def driver_errors(self) -> tuple[type[Exception], ...]:
        """What this engine's driver raises where SQLAlchemy does not stand between."""
        return (self.engine.dialect.loaded_dbapi.Error,)

    @property
    def own_sql(self) -> str:  # type: ignore[override]
        return str(self.engine.dialect.name)

    def ensure(self, tables: Iterable[sa.Table], schemas: Iterable[str] = ()) -> None:
        """Bring tables up to the declarations, a schema in a transaction, one process at a time."""
        wanted: dict[str, list[sa.Table]] = {schema: [] for schema in schemas}
        for table in tables:
            wanted.setdefault(str(table.schema), []).append(table)
        for schema, these in wanted.items():
            with self.begin() as connection:
                self.lock(connection, ENSURE)
                ensure_schema(connection, schema)
                ensure_schema(connection, STAGE_SCHEMA)
                ensure_tables(connection, these, partial(self.briefly, connection))

    def define(self, views: Sequence[str], native: Sequence[str]) -> None:
        with self.begin() as connection:
            self.lock(connection, ENSURE)
            for script in views:
                self.apply(connection, script)
            for script in native:
                self.apply_native(connection, script)

    def drop(
        self, source: str, tables: Sequence[sa.Table], views: Mapping[str, Collection[str]]
    ) -> list[str]:
        with self.begin() as connection:
            self.lock(connection, ENSURE)
            inspector = sa.inspect(connection)
            quote = connection.dialect.identifier_preparer
            found = [
                ("VIEW", schema, name)
                for schema, ours in views.items()
                for name in inspector.get_view_names(schema=schema)
                if name.lower() in {our.lower() for our in ours}  # each keeps an unquoted name its own way
            ]
            found += [
                ("TABLE", str(table.schema), table.name)
                for table in tables
                if inspector.has_table(table.name, schema=table.schema)
            ]
            for kind, schema, name in found:
                _drop(connection, f"{kind} {quote.quote_schema(schema)}.{quote.quote(name)}")
            books = SqlBooks.within(connection)
            for table in (sync_state, loads, identities):
                books.remove(table, {"source": source})
        return [name for _, _, name in found]

    def present(self, schema: str, names: Collection[str]) -> set[str]:
        with self.begin() as connection:
            return SqlWatch(connection).present(schema, names)

    def reading(self) -> AbstractContextManager[sa.Connection]:
        return self.begin()

    @property
    def books(self) -> SqlBooks:
        return SqlBooks(self.begin)

    @contextmanager
    def keeping(self, lock: str = "") -> Iterator[SqlBooks]:
        with self.begin() as connection:
            if lock:
                self.lock(connection, lock)
            yield SqlBooks.within(connection)

    def state(self, source: str, table: str, schema: str = "") -> State:
        return self.books.state(source, table)

    def states(self, source: str, tables: Iterable[sa.Table]) -> dict[str, State]:
        return self.books.states(source)

    def note_unchanged(
        self, source: str, table: str, before: State, values: Mapping[str, Any], schema: str = ""
    ) -> None:
        with self.keeping(f"{source}.{table}") as books:
            state = books.state(source, table)
            if state.version == before.version:
                books.advance(source, table, state, values)

    @contextmanager
    def stage(self, family: Family, *others: sa.Table, large: bool = False) -> Iterator[SqlStaging]:
        self.create_stage([*family.all_stages, *others])
        with self.begin() as connection:
            if large:
                self.prepare_adoption(connection, family.pairs)
            yield SqlStaging(self, connection, family)

    @contextmanager
    def restage(self, family: Family, *others: sa.Table) -> Iterator[SqlStaging]:
        with self.begin() as connection:
            yield SqlStaging(self, connection, family)

    def staged(self, family: Family) -> bool:
        return bool(self.present(STAGE_SCHEMA, [family.stage.name]))

    @contextmanager
    def publishing(
        self, source: str, family: Family, load_id: str, *, recount: bool = True
    ) -> Iterator[SqlPublication]:
        with self.begin() as connection:
            self.lock(connection, f"{source}.{family.spec.name}")
            publication = SqlPublication(self, connection, source, family, recount=recount)
            yield publication
            if not publication.committed:
                connection.rollback()

    def close(self) -> None:
        self.engine.dispose()

    def create_stage(self, tables: Iterable[sa.Table]) -> None:
        """Make empty stages, in place of any left by an earlier attempt of the same load."""
        with self.begin() as connection:
            for table in tables:
                table.drop(connection, checkfirst=True)
                table.create(connection)

    def drop_stages(self, load_ids: Iterable[str]) -> int:
        """Drop the stages of these loads. :returns: how many tables."""
        prefixes = tuple(f"{load_id}_".upper() for load_id in load_ids)
        return self._drop(lambda name: name.startswith(prefixes)) if prefixes else 0

    def drop_stages_before(self, load_id: str) -> int:
        """Drop the stages of loads older than a load id would be. :returns: how many tables."""
        return self._drop(lambda name: name < load_id.upper())

    def _drop(self, chosen: Callable[[str], bool]) -> int:
        with self.begin() as connection:
            inspector = sa.inspect(connection)
            if not inspector.has_schema(STAGE_SCHEMA):
                return 0
            # Load ids hold a capital T, and not every server gives names back as they were written.
            names = [n for n in inspector.get_table_names(schema=STAGE_SCHEMA) if chosen(n.upper())]
            for name in names:
                sa.Table(name, sa.MetaData(), schema=STAGE_SCHEMA).drop(connection, checkfirst=True)
        return len(names)

    @abc.abstractmethod
    def lock(self, connection: sa.Connection, name: str) -> None:
        """Take the lock called `name` until the transaction ends. :raises WarehouseBusy: waited too long."""

    @abc.abstractmethod
    def briefly(self, connection: sa.Connection, table: sa.Table) -> AbstractContextManager[None]:
        """A block that changes the definition of `table`, and waits for whoever is at it for seconds only.

        :raises WarehouseBusy: somebody was at it for longer.
        """

    @abc.abstractmethod
    def stage_rows(self, connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
        """Bulk-load rows, in the stage's column order, into the stage."""

    def indistinct(self, connection: sa.Connection, table: sa.Table, key: Sequence[str]) -> int:
        """How many keys in a stage differ, but not to this database, whose collation takes them for equal."""
        return 0

    def prepare_adoption(self, connection: sa.Connection, pairs: Sequence[Pair]) -> None:
        """Before a large load fills its stages: make them so that they can be adopted, if their tables are new."""

    def adopt(self, connection: sa.Connection, pairs: Sequence[Pair]) -> bool:
        """Let stages that were prepared for it become their tables, where nothing stands against it.

        :returns: whether that was done; if not, nothing was.
        """
        return False

    @abc.abstractmethod
    def merge(
        self,
        connection: sa.Connection,
        target: sa.Table,
        stage: sa.Table,
        key: Sequence[str],
        revive: str | None,
        staged: int,
    ) -> tuple[int, int]:
        """Update the rows of `target` that differ from their row in `stage`, insert those it lacks, touch no other.

        Columns that are notes of ours (`NOTE` in their `info`) are not compared; see `landfall.records.column`.

        :param key: the key's columns.
        :param revive: a column that a staged row sets to NULL (soft deletes), if any.
        :param staged: rows in `stage`.
        :returns: rows inserted, rows updated.
        """

    @abc.abstractmethod
    def apply(self, connection: sa.Connection, script: str) -> None:
        """Run a script written for PostgreSQL that defines views; what is defined as the script says stays."""

    def apply_native(self, connection: sa.Connection, script: str) -> None:
        """Run a script in this engine's own words that may be run again and again."""
        self.apply(connection, script)

    def prepare_block(self, stage: sa.Table, batch: Any) -> Any:
        """As `Staging.prepare`, where `takes_blocks` says so."""
        raise NotImplementedError

    def stage_block(self, connection: sa.Connection, prepared: Sequence[tuple[sa.Table, Any]]) -> bool:
        """As `Staging.block`, stage by stage, where `takes_blocks` says so."""
        raise NotImplementedError

    def analyze(self, connection: sa.Connection, table: sa.Table) -> None:
        """Refresh the planner's figures about a stage; engines that keep them by themselves do nothing."""


def _drop(connection: sa.Connection, what: str) -> None:
    try:
        connection.exec_driver_sql(f"DROP {what}")
    except sa.exc.DBAPIError as error:
        if state_of(error) != DEPENDED_ON:
            raise
        told = str(error.orig.diag.message_detail).replace("\n", ", ")  # type: ignore[union-attr]
        raise Misconfigured(
            f"nothing was dropped, since something of your own depends on it: {told}",
            todo="Keep its definition, drop it, run this again, and make it anew.",
        ) from None


def fill(
    connection: sa.Connection,
    target: sa.Table,
    stage: sa.Table,
    staged: int,
    alone: Callable[[], bool] = lambda: True,
) -> int:
    """Put the staged rows into an empty table; after many rows its indexes are made anew, sorted once.

    Until the transaction ends, readers of the empty table then wait.

    :param staged: rows in `stage`.
    :param alone: whether nobody is at the table, who would have to be waited for.
    :returns: rows inserted.
    """
    names = [c.name for c in stage.columns if c.name != SEQ]
    every = sa.insert(target).from_select(names, sa.select(*(stage.c[n] for n in names)))
    with _indexed_later(connection, target) if staged >= MANY and alone() else nullcontext():
        return connection.execute(every.execution_options(preserve_rowcount=True)).rowcount


@contextmanager
def _indexed_later(connection: sa.Connection, target: sa.Table) -> Iterator[None]:
    indexes = sorted(target.indexes, key=lambda index: str(index.name))
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)
