"""Check: what must hold of the rows before anyone sees them."""

from __future__ import annotations

from typing import Any

from landfall.operators.base import ResourceOperator


class CheckOperator(ResourceOperator):
    """Runs the resource's checks on the table as it would be; returns a summary.

    Fails, with what to do, when a blocking check refuses. All results are in `landfall.quality_log`,
    and each is a line of the log.
    """

    def execute(self, context: Any) -> dict[str, Any]:
        results = self.pipeline(self.resource, context).check(self.extraction(context), self.staged(context))
        warnings = [r for r in results if not r.passed]
        return {"passed": len(results) - len(warnings), "warnings": [r.check for r in warnings]}
