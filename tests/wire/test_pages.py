"""A read ends normally only when it is proved complete."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import Response

from landfall.errors import ContractBroken, ReadMoved
from landfall.wire.client import ApiClient
from landfall.wire.numbered_pages import NumberedPaging
from landfall.wire.pages import (
    CursorPaging,
    Page,
    Paging,
    Params,
    Sheet,
    SpringPaging,
    ascending,
    read_pages,
    record_ids,
)
from sandbox.server import Sandbox
from tests.wire.test_client import Recorder

CURSORS = CursorPaging()


def page(items: list[Any], cursor: str | None = None, **more: Any) -> dict[str, Any]:
    return {"items": items, "has_more": cursor is not None, "next_cursor": cursor, **more}


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Recorder, str]]:
    recorder = Recorder()
    with Sandbox(recorder.app) as box:
        yield recorder, box.url


@pytest.fixture
def read(server: tuple[Recorder, str], make_client: Callable[..., ApiClient]) -> Callable[..., list[Page]]:
    """Read from a server that answers each cursor (or page number) with the body given for it."""
    recorder, url = server

    def reading(
        bodies: dict[str, Any], paging: Paging = CURSORS, key: str = "cursor", **params: str
    ) -> list[Page]:
        def answer(request: Request) -> Response:
            return Response(
                json.dumps(bodies[request.query_params.get(key, "")]), media_type="application/json"
            )

        recorder.answers = [answer]
        return list(read_pages(make_client(url), "/rows", params, paging))

    return reading


def test_every_page_comes_once_and_in_order(read: Callable[..., list[Page]]) -> None:
    pages = read(
        {"": page([{"id": 1}], "a", note="x"), "a": page([], "b"), "b": page([{"id": 2}, {"id": 3}])},
        limit="2",
    )
    assert [[bytes(item) for item in each.items] for each in pages] == [
        [b'{"id": 1}'],
        [],
        [b'{"id": 2}', b'{"id": 3}'],
    ]
    assert [each.number for each in pages] == [1, 2, 3]
    assert pages[0].envelope == {"has_more": True, "next_cursor": "a", "note": "x"}
    assert pages[2].request == "GET /rows?limit=2&cursor=b"


def test_bytes_are_untouched(make_client: Callable[..., ApiClient]) -> None:
    record = b'{"amount" : 1.10, "amount":1e2,\n "n":12345678901234567890.10, "t":"\\u00e9\xc3\xa9"}'
    body = b'{"items":[ ' + record + b' ],"has_more":false,"next_cursor":null}'
    with Sandbox(Recorder(Response(body, media_type="application/json")).app) as box:
        pages = list(read_pages(make_client(box.url), "/rows", {}, CursorPaging()))
    assert [bytes(item) for item in pages[0].items] == [record]


ODD = [b'{"id":2,"note":"\\ud83d"}', b'{"id":2,"note":"caf\xe9"}', b'{"id":2,"n":NaN}', b"null"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("paging", "end"),
    [
        (CURSORS, b'"items":[%b],"has_more":false,"next_cursor":null'),
        (SpringPaging(), b'"content":[%b],"totalElements":3,"totalPages":1,"number":0'),
        (
            NumberedPaging(items="rows", key="id"),
            b'"rows":[%b],"totalCount":"3","totalPages":1,"currentPage":1,"resultCount":3',
        ),
    ],
)
def test_an_odd_record_costs_no_page(
    odd: bytes, paging: Paging, end: bytes, make_client: Callable[..., ApiClient]
) -> None:
    records = [b'{"id":1,"note":"\xc3\xa9"}', odd, b'{"id":3}']
    recorder = Recorder(Response(b"{" + end % b", ".join(records) + b"}", media_type="application/json"))
    with Sandbox(recorder.app) as box:
        (found,) = read_pages(make_client(box.url), "/rows", {}, paging)
    assert [bytes(item) for item in found.items] == records
    assert list(record_ids(found)) == ([1, 3] if odd == b"null" else [1, 2, 3])
    asked = 1 if odd == b"null" else 2
    assert len(recorder.seen) == asked, "it may have been the line, and it was not"


def test_an_odd_text_that_passes_is_read_as_it_is_then(make_client: Callable[..., ApiClient]) -> None:
    end = b'],"has_more":false,"next_cursor":null}'
    bodies = [b'{"items":[' + record + end for record in (b'{"id":"\xe9"}', b'{"id":"e"}')]
    with Sandbox(Recorder(*(Response(each, media_type="application/json") for each in bodies)).app) as box:
        (found,) = read_pages(make_client(box.url), "/rows", {}, CURSORS)
    assert [bytes(item) for item in found.items] == [b'{"id":"e"}']


@pytest.mark.parametrize("hiccup", [[], None, {}, {"items": None}, {"items": []}, {"items": [None]}, "wait"])
def test_an_answer_that_is_none_is_asked_for_again(
    hiccup: Any, make_client: Callable[..., ApiClient]
) -> None:
    good = page([{"id": 1}])
    answers = (Response(json.dumps(each), media_type="application/json") for each in (hiccup, hiccup, good))
    with Sandbox(Recorder(*answers).app) as box:
        (found,) = read_pages(make_client(box.url), "/rows", {}, CURSORS)
    assert [bytes(item) for item in found.items] == [b'{"id": 1}']


def test_an_empty_collection_is_a_complete_read(read: Callable[..., list[Page]]) -> None:
    assert [each.items for each in read({"": page([])})] == [[]]


@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_a_loop_of_any_length_is_found(length: int, read: Callable[..., list[Page]]) -> None:
    names = [f"c{n}" for n in range(length)]
    bodies = {"": page([{"id": -1}], names[0])}
    bodies |= {name: page([{"id": n}], names[(n + 1) % length]) for n, name in enumerate(names)}
    with pytest.raises((ContractBroken, ReadMoved)):
        read(bodies)


@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_a_loop_of_empty_pages_is_found(length: int, read: Callable[..., list[Page]]) -> None:
    bodies = {"": page([], "c0")} | {f"c{n}": page([], f"c{(n + 1) % length}") for n in range(length)}
    with pytest.raises(ContractBroken, match="came back"):
        read(bodies)


def test_the_same_page_under_a_new_cursor_is_no_progress(read: Callable[..., list[Page]]) -> None:
    rows = [{"id": 1}, {"id": 2}]
    with pytest.raises(ReadMoved):
        read({"": page(rows, "a"), "a": page([{"id": 3}], "b"), "b": page(rows, "c"), "c": page([])})


def test_empty_pages_are_believed_only_so_long(read: Callable[..., list[Page]]) -> None:
    bodies = (
        {"": page([], "1")} | {str(n): page([], str(n + 1)) for n in range(1, 9)} | {"9": page([{"id": 1}])}
    )
    assert len(read(bodies)) == 10
    with pytest.raises(ContractBroken, match="empty pages"):
        read(bodies, CursorPaging(most_empty=5))


@pytest.mark.parametrize(
    "body",
    [
        {"items": [], "has_more": False},
        {"items": [], "next_cursor": None},
        {"has_more": False, "next_cursor": None},
        {"items": [], "has_more": 0, "next_cursor": None},
        {"items": [], "has_more": "false", "next_cursor": None},
        {"items": [], "has_more": None, "next_cursor": None},
        {"items": [], "has_more": True, "next_cursor": None},
        {"items": [], "has_more": True, "next_cursor": ""},
        {"items": [], "has_more": True, "next_cursor": 7},
        {"items": [], "has_more": False, "next_cursor": "a"},
        {"items": {}, "has_more": False, "next_cursor": None},
        {"items": None, "has_more": False, "next_cursor": None},
        {"items": [None], "has_more": False, "next_cursor": None},
        {"items": [[1]], "has_more": False, "next_cursor": None},
        {"error": "no"},
        [],
        None,
        "text",
    ],
)
def test_an_envelope_that_proves_nothing(body: Any, read: Callable[..., list[Page]]) -> None:
    with pytest.raises(ContractBroken):
        read({"": body})


def test_parameters_of_the_first_page_only(read: Callable[..., list[Page]]) -> None:
    pages = read(
        {"": page([{"id": 1}], "a"), "a": page([{"id": 2}])},
        CursorPaging(first_only=("since",)),
        since="x",
        limit="1",
    )
    assert [each.request for each in pages] == ["GET /rows?since=x&limit=1", "GET /rows?limit=1&cursor=a"]


def test_rows_out_of_order_are_no_complete_read(read: Callable[..., list[Page]]) -> None:
    assert list(ascending(read({"": page([{"id": 1}], "a"), "a": page([{"id": None}, {"id": 2}])})))
    for second in (1, 0):
        with pytest.raises(ReadMoved):
            list(ascending(read({"": page([{"id": 1}], "a"), "a": page([{"id": second}])})))


def rows(*ids: int, **more: Any) -> list[dict[str, Any]]:
    return [{"id": each, **more} for each in ids]


@pytest.mark.parametrize("again", [rows(3), rows(2, 3), rows(2, 3, 4)[:2]])
def test_rows_that_a_page_repeats_from_the_one_before_are_handed_on_to_be_deduplicated(
    again: list[Any], read: Callable[..., list[Page]]
) -> None:
    pages = list(
        ascending(read({"": page(rows(1, 2, 3), "a"), "a": page([], "b"), "b": page(again + rows(4))}))
    )
    assert [bytes(item) for item in pages[2].items[:-1]] == [json.dumps(row).encode() for row in again]
    assert list(record_ids(pages[2]))[-1] == 4


@pytest.mark.parametrize(
    "second", [rows(3, name="other") + rows(4), rows(2, 4), rows(1, 2, 4), rows(3, 3, 4), rows(4, 3)]
)
def test_rows_that_come_twice_otherwise_show_that_the_read_moved(
    second: list[Any], read: Callable[..., list[Page]]
) -> None:
    pages = read({"": page(rows(1, 2, 3), "a"), "a": page(second)})
    with pytest.raises(ReadMoved):
        list(ascending(pages))


@dataclass(frozen=True)
class Numbered:
    """Another vendor's style, to show that one is a value beside the client and needs nothing from it."""

    items: str = "content"

    def envelope(self, sheet: Sheet) -> int:
        return msgspec.json.decode(sheet.fields["totalPages"], type=int)

    def flow(self, params: Params) -> Generator[Params, Sheet, None]:
        number, total, read = 0, 1, 0
        while number < total:
            sheet = yield {**params, "page": str(number)}
            total = self.envelope(sheet)
            read += len(sheet.items)
            number += 1
        if read != msgspec.json.decode(sheet.fields["totalElements"], type=int):
            raise ReadMoved(f"{sheet.place}: the total does not add up")


