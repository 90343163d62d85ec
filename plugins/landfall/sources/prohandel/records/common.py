"""What all of ProHandel's records have."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from landfall.records import Record, column

MONEY, RATE = (18, 4), (28, 10)
FORBIDDEN = ("webshopUserPassword", "iban", "bankAccount", "dateOfBirth")
"""Never stored, wherever they occur: a warehouse of sales needs none of them."""


class Changing(Record):
    """When a row changed last, and whether it is deleted."""

    last_change: datetime | None = column("lastChange", doc="Cut to microseconds", loose=True)
    last_change_sent: str | None = column("lastChange", doc="As sent, which watermarks compare", loose=True)
    is_deleted: bool | None = column("isDeleted")


def relation(at: str, to: str) -> Any:
    """The business number of a row of another list; 0 is none.

    Without an index: views join whole lists, and a million receipts would have to keep three.
    """
    return column(at, references=f"{to}.number", index=False, loose=True, zero=True)
