"""What PostgreSQL and SQL Server share: SQLAlchemy Core, and one transaction for what belongs together."""

from __future__ import annotations

import abc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import sqlalchemy as sa

from landfall.rows import Row
from landfall.warehouse.sql.failures import told
from landfall.warehouse.tables import SEQ, STAGE_SCHEMA, Pair, ensure_schema, ensure_tables

MANY = 100_000
"""From so many new rows on, an empty table is filled first and its indexes are made afterwards."""


class SqlWarehouse(abc.ABC):
    """A database that holds published tables, the stage and the ledger.

    One connection is kept for the steps that follow, since logging in takes longer than most of them.

    :param url: SQLAlchemy URL with the loader's login.
    :param conn_id: id of the Airflow connection that it came of, for messages; empty where it came of none.
    """

    copies_csv = False
    """Whether `stage_csv` exists, so that the fast block path can be used."""
    batch_rows = 5_000
    """Most records decoded between two bulk loads of their rows."""
    batch_bytes = 4 * 2**20
    """Most bytes of them: one record of a few kilobytes can become dozens of wide rows."""

    def __init__(self, url: str | sa.URL, conn_id: str = "", **options: Any) -> None:
        self.engine = sa.create_engine(url, pool_size=1, pool_pre_ping=True, hide_parameters=True, **options)
        at = self.engine.url
        named = f"connection {conn_id}" if conn_id else "the warehouse"
        self.place = f"{named} (host {at.host or 'unnamed'}, database {at.database or 'unnamed'})"

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

    @abc.abstractmethod
    def prove(self, tables: Mapping[str, Collection[str]]) -> None:
        """Ask whether Landfall can work here: version, encoding, what may be written, the login's rights.

        :param tables: schema to the names of those tables that are written there if they exist.
        :raises Misconfigured: it cannot, with all that stands against it.
        """

    def ensure(self, schema: str, tables: Iterable[sa.Table]) -> None:
        """Bring `schema` and its tables up to the declarations, in one transaction, one process at a time."""
        with self.begin() as connection:
            self.lock(connection, "landfall.ensure")
            ensure_schema(connection, schema)
            ensure_schema(connection, STAGE_SCHEMA)
            ensure_tables(connection, list(tables), partial(self.briefly, connection))

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

    def staged(self, table: sa.Table) -> bool:
        """Whether this stage exists."""
        with self.begin() as connection:
            return sa.inspect(connection).has_table(table.name, schema=table.schema)

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

    def refusal(self, table: sa.Table) -> Callable[[Row], None] | None:
        """What raises `RowRejected` for a row of this stage that only this engine cannot hold; None: it holds all."""
        return None

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

    def conclude(self, source: str) -> list[str]:
        """The end of a run: make anew what does not follow its tables by itself, as views do. :returns: its names."""
        return []

    def upkeep(self, source: str, tables: Iterable[str]) -> dict[str, Any] | None:
        """What the tables need now and then. :returns: what was done, by table; None: nothing was due."""
        return None

    def stage_csv(self, connection: sa.Connection, table: sa.Table, csv: Any, columns: list[str]) -> None:
        """Bulk-load CSV bytes into the stage, where `copies_csv` says so."""
        raise NotImplementedError

    def analyze(self, connection: sa.Connection, table: sa.Table) -> None:
        """Refresh the planner's figures about a stage; engines that keep them by themselves do nothing."""


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