@pytest.mark.parametrize("total", [3, 4])
def test_another_style_of_paging_fits_in(total: int, read: Callable[..., list[Page]]) -> None:
    counts = {"totalPages": 2, "totalElements": total}
    bodies = {"0": {"content": [{"id": 1}, {"id": 2}], **counts}, "1": {"content": [{"id": 3}], **counts}}
    if total == 3:
        assert [len(each.items) for each in read(bodies, Numbered(), "page")] == [2, 1]
    else:
        with pytest.raises(ReadMoved):
            read(bodies, Numbered(), "page")


# --- page numbers in Spring's envelope --------------------------------------------------------------------------------

SPRING = SpringPaging()


def numbered(number: int, ids: list[Any], total: int = 5, pages: int = 3) -> dict[str, Any]:
    rows = [{"id": each} for each in ids]
    return {"content": rows, "totalElements": total, "totalPages": pages, "number": number}


THREE = {"0": numbered(0, ["a", "b"]), "1": numbered(1, ["c", "d"]), "2": numbered(2, ["e"])}


def found(pages: list[Page]) -> list[Any]:
    return [msgspec.json.decode(item)["id"] for page in pages for item in page.items]


def test_pages_counted_from_0_are_read_once_each(read: Callable[..., list[Page]]) -> None:
    pages = read(THREE, SPRING, "page", size="2")
    assert found(pages) == ["a", "b", "c", "d", "e"]
    assert [each.request for each in pages] == [f"GET /rows?size=2&page={n}" for n in range(3)]


