"""A model's table made anew, where something that it reads has moved: stage, check, publish, in one go."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from landfall import ledger, models
from landfall.landing import new_load_id
from landfall.pipeline.ensure import ensure_source
from landfall.pipeline.facts import Extraction, Published
from landfall.reads import Mode
from landfall.resources import Source
from landfall.scope import Scope
from landfall.stage.load import Staged
from landfall.warehouse import Warehouse
from landfall.warehouse.tables import count_rows, target_table

if TYPE_CHECKING:
    from landfall.pipeline import Pipeline
    from landfall.resources import Resource


def published(warehouse: Warehouse, source: Source, *names: str) -> dict[str, ledger.State]:
    """What is published of a source's tables, or of those with these names; what a run left out of the ledger is there
    after it."""
    tables = [target_table(t, source.name) for t in source.published if not names or t.name in names]
    return warehouse.states(source.name, tables)


def moved(warehouse: Warehouse, source: Source) -> list[str]:
    """Names of the models that are not made of what they read as it is now, and of those that read one of them."""
    found: list[str] = []
    states, versions = published(warehouse, source), ledger.versions(warehouse.books, source.name)
    tables: set[str] = set()
    for model in source.models:
        made = model.read
        assert isinstance(made, models.Select | models.Made)
        state = states.get(model.table.name, ledger.State())
        now = models.digest(made, source.kind, _inputs(_owners(source, made), versions))
        if state.watermark != now or tables & {*made.reads(source.kind)}:
            found.append(model.name)
            tables.add(model.table.name)
    return found


def build(pipeline: Pipeline, *, allow_shrink: bool = False) -> Published | None:
    """Make the table anew; None where nothing that it reads has moved.

    :raises CheckFailed, FuseBlown: as any load; the table is as it was.
    """
    source, made = pipeline.source, pipeline.resource.read
    assert isinstance(made, models.Select | models.Made)
    state = pipeline.state()
    owners = _owners(source, made)
    published(pipeline.warehouse, source, *(owner.table.name for owner in owners.values()))
    # Read before the rows are: what is published meanwhile makes the next run make it again.
    inputs = _inputs(owners, ledger.versions(pipeline.warehouse.books, source.name))
    watermark = models.digest(made, source.kind, inputs)
    if state.watermark == watermark:
        return None
    if isinstance(made, models.Select):
        extraction = _selected(pipeline, state)
    else:
        extraction = pipeline.extract(pipeline.request(None, Mode.FULL), made.read)
    extraction = msgspec.structs.replace(extraction, watermark=watermark, inputs=inputs)
    try:
        staged = pipeline.load(extraction)
        pipeline.check(extraction, staged)
        return pipeline.publish(extraction, staged, allow_shrink=allow_shrink)
    finally:
        pipeline.clean_up([extraction.load_id])


def fill(pipeline: Pipeline, extraction: Extraction) -> Staged:
    """Fill a SELECT's stage, in the engine."""
    made = pipeline.resource.read
    assert isinstance(made, models.Select)
    ensure_source(pipeline.warehouse, pipeline.source, pipeline.resource)
    family = pipeline.family(extraction.load_id)
    with pipeline.warehouse.stage(family) as stages:
        dialect = stages.read().dialect
        stages.fill(family.stage, functools.partial(_rendered, pipeline, made, dialect))
        stages.finish(newest=False)  # a key that comes twice is a fault of the model's, and told by a check
        rows = count_rows(stages.read(), family.stage)
    return Staged(fetched=rows, staged=rows, lines=rows)


def _rendered(pipeline: Pipeline, made: models.Select, dialect: sa.Dialect, into: sa.Table | None) -> str:
    source = pipeline.source
    return models.render(made.text(source.kind), pipeline.resource.table, source.schemas, dialect, into)


def _selected(pipeline: Pipeline, state: ledger.State) -> Extraction:
    return Extraction(
        source=pipeline.source.name,
        resource=pipeline.resource.name,
        load_id=new_load_id(),
        run_id=pipeline.run_id,
        landing="",
        mode=Mode.FULL.value,
        scope=Scope.EVERYTHING.value,
        version=state.version,
        fetched=0,
        deletes=0,
        watermark_before=state.watermark,
    )


def _owners(source: Source, made: models.Select | models.Made) -> dict[str, Resource]:
    """By the name of each table that a model reads: what it is published with; a child table moves with its parent."""
    every = (*source.resources, *source.models)
    owner = {table.name: resource for resource in every for table in resource.table.family()}
    return {name: owner[name] for name in made.reads(source.kind) if name in owner}


def _inputs(owners: dict[str, Resource], versions: dict[str, str]) -> dict[str, str]:
    """The load that changed each table last that a model reads."""
    return {name: versions.get(owner.name, "") for name, owner in owners.items()}
