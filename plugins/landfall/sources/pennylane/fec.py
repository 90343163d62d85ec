"""The FEC, the accounting file of French law, as records.

Source: article A47 A-1 of the Livre des procédures fiscales: 18 named columns, a tab or `|` between them, lines ending
with CR and/or LF, dates `YYYYMMDD`, amounts with a decimal comma, `Debit` and `Credit` or `Montant` and `Sens`, more
columns after the 18th allowed, in ASCII or ISO 8859-15; UTF-8 is common. Pennylane does not say which form it delivers,
nor whether it is zipped, so all are read, as the file proves them; EBCDIC and UTF-16 are not. A file in which lines of
UTF-8 and of something else stand together is not guessed: it is read as UTF-8, and its odd lines are set aside.
"""

from __future__ import annotations

import codecs
import contextlib
import dataclasses
import io
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import IO, Any, BinaryIO

import msgspec

from landfall.errors import ContractBroken
from landfall.sources.pennylane.cells import amount_text, date_text, extra_names, plain, unreadable

COLUMNS = {
    "JournalCode": "journal_code",
    "JournalLib": "journal_lib",
    "EcritureNum": "ecriture_num",
    "EcritureDate": "ecriture_date",
    "CompteNum": "compte_num",
    "CompteLib": "compte_lib",
    "CompAuxNum": "comp_aux_num",
    "CompAuxLib": "comp_aux_lib",
    "PieceRef": "piece_ref",
    "PieceDate": "piece_date",
    "EcritureLib": "ecriture_lib",
    "Debit": "debit",
    "Credit": "credit",
    "EcritureLet": "ecriture_let",
    "DateLet": "date_let",
    "ValidDate": "valid_date",
    "Montantdevise": "montant_devise",
    "Idevise": "idevise",
}
DATES = ("ecriture_date", "piece_date", "date_let", "valid_date")
AMOUNTS = ("debit", "credit", "montant_devise")
SENS = {"D": "debit", "C": "credit", "+1": "debit", "1": "debit", "-1": "credit"}
_SIGNED = {"Montant": "montant", "Sens": "sens"}

CHARSETS = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "cp1252": "Windows-1252", "iso8859-15": "ISO 8859-15"}
_KNOWN = {plain(name) for name in (*COLUMNS, *_SIGNED)}
_WINDOWS_ONLY = re.compile(rb"[\x80-\x9f]")
_decode = msgspec.json.Decoder(dict[str, Any]).decode

LONGEST_LINE = 1 << 20
"""Characters; a file without line ends is no FEC and must not fill the memory."""
_CHUNK = 1 << 20


def parse(file: BinaryIO, facts: dict[str, Any]) -> Iterator[bytes]:
    """The lines of a FEC as JSON texts, one for each line that is not blank, in the file's order.

    An empty cell becomes null, text or not: a file of separated values cannot tell "" from nothing. Quotes are data.
    Columns after the 18th keep their name in snake case and are left out where empty. A line with another number of
    fields than the header keeps its number and its text, in a form that every decoder rejects.

    :param file: the downloaded file, seekable; a bare text or a zip of one. It is read twice, never kept in memory.
    :param facts: `period_start` of the export, an ISO date.
    :raises ContractBroken: the file is not a FEC; the message names the column that is missing.
    """
    with _content(file) as reopen:
        charset = _charset(reopen)
        encode = msgspec.json.Encoder().encode
        with _text(reopen(), charset) as lines:
            layout = _Layout.of(next(lines, ""))
            for number, line in enumerate(lines, start=1):
                key = {"period_start": facts["period_start"], "line_no": number}
                values = layout.values(line) if _is_whole(line) else _odd(line, charset)
                yield encode(key | values)


def prove(file: BinaryIO, facts: dict[str, Any]) -> str:
    """Read a file to its end, and say as what it was read.

    :raises ContractBroken: it is no FEC, or debits and credits of it, or of one of its entries, are not equal.
    """
    balances: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    odd = 0
    for line in parse(file, facts):
        values = _decode(line)
        amounts = [_decimal(values.get(side)) for side in ("debit", "credit")]
        if "line" in values or None in amounts:
            odd += 1
            continue
        debit, credit = amounts
        assert debit is not None
        assert credit is not None
        balances[values["journal_code"], values["ecriture_num"]] += debit - credit
    unequal = sum(1 for balance in balances.values() if balance)
    if unequal:
        raise ContractBroken(
            f"pennylane fec: debits and credits of {unequal} entries are not equal in the file from "
            f"{facts['period_start']} on, of which {odd} lines could not be read",
            todo="Compare the file in the landing with Pennylane's own export of that year.",
        )
    with _content(file) as reopen:
        charset = _charset(reopen)
        with _text(reopen(), charset) as lines:
            separator = _Layout.of(next(lines, "")).separator
    return f"{CHARSETS[charset]}, {'tab' if separator == chr(9) else separator} between columns"


def _decimal(text: str | None) -> Decimal | None:
    try:
        return Decimal(text or 0)
    except InvalidOperation:
        return None


