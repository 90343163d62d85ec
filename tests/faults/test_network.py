"""What happens below HTTP, before and during a page: a name that is not found, TLS that ends in the middle."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from landfall.errors import Misconfigured, VendorUnavailable
from landfall.reads import Mode
from landfall.wire import transport
from tests.driver import Company, company, hook_for
from tests.faults.tls_front import TlsFront, certificate

RESOURCE, PAGE_SIZE = "products", 10
PAGES = {"first": 0, "middle": 2, "last": 3}
"""How many pages are read before it happens."""
LISTED = {Mode.FULL: RESOURCE, Mode.INCREMENTAL: f"changelogs/{RESOURCE}"}
positions = pytest.mark.parametrize("position", PAGES)
modes = pytest.mark.parametrize("mode", LISTED)


@pytest.fixture
def penny(database: str, tmp_path: Any) -> Iterator[Company]:
    """A company with four pages of products and four of changes, of which only the products are published."""
    with company(database, tmp_path, page_size=PAGE_SIZE, products=36) as opened:
        opened.sync(RESOURCE)
        for row_id in opened.vendor.ids(RESOURCE):
            opened.vendor.update(RESOURCE, row_id)
        yield opened


@pytest.fixture
def front(penny: Company, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsFront]:
    """The vendor over TLS, trusted as a company's own authority is: by SSL_CERT_FILE."""
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    transport._trusted.cache_clear()
    port = httpx.URL(penny.api_url).port
    assert port
    opened = TlsFront(port, file)
    renew(penny, opened)
    yield opened
    opened.close()
    transport._trusted.cache_clear()


def renew(penny: Company, front: TlsFront) -> None:
    """Give the company a hook that begins anew, at the vendor's address behind TLS."""
    penny.hook.close()
    address = httpx.URL(front.url).copy_with(path=httpx.URL(penny.api_url).path)
    penny.hook = hook_for(str(address), penny.folder / "behind-tls", page_size=PAGE_SIZE)


def redirect(penny: Company, origin: str) -> None:
    """Have the hook ask for the same paths at another origin from now on."""
    client = penny.hook.client
    url = httpx.URL(client.settings.base_url)
    there = httpx.URL(origin).copy_with(path=url.path)
    client.settings = dataclasses.replace(client.settings, base_url=str(there))


def after(penny: Company, mode: Mode, position: str, happens: Callable[[], None]) -> None:
    """Have it happen when that many pages are read."""
    if PAGES[position]:
        penny.vendor.on_page(LISTED[mode], PAGES[position], happens)
    else:
        happens()


@positions
@modes
def test_a_name_that_is_not_found(penny: Company, mode: Mode, position: str) -> None:
    before, state, origin = penny.published(RESOURCE), penny.state(RESOURCE), penny.api_url
    after(penny, mode, position, lambda: redirect(penny, "http://vendor.invalid"))
    with pytest.raises(VendorUnavailable, match="host name is not found"):
        penny.sync(RESOURCE, mode)
    assert (penny.published(RESOURCE), penny.state(RESOURCE)) == (before, state)
    redirect(penny, origin)
    penny.sync(RESOURCE, mode)
    penny.assert_true(RESOURCE)


@positions
@modes
def test_tls_that_is_refused(penny: Company, front: TlsFront, mode: Mode, position: str) -> None:
    def refuse() -> None:
        front.refusing = True
        front.hang_up()

    before, state = penny.published(RESOURCE), penny.state(RESOURCE)
    after(penny, mode, position, refuse)
    with pytest.raises(VendorUnavailable, match="gave no usable answer"):
        penny.sync(RESOURCE, mode)
    assert front.struck > 1, "tried again, and then given up"
    assert (penny.published(RESOURCE), penny.state(RESOURCE)) == (before, state)
    front.refusing = False
    penny.sync(RESOURCE, mode)
    penny.assert_true(RESOURCE)


@positions
@modes
@pytest.mark.parametrize("times", [1, 1000])
def test_tls_that_ends_within_an_answer(
    penny: Company, front: TlsFront, mode: Mode, position: str, times: int
) -> None:
    def cut() -> None:
        front.cutting = times

    before, state = penny.published(RESOURCE), penny.state(RESOURCE)
    after(penny, mode, position, cut)
    if times == 1:
        penny.sync(RESOURCE, mode)
    else:
        with pytest.raises(VendorUnavailable, match="gave no usable answer"):
            penny.sync(RESOURCE, mode)
        assert (penny.published(RESOURCE), penny.state(RESOURCE)) == (before, state)
        front.cutting = 0
        penny.sync(RESOURCE, mode)
    assert front.struck == 1 if times == 1 else front.struck > 1
    penny.assert_true(RESOURCE)


def test_a_certificate_that_nobody_trusts(
    penny: Company, front: TlsFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = penny.published(RESOURCE)
    monkeypatch.delenv("SSL_CERT_FILE")
    transport._trusted.cache_clear()
    renew(penny, front)
    with pytest.raises(Misconfigured, match=r"certificate is not trusted.*SSL_CERT_FILE"):
        penny.sync(RESOURCE)
    assert penny.published(RESOURCE) == before
