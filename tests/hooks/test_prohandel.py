"""The ProHandel hook against the simulator: one login for all, an address that is proved, pages that are complete."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from landfall.errors import AuthenticationFailed, ContractBroken, LandfallError, Misconfigured, ReadMoved
from landfall.hooks.prohandel import ProHandelHook
from landfall.json_text import at
from landfall.wire.header_pages import HeaderPaging
from landfall.wire.pages import Sheet
from sandbox.environment import vendor_connection
from sandbox.prohandel import ProHandelVendor
from sandbox.server import Sandbox
from tests.bench.w6_budget import Load, run

pytestmark = pytest.mark.airflow

Make = Callable[..., ProHandelHook]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(ProHandelVendor(records=50)) as running:
        yield running


@pytest.fixture
def vendor(box: Sandbox) -> ProHandelVendor:
    box.app.clock.run()
    box.app.clock.set(datetime.now().astimezone())
    box.app.reset()
    return box.app


@pytest.fixture
def make(
    box: Sandbox, vendor: ProHandelVendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Make]:
    made: list[ProHandelHook] = []

    def make_hook(address: str = box.url, **extra: Any) -> ProHandelHook:
        base = {"rate_store": str(tmp_path), "requests_per_period": 1000, "period_seconds": 0.1}
        monkeypatch.setenv(
            "AIRFLOW_CONN_PROHANDEL_DEFAULT", vendor_connection("prohandel", address, **base | extra)
        )
        made.append(ProHandelHook())
        return made[-1]

    yield make_hook
    for hook in made:
        hook.close()


def numbers(hook: ProHandelHook, resource: str = "sale", **options: Any) -> list[Any]:
    return [at(item, "receiptNumber") for page in hook.list(resource, **options) for item in page.items]


# --- the login ---------------------------------------------------------------------------------------------------


def test_the_api_is_where_the_login_says(make: Make, box: Sandbox) -> None:
    hook = make()
    assert len(numbers(hook)) == 50
    assert httpx.URL(hook.get_conn().settings.base_url).host == "localhost"
    assert httpx.URL(box.url).host == "127.0.0.1"


def test_the_api_may_move_with_any_login(make: Make, vendor: ProHandelVendor) -> None:
    hook = make()
    numbers(hook)
    with Sandbox(vendor) as elsewhere:
        vendor.configure({"server_url": elsewhere.url, "expire_tokens": True})
        assert len(numbers(hook)) == 50
        assert hook.get_conn().settings.base_url == f"{elsewhere.url}/api/v2"


@pytest.mark.parametrize(
    "address", ["http://api.example.org", "ftp://127.0.0.1", "https://u:p@example.org", "https://", "x", " "]
)
def test_an_address_that_is_not_https_gets_no_token(
    make: Make, vendor: ProHandelVendor, address: str
) -> None:
    vendor.configure({"server_url": address})
    with pytest.raises(Misconfigured, match="serverUrl"):
        numbers(make())


def test_http_to_this_machine_is_for_simulators_only(make: Make) -> None:
    with pytest.raises(Misconfigured, match="no https address"):
        numbers(make(allow_http=""))


def test_what_the_login_asks_for_first_is_told(make: Make, vendor: ProHandelVendor) -> None:
    vendor.configure({"required_actions": ["accept-terms"]})
    with pytest.raises(Misconfigured, match="something to be done first"):
        numbers(make())


def test_one_token_serves_all_and_is_its_owners_alone(
    make: Make, vendor: ProHandelVendor, tmp_path: Path
) -> None:
    hooks = [make() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda hook: len(numbers(hook)), hooks)) == [50] * 4
    assert vendor.logins == 1
    (folder,) = tmp_path.glob("tokens")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_token_is_renewed_before_its_life_is_over(
    make: Make, vendor: ProHandelVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    hook, began = make(), time.time()
    for seconds, renewals in ((0, 0), (1430, 0), (1450, 1), (1460, 1)):
        monkeypatch.setattr("landfall.wire.shared_token.time.time", lambda s=seconds: began + s)
        numbers(hook)
        assert vendor.refreshes == renewals
    assert vendor.logins == 1


def test_a_refused_refresh_means_one_login(make: Make, vendor: ProHandelVendor) -> None:
    vendor.configure({"token_lasts": 1, "refresh_refused": True})
    hook = make()
    numbers(hook)
    vendor.clock.advance(10)
    hook.tokens._seen = None
    token = hook.tokens._read()
    assert token
    hook.tokens._written(type(token)(token.value, token.refresh, token.server, token.obtained - 5, 1, 86_400))
    numbers(hook)
    assert (vendor.refreshes, vendor.logins) == (1, 2)


def test_a_401_means_one_login_and_then_failure(make: Make, vendor: ProHandelVendor) -> None:
    hook = make()
    numbers(hook)
    vendor.configure({"expire_tokens": True})
    numbers(hook)
    assert vendor.logins == 2
    vendor.configure({"token_lasts": -1})
    vendor.configure({"expire_tokens": True, "token_lasts": 1800})
    vendor.revoked = True
    for _ in range(2):
        with pytest.raises(AuthenticationFailed):
            numbers(hook)
    assert vendor.logins == 3, "what was refused is not asked again"


def test_the_secret_and_the_token_are_in_no_message(
    make: Make, vendor: ProHandelVendor, caplog: pytest.LogCaptureFixture
) -> None:
    hook = make()
    caplog.set_level("DEBUG")
    numbers(hook)
    token = hook.tokens.get()
    vendor.revoked = True
    with pytest.raises(LandfallError) as raised:
        numbers(hook)
    told = f"{caplog.text}{raised.value}{hook.tokens.get()!r}"
    assert not any(secret in told for secret in (vendor.token, token.value, token.refresh))


def test_four_requests_a_second_are_held_over_all_tasks_and_their_hooks(tmp_path: Path) -> None:
    """Three processes with two hooks each; the vendor counts logins and lists alike."""
    outcome = run(
        Load(requests=4, period=1.0, workers=3, duration=4.5, store=str(tmp_path), vendor="prohandel")
    )
    assert (outcome.above, outcome.refused) == (0, 0)
    assert outcome.peak == 4
    assert outcome.per_worker[0] > 0


# --- pages -------------------------------------------------------------------------------------------------------


def test_the_servers_own_page_size_counts(make: Make, vendor: ProHandelVendor) -> None:
    vendor.configure({"max_page_size": 7})
    assert len(numbers(make())) == 50
    vendor.configure({"without_more": True})
    assert len(numbers(make())) == 50


def test_the_cap_must_not_change_within_a_read(make: Make, vendor: ProHandelVendor) -> None:
    vendor.configure({"max_page_size": 20})
    vendor.on_page("sale", 1, lambda: vendor.configure({"max_page_size": 10}))
    with pytest.raises(ContractBroken, match="changed within the read"):
        numbers(make())


PAGES: list[tuple[list[tuple[str, str, str, int]], type[LandfallError]]] = [
    ([("1", "2", "True", 2), ("3", "2", "False", 1)], ContractBroken),
    ([("1", "2", "True", 0)], ContractBroken),
    ([("1", "2", "maybe", 2)], ContractBroken),
    ([("1", "2", "True", 3)], ContractBroken),
    ([("1", "x", "True", 2)], ContractBroken),
]


@pytest.mark.parametrize(("pages", "error"), PAGES)
def test_pages_that_contradict_themselves_end_the_read(
    pages: list[tuple[str, str, str, int]], error: type[LandfallError]
) -> None:
    with pytest.raises(error):
        _walk(pages)


def test_the_page_before_again_ends_the_read() -> None:
    import msgspec

    with pytest.raises(ReadMoved):
        _walk([("1", "1", "True", 1), ("2", "1", "False", 1)], [msgspec.Raw(b'{"id":"a"}')])


def _walk(pages: list[tuple[str, str, str, int]], rows: list[Any] | None = None) -> None:
    import msgspec

    flow = HeaderPaging().flow({"pagesize": "2"})
    next(flow)
    for number, size, more, count in pages:
        headers = httpx.Headers({"X-Page": number, "X-Pagesize": size, "X-More-Pages-Available": more})
        items = rows or [msgspec.Raw(f'{{"id":"{number}/{n}"}}'.encode()) for n in range(count)]
        try:
            flow.send(Sheet({}, items, "GET /sale", headers))
        except StopIteration:
            return


# --- what changed, and whose it is -------------------------------------------------------------------------------


def test_the_parameter_is_named_for_each_list(make: Make) -> None:
    hook = make(
        changed_since_param="updatedSince, sale=fromDate, order=none", changed_since_format="%Y-%m-%d"
    )
    assert [hook.filters(name) for name in ("article", "sale", "order")] == [True, True, False]
    page = next(hook.since("sale", datetime(2026, 1, 2, 3, 4)))  # noqa: DTZ001 - a local time
    assert page.request == "GET /sale?fromDate=2026-01-02&pagesize=1000&page=1"
    with pytest.raises(Misconfigured, match="which is no list"):
        make(changed_since_param="sales=x").filters("sale")


def test_the_form_tells_what_works(make: Make, vendor: ProHandelVendor) -> None:
    vendor.configure({"since_on": ["sale", "article"]})
    works, told = make().test_connection()
    assert works
    assert "Filiale 1" in told
    assert told.endswith("is applied to: article, sale.")
    vendor.revoked = True
    vendor.configure({"expire_tokens": True})
    works, told = make().test_connection()
    assert not works
    assert "API key and secret" in told


def test_the_first_branch_tells_whose_data_it_is(make: Make, vendor: ProHandelVendor) -> None:
    hook = make()
    before = hook.identity()
    vendor.insert("branch")
    vendor.configure({"server_url": f"http://127.0.0.1:{httpx.URL(hook.get_conn().settings.base_url).port}"})
    vendor.configure({"expire_tokens": True})
    assert hook.identity() == before
    assert before
    assert before.key == vendor.truth("branch")[0]["id"]


def test_settings_that_cannot_be_are_refused_by_name(make: Make) -> None:
    with pytest.raises(Misconfigured, match="time_zone"):
        _ = make(time_zone="Berlin").zone
    with pytest.raises(Misconfigured, match="no list 'sales'"):
        next(make().list("sales"))
    with pytest.raises(Misconfigured, match="changed_since"):
        _ = make(changed_since="x").connection


def test_four_requests_a_second_are_all_of_a_credential(make: Make) -> None:
    hooks = [make(requests_per_period=None, period_seconds=None) for _ in range(2)]
    assert [repr(hook.budget) for hook in hooks] == ["Budget(4 requests per 1100 ms)"] * 2
    assert hooks[0].budget._key == hooks[1].budget._key
