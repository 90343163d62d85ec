"""The loader from end to end without Airflow's runner: a vendor over HTTP, the four steps, a real PostgreSQL.

`Company` runs Pennylane's resources and knows what their tables must hold. `Lab` runs one record class over records
that a test writes down itself. What a table must hold is worked out here from the vendor's own JSON, with none of the
code that the loader decodes with.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from landfall import ledger, pipeline
from landfall.errors import WindowExpired
from landfall.landing import LandingWriter
from landfall.pipeline import Extraction, Pipeline, Published, ToldAt
from landfall.reads import Mode, Outcome, Request
from landfall.reads.told import Told
from landfall.records import EXTRA, Column, Json, Record, TableSpec
from landfall.resources import Replace, Resource, Source, Write
from landfall.scope import Scope, Window
from landfall.sources import source as declared
from landfall.stage.load import Staged
from landfall.warehouse import Warehouse, connect
from landfall.warehouse.tables import target_table
from landfall.wire.client import ApiClient, Timeouts
from landfall.wire.pages import Page
from landfall.wire.retry import RetryPolicy
from sandbox import Sandbox
from sandbox.pennylane import PennylaneVendor

QUICK = RetryPolicy(attempts=4, total_seconds=10, first_wait=0.01, longest_wait=0.05)
TIMEOUTS = Timeouts(connect=1.0, read=0.5, total=1.5)

Key = tuple[Any, ...]
Rows = dict[Key, dict[str, Any]]


def local_folder(uri: str) -> Path:
    """The folder a `file://` URI names."""
    return Path(uri.removeprefix("file://"))


def hook_for(api_url: str, store: Path, *, page_size: int | None = None) -> Any:
    """A Pennylane hook whose retries cost no time; a smaller page makes more pages of few rows.

    :param store: folder of the shared request budget.
    """
    from landfall.hooks.pennylane import PennylaneHook, _api_settings

    extra = {"requests_per_period": 10_000, "period_seconds": 0.1, "rate_store": str(store)}
    known = SimpleNamespace(
        conn_id="test", host=api_url, schema=None, port=None, password="sandbox-token", extra_dejson=extra
    )

    class QuickHook(PennylaneHook):
        @classmethod
        def get_connection(cls, conn_id: str) -> Any:
            return known

        @cached_property
        def client(self) -> ApiClient:
            settings = _api_settings(known)
            return ApiClient(dataclasses.replace(settings, retry=QUICK, timeouts=TIMEOUTS))

        def list(self, resource: str, *, limit: int | None = None, **options: Any) -> Iterator[Page]:
            return super().list(resource, limit=limit or page_size, **options)

        def changes(self, resource: str, since: datetime | None = None, **options: Any) -> Iterator[Page]:
            limit = {"limit": page_size} if page_size else {}
            return super().changes(resource, since, **limit, **options)

    return QuickHook()


def open_warehouse(url: str) -> Warehouse:
    """A warehouse whose connection `close_all` closes."""
    opened = connect(url)
    _opened.append(opened)
    return opened


_opened: list[Warehouse] = []


def close_all() -> None:
    """Close what `open_warehouse` has kept: a database that is in use cannot be dropped everywhere."""
    while _opened:
        _opened.pop().close()


# --- what a table must hold -----------------------------------------------------------------------------------------


def expected(table: TableSpec, records: Iterable[Any]) -> dict[str, Rows]:
    """Rows by key of a table and its child tables, from the vendor's JSON (amounts as text or Decimal)."""
    found: dict[str, Rows] = {t.name: {} for t in table.family()}
    for record in records:
        row = {c.name: _value(c, record, table.zone) for c in table.columns}
        key = tuple(row[k] for k in table.key)
        found[table.name][key] = row
        for child in table.children:
            for number, element in enumerate(_dig(record, child.path) or [], start=1):
                own = dict(zip(child.table.parent_columns, key, strict=True))
                for c in child.table.columns:
                    if c.role == "position":
                        own[c.name] = number
                    elif c.role == "value":
                        own[c.name] = _value(c, element, table.zone)
                found[child.table.name][tuple(own[k] for k in child.table.key)] = own
    return found


