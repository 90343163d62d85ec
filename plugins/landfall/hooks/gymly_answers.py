"""What Gymly's answers prove, and how dates become ranges: pure functions for the hook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from landfall.errors import ContractBroken, Misconfigured
from landfall.wire.answers import Answer
from landfall.wire.pages import Page, raw_at

DAY = timedelta(days=1)


class _Sales(msgspec.Struct):
    sales: int | float


class _Counter(msgspec.Struct):
    salesPerProduct: list[_Sales]


class _Series(msgspec.Struct):
    data: list[int | float]


class _Statistics(msgspec.Struct):
    labels: list[str]
    series: list[_Series]


def one_page(answer: Answer, items: list[msgspec.Raw], number: int = 1) -> Page:
    """A page of an answer that has no envelope."""
    return Page(items, {}, number, answer.request, answer.server_time)


def wrapped(context: Mapping[str, str], name: str, body: bytes) -> msgspec.Raw:
    """One JSON object: the context, and under `name` the vendor's bytes as they came."""
    return msgspec.Raw(msgspec.json.encode(context)[:-1] + f',"{name}":'.encode() + body + b"}")


def array(answer: Answer) -> list[msgspec.Raw]:
    """The objects of an answer that is a list of them.

    :raises ContractBroken: it is something else.
    """
    try:
        items = msgspec.json.decode(answer.body, type=list[msgspec.Raw])
    except msgspec.ValidationError:
        raise ContractBroken(f"Gymly: {answer.place} did not answer with a list") from None
    if any(not bytes(item).startswith(b"{") for item in items):
        raise ContractBroken(f"Gymly: {answer.place} lists something that is not an object")
    return items


def has_lists(answer: Answer, *lists: str) -> None:
    """:raises ContractBroken: the answer is not an object with these lists."""
    for name in lists:
        found = raw_at(answer.body, name)
        if found is None or not bytes(found).startswith(b"["):
            raise ContractBroken(f"Gymly: {answer.place} answered without the list {name}")


def covers(answer: Answer, days: set[str]) -> None:
    """:raises ContractBroken: the statistics lack a label or a number for one of these days.

    No series at all is the vendor's way of saying none.
    """
    try:
        told = msgspec.json.decode(answer.body, type=_Statistics)
    except msgspec.ValidationError:
        raise ContractBroken(f"Gymly: {answer.place} did not answer with labels and series") from None
    if told.series and not days <= set(told.labels):
        missing = len(days - set(told.labels))
        raise ContractBroken(f"Gymly: {answer.place} has no label for {missing} of {len(days)} days")
    if any(len(series.data) != len(told.labels) for series in told.series):
        raise ContractBroken(f"Gymly: {answer.place} has another number of values than of labels")


def sold(answer: Answer) -> bool:
    """Whether anything was sold in the range that was asked about."""
    try:
        return any(
            product.sales for product in msgspec.json.decode(answer.body, type=_Counter).salesPerProduct
        )
    except msgspec.ValidationError:
        raise ContractBroken(f"Gymly: {answer.place} lists a product without its sales") from None


def days_to_the_end(days: list[date], sold: Callable[[date, date], bool]) -> timedelta:
    """How far the end date lies beyond the day that is asked about: none where the vendor includes it, else one."""
    for day in days:
        if sold(day, day):
            return timedelta(0)
        if sold(day, day + DAY):  # the end is not included, or all of it was sold on the day after
            return timedelta(0) if sold(day + DAY, day + DAY) else DAY
    return DAY


def date_range(start: date, end: date) -> dict[str, str]:
    """The query parameters of a range."""
    return {"startDate": start.isoformat(), "endDate": end.isoformat()}


def ordered(start: date, end: date) -> None:
    """:raises Misconfigured: the end lies before the start."""
    if end < start:
        raise Misconfigured("The end date lies before the start date", todo="Swap them.")


def chunks(start: date, end: date, days: int) -> Iterator[tuple[date, date]]:
    """The range in pieces of at most `days` days, both ends of each included."""
    ordered(start, end)
    while start <= end:
        last = min(end, start + (days - 1) * DAY)
        yield start, last
        start = last + DAY


class _Lesson(msgspec.Struct):
    id: str
    startAt: Annotated[datetime, msgspec.Meta(tz=True)]


def lesson_days(page: Page, zone: ZoneInfo) -> dict[str, str]:
    """Lesson id to the day it starts on, for the lessons that have both."""
    days = {}
    for item in page.items:
        try:
            lesson = msgspec.json.decode(item, type=_Lesson)
        except msgspec.ValidationError:
            continue
        days[lesson.id] = lesson.startAt.astimezone(zone).date().isoformat()
    return days


def made_within(page: Page, field: str, zone: ZoneInfo, start: date, end: date) -> Page:
    """The page without the records whose instant lies on another day; how many those are is its `outside`.

    A record whose instant cannot be read stays, for the loader to reject with its reason.
    """
    inside = [item for item in page.items if _within(item, field, zone, start, end)]
    envelope = page.envelope | {"outside": len(page.items) - len(inside)}
    return Page(inside, envelope, page.number, page.request, page.server_time)


def _within(item: msgspec.Raw, field: str, zone: ZoneInfo, start: date, end: date) -> bool:
    try:
        at = msgspec.json.decode(raw_at(item, field) or b"null", type=datetime)
    except msgspec.DecodeError:
        return True
    return at.tzinfo is None or start <= at.astimezone(zone).date() <= end