@pytest.mark.parametrize("base", [0, 1])
def test_pages_counted_from_1_are_read_once_each(base: int, read: Callable[..., list[Page]]) -> None:
    shifted = {n: {**body, "number": body["number"] + base} for n, body in THREE.items()}
    bodies = {"0": shifted["0"], "1": shifted["0"], "2": shifted["1"], "3": shifted["2"]}
    pages = read(bodies, SPRING, "page")
    assert found(pages) == ["a", "b", "c", "d", "e"]
    assert [len(each.items) for each in pages] == [2, 0, 2, 1]


@pytest.mark.parametrize(
    "body", [numbered(0, [], 0, 0), numbered(0, ["a"], 1, 1), {"content": [], "totalElements": 0}]
)
def test_one_page_takes_one_request(body: dict[str, Any], read: Callable[..., list[Page]]) -> None:
    assert len(read({"0": body}, SPRING, "page")) == 1


def test_a_row_on_two_pages_counts_once(read: Callable[..., list[Page]]) -> None:
    bodies = {"0": numbered(0, ["a", "b"], 3, 2), "1": numbered(1, ["b", "c"], 3, 2)}
    assert found(read(bodies, SPRING, "page")) == ["a", "b", "b", "c"]
    bodies["1"] = numbered(1, ["b"], 3, 2)
    with pytest.raises(ReadMoved, match="2 different records"):
        read(bodies, SPRING, "page")


