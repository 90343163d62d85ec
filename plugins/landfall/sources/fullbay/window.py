"""The days of invoices that are read, and whether what they no longer list is gone."""

from __future__ import annotations

import dataclasses
import os

from landfall.errors import Misconfigured
from landfall.landing import LandingWriter
from landfall.reads import Outcome, Request, Window

SETTING = "LANDFALL_FULLBAY_DELETES"


@dataclasses.dataclass(frozen=True)
class InvoiceWindow(Window):
    """Days of invoices. Which date the API's range filters by is not documented, so absence means something only where
    the operator says that it is the invoice's own date.
    """

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        column = "invoice_date" if _absent_is_gone() else ""
        return Window.read(dataclasses.replace(self, column=column), request, landing)


def _absent_is_gone() -> bool:
    """Whether the operator opted in; a setting that is missing or empty is the default. :raises Misconfigured:"""
    chosen = os.environ.get(SETTING) or "off"
    if chosen not in ("off", "unlisted"):
        raise Misconfigured(
            "fullbay: deletes is an unknown choice", todo=f"Set {SETTING} to one of off, unlisted."
        )
    return chosen == "unlisted"
