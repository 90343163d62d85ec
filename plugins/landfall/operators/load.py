"""Load: landed records become typed rows in the stage."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import msgspec

from landfall.operators.base import ResourceOperator


class LoadOperator(ResourceOperator):
    """Stages what the extract landed; returns the counts. A rerun works from landing, without an API call."""

    def execute(self, context: Any) -> dict[str, Any]:
        extraction = self.extraction(context)
        staged = self.pipeline(self.resource, context).load(extraction)
        for part in extraction.without(staged.left_out).failed:
            self.log.error("%s.%s: %s", self.source, self.resource, part.failure)
        self.log.info(
            "%s.%s: %s records staged, %s in quarantine, %s deduplicated",
            self.source,
            self.resource,
            staged.staged,
            staged.quarantined,
            staged.deduplicated,
        )
        plain: dict[str, Any] = msgspec.to_builtins(staged)
        return plain


def loader(path: str) -> type[LoadOperator]:
    """The operator that loads a resource: the one it names as `module:Class`, else `LoadOperator`."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name) if path else LoadOperator
