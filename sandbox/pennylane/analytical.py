"""The analytical general ledger of a period, as a workbook.

Source of the headers: observed through the API in English, in Pennylane's manual export in French; the vendor changed
headers and their order once without a new version.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from openpyxl import Workbook

from sandbox.pennylane.wording import FAMILIES
from sandbox.rows import Row

ENGLISH = (
    "Line identifier",
    "Date",
    "Journal code",
    "Plan item number",
    "Plan item label",
    "Line label",
    "Entry piece",
    "Category",
    "Analytical code",
    "Debit",
    "Credit",
)
FRENCH = (
    "Identifiant de ligne",
    "Date",
    "Code journal",
    "Numéro de compte",
    "Libellé de compte",
    "Libellé de ligne",
    "Libellé de pièce",
    "Famille de catégories",
    "Catégorie",
    "Code analytique",
    "Débit",
    "Crédit",
)


def analytical_file(
    booked: list[tuple[Row, list[Row]]], names: dict[str, Any], *, in_column: bool, french: bool
) -> bytes:
    """The workbook of these entries.

    In line mode a line with several categories has one row for each, its amount divided by their weights. In column
    mode each family has a pair of columns.

    :param booked: each entry with its lines.
    :param names: "journals" and "accounts", rows by id.
    """
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("GL analytique" if french else "Analytical GL")
    sheet.append(_header(in_column=in_column, french=french))
    for entry, lines in booked:
        for line in lines:
            for row in _rows(entry, line, names, in_column=in_column, french=french):
                sheet.append(row)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def _header(*, in_column: bool, french: bool) -> list[str]:
    names = list(FRENCH if french else ENGLISH)
    if not in_column:
        return names
    category, code = names[-4:-2]
    fixed = names[:-5] if french else names[:-4]
    return [
        *fixed,
        *(f"{word} : {family}" for family, _ in FAMILIES for word in (category, code)),
        *names[-2:],
    ]


def _rows(
    entry: Row, line: Row, names: dict[str, Any], *, in_column: bool, french: bool
) -> Iterator[list[str | float | date | None]]:
    account = names["accounts"].get(line["ledger_account"]["id"], {})
    journal = names["journals"].get(line["journal"]["id"], {})
    fixed: list[str | float | date | None] = [
        str(line["id"]),
        date.fromisoformat(line["date"]),
        journal.get("code"),
        line["ledger_account"]["number"],
        account.get("label"),
        line["label"],
        entry["piece_number"],
    ]
    categories: list[Row | None] = list(line["categories"]) or [None]
    weights = [float(category["weight"]) if category else 1.0 for category in categories]
    debit_shares, credit_shares = _shares(line["debit"], weights), _shares(line["credit"], weights)
    for category, debit, credit in zip(categories, debit_shares, credit_shares, strict=True):
        words: list[str | None]
        if in_column:
            words = [
                value for group in range(1, len(FAMILIES) + 1) for value in _category(category, only=group)
            ]
        else:
            family = FAMILIES[category["category_group"]["id"] - 1][0] if category else None
            words = [*([family] if french else []), *_category(category)]
        yield [*fixed, *words, debit, credit]


def _category(category: Row | None, only: int | None = None) -> tuple[str | None, str | None]:
    if category is None or (only is not None and category["category_group"]["id"] != only):
        return None, None
    return category["label"], category["analytical_code"]


def _shares(amount: str, weights: list[float]) -> list[float]:
    """An amount divided by weights, to the cent; the last share takes the rest."""
    cents = int(amount.replace(".", ""))
    shares = [round(cents * weight) for weight in weights[:-1]]
    return [share / 100 for share in (*shares, cents - sum(shares))]
