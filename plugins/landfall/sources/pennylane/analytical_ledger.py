"""The analytical general ledger, a workbook, as records.

Source of the headers: observed, in English through the API and in French in the manual export; the vendor documents
neither them nor their order and has changed both, so columns are found by name.

Money is counted once. Line mode writes an amount as the vendor divided it, row by row. Column mode writes a line's
amount once beside all its families, so of the rows made from it only the first carries debit and credit and the others
have NULL: a sum over the table is the ledger's. To sum by a family that is not a line's first, join its amounts by
`line_identifier`.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

import msgspec
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, XmlError, ZipError

from landfall.errors import ContractBroken
from landfall.sources.pennylane.cells import amount_text, date_text, extra_names, plain, unreadable

HEADERS = {
    "line_identifier": ("Line identifier", "Identifiant de ligne"),
    "date": ("Date",),
    "journal_code": ("Journal code", "Code journal"),
    "plan_item_number": ("Plan item number", "Numéro de compte"),
    "plan_item_label": ("Plan item label", "Libellé de compte"),
    "line_label": ("Line label", "Libellé de ligne"),
    "entry_piece": ("Entry piece", "Libellé de pièce"),
    "category_family": ("Category family", "Famille de catégories"),
    "category": ("Category", "Catégorie"),
    "analytical_code": ("Analytical code", "Code analytique"),
    "debit": ("Debit", "Débit"),
    "credit": ("Credit", "Crédit"),
}
ESSENTIAL = ("line_identifier", "debit", "credit")
AND_NEEDED = ("date", "plan_item_number")
"""Not needed to know the header row, but a ledger without them is of no use."""
PAIR = ("category", "analytical_code")
TEXTS = ("journal_code", "plan_item_number", "plan_item_label", "line_label", "entry_piece")
HEADER_WITHIN = 50
"""Rows of a sheet in which its header must stand, below titles."""

_COLUMN_OF = {plain(header): column for column, headers in HEADERS.items() for header in headers}
_EXACTLY = {header for headers in HEADERS.values() for header in headers}
_SUM = re.compile("^(sous)?(grand)?(sub)?tot(al|aux|als)|^som(me)?s?$|^sum")
_EXACT = 2**53
"""Whole numbers from here on are not exact in a cell."""


def parse(file: BinaryIO, facts: dict[str, Any]) -> Iterator[bytes]:
    """The rows of the workbook as JSON texts, in its order; a line of several families in column mode gives several.

    An empty cell becomes null, in the key columns `category_family` and `category` "". `occurrence` counts from 1 the
    rows that are equal in line, family and category. Unknown columns keep their name in snake case and are left out
    where empty, as is what stands in a column without a name. Every sheet that has the header is read. A cell with a
    formula error reads as empty. A row that only sums up the rows above it, wherever its label stands, is passed over;
    one that does not sum them up is handed on without a line identifier, for the decoder to reject.

    :param file: the downloaded xlsx; it is read into memory.
    :param facts: `period_start` of the export, an ISO date.
    :raises ContractBroken: no workbook, or essential headers are missing; the message lists those found.
    """
    seen: Counter[tuple[Any, ...]] = Counter()
    encode = msgspec.json.Encoder().encode
    sums = _Sums()
    for layout, row in _rows(file):
        if sums.passes(layout, row):
            continue
        for record in layout.records(row):
            key = (record["line_identifier"], record["category_family"], record["category"])
            seen[key] += 1
            yield encode({"period_start": facts["period_start"], **record, "occurrence": seen[key]})


def prove(file: BinaryIO, facts: dict[str, Any]) -> str:
    """Read a workbook to its end, and say as what it was read; raises what `parse` does."""
    found = sum(1 for _ in parse(file, facts))
    return f"a workbook of {found} rows"


def _rows(file: BinaryIO) -> Iterator[tuple[_Layout, list[Any]]]:
    """The rows below each sheet's header that are not blank."""
    best: list[str] = []
    found = False
    try:
        with CalamineWorkbook.from_filelike(file) as book:
            for name in book.sheet_names:
                layout = None
                for number, row in enumerate(book.get_sheet_by_name(name).iter_rows()):
                    if layout:
                        if any(cell != "" for cell in row):
                            yield layout, row
                    elif number < HEADER_WITHIN:
                        best = max(best, _headers(row), key=_known)
                        layout = _Layout.of(row)
                        found = found or layout is not None
    except (CalamineError, PasswordError, XmlError, ZipError) as error:
        raise ContractBroken(
            f"pennylane analytical_ledger: the file is no workbook that can be read ({type(error).__name__})"
        ) from None
    if not found:
        raise _missing(best)


