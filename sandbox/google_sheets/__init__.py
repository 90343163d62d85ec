"""Google Sheets simulated: the token endpoint and the reading part of the Sheets API v4.

with Sandbox(GoogleSheetsVendor()) as box:
    gspread.service_account_from_dict(box.app.service_account(box.url), http_client=...)
"""

from __future__ import annotations

from sandbox.google_sheets.documents import Spreadsheet, Worksheet
from sandbox.google_sheets.vendor import GoogleSheetsVendor

__all__ = ["GoogleSheetsVendor", "Spreadsheet", "Worksheet"]
