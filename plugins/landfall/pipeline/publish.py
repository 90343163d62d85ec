"""The last step: the one transaction that changes what readers see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from landfall import ledger
from landfall.errors import PublishConflict
from landfall.landing import load_moment
from landfall.pipeline.facts import Extraction, Published, from_ledger
from landfall.pipeline.load import restaged
from landfall.reads import Mode
from landfall.scope import Scope, Window
from landfall.stage.load import Staged
from landfall.stage.replay import settle
from landfall.warehouse.engine import Figures
from landfall.warehouse.removal import Family, partly_read
from landfall.warehouse.sql.publish import publish_rows
from landfall.warehouse.tables import count_rows

if TYPE_CHECKING:
    from landfall.pipeline import Pipeline


def publish(
    pipeline: Pipeline,
    extraction: Extraction,
    staged: Staged,
    *,
    allow_shrink: bool = False,
    dry_run: bool = False,
) -> Published:
    """Change what readers see, with watermark and run record, in one transaction.

    :param allow_shrink: the operator consents to removing more than the fuse allows.
    :param dry_run: do all of it, then roll back; the figures are what would have changed.
    :raises FuseBlown: more rows would be removed than consented to.
    :returns: the figures; those of a load that was overtaken are 0.
    :raises PublishConflict: another run published this table since the extract, and may not hold all that it read.
    """
    staged = restaged(pipeline, extraction, staged)
    now = datetime.now(UTC)
    with pipeline.warehouse.begin() as connection:
        pipeline.warehouse.lock(connection, f"{pipeline.source.name}.{pipeline.resource.table.name}")
        state = ledger.state(connection, pipeline.source.name, pipeline.resource.table.name)
        published = ledger.load(connection, extraction.load_id)
        if state.version != extraction.version and state.load_id != extraction.load_id:
            if published:
                return from_ledger(published)
            if _overtaken(pipeline, connection, extraction):
                return _untouched(extraction, staged, state)
            raise PublishConflict(f"{pipeline.name} was published by another run since this one read it")
        figures = _apply(pipeline, connection, extraction, state, allow_shrink, now)
        result = _result(pipeline, connection, extraction, staged, state, figures)
        if dry_run:
            result.dry_run = True
            connection.rollback()
            return result
        if published and not (result.inserted or result.updated or result.deleted):
            return from_ledger(published)
        _record(pipeline, connection, extraction, state, result, now)
    return result


def _overtaken(pipeline: Pipeline, connection: sa.Connection, extraction: Extraction) -> bool:
    """Whether a load is published that began after this read had ended and read at least as widely."""
    at_least = {
        Mode.FULL.value: {Mode.FULL.value},
        Mode.INCREMENTAL.value: {Mode.FULL.value, Mode.INCREMENTAL.value},
    }.get(extraction.mode, set())  # of a range of days nobody can tell
    until = (
        None if extraction.parts else extraction.read_until
    )  # nor of parts, of which the later one may lack some
    later = (
        ledger.loads_since(connection, pipeline.source.name, pipeline.resource.name, until) if until else {}
    )
    return any(mode in at_least and load_moment(load_id) > until for load_id, mode in later.items() if until)


def _untouched(extraction: Extraction, staged: Staged, state: ledger.State) -> Published:
    none = (0, 0, 0, 0, 0, 0)
    return Published(
        extraction.load_id, staged.fetched, *none, state.row_count, state.watermark, overtaken=True
    )


def _apply(
    pipeline: Pipeline,
    connection: sa.Connection,
    extraction: Extraction,
    state: ledger.State,
    allow_shrink: bool,
    now: datetime,
) -> dict[str, Figures]:
    family = pipeline.family(extraction.load_id)
    return publish_rows(
        pipeline.warehouse,
        connection,
        family,
        reach=extraction.reach,
        unread=partly_read(connection, family),
        fuse=msgspec.structs.replace(pipeline.resource.fuse, allowed=allow_shrink),
        rows_before=_rows_before(pipeline, connection, family, state, extraction),
        now=now,
    )


def _rows_before(
    pipeline: Pipeline, connection: sa.Connection, family: Family, state: ledger.State, extraction: Extraction
) -> int:
    """Rows now; an incremental load trusts the ledger's count, since counting would cost more than loading."""
    if extraction.mode == Mode.INCREMENTAL and state.row_count is not None:
        return state.row_count
    target = family.targets[family.spec.name]
    return count_rows(connection, target)


