"""The Google Sheets hook, with the real gspread, against the simulator: every cell as it is, or a named error."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from landfall.errors import (
    AuthenticationFailed,
    ContractBroken,
    LandfallError,
    Misconfigured,
    RateLimited,
    ReadMoved,
    ScopeMissing,
    VendorUnavailable,
)
from landfall.hooks.google_sheets import GoogleSheetsHook
from landfall.identity import Identity
from landfall.wire.retry import RetryPolicy
from sandbox.google_sheets import GoogleSheetsVendor, Spreadsheet, Worksheet
from sandbox.google_sheets import vendor as sheets_vendor
from sandbox.google_sheets.documents import HOURS, UPLOADED
from sandbox.google_sheets.vendor import ACCOUNT
from sandbox.server import Sandbox

pytestmark = pytest.mark.airflow

QUICK = RetryPolicy(attempts=4, first_wait=0.01, longest_wait=0.05)


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(GoogleSheetsVendor()) as box:
        yield box


@pytest.fixture
def vendor(running: Sandbox) -> Iterator[GoogleSheetsVendor]:
    """The simulator as seeded."""
    running.app.reset()
    yield running.app
    running.app.faults.clear()


@pytest.fixture
def make_hook(
    running: Sandbox, vendor: GoogleSheetsVendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., GoogleSheetsHook]]:
    """A hook by way of a real Airflow connection; `key` in place of the service account's, `extra` as in it."""
    made: list[GoogleSheetsHook] = []
    monkeypatch.setattr("landfall.hooks.google_sheets_api.SheetsHttp.retry", QUICK)

    def make(key: str | None = None, **extra: Any) -> GoogleSheetsHook:
        given = {"rate_store": str(tmp_path), "requests_per_period": 1000, "spreadsheet_id": HOURS, **extra}
        password = json.dumps(vendor.service_account(running.url)) if key is None else key
        connection = {"conn_type": "google_sheets", "host": running.url, "password": password, "extra": given}
        monkeypatch.setenv("AIRFLOW_CONN_GOOGLE_SHEETS_DEFAULT", json.dumps(connection))
        made.append(GoogleSheetsHook())
        return made[-1]

    yield make
    for hook in made:
        if hook.__dict__.get("client"):
            hook.close()


@pytest.fixture
def hook(make_hook: Callable[..., GoogleSheetsHook]) -> GoogleSheetsHook:
    return make_hook()


def rows(hook: GoogleSheetsHook, *asked: Any, **more: Any) -> list[dict[str, Any]]:
    (page,) = hook.rows(*asked, **more)
    return [msgspec.json.decode(item) for item in page.items]


def test_every_row_of_the_first_worksheet_as_its_cells_are(hook: GoogleSheetsHook) -> None:
    found = rows(hook)
    assert [row["row"] for row in found] == list(range(1, 13))
    assert [row["cells"] for row in found] == [
        ["Personal training 2025"],
        [],
        ["Voornaam ", "achternaam", "DATUM", "Uren", "Opmerking"],
        ["Tess", "Voorbeeld", 45964, 1.5, "ochtend"],
        ["Tess", "Voorbeeld", "4-11-2025", "1,5"],
        [],
        ["Bram", "van der Demo", "5/11/2025", "0,75"],
        ["Bram", "van der Demo", 45966, 2],
        ["Yara", "Fictief", "6 november 2025", 0.0625],
        ["Yara", "Fictief", 45968, "1:30"],
        ["Sem", "Proef", 45964, "2 uur"],
        ["Totaal", "", "", 10.25],
    ]
    assert [row["shown"][2:4] for row in found[3:11]] == [
        ["3-11-2025", 1.5],
        ["4-11-2025", "1,5"],
        [],
        ["5/11/2025", "0,75"],
        ["5-11-2025", 2],
        ["6 november 2025", "1:30"],
        ["7-11-2025", "1:30"],
        [45964, "2 uur"],
    ]


def test_a_read_takes_one_token_and_three_requests(
    hook: GoogleSheetsHook, vendor: GoogleSheetsVendor
) -> None:
    (page,) = hook.rows()
    assert [request.path.split("/")[-2:] for request in vendor.stats.log] == [
        ["", "token"],
        ["spreadsheets", HOURS],
        ["values", "'PT uren'"],
        ["values", "'PT uren'"],
    ]
    assert page.request == f"GET /spreadsheets/{HOURS}/values"
    assert page.envelope == {"rows": 12}
    assert page.server_time
    assert abs(page.server_time - vendor.clock.now()) < timedelta(seconds=5)
    assert "Tess" not in repr(page)


