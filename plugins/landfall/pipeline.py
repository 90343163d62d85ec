"""The four steps of one load, free of Airflow: extract, load, check, publish.

Each step takes what the step before returned (small and plain, an XCom) and can be run again: `load` works from
landing, `check` and `publish` stage again where the stage is gone, and `publish` of a load that is already published
changes nothing and returns the stored figures.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from landfall import checks, ledger
from landfall.errors import CheckFailed, Misconfigured, PublishConflict
from landfall.landing import Landing, LandingWriter, new_load_id
from landfall.privacy import KEEP, Privacy
from landfall.reads import Mode, Outcome, Request
from landfall.records import EXTRA, TableSpec
from landfall.resources import Resource, Source
from landfall.stage.load import Staged, stage
from landfall.warehouse.engine import Warehouse
from landfall.warehouse.publish import Family, Figures, Scope, Window, publish_rows
from landfall.warehouse.tables import count_rows, target_table


class Extraction(msgspec.Struct):
    """What an extract landed; goes from task to task.

    :ivar landing: URI of the load's folder.
    :ivar version: the ledger's version of the table when it was read; publishing refuses to overwrite a later one.
    :ivar watermark: candidate, published with the data.
    """

    source: str
    resource: str
    load_id: str
    run_id: str
    landing: str
    mode: str
    scope: str
    version: int
    fetched: int
    deletes: int
    watermark_before: str | None = None
    watermark: str | None = None
    window: Window | None = None
    changed: bool = True
    inferred_deletes: bool = False


class Published(msgspec.Struct):
    """What a publish changed, in rows of the parent table; `tables` has each table of the resource."""

    load_id: str
    fetched: int
    inserted: int
    updated: int
    unchanged: int
    deleted: int
    deduplicated: int
    quarantined: int
    rows: int | None
    watermark: str | None
    dry_run: bool = False
    tables: dict[str, Figures] = {}


@dataclasses.dataclass(frozen=True)
class Pipeline:
    """One resource of one run, with the places it works on.

    :param landing: URI under which every load gets its own folder.
    :param folder: from such a URI to a `pathlib`-like path.
    :param privacy: what becomes of personal values whenever the load is staged.
    """

    source: Source
    resource: Resource
    warehouse: Warehouse
    landing: str
    folder: Callable[[str], Any]
    run_id: str
    privacy: Privacy = KEEP

    @property
    def name(self) -> str:
        """`source.resource`, as messages say it."""
        return f"{self.source.name}.{self.resource.name}"

    def request(self, api: Any, mode: Mode, start: date | None = None, end: date | None = None) -> Request:
        """The extract's part: what the ledger knows, and what the run was asked for."""
        with self.warehouse.begin() as connection:
            state = ledger.state(connection, self.source.name, self.resource.table.name)
        seen = functools.partial(self._events_of, state.load_id)
        return Request(api, self.resource.name, mode, state, self._lookup, start, end, seen, self._query)

    def extract(
        self, request: Request, read: Callable[[Request, LandingWriter], Outcome], *, dry_run: bool = False
    ) -> Extraction:
        """Land what `read` reads, under a new load id.

        A read without changes publishes nothing; its watermark is kept at once, and `changed` is False.

        :param dry_run: keep no watermark either.
        """
        load_id = new_load_id()
        uri = self._uri(load_id)
        names = {"source": self.source.name, "resource": self.resource.name, "load_id": load_id}
        with LandingWriter(self.folder(uri), **names) as landing:
            outcome = read(request, landing)
            manifest = landing.commit(complete=outcome.scope is not Scope.NOTHING)
        extraction = Extraction(
            **names,
            run_id=self.run_id,
            landing=uri,
            mode=outcome.mode.value,
            scope=self.resource.scope(outcome.scope).value,
            version=request.state.version,
            fetched=manifest.records,
            deletes=manifest.deletes,
            watermark_before=request.state.watermark,
            watermark=outcome.watermark,
            window=outcome.window,
            changed=outcome.changed,
            inferred_deletes=outcome.inferred_deletes,
        )
        if not outcome.changed and not dry_run:
            self.note_unchanged(request.state, outcome.watermark)
        return extraction

    def load(self, extraction: Extraction) -> Staged:
        """Stage what was landed; see `landfall.stage.load.stage`."""
        ensure_source(self.warehouse, self.source, self.resource)
        landing = Landing(self.folder(extraction.landing))
        return stage(
            self.warehouse,
            self.source.name,
            self.resource,
            extraction.load_id,
            self.run_id,
            landing,
            Scope(extraction.scope),
            self.privacy,
        )

    def check(self, extraction: Extraction, staged: Staged) -> list[checks.Result]:
        """Run every check on the candidate and store the results.

        :raises CheckFailed: a blocking check refused; the message says what to do.
        """
        staged = self._staged(extraction, staged)
        results = [*self._drift(staged)]
        with self.warehouse.begin() as connection:
            candidate = self._candidate(connection, extraction, staged)
            results += [check.run(candidate) for check in (checks.Keys(), *self.resource.checks)]
        self._log(results, extraction.load_id)
        failed = [r for r in results if r.status == "FAIL"]
        if failed:
            raise CheckFailed(
                f"{self.name}: "
                + "; ".join(f"{r.check} ({r.details or f'{r.value} found'})" for r in failed)
                + ". The table and its watermark are as they were",
                todo=failed[0].todo or "Look into landfall.quality_log.",
            )
        return results

    def publish(
        self, extraction: Extraction, staged: Staged, *, allow_shrink: bool = False, dry_run: bool = False
    ) -> Published:
        """Change what readers see, with watermark and run record, in one transaction.

        :param allow_shrink: the operator consents to removing more than the fuse allows.
        :param dry_run: do all of it, then roll back; the figures are what would have changed.
        :raises FuseBlown: more rows would be removed than consented to.
        :raises PublishConflict: another run published this table since the extract.
        """
        staged = self._staged(extraction, staged)
        now = datetime.now(UTC)
        with self.warehouse.begin() as connection:
            self.warehouse.lock(connection, f"{self.source.name}.{self.resource.table.name}")
            state = ledger.state(connection, self.source.name, self.resource.table.name)
            published = ledger.load(connection, extraction.load_id)
            if state.version != extraction.version and state.load_id != extraction.load_id:
                if published:
                    return _from_ledger(published)
                raise PublishConflict(f"{self.name} was published by another run since this one read it")
            figures = self._apply(connection, extraction, staged, state, allow_shrink, now)
            result = self._result(connection, extraction, staged, state, figures)
            if dry_run:
                result.dry_run = True
                connection.rollback()
                return result
            if published and not (result.inserted or result.updated or result.deleted):
                return _from_ledger(published)
            self._record(connection, extraction, state, result, now)
        return result

    def clean_up(self, load_ids: list[str]) -> int:
        """Drop the stages of these loads. :returns: how many tables."""
        return self.warehouse.drop_stages(load_ids)

    def _uri(self, load_id: str) -> str:
        return f"{self.landing}/{self.source.name}/{self.resource.name}/{load_id}"

    def _events_of(self, load_id: str | None) -> Iterator[bytes]:
        """The changelog events a load read; none where its landing is gone, so that they are read again."""
        if load_id:
            with contextlib.suppress(Misconfigured):
                yield from Landing(self.folder(self._uri(load_id))).events()

    def _lookup(self, table: str, column: str, keys: list[Any]) -> set[Any]:
        """Values of `column` in the published rows of another resource's table with these keys."""
        other = self.source.resource(table).table
        target = target_table(other, self.source.name)
        found: set[Any] = set()
        with self.warehouse.begin() as connection:
            if not sa.inspect(connection).has_table(target.name, schema=target.schema):
                return found
            for start in range(0, len(keys), 1000):
                mine = target.c[other.key[0]].in_(keys[start : start + 1000])
                found.update(connection.scalars(sa.select(target.c[column]).where(mine)))
        return found

    def staged_rows(self, extraction: Extraction) -> dict[str, int]:
        """How many rows each table's stage holds."""
        family = Family(self.resource.table, self.source.name, extraction.load_id)
        with self.warehouse.begin() as connection:
            return {name: count_rows(connection, stage) for name, stage in family.stages.items()}

    def staged_filled(self, extraction: Extraction, column: str) -> int:
        """How many rows of the parent table's stage have a value in `column`."""
        family = Family(self.resource.table, self.source.name, extraction.load_id)
        filled = sa.select(sa.func.count(family.stages[family.spec.name].c[column]))
        with self.warehouse.begin() as connection:
            return int(connection.execute(filled).scalar_one())

    def _query(self, query: sa.Select[Any]) -> Iterator[Sequence[sa.Row[Any]]]:
        with self.warehouse.begin() as connection:
            streamed = connection.execution_options(yield_per=500).execute(query)
            yield from streamed.partitions()

    def _staged(self, extraction: Extraction, staged: Staged) -> Staged:
        """The stage as it is, or staged again where it is gone, or empty because the server crashed meanwhile."""
        family = Family(self.resource.table, self.source.name, extraction.load_id)
        if self.warehouse.staged(family.stages[family.spec.name]):
            with self.warehouse.begin() as connection:
                tables = (family.stages[family.spec.name], family.deletes)
                one_of = [sa.select(sa.literal(1)).select_from(table).limit(1) for table in tables]
                filled = [connection.execute(query).first() is not None for query in one_of]
                if filled == [staged.staged > 0, staged.deletes > 0]:
                    return staged
        return self.load(extraction)

    def _candidate(
        self, connection: sa.Connection, extraction: Extraction, staged: Staged
    ) -> checks.Candidate:
        family = Family(self.resource.table, self.source.name, extraction.load_id)
        table = self.resource.table
        state = ledger.state(connection, self.source.name, table.name)
        keeps_all = bool(staged.keyless)
        tables = {t.name: _candidate_rows(family, t.name, extraction, keeps_all) for t in table.family()}
        kept = _kept_rows(family, table, extraction, keeps_all, table.key)
        return checks.Candidate(
            connection=connection,
            source=self.source.name,
            table=table,
            staged=family.stages,
            tables=tables,
            state=state,
            history=ledger.row_history(connection, self.source.name, self.resource.name),
            rows=self._rows_after(connection, family, state, extraction, staged, kept),
            now=datetime.now(UTC),
        )

    def _rows_after(
        self,
        connection: sa.Connection,
        family: Family,
        state: ledger.State,
        extraction: Extraction,
        staged: Staged,
        kept: sa.Select[Any],
    ) -> int:
        """Rows the parent table would have; of an incremental load only what it adds and removes is counted."""

        table = family.spec
        whole = extraction.mode != Mode.INCREMENTAL or extraction.scope != Scope.NOTHING.value
        if whole or state.row_count is None:
            return staged.staged + count_rows(connection, kept.subquery())
        target = family.targets[table.name]

        def known(stage: sa.Table) -> sa.ColumnElement[bool]:
            return sa.exists().where(*(stage.c[k] == target.c[k] for k in table.key))

        new = sa.select(family.stages[table.name]).where(~known(family.stages[table.name]))
        gone = sa.select(family.deletes).where(known(family.deletes))
        added = count_rows(connection, new.subquery()) - count_rows(connection, gone.subquery())
        return state.row_count + added

    def _drift(self, staged: Staged) -> Iterator[checks.Result]:
        known = not staged.drift
        details = "" if known else f"fields the record does not declare: {', '.join(staged.drift)[:1500]}"
        kept = "not kept, for privacy" if self.privacy.hides else f"kept in {EXTRA}"
        todo = f"They are {kept}; declare them in the record to make columns of them."
        yield checks.Result("schema drift", "warning", known, len(staged.drift), 0, details, todo)
        clean = not staged.nul_removed
        details = "" if clean else f"U+0000 was removed from {staged.nul_removed} records"
        yield checks.Result("storable text", "warning", clean, staged.nul_removed, 0, details)
        clean = not staged.quarantined
        details = "" if clean else f"{staged.quarantined} of {staged.fetched} records are in quarantine"
        todo = f"Group {ledger.SCHEMA}.quarantine by reason and path to see why."
        yield checks.Result("records accepted", "warning", clean, staged.quarantined, 0, details, todo)

    def check_references(self) -> list[checks.Result]:
        """Look up every declared reference in the published tables, and store the results as warnings.

        Done when all tables of a run are published: before that, a reference may be ahead of its target.
        """
        with self.warehouse.begin() as connection:
            results = checks.references(connection, self.source.name, self.resource.table)
        self._log(results, None)
        return results

    def _log(self, results: list[checks.Result], load_id: str | None) -> None:
        values = [
            {
                "source": self.source.name,
                "table_name": self.resource.table.name,
                "load_id": load_id,
                "run_id": self.run_id,
                "check_name": r.check,
                "severity": r.severity,
                "status": r.status,
                "value": r.value,
                "threshold": r.threshold,
                "details": r.details[:2000],
                "checked_at": datetime.now(UTC),
            }
            for r in results
        ]
        if values:
            with self.warehouse.begin() as connection:
                connection.execute(sa.insert(ledger.quality_log), values)

    def _apply(
        self,
        connection: sa.Connection,
        extraction: Extraction,
        staged: Staged,
        state: ledger.State,
        allow_shrink: bool,
        now: datetime,
    ) -> dict[str, Figures]:
        family = Family(self.resource.table, self.source.name, extraction.load_id)
        return publish_rows(
            self.warehouse,
            connection,
            family,
            scope=Scope(extraction.scope),
            window=extraction.window,
            fuse=msgspec.structs.replace(self.resource.fuse, allowed=allow_shrink),
            rows_before=self._rows_before(connection, family, state, extraction),
            inferred_deletes=extraction.inferred_deletes,
            keyless_rejects=bool(staged.keyless),
            now=now,
        )

    def _rows_before(
        self, connection: sa.Connection, family: Family, state: ledger.State, extraction: Extraction
    ) -> int:
        """Rows now; an incremental load trusts the ledger's count, since counting would cost more than loading."""
        if extraction.mode == Mode.INCREMENTAL and state.row_count is not None:
            return state.row_count
        target = family.targets[family.spec.name]
        return count_rows(connection, target)

    def _result(
        self,
        connection: sa.Connection,
        extraction: Extraction,
        staged: Staged,
        state: ledger.State,
        figures: dict[str, Figures],
    ) -> Published:
        own = figures[self.resource.table.name]
        family = Family(self.resource.table, self.source.name, extraction.load_id)
        if extraction.mode == Mode.INCREMENTAL and state.row_count is not None:
            removed = 0 if self.resource.table.soft_delete else own.deleted
            rows = state.row_count + own.inserted - removed
        else:
            target = family.targets[family.spec.name]
            rows = count_rows(connection, target)
        result = Published(
            load_id=extraction.load_id,
            fetched=staged.fetched,
            inserted=own.inserted,
            updated=own.updated,
            unchanged=own.unchanged,
            deleted=own.deleted,
            deduplicated=staged.deduplicated,
            quarantined=staged.quarantined,
            rows=rows,
            watermark=extraction.watermark or state.watermark,
            tables=figures,
        )
        accounted = result.inserted + result.updated + result.unchanged
        if result.fetched != accounted + result.deduplicated + result.quarantined:
            raise AssertionError(f"{self.name}: published rows do not account for what was fetched: {result}")
        return result

    def _record(
        self,
        connection: sa.Connection,
        extraction: Extraction,
        state: ledger.State,
        result: Published,
        now: datetime,
    ) -> None:
        full = extraction.scope == Scope.EVERYTHING.value
        ledger.advance(
            connection,
            self.source.name,
            self.resource.table.name,
            state,
            last_sync_at=state.last_sync_at if Mode(extraction.mode).stored else now,
            records_synced=result.inserted + result.updated + result.deleted,
            sync_type="full" if full else "incremental",
            watermark=result.watermark,
            last_full_at=now if full else state.last_full_at,
            row_count=result.rows,
            load_id=extraction.load_id,
            updated_at=now,
        )
        names = ("inserted", "updated", "unchanged", "deleted", "fetched", "deduplicated", "quarantined")
        ledger.record_load(
            connection,
            load_id=extraction.load_id,
            source=self.source.name,
            resource=self.resource.name,
            run_id=self.run_id,
            mode=extraction.mode,
            status="published",
            watermark_before=extraction.watermark_before,
            watermark_after=result.watermark,
            rows_after=result.rows,
            figures=msgspec.to_builtins(result.tables),
            landing=extraction.landing,
            published_at=now,
            **{name: getattr(result, name) for name in names},
        )

    def note_unchanged(self, before: ledger.State, watermark: str | None) -> None:
        """Nothing changed at the vendor: the table is as fresh as this read, and that is all there is to say."""
        now = datetime.now(UTC)
        with self.warehouse.begin() as connection:
            self.warehouse.lock(connection, f"{self.source.name}.{self.resource.table.name}")
            state = ledger.state(connection, self.source.name, self.resource.table.name)
            if state.version == before.version:
                ledger.advance(
                    connection,
                    self.source.name,
                    self.resource.table.name,
                    state,
                    watermark=watermark or state.watermark,
                    last_sync_at=now,
                    records_synced=0,
                    sync_type="incremental",
                    updated_at=now,
                )


