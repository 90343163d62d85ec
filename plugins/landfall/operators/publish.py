"""Publish: the one transaction that changes what readers see."""

from __future__ import annotations

from typing import Any

import msgspec

from landfall import assets
from landfall.operators.lineage import LineageOperator
from landfall.reads import Mode
from landfall.resources import Replace, ReplaceWindow, Upsert, Write


class PublishOperator(LineageOperator):
    """Publishes a staged load with its watermark and run record; returns the figures.

    Reads the run parameters `allow_shrink` (consent to removing more rows than the fuse allows) and `dry_run` (do
    everything, then roll back).
    """

    def execute(self, context: Any) -> dict[str, Any]:
        params = context["params"]
        result = self.pipeline(self.resource, context).publish(
            self.extraction(context),
            self.staged(context),
            allow_shrink=bool(params.get("allow_shrink")),
            dry_run=bool(params.get("dry_run")),
        )
        if result.overtaken:
            self.log.warning(
                "%s.%s: overtaken: a run that read later has published all that this one read, or newer; nothing was "
                "changed, and there is nothing to do",
                self.source,
                self.resource,
            )
        self.log.info(
            "%s.%s: %s%s inserted, %s updated, %s unchanged, %s deleted; %s rows, watermark %s",
            self.source,
            self.resource,
            "would be: " if result.dry_run else "",
            result.inserted,
            result.updated,
            result.unchanged,
            result.deleted,
            result.rows,
            result.watermark,
        )
        for name, told in result.tables.items() if self.extraction(context).mode == Mode.REPLAY else ():
            self.log.info(
                "%s: of %s replayed %s accepted, %s still rejected, %s superseded",
                name,
                told.fetched,
                told.inserted + told.updated + told.unchanged,
                told.quarantined,
                told.superseded,
            )
        assets.tell(self, context, result)
        self.keep_lineage(result)
        plain: dict[str, Any] = msgspec.to_builtins(result)
        return plain


class ChangelogUpsertOperator(PublishOperator):
    """Publishes changes: upserts what was read, deletes what the vendor reports as deleted.

    Rows that are equal are not touched. Of a full read, it also removes what vanished.
    """


class FullReplaceOperator(PublishOperator):
    """Publishes a complete read: the table becomes what the read holds, by changing only what differs.

    Views, grants and indexes stay; readers see the old rows or the new ones. The fuse guards against a shrunken read.
    """


class ReplaceWindowOperator(PublishOperator):
    """Publishes a range of dates: rows within it become what the read holds, rows outside it are left alone."""


def publisher(write: Write) -> type[PublishOperator]:
    """The operator that carries out a write strategy."""
    operators: dict[type, type[PublishOperator]] = {
        Upsert: ChangelogUpsertOperator,
        Replace: FullReplaceOperator,
        ReplaceWindow: ReplaceWindowOperator,
    }
    return operators[type(write)]
