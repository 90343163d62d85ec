"""The ConnectWise hook against the simulator: complete lists, safe conditions, failures by their name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from landfall.errors import (
    AuthenticationFailed,
    ContractBroken,
    LandfallError,
    Misconfigured,
    ReadMoved,
    ScopeMissing,
)
from landfall.hooks.connectwise import ConnectWiseHook, _batches
from landfall.hooks.connectwise_api import COLLECTIONS
from landfall.hooks.connectwise_conditions import field
from landfall.wire.pages import Page
from sandbox.connectwise import ConnectWiseVendor
from sandbox.connectwise.vendor import CLIENT_ID
from sandbox.server import Sandbox

pytestmark = pytest.mark.airflow

Make = Callable[..., ConnectWiseHook]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(ConnectWiseVendor(seed=5, records=230)) as running:
        yield running


@pytest.fixture
def vendor(box: Sandbox) -> ConnectWiseVendor:
    box.app.clock.set(datetime.now(UTC))
    box.app.reset()
    return box.app


@pytest.fixture
def make(
    box: Sandbox, vendor: ConnectWiseVendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Make]:
    made: list[ConnectWiseHook] = []

    def make_hook(
        login: str = "demo+publickey", password: str = vendor.token, **extra: Any
    ) -> ConnectWiseHook:
        base = {
            "base_url": box.url + vendor.prefix,
            "client_id": CLIENT_ID,
            "rate_store": str(tmp_path),
            "requests_per_period": 100000,
        }
        connection = {"conn_type": "connectwise", "login": login, "password": password, "extra": base | extra}
        monkeypatch.setenv("AIRFLOW_CONN_CONNECTWISE_DEFAULT", json.dumps(connection))
        made.append(ConnectWiseHook())
        return made[-1]

    yield make_hook
    for hook in made:
        hook.close()


def ids(pages: Iterator[Page]) -> list[int]:
    return [msgspec.json.decode(item)["id"] for page in pages for item in page.items]


@pytest.mark.parametrize("end", ["empty", "page"])
@pytest.mark.parametrize("cap", [1000, 40])
def test_a_list_is_whole_however_it_ends(make: Make, vendor: ConnectWiseVendor, end: str, cap: int) -> None:
    vendor.configure({"end": end, "max_page_size": cap})
    hook = make()
    for resource in COLLECTIONS:
        assert ids(hook.list(resource)) == vendor.ids(resource), resource
    assert vendor.secrets_served == 0


def test_extract_works_alone(make: Make, vendor: ConnectWiseVendor) -> None:
    hook = make()
    found = ids(hook.extract(endpoint="/time/entries", conditions="dateEntered>=[2024-01-01]", page_size=50))
    assert found == vendor.ids("time_entries")


def test_what_changed_since_a_moment(make: Make, vendor: ConnectWiseVendor) -> None:
    hook, before = make(), vendor.clock.now()
    vendor.clock.advance(90)
    vendor.update("time_entries", 1003)
    new = vendor.insert("time_entries")
    assert ids(hook.since("time_entries", before + timedelta(seconds=60))) == [1003, new]
    vendor.delete("time_entries", 1004)
    assert list(hook.ids("time_entries")) == vendor.ids("time_entries")
    assert ids(hook.by_ids("time_entries", [1003, 1004, new])) == [1003, new]


def test_many_ids_are_asked_for_in_addresses_of_allowed_length() -> None:
    wanted = list(range(10_000_000, 10_002_000))
    batches = list(_batches(wanted))
    assert [one for batch in batches for one in batch] == wanted
    assert all(3 * len(batch) + sum(len(str(one)) for one in batch) <= 1600 for batch in batches)
    assert len(batches) < 20


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        ({"without_link": True}, "no Link header"),
        ({"link_short_by": 1}, "above the one that the Link goes on from"),
    ],
)
def test_a_read_that_is_not_proved_raises(
    make: Make, vendor: ConnectWiseVendor, behaviour: dict[str, Any], told: str
) -> None:
    vendor.configure({"max_page_size": 50, **behaviour})
    with pytest.raises(ContractBroken, match=told):
        ids(make().list("time_entries"))


def test_a_false_end_is_seen_by_the_count(make: Make, vendor: ConnectWiseVendor) -> None:
    vendor.configure({"max_page_size": 50, "false_end_after": 2})
    with pytest.raises(ReadMoved, match="100 time_entries came, the count says 230 before"):
        ids(make().list("time_entries"))
    with pytest.raises(ReadMoved, match="the count says more"):
        list(make().ids("time_entries"))


def test_rows_that_come_and_go_meanwhile_do_no_harm(make: Make, vendor: ConnectWiseVendor) -> None:
    vendor.configure({"max_page_size": 50})
    vendor.on_page("time_entries", 2, lambda: vendor.delete("time_entries", 1010))
    vendor.on_page("time_entries", 3, lambda: vendor.insert("time_entries"))
    found = ids(make().list("time_entries"))
    assert found == sorted([*vendor.ids("time_entries"), 1010])


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"password": "planted-key"}, AuthenticationFailed, "Check company id"),
        ({"client_id": "00000000-0000-4000-8000-00000000000f"}, ScopeMissing, "client_id"),
        ({"client_id": "mine"}, Misconfigured, "no GUID"),
        ({"login": "demo"}, Misconfigured, r"company\+publickey"),
        ({"base_url": ""}, Misconfigured, "neither base_url nor site"),
    ],
)
def test_a_wrong_connection_is_named(
    make: Make, change: dict[str, Any], error: type[LandfallError], told: str
) -> None:
    hook = make(**change)
    with pytest.raises(error, match=told):
        hook.count("companies")
    fine, message = hook.test_connection()
    assert not fine
    assert "planted-key" not in message


def test_the_clouds_404_means_the_keys(make: Make, vendor: ConnectWiseVendor) -> None:
    vendor.configure({"refused_as": 404})
    with pytest.raises(AuthenticationFailed, match="answers 404 to wrong keys"):
        make(password="wrong").count("companies")


def test_the_site_tells_where_the_api_is(make: Make, box: Sandbox, vendor: ConnectWiseVendor) -> None:
    hook = make(base_url="", site=box.url)
    assert ids(hook.list("departments")) == vendor.ids("departments")
    assert hook.test_connection() == (True, "Connected to demo at 127.0.0.1.")
    assert hook.identity().key == "127.0.0.1/demo"
    with pytest.raises(Misconfigured, match="does not know the company"):
        make(login="other+publickey", base_url="", site=box.url).count("companies")


def test_a_refused_moment_says_what_to_set(make: Make, vendor: ConnectWiseVendor) -> None:
    vendor.configure({"days_only": True})
    moment = vendor.clock.now() - timedelta(days=800)
    with pytest.raises(ContractBroken, match="set moment_format"):
        ids(make().since("companies", moment))
    assert ids(make(moment_format="%Y-%m-%d").since("companies", moment)) == vendor.ids("companies")


@pytest.mark.parametrize("name", ["429_absent", "429_seconds", "500", "reset_during_body", "html_login"])
def test_trouble_that_passes_is_waited_for(make: Make, vendor: ConnectWiseVendor, name: str) -> None:
    vendor.configure({"max_page_size": 100})
    vendor.faults.add(
        name, path="/time/entries$", nth=2, **({"seconds": 0.1} if name == "429_seconds" else {})
    )
    assert ids(make().list("time_entries")) == vendor.ids("time_entries")


@pytest.mark.parametrize("name", ["null_body", "empty_object"])
def test_a_body_that_is_no_list_is_an_error(make: Make, vendor: ConnectWiseVendor, name: str) -> None:
    vendor.faults.add(name, path="/companies$", times=None)
    with pytest.raises(ContractBroken, match="is not a list"):
        ids(make().list("companies"))


def test_conditions_are_built_safely(make: Make, vendor: ConnectWiseVendor) -> None:
    moment = datetime(2026, 3, 4, 12, 0, 5, tzinfo=UTC)
    both = (field("lastUpdated") >= moment) & (
        field("company/identifier").is_in(["A", 'B"', 3]) | (field("x") == None)  # noqa: E711
    )
    assert str(both) == (
        '((lastUpdated>=[2026-03-04T12:00:05Z]) and ((company/identifier in ("A",\'B"\',3)) or (x=null)))'
    )
    assert str(field("a") != True) == "(a!=True)"  # noqa: E712
    assert str(field("a") < Decimal("1.50")) == "(a<1.50)"
    assert str(field("d") <= date(2026, 1, 2)) == "(d<=[2026-01-02])"
    assert str(field("name").contains("[x]")) == '(name contains "[[]x]")'
    for wrong in ("a b", "a=1 or b", "", "a/"):
        with pytest.raises(Misconfigured):
            field(wrong)
    for value in ("both \" and '", "line\nbreak", datetime(2026, 1, 1)):  # noqa: DTZ001
        with pytest.raises(Misconfigured):
            _ = field("a") == value
    hook = make()
    vendor.alter("companies", 300, {"name": "Bang [1] & Sons' + 5%"})
    assert ids(hook.list("companies", hook.field("name") == "Bang [1] & Sons' + 5%")) == [300]
