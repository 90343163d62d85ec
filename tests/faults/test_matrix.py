"""Every fault of the sandbox, at the first, a middle and the last page, of a full list and of a changelog.

A read that met a fault ends in the right rows, or in a named error with the tables and the watermark as they were;
and once the fault is gone the next run ends in the right rows.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from typing import Any

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
from landfall.reads import Mode
from sandbox.faults import FAULTS
from tests.driver import Company, company, hook_for

SETTINGS: dict[str, dict[str, Any]] = {
    "429_seconds": {"seconds": 0},
    "429_date": {"seconds": 0},
    "503_retry_after": {"seconds": 0},
    "slow_body": {"seconds": 0.1},
    "no_answer": {"seconds": 0.7},
    "stalled_body": {"seconds": 0.7},
}
"""Shorter than the faults' own, so that the suite does not wait."""

STAYS: dict[str, tuple[type[LandfallError], ...]] = {
    "429_day": (RateLimited,),
    "401": (AuthenticationFailed,),
    "403": (ScopeMissing,),
    "duplicate_page": (ReadMoved,),
    "duplicate_row": (ReadMoved,),
}
"""What a fault that never goes away is called; the rest is the vendor's contract or the vendor's absence."""

OTHERS = (ContractBroken, VendorUnavailable, RateLimited, ReadMoved)

POSITIONS = {"first": 1, "middle": 2, "last": 4}
RESOURCE, PAGE_SIZE = "products", 10
NOTHING_TO_LIE_ABOUT = ("duplicate_page", "cursor_loop_1", "cursor_loop_2", "end_with_cursor")
"""On a first or an only page these faults have no other page to confuse it with."""
SLOW = ("no_answer", "stalled_body")


@pytest.fixture(scope="module")
def penny(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    name = f"matrix_{os.getpid()}"
    url = postgres.create_database(name)
    with company(url, tmp_path_factory.mktemp("matrix"), page_size=PAGE_SIZE, products=36) as opened:
        opened.sync(RESOURCE)
        yield opened
    postgres.drop_database(name)


def changed(penny: Company) -> None:
    """Make the changelog of this run exactly four pages, and the list four pages too."""
    vendor = penny.vendor
    vendor.changelogs[RESOURCE].__init__()  # type: ignore[misc]
    ids = vendor.ids(RESOURCE)
    for row_id in ids[:33]:
        vendor.update(RESOURCE, row_id)
    vendor.delete(RESOURCE, ids[-1])
    vendor.insert(RESOURCE)
    vendor.touch(RESOURCE, ids[0])
    assert 30 < len(vendor.ids(RESOURCE)) <= 40
    assert 30 < len(vendor.changelogs[RESOURCE]) <= 40


PATHS = {Mode.FULL: rf"/v2/{RESOURCE}$", Mode.INCREMENTAL: rf"/changelogs/{RESOURCE}$"}


def attempt(penny: Company, mode: Mode) -> LandfallError | None:
    """Sync once; what it raised on purpose. A wait that the vendor asked for is not waited for here."""
    try:
        penny.sync(RESOURCE, mode)
    except LandfallError as error:
        if isinstance(error, RateLimited):
            penny.hook.close()
            penny.hook = hook_for(penny.api_url, penny.folder / secrets.token_hex(4), page_size=PAGE_SIZE)
        return error
    return None


def drifted(penny: Company) -> bool:
    """Whether undeclared fields are in the published rows, which otherwise equal the vendor's."""
    rows = penny.published(RESOURCE)
    extra = [row.pop("_extra", None) for table in rows.values() for row in table.values()]
    assert rows == penny.truth(RESOURCE)
    return any(extra)


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.INCREMENTAL])
@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_right_rows_or_a_named_error(penny: Company, name: str, position: str, mode: Mode) -> None:
    changed(penny)
    before, state = penny.published(RESOURCE), penny.state(RESOURCE)
    faults = penny.vendor.faults
    passes_only = position != "middle" or FAULTS[name].harmless or name in SLOW
    for times in (1,) if passes_only else (1, None):
        faults.clear()
        faults.add(name, path=PATHS[mode], nth=POSITIONS[position], times=times, **SETTINGS.get(name, {}))
        error = attempt(penny, mode)
        struck = faults.pending()[0]["struck"]
        faults.clear()
        if error is None:
            assert not drifted(penny) or FAULTS[name].family == "drift"
            before, state = penny.published(RESOURCE), penny.state(RESOURCE)
        else:
            assert not FAULTS[name].harmless
            if times is None or name in STAYS:
                assert isinstance(error, STAYS.get(name, OTHERS))
            assert "sandbox-token" not in str(error)
            assert (penny.published(RESOURCE), penny.state(RESOURCE)) == (before, state)
    assert struck or name in NOTHING_TO_LIE_ABOUT
    if error is not None:
        assert attempt(penny, mode) is None
        penny.assert_true(RESOURCE)
    if FAULTS[name].family == "drift":  # so that no other test meets the fields it added
        assert attempt(penny, Mode.FULL) is None
        penny.assert_true(RESOURCE)


@pytest.mark.parametrize("name", sorted(n for n, f in FAULTS.items() if not f.harmless and n not in SLOW))
def test_a_fault_while_the_changed_records_are_fetched(penny: Company, name: str) -> None:
    """After the changelog was read to its end: the records come by id, and are the table's next rows."""
    changed(penny)
    before, state = penny.published(RESOURCE), penny.state(RESOURCE)
    penny.vendor.faults.add(name, path=PATHS[Mode.FULL], times=None, **SETTINGS.get(name, {}))
    error = attempt(penny, Mode.INCREMENTAL)
    penny.vendor.faults.clear()
    if error is None:
        assert name in (*NOTHING_TO_LIE_ABOUT, "reset_idle")
    else:
        assert (penny.published(RESOURCE), penny.state(RESOURCE)) == (before, state)
    assert attempt(penny, Mode.INCREMENTAL) is None
    penny.assert_true(RESOURCE)


def test_a_token_that_expires_in_the_middle_of_a_read(penny: Company) -> None:
    changed(penny)
    before, state = penny.published(RESOURCE), penny.state(RESOURCE)
    for mode, path in ((Mode.FULL, RESOURCE), (Mode.INCREMENTAL, f"changelogs/{RESOURCE}")):
        penny.vendor.on_page(path, 2, lambda: setattr(penny.vendor, "revoked", True))
        penny.vendor.stats.reset()
        with pytest.raises(AuthenticationFailed):
            penny.sync(RESOURCE, mode)
        assert penny.vendor.stats.statuses["401"] == 1, "no storm of retries"
        penny.vendor.revoked = False
        assert (penny.published(RESOURCE), penny.state(RESOURCE)) == (before, state)
    penny.sync(RESOURCE, Mode.INCREMENTAL)
    penny.assert_true(RESOURCE)
