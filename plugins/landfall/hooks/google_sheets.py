"""Google Sheets as an Airflow hook, by way of gspread and a service account.

    from landfall.hooks.google_sheets import GoogleSheetsHook

    for page in GoogleSheetsHook().rows():
        ...

Connection `google_sheets_default`: the password is the service account's key file (JSON), `spreadsheet_id` in the extra
is the long part of the spreadsheet's address. The spreadsheet has to be shared with the account's e-mail address.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gspread
import httpx
import msgspec
import requests
from gspread.urls import SPREADSHEET_VALUES_URL
from gspread.utils import absolute_range_name

from landfall.errors import LandfallError, Misconfigured, ReadMoved
from landfall.hooks import connection as settings
from landfall.hooks.base import BaseHook
from landfall.hooks.google_sheets_api import (
    PERIOD,
    PUBLIC_URL,
    READ_ONLY,
    REQUESTS,
    Credentials,
    SheetsHttp,
)
from landfall.identity import Identity
from landfall.json_text import NOT_JSON, at, elements, members, value
from landfall.wire.answers import Unusable, http_date
from landfall.wire.client import Timeouts
from landfall.wire.pages import Page
from landfall.wire.retry import unless_it_passes

Used = Callable[[Sequence[Sequence[Any]]], tuple[int, Sequence[int]]]
"""Given all cells, False for one that no JSON may hold: from which row on, and in which columns, cells are used."""

_NO_CELLS = msgspec.Raw(b"[]")
_NUMBER = tuple(b"-0123456789"[n : n + 1] for n in range(11))
_FIRST_ROW = re.compile(r"!\$?[A-Z]*\$?(\d+)")


class GoogleSheetsHook(BaseHook):
    """Read the rows of a worksheet as the sheet holds them, without guessing at numbers or dates.

    :param google_sheets_conn_id: the Airflow connection.
    """

    conn_name_attr = "google_sheets_conn_id"
    default_conn_name = "google_sheets_default"
    conn_type = "google_sheets"
    hook_name = "Google Sheets"

    def __init__(self, google_sheets_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.google_sheets_conn_id = google_sheets_conn_id

    @cached_property
    def connection(self) -> Any:
        """The Airflow connection, read once."""
        return settings.understood(self.get_connection(self.google_sheets_conn_id), self.conn_type)

    @cached_property
    def client(self) -> gspread.Client:
        """The gspread client; one per hook, its connections and its token are reused.

        :raises Misconfigured: the connection holds no usable key.
        """
        key = self._key()
        try:
            credentials = Credentials.from_service_account_info(key, scopes=[READ_ONLY])
        except ValueError:
            raise self._wrong_key("is no service account's key file") from None
        client = gspread.Client(auth=credentials, http_client=SheetsHttp)
        http = client.http_client
        assert isinstance(http, SheetsHttp)
        http.account = credentials.service_account_email
        http.base_url = settings.base_url(self.connection, PUBLIC_URL)
        host = httpx.URL(http.base_url).host
        http.budget = settings.budget(
            self.connection, f"{host} {http.account}", requests=REQUESTS, period=PERIOD
        )
        http.max_wait = settings.number(self.connection, "max_wait_seconds", http.max_wait)
        limits = settings.timeouts(self.connection, Timeouts())
        client.set_timeout((limits.connect, limits.read))
        return client

    def get_conn(self) -> gspread.Client:
        """The gspread client, under the name Airflow hooks use."""
        return self.client

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        if "client" in self.__dict__:
            http = self._http
            http.session.close()
            if http.budget is not None:
                http.budget.close()
            del self.__dict__["client"]

    def rows(
        self, worksheet: str | int | None = None, spreadsheet_id: str = "", used: Used | None = None
    ) -> Iterator[Page]:
        """All rows of a worksheet, as one page, in order: `{"row": 4, "cells": [...], "shown": [...]}`.

        `row` is the row's number in the sheet. `cells` are the values behind the cells: numbers as JSON numbers, dates
        and durations as days (1 is 1899-12-31), text as text. `shown` has the same with dates and durations as the
        reader of the sheet sees them, which alone tells 0.0625 from a duration of an hour and a half. Empty rows within
        are there, with no cells; cells and rows that are empty to the end are not.

        :param worksheet: title, or the `gid` of its address; the first one by default.
        :param spreadsheet_id: another spreadsheet than the connection's.
        :param used: which cells must be the same in both requests for the values; all by default. A cell that computes
            itself anew at every look would else keep a sheet from ever being read.
        :raises Misconfigured: there is no such spreadsheet or worksheet, or the document is an uploaded Excel file.
        :raises ScopeMissing: it is not shared with the service account.
        :raises ReadMoved: the sheet changed between the two requests for its values.
        """
        wanted = self._spreadsheet(spreadsheet_id)
        title = self._title(wanted, worksheet)
        first, cells, told = unless_it_passes(lambda: self._values(wanted, title, "SERIAL_NUMBER"))
        again, shown, _ = unless_it_passes(lambda: self._values(wanted, title, "FORMATTED_STRING"))
        if first != again or not agree(cells, shown, used):
            raise ReadMoved("Google Sheets: the sheet changed while it was read")
        items = [
            msgspec.Raw(b'{"row":%d,"cells":%b,"shown":%b}' % (first + n, bytes(row), bytes(other)))
            for n, (row, other) in enumerate(itertools.zip_longest(cells, shown, fillvalue=_NO_CELLS))
        ]
        request = f"GET /spreadsheets/{wanted}/values"
        yield Page(items, {"rows": len(items)}, 1, request, http_date(told.headers.get("date")))

    def identity(self) -> Identity:
        """The spreadsheet of the connection, and its title."""
        wanted = self._spreadsheet()
        _, title = self._metadata(wanted)
        return Identity(wanted, title)

    def test_connection(self) -> tuple[bool, str]:
        """Whether the key works and the spreadsheet can be read; for the form's test button."""
        try:
            titles, _ = self._metadata(self._spreadsheet())
        except LandfallError as error:
            return False, str(error)
        return True, f"Connected; worksheets: {', '.join(titles)}."

    # --- parts ----------------------------------------------------------------------------------------------

    @property
    def _http(self) -> SheetsHttp:
        http = self.client.http_client
        assert isinstance(http, SheetsHttp)
        return http

    def _spreadsheet(self, given: str = "") -> str:
        found = str(given or self.connection.extra_dejson.get("spreadsheet_id") or "").strip()
        if not re.fullmatch(r"[A-Za-z0-9_-]+", found):
            raise Misconfigured(
                f"Connection {self.google_sheets_conn_id}: spreadsheet_id is {'malformed' if found else 'empty'}",
                todo="Put the part of the spreadsheet's address between /d/ and /edit into it.",
            )
        return found

    def _key(self) -> dict[str, Any]:
        text = self.connection.password or ""
        if path := str(self.connection.extra_dejson.get("key_path") or ""):
            try:
                text = Path(path).read_text()
            except (OSError, UnicodeDecodeError) as error:
                raise self._wrong_key(f"cannot be read from key_path ({type(error).__name__})") from None
        if not text.strip():
            raise self._wrong_key("is missing")
        try:
            return msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError:
            raise self._wrong_key("is not a JSON object") from None

    def _wrong_key(self, state: str) -> Misconfigured:
        return Misconfigured(
            f"Connection {self.google_sheets_conn_id}: the service account's key {state}",
            todo="Put the whole JSON key file into the password field, or its path into key_path.",
        )

    def _metadata(self, spreadsheet: str) -> tuple[dict[str, int], str]:
        """The worksheets' titles and numbers, in the order of the tabs, and the spreadsheet's own title."""

        def ask() -> tuple[dict[str, int], str]:
            told = self._http.fetch_sheet_metadata(spreadsheet)
            try:
                found = sorted(
                    (sheet["properties"] for sheet in told["sheets"]), key=lambda each: each["index"]
                )
                titles = {str(each["title"]): int(each["sheetId"]) for each in found}
                return titles, str(told["properties"]["title"])
            except (KeyError, TypeError, ValueError):
                raise Unusable("Google Sheets: the metadata lists no worksheets") from None

        return unless_it_passes(ask)

    def _title(self, spreadsheet: str, worksheet: str | int | None) -> str:
        titles, _ = self._metadata(spreadsheet)
        for title, gid in titles.items():
            if worksheet is None or worksheet in (title, gid):
                return title
        raise Misconfigured(
            "Google Sheets: the spreadsheet has no such worksheet", todo=f"Choose from: {', '.join(titles)}."
        )

    def _values(
        self, spreadsheet: str, title: str, times: str
    ) -> tuple[int, list[msgspec.Raw], requests.Response]:
        """The number of the first row, the rows as the vendor's bytes, and the answer."""
        url = SPREADSHEET_VALUES_URL % (spreadsheet, quote(absolute_range_name(title), safe=""))
        params = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": times}
        response = self._http.request("get", url, params=params)
        try:
            rows = elements(members(response.content).get("values", _NO_CELLS))
        except NOT_JSON:
            raise Unusable("Google Sheets: the values are not a list of rows") from None
        where = _FIRST_ROW.search(str(at(response.content, "range")))
        if any(not bytes(row).startswith(b"[") for row in rows):
            raise Unusable("Google Sheets: a row is not a list of cells")
        if at(response.content, "majorDimension") != "ROWS" or (rows and where is None):
            raise Unusable("Google Sheets: the values do not say which rows they are")
        return int(where[1]) if where else 1, rows, response


def agree(cells: Sequence[msgspec.Raw], shown: Sequence[msgspec.Raw], used: Used | None = None) -> bool:
    """Whether both answers tell the same sheet: only a number may be told as a text the second time."""
    rows = [
        (elements(ours), elements(theirs))
        for ours, theirs in itertools.zip_longest(cells, shown, fillvalue=_NO_CELLS)
    ]
    start, columns = used([[value(cell, False) for cell in ours] for ours, _ in rows]) if used else (0, None)
    for ours, theirs in rows[start:]:
        for n in range(max(len(ours), len(theirs))) if columns is None else columns:
            cell, other = (bytes(row[n]) if n < len(row) else b'""' for row in (ours, theirs))
            timed = cell[:1] in _NUMBER and other[:1] == b'"'
            if cell != other and not timed:
                return False
    return True
