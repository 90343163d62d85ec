"""Spreadsheets with invented contents, and how their cells are told in each of the API's render modes."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import Any

Cell = str | int | float | bool | date | timedelta | None
"""What a cell holds: text, a number, a date, or a duration. A number typed as text is text."""

EPOCH = date(1899, 12, 30)
HOURS = "1" + "0" * 40 + "PTu"
"""Id of the spreadsheet of personal training, 44 characters as a real one."""
UPLOADED = "1" + "0" * 29 + "xls"
"""Id of an uploaded Excel file, 33 characters as a real one."""


@dataclasses.dataclass
class Worksheet:
    """One sheet of a document.

    :ivar gid: the number in its address.
    """

    title: str
    gid: int
    rows: list[list[Cell]]


@dataclasses.dataclass
class Spreadsheet:
    """One document.

    :ivar locale: decides how numbers and dates are shown.
    :ivar shared: whether the service account may read it.
    :ivar uploaded: an Excel file in the drive, which the API refuses.
    """

    title: str
    worksheets: list[Worksheet]
    locale: str = "nl_NL"
    shared: bool = True
    uploaded: bool = False


def documents() -> dict[str, Spreadsheet]:
    """Personal training as a gym keeps it, with all that makes such a sheet hard to read."""
    hours: list[list[Cell]] = [
        ["Personal training 2025"],
        [],
        ["Voornaam ", "achternaam", "DATUM", "Uren", "Opmerking"],
        ["Tess", "Voorbeeld", date(2025, 11, 3), 1.5, "ochtend"],
        ["Tess", "Voorbeeld", "4-11-2025", "1,5"],
        [],
        ["Bram", "van der Demo", "5/11/2025", "0,75", None],
        ["Bram", "van der Demo", date(2025, 11, 5), 2],
        ["Yara", "Fictief", "6 november 2025", timedelta(hours=1, minutes=30)],
        ["Yara", "Fictief", date(2025, 11, 7), "1:30"],
        ["Sem", "Proef", 45964, "2 uur"],
        ["Totaal", "", "", 10.25],
    ]
    plans: list[list[Cell]] = [["Abonnement", "Sectie"], ["Onbeperkt 1", "Groepslessen"]]
    return {
        HOURS: Spreadsheet(
            "PT-uren",
            [Worksheet("PT uren", 0, hours), Worksheet("Secties", 7, plans), Worksheet("Leeg", 8, [])],
        ),
        UPLOADED: Spreadsheet("PT-uren.xlsx", [], uploaded=True),
        "1" + "0" * 40 + "hid": Spreadsheet("Ander", [], shared=False),
    }


def shown(cell: Cell, locale: str) -> str:
    """As a reader of the document sees it."""
    dutch = locale == "nl_NL"
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return ("WAAR", "ONWAAR")[not cell] if dutch else ("TRUE", "FALSE")[not cell]
    if isinstance(cell, date):
        return f"{cell.day}-{cell.month}-{cell.year}" if dutch else f"{cell.month}/{cell.day}/{cell.year}"
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02d}"
    if isinstance(cell, float):
        return str(cell).replace(".", ",") if dutch else str(cell)
    return str(cell)


def rendered(cell: Cell, locale: str, value: str, times: str) -> Any:
    """As the API tells it.

    :param value: `FORMATTED_VALUE` or `UNFORMATTED_VALUE`.
    :param times: `SERIAL_NUMBER` or `FORMATTED_STRING`, for unformatted dates and durations.
    """
    if value == "FORMATTED_VALUE" or (isinstance(cell, date | timedelta) and times == "FORMATTED_STRING"):
        return shown(cell, locale)
    if isinstance(cell, date):
        return (cell - EPOCH).days
    if isinstance(cell, timedelta):
        return cell / timedelta(days=1)
    return "" if cell is None else cell


def trimmed(rows: list[list[Any]]) -> list[list[Any]]:
    """Without the empty cells at the end of a row and the empty rows at the end, as the API leaves them out."""
    cut = [list(row) for row in rows]
    for row in cut:
        while row and row[-1] == "":
            row.pop()
    while cut and not cut[-1]:
        cut.pop()
    return cut
