"""The Pennylane hook against the simulator: complete reads, fewest requests, named errors."""

from __future__ import annotations

import hashlib
import io
import logging
import math
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs

import msgspec
import pytest

from landfall.errors import (
    AuthenticationFailed,
    ContractBroken,
    Misconfigured,
    RateLimited,
    ReadMoved,
    ScopeMissing,
    VendorUnavailable,
    WindowExpired,
)
from landfall.hooks.pennylane import COLLECTIONS, EXPORTS, PennylaneHook
from landfall.identity import Identity
from landfall.wire.answers import Refused
from landfall.wire.pages import Page
from sandbox.pennylane import PennylaneVendor
from sandbox.server import Sandbox
from tests.hooks.conftest import Sent

pytestmark = pytest.mark.airflow
YEAR = date(2026, 1, 1), date(2026, 12, 31)


def ids(pages: Iterable[Page]) -> list[int]:
    return [msgspec.json.decode(item)["id"] for page in pages for item in page.items]


@pytest.mark.parametrize("resource", COLLECTIONS)
def test_a_list_is_every_row_in_the_fewest_requests(
    resource: str, hook: PennylaneHook, vendor: PennylaneVendor, sent: list[Sent]
) -> None:
    assert ids(hook.list(resource)) == vendor.ids(resource)
    size = 1000 if resource == "ledger_accounts" else 100
    assert len(sent) == max(1, math.ceil(len(vendor.ids(resource)) / size))


def test_records_are_the_vendors_own_bytes(hook: PennylaneHook, vendor: PennylaneVendor) -> None:
    began = vendor.clock.now().replace(microsecond=0)
    pages = list(hook.list("customer_invoices"))
    body = hook.client.get("/customer_invoices", {"limit": "100", "sort": "id"}).body
    assert b"".join(memoryview(item) for item in pages[0].items[:1]) in body
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert pages[0].envelope.keys() == {"has_more", "next_cursor"}
    assert pages[0].request == "GET /customer_invoices?limit=100&sort=id"
    assert began <= pages[0].server_time <= pages[-1].server_time <= vendor.clock.now()
    assert began <= hook.server_now <= hook.client.get("/me").server_time


def test_filter_and_sort_go_with_every_page(
    hook: PennylaneHook, vendor: PennylaneVendor, sent: list[Sent]
) -> None:
    lowest = vendor.ids("customer_invoices")[40]
    condition = [{"field": "id", "operator": "gt", "value": lowest}]
    found = ids(hook.list("customer_invoices", filter=condition, sort="-id", limit=50))
    assert found == [each for each in reversed(vendor.ids("customer_invoices")) if each > lowest]
    assert len(sent) > 2
    assert len({request.query.split("&cursor=")[0] for request in sent}) == 1


def test_rows_added_and_removed_meanwhile_do_not_shift_a_list(
    hook: PennylaneHook, vendor: PennylaneVendor
) -> None:
    before = vendor.ids("customer_invoices")
    gone = before[150]

    def change() -> None:
        vendor.delete("customer_invoices", before[5])
        vendor.delete("customer_invoices", gone)
        vendor.insert("customer_invoices")

    vendor.on_page("customer_invoices", 1, change)
    found = ids(hook.list("customer_invoices"))
    assert found == [each for each in before if each != gone] + vendor.ids("customer_invoices")[-1:]


@pytest.mark.parametrize("fault", ["duplicate_row", "duplicate_page"])
def test_a_row_that_comes_twice_is_not_a_complete_read(
    fault: str, hook: PennylaneHook, vendor: PennylaneVendor
) -> None:
    vendor.faults.add(fault, path="/customer_invoices$", nth=2)
    with pytest.raises(ReadMoved):
        ids(hook.list("customer_invoices"))


