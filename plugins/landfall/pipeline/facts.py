"""What the steps hand on: small and plain, so that it can go from task to task."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from landfall.scope import Part, Reach, Scope, Window
from landfall.warehouse.engine import Figures


class Extraction(msgspec.Struct):
    """What an extract landed; goes from task to task.

    :ivar landing: URI of the load's folder.
    :ivar version: the ledger's version of the table when it was read; publishing refuses to overwrite a later one.
    :ivar watermark: candidate, published with the data.
    :ivar parts: accounts, or years of an export; those that failed are not in the landing.
    :ivar inputs: of a model: the load that changed each table last that it is made of.
    :ivar resumed_from: when the oldest of it was read that an attempt before had landed.
    :ivar read_until: when the read had ended.
    :ivar requests: that the read made of the vendor.
    :ivar waited_seconds: how long these have waited for the request budget, added up.
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
    windows: tuple[Window, ...] = ()
    changed: bool = True
    inferred_deletes: bool = False
    parts: list[Part] = []
    resumed_from: datetime | None = None
    read_until: datetime | None = None
    inputs: dict[str, str] = {}
    requests: int | None = None
    waited_seconds: float | None = None

    @property
    def failed(self) -> list[Part]:
        """The parts that were not read."""
        return [part for part in self.parts if part.error]

    @property
    def reach(self) -> Reach:
        """What the load accounts for."""
        return Reach(Scope(self.scope), self.windows, self.inferred_deletes)


class Published(msgspec.Struct):
    """What a publish changed, in rows of the parent table; `tables` has each table of the resource.

    :ivar overtaken: nothing was changed, since a run that read later has published all that this one read, or newer.
    """

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
    overtaken: bool = False
    tables: dict[str, Figures] = {}
    superseded: int = 0


def from_ledger(row: dict[str, Any]) -> Published:
    """What an earlier attempt of the same load published, as the ledger has it."""
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
        superseded=row["superseded"] or 0,
    )
