"""Dimensions of words: the values that the vendor documents, and those that are there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from landfall.models import Tables

UNKNOWN = -1
OPTIONS = {
    "Billable": "Billable",
    "DoNotBill": "NonBillable",
    "NoCharge": "NonBillable",
    "NoDefault": "NonBillable",
}
STATUSES = {
    "Open": "Open",
    "Rejected": "Open",
    "RejectBySecondTier": "Open",
    "PendingApproval": "Pending",
    "PendingProjectApproval": "Pending",
    "ErrorsCorrected": "Pending",
    "ApprovedByTierOne": "Approved",
    "ApprovedByTierTwo": "Approved",
    "ReadyToBill": "Ready",
    "Billed": "Billed",
    "BilledAgreement": "Billed",
    "WrittenOff": "Closed",
}
CHARGES = {
    "Company": "Company",
    "ServiceTicket": "Ticket",
    "ProjectTicket": "Project",
    "ChargeCode": "Other",
    "Activity": "Other",
}


def key_of(word: str) -> int:
    """A key that a word has for ever: 63 bits of its hash, so never negative."""
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:8]) >> 1


def options(tables: Tables) -> Iterator[dict[str, Any]]:
    """What may be billed."""
    places = [
        (table, "billableOption")
        for table in ("silver_cw_timeentry", "silver_cw_expenseentry", "silver_cw_productitem")
    ]
    names = ("BillableStatusKey", "billableOption", "billableCategory")
    return _members(names, OPTIONS, "NonBillable", _seen(tables, places))


def statuses(tables: Tables) -> Iterator[dict[str, Any]]:
    """How far a time entry is."""
    names = ("TimeEntryStatusKey", "status", "statusCategory")
    return _members(names, STATUSES, "Unknown", _seen(tables, [("silver_cw_timeentry", "status")]))


def charges(tables: Tables) -> Iterator[dict[str, Any]]:
    """What time is charged to."""
    names = ("ChargeTypeKey", "chargeToType", "chargeCategory")
    return _members(names, CHARGES, "Other", _seen(tables, [("silver_cw_timeentry", "chargeToType")]))


def _seen(tables: Tables, places: Iterable[tuple[str, str]]) -> set[str]:
    return {word for table, column in places for (word,) in tables.rows(table, column, distinct=True) if word}


def _members(
    names: tuple[str, str, str], known: Mapping[str, str], otherwise: str, seen: set[str]
) -> Iterator[dict[str, Any]]:
    key, word, category = names
    yield {key: UNKNOWN, word: None, category: "Unknown"}
    for each in sorted({*known, *seen}):
        yield {key: key_of(each), word: each, category: known.get(each, otherwise)}
