"""The first step: what the vendor has, as it came, into landing."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from landfall import ledger
from landfall.errors import LandfallError, Misconfigured
from landfall.landing import Landing, LandingWriter, load_moment, new_load_id
from landfall.models import Tables
from landfall.pipeline.facts import Extraction
from landfall.pipeline.progress import counted, telling
from landfall.reads import Mode, Outcome, Request
from landfall.scope import Scope
from landfall.warehouse.tables import target_table
from landfall.wire.budget import SPENT, Spent

if TYPE_CHECKING:
    from landfall.pipeline import Pipeline, ToldAt

AT_A_TIME = 500
"""Rows of what is read from the warehouse."""


def request(
    pipeline: Pipeline,
    api: Any,
    mode: Mode,
    start: date | None = None,
    end: date | None = None,
    *,
    retries: bool = False,
    told: ToldAt | None = None,
    refused: Mapping[str, LandfallError] | None = None,
    lookback: timedelta | None = None,
) -> Request:
    """The extract's part: what the ledger knows, and what the run was asked for.

    :param retries: whether the read is tried again if it raises what may pass.
    :param told: where the changelog lies that the run's plan has read.
    :param refused: accounts that are not to be read, and why.
    """
    state = pipeline.state()
    seen = functools.partial(_events_of, pipeline, state.load_id)
    return Request(
        api,
        pipeline.resource.name,
        mode,
        state,
        functools.partial(_lookup, pipeline),
        start,
        end,
        seen,
        functools.partial(_query, pipeline),
        part=pipeline.state,
        retries=retries,
        told=pipeline.find_told(told) if told else None,
        refused=refused or {},
        read_at=functools.partial(_read_at, pipeline),
        landed=functools.partial(_landed, pipeline, state.load_id),
        tables=_tables(pipeline),
        table=target_table(pipeline.resource.table, pipeline.source.name),
        lookback=lookback,
        leftovers=pipeline.resource.leftovers(pipeline.folder(pipeline.uri("")), api),
    )


log = logging.getLogger(__name__)


def extract(
    pipeline: Pipeline,
    request: Request,
    read: Callable[[Request, LandingWriter], Outcome],
    *,
    dry_run: bool = False,
) -> Extraction:
    """Land what `read` reads, under a new load id; of what an attempt before had landed, what may be taken over.

    A read without changes publishes nothing; its watermark is kept at once, and `changed` is False.

    :param dry_run: keep no watermark either.
    """
    load_id = new_load_id()
    uri = pipeline.uri(load_id)
    source, resource = pipeline.source.name, pipeline.resource
    folder = pipeline.folder(uri)
    known = {"leftovers": request.leftovers, **resource.landed(request.api)}
    before = dataclasses.replace(SPENT)
    with LandingWriter(folder, source=source, load_id=load_id, **known) as landing:
        with telling(log, functools.partial(_progress, pipeline.name, landing, before)):
            outcome = read(request, landing)
        manifest = landing.commit(complete=outcome.scope is not Scope.NOTHING)
    spent = SPENT.since(before)
    extraction = Extraction(
        source=source,
        resource=resource.name,
        load_id=load_id,
        run_id=pipeline.run_id,
        landing=uri,
        requests=spent.requests,
        waited_seconds=round(spent.waited, 1),
        mode=outcome.mode.value,
        scope=resource.scope(outcome.scope).value,
        version=request.state.version,
        fetched=manifest.records,
        deletes=manifest.deletes,
        watermark_before=request.state.watermark,
        watermark=outcome.watermark,
        windows=outcome.windows,
        changed=outcome.changed,
        inferred_deletes=outcome.inferred_deletes,
        parts=list(outcome.parts),
        resumed_from=manifest.resumed_from,
        read_until=datetime.now(UTC),
    )
    if not outcome.changed and not dry_run:
        note_unchanged(pipeline, request.state, outcome.watermark)
    return extraction


def _progress(name: str, landing: LandingWriter, before: Spent) -> str:
    """How far a read is."""
    total, waited = landing.total, SPENT.since(before).waited
    told = [counted(landing.pages, "page"), counted(landing.records, "record")]
    told += [f"{total:,} in all of this list"] if total is not None else []
    told += [f"{waited:.0f} s waited for the request budget"] if waited >= 1 else []
    return f"{name}: {', '.join(told)} so far"


def note_unchanged(pipeline: Pipeline, before: ledger.State, watermark: str | None) -> None:
    """Nothing changed at the vendor: the table is as fresh as this read, and that is all there is to say."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {"watermark": watermark} if watermark else {}
    values |= {"last_sync_at": now, "records_synced": 0, "sync_type": "incremental", "updated_at": now}
    source, table = pipeline.source, pipeline.resource.table
    pipeline.warehouse.note_unchanged(source.name, table.name, before, values, source.place(table))


def _events_of(pipeline: Pipeline, load_id: str | None) -> Iterator[bytes]:
    """The changelog events a load has seen; none where its landing is gone, so that they are looked at again."""
    if load_id:
        with contextlib.suppress(Misconfigured):
            yield from Landing(pipeline.folder(pipeline.uri(load_id))).seen_events()


def _tables(pipeline: Pipeline) -> Tables:
    name = pipeline.source.name
    every = {table.name: target_table(table, name) for table in pipeline.source.tables}
    return Tables(every, functools.partial(_query, pipeline))


def _read_at(pipeline: Pipeline) -> datetime | None:
    load_id = ledger.last_read(pipeline.warehouse.books, pipeline.source.name, pipeline.resource.name)
    return load_moment(load_id) if load_id else None


def _landed(pipeline: Pipeline, load_id: str | None) -> Iterator[bytes]:
    """The records that a load has landed; none where its landing is gone."""
    if load_id:
        with contextlib.suppress(Misconfigured):
            yield from Landing(pipeline.folder(pipeline.uri(load_id))).lines()


def _lookup(pipeline: Pipeline, table: str, column: str, keys: list[Any]) -> dict[Any, Any]:
    """The value of `column` by key, in the published rows of another resource's table with these keys."""
    other = pipeline.source.resource(table).table
    target = target_table(other, pipeline.source.name)
    found: dict[Any, Any] = {}
    if not pipeline.warehouse.present(str(target.schema), [target.name]):
        return found
    with pipeline.warehouse.reading() as reader:
        for start in range(0, len(keys), 1000):
            key = target.c[other.key[0]]
            query = sa.select(key, target.c[column].label("value")).where(key.in_(keys[start : start + 1000]))
            found.update((row[0], row[1]) for row in reader.execute(query))
    return found


def _query(pipeline: Pipeline, query: sa.Select[Any]) -> Iterator[Sequence[sa.Row[Any]]]:
    with pipeline.warehouse.reading() as reader:
        streamed = reader.execute(query.execution_options(yield_per=AT_A_TIME))
        yield from streamed.partitions(AT_A_TIME)
