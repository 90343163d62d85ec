"""The words that the pipeline speaks to a warehouse in; a database and a lake are two that understand them."""

from __future__ import annotations

import abc
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import sqlalchemy as sa

from landfall.rows import Row

if TYPE_CHECKING:
    from landfall.ledger import State
    from landfall.scope import Fuse, Reach
    from landfall.sql import View
    from landfall.warehouse.removal import Family
    from landfall.warehouse.tables import Reader

MANY = 100_000
"""From so many new rows on, an empty table is filled first and its indexes are made afterwards."""
Condition = Callable[[sa.Table], sa.ColumnElement[bool]]
"""Of the rows of a table, or of its stage, which has the same columns."""


class Figures(msgspec.Struct):
    """What a load brought for one table, and what publishing did to it, in rows.

    fetched = inserted + updated + unchanged + deduplicated + quarantined + superseded.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    fetched: int = 0
    deduplicated: int = 0
    quarantined: int = 0
    superseded: int = 0


class Books(Protocol):
    """The ledger's tables, and what else is noted row by row."""

    def put(
        self, table: sa.Table, rows: Iterable[Mapping[str, Any]], replacing: Mapping[str, Any] | None = None
    ) -> None:
        """Add rows, in place of those whose columns hold the values of `replacing`; a list holds any of its values."""
        ...

    def change(self, table: sa.Table, values: Mapping[str, Any], holding: Mapping[str, Any]) -> None:
        """Set columns of the rows whose columns hold the values of `holding`."""
        ...

    def remove(
        self, table: sa.Table, holding: Mapping[str, Any], before: tuple[str, datetime] | None = None
    ) -> None:
        """Delete the rows whose columns hold these values.

        :param before: and whose moment in a column is earlier than this.
        """
        ...

    def rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        """The rows of a query over such tables."""
        ...

    def forget_watermarks(self, source: str, tables: Sequence[str], schema: str = "") -> None:
        """Forget how far tables were read, so that the next read of each is a full one.

        :param schema: where they lie, if not in the source's own.
        """
        ...


class Watch(Protocol):
    """What is read of a warehouse and its ledger by whoever changes nothing; every `Warehouse` is one too."""

    @property
    def books(self) -> Any:
        """The ledger (`Books`), to be read."""
        ...

    def reading(self) -> AbstractContextManager[Reader]:
        """A view of what is published, for queries."""
        ...

    def present(self, schema: str, names: Collection[str]) -> set[str]:
        """Those of these tables and views that exist."""
        ...


class Staging(Protocol):
    """The stages of one load, open to be filled or changed.

    :ivar books: the ledger, written together with the stages where the engine can.
    """

    books: Any

    def rows(self, stage: sa.Table, rows: Iterable[Row]) -> None:
        """Stage rows whose values are in the order of the stage's columns."""
        ...

    def prepare(self, stage: sa.Table, batch: Any) -> Any:
        """Make of an Arrow batch what `block` takes; may be called from any thread.

        :raises pyarrow.ArrowInvalid: a value is not of its column's type.
        """
        ...

    def block(self, prepared: Mapping[str, Any]) -> bool:
        """Stage what was prepared of a block, by table. :returns: False where it was refused, whole."""
        ...

    def read(self) -> Reader:
        """What is staged so far can be asked here."""
        ...

    def published(self) -> Reader:
        """What is published can be asked here, again and again."""
        ...

    def fill(self, stage: sa.Table, query: Callable[[sa.Table | None], str]) -> None:
        """Stage what a query makes, in the engine.

        :param query: its text; given a table, that of the statement that puts its rows there.
        """
        ...

    def unstage(self, gone: Condition) -> dict[str, int]:
        """Take records out of the stages.

        :param gone: the condition for the rows of each stage; all of them have the record's number.
        :returns: rows dropped, by table.
        """
        ...

    def finish(self, *, newest: bool = True, deleted: bool = False) -> dict[str, int]:
        """All is staged.

        :param newest: keep of each key the record that came last.
        :param deleted: and none of a key that was reported as deleted.
        :returns: rows dropped, by table.
        :raises Misconfigured: keys that differ are the same to this engine.
        """
        ...


class Publication(Protocol):
    """One resource's tables, about to be published. Without `commit` nothing is changed.

    :ivar state: what is published now.
    :ivar rows: after `bring`: rows of the parent table as it will be.
    :ivar books: the ledger, written together with the tables where the engine can.
    """

    state: State
    rows: int
    books: Any

    def bring(self, reach: Reach, fuse: Fuse, now: datetime) -> dict[str, Figures]:
        """Bring the tables to what the stages hold.

        :param reach: what the load accounts for.
        :param now: of rows that are marked as deleted.
        :returns: figures per table, the parent first.
        :raises FuseBlown: more rows would be removed than consented to.
        """
        ...

    def read(self) -> Reader:
        """What is staged and published can be asked here."""
        ...

    def state_of(self, name: str) -> State:
        """What is published of a part of the parent table, by the part's name in the ledger."""
        ...

    def count(self, holds: Condition) -> int:
        """After `bring`: rows of the parent table, as it will be, for which this holds."""
        ...

    def commit(
        self, state: Mapping[str, Any], load: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]] = {}
    ) -> None:
        """Publish what `bring` brought, with what is known of the table from then on.

        :param state: columns of `sync_state` to set.
        :param load: the load's row of `loads`.
        :param parts: the columns to set of the table's parts, by their names in the ledger.
        :raises PublishConflict: another run published this resource meanwhile.
        """
        ...


