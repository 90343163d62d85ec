"""From what was landed to records: one landed object in, the JSON objects that Tree11's records describe out.

Amounts are rounded to cents here and nowhere else: the vendor computes them as binary fractions, so 0.3 comes as
0.30000000000000004. Everything else passes as it came; what cannot be a record is for the decoder to reject.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, Inexact, localcontext
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from landfall.errors import RowRejected
from landfall.json_text import NOT_JSON, at, elements, members, raw_at
from landfall.rows import summed

Row = dict[str, Any]
Reshape = Callable[[bytes], Iterator[bytes]]

CATEGORIES = {"new": "Nieuw", "paused": "Gepauzeerd", "active": "Actief", "expirations": "Verlopen"}
PAYMENT_TYPES = {"ONCE": "Eenmalig", "PERIODIC": "Periodiek", "PERIODIC_CUSTOM": "Periodiek_Aangepast"}
STATUSES = ("ACTIVE", "PAUSED", "INACTIVE", "CANCELLED", "EXPIRED", "UNKNOWN")
"""The liveliest first: a member who has a plan twice has it in the livelier state."""

TAKINGS_KEY = ("date", "ledgerAccountId", "type")
"""What a line of takings is told by."""

ZONE = ZoneInfo("Europe/Amsterdam")
"""In which the gym has its days."""

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
encode = msgspec.json.Encoder(decimal_format="number").encode


def users(line: bytes) -> Iterator[bytes]:
    """A member, its assignments reduced to plan, name and status, each plan once.

    v2 tells the ids of the plans alone.
    """
    row = _object(line)
    assigned = row.get("activeMemberships")
    if isinstance(assigned, list):
        held: dict[str, Row] = {}
        unreadable: list[Row] = []
        for found in map(_assignment, assigned):
            plan = found["AbonnementId"]
            known = held.get(plan) if isinstance(plan, str) else None
            if not isinstance(plan, str):
                unreadable.append(found)
            elif known is None or STATUSES.index(found["Status"]) < STATUSES.index(known["Status"]):
                held[plan] = found
        row["activeMemberships"] = [*held.values(), *unreadable]
    yield encode(row)


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
    """The members of a lesson, each with the lesson's id and day. A lesson that could not be asked about, or whose
    members are no list, is one record without a member: it holds back that lesson and no other.

    :raises RowRejected: not even the lesson can be told.
    """
    try:
        told, listed = _wrapped(line, "members")
    except RowRejected:
        told, listed = {name: at(line, name) for name in ("lesson_id", "date")}, None
        if not told["lesson_id"]:
            raise
    context = {"LesId": told.get("lesson_id"), "Datum": told.get("date")}
    for member in [None] if listed is None else listed:
        yield _beside(member, context)


def invoices(line: bytes) -> Iterator[bytes]:
    """An invoice, its amount in cents; where it is due at a moment, the gym's day of it."""
    row = _in_cents(_object(line), "totalAmount")
    if "dueDate" in row:
        row["dueDate"] = _day(row["dueDate"])
    yield encode(row)


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
    context, lines = _wrapped(line, "revenue", "dailyRevenue")
    keyed: dict[Any, list[Row]] = {}
    for each in lines or ():
        if _outside(_value(each, "date"), context["start"], context["end"]):
            continue
        key = tuple(each.get(name) for name in TAKINGS_KEY) if isinstance(each, dict) else ()
        if isinstance(each, dict) and all(isinstance(part, str) for part in key):
            keyed.setdefault(key, []).append(each)
        else:
            yield _beside(each, {})
    for told in keyed.values():
        yield encode(
            _in_cents(told[-1] | {"revenue": _sum([each.get("revenue") for each in told])}, "revenue")
        )


def ledgers(line: bytes) -> Iterator[bytes]:
    """The ledger accounts that come with the revenue."""
    _, listed = _wrapped(line, "revenue", "ledgerAccounts")
    return (_beside(each, {}) for each in listed or ())