class _Sums:
    """Tells rows that sum up those above them."""

    sheet: _Layout | None = None

    def passes(self, layout: _Layout, row: Sequence[Any]) -> bool:
        """Whether the row is the sum of all rows of its sheet so far, or of those since the last sum."""
        if layout is not self.sheet:
            self.sheet = layout
            self.all, self.since = [Decimal(), Decimal()], [Decimal(), Decimal()]
        amounts = [_decimal(row[layout.at[side]]) for side in ("debit", "credit")]
        if not layout.is_sum(row):
            for total in (self.all, self.since):
                total[:] = [before + amount for before, amount in zip(total, amounts, strict=True)]
            return False
        if amounts not in (self.all, self.since):
            return False
        self.since = [Decimal(), Decimal()]
        return True


def _decimal(cell: Any) -> Decimal:
    try:
        return Decimal(_amount(cell) or 0)
    except InvalidOperation:
        return Decimal()


def _missing(headers: list[str]) -> ContractBroken:
    if not _known(headers):
        return ContractBroken(
            f"pennylane analytical_ledger: no header in the first {HEADER_WITHIN} rows of any sheet"
        )
    missing = [c for c in (*ESSENTIAL, *AND_NEEDED) if c not in map(_COLUMN_OF.get, map(plain, headers))]
    wanted = ", ".join(HEADERS[column][0] for column in missing)
    return ContractBroken(f"pennylane analytical_ledger: no column {wanted}; found: {', '.join(headers)}")


def _headers(row: Sequence[Any]) -> list[str]:
    return [cell.strip() for cell in row if isinstance(cell, str) and cell.strip()]


def _known(headers: list[str]) -> int:
    return sum(plain(header) in _COLUMN_OF for header in headers)


