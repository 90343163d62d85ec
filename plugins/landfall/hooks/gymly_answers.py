"""What Gymly's answers prove, and how dates become ranges: pure functions for the hook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from landfall.errors import Misconfigured
from landfall.json_text import NOT_JSON, at, elements, raw_at
from landfall.wire.answers import Answer, Unusable
from landfall.wire.pages import Page, records_in

DAY = timedelta(days=1)
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Series(msgspec.Struct):
    data: list[msgspec.Raw]


class _Statistics(msgspec.Struct):
    labels: list[str]
    series: list[_Series]


def one_page(answer: Answer, items: list[msgspec.Raw], number: int = 1) -> Page:
    """A page of an answer that has no envelope."""
    return Page(items, {}, number, answer.request, answer.server_time)


def wrapped(context: Mapping[str, str | None], name: str, body: bytes) -> msgspec.Raw:
    """One JSON object: the context, and under `name` the vendor's bytes as they came."""
    return msgspec.Raw(msgspec.json.encode(context)[:-1] + f',"{name}":'.encode() + body + b"}")


def and_unasked(
    pages: Iterable[Page], unasked: Iterable[Mapping[str, str | None]], name: str
) -> Iterator[Page]:
    """The pages, and one of what could not be asked about: each with null under `name`, for the loader to reject."""
    number = 1
    for page in pages:
        yield page
        number += 1
    if items := [wrapped(each, name, b"null") for each in unasked]:
        yield Page(items, {"unasked": len(items)}, number, "none")


def array(answer: Answer) -> list[msgspec.Raw]:
    """The records of an answer that is a list of them.

    :raises Unusable: it is something else.
    """
    return records_in(answer.body, f"Gymly: the answer of {answer.place}")


def has_lists(answer: Answer, *lists: str) -> None:
    """:raises Unusable: the answer is not an object with these lists."""
    for name in lists:
        found = raw_at(answer.body, name)
        if found is None or not bytes(found).startswith(b"["):
            raise Unusable(f"Gymly: {answer.place} answered without the list {name}")


def covers(answer: Answer, days: set[str]) -> None:
    """:raises Unusable: the statistics lack a label or a value for one of these days.

    No series at all is the vendor's way of saying none. What a value says is for the loader to judge.
    """
    try:
        told = msgspec.json.decode(answer.body, type=_Statistics)
    except NOT_JSON:
        raise Unusable(f"Gymly: {answer.place} did not answer with labels and series") from None
    if told.series and not days <= set(told.labels):
        missing = len(days - set(told.labels))
        raise Unusable(f"Gymly: {answer.place} has no label for {missing} of {len(days)} days")
    if any(len(series.data) != len(told.labels) for series in told.series):
        raise Unusable(f"Gymly: {answer.place} has another number of values than of labels")


def sold(answer: Answer) -> bool:
    """Whether anything that can be read was sold in the range that was asked about."""
    listed = raw_at(answer.body, "salesPerProduct") or b"[]"
    told = (at(product, "sales") for product in elements(listed))
    return any(isinstance(sales, int | float) and sales for sales in told)


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


def lesson_days(page: Page, zone: ZoneInfo) -> Iterator[tuple[str | None, str | None]]:
    """Id and day of each lesson; None for what cannot be read."""
    for item in page.items:
        lesson, day = at(item, "id"), _day(item, "startAt", zone)
        yield lesson if isinstance(lesson, str) else None, day.isoformat() if day else None


def made_within(page: Page, field: str, zone: ZoneInfo, start: date, end: date) -> Page:
    """The page without the records whose instant lies on another day; how many those are is its `outside`.

    A record whose instant cannot be read stays, for the loader to reject with its reason.
    """
    days = [_day(item, field, zone) for item in page.items]
    inside = [item for item, day in zip(page.items, days, strict=True) if day is None or start <= day <= end]
    envelope = page.envelope | {"outside": len(page.items) - len(inside)}
    return Page(inside, envelope, page.number, page.request, page.server_time)


def _day(item: msgspec.Raw, field: str, zone: ZoneInfo) -> date | None:
    """The day of an instant; None where it cannot be read."""
    try:
        instant = msgspec.json.decode(raw_at(item, field) or b"null", type=_Instant)
    except NOT_JSON:
        return None
    try:
        return instant.astimezone(zone).date()
    except OverflowError:  # in the zone it is in no year from 1 to 9999
        return instant.date()