def statistics(line: bytes) -> Iterator[bytes]:
    """One record a day asked for, zeros included; no series at all is zero on every day.

    A plan that could not be asked about is one record without a day.
    """
    row = _object(line)
    context = {"Type": PAYMENT_TYPES.get(row["payment_type"])}
    if "membership_id" in row:
        context["AbonnementId"] = row["membership_id"]
    told = row["statistics"]
    if told is None:
        yield encode(context)
        return
    context["Categorie"] = CATEGORIES.get(row["category"])
    counts: dict[str, list[Any]] = {day: [] for day in _days(row["start"], row["end"])}
    for series in told["series"]:
        for day, count in zip(told["labels"], series["data"], strict=True):
            if day in counts:
                counts[day].append(count)
    for day, found in counts.items():
        yield encode({"Datum": day, **context, "Aantal": _sum(found)})


def sales(line: bytes) -> Iterator[bytes]:
    """What was sold of each product on the day, summed, where that is more than nothing.

    Entries of one product without an exact sum are rejected together, as lines of takings are.
    """
    context, listed = _wrapped(line, "statistics", "salesPerProduct")
    day = {"Datum": context["date"]}
    sold: dict[str, list[Row]] = {}
    for each in listed or ():
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            sold.setdefault(each["id"], []).append(each)
        elif not _is_none(_value(each, "sales")):
            yield _beside(each, day)
    for told in sold.values():
        total = _sum([each.get("sales") for each in told])
        if not _is_none(total):
            yield encode(told[-1] | {"sales": total} | day)


def _is_none(total: Any) -> bool:
    return _is_number(total) and total <= 0


def _days(start: str, end: str) -> list[str]:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _outside(day: Any, start: str, end: str) -> bool:
    """Whether it is a day, and not one from `start` to `end`."""
    try:
        return not date.fromisoformat(start) <= date.fromisoformat(day) <= date.fromisoformat(end)
    except (TypeError, ValueError):
        return False


def _day(value: Any) -> Any:
    """The gym's day of a moment; what is none stays."""
    if not isinstance(value, str) or len(value) <= len("2026-03-31"):
        return value
    try:
        moment = datetime.fromisoformat(value)
        return (moment.astimezone(ZONE) if moment.tzinfo else moment).date().isoformat()
    except (ValueError, OverflowError):
        return value


def _in_cents(row: Row, *names: str) -> Row:
    """The row with these amounts rounded half away from zero; what is no number stays."""
    return row | {name: _cents(row[name]) for name in names if name in row}


def _sum(amounts: list[Any]) -> Any:
    """The exact sum; none is 0, one amount is itself, and amounts without an exact sum stay a list."""
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
    return summed([Decimal(value)], 2)


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


def _wrapped(line: bytes, *path: str) -> tuple[Row, list[Any] | None]:
    """What a landed line says beside the vendor's answer, and the elements of the list at `path`, None where it is
    null; an element that is no JSON is its bytes.

    :raises RowRejected: it is no JSON object.
    """
    try:
        told = members(line)
        context = {name: _decode(value) for name, value in told.items() if name != path[0]}
        listed = raw_at(line, ".".join(path))
        return context, None if listed is None else [_decoded(each) for each in elements(listed)]
    except NOT_JSON:
        raise RowRejected("is not valid JSON text") from None


def _decoded(element: msgspec.Raw) -> Any:
    try:
        return _decode(element)
    except NOT_JSON:
        return bytes(element)


def _value(element: Any, name: str) -> Any:
    """A field of an element of a list, where it can be read."""
    if isinstance(element, dict):
        return element.get(name)
    return at(element, name) if isinstance(element, bytes) else None


def _beside(element: Any, context: Row) -> bytes:
    """An element with its context; one that is no JSON keeps its bytes, for the decoder to reject with its key."""
    if isinstance(element, dict):
        return encode(element | context)
    if not isinstance(element, bytes):
        return encode(context or element)
    return element[:-1] + b"," + encode(context)[1:] if context and element[:1] == b"{" else element
