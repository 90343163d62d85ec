"""The legal bookkeeping file (FEC) of a period, in the forms the law allows.

Source: article A47 A-1 of the Livre des procédures fiscales: 18 columns, tab or `|` between them, dates `YYYYMMDD`,
amounts with a decimal comma, `Debit` and `Credit` or `Montant` and `Sens`. Pennylane does not document its form.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.rows import Row

COLUMNS = (
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
)


@dataclass(frozen=True)
class FecFormat:
    """One form of the file.

    :ivar sides: "debit_credit", "sens" (D or C) or "sign" (+1 or -1).
    :ivar extra: columns after the 18th.
    """

    separator: str = "\t"
    encoding: str = "utf-8"
    sides: str = "debit_credit"
    zipped: bool = False
    newline: str = "\r\n"
    extra: tuple[str, ...] = ()


FEC_FORMATS: dict[str, FecFormat] = {
    "tab": FecFormat(),
    "tab-bom": FecFormat(encoding="utf-8-sig"),
    "pipe": FecFormat(separator="|", encoding="iso-8859-15", newline="\n"),
    "sens": FecFormat(sides="sens"),
    "sign": FecFormat(separator="|", encoding="iso-8859-15", sides="sign"),
    "extra": FecFormat(extra=("IdClient", "NatOp")),
    "zip": FecFormat(zipped=True),
}


def fec_file(
    booked: list[tuple[Row, list[Row]]], names: dict[str, Any], form: FecFormat, filename: str
) -> bytes:
    """The file of these entries.

    :param booked: each entry with its lines.
    :param names: "journals" and "accounts", rows by id.
    :param filename: the name inside the archive where `form.zipped`.
    """
    header = [*COLUMNS, *form.extra]
    if form.sides != "debit_credit":
        header[11:13] = ["Montant", "Sens"]
    rows = [header, *(row for entry, lines in booked for row in _rows(entry, lines, names, form))]
    text = "".join(form.separator.join(row) + form.newline for row in rows)
    content = text.encode(form.encoding, errors="replace")
    if not form.zipped:
        return content
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.writestr(filename, content)
    return archive.getvalue()


def _rows(entry: Row, lines: list[Row], names: dict[str, Any], form: FecFormat) -> Iterator[list[str]]:
    journal = names["journals"].get(entry["journal"]["id"], {"code": "OD", "label": ""})
    day = entry["date"].replace("-", "")
    closed = entry["date"][:4] in names["closed"]
    for line in lines:
        number = line["ledger_account"]["number"]
        label = names["accounts"].get(line["ledger_account"]["id"], {}).get("label", "")
        # an account of one customer or supplier is the auxiliary one of the collective account
        auxiliary = (number, label) if number[:3] in ("401", "411") and len(number) > 6 else ("", "")
        others = line["lettered_ledger_entry_lines"]["ids"]
        lettering = _letters(min([line["id"], *others])) if others else ""
        foreign = line["id"] % 50 == 0
        row = [
            journal["code"],
            journal["label"],
            str(entry["id"]),
            day,
            number[:3] + "000" if auxiliary[0] else number,
            "Clients" if auxiliary[0][:3] == "411" else "Fournisseurs" if auxiliary[0] else label,
            *auxiliary,
            entry["piece_number"] or "",
            day,
            line["label"],
            *_sides(line, form.sides),
            lettering,
            day if others else "",
            f"{entry['date'][:4]}1231" if closed else "",
            _comma(line["debit"] if line["credit"] == "0.00" else "-" + line["credit"]) if foreign else "",
            "USD" if foreign else "",
            *("" for _ in form.extra),
        ]
        yield [" ".join(value.replace("|", "/").split()) for value in row]


def _sides(line: Row, form: str) -> tuple[str, str]:
    debit, credit = _comma(line["debit"]), _comma(line["credit"])
    is_debit = line["credit"] == "0.00"
    if form == "debit_credit":
        if line["id"] % 40 == 0:  # a correction booked as a negative amount on the other side
            return ("0,00", _negative(debit)) if is_debit else (_negative(credit), "0,00")
        return debit, credit
    words = ("D", "C") if form == "sens" else ("+1", "-1")
    return (debit, words[0]) if is_debit else (credit, words[1])


def _comma(amount: str) -> str:
    return amount.replace(".", ",")


def _negative(amount: str) -> str:
    return amount if amount == "0,00" else "-" + amount


def _letters(number: int) -> str:
    text = ""
    for _ in range(4):
        number, rest = divmod(number, 26)
        text = chr(ord("A") + rest) + text
    return text
