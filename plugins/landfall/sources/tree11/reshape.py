"""From what was landed to records: one landed object in, the JSON objects that Tree11's records describe out.

Amounts are rounded to cents here and nowhere else: the vendor computes them as binary fractions, so 0.3 comes as
0.30000000000000004. Everything else passes as it came; what cannot be a record is for the decoder to reject.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, Inexact, InvalidOperation, localcontext
from typing import Any

import msgspec

from landfall.errors import RowRejected
from landfall.json_text import NOT_JSON

Row = dict[str, Any]
Reshape = Callable[[bytes], Iterator[bytes]]

CATEGORIES = {"new": "Nieuw", "paused": "Gepauzeerd", "active": "Actief", "expirations": "Verlopen"}
PAYMENT_TYPES = {"ONCE": "Eenmalig", "PERIODIC": "Periodiek", "PERIODIC_CUSTOM": "Periodiek_Aangepast"}
STATUSES = ("ACTIVE", "PAUSED", "INACTIVE", "CANCELLED", "EXPIRED", "UNKNOWN")
"""The liveliest first: a member who has a plan twice has it in the livelier state."""

TAKINGS_KEY = ("date", "ledgerAccountId", "type")
"""What a line of takings is told by."""

_CENT = Decimal("0.01")
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
encode = msgspec.json.Encoder(decimal_format="number").encode


def members(line: bytes) -> Iterator[bytes]:
    """A member, its assignments reduced to plan, name and status, each plan once.

    v2 tells the ids of the plans alone.
    """
    row = _object(line)
    held: dict[Any, Row] = {}
    for each in row.get("activeMemberships") or ():
        found = _assignment(each)
        known = held.get(found["AbonnementId"])
        if known is None or STATUSES.index(found["Status"]) < STATUSES.index(known["Status"]):
            held[found["AbonnementId"]] = found
    yield encode(row | {"activeMemberships": list(held.values())})


def _assignment(each: Any) -> Row:
    if not isinstance(each, dict):
        return {"AbonnementId": each, "AbonnementNaam": None, "Status": "UNKNOWN"}
    plan = each.get("membership")
    plan = plan if isinstance(plan, dict) else {}
    states = (
        ("expired", "EXPIRED"),
        ("cancelledAt", "CANCELLED"),
        ("paused", "PAUSED"),
        ("active", "ACTIVE"),
    )
    status = next((word for field, word in states if each.get(field)), "INACTIVE")
    return {"AbonnementId": plan.get("id"), "AbonnementNaam": plan.get("name"), "Status": status}


def plans(line: bytes) -> Iterator[bytes]:
    """A plan, its amount in cents."""
    yield encode(_in_cents(_object(line), "amount"))


def lessons(line: bytes) -> Iterator[bytes]:
    """A lesson, its teachers as their full names with commas between them; none is null."""
    row = _object(line)
    teachers = row.get("teachers")
    if isinstance(teachers, list):
        names = [each.get("fullName") for each in teachers if isinstance(each, dict)]
        row["teachers"] = ", ".join(name for name in names if isinstance(name, str) and name) or None
    yield encode(row)


def attendance(line: bytes) -> Iterator[bytes]:
    """The members of a lesson, each with the lesson's id and day."""
    row = _object(line)
    context = {"LesId": row.get("lesson_id"), "Datum": row.get("date")}
    for member in row["members"]:
        yield encode(member | context if isinstance(member, dict) else context)


def invoices(line: bytes) -> Iterator[bytes]:
    """An invoice, its amount in cents."""
    yield encode(_in_cents(_object(line), "totalAmount"))


def payouts(line: bytes) -> Iterator[bytes]:
    """A payout, its amounts in cents."""
    row = _object(line)
    payout = row.get("payout")
    if isinstance(payout, dict) and isinstance(payout.get("summary"), dict):
        amounts = [name for name in payout["summary"] if name.endswith("Amount")]
        payout["summary"] = _in_cents(payout["summary"], *amounts)
    yield encode(row)


def revenue(line: bytes) -> Iterator[bytes]:
    """The takings of the days asked for, one row a day, ledger account and kind, in cents.

    The vendor may have told of a day more. Lines of one key are summed: the table has one row for them, and the last
    would else take the place of the others. Where they have no exact sum the row has all their amounts, and so is
    rejected.
    """
    row = _object(line)
    keyed: dict[Any, list[Row]] = {}
    for each in row["revenue"]["dailyRevenue"]:
        day = each.get("date") if isinstance(each, dict) else None
        if isinstance(day, str) and not row["start"] <= day <= row["end"]:
            continue
        key = tuple(each.get(name) for name in TAKINGS_KEY) if isinstance(each, dict) else ()
        if key and all(isinstance(part, str) for part in key):
            keyed.setdefault(key, []).append(each)
        else:
            yield encode(each)
    for told in keyed.values():
        yield encode(
            _in_cents(told[-1] | {"revenue": _sum([each.get("revenue") for each in told])}, "revenue")
        )


def ledgers(line: bytes) -> Iterator[bytes]:
    """The ledger accounts that come with the revenue."""
    return map(encode, _object(line)["revenue"]["ledgerAccounts"])


def statistics(line: bytes) -> Iterator[bytes]:
    """One record a day asked for, zeros included; no series at all is zero on every day."""
    row = _object(line)
    told = row["statistics"]
    counts = dict.fromkeys(_days(row["start"], row["end"]), 0)
    for series in told["series"]:
        for day, count in zip(told["labels"], series["data"], strict=True):
            if day in counts:
                counts[day] += count
    context = {
        "Categorie": CATEGORIES.get(row["category"], row["category"]),
        "Type": PAYMENT_TYPES.get(row["payment_type"], row["payment_type"]),
    }
    if "membership_id" in row:
        context["AbonnementId"] = row["membership_id"]
    for day, count in counts.items():
        yield encode({"Datum": day, **context, "Aantal": count})


def sales(line: bytes) -> Iterator[bytes]:
    """What was sold of each product on the day; what nobody bought is left out."""
    row = _object(line)
    for each in row["statistics"]["salesPerProduct"]:
        if each.get("sales") != 0:
            yield encode(each | {"Datum": row["date"]})


def _days(start: str, end: str) -> list[str]:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _in_cents(row: Row, *names: str) -> Row:
    """The row with these amounts rounded half away from zero; what is no number stays."""
    return row | {name: _cents(row[name]) for name in names if name in row}


def _sum(amounts: list[Any]) -> Any:
    """The exact sum; one amount is itself, and amounts without an exact sum stay a list."""
    if len(amounts) == 1:
        return amounts[0]
    if not all(map(_is_number, amounts)):
        return amounts
    try:
        with localcontext() as context:
            context.traps[Inexact] = True
            return sum(map(Decimal, amounts), Decimal())
    except Inexact:  # more digits than any amount has
        return amounts


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _cents(value: Any) -> Any:
    if not _is_number(value):
        return value
    try:
        return Decimal(value).quantize(_CENT, ROUND_HALF_UP)
    except InvalidOperation:  # more digits than any amount has
        return value


def _object(line: bytes) -> Row:
    """The decoded object, its fractions as exact decimals.

    :raises RowRejected: it is no JSON object.
    """
    try:
        row = _decode(line)
    except NOT_JSON:
        raise RowRejected("is not valid JSON text") from None
    if not isinstance(row, dict):
        raise RowRejected("is not an object")
    return row