@pytest.mark.parametrize("worksheet", ["Secties", 7])
def test_another_worksheet_by_title_or_number(worksheet: str | int, hook: GoogleSheetsHook) -> None:
    assert [row["cells"] for row in rows(hook, worksheet)] == [
        ["Abonnement", "Sectie"],
        ["Onbeperkt 1", "Groepslessen"],
    ]


@pytest.mark.parametrize("title", ["Uren's", "A1", "Uren 100% / nov?", "É&ü=#"])
def test_a_title_may_hold_anything(title: str, hook: GoogleSheetsHook, vendor: GoogleSheetsVendor) -> None:
    vendor.documents[HOURS].worksheets.insert(0, Worksheet(title, 99, [["found"]]))
    assert rows(hook) == [{"row": 1, "cells": ["found"], "shown": ["found"]}]
    assert rows(hook, title) == rows(hook, 99)


def test_an_empty_worksheet_has_no_rows(hook: GoogleSheetsHook) -> None:
    assert rows(hook, "Leeg") == []


def test_another_locale_shows_otherwise_and_holds_the_same(
    hook: GoogleSheetsHook, vendor: GoogleSheetsVendor
) -> None:
    sheet = Worksheet("Hours", 0, [[date(2025, 11, 4), 1.5, True, "007"]])
    vendor.documents["1abc"] = Spreadsheet("PT", [sheet], locale="en_US")
    (row,) = rows(hook, spreadsheet_id="1abc")
    assert row == {"row": 1, "cells": [45965, 1.5, True, "007"], "shown": ["11/4/2025", 1.5, True, "007"]}


@pytest.mark.parametrize("change", ["value", "row", "above"])
def test_a_sheet_that_changes_meanwhile_is_no_complete_read(
    change: str, hook: GoogleSheetsHook, vendor: GoogleSheetsVendor
) -> None:
    cells = vendor.documents[HOURS].worksheets[0].rows
    changes: dict[str, Callable[[], None]] = {
        "value": lambda: cells[3].__setitem__(3, 2.5),
        "row": lambda: cells.append(["Eva", "Proef", "8-11-2025", "1"]),
        "above": lambda: cells.insert(3, ["Eva", "Proef", "8-11-2025", "1"]),
    }
    vendor.on_page("values", 1, changes[change])
    with pytest.raises(ReadMoved):
        rows(hook)
    assert rows(hook)


def hours_only(cells: Any) -> tuple[int, list[int]]:
    assert cells[2][:4] == ["Voornaam ", "achternaam", "DATUM", "Uren"]
    return 2, [0, 1, 2, 3]


def test_a_live_cell_beside_the_used_ones_keeps_nobody_from_reading(
    hook: GoogleSheetsHook, vendor: GoogleSheetsVendor
) -> None:
    cells = vendor.documents[HOURS].worksheets[0].rows
    cells[0].append("x")
    cells.append(["", "", "", "", "", 1])

    def live() -> None:
        cells[0][1], cells[3][4], cells[-1][5] = f"{cells[0][1]}x", "middag", None if cells[-1][5] else 1

    vendor.on_page("values", 1, live)
    with pytest.raises(ReadMoved):
        rows(hook)
    vendor.on_page("values", 1, live)
    assert len(rows(hook, used=hours_only)) == 13
    vendor.on_page("values", 1, lambda: cells[3].__setitem__(3, 2.5))
    with pytest.raises(ReadMoved):
        rows(hook, used=hours_only)