def test_changes_are_every_event_from_the_moment_asked_for(
    hook: PennylaneHook, vendor: PennylaneVendor, sent: list[Sent]
) -> None:
    since = vendor.clock.now()
    for _ in range(40):
        vendor.insert("customers")
    vendor.delete("customers", vendor.ids("customers")[0])
    pages = list(hook.changes("customers", since, limit=15))
    events = [msgspec.json.decode(item) for page in pages for item in page.items]
    assert [event["operation"] for event in events] == ["insert"] * 40 + ["delete"]
    assert ["start_date" in parse_qs(request.query) for request in sent] == [True, False, False]
    assert [parse_qs(request.query)["limit"] for request in sent] == [["15"]] * 3


def test_changes_without_a_moment_start_at_the_oldest(hook: PennylaneHook, sent: list[Sent]) -> None:
    assert list(hook.changes("products"))
    assert sent[0].query == "limit=1000"


def test_a_changelog_that_no_longer_reaches_back_says_so(
    hook: PennylaneHook, vendor: PennylaneVendor
) -> None:
    with pytest.raises(WindowExpired, match="customers"):
        list(hook.changes("customers", vendor.clock.now() - timedelta(days=29)))


@pytest.mark.parametrize("wanted", [0, 1, 100, 101, 250])
def test_changed_ids_are_fetched_in_the_fewest_requests(
    wanted: int, hook: PennylaneHook, vendor: PennylaneVendor, sent: list[Sent]
) -> None:
    changed = vendor.ids("customer_invoices")[:wanted]
    pages = list(hook.by_ids("customer_invoices", [*reversed(changed), *changed[:3]]))
    assert ids(pages) == changed
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert len(sent) == math.ceil(wanted / 100)


def test_ids_the_vendor_no_longer_has_are_not_there(hook: PennylaneHook, vendor: PennylaneVendor) -> None:
    gone, here, *_ = vendor.ids("transactions")
    vendor.delete("transactions", gone)
    assert ids(hook.by_ids("transactions", [gone, here, 2**53 + 11])) == [here]