def _candidate_rows(family: Family, name: str, extraction: Extraction, keeps_all: bool) -> sa.Select[Any]:
    """The rows a table would have after publishing: staged ones, and published ones that stay.

    :param keeps_all: nothing may be inferred as deleted.
    """
    table = next(t for t in family.spec.family() if t.name == name)
    columns = (*table.names, EXTRA)
    new = sa.select(*(family.stages[name].c[c] for c in columns))
    return sa.select(sa.union_all(new, _kept_rows(family, table, extraction, keeps_all, columns)).subquery())


def _kept_rows(
    family: Family, table: TableSpec, extraction: Extraction, keeps_all: bool, columns: Sequence[str]
) -> sa.Select[Any]:
    """The published rows that neither the stage nor the deletes speak of, and that the scope of the load leaves."""
    parent, target = family.spec, family.targets[table.name]
    mine = table.parent_columns or table.key

    def named_in(stage: sa.Table) -> sa.ColumnElement[bool]:
        pairs = zip(parent.key, mine, strict=True)
        return sa.exists().where(*(stage.c[theirs] == target.c[own] for theirs, own in pairs))

    protected = named_in(family.rejects)
    scope = Scope.NOTHING if keeps_all else Scope(extraction.scope)
    deleted = named_in(family.deletes)
    kept = sa.select(*(target.c[c] for c in columns)).where(
        ~named_in(family.stages[parent.name]),
        ~deleted if scope is Scope.NOTHING else sa.or_(~deleted, protected),
    )
    if scope is Scope.EVERYTHING:
        kept = kept.where(protected)
    elif scope is Scope.WINDOW and extraction.window and not table.parent_columns:
        undated = target.c[extraction.window.column].is_(None)
        inside = extraction.window.holds(parent, target)
        kept = kept.where(sa.or_(sa.not_(inside), undated, protected))
    return kept


def _from_ledger(row: dict[str, Any]) -> Published:
    names = (
        "load_id",
        "fetched",
        "inserted",
        "updated",
        "unchanged",
        "deleted",
        "deduplicated",
        "quarantined",
    )
    figures = msgspec.convert(row["figures"] or {}, dict[str, Figures])
    return Published(
        **{name: row[name] for name in names},
        rows=row["rows_after"],
        watermark=row["watermark_after"],
        tables=figures,
    )


def ensure_ledger(warehouse: Warehouse) -> None:
    """Bring the ledger's tables up to this version."""
    warehouse.ensure(ledger.SCHEMA, ledger.TABLES)


def ensure_source(warehouse: Warehouse, source: Source, *resources: Resource) -> None:
    """Bring a source's tables up to their records; those of `resources` only, where any are given."""
    tables = [t for r in resources for t in r.table.family()] if resources else source.tables
    warehouse.ensure(source.name, [target_table(t, source.name) for t in tables])