class Warehouse(abc.ABC):
    """What holds published tables, the stage and the ledger.

    :ivar place: what it is called in messages.
    :ivar own_sql: the folder of a source's SQL files that are for this engine alone; "" where it takes none.
    """

    place: str
    own_sql = ""
    takes_blocks = False
    """Whether stages take Arrow batches, so that the fast path can be used."""
    batch_rows = 5_000
    """Most records decoded between two bulk loads of their rows."""
    batch_bytes = 4 * 2**20
    """Most bytes of them: one record of a few kilobytes can become dozens of wide rows."""

    @abc.abstractmethod
    def prove(self, tables: Mapping[str, Collection[str]]) -> None:
        """Ask whether Landfall can work here.

        :param tables: schema to the names of those tables that are written there if they exist.
        :raises Misconfigured: it cannot, with all that stands against it.
        """

    @abc.abstractmethod
    def ensure(self, tables: Iterable[sa.Table], schemas: Iterable[str] = ()) -> None:
        """Bring tables up to their declarations.

        :param schemas: that are to be there even without a table.
        :raises Misconfigured: a table contradicts its declaration.
        """

    @abc.abstractmethod
    def define(self, views: Sequence[str], native: Sequence[str]) -> None:
        """Bring views up to their scripts; what is defined as its script says stays.

        :param views: scripts in PostgreSQL's words.
        :param native: scripts in this engine's own.
        """

    @abc.abstractmethod
    def drop(
        self, source: str, tables: Sequence[sa.Table], views: Mapping[str, Collection[str]]
    ) -> list[str]:
        """Drop a source's views and tables, and what the ledger knows of how far they were loaded.

        :param views: their names by schema.

        :returns: the names of what was dropped.
        :raises Misconfigured: something of somebody's own depends on them; nothing was dropped.
        """

    @abc.abstractmethod
    def present(self, schema: str, names: Collection[str]) -> set[str]:
        """Those of these tables and views that exist."""

    @abc.abstractmethod
    def reading(self) -> AbstractContextManager[Reader]:
        """A view of what is published and staged, for queries."""

    @abc.abstractmethod
    def watching(self, seconds: float = 5) -> AbstractContextManager[Watch]:
        """A view of what is published, and of the ledger, by one connection that cannot write and is closed afterwards.

        :param seconds: how long a statement may take.
        """

    @property
    @abc.abstractmethod
    def books(self) -> Any:
        """The ledger (`Books`); each call stands alone."""

    @abc.abstractmethod
    def keeping(self, lock: str = "") -> AbstractContextManager[Any]:
        """The same (`Books`), its calls together where the engine can.

        :param lock: what nobody else holds meanwhile, where the engine has locks.
        """

    @abc.abstractmethod
    def state(self, source: str, table: str, schema: str = "") -> State:
        """What is published of a table, or of a part of one; a blank state where nothing is.

        :param schema: where the table lies, if not in the source's own.
        """

    @abc.abstractmethod
    def states(self, source: str, tables: Iterable[sa.Table]) -> dict[str, State]:
        """The same of those of a source's tables that were ever published, by name.

        :param tables: all that are published by themselves: none that are another's child tables.
        """

    @abc.abstractmethod
    def note_unchanged(
        self, source: str, table: str, before: State, values: Mapping[str, Any], schema: str = ""
    ) -> None:
        """Keep the watermark of a read that found nothing new, unless another run has published since.

        :param values: columns of `sync_state` to set.
        :param schema: as in `state`.
        """

    @abc.abstractmethod
    def stage(
        self, family: Family, *others: sa.Table, large: bool = False
    ) -> AbstractContextManager[Staging]:
        """Empty stages of a load, in place of any left by an earlier attempt; call `finish` in the end.

        :param others: stages beside the family's own.
        :param large: there is much to come.
        """

    @abc.abstractmethod
    def restage(self, family: Family, *others: sa.Table) -> AbstractContextManager[Staging]:
        """The stages of a load as they are, to be changed."""

    @abc.abstractmethod
    def staged(self, family: Family) -> bool:
        """Whether the stages of a load are there, and were finished."""

    @abc.abstractmethod
    def publishing(
        self, source: str, family: Family, load_id: str, *, recount: bool = True
    ) -> AbstractContextManager[Publication]:
        """A resource about to be published, one publication at a time where the engine has locks.

        :param recount: count the table's rows even where the ledger's number and the figures tell them.
        """

    @abc.abstractmethod
    def drop_stages(self, load_ids: Iterable[str]) -> int:
        """Drop the stages of these loads. :returns: how many tables."""

    @abc.abstractmethod
    def drop_stages_before(self, load_id: str) -> int:
        """Drop the stages of loads older than a load id would be. :returns: how many tables."""

    def refusal(self, stage: sa.Table) -> Callable[[Row], None] | None:
        """What raises `RowRejected` for a row of this stage that only this engine cannot hold; None: it holds all."""
        return None

    def conclude(self, views: Iterable[View]) -> list[str]:
        """Make those views anew that are due, where views do not follow their tables by themselves.

        :returns: their names.
        """
        return []

    def upkeep(self, source: str, tables: Iterable[tuple[str, str]]) -> Mapping[str, Any] | None:
        """What a source's tables need now and then.

        :param tables: schema and name of each.
        :returns: what was done, by table; None: nothing was due.
        """
        return None

    def close(self) -> None:
        """Let go of what it holds open."""