@dataclasses.dataclass(frozen=True)
class _Layout:
    """Where a file's columns stand.

    :ivar names: a name for each column of the file, in its order.
    :ivar extra: those of `names` that the law does not know.
    """

    separator: str
    names: tuple[str, ...]
    extra: tuple[str, ...]
    signed: bool

    @classmethod
    def of(cls, header: str) -> _Layout:
        """:raises ContractBroken: the first 18 names are not those of the law, in either form."""
        separator = _separator(header)
        headers = header.split(separator)
        first = [plain(name) for name in headers[:18]]
        signed = "montant" in first or "sens" in first
        legal = {k: v for k, v in COLUMNS.items() if not (signed and v in SENS.values())} | (
            _SIGNED if signed else {}
        )
        if missing := [name for name in legal if plain(name) not in first]:
            raise ContractBroken(
                f"pennylane fec: the column {missing[0]} is not among the first 18 of {len(headers)} columns"
            )
        by_plain = {plain(header): name for header, name in legal.items()}
        names = dict(enumerate(by_plain[name] for name in first))
        taken = ("period_start", "line_no", *COLUMNS.values(), *_SIGNED.values())
        extra = extra_names(list(enumerate(headers))[18:], taken)
        return cls(separator, tuple((names | dict(extra)).values()), tuple(name for _, name in extra), signed)

    def values(self, line: str) -> dict[str, str | None]:
        """The values of one line by column name."""
        cells = line.split(self.separator)
        if len(cells) != len(self.names):
            reason = f"{len(cells)} fields where the header has {len(self.names)}"
            return {"debit": unreadable("a line of this file", reason), "line": line}
        values: dict[str, str | None] = dict(zip(self.names, [cell or None for cell in cells], strict=True))
        if self.signed:
            _split_by_sign(values)
        if not values["compte_num"] and not values["ecriture_date"]:
            reason = "neither account nor date, as in a sum"
            return {"debit": unreadable("a line of this file", reason), "line": line}
        for name in DATES:
            if value := values[name]:
                values[name] = date_text(value)
        for name in AMOUNTS:
            if value := values[name]:
                values[name] = amount_text(value)
        for name in self.extra:
            if values[name] is None:
                del values[name]
        return values


def _split_by_sign(values: dict[str, str | None]) -> None:
    """`Montant` and `Sens` as debit and credit; the other side is zero, as in the two-column form."""
    amount, sens = values.pop("montant"), (values.pop("sens") or "").strip().upper()
    values |= {"debit": None, "credit": None}
    if side := SENS.get(sens):
        if amount:
            values |= {"debit": "0,00", "credit": "0,00", side: amount}
    elif amount or sens:
        values["debit"] = unreadable("D, C, +1 or -1", f"{sens} (Montant {amount})")


def _separator(header: str) -> str:
    """The one of the two legal characters that parts the header into the legal names."""
    for separator in "\t|":
        found = {plain(name) for name in header.split(separator)[:18]}
        if len(found & _KNOWN) > 1:
            return separator
    raise ContractBroken(
        "pennylane fec: the column JournalCode is not among the first 18 columns, whichever parts them, a tab or |"
    )


def _is_whole(line: str) -> bool:
    """Whether all of a line's bytes stand for characters."""
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def _odd(line: str, charset: str) -> dict[str, Any]:
    raw = line.encode(charset.removesuffix("-sig"), "surrogateescape").decode("ascii", "backslashreplace")
    return {"debit": unreadable("a line of this file", f"not {CHARSETS[charset]}"), "line": raw}


@contextlib.contextmanager
def _text(content: IO[bytes], charset: str) -> Iterator[Iterator[str]]:
    """The lines of a text; a byte that its encoding does not know becomes half a surrogate."""
    text = io.TextIOWrapper(content, encoding=charset, errors="surrogateescape", newline=None)
    try:
        yield _lines(text)
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines that are not blank, without their ends."""
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            raise ContractBroken(f"pennylane fec: a line is longer than {LONGEST_LINE} characters")
        if line := line.removesuffix("\n"):
            yield line


def _charset(reopen: Callable[[], IO[bytes]]) -> str:
    """The encoding of a whole file: what a BOM says, else UTF-8 if any accent is, else what its bytes rule out.

    :raises ContractBroken: the BOM lies, or is that of an encoding no FEC has.
    """
    content = reopen()
    start = content.read(len(codecs.BOM_UTF8))
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ContractBroken("pennylane fec: the file is in UTF-16, which no FEC is")
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(start)
        for chunk in iter(lambda: content.read(_CHUNK), b""):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        if start == codecs.BOM_UTF8:
            raise ContractBroken("pennylane fec: the file says it is UTF-8 and is not") from None
    else:
        return "utf-8-sig"
    with _text(reopen(), "utf-8") as lines:
        if any(not line.isascii() and _is_whole(line) for line in lines):
            return "utf-8"
    content = reopen()
    windows = any(_WINDOWS_ONLY.search(chunk) for chunk in iter(lambda: content.read(_CHUNK), b""))
    return "cp1252" if windows else "iso8859-15"


@contextlib.contextmanager
def _content(file: BinaryIO) -> Iterator[Callable[[], IO[bytes]]]:
    """What opens the text from its beginning, whether the file is the text or a zip of it."""
    start = file.read(2)

    def rewound() -> IO[bytes]:
        file.seek(0)
        return file

    if start != b"PK":
        yield rewound
        return
    try:
        with zipfile.ZipFile(rewound()) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) != 1:
                raise ContractBroken(f"pennylane fec: the zip has {len(members)} files instead of one")
            yield lambda: archive.open(members[0])
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ContractBroken(f"pennylane fec: the zip cannot be read ({type(error).__name__})") from None
