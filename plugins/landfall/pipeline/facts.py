"""What the steps hand on: small and plain, so that it can go from task to task."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from landfall.scope import LEFT_OUT, Part, Reach, Scope, Window
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
        """The parts that were not read, or are left out."""
        return [part for part in self.parts if part.error]

    def without(self, left_out: Mapping[str, str]) -> Extraction:
        """The same as if these parts had not been read: their rows and their watermarks stay as they are.

        :param left_out: why, by the part's name.
        """
        if not left_out:
            return self
        parts = [
            msgspec.structs.replace(part, error=left_out[part.name], todo=LEFT_OUT, watermark=None)
            if part.name in left_out
            else part
            for part in self.parts
        ]
        scope, windows = Scope(self.scope), self.windows
        if scope is Scope.EVERYTHING:
            read = (part for part in parts if not part.error)
            windows = tuple(Window(p.column, None, None, owner=(p.column, p.name)) for p in read)
            scope = Scope.WINDOW
        elif scope is Scope.WINDOW:
            windows = tuple(each for each in windows if not each.owner or each.owner[1] not in left_out)
            scope = Scope.WINDOW if windows else Scope.NOTHING
        changed = {"parts": parts, "scope": scope.value, "windows": windows, "watermark": None}
        return msgspec.structs.replace(self, **changed)

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
