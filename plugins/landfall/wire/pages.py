"""Reading a collection page by page, with a proof that it is complete.

A paging style is a small value with one generator, `flow`, in the manner of httpx's auth flows: it yields the
query of the next request, is sent that request's envelope and items, and returns only once the read is proved
complete. Everything else raises. Another style (page numbers with totals) is another such value; the clients
do not change.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

import msgspec

from landfall.errors import ReadMoved
from landfall.json_text import at, elements, members, raw_at, value
from landfall.wire.answers import Answer, Unusable
from landfall.wire.retry import unless_it_passes

Params = Mapping[str, str]

_BRACE = ord("{")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of records.

    :param items: each record as the vendor's own bytes, never decoded and encoded again.
    :param envelope: everything of the answer beside the items.
    :param number: 1 for the first page of this read.
    :param request: the request line without secrets, for the landing manifest.
    :param server_time: the vendor's clock when it answered, UTC, whole seconds; None when it did not say.
    """

    items: list[msgspec.Raw] = field(repr=False)
    envelope: dict[str, Any] = field(repr=False)
    number: int
    request: str
    server_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as a paging style sees it: the envelope's fields and the items, both still undecoded bytes.

    The items are the page's own list: what a style takes out of it is not handed on.

    :param headers: of the answer, where a vendor tells there how a read goes on.
    """

    fields: dict[str, msgspec.Raw]
    items: list[msgspec.Raw]
    place: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def broken(self, what: str) -> Unusable:
        return Unusable(f"{self.place}: {what}; the read is not proved complete")

    def value(self, name: str) -> Any:
        """A field's value; None where it is missing or cannot be read."""
        return value(self.fields.get(name, b"null"))


class Paging(Protocol):
    """How one vendor pages: where the items are ("" where the body is the list), what every envelope must tell, and the
    flow of queries."""

    @property
    def items(self) -> str: ...

    def envelope(self, sheet: Sheet) -> object:
        """:raises Unusable: whatever was asked for, no page has such an envelope."""
        ...

    def flow(self, params: Params) -> Generator[Params, Sheet, None]: ...


class Reads(Protocol):
    """What paging needs of a client."""

    def get(self, path: str, params: Params | None = None) -> Answer: ...


@dataclass(frozen=True, slots=True)
class CursorPaging:
    """Opaque cursors in an envelope such as `{"items": [], "has_more": false, "next_cursor": null}`.

    :param first_only: parameters of the first request that must not be sent again; all others go with every
        page.
    :param most_empty: empty pages in a row that are believed while the vendor says there is more.
    :raises ContractBroken: an envelope key is missing or of the wrong kind, `has_more` and the cursor
        contradict each other, a cursor comes back (a loop of any length), or too many empty pages follow each
        other.
    :raises ReadMoved: a page that is not empty comes a second time.
    """

    items: str = "items"
    more: str = "has_more"
    next: str = "next_cursor"
    cursor: str = "cursor"
    first_only: tuple[str, ...] = ()
    most_empty: int = 50

    def flow(self, params: Params) -> Generator[Params, Sheet, None]:
        again = {name: value for name, value in params.items() if name not in self.first_only}
        cursors: set[str] = set()
        digests: set[bytes] = set()
        empty = 0
        query: Params = params
        while True:
            sheet = yield query
            cursor = self.envelope(sheet)
            if sheet.items:
                empty = 0
                digest = _digest(sheet.items)
                if digest in digests:
                    raise ReadMoved(f"{sheet.place}: the same page came twice")
                digests.add(digest)
            else:
                empty += 1
            if cursor is None:
                return
            if cursor in cursors:
                raise sheet.broken(f"{self.next} came back to one already followed")
            if empty >= self.most_empty:
                raise sheet.broken(f"{empty} empty pages in a row while {self.more} is true")
            cursors.add(cursor)
            query = {**again, self.cursor: cursor}

    def envelope(self, sheet: Sheet) -> str | None:
        """The cursor of the next page, None on the last one."""
        for name in (self.more, self.next):
            if name not in sheet.fields:
                raise sheet.broken(f"the answer has no {name}")
        more, cursor = sheet.value(self.more), sheet.value(self.next)
        if not isinstance(more, bool):
            raise sheet.broken(f"{self.more} is not a boolean")
        if not (cursor is None or isinstance(cursor, str)):
            raise sheet.broken(f"{self.next} is neither text nor null")
        if more and not cursor:
            raise sheet.broken(f"{self.more} is true without {self.next}")
        if cursor and not more:
            raise sheet.broken(f"{self.next} is set although {self.more} is false")
        return cursor or None