@pytest.mark.parametrize("odd", [b'"half \\ud83d"', b'"caf\xe9"'])
def test_an_odd_text_costs_its_cell(
    odd: bytes, hook: GoogleSheetsHook, vendor: GoogleSheetsVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = sheets_vendor.encode
    monkeypatch.setattr(sheets_vendor, "encode", lambda told: make(told).replace(b'"ochtend"', odd))
    (page,) = hook.rows()
    assert len(page.items) == 12
    assert b'"row":4,"cells":["Tess","Voorbeeld",45964,1.5,' + odd in bytes(page.items[3])


@pytest.mark.parametrize("hiccup", [[], None, {"values": None}, {"majorDimension": "ROWS", "values": [1]}])
def test_values_that_are_none_are_asked_for_again(
    hiccup: Any, hook: GoogleSheetsHook, vendor: GoogleSheetsVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = GoogleSheetsVendor._values
    answers = iter([hiccup, hiccup])
    monkeypatch.setattr(GoogleSheetsVendor, "_values", lambda *asked: next(answers, 0) or make(*asked))
    if hiccup is not None:
        assert len(rows(hook)) == 12
    monkeypatch.setattr(GoogleSheetsVendor, "_values", lambda *_: hiccup)
    with pytest.raises(ContractBroken):
        rows(hook)


def test_the_hook_tells_whose_data_it_opens(
    make_hook: Callable[..., GoogleSheetsHook], vendor: GoogleSheetsVendor
) -> None:
    assert make_hook().identity() == Identity(HOURS, vendor.documents[HOURS].title)
    with pytest.raises(ScopeMissing):
        make_hook(spreadsheet_id="1" + "0" * 40 + "hid").identity()


# --- what can be wrong ------------------------------------------------------------------------------------------------


def test_an_uploaded_excel_file_says_what_to_do(make_hook: Callable[..., GoogleSheetsHook]) -> None:
    with pytest.raises(Misconfigured, match=r"\.xlsx.*Save as Google Sheets"):
        rows(make_hook(spreadsheet_id=UPLOADED))


def test_a_sheet_that_is_not_shared_says_with_whom_to_share_it(
    make_hook: Callable[..., GoogleSheetsHook],
) -> None:
    with pytest.raises(ScopeMissing, match=f"Share it with {ACCOUNT}"):
        rows(make_hook(spreadsheet_id="1" + "0" * 40 + "hid"))


def test_an_unknown_sheet_or_worksheet_is_named_as_such(hook: GoogleSheetsHook) -> None:
    with pytest.raises(Misconfigured, match="no spreadsheet with this id"):
        rows(hook, spreadsheet_id="1nowhere")
    with pytest.raises(Misconfigured, match="Choose from: PT uren, Secties, Leeg"):
        rows(hook, "Uren")


@pytest.mark.parametrize(
    "fault", ["500", "502", "503", "reset_before", "truncated_body", "invalid_json", "html_login"]
)
def test_a_request_that_fails_is_repeated_and_else_fails_the_read(
    fault: str, hook: GoogleSheetsHook, vendor: GoogleSheetsVendor
) -> None:
    vendor.faults.add(fault, path="/values/", nth=2)
    assert len(rows(hook)) == 12
    vendor.faults.add(fault, path="/values/", times=None)
    with pytest.raises(VendorUnavailable):
        rows(hook)


@pytest.mark.parametrize(
    ("fault", "named"), [("401", AuthenticationFailed), ("403", ScopeMissing), ("410", LandfallError)]
)
def test_an_error_that_is_not_in_googles_shape_is_named(
    fault: str, named: type[LandfallError], hook: GoogleSheetsHook, vendor: GoogleSheetsVendor
) -> None:
    vendor.faults.add(fault, path="/values/", times=None)
    with pytest.raises(named):
        list(hook.rows())


@pytest.mark.parametrize(("fault", "least"), [("429_seconds", 1.0), ("429_date", 0.9)])
def test_a_429_is_waited_out(
    fault: str, least: float, hook: GoogleSheetsHook, vendor: GoogleSheetsVendor
) -> None:
    vendor.faults.add(fault, path="/values/")
    began = datetime.now(UTC)
    assert len(rows(hook)) == 12
    assert (datetime.now(UTC) - began).total_seconds() >= least


def test_a_429_for_a_day_frees_the_worker(hook: GoogleSheetsHook, vendor: GoogleSheetsVendor) -> None:
    vendor.faults.add("429_day", path="/values/")
    with pytest.raises(RateLimited):
        rows(hook)


def test_a_token_that_expires_is_renewed(hook: GoogleSheetsHook, vendor: GoogleSheetsVendor) -> None:
    rows(hook)
    vendor.tokens.clear()
    assert len(rows(hook)) == 12
    assert vendor.stats.paths["POST /token"] == 2


def test_a_key_that_is_revoked_is_told_without_secrets(
    hook: GoogleSheetsHook, vendor: GoogleSheetsVendor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vendor.revoked = True
    with pytest.raises(AuthenticationFailed, match="new key") as caught:
        rows(hook)
    assert vendor.stats.requests == 1
    said = str(caught.value) + repr(caught.value) + caplog.text
    assert not any(secret in said for secret in ("PRIVATE KEY", "assertion=", "Bearer ey"))


def test_a_token_endpoint_that_is_gone_may_come_back(
    make_hook: Callable[..., GoogleSheetsHook], running: Sandbox, vendor: GoogleSheetsVendor
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        key = vendor.service_account(f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(VendorUnavailable, match="token endpoint"):
            rows(make_hook(json.dumps(key)))


@pytest.mark.parametrize("fault", ["html_login", "null_body", "empty_object", "no_content"])
def test_a_token_endpoint_that_answers_something_else_is_named(
    fault: str, hook: GoogleSheetsHook, vendor: GoogleSheetsVendor
) -> None:
    vendor.faults.add(fault, path="^/token$", times=None)
    with pytest.raises((VendorUnavailable, AuthenticationFailed), match="Google Sheets"):
        rows(hook)


@pytest.mark.parametrize(
    "content",
    [
        {"majorDimension": "ROWS", "values": [["a"]]},
        {"range": "Blad", "majorDimension": "ROWS", "values": [["a"]]},
        {"range": "Blad!A1:D4", "majorDimension": "COLUMNS", "values": [["a"]]},
        {"range": "Blad!A1:D4", "majorDimension": "ROWS", "values": [{"a": 1}]},
        {"range": "Blad!A1:D4", "majorDimension": "ROWS", "values": {}},
        [],
    ],
)
def test_values_that_are_no_rows(
    content: Any, hook: GoogleSheetsHook, vendor: GoogleSheetsVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vendor, "_values", lambda *_: content)
    with pytest.raises(ContractBroken):
        rows(hook)


# --- the connection ---------------------------------------------------------------------------------------------------


def test_the_connection_test_explains_itself(make_hook: Callable[..., GoogleSheetsHook]) -> None:
    assert make_hook().test_connection() == (True, "Connected; worksheets: PT uren, Secties, Leeg.")
    works, message = make_hook(spreadsheet_id=UPLOADED).test_connection()
    assert not works
    assert "Save as Google Sheets" in message


@pytest.mark.parametrize(
    "key", ["", "  ", "not json", "[]", "{}", '{"type": "service_account", "client_email": "x"}']
)
def test_a_key_that_is_none_is_not_quoted(key: str, make_hook: Callable[..., GoogleSheetsHook]) -> None:
    works, message = make_hook(key).test_connection()
    assert not works
    assert "the service account's key" in message
    assert "client_email" not in message


def test_a_key_with_a_broken_private_key(
    make_hook: Callable[..., GoogleSheetsHook], running: Sandbox, vendor: GoogleSheetsVendor
) -> None:
    key = vendor.service_account(running.url) | {"private_key": "-----BEGIN PRIVATE KEY-----\nnone\n"}
    with pytest.raises(Misconfigured, match="no service account's key file") as caught:
        rows(make_hook(json.dumps(key)))
    assert "BEGIN" not in str(caught.value)


def test_a_key_may_be_a_file(
    make_hook: Callable[..., GoogleSheetsHook], running: Sandbox, vendor: GoogleSheetsVendor, tmp_path: Path
) -> None:
    path = tmp_path / "key.json"
    with pytest.raises(Misconfigured, match="key_path"):
        rows(make_hook("", key_path=str(path)))
    path.write_text(json.dumps(vendor.service_account(running.url)))
    assert len(rows(make_hook("", key_path=str(path)))) == 12


@pytest.mark.parametrize("spreadsheet", ["", "a/b", "https://docs.google.com/spreadsheets/d/x"])
def test_an_id_that_is_none_is_told_before_any_request(
    spreadsheet: str, make_hook: Callable[..., GoogleSheetsHook], vendor: GoogleSheetsVendor
) -> None:
    with pytest.raises(Misconfigured, match="spreadsheet_id"):
        rows(make_hook(spreadsheet_id=spreadsheet))
    assert vendor.stats.requests == 0


def test_nothing_else_is_called(hook: GoogleSheetsHook, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: set[Any] = set()
    original = socket.getaddrinfo

    def getaddrinfo(host: Any, *more: Any, **options: Any) -> Any:
        looked_up.add(host)
        if host != "127.0.0.1":
            raise socket.gaierror("no network in this test")
        return original(host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    before = set(threading.enumerate())
    rows(hook)
    rows(hook)
    for thread in set(threading.enumerate()) - before:  # google-auth would ask from a thread of its own
        thread.join(0.5)
    assert looked_up == {"127.0.0.1"}