@pytest.mark.parametrize(
    ("page", "body"),
    [
        ("1", numbered(1, ["c"])),
        ("1", numbered(1, ["c", "d"], total=6)),
        ("1", numbered(1, ["c", "d"], pages=2)),
        ("1", numbered(1, [])),
        ("2", numbered(2, [])),
        ("2", numbered(2, ["e", "f"])),
        ("2", numbered(2, ["a"])),
    ],
)
def test_totals_that_do_not_hold_are_no_complete_read(
    page: str, body: dict[str, Any], read: Callable[..., list[Page]]
) -> None:
    with pytest.raises(ReadMoved):
        read({**THREE, page: body}, SPRING, "page")


@pytest.mark.parametrize(
    ("page", "body"),
    [
        ("0", numbered(2, ["e"])),
        ("1", numbered(2, ["e"])),
        ("2", numbered(1, ["c", "d"])),
        ("2", numbered(0, ["a", "b"])),
        *[("0", {**THREE["0"], name: value}) for name in ("number", "totalPages", "totalElements")
          for value in (None, -1, "3", True, 1.5)],
        ("0", {"content": []}),
        ("0", {"content": [], "totalElements": 2}),
        ("0", {**THREE["0"], "content": None}),
    ],
)  # fmt: skip
def test_a_page_that_is_not_the_one_asked_for(
    page: str, body: dict[str, Any], read: Callable[..., list[Page]]
) -> None:
    with pytest.raises(ContractBroken):
        read({**THREE, page: body}, SPRING, "page")


def test_the_key_may_lie_deeper(read: Callable[..., list[Page]]) -> None:
    rows = [{"payout": {"id": 1}}, {"payout": {"id": 2}}, {"payout": None}, {"odd": 1}]
    body = {"content": rows, "totalElements": 4, "totalPages": 1, "number": 0}
    assert len(read({"0": body}, SpringPaging(key="payout.id"), "page")[0].items) == 4
    body["content"] = [rows[0], rows[0], rows[2], rows[3]]
    with pytest.raises(ReadMoved):
        read({"0": body}, SpringPaging(key="payout.id"), "page")
