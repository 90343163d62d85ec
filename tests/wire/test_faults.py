"""Every fault a vendor or the network can produce ends in correct data or in a named error."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from landfall.errors import (
    AuthenticationFailed,
    ContractBroken,
    LandfallError,
    RateLimited,
    ReadMoved,
    ScopeMissing,
    VendorUnavailable,
)
from landfall.wire.client import ApiClient
from landfall.wire.pages import CursorPaging, read_pages
from sandbox.faults import FAULTS
from sandbox.server import Sandbox

PASSING = {name for name, fault in FAULTS.items() if fault.harmless} | {
    *("429_seconds", "429_date", "429_absent", "429_zero", "429_nonsense"),
    *("503_retry_after", "500", "502", "503", "504", "408"),
    *("html_login", "html_as_json", "empty_body", "no_content", "not_utf8"),
    *(
        "reset_before",
        "close_before",
        "reset_after_headers",
        "reset_during_body",
        "reset_after_body",
        "reset_idle",
    ),
    *("truncated_body", "no_answer", "stalled_body"),
    *("truncated_gzip", "corrupt_gzip", "not_gzip", "invalid_json", "trailing_garbage"),
}
"""Faults that are gone with the next request: the read must succeed with the true rows."""

NAMED: dict[str, type[LandfallError]] = {
    "429_day": RateLimited,
    "401": AuthenticationFailed,
    "403": ScopeMissing,
    "410": ContractBroken,
    "redirect_other_host": ContractBroken,
    "redirect_loop": ContractBroken,
    "error_200": ContractBroken,
    "empty_object": ContractBroken,
    "null_body": ContractBroken,
    "bare_list": ContractBroken,
    "duplicate_page": ReadMoved,
    "more_without_cursor": ContractBroken,
    "more_with_empty_cursor": ContractBroken,
    "end_with_cursor": ContractBroken,
    "cursor_loop_1": ContractBroken,
    "cursor_loop_2": ContractBroken,
    "missing_items": ContractBroken,
    "missing_more": ContractBroken,
    "missing_cursor": ContractBroken,
    "items_object": ContractBroken,
    "items_null": ContractBroken,
    "items_text": ContractBroken,
    "items_of_nulls": ContractBroken,
}
"""Faults that no further request can mend."""

ELSEWHERE = {"duplicate_row"}
"""Only a reader that knows the rows' ids can tell; see the hook's tests."""

ONCE = {"no_answer", "stalled_body", "reset_idle"} | {
    name for name, fault in FAULTS.items() if fault.harmless
}
"""Too slow to have several times, or no fault to a reader at all."""


def rows(client: ApiClient) -> list[int]:
    pages = read_pages(client, "/customers", {"limit": "10", "sort": "id"}, CursorPaging())
    return [msgspec.json.decode(item)["id"] for page in pages for item in page.items]


def test_every_fault_of_the_sandbox_has_an_expectation() -> None:
    assert PASSING | NAMED.keys() | ELSEWHERE == FAULTS.keys()


@pytest.mark.parametrize("name", sorted(PASSING))
@pytest.mark.parametrize("position", [1, 3])
def test_a_passing_fault_costs_time_and_nothing_else(
    name: str, position: int, box: Sandbox, make_client: Callable[..., ApiClient]
) -> None:
    box.app.faults.add(
        name, path="/customers$", nth=position, **({"seconds": 0.1} if name == "slow_body" else {})
    )
    assert rows(make_client(box.api_url)) == box.app.ids("customers")
    assert box.app.faults.pending()[0]["struck"] == 1


@pytest.mark.parametrize("name", sorted(NAMED))
@pytest.mark.parametrize("position", [1, 2, 3])
def test_a_fault_that_stays_is_a_named_error(
    name: str, position: int, box: Sandbox, make_client: Callable[..., ApiClient]
) -> None:
    box.app.faults.add(name, path="/customers$", nth=position, times=None)
    with pytest.raises(NAMED[name]):
        rows(make_client(box.api_url))


@pytest.mark.parametrize("name", sorted(PASSING - ONCE))
def test_a_passing_fault_that_does_not_pass_is_the_vendors(
    name: str, box: Sandbox, make_client: Callable[..., ApiClient]
) -> None:
    settings = {"seconds": 0} if name in ("429_seconds", "429_date") else {}
    box.app.faults.add(name, path="/customers$", times=None, **settings)
    with pytest.raises((VendorUnavailable, RateLimited)):
        rows(make_client(box.api_url))
    assert box.app.faults.pending()[0]["seen"] == 4
