"""The second step: what was landed, as typed rows, into the stage."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import sqlalchemy as sa

from landfall.landing import Landing
from landfall.models import Select
from landfall.pipeline.ensure import ensure_source
from landfall.pipeline.facts import Extraction
from landfall.pipeline.model import fill
from landfall.pipeline.rejecting import as_it_stands, over_by_rules, set_aside
from landfall.pipeline.replay import newer
from landfall.reads import Mode
from landfall.stage.load import Staged, stage
from landfall.stage.replay import stage_replay
from landfall.warehouse.tables import count_each

if TYPE_CHECKING:
    from landfall.pipeline import Pipeline


def load(pipeline: Pipeline, extraction: Extraction) -> Staged:
    """Stage what was landed, see `landfall.stage.load.stage`; or what a model selects."""
    if isinstance(pipeline.resource.read, Select):
        return fill(pipeline, extraction)
    ensure_source(pipeline.warehouse, pipeline.source, pipeline.resource)
    landing = Landing(pipeline.folder(extraction.landing))
    if extraction.mode == Mode.REPLAY:
        return stage_replay(
            pipeline.warehouse,
            pipeline.source.name,
            pipeline.resource,
            extraction.load_id,
            pipeline.run_id,
            landing,
            pipeline.privacy,
            newer(pipeline, pipeline.privacy.veil(pipeline.resource.table)),
        )
    parts = [part for part in extraction.parts if not part.error]
    fill_stages = functools.partial(
        stage,
        pipeline.warehouse,
        pipeline.source.name,
        pipeline.resource,
        extraction.load_id,
        pipeline.run_id,
        landing,
        extraction.reach,
        pipeline.privacy,
        parts,
    )
    staged = fill_stages()
    if broken := over_by_rules(pipeline, extraction, staged):
        staged = fill_stages(over=broken.told)
        broken.keep(pipeline, extraction)
    return staged


def restaged(pipeline: Pipeline, extraction: Extraction, staged: Staged) -> Staged:
    """The stage as it is, or staged again where it is gone, or empty because the server crashed meanwhile.

    :param staged: what `load` returned.
    :returns: the same with what rejecting checks have set aside.
    """
    family = pipeline.family(extraction.load_id)
    if pipeline.warehouse.staged(family):
        with pipeline.warehouse.reading() as reader:
            if found := as_it_stands(reader, family, staged):
                return found
    return set_aside(pipeline, extraction, load(pipeline, extraction))[0]


def staged_rows(pipeline: Pipeline, extraction: Extraction) -> dict[str, int]:
    """How many rows each table's stage holds."""
    family = pipeline.family(extraction.load_id)
    with pipeline.warehouse.reading() as reader:
        return dict(zip(family.stages, count_each(reader, *family.stages.values()), strict=True))


def staged_filled(pipeline: Pipeline, extraction: Extraction, column: str) -> int:
    """How many rows of the parent table's stage have a value in `column`."""
    family = pipeline.family(extraction.load_id)
    filled = sa.select(sa.func.count(family.stages[family.spec.name].c[column]))
    with pipeline.warehouse.reading() as reader:
        return int(reader.execute(filled).scalar_one())
