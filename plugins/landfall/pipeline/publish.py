"""The last step: what changes what readers see, all of it or nothing."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from landfall import ledger
from landfall.errors import PublishConflict
from landfall.landing import load_moment
from landfall.pipeline.facts import Extraction, Published, from_ledger
from landfall.pipeline.load import restaged
from landfall.reads import Mode
from landfall.scope import Scope, Window
from landfall.stage.load import Staged
from landfall.stage.replay import settle
from landfall.warehouse.engine import Books, Figures, Publication

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
    """Change what readers see, with watermark and run record.

    :param allow_shrink: the operator consents to removing more than the fuse allows.
    :param dry_run: do all but commit; the figures are what would have changed.
    :raises FuseBlown: more rows would be removed than consented to.
    :returns: the figures; those of a load that was overtaken are 0.
    :raises PublishConflict: another run published this table since the extract, and may not hold all that it read.
    """
    staged = restaged(pipeline, extraction, staged)
    extraction = extraction.without(staged.left_out)
    now = datetime.now(UTC)
    family = pipeline.family(extraction.load_id)
    recount = extraction.mode != Mode.INCREMENTAL
    opened = pipeline.warehouse.publishing(pipeline.source.name, family, extraction.load_id, recount=recount)
    with opened as publication:
        state = publication.state
        published = ledger.load(publication.books, extraction.load_id)
        if state.version != extraction.version and state.load_id != extraction.load_id:
            if published:
                _settle(pipeline, publication, extraction, now)
                return from_ledger(published)
            if _overtaken(pipeline, publication.books, extraction):
                return _untouched(extraction, staged, state)
            raise PublishConflict(f"{pipeline.name} was published by another run since this one read it")
        fuse = msgspec.structs.replace(pipeline.resource.fuse, allowed=allow_shrink)
        figures = publication.bring(extraction.reach, fuse, now)
        result = _result(pipeline, extraction, staged, publication, figures)
        if dry_run:
            result.dry_run = True
            return result
        if published and not (result.inserted or result.updated or result.deleted):
            return from_ledger(published)
        _record(pipeline, extraction, publication, result, now)
        _settle(pipeline, publication, extraction, now)
    return result


def _settle(pipeline: Pipeline, publication: Publication, extraction: Extraction, now: datetime) -> None:
    """Of a replay: settle what it came to. Done again after a death, where the ledger is not of the publication."""
    if extraction.mode == Mode.REPLAY:
        settle(publication.read(), publication.books, pipeline.resource, extraction.load_id, now)


def _overtaken(pipeline: Pipeline, books: Books, extraction: Extraction) -> bool:
    """Whether a load is published that began after this read had ended and read at least as widely."""
    at_least = {
        Mode.FULL.value: {Mode.FULL.value},
        Mode.INCREMENTAL.value: {Mode.FULL.value, Mode.INCREMENTAL.value},
    }.get(extraction.mode, set())  # of a range of days nobody can tell
    until = (
        None if extraction.parts else extraction.read_until
    )  # nor of parts, of which the later one may lack some
    later = ledger.loads_since(books, pipeline.source.name, pipeline.resource.name, until) if until else {}
    return any(mode in at_least and load_moment(load_id) > until for load_id, mode in later.items() if until)


def _untouched(extraction: Extraction, staged: Staged, state: ledger.State) -> Published:
    none = (0, 0, 0, 0, 0, 0)
    return Published(
        extraction.load_id, staged.fetched, *none, state.row_count, state.watermark, overtaken=True
    )


def _result(
    pipeline: Pipeline,
    extraction: Extraction,
    staged: Staged,
    publication: Publication,
    figures: dict[str, Figures],
) -> Published:
    own = figures[pipeline.resource.table.name]
    _account(pipeline, staged, figures)
    return Published(
        load_id=extraction.load_id,
        fetched=staged.fetched,
        inserted=own.inserted,
        updated=own.updated,
        unchanged=own.unchanged,
        deleted=own.deleted,
        deduplicated=staged.deduplicated,
        quarantined=staged.quarantined,
        rows=publication.rows,
        watermark=extraction.watermark or publication.state.watermark,
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
    pipeline: Pipeline, extraction: Extraction, publication: Publication, result: Published, now: datetime
) -> None:
    state = publication.state
    full = extraction.scope == Scope.EVERYTHING.value
    fresh = min(now, extraction.resumed_from or now)
    stays = Mode(extraction.mode).stored or extraction.failed
    read = {"sync_type": "full" if full else "incremental", "load_id": extraction.load_id}
    if extraction.mode == Mode.REPLAY:
        read = {}  # nothing was read: the last load, and the events it knows, are those of before
    known = {
        "last_sync_at": state.last_sync_at if stays else fresh,
        "records_synced": result.inserted + result.updated + result.deleted,
        "watermark": result.watermark,
        "last_full_at": now if full else state.last_full_at,
        "row_count": result.rows,
        "updated_at": now,
        **read,
    }
    counts = [
        "inserted",
        "updated",
        "unchanged",
        "deleted",
        "fetched",
        "deduplicated",
        "quarantined",
        "superseded",
    ]
    load = {
        "load_id": extraction.load_id,
        "source": pipeline.source.name,
        "resource": pipeline.resource.name,
        "run_id": pipeline.run_id,
        "mode": extraction.mode,
        "status": "published",
        "watermark_before": extraction.watermark_before,
        "watermark_after": result.watermark,
        "rows_after": result.rows,
        "figures": _figures(pipeline, publication, result),
        "landing": extraction.landing or None,
        "scope": extraction.scope,
        "windows": msgspec.to_builtins(extraction.windows),
        "inputs": extraction.inputs or None,
        "requests": extraction.requests,
        "waited_seconds": extraction.waited_seconds,
        "published_at": now,
        **{name: getattr(result, name) for name in counts},
    }
    publication.commit(known, load, dict(_parts(pipeline, extraction, publication, fresh, now)))


def _figures(pipeline: Pipeline, publication: Publication, result: Published) -> dict[str, dict[str, Any]]:
    """The figures of each table, with the rows it has now; None for a child table loaded before that was kept."""
    told: dict[str, dict[str, Any]] = msgspec.to_builtins(result.tables)
    parent = pipeline.resource.table
    new = not publication.state.version
    before = (
        {} if new else ledger.last_figures(publication.books, pipeline.source.name, pipeline.resource.name)
    )
    for name, one in told.items():
        rows = 0 if new else before.get(name, {}).get("rows")
        gone = 0 if parent.soft_delete else one["deleted"]
        known = None if rows is None else rows + one["inserted"] - gone
        one["rows"] = result.rows if name == parent.name else known
    return told


def _parts(
    pipeline: Pipeline, extraction: Extraction, publication: Publication, fresh: datetime, now: datetime
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is known of the parts that were read; one that failed keeps its own, so that it is read from there."""
    table = pipeline.resource.table
    for part in extraction.parts:
        if part.error:
            continue
        mine = Window(part.column, None, None, owner=(part.column, part.name))
        name = ledger.part_name(table.name, part.name)
        before = publication.state_of(name)
        full = extraction.mode == Mode.FULL
        yield (
            name,
            {
                "last_sync_at": fresh,
                "records_synced": part.records,
                "sync_type": "full" if full else "incremental",
                "watermark": part.watermark or before.watermark,
                "last_full_at": now if full else before.last_full_at,
                "row_count": publication.count(functools.partial(mine.holds, table)),
                "load_id": extraction.load_id,
                "updated_at": now,
            },
        )
