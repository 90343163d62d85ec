"""The same loads into a PostgreSQL and into a lake, which must come to the same rows and the same figures."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from landfall import ledger
from landfall.errors import FuseBlown
from landfall.records import Json, Record, TableSpec, column, loaded, parent, position, spec
from landfall.scope import Fuse, Reach, Scope, Window
from landfall.stage.rows import RecordDecoder
from landfall.warehouse import connect
from landfall.warehouse.engine import Figures
from landfall.warehouse.lake.engine import Lake
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.removal import Family, partly_read
from landfall.warehouse.sql.publish import deduplicate, publish_rows
from landfall.warehouse.tables import count_rows, target_table

SOURCE = "twin"
NOW = datetime(2026, 3, 2, 8, 15, 0, 123456, tzinfo=UTC)
_numbers = itertools.count(1)


class Line(Record, table="lines", key=("item_id", "position")):
    """Lines of an item."""

    item_id: int = parent()
    position: int = position()
    amount: Decimal | None = column(precision=(19, 4))
    loaded_at: datetime = loaded()


class Tag(Record, table="tags", key=("item_id", "tag")):
    """Tags of an item, each once."""

    item_id: int = parent()
    tag: str = column(at=".", length=20)


class Item(Record, table="items", key="id"):
    """A little of everything that a record can hold."""

    id: int
    name: str | None = column(doc="As it is told")
    share: Decimal | None
    amount: Decimal | None = column(precision=(19, 4))
    open: bool | None
    day: date | None
    moment: datetime | None
    more: Json | None
    first_seen: str | None = column(note="first")
    written: str | None = column(note="change")
    times: int | None = column(note="count")
    last_seen: str | None = column(note="sight")
    email: str | None = column(note="first", personal=True)
    lines: list[Line]
    tags: list[Tag]
    loaded_at: datetime = loaded()


ITEMS = spec(Item)


@dataclasses.dataclass
class Load:
    """One load of a test."""

    records: Sequence[dict[str, Any]]
    scope: Scope = Scope.NOTHING
    windows: tuple[Window, ...] = ()
    deletes: Sequence[tuple[Any, ...]] = ()
    rejects: Sequence[tuple[Any, ...]] = ()
    fuse: Fuse = dataclasses.field(default_factory=lambda: Fuse(allowed=True))
    inferred: bool = False
    odd_tags: Sequence[tuple[Any, ...]] = ()
    odd_lines: Sequence[tuple[Any, ...]] = ()

    @property
    def reach(self) -> Reach:
        return Reach(self.scope, self.windows, self.inferred)

    def family(self, table: TableSpec, load_id: str) -> Family:
        return Family(table, SOURCE, load_id, self.windows[0].column if self.windows else "")

    def _rejected(self, family: Family) -> list[tuple[Any, ...]]:
        """Rows of the rejects' stage; of each only the key could be read, or not even that."""
        days = (None,) * (len(family.rejects.columns) - 1 - len(family.spec.key))
        return [(number, *key, *days) for number, key in enumerate(self.rejects)]

    def set_aside(self, family: Family) -> dict[sa.Table, list[tuple[Any, ...]]]:
        """Rows of the stages of all that could not be read, by stage."""
        odd = {"tags": self.odd_tags, "lines": self.odd_lines}
        made = {table: [(0, *key) for key in odd[name]] for name, table in family.odd_elements.items()}
        return {family.rejects: self._rejected(family), **made}


def new_load_id() -> str:
    """A load id that this process has not given yet."""
    return f"20260302T081500_{next(_numbers):06x}"


class LakeSide:
    """Loads into a lake, step by step as the pipeline takes them."""

    def __init__(self, house: Lakehouse, table: TableSpec = ITEMS, *, ensure: bool = True) -> None:
        self.lake, self.table = Lake(house), table
        if ensure:
            self.lake.ensure(ledger.TABLES)
            self.lake.ensure(target_table(t, SOURCE) for t in table.family())

    def stage(self, load: Load, load_id: str) -> tuple[Family, dict[str, int]]:
        """Stage a load. :returns: the family, and how many records were dropped as older copies."""
        family = load.family(self.table, load_id)
        with self.lake.stage(family) as stage:
            for name, rows in decoded(self.table, load_id, load.records).items():
                stage.rows(family.stages[name], rows)
            stage.rows(family.deletes, load.deletes)
            for table, found in load.set_aside(family).items():
                stage.rows(table, found)
            return family, stage.finish()

    def publish(self, load: Load, family: Family, load_id: str, **state: Any) -> dict[str, Figures]:
        """Publish what was staged."""
        with self.lake.publishing(SOURCE, family, load_id) as publication:
            figures = publication.bring(load.reach, load.fuse, NOW)
            publication.commit(
                {"load_id": load_id, "row_count": publication.rows, "updated_at": NOW, **state},
                load_row(self.table.name, load_id, figures, publication.rows),
            )
        return figures

    def publish_or_tell(self, load: Load, load_id: str) -> dict[str, Figures]:
        """The same as a retry does it: what is published already is told from the ledger."""
        family = load.family(self.table, load_id)
        with self.lake.publishing(SOURCE, family, load_id) as publication:
            figures = publication.bring(load.reach, load.fuse, NOW)
            done = publication.state.load_id == load_id
        if done and not any(f.inserted or f.updated or f.deleted for f in figures.values()):
            known = ledger.load(self.lake.books, load_id)
            assert known is not None, "the ledger's row is missing"
            return msgspec.convert(known["figures"], dict[str, Figures])
        return self.publish(load, family, load_id)

    def load(self, load: Load, **state: Any) -> dict[str, Figures]:
        """One load from stage to publish."""
        load_id = new_load_id()
        family, self.dropped = self.stage(load, load_id)
        try:
            return self.publish(load, family, load_id, **state)
        finally:
            self.lake.drop_stages([load_id])

    def rows(self, table: str) -> list[dict[str, Any]]:
        """A table's rows, in the order of their keys."""
        target = next(target_table(t, SOURCE) for t in self.table.family() if t.name == table)
        with self.lake.reading() as reader:
            return shown(target, reader.execute(sa.select(target)), json=msgspec.json.decode)


