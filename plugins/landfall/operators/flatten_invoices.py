"""Flatten invoices: the load step of a source whose records become lines."""

from __future__ import annotations

from typing import Any

from landfall.operators.load import LoadOperator


class FlattenInvoicesOperator(LoadOperator):
    """Flattens what was landed into raw invoices, lines and reconciliation, by the source's own pure code.

    It works from landing, without an API call, and returns the counts, with the rows of each table and how many
    invoices failed. An invoice that cannot have lines is staged with its error and stops no other.
    """

    ui_color = "#f4ede8"

    def execute(self, context: Any) -> dict[str, Any]:
        counts = super().execute(context)
        one, extraction = self.pipeline(self.resource, context), self.extraction(context)
        rows, failed = one.staged_rows(extraction), one.staged_filled(extraction, "processing_errors")
        told = ", ".join(f"{n} {t}" for t, n in rows.items())
        self.log.info("%s: %s; %s invoices without lines", one.name, told, failed)
        return {**counts, "rows": rows, "failed": failed}
