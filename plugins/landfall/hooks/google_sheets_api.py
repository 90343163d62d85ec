"""How Google Sheets is spoken to through gspread: credentials, address, budget, retries, and what errors mean."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import gspread
import httpx
import msgspec
import requests
import tenacity
from google.auth.exceptions import GoogleAuthError, TransportError
from google.oauth2 import service_account

from landfall.errors import (
    AuthenticationFailed,
    LandfallError,
    Misconfigured,
    RateLimited,
    ScopeMissing,
    VendorUnavailable,
)
from landfall.wire.answers import Answer, Judge, OddText
from landfall.wire.budget import Budget
from landfall.wire.retry import RetryPolicy

PUBLIC_URL = "https://sheets.googleapis.com/v4"
READ_ONLY = "https://www.googleapis.com/auth/spreadsheets.readonly"

#: Google Sheets API, usage limits: 60 read requests a minute for each user of a project, the account being one.
REQUESTS, PERIOD = 60, 60.0


class Credentials(service_account.Credentials):
    """A service account's credentials that talk to the token endpoint and to nothing else.

    google-auth also asks another Google service, in the background, where the account may be used from; reading a
    sheet needs no answer to that, and a closed network would see tries it has not allowed.
    """

    def _is_regional_access_boundary_lookup_required(self) -> bool:
        return False

    def refresh(self, request: Any) -> None:
        """Get a token. :raises GoogleAuthError: none was given, or what was answered holds none, as a login page."""
        try:
            super().refresh(request)
        except (TypeError, LookupError, AttributeError):
            raise TransportError("the answer is in another shape than a token's") from None


class SheetsHttp(gspread.HTTPClient):
    """gspread's HTTP client with another base address where one is set, a budget, retries and named errors.

    gspread itself neither waits after a 429 nor repeats a request, and its errors hold what the vendor said.
    """

    base_url = PUBLIC_URL
    account = ""
    budget: Budget | None = None
    max_wait = 120.0
    retry = RetryPolicy()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._odd: set[str] = set()

    def request(self, method: str, endpoint: str, *args: Any, **more: Any) -> requests.Response:
        """Send one request; only reading is ever asked of it, so every request may be repeated.

        :raises LandfallError: there is no usable answer.
        """
        url = self.base_url + endpoint.removeprefix(PUBLIC_URL)
        again = self.retry.arguments(self._again)
        return tenacity.Retrying(**again)(self._once, method, url, *args, **more)

    def _again(self, error: BaseException) -> bool:
        if isinstance(error, RateLimited):
            return error.retry_after <= self.max_wait
        return isinstance(error, VendorUnavailable)

    def _once(self, method: str, url: str, *args: Any, **more: Any) -> requests.Response:
        place = f"{method.upper()} {urlsplit(url).path}"
        if self.budget is not None:
            self.budget.acquire(self.max_wait)
        try:
            # gspread's own would trip over an error that is not in Google's shape, as a proxy's is not.
            response = self.session.request(method, url, *args, **{"timeout": self.timeout, **more})
        except GoogleAuthError as error:
            raise login_fault(error) from None
        except requests.RequestException as error:
            raise VendorUnavailable(
                f"Google Sheets: {place} gave no usable answer ({type(error).__name__})"
            ) from None
        answer = Answer(
            response.status_code, httpx.Headers(dict(response.headers)), response.content, place, place
        )
        fault = Judge("Google Sheets", classify=self._explain, default_wait=PERIOD).fault(answer)
        if isinstance(fault, RateLimited) and self.budget is not None:
            self.budget.freeze(fault.retry_after)
        if isinstance(fault, OddText) and url in self._odd:  # not the line: the sheet has it
            return response
        if fault is not None:
            if isinstance(fault, OddText):
                self._odd.add(url)
            raise fault
        return response

    def _explain(self, answer: Answer) -> LandfallError | None:
        """The errors a person can do something about, each with what that is."""
        status = _error_status(answer.body)
        if answer.status == 400 and status == "FAILED_PRECONDITION":
            return Misconfigured(
                "Google Sheets: the document is no Google spreadsheet but an uploaded file, such as an .xlsx",
                todo="Open it in Google Sheets, choose File > Save as Google Sheets, and put the new id into "
                "spreadsheet_id.",
            )
        if answer.status == 404:
            return Misconfigured(
                "Google Sheets: there is no spreadsheet with this id",
                todo="Compare spreadsheet_id in the connection with the spreadsheet's address.",
            )
        if answer.status == 403:
            return ScopeMissing(
                "Google Sheets: the spreadsheet may not be read (403)",
                scope=READ_ONLY,
                todo=f"Share it with {self.account} and enable the Sheets API in the account's project.",
            )
        return None


def login_fault(error: GoogleAuthError) -> LandfallError:
    """What a failure to get a token means; Google's own words are left out."""
    kind = type(error).__name__
    if error.retryable or kind == "TransportError":
        return VendorUnavailable(f"Google Sheets: the token endpoint gave no usable answer ({kind})")
    return AuthenticationFailed(
        f"Google Sheets: the service account's key was not accepted ({kind})",
        todo="Make a new key for the service account and put its JSON into the connection's password.",
    )


class _Error(msgspec.Struct):
    status: str = ""


class _Envelope(msgspec.Struct):
    error: _Error


def _error_status(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Envelope).error.status
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
