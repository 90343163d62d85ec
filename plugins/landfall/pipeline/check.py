"""The third step: what must hold of the rows before anybody sees them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from landfall import checks, ledger
from landfall.errors import CheckFailed
from landfall.landing import Landing
from landfall.pipeline.facts import Extraction
from landfall.pipeline.load import restaged
from landfall.pipeline.rejecting import set_aside
from landfall.reads import Mode
from landfall.records import EXTRA
from landfall.scope import Reach, Scope
from landfall.stage.load import Staged, refuse_too_many
from landfall.warehouse.removal import Family, alive, held_back, may_be, partly_read, removal, same
from landfall.warehouse.tables import Reader, count_rows, target_table

if TYPE_CHECKING:
    from landfall.pipeline import Pipeline

log = logging.getLogger(__name__)


def check(pipeline: Pipeline, extraction: Extraction, staged: Staged) -> list[checks.Result]:
    """Run every check on the candidate and store the results.

    :raises CheckFailed: a blocking check refused; the message says what to do.
    :raises TooManyRejects: with what rejecting checks set aside, more is in quarantine than the resource allows.
    """
    staged, results = set_aside(pipeline, extraction, restaged(pipeline, extraction, staged))
    extraction = extraction.without(staged.left_out)
    results += [*_files(pipeline, extraction), *_drift(pipeline, staged)]
    with pipeline.warehouse.reading() as reader:
        results += _held_back(pipeline, reader, extraction)
        candidate = _candidate(pipeline, reader, extraction, staged)
        asked = (checks.Keys(), *pipeline.resource.checks)
        results += [check.run(candidate) for check in asked if check.severity != "rejecting"]
    _log(pipeline, results, extraction.load_id)
    if extraction.mode != Mode.REPLAY:  # whose records have been too many before
        refuse_too_many(pipeline.source.name, pipeline.resource, extraction.reach.scope, staged)
    failed = [r for r in results if r.status == "FAIL"]
    if failed:
        raise CheckFailed(
            f"{pipeline.name}: "
            + "; ".join(f"{r.check} ({r.details or f'{r.value} found'})" for r in failed)
            + ". The table and its watermark are as they were",
            todo=failed[0].todo or "Look into landfall.quality_log.",
        )
    return results


def check_references(pipeline: Pipeline) -> list[checks.Result]:
    """Look up every declared reference in the published tables, and store the results as warnings.

    Done when all tables of a run are published: before that, a reference may be ahead of its target.
    """
    source, table, warehouse = pipeline.source.name, pipeline.resource.table, pipeline.warehouse
    every = {t.name: target_table(t, source) for t in pipeline.source.tables}
    by_schema: dict[str, list[str]] = {}
    for name in checks.pointed_at(table) & every.keys():
        by_schema.setdefault(str(every[name].schema), []).append(name)
    there = [name for schema, names in by_schema.items() for name in warehouse.present(schema, names)]
    with warehouse.reading() as reader:
        results = checks.references(reader, every, table, there)
    _log(pipeline, results, None)
    return results


def _candidate(
    pipeline: Pipeline, reader: Reader, extraction: Extraction, staged: Staged
) -> checks.Candidate:
    family = pipeline.family(extraction.load_id)
    table = pipeline.resource.table
    state = pipeline.state()
    kept = _kept(reader, family, extraction.reach)
    whole = _kept_whole(reader, family, extraction.reach, kept)
    tables = {t.name: _candidate_rows(family, t.name, kept if t is table else whole) for t in table.family()}
    return checks.Candidate(
        reader=reader,
        source=pipeline.source.kind,
        schemas=pipeline.source.schemas,
        table=table,
        staged=family.stages,
        tables=tables,
        state=state,
        history=ledger.row_history(pipeline.warehouse.books, pipeline.source.name, pipeline.resource.name),
        rows=_rows_after(pipeline, reader, family, state, extraction, staged, kept),
        now=datetime.now(UTC),
        windows=extraction.windows,
    )


def _rows_after(
    pipeline: Pipeline,
    reader: Reader,
    family: Family,
    state: ledger.State,
    extraction: Extraction,
    staged: Staged,
    kept: sa.ColumnElement[bool],
) -> int:
    """Rows the parent table would have; of an incremental load only what it adds and removes is counted."""

    table = family.spec
    whole = extraction.mode != Mode.INCREMENTAL or extraction.scope != Scope.NOTHING.value
    if whole or state.row_count is None:
        staying = sa.select(*(family.target.c[k] for k in table.key)).where(kept)
        return staged.staged + count_rows(reader, staying.subquery())
    new = sa.select(family.stage).where(~sa.exists().where(*same(family.target, family.stage, table.key)))
    added = count_rows(reader, new.subquery())
    for gone in _gone(reader, family, extraction.reach):
        removed = sa.select(*(family.target.c[k] for k in table.key)).where(gone)
        added -= count_rows(reader, removed.subquery())
    return state.row_count + added


def _files(pipeline: Pipeline, extraction: Extraction) -> Iterator[checks.Result]:
    """As what the landed files were read, for the quality log."""
    files = Landing(pipeline.folder(extraction.landing)).manifest.files if extraction.landing else []
    for file in files:
        if form := file.facts.get("read_as"):
            yield checks.Result("form of the file", "warning", True, None, None, f"{file.name}: {form}")


def _drift(pipeline: Pipeline, staged: Staged) -> Iterator[checks.Result]:
    known = not staged.drift
    details = "" if known else f"fields the record does not declare: {', '.join(staged.drift)[:1500]}"
    kept = "not kept, for privacy" if pipeline.privacy.hides else f"kept in {EXTRA}"
    todo = f"They are {kept}; declare them in the record to make columns of them."
    yield checks.Result("schema drift", "warning", known, len(staged.drift), 0, details, todo)
    for note in staged.notes:
        details = note.says.format(note.count) if note.count else ""
        yield checks.Result(note.check, "warning", not note.count, note.count, 0, details)
    odd = sum(elements.quarantined for elements in staged.elements.values())
    clean = not staged.quarantined and not odd
    details = "" if clean else f"{staged.quarantined} of {staged.fetched} records are in quarantine"
    details += f", and {odd} elements of others" if odd else ""
    todo = f"Group {ledger.SCHEMA}.quarantine by reason and path to see why."
    yield checks.Result("records accepted", "warning", clean, staged.quarantined + odd, 0, details, todo)


def _held_back(pipeline: Pipeline, reader: Reader, extraction: Extraction) -> Iterator[checks.Result]:
    """Rows that a record without a whole key keeps from being removed."""
    family, reach = pipeline.family(extraction.load_id), extraction.reach
    if not reach.infers:
        return
    unread = partly_read(reader, family)
    rows = held_back(reader, family, reach, unread)
    details = ""
    if rows:
        names = sorted({k for known in unread for k in family.spec.key if k not in known})
        details = (
            f"{rows} rows stay that were not read again: each may be that of a rejected record whose "
            f"{' and '.join(names)} cannot be read"
        )
    todo = f"Mend the records named in {ledger.SCHEMA}.quarantine, or their cause; the next load removes the rows."
    yield checks.Result("deletions held back", "warning", not rows, rows, 0, details, todo)


def _log(pipeline: Pipeline, results: list[checks.Result], load_id: str | None) -> None:
    """Store the results, and tell each in a line."""
    for result in results:
        told = f"{result.details}. {result.todo}" if not result.passed else result.details
        level = logging.INFO if result.passed else logging.WARNING
        log.log(level, "%s: %s %s %s", pipeline.name, result.status, result.check, told)
    values = [
        {
            "source": pipeline.source.name,
            "table_name": pipeline.resource.table.name,
            "load_id": load_id,
            "run_id": pipeline.run_id,
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
        pipeline.warehouse.books.put(ledger.quality_log, values)


def _candidate_rows(family: Family, name: str, kept: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The rows a table would have after publishing: staged ones, and published ones that stay."""
    table = next(t for t in family.spec.family() if t.name == name)
    columns = (*table.names, EXTRA)
    new, old = (
        sa.select(*(one.c[c] for c in columns)) for one in (family.stages[name], family.targets[name])
    )
    if table is not family.spec:
        mine = family.targets[name]
        parents = list(zip(table.parent_columns, family.spec.key, strict=True))
        kept = sa.or_(
            sa.exists().where(*(mine.c[own] == family.target.c[theirs] for own, theirs in parents), kept),
            sa.and_(
                sa.exists().where(*(mine.c[own] == family.stage.c[theirs] for own, theirs in parents)),
                may_be(family.odd_elements[name], mine, table.key),
                ~sa.exists().where(*same(family.stages[name], mine, table.key)),
            ),
        )
    return sa.select(sa.union_all(new, old.where(kept)).subquery())


def _kept(reader: Reader, family: Family, reach: Reach) -> sa.ColumnElement[bool]:
    """The condition that a row of the parent table stays and the stage does not speak of it."""
    replaced = sa.exists().where(*same(family.stage, family.target, family.spec.key))
    return sa.and_(~replaced, *(~gone for gone in _gone(reader, family, reach)))


def _kept_whole(
    reader: Reader, family: Family, reach: Reach, kept: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    """The condition that such a row's child rows stay with it."""
    if family.spec.keep_children:
        return kept
    gone = removal(family, reach, partly_read(reader, family)).gone
    return sa.and_(kept, *alive(family), *(~each for each in gone))


def _gone(reader: Reader, family: Family, reach: Reach) -> list[sa.ColumnElement[bool]]:
    """The conditions under which a row of the parent table goes; a row that is deleted softly stays."""
    if family.spec.soft_delete:
        return []
    return removal(family, reach, partly_read(reader, family)).gone
