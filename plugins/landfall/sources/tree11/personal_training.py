"""The sheet of personal training hours: from its rows, as people type them, to hours by person and day.

Numbers and dates are read as the sheet holds them where it holds them so, and the Dutch way where they are text:
`1,5`, `1:30` and `2 uur` are hours; `3-11-2025`, `3/11/25` and `3 november 2025` are the same day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from landfall.errors import Misconfigured
from landfall.json_text import elements, members, value
from landfall.rows import summed

COLUMNS = ("Voornaam", "Achternaam", "Datum", "Uren")
EPOCH = date(1899, 12, 30)
"""Day 0 of a sheet."""
MONTHS = ("jan", "feb", "maart", "apr", "mei", "juni", "juli", "aug", "sep", "okt", "nov", "dec")
_LONG_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip
_MONTH = {name: n for names in (MONTHS, _LONG_MONTHS) for n, name in enumerate(names, start=1)}
_MONTH |= {"mrt": 3, "jun": 6, "jul": 7, "sept": 9}

_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_IN_WORDS = re.compile(r"(?:[a-z]+dag,? )?(\d{1,2}) ([a-z]+)\.? (\d{4})")
_HOURS = re.compile(r"(\d{1,3}(?:[.,]\d{1,4})?)\s*(?:uur|uren|u|h)?\.?")
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?")
_TOTAL = re.compile(r"(?:sub|eind)?[ -]?tota(?:al|le|l)\b", re.IGNORECASE)
_LABEL = re.compile(rf"(?:{_TOTAL.pattern}|som|sum)(?: uren)? ?[:=]?", re.IGNORECASE)


class SheetRow(msgspec.Struct):
    """A landed row: the values behind its cells, and the same with dates and durations as they are shown.

    A cell that no JSON may hold is False: something, and nothing that can be read.
    """

    row: int
    cells: list[Any]
    shown: list[Any]


Day = tuple[str, str, date]
"""Of a person: first name, last name, day."""


class Header(msgspec.Struct):
    """The row that names the columns: where it stands among the rows, and where each of `COLUMNS` is."""

    at: int
    places: list[int]
    titles: list[str]


def sessions(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Hours by person and day, summed; a row that cannot be read comes as it is, with null for what is unreadable.

    Where the hours of one row cannot be read, those of its person on its day are unknown: the other rows of that day
    come as they are too, without hours, and none is a sum of what happened to be readable.

    Title lines above the header, totals, and lines without a first or a last name are neither. A rejected row also has
    its number and its cells.

    :param lines: landed rows of the worksheet, in order.
    :raises Misconfigured: as `header` does.
    """
    rows = [_row(line) for line in lines]
    named = header([row.cells for row in rows])
    by_day: dict[Day, list[tuple[SheetRow, Decimal | None]]] = {}
    for row in rows[named.at + 1 :]:
        cells, shown = (_picked(each, named.places) for each in (row.cells, row.shown))
        if _is_none(cells, row.cells, named):
            continue
        first, last = (cell.strip() or None if isinstance(cell, str) else None for cell in cells[:2])
        day, hours = day_of(cells[2]), hours_of(cells[3], shown[3])
        if first and last and day:
            by_day.setdefault((first, last, day), []).append((row, hours))
        else:
            yield _as_it_is(row, first, last, day, hours)
    for key, told in by_day.items():
        known = [hours for _, hours in told if hours is not None]
        if len(known) < len(told):
            yield from (_as_it_is(row, *key, None) for row, _ in told)
        else:
            total = summed(known, 2)
            yield msgspec.json.encode(dict(zip(COLUMNS, (*key, total), strict=True)))


def _as_it_is(row: SheetRow, *told: str | date | Decimal | None) -> bytes:
    """A row for the decoder to reject, with what could be read of the four columns."""
    named = dict(zip(COLUMNS, told, strict=True))
    return msgspec.json.encode(named | {"row": row.row, "cells": row.cells})