def _dig(record: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _value(column: Column, record: Any, zone: str) -> Any:
    value = _dig(record, column.path)
    if column.loose:
        return _loose(column, value, _dig(record, column.seconds) if column.seconds else 0, zone)
    if value is None or column.type is Json:
        return value
    if column.type is Decimal:
        return Decimal(str(value))
    if column.type is date:
        return date.fromisoformat(value)
    if column.type is datetime:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value


def _loose(column: Column, value: Any, seconds: Any, zone: str) -> Any:
    if value in ("", None) or (column.zero and value == 0):
        return None
    if column.type is int:
        return int(value)
    if column.type is date:
        return date.fromisoformat(value[:10])
    if column.type is datetime:
        shown = datetime.fromisoformat(value[:26] if "." not in value else value[:26].ljust(26, "0"))
        return (shown + timedelta(seconds=seconds or 0)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return value


def published(warehouse: Warehouse, schema: str, table: TableSpec) -> dict[str, Rows]:
    """Rows by key of a table and its child tables as a reader sees them, in one snapshot; `_extra` where it is set."""
    found: dict[str, Rows] = {}
    if not warehouse.own_sql:
        with warehouse.reading() as reader:
            for one in table.family():
                place = target_table(one, schema).schema
                asked = reader.execute(f'SELECT * FROM {place}."{one.name}"').mappings()
                rows = [_decoded(one, dict(row)) for row in asked]
                found[one.name] = {tuple(r[k] for k in one.key): _shown(r) for r in rows}
                assert len(found[one.name]) == len(rows), f"{one.name} holds a key twice"
        return found
    # SQL Server's statements see one snapshot each where the database is set up so; nobody writes meanwhile here.
    level = {"isolation_level": "REPEATABLE READ"} if warehouse.engine.dialect.name == "postgresql" else {}
    with warehouse.engine.connect().execution_options(**level) as connection:
        for one in table.family():
            place = f'{target_table(one, schema).schema}."{one.name}"'
            rows = connection.execute(sa.text(f"SELECT * FROM {place}")).mappings().all()
            decoded = [_decoded(one, dict(r)) for r in rows] if connection.dialect.name == "mssql" else rows
            found[one.name] = {tuple(r[k] for k in one.key): _shown(dict(r)) for r in decoded}
            assert len(found[one.name]) == len(rows), f"{one.name} holds a key twice"
    return found


def _decoded(table: TableSpec, row: dict[str, Any]) -> dict[str, Any]:
    """A row of SQL Server, or of a lake, in the types of PostgreSQL's driver: moments in UTC, JSON as values."""
    for name, kind in [*((c.name, c.type) for c in table.columns), (EXTRA, Json)]:
        if row[name] is not None and kind is datetime:
            row[name] = row[name].replace(tzinfo=UTC)
        elif row[name] is not None and kind is Json:
            row[name] = json.loads(row[name])
    return row


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if not (k.startswith("_") and v is None)}


# --- Pennylane --------------------------------------------------------------------------------------------------------


LISTS = tuple(r.name for r in declared("pennylane").resources if not hasattr(r.read, "collect"))
"""Pennylane's resources that are lists over HTTP (not files)."""
CHANGELOGS = tuple(name for name in LISTS if declared("pennylane").resource(name).read.incremental)


class Company:
    """Pennylane's sandbox, its hook, and the pipeline into one database.

    :ivar steps: what the steps of the last `sync` returned, by step.
    """

    source = declared("pennylane")

    def __init__(
        self, url: str, folder: Path, vendor: PennylaneVendor, api_url: str, *, page_size: int | None = None
    ) -> None:
        self.url, self.folder, self.vendor, self.api_url = url, folder, vendor, api_url
        self.warehouse = open_warehouse(url)
        self.hook = hook_for(api_url, folder / "budget", page_size=page_size)
        self.steps: dict[str, Any] = {}
        pipeline.ensure_ledger(self.warehouse)

    def pipeline(self, name: str) -> Pipeline:
        landing = (self.folder / "landing").as_uri()
        return Pipeline(
            self.source, self.source.resource(name), self.warehouse, landing, local_folder, "test"
        )

    def plan(self, *names: str) -> ToldAt | None:
        """Read the changelog that these follow, as a run's plan does; None where it does not reach back."""
        reads = {name: self.source.resource(name).read for name in names}
        asked = {name: self.pipeline(name).request(self.hook, Mode.INCREMENTAL) for name in names}
        begins = [since for name in names if (since := reads[name].since(asked[name]))]  # type: ignore[union-attr]
        (followed,) = {read.follows(name) for name, read in reads.items()}  # type: ignore[union-attr]
        try:
            told = Told.by(self.hook, followed, min(begins))
            return self.pipeline(followed).keep_told(dataclasses.replace(told, pages=list(told.pages)))
        except (ValueError, WindowExpired):
            return None

    def sync(
        self, name: str, mode: Mode = Mode.FULL, *, told: ToldAt | None = None, **publish: Any
    ) -> Published | None:
        """The four steps of one resource; None where nothing changed.

        :param told: what `plan` returned.
        """
        one = self.pipeline(name)
        request = one.request(self.hook, mode, told=told)
        extraction = one.extract(request, one.resource.read.read)  # type: ignore[union-attr]
        self.steps = {"extract": extraction}
        return run_on(one, extraction, self.steps, **publish) if extraction.changed else None

    def sync_all(self, mode: Mode = Mode.FULL, *names: str) -> dict[str, Published | None]:
        """The same of these resources, or of all that are read in this mode."""
        names = names or tuple(LISTS if mode is Mode.FULL else CHANGELOGS)
        return {name: self.sync(name, mode) for name in names}

    def truth(self, name: str) -> dict[str, Rows]:
        """What the tables of a resource must hold to equal the vendor now."""
        rows = self.vendor.rows[name]
        with self.vendor.lock:
            raw = [rows.encoded(row_id) for row_id in rows.ids]
        records = [json.loads(r, parse_float=Decimal) for r in raw]
        return expected(self.source.resource(name).table, records)

    def published(self, name: str) -> dict[str, Rows]:
        return published(self.warehouse, self.source.name, self.source.resource(name).table)

    def assert_true(self, *names: str) -> None:
        """The published tables of these resources (all lists by default) equal the vendor's rows."""
        for name in names or LISTS:
            assert_same(self.published(name), self.truth(name))

    def state(self, name: str) -> ledger.State:
        return self.pipeline(name).state()

    def query(self, sql: str, **values: Any) -> list[Any]:
        return _query(self.warehouse, sql, values)


def run_on(one: Pipeline, extraction: Extraction, steps: dict[str, Any], **publish: Any) -> Published:
    """Load, check, publish and clean up after an extract."""
    steps["load"] = staged = one.load(extraction)
    steps["check"] = one.check(extraction, staged)
    steps["publish"] = result = one.publish(extraction, staged, **publish)
    one.clean_up([extraction.load_id])
    return result


def assert_same(found: dict[str, Rows], wanted: dict[str, Rows]) -> None:
    """Two states of a table family are equal, column by column; says which rows differ."""
    assert found.keys() == wanted.keys()
    for name, rows in wanted.items():
        assert found[name].keys() == rows.keys(), (
            f"{name}: missing {sorted(rows.keys() - found[name].keys())[:5]}, "
            f"too many {sorted(found[name].keys() - rows.keys())[:5]}"
        )
        for key, row in rows.items():
            seen = found[name][key]
            wrong = {c: (seen.get(c), v) for c, v in row.items() if seen.get(c) != v}
            assert seen == row, f"{name} {key}: {wrong or seen}"


@contextlib.contextmanager
def company(url: str, folder: Path, *, page_size: int | None = None, **vendor: Any) -> Iterator[Company]:
    """A company with its own sandbox, small by default."""
    made = PennylaneVendor(**{"seed": 3, "scale": 0.02, "rate": None, "ledger_accounts": 40} | vendor)
    with Sandbox(made) as box:
        opened = Company(url, folder, made, box.api_url, page_size=page_size)
        try:
            yield opened
        finally:
            opened.hook.close()
            opened.warehouse.close()


# --- one record class ---------------------------------------------------------------------------------------------


class Lab:
    """One record class, fed with records as JSON text or as values.

    :param options: of the `Resource`: checks, most_rejected, fuse and so on.
    """

    def __init__(
        self, url: str, folder: Path, record: type[Record], *, write: Write | None = None, **options: Any
    ) -> None:
        self.warehouse = open_warehouse(url)
        self.folder = folder
        self.resource = Resource("lab", record, read=None, write=write or Replace(), **options)  # type: ignore[arg-type]
        self.source = Source("lab", "Lab", "", (self.resource,))
        self.steps: dict[str, Any] = {}
        pipeline.ensure_ledger(self.warehouse)

    @property
    def pipeline(self) -> Pipeline:
        landing = (self.folder / "landing").as_uri()
        return Pipeline(self.source, self.resource, self.warehouse, landing, local_folder, "test")

    def extract(
        self,
        records: Iterable[Any],
        *,
        scope: Scope = Scope.EVERYTHING,
        deletes: Iterable[Key] = (),
        watermark: str | None = None,
        windows: tuple[Window, ...] = (),
        **outcome: Any,
    ) -> Extraction:
        """Land these records as one read that accounts for `scope`."""
        mode = Mode.FULL if scope is Scope.EVERYTHING else Mode.INCREMENTAL
        lines = [r if isinstance(r, bytes) else text(r) for r in records]

        def read(_: Request, landing: LandingWriter) -> Outcome:
            landing.page(Page([msgspec.Raw(line) for line in lines], {}, 1, "GET /lab"))
            landing.deletes(deletes)
            return Outcome(mode, scope, watermark, windows, **outcome)

        return self.pipeline.extract(self.pipeline.request(None, mode), read)

    def load(self, records: Iterable[Any], *, allow_shrink: bool = False, **read: Any) -> Published:
        """All four steps over these records."""
        extraction = self.extract(records, **read)
        self.steps = {"extract": extraction}
        return run_on(self.pipeline, extraction, self.steps, allow_shrink=allow_shrink)

    def stage(self, records: Iterable[Any], **read: Any) -> tuple[Extraction, Staged]:
        extraction = self.extract(records, **read)
        return extraction, self.pipeline.load(extraction)

    def rows(self, table: str | None = None) -> Rows:
        family = published(self.warehouse, "lab", self.resource.table)
        return family[table or self.resource.table.name]

    def column(self, name: str) -> dict[Any, Any]:
        """Key to value of one column."""
        return {key[0] if len(key) == 1 else key: row.get(name) for key, row in sorted(self.rows().items())}

    def quarantined(self) -> list[tuple[str, str, str]]:
        """(reason, path, raw) of every quarantined record."""
        return self.query("SELECT reason, path, raw FROM landfall.quarantine ORDER BY id")

    def state(self) -> ledger.State:
        return self.pipeline.state()

    def query(self, sql: str, **values: Any) -> list[Any]:
        return _query(self.warehouse, sql, values)


def _query(warehouse: Warehouse, sql: str, values: dict[str, Any]) -> list[Any]:
    """The rows of a query; of any other statement, which only a database takes, none."""
    if not warehouse.own_sql:
        with warehouse.reading() as reader:
            return [tuple(row) for row in reader.execute(sa.text(sql))]
    with warehouse.begin() as connection:
        result = connection.execute(sa.text(sql), values)
        return [tuple(row) for row in result] if result.returns_rows else []


_encode = msgspec.json.Encoder(decimal_format="number").encode


def text(value: Any) -> bytes:
    """JSON text of a value; a Decimal becomes a JSON number with all its digits."""
    return _encode(value)


__all__ = [
    "CHANGELOGS",
    "EXTRA",
    "LISTS",
    "Company",
    "Lab",
    "assert_same",
    "company",
    "expected",
    "published",
    "text",
]
