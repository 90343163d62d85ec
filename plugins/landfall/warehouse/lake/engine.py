"""The lake as an engine: what the pipeline asks of a warehouse, in its own words."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from landfall import ledger
from landfall.ledger import State
from landfall.rows import Row
from landfall.warehouse.engine import Condition, Warehouse
from landfall.warehouse.lake import schema, staging
from landfall.warehouse.lake.books import Books
from landfall.warehouse.lake.changes import sweep
from landfall.warehouse.lake.commits import advanced, commit, settle, state_of, state_row, transactions
from landfall.warehouse.lake.endpoint import Endpoint
from landfall.warehouse.lake.failures import telling, told
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.maintenance import Kept, weekly
from landfall.warehouse.lake.proof import prove
from landfall.warehouse.lake.publish import Publication
from landfall.warehouse.lake.snapshot import Snapshot
from landfall.warehouse.lake.staging import Staging
from landfall.warehouse.lake.views import renew
from landfall.warehouse.lake.words import Name
from landfall.warehouse.removal import Family
from landfall.warehouse.tables import STAGE_SCHEMA

if TYPE_CHECKING:
    from landfall.sql import View


class Watching:
    """What is read of one snapshot; see `Watch`."""

    def __init__(self, house: Lakehouse) -> None:
        self._snapshot = Snapshot(house)
        self.books = Books(house, self._snapshot)

    def reading(self) -> Snapshot:
        return self._snapshot

    def present(self, schema: str, names: Collection[str]) -> set[str]:
        return {name for name in names if self._snapshot.table(schema, name) is not None}


class Lake(Warehouse):
    """A warehouse of Delta tables.

    :param house: where they lie.
    :param conn_id: id of the Airflow connection that it came of, for messages; empty where it came of none.
    :param endpoint: what reads them by SQL and is told at the end of a run.
    """

    def __init__(self, house: Lakehouse, conn_id: str = "", endpoint: Endpoint | None = None) -> None:
        self.house, self.endpoint = dataclasses.replace(house, conn_id=conn_id or house.conn_id), endpoint
        self.place = self.house.place

    takes_blocks = True
    snapshot: Callable[[Lakehouse], Snapshot] = Snapshot
    staging: Callable[..., Staging] = Staging
    publication: Callable[..., Publication] = Publication
    """What reads, stages and publishes here."""

    @property
    def books(self) -> Books:
        return Books(self.house)

    @contextlib.contextmanager
    def watching(self, seconds: float = 5) -> Iterator[Watching]:
        yield Watching(self.house)

    @contextlib.contextmanager
    def keeping(self, lock: str = "") -> Iterator[Books]:
        with told(self.house.place):
            yield self.books

    def prove(self, tables: Mapping[str, Collection[str]]) -> None:
        """Ask whether the store can be written to, and lets one of several writers pass."""
        prove(self.house)

    def define(self, views: Sequence[str], native: Sequence[str]) -> None:
        """A lake has no views."""

    @telling
    def drop(
        self, source: str, tables: Sequence[sa.Table], views: Mapping[str, Collection[str]]
    ) -> list[str]:
        made = [(schema, name) for schema, names in views.items() for name in names]
        made += [(str(table.schema), table.name) for table in tables]
        there = {schema: set(self.house.names(schema)) for schema, _ in made}
        dropped = [(schema, name) for schema, name in made if name in there[schema]]
        for schema_, name in dropped:
            self.house.drop(schema_, name)
        for table in (ledger.sync_state, ledger.loads, ledger.identities):
            self.books.remove(table, {"source": source})
        return [name for _, name in dropped]

    @telling
    def present(self, schema: str, names: Collection[str]) -> set[str]:
        return Watching(self.house).present(schema, names)

    @telling
    def ensure(self, tables: Iterable[sa.Table], schemas: Iterable[str] = ()) -> None:
        """Bring tables up to their declarations. :raises Misconfigured: one contradicts its declaration."""
        snapshot = Snapshot(self.house)
        for table in tables:
            found = snapshot.table(str(table.schema), table.name)
            if found is None:
                uri = self.house.table(str(table.schema), table.name)
                schema.create(uri, table, self.house.options)
            else:
                schema.evolve(found, table)

    @telling
    def state(self, source: str, table: str, schema: str = "") -> State:
        """What is published of a table, or of a part of one; what a run left out of the ledger is written first."""
        found = Snapshot(self.house).table(schema or source, table.partition("/")[0])
        state = state_of(found, source, table)
        if found is not None and state.version and "/" not in table:
            settle(self.house, found, source, table)
            self.books.mend(found, source, table, state)
        return state

    @telling
    def states(self, source: str, tables: Iterable[sa.Table]) -> dict[str, State]:
        states = {table.name: self.state(source, table.name, str(table.schema)) for table in tables}
        return {name: state for name, state in states.items() if state.version}

    @contextlib.contextmanager
    def stage(self, family: Family, *others: sa.Table, large: bool = False) -> Iterator[Staging]:
        """Empty stages of a load, to be filled; call `finish` in the end."""
        with told(self.house.place):
            yield self.staging(self.house, family, *others, books=self.books)

    @contextlib.contextmanager
    def restage(self, family: Family, *others: sa.Table) -> Iterator[Staging]:
        """The stages of a load as they are, to be changed; until the end they count as none."""
        with told(self.house.place):
            stages = self.staging(self.house, family, *others, books=self.books, empty=False)
            yield stages
            stages.close()

    @telling
    def staged(self, family: Family) -> bool:
        """Whether the stages of a load are there, and whole."""
        return staging.staged(Snapshot(self.house), family)

    @telling
    def unstage(self, family: Family, gone: Condition) -> dict[str, int]:
        """Take staged records out of a load. :returns: rows dropped, by table."""
        with self.restage(family) as stages:
            return stages.unstage(gone)

    def refusal(self, stage: sa.Table) -> Callable[[Row], None] | None:
        return staging.refusal(stage)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """A view that stands still, for checks and whatever else reads."""
        with told(self.house.place):
            yield self.snapshot(self.house)

    @contextlib.contextmanager
    def publishing(
        self, source: str, family: Family, load_id: str, *, recount: bool = True
    ) -> Iterator[Publication]:
        """A resource about to be published. Without its `commit` nothing is changed."""
        sweep()
        with told(self.house.place):
            self.state(source, family.spec.name, str(family.target.schema))
            snapshot = self.snapshot(self.house)
            publication = self.publication(self.house, self.books, source, family, load_id, snapshot)
            try:
                yield publication
            finally:
                publication.close()

    @telling
    def note_unchanged(
        self, source: str, table: str, before: State, values: Mapping[str, Any], schema: str = ""
    ) -> None:
        """Keep the watermark of a read that found nothing new, unless another run has published since.

        :param values: columns of `sync_state` to set.
        """
        found = Snapshot(self.house).table(schema or source, table)
        state = state_of(found, source, table)
        if found is not None and state.version == before.version:
            after = advanced(state, values)
            record = {"sync_state": state_row(source, table, after, values)}
            commit(self.house, found, transactions(source, table, after), record)
            self.books.write(record)

    @telling
    def conclude(self, views: Iterable[View]) -> list[str]:
        """The end of a run: these views are made anew where that is due, and the SQL endpoint is told.

        :returns: the names of the views that were due.
        """
        made = renew(self.house, views)
        if self.endpoint:
            self.endpoint.refresh()
        return made

    @telling
    def upkeep(self, source: str, tables: Iterable[Name]) -> dict[str, Kept] | None:
        """Once a week, tidy a source's tables and the ledger's. :returns: what was done; None: it was not due."""
        return weekly(self.house, source, tables)

    @telling
    def drop_stages(self, load_ids: Iterable[str]) -> int:
        """Drop the stages of these loads. :returns: how many tables."""
        prefixes = tuple(f"{load_id}_" for load_id in load_ids)
        return (
            self._drop([n for n in self.house.names(STAGE_SCHEMA) if n.startswith(prefixes)])
            if prefixes
            else 0
        )

    @telling
    def drop_stages_before(self, load_id: str) -> int:
        """Drop the stages of loads older than a load id would be. :returns: how many tables."""
        return self._drop([n for n in self.house.names(STAGE_SCHEMA) if n < load_id])

    def _drop(self, names: list[str]) -> int:
        for name in names:
            self.house.drop(STAGE_SCHEMA, name)
        return len(names)