def test_a_filter_that_is_ignored_is_not_believed(
    hook: PennylaneHook, vendor: PennylaneVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = vendor.ids("customers")[:2]
    original = hook.list
    monkeypatch.setattr(hook, "list", lambda resource, **more: original(resource, limit=more["limit"]))
    with pytest.raises(ContractBroken, match="filter"):
        list(hook.by_ids("customers", wanted))


def test_a_filter_that_is_ignored_once_is_applied_when_asked_again(
    hook: PennylaneHook, vendor: PennylaneVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, original, asked = vendor.ids("customers")[:2], hook.list, []

    def forgetful(resource: str, **options: object) -> Iterable[Page]:
        asked.append(resource)
        return original(resource, **(options if len(asked) > 1 else {"limit": 100}))

    monkeypatch.setattr(hook, "list", forgetful)
    assert ids(hook.by_ids("customers", wanted)) == wanted


def test_a_url_too_long_is_split(
    running: Sandbox, hook: PennylaneHook, vendor: PennylaneVendor, sent: list[Sent]
) -> None:
    wanted = vendor.ids("customers")[:5]
    running.app.longest_query = 140  # room for three ids
    assert ids(hook.by_ids("customers", wanted)) == wanted
    assert len(sent) == 3
    running.app.longest_query = 10
    with pytest.raises(Refused):
        ids(hook.by_ids("customers", wanted))


def test_a_token_that_is_refused_is_not_tried_again(
    make_hook: Callable[..., PennylaneHook], sent: list[Sent], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hook = make_hook(token="wr0ng-token-value")
    with pytest.raises(AuthenticationFailed, match="The access token is invalid") as caught:
        list(hook.list("customers"))
    assert len(sent) == 1
    said = [str(caught.value), repr(caught.value), caplog.text, repr(hook.client.settings), repr(vars(hook))]
    assert not any("wr0ng" in text for text in said)


def test_a_missing_scope_is_named(hook: PennylaneHook, vendor: PennylaneVendor) -> None:
    vendor.scopes -= {"transactions:readonly", "transactions:all", "exports:fec"}
    with pytest.raises(ScopeMissing) as caught:
        list(hook.list("transactions"))
    assert caught.value.scope == "transactions:readonly"
    assert "transactions:readonly" in str(caught.value)
    assert hook.missing_scopes() == {"transactions": "transactions:readonly", "fec": "exports:fec"}
    assert hook.missing_scopes(["customers"]) == {}
    works, message = hook.test_connection()
    assert not works
    assert "transactions needs transactions:readonly" in message


def test_a_wider_scope_will_do(hook: PennylaneHook, vendor: PennylaneVendor) -> None:
    vendor.scopes = {f"{each.scope.split(':')[0]}:all" for each in COLLECTIONS.values()} | {
        "exports:fec",
        "exports:agl",
    }
    assert hook.missing_scopes() == {}
    assert hook.test_connection()[0]


def test_the_connection_test_explains_itself(make_hook: Callable[..., PennylaneHook]) -> None:
    works, message = make_hook(token="wrong").test_connection()
    assert not works
    assert "Renew the credential" in message


def test_an_api_version_that_ends_is_told_once(
    hook: PennylaneHook, vendor: PennylaneVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(hook.log, "warning", lambda text, *values: told.append(text % values))
    vendor.configure({"version_expires_at": "2027-01-31"})
    works, message = hook.test_connection()
    hook.me()
    assert works
    assert "2027-01-31" in message
    assert len(told) == 1
    assert "2027-01-31" in told[0]


def test_a_hook_tells_whose_data_it_opens(hook: PennylaneHook) -> None:
    assert hook.identity() == Identity("4242", "Démo & Fils SAS")


@pytest.mark.parametrize("fault", ["empty_object", "null_body"])
def test_an_answer_that_is_none_is_asked_for_again(
    fault: str, hook: PennylaneHook, vendor: PennylaneVendor
) -> None:
    job = hook.create_export("fec", *YEAR)
    vendor.faults.add(fault, path="/me$", times=2)
    vendor.faults.add(fault, path=f"/exports/fecs/{job}$", times=2)
    assert hook.me()["company"]["id"] == 4242
    assert hook.export_status("fec", job).id == job
    vendor.faults.add("empty_object", path="/me$", times=None)
    with pytest.raises(ContractBroken, match="/me"):
        hook.identity()


def test_an_export_that_may_have_been_made_is_not_asked_for_twice(
    hook: PennylaneHook, vendor: PennylaneVendor, sent: list[Sent]
) -> None:
    vendor.faults.add("empty_object", path="/exports/fecs$")
    with pytest.raises(VendorUnavailable, match="export job"):
        hook.create_export("fec", *YEAR)
    assert len(sent) == 1


def test_the_budget_is_the_credentials(make_hook: Callable[..., PennylaneHook]) -> None:
    limits = {"requests_per_period": 2, "period_seconds": 30, "max_wait_seconds": 0.1}
    one, same = make_hook("one", **limits), make_hook("two", **limits)
    one.me()
    same.me()
    with pytest.raises(RateLimited):
        one.me()


# --- exports ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "options"), [("fec", {}), ("analytical_ledger", {"mode": "in_column"})])
def test_an_export_from_start_to_file(kind: str, options: dict[str, str], hook: PennylaneHook) -> None:
    job = hook.run_export(kind, *YEAR, poll_seconds=0.1, **options)
    target = io.BytesIO()
    facts = hook.download_export(kind, job, target)
    assert facts.bytes == len(target.getvalue()) > 0
    assert facts.sha256 == hashlib.sha256(target.getvalue()).hexdigest()
    assert facts.filename.endswith(".txt" if kind == "fec" else ".xlsx")
    assert target.getvalue().startswith(b"JournalCode" if kind == "fec" else b"PK")


def test_a_file_elsewhere_is_fetched_without_the_token(hook: PennylaneHook, vendor: PennylaneVendor) -> None:
    with Sandbox(vendor) as store:  # refuses whoever brings a token, as presigned stores do
        vendor.configure({"host": store.url.replace("127.0.0.1", "localhost")})
        job = hook.run_export("fec", *YEAR, poll_seconds=0.1)
        assert hook.download_export("fec", job, io.BytesIO()).bytes > 0
    fetched = [
        request for request in vendor.stats.log if "/exports/" not in request.path and request.path != "/me"
    ]
    assert fetched
    assert not any(request.authorized for request in fetched)


def test_an_expired_link_is_renewed_once(
    hook: PennylaneHook, vendor: PennylaneVendor, sent: list[Sent]
) -> None:
    job = hook.run_export("fec", *YEAR, poll_seconds=0.1)
    vendor.faults.add("410", path="^/files/")
    sent.clear()
    assert hook.download_export("fec", job, io.BytesIO()).bytes > 0
    assert [request.path.split("/")[-2] for request in sent] == ["fecs", "files", "fecs", "files"]
    vendor.faults.add("410", path="^/files/", times=None)
    with pytest.raises(VendorUnavailable, match="410"):
        hook.download_export("fec", job, io.BytesIO())


def test_an_export_that_fails_or_lingers_says_so(hook: PennylaneHook, vendor: PennylaneVendor) -> None:
    vendor.configure({"failures": 1})
    with pytest.raises(VendorUnavailable, match="failed"):
        hook.run_export("fec", *YEAR, poll_seconds=0.1)
    vendor.configure({"delay": 60.0})
    with pytest.raises(VendorUnavailable, match="not ready"):
        hook.run_export("fec", *YEAR, poll_seconds=0.1, timeout=0.3)
    job = hook.create_export("fec", *YEAR)
    with pytest.raises(VendorUnavailable, match="pending"):
        hook.download_export("fec", job, io.BytesIO())


def test_a_link_is_in_no_text(hook: PennylaneHook) -> None:
    job = hook.run_export("fec", *YEAR, poll_seconds=0.1)
    state = hook.export_status("fec", job)
    assert state.file_url
    assert "http" not in repr(state) + str(state)


# --- wrong use --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda hook: list(hook.list("invoices")),
        lambda hook: list(hook.changes("ledger_accounts")),
        lambda hook: list(hook.changes("customers", datetime(2026, 1, 1))),  # noqa: DTZ001 - the mistake itself
        lambda hook: list(hook.by_ids("fiscal_years", [1])),
        lambda hook: hook.create_export("general_ledger", *YEAR),
        lambda hook: hook.missing_scopes(["invoices"]),
    ],
)
def test_wrong_use_is_told_before_any_request_for_data(
    call: Callable[[PennylaneHook], object], hook: PennylaneHook, sent: list[Sent]
) -> None:
    with pytest.raises(Misconfigured):
        call(hook)
    assert {request.path for request in sent} <= {"/api/external/v2/me"}


@pytest.mark.parametrize("token", ["", "  ", "two words", "bröken", "line\nbreak"])
def test_a_malformed_token_is_not_quoted(token: str, make_hook: Callable[..., PennylaneHook]) -> None:
    with pytest.raises(Misconfigured, match="password") as caught:
        make_hook(token=token).me()
    assert not token.strip() or token.strip() not in str(caught.value)


@pytest.mark.parametrize(
    "extra", [{"period_seconds": "often"}, {"read_timeout": -1}, {"max_wait_seconds": 0}]
)
def test_a_malformed_setting_is_named(
    extra: dict[str, object], make_hook: Callable[..., PennylaneHook]
) -> None:
    with pytest.raises(Misconfigured, match=next(iter(extra))):
        make_hook(**extra).me()


def test_the_tables_of_the_contract_are_all_there() -> None:
    assert len(COLLECTIONS) == 11
    assert len(EXPORTS) == 2
