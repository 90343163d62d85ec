"""The four steps of one load, free of Airflow: extract, load, check, publish. One module a step.

Each step takes what the step before returned (small and plain, an XCom) and can be run again: `load` works from
landing, `check` and `publish` stage again where the stage is gone, and `publish` of a load that is already published
changes nothing and returns the stored figures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from landfall.ledger import State, part_name
from landfall.pipeline import check as _check
from landfall.pipeline import extract as _extract
from landfall.pipeline import load as _load
from landfall.pipeline import model as _model
from landfall.pipeline import publish as _publish
from landfall.pipeline import replay as _replay
from landfall.pipeline import told as _told
from landfall.pipeline.ensure import ensure_ledger, ensure_source
from landfall.pipeline.facts import Extraction, Published
from landfall.pipeline.identify import prove_identity
from landfall.pipeline.model import moved, published
from landfall.pipeline.told import ToldAt
from landfall.privacy import KEEP, Privacy
from landfall.resources import Resource, Source
from landfall.warehouse import Warehouse
from landfall.warehouse.removal import Family

__all__ = [
    "Extraction",
    "Pipeline",
    "Published",
    "ToldAt",
    "ensure_ledger",
    "ensure_source",
    "moved",
    "prove_identity",
    "published",
]


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

    def uri(self, load_id: str) -> str:
        """Where a load's landing lies."""
        return f"{self.landing}/{self.source.name}/{self.resource.name}/{load_id}"

    def family(self, load_id: str) -> Family:
        """The resource's tables with a load's stages."""
        return Family(self.resource.table, self.source.name, load_id, self.resource.window)

    def state(self, part: str = "") -> State:
        """What is published of the resource's table, or of a part of it."""
        table = self.resource.table.name
        name = part_name(table, part) if part else table
        return self.warehouse.state(self.source.name, name, self.source.place(self.resource.table))

    keep_told = _told.keep_told
    find_told = _told.find_told
    request = _extract.request
    extract = _extract.extract
    note_unchanged = _extract.note_unchanged
    replay = _replay.replay
    load = _load.load
    staged_rows = _load.staged_rows
    staged_filled = _load.staged_filled
    check = _check.check
    check_references = _check.check_references
    publish = _publish.publish
    build = _model.build

    def clean_up(self, load_ids: list[str]) -> int:
        """Drop the stages of these loads. :returns: how many tables."""
        return self.warehouse.drop_stages(load_ids)
