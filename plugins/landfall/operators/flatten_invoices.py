"""Flatten invoices: the load step of a source whose records become lines."""

from __future__ import annotations

from typing import Any

from landfall.operators.load import LoadOperator


class FlattenInvoicesOperator(LoadOperator):
    """Flattens what was landed into raw invoices, lines and reconciliation, by the source's own pure code.

    It works from landing, without an API call, and returns the counts. An invoice that cannot have lines is staged with
    its error and stops no other.
    """

    ui_color = "#f4ede8"

    def execute(self, context: Any) -> dict[str, Any]:
        counts = super().execute(context)
        rows = self.pipeline(self.resource, context).staged_rows(self.extraction(context))
        self.log.info("%s.%s: %s", self.source, self.resource, ", ".join(f"{n} {t}" for t, n in rows.items()))
        return {**counts, "rows": rows}