@dataclasses.dataclass(frozen=True)
class _Layout:
    """Where a sheet's columns stand.

    :ivar at: index by column of the record.
    :ivar families: (family or None where a column names it, index of the category, index of the code).
    :ivar extra: (index, name) of the columns the record does not know.
    """

    at: dict[str, int]
    families: list[tuple[str | None, int | None, int | None]]
    extra: list[tuple[int, str]]

    @classmethod
    def of(cls, row: Sequence[Any]) -> _Layout | None:
        """The layout this row declares, None where it is no header.

        :raises ContractBroken: it is one, and lacks a column or has it twice.
        """
        headers = {i: cell.strip() for i, cell in enumerate(row) if isinstance(cell, str) and cell.strip()}
        read = {index: _read_header(header) for index, header in headers.items()}
        if not {(column, None) for column in ESSENTIAL} <= set(read.values()):
            return None
        at: dict[str, int] = {}
        pairs: dict[str, dict[str, int]] = {}
        for (column, family), candidates in _by_value(read).items():
            if column:
                place = at if family is None else pairs.setdefault(family, {})
                place[column] = chosen = _only(headers, candidates)
                read |= {index: (None, None) for index in candidates if index != chosen}
        if any(column not in at for column in AND_NEEDED):
            raise _missing(list(headers.values()))
        unknown = [(index, headers[index]) for index, (column, _) in read.items() if not column]
        families: list[tuple[str | None, int | None, int | None]] = [
            (None, at.get("category"), at.get("analytical_code"))
        ]
        families += [
            (name, pair.get("category"), pair.get("analytical_code")) for name, pair in pairs.items()
        ]
        unknown += [(index, "") for index in range(len(row)) if index not in headers]
        return cls(at, families, extra_names(sorted(unknown), ("period_start", "occurrence", *HEADERS)))

    def is_sum(self, row: Sequence[Any]) -> bool:
        """Whether a row says that it is a sum: it has neither date nor account, and a word for it somewhere."""
        dated = any(_text(row[self.at[column]]) for column in AND_NEEDED)
        return not dated and any(isinstance(cell, str) and _SUM.search(plain(cell)) for cell in row)

    def records(self, row: Sequence[Any]) -> Iterator[dict[str, Any]]:
        """The records of one row: one for each family that has a category, one if none has."""

        def cell(column: str) -> Any:
            return row[self.at[column]] if column in self.at else ""

        line = None if self.is_sum(row) else _identifier(cell("line_identifier"))
        fixed = {"line_identifier": line, "date": _date(cell("date"))}
        fixed |= {column: _text(cell(column)) for column in TEXTS}
        extra = {name: value for index, name in self.extra if (value := _text(row[index])) is not None}
        amounts: dict[str, str | None] = {side: _amount(cell(side)) for side in ("debit", "credit")}
        for category in self._categories(row) or [_category(_text(cell("category_family")), None, None)]:
            yield fixed | category | amounts | extra
            amounts = {"debit": None, "credit": None}

    def _categories(self, row: Sequence[Any]) -> list[dict[str, str | None]]:
        found = []
        for named, at_category, at_code in self.families:
            category, code = (_text(row[at]) if at is not None else None for at in (at_category, at_code))
            if category or code:
                family = _text(row[self.at["category_family"]]) if "category_family" in self.at else None
                found.append(_category(family if named is None else named, category, code))
        return found


def _by_value(
    read: dict[int, tuple[str | None, str | None]],
) -> dict[tuple[str | None, str | None], list[int]]:
    found: dict[tuple[str | None, str | None], list[int]] = {}
    for index, value in read.items():
        found.setdefault(value, []).append(index)
    return found


def _only(headers: dict[int, str], candidates: list[int]) -> int:
    """The one column of several that are called alike: that whose name is spelt exactly.

    :raises ContractBroken: none is, or more than one.
    """
    exact = [index for index in candidates if headers[index].partition(":")[0].strip() in _EXACTLY]
    if len(candidates) > 1 and len(exact) != 1:
        names = " and ".join(headers[index] for index in candidates)
        raise ContractBroken(
            f"pennylane analytical_ledger: the column {headers[candidates[-1]]} is there twice ({names})"
        )
    return (exact or candidates)[0]


def _read_header(header: str) -> tuple[str | None, str | None]:
    """The column a header stands for, and the family where it is one of a family's pair, as `Catégorie : Agence`."""
    if column := _COLUMN_OF.get(plain(header)):
        return column, None
    word, colon, family = (part.strip() for part in header.partition(":"))
    column = _COLUMN_OF.get(plain(word))
    return (column, family) if colon and family and column in PAIR else (None, None)


def _category(family: str | None, category: str | None, code: str | None) -> dict[str, str | None]:
    return {
        "category_family": (family or "").strip(),
        "category": (category or "").strip(),
        "analytical_code": code,
    }


def _identifier(value: Any) -> Any:
    """The identifier as text or None; a number that is not exact stays one, which no text column takes."""
    if isinstance(value, int | float) and not (value == int(value) and abs(value) < _EXACT):
        return value
    return (_text(value) or "").strip() or None


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _number(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _amount(value: Any) -> str | None:
    if isinstance(value, str):
        return amount_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    return unreadable("an amount", str(value))


def _number(value: float) -> str:
    """A numeric cell to 15 significant digits, which is all that Excel shows: 0.1 + 0.2 is 0.3."""
    return format(Decimal(format(value, ".15g")), "f")


def _date(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return date_text(value) if isinstance(value, str) else unreadable("a date", str(value))