class PostgresSide:
    """The same with the engine that is known to be right."""

    def __init__(self, url: str, table: TableSpec) -> None:
        self.warehouse, self.table = connect(url), table
        with self.warehouse.begin() as connection:
            connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SOURCE} CASCADE"))
        self.warehouse.ensure([target_table(t, SOURCE) for t in table.family()])

    def load(self, load: Load) -> dict[str, Figures]:
        """One load from stage to publish."""
        load_id = new_load_id()
        family = load.family(self.table, load_id)
        self.warehouse.create_stage(family.all_stages)
        try:
            with self.warehouse.begin() as connection:
                for name, rows in decoded(self.table, load_id, load.records).items():
                    self.warehouse.stage_rows(connection, family.stages[name], rows)
                self.warehouse.stage_rows(connection, family.deletes, load.deletes)
                for table, found in load.set_aside(family).items():
                    self.warehouse.stage_rows(connection, table, found)
                self.dropped = deduplicate(connection, family)
                return publish_rows(
                    self.warehouse,
                    connection,
                    family,
                    reach=load.reach,
                    unread=partly_read(connection, family),
                    fuse=load.fuse,
                    rows_before=count_rows(connection, family.target),
                    now=NOW,
                )
        finally:
            self.warehouse.drop_stages([load_id])

    def rows(self, table: str) -> list[dict[str, Any]]:
        target = next(target_table(t, SOURCE) for t in self.table.family() if t.name == table)
        with self.warehouse.begin() as connection:
            return shown(target, connection.execute(sa.select(target)))


class Twin:
    """Both."""

    def __init__(self, url: str, folder: Path, record: type[Record] = Item, **declared: bool) -> None:
        table = dataclasses.replace(spec(record), **declared)
        self.table = table
        self.lake = LakeSide(Lakehouse.folder(folder), table)
        self.postgres = PostgresSide(url, table)

    def load(self, load: Load) -> dict[str, Figures] | str:
        """Load into both. :returns: their common figures, or that the fuse blew."""
        ends: list[Any] = []
        for side in (self.postgres, self.lake):
            try:
                ends.append(side.load(load))
            except FuseBlown as error:
                ends.append(str(error))
        assert ends[1] == ends[0], ends
        dropped = self.lake.dropped, self.postgres.dropped
        assert dropped[0] == dropped[1], dropped
        for one in self.table.family():
            rows = self.lake.rows(one.name), self.postgres.rows(one.name)
            assert rows[0] == rows[1], [pair for pair in itertools.zip_longest(*rows) if pair[0] != pair[1]]
        return ends[0]


def decoded(table: TableSpec, load_id: str, records: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    """The rows that the exact path makes of records, by table."""
    decoder = RecordDecoder(table, load_id)
    made: dict[str, list[Any]] = {t.name: [] for t in table.family()}
    for number, record in enumerate(records):
        for name, row in decoder.rows(msgspec.json.encode(record), number):
            made[name].append(row)
    return made


def load_row(resource: str, load_id: str, made: dict[str, Figures], rows: int) -> dict[str, Any]:
    """A row of `loads`."""
    figures = made[resource]
    return {
        "load_id": load_id,
        "source": SOURCE,
        "resource": resource,
        "run_id": "test",
        "mode": "full",
        "status": "published",
        "rows_after": rows,
        "figures": msgspec.to_builtins(made),
        "published_at": NOW,
        **msgspec.structs.asdict(figures),
        "fetched": figures.inserted + figures.updated + figures.unchanged,
    }


def shown(
    target: sa.Table, rows: Iterable[Any], json: Callable[[str], Any] = lambda value: value
) -> list[dict[str, Any]]:
    """Rows by column in the order of their keys, amounts without trailing zeros.

    :param json: makes of a JSON column's value what it stands for.
    """
    found = [dict(zip(target.columns.keys(), row, strict=True)) for row in rows]
    for row in found:
        row.pop("loaded_at", None)
        for name, value in row.items():
            if isinstance(value, Decimal):
                row[name] = value.normalize()
            elif name in ("more", "_extra") and value is not None:
                row[name] = json(value)
    return sorted(found, key=lambda row: [row[c.name] for c in target.primary_key])