def _result(
    pipeline: Pipeline,
    connection: sa.Connection,
    extraction: Extraction,
    staged: Staged,
    state: ledger.State,
    figures: dict[str, Figures],
) -> Published:
    own = figures[pipeline.resource.table.name]
    _account(pipeline, staged, figures)
    family = pipeline.family(extraction.load_id)
    if extraction.mode == Mode.INCREMENTAL and state.row_count is not None:
        removed = 0 if pipeline.resource.table.soft_delete else own.deleted
        rows = state.row_count + own.inserted - removed
    else:
        target = family.targets[family.spec.name]
        rows = count_rows(connection, target)
    return Published(
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
        superseded=staged.superseded,
    )


def _account(pipeline: Pipeline, staged: Staged, figures: dict[str, Figures]) -> None:
    """Set beside what was done to each table what the load brought for it: nothing may be lost between the two."""
    for name, found in staged.tables(pipeline.resource.table.name):
        one = figures[name]
        one.fetched, one.deduplicated, one.quarantined = found.fetched, found.deduplicated, found.quarantined
        one.superseded = found.superseded
        published = one.inserted + one.updated + one.unchanged
        if one.fetched != published + one.deduplicated + one.quarantined + one.superseded:
            raise AssertionError(
                f"{pipeline.name}: published rows of {name} do not account for what was fetched: {one}"
            )


def _record(
    pipeline: Pipeline,
    connection: sa.Connection,
    extraction: Extraction,
    state: ledger.State,
    result: Published,
    now: datetime,
) -> None:
    full = extraction.scope == Scope.EVERYTHING.value
    fresh = min(now, extraction.resumed_from or now)
    stays = Mode(extraction.mode).stored or extraction.failed
    read = {"sync_type": "full" if full else "incremental", "load_id": extraction.load_id}
    if extraction.mode == Mode.REPLAY:
        settle(connection, pipeline.resource, extraction.load_id, now)
        read = {}  # nothing was read: the last load, and the events it knows, are those of before
    ledger.advance(
        connection,
        pipeline.source.name,
        pipeline.resource.table.name,
        state,
        last_sync_at=state.last_sync_at if stays else fresh,
        records_synced=result.inserted + result.updated + result.deleted,
        watermark=result.watermark,
        last_full_at=now if full else state.last_full_at,
        row_count=result.rows,
        updated_at=now,
        **read,
    )
    names = (
        "inserted",
        "updated",
        "unchanged",
        "deleted",
        "fetched",
        "deduplicated",
        "quarantined",
        "superseded",
    )
    _advance_parts(pipeline, connection, extraction, fresh, now)
    ledger.record_load(
        connection,
        load_id=extraction.load_id,
        source=pipeline.source.name,
        resource=pipeline.resource.name,
        run_id=pipeline.run_id,
        mode=extraction.mode,
        status="published",
        watermark_before=extraction.watermark_before,
        watermark_after=result.watermark,
        rows_after=result.rows,
        figures=msgspec.to_builtins(result.tables),
        landing=extraction.landing or None,
        scope=extraction.scope,
        windows=msgspec.to_builtins(extraction.windows),
        inputs=extraction.inputs or None,
        published_at=now,
        **{name: getattr(result, name) for name in names},
    )


def _advance_parts(
    pipeline: Pipeline, connection: sa.Connection, extraction: Extraction, fresh: datetime, now: datetime
) -> None:
    """Move the watermarks of the parts that were read; one that failed keeps its own, so that it is read from there."""
    table = pipeline.resource.table
    target = pipeline.family(extraction.load_id).targets[table.name]
    for part in extraction.parts:
        if part.error:
            continue
        mine = Window(part.column, None, None, owner=(part.column, part.name)).holds(table, target)
        name = ledger.part_name(table.name, part.name)
        before = ledger.state(connection, pipeline.source.name, name)
        full = extraction.mode == Mode.FULL
        ledger.advance(
            connection,
            pipeline.source.name,
            name,
            before,
            last_sync_at=fresh,
            records_synced=part.records,
            sync_type="full" if full else "incremental",
            watermark=part.watermark or before.watermark,
            last_full_at=now if full else before.last_full_at,
            row_count=count_rows(connection, sa.select(target).where(mine).subquery()),
            load_id=extraction.load_id,
            updated_at=now,
        )