@dataclass(frozen=True, slots=True)
class SpringPaging:
    """Page numbers in Spring's envelope: `{"content": [], "totalElements": 0, "totalPages": 0, "number": 0}`.

    Right whichever index base the server uses: with `one-indexed-parameters`, pages 0 and 1 are the same first page
    while `number` stays zero-based (spring-data-commons issue 2889), so the number in the answer decides where a page
    stands, and the repeated first page is not handed on. Complete means that every page came and that the records
    with distinct keys are as many as the total, which every page told alike. No records of a total of 0 are complete
    whatever the other figures are.

    :param key: dotted path to what identifies a record. A record without it counts as one of its own.
    :raises ContractBroken: a figure is missing or no count, or a page is not the one asked for.
    :raises ReadMoved: the totals changed, or the records do not add up to them.
    """

    items: str = "content"
    key: str = "id"
    page: str = "page"

    def flow(self, params: Params) -> Generator[Params, Sheet, None]:
        keys: set[bytes] = set()
        sheet = yield {**params, self.page: "0"}
        first, *told = self.envelope(sheet)
        if first > 1:  # some servers count from 1 throughout
            raise sheet.broken(f"page 0 was answered with page {first}")
        keys.update(self._keys(sheet))
        asked, read, pages = 0, 1, told[1]
        while read < pages:
            asked += 1
            sheet = yield {**params, self.page: str(asked)}
            number, *again = self.envelope(sheet)
            if again != told:
                raise ReadMoved(f"{sheet.place}: the totals changed while the pages were read")
            at = number - first
            if at == 0 and asked == 1:
                sheet.items.clear()
                continue
            if at != read:
                raise sheet.broken(f"page {asked} was answered with page {at + first}")
            keys.update(self._keys(sheet))
            read += 1
        if len(keys) != told[0]:
            raise ReadMoved(f"{sheet.place}: {len(keys)} different records came of a total of {told[0]}")

    def envelope(self, sheet: Sheet) -> tuple[int, int, int]:
        """The page's number, the records in total, the pages in total."""
        total = _count(sheet, "totalElements")
        if not total and not sheet.items:
            return 0, 0, 0
        return _count(sheet, "number"), total, _count(sheet, "totalPages")

    def _keys(self, sheet: Sheet) -> Iterator[bytes]:
        return (bytes(raw_at(item, self.key) or item) for item in sheet.items)


def _count(sheet: Sheet, name: str) -> int:
    if name not in sheet.fields:
        raise sheet.broken(f"the answer has no {name}")
    told = sheet.value(name)
    if isinstance(told, bool) or not isinstance(told, int) or told < 0:
        raise sheet.broken(f"{name} is not a count")
    return told


def read_pages(client: Reads, path: str, params: Params, paging: Paging) -> Iterator[Page]:
    """Read a collection to its proved end, one page in memory at a time.

    The iterator ends normally only when the read is complete; a caller must not use what it got before an
    error.

    :raises LandfallError: as the client and the paging style document.
    """
    flow = paging.flow(params)
    query = next(flow)
    number = 1
    while True:
        answer, sheet = unless_it_passes(functools.partial(_asked, client, path, query, paging))
        envelope = {
            name: value(told, bytes(told).decode("utf-8", "backslashreplace"))
            for name, told in sheet.fields.items()
        }
        page = Page(sheet.items, envelope, number, answer.request, answer.server_time)
        try:
            query = flow.send(sheet)
        except StopIteration:
            yield page
            return
        yield page
        number += 1


def _asked(client: Reads, path: str, query: Params, paging: Paging) -> tuple[Answer, Sheet]:
    answer = client.get(path, query)
    sheet = _sheet(answer, paging.items)
    paging.envelope(sheet)
    return answer, sheet


def _sheet(answer: Answer, items: str) -> Sheet:
    if not items:
        return Sheet({}, records_in(answer.body, f"{answer.place}: the answer"), answer.place, answer.headers)
    try:
        fields = members(answer.body)
    except msgspec.ValidationError:
        raise Unusable(f"{answer.place}: the answer is not a JSON object") from None
    if items not in fields:
        raise Unusable(f"{answer.place}: the answer has no {items}")
    records = records_in(fields.pop(items), f"{answer.place}: {items}")
    return Sheet(fields, records, answer.place, answer.headers)


def records_in(listed: bytes | msgspec.Raw, what: str) -> list[msgspec.Raw]:
    """The records of a list. One that is no object is a record all the same, for the loader to reject.

    :param what: names the list in a message.
    :raises Unusable: it is no list, or holds no object at all.
    """
    try:
        records = elements(listed)
    except msgspec.ValidationError:
        raise Unusable(f"{what} is not a list") from None
    if records and not any(memoryview(record)[0] == _BRACE for record in records):
        raise Unusable(f"{what} holds nothing that is an object")
    return records


def _digest(items: list[msgspec.Raw]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for item in items:
        digest.update(memoryview(item))
        digest.update(b"\n")
    return digest.digest()


def record_ids(page: Page | Sheet) -> Iterator[int]:
    """The integer `id` of each record; one without it is skipped, for the loader to reject with path and reason."""
    for item in page.items:
        found = at(item, "id")
        if isinstance(found, int) and not isinstance(found, bool):
            yield found


def ascending(pages: Iterable[Page]) -> Iterator[Page]:
    """The same pages, proved to be in the order of their ids.

    Rows that a page repeats from the end of the page before, byte for byte, are handed on again: the load counts them
    as deduplicated. Any other row that comes twice, or out of order, shows that the collection moved meanwhile.

    :raises ReadMoved: an id is not above the one before it.
    """
    last: int | None = None
    before: list[msgspec.Raw] = []
    for page in pages:
        repeated = _repeated(before, page.items) if last is not None else 0
        for found in record_ids(replace(page, items=page.items[repeated:])):
            if last is not None and found <= last:
                raise ReadMoved(f"{page.request.partition('?')[0]} gave a row twice or out of order")
            last = found
        before = page.items or before
        yield page


def _repeated(before: list[msgspec.Raw], items: list[msgspec.Raw]) -> int:
    """How many of the first items are the last ones of the page before."""
    for count in range(min(len(before), len(items)), 0, -1):
        if bytes(before[-count]) == bytes(items[0]) and all(
            bytes(old) == bytes(new) for old, new in zip(before[-count:], items[:count], strict=True)
        ):
            return count
    return 0