def used_cells(rows: Sequence[Sequence[Any]]) -> tuple[int, Sequence[int]]:
    """From which row on, and in which columns, the sheet's cells are used."""
    named = header(rows)
    return named.at, named.places


def header(rows: Sequence[Sequence[Any]]) -> Header:
    """The first row that has a title for every column. A title that is the column's name wins over one that contains
    it.

    :raises Misconfigured: there is none, or a column has several titles that could be meant.
    """
    for number, cells in enumerate(rows):
        titles = [cell.strip().lower() if isinstance(cell, str) else "" for cell in cells]
        found = [_titled(column.lower(), titles) for column in COLUMNS]
        if not all(found) or len({place for places in found for place in places}) < len(COLUMNS):
            continue
        for column, places in zip(COLUMNS, found, strict=True):
            if len(places) > 1:
                named = ", ".join(repr(str(cells[place]).strip()) for place in places)
                raise Misconfigured(
                    f"Google Sheets: several columns of the worksheet could be {column}: {named}",
                    todo=f"Call exactly one of them {column}.",
                )
        return Header(number, [places[0] for places in found], titles)
    raise Misconfigured(
        f"Google Sheets: no row of the worksheet has the columns {', '.join(COLUMNS)}",
        todo="Put a header row with these names above the hours, in the first worksheet.",
    )


def _titled(column: str, titles: Sequence[str]) -> list[int]:
    exact = [n for n, title in enumerate(titles) if title == column]
    return exact or [n for n, title in enumerate(titles) if column in title]


def _row(line: bytes) -> SheetRow:
    told = members(line)
    cells, shown = ([value(cell, False) for cell in elements(told[name])] for name in ("cells", "shown"))
    return SheetRow(msgspec.json.decode(told["row"]), cells, shown)


def _picked(cells: Sequence[Any], places: Sequence[int]) -> list[Any]:
    return [cells[place] if place < len(cells) else "" for place in places]


def _is_none(cells: Sequence[Any], line: Sequence[Any], named: Header) -> bool:
    """Whether this is no session at all: no name, a sum, or the header once more.

    :param cells: those of the four columns.
    :param line: all of them: the label of a sum may stand in any column.
    """
    texts = [cell.strip().lower() if isinstance(cell, str) else cell for cell in cells]
    if any(name in ("", None) for name in texts[:2]):
        return True
    if texts in ([column.lower() for column in COLUMNS], _picked(named.titles, named.places)):
        return True
    if any(_LABEL.fullmatch(cell.strip()) for cell in line if isinstance(cell, str)):
        return True
    # With more words it could be somebody's remark, but not in these columns, nor where there is no day.
    where = line if texts[2] in ("", None) else cells
    return any(_TOTAL.match(cell.strip()) for cell in where if isinstance(cell, str))


def day_of(cell: Any) -> date | None:
    """The day a cell names: a sheet's day number, or a date the Dutch way; None where it is neither."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return EPOCH + timedelta(days=int(cell)) if 1 <= cell < 2958466 else None
    text = str(cell).strip().lower()
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    elif (found := _IN_WORDS.fullmatch(text)) and found[2] in _MONTH:
        day, month, year = found[1], str(_MONTH[found[2]]), found[3]
    else:
        return None
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None


def hours_of(cell: Any, shown: Any) -> Decimal | None:
    """The hours a cell tells: a number, a duration, or either as text; None where it is none of them.

    :param cell: the value behind it; a duration is a part of a day.
    :param shown: the same, a duration as the reader sees it.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        hours = Decimal(str(cell))
        if isinstance(shown, str):  # a duration or a date, and only a duration is hours
            hours *= 24
            if not _CLOCK.fullmatch(shown.strip()):
                return None
        return hours if hours >= 0 else None
    text = str(cell).strip().lower()
    if found := _CLOCK.fullmatch(text):
        whole, minutes, seconds = (Decimal(part or 0) for part in found.groups())
        return whole + minutes / 60 + seconds / 3600
    if found := _HOURS.fullmatch(text):
        return Decimal(found[1].replace(",", "."))
    return None
