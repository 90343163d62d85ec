"""The FEC parser over real files in every form the law allows, and over broken ones."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landfall.errors import ContractBroken, RowRejected
from landfall.records import spec
from landfall.sources.pennylane.fec import COLUMNS, LONGEST_LINE, parse, prove
from landfall.sources.pennylane.records import FecLine
from landfall.stage.rows import RecordDecoder
from sandbox.pennylane.fec import FEC_FORMATS, fec_file

FACTS = {"period_start": "2026-01-01", "period_end": "2026-12-31"}
HEADER = list(COLUMNS)
SALE = {
    "JournalCode": "VE",
    "JournalLib": "Ventes",
    "EcritureNum": "17",
    "EcritureDate": "20260302",
    "CompteNum": "411000",
    "CompteLib": "Clients",
    "CompAuxNum": "411DUPRE",
    "CompAuxLib": "Élodie Dupré",
    "PieceRef": "FAC-2026-0042",
    "PieceDate": "20260301",
    "EcritureLib": 'Écran 24" à 10 €',
    "Debit": "1200,00",
    "Credit": "0,00",
    "ValidDate": "20261231",
}
READ = {
    "period_start": "2026-01-01",
    "line_no": 1,
    "journal_code": "VE",
    "journal_lib": "Ventes",
    "ecriture_num": "17",
    "ecriture_date": "2026-03-02",
    "compte_num": "411000",
    "compte_lib": "Clients",
    "comp_aux_num": "411DUPRE",
    "comp_aux_lib": "Élodie Dupré",
    "piece_ref": "FAC-2026-0042",
    "piece_date": "2026-03-01",
    "ecriture_lib": 'Écran 24" à 10 €',
    "debit": "1200.00",
    "credit": "0.00",
    "ecriture_let": None,
    "date_let": None,
    "valid_date": "2026-12-31",
    "montant_devise": None,
    "idevise": None,
}


def text_of(
    *lines: dict[str, str], header: list[str] = HEADER, separator: str = "\t", end: str = "\r\n"
) -> str:
    rows = [header, *([line.get(name, "") for name in header] for line in lines)]
    return "".join(separator.join(row) + end for row in rows)


def records(content: bytes | str) -> list[dict[str, Any]]:
    raw = content.encode() if isinstance(content, str) else content
    return [msgspec.json.decode(line) for line in parse(io.BytesIO(raw), FACTS)]


def one(**changed: str) -> dict[str, Any]:
    (record,) = records(text_of(SALE | changed))
    return record


def zipped(*members: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for number, member in enumerate(members):
            writer.writestr(f"999000042FEC2026123{number}.txt", member)
    return archive.getvalue()


def rejected(record: dict[str, Any]) -> RowRejected:
    with pytest.raises(RowRejected) as caught:
        RecordDecoder(spec(FecLine)).rows(msgspec.json.encode(record), 1)
    return caught.value


@pytest.mark.parametrize("separator", ["\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso8859-15"])
@pytest.mark.parametrize("in_zip", [False, True])
def test_every_form_reads_the_same(separator: str, end: str, encoding: str, in_zip: bool) -> None:
    content = text_of(SALE, SALE, separator=separator, end=end).encode(encoding)
    assert records(zipped(content) if in_zip else content) == [READ, READ | {"line_no": 2}]


@pytest.mark.parametrize(("debit", "credit"), [("D", "C"), ("d", "c"), ("+1", "-1"), ("1", "-1")])
def test_montant_and_sens_become_debit_and_credit(debit: str, credit: str) -> None:
    header = ["Montant" if n == "Debit" else "Sens" if n == "Credit" else n for n in HEADER]
    lines = [SALE | {"Montant": "1200,50", "Sens": debit}, SALE | {"Montant": "-3,00", "Sens": credit}, SALE]
    found = records(text_of(*lines, header=header))
    assert [(r["debit"], r["credit"]) for r in found] == [
        ("1200.50", "0.00"),
        ("0.00", "-3.00"),
        (None, None),
    ]
    assert found[0].keys() == READ.keys()


def test_a_side_that_is_none_rejects_the_line() -> None:
    header = ["Montant" if n == "Debit" else "Sens" if n == "Credit" else n for n in HEADER]
    for sens in ("X", ""):
        (record,) = records(text_of(SALE | {"Montant": "5,00", "Sens": sens}, header=header))
        assert rejected(record).path == "$.debit"
        assert "5,00" in record["debit"]


def test_names_find_the_columns_in_any_order_and_case() -> None:
    header = [" " + name.upper() + " " for name in reversed(HEADER)]
    line = {f" {name.upper()} ": value for name, value in SALE.items()}
    assert records(text_of(line, header=header)) == [READ]


def test_further_columns_keep_their_name_and_are_left_out_where_empty() -> None:
    header = [*HEADER, "DateRglt", "Mode règlement", "", "Debit", "line_no", "NatOp"]
    line = SALE | {"DateRglt": "20260401", "Mode règlement": "CB", "": "x", "line_no": "9"}
    (record,) = records(text_of(line, header=header))
    more = {
        "date_rglt": "20260401",
        "mode_reglement": "CB",
        "column_21": "x",
        "debit_2": "1200,00",
        "line_no_2": "9",
    }
    assert record == READ | more
    decoder = RecordDecoder(spec(FecLine))
    decoder.rows(msgspec.json.encode(record), 1)
    assert decoder.unknown == set(more)


def test_a_header_alone_is_an_empty_year() -> None:
    assert records(text_of()) == []
    assert records(text_of().rstrip()) == []


def test_blank_lines_are_no_lines() -> None:
    text = text_of(SALE, SALE).replace("\r\n", "\r\r\n") + "\n"
    assert [r["line_no"] for r in records(text)] == [1, 2]


def test_the_last_line_needs_no_end() -> None:
    assert records(text_of(SALE).removesuffix("\r\n")) == [READ]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("10000,00", "10000.00"),
        ("-10,50", "-10.50"),
        ("+10,5", "10.5"),
        ("0000012,30", "0000012.30"),
        ("12,345", "12.345"),
        (" 7 ", "7"),
        ("1234.50", "1234.50"),
        ("", None),
        ("  ", None),
    ],
)
def test_amounts(text: str, read: str | None) -> None:
    record = one(Debit=text, Montantdevise=text)
    assert record["debit"] == record["montant_devise"] == read
    RecordDecoder(spec(FecLine)).rows(msgspec.json.encode(record), 1)


NO_AMOUNTS = ["1,234.50", "1.234,50", "1 234,50", "1\u202f234,50", "1.234", "12x", "1e5", "1_000"]
NO_AMOUNTS += ["NaN", "Infinity", "١٢", "-", ",", "10,00-"]


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_an_amount_that_cannot_be_read_rejects_its_line_alone(text: str) -> None:
    good, bad, after = records(text_of(SALE, SALE | {"Credit": text}, SALE))
    assert text in bad["credit"]
    assert rejected(bad).path == "$.credit"
    assert (good["line_no"], after) == (1, READ | {"line_no": 3})


@pytest.mark.parametrize("text", ["20260302", "2026-03-02", "02/03/2026", " 20260302 "])
def test_dates(text: str) -> None:
    assert one(EcritureDate=text)["ecriture_date"] == "2026-03-02"


@pytest.mark.parametrize(
    "text", ["20260230", "2026032", "00000000", "260302", "30.03.2026", "2026-W10-1", "٢0260302"]
)
def test_a_date_that_cannot_be_read_rejects_its_line_alone(text: str) -> None:
    _, bad, after = records(text_of(SALE, SALE | {"PieceDate": text}, SALE))
    assert text in bad["piece_date"]
    assert rejected(bad).path == "$.piece_date"
    assert after == READ | {"line_no": 3}


@pytest.mark.parametrize("broken", ["VE\tVentes", "\t" * 18, "half a line", "x" * 1000])
def test_a_line_with_another_number_of_fields_is_rejected_not_shifted(broken: str) -> None:
    lines = text_of(SALE, SALE).splitlines()
    _, bad, after = records("\r\n".join([lines[0], lines[1], broken, lines[2]]))
    assert (bad["line_no"], bad["line"]) == (2, broken)
    decoder = RecordDecoder(spec(FecLine))
    assert decoder.readable(msgspec.json.encode(bad), decoder.table.key) == (date(2026, 1, 1), 2)
    assert rejected(bad).path == "$.debit"
    assert after == READ | {"line_no": 3}


@pytest.mark.parametrize("name", HEADER)
def test_a_missing_column_is_named(name: str) -> None:
    header = [n for n in HEADER if n != name]
    for content in (text_of(SALE, header=header), text_of(SALE, header=[*header, "Autre", name])):
        with pytest.raises(ContractBroken, match=rf"\b{name}\b") as caught:
            records(content)
        assert "Dupré" not in str(caught.value)


def test_a_file_without_header_shows_no_personal_data() -> None:
    with pytest.raises(ContractBroken, match="JournalCode") as caught:
        records(text_of(SALE, SALE).split("\r\n", 1)[1])
    assert "Dupré" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n\r\n",
        b"<html>Not found</html>",
        zipped(),
        zipped(b"a", b"b"),
        zipped(text_of(SALE).encode() * 50)[:-40],
        b"PK\x03\x04 and no archive",
        text_of().encode() + b"x" * (LONGEST_LINE + 1),
    ],
    ids=[
        "empty",
        "blank",
        "html",
        "zip of none",
        "zip of two",
        "cut zip",
        "no zip",
        "endless line",
    ],
)
def test_what_is_no_fec_is_refused(content: bytes) -> None:
    with pytest.raises(ContractBroken, match="pennylane fec"):
        records(content)


def test_a_mark_of_utf8_that_lies_is_refused() -> None:
    with pytest.raises(ContractBroken, match="UTF-8"):
        records(b"\xef\xbb\xbf" + text_of(SALE).encode("iso8859-15"))


def test_a_zip_whose_content_was_damaged_is_refused_before_any_line() -> None:
    archive = bytearray(zipped(text_of(*[SALE] * 100).encode()))
    archive[14:18] = struct.pack("<I", 1)
    directory = archive.rindex(b"PK\x01\x02")
    archive[directory + 16 : directory + 20] = struct.pack("<I", 1)
    with pytest.raises(ContractBroken):
        next(iter(parse(io.BytesIO(bytes(archive)), FACTS)))


PLAIN = {k: v for k, v in SALE.items() if k not in ("CompAuxLib", "EcritureLib")}


def lines_of(*labels: bytes) -> bytes:
    """A file with one line for each label, and far more than one chunk between the first and the others."""
    header, *_ = text_of().encode().splitlines(keepends=True)
    line = text_of(PLAIN | {"EcritureLib": "@"}).encode().split(b"\r\n", 1)[1]
    rest = line.replace(b"@", b"") * 12_000
    return header + line.replace(b"@", labels[0]) + rest + b"".join(line.replace(b"@", x) for x in labels[1:])


@pytest.mark.parametrize(
    ("labels", "read"),
    [
        ((b"caf\xe9", b"10 \xa4"), ("café", "10 €")),
        ((b"caf\xe9", b"10 \x80"), ("café", "10 €")),
        ((b"\xa4", b"l\x92\xe9t\xe9"), ("¤", "l’été")),
    ],
)
def test_without_utf8_the_bytes_of_the_whole_file_decide(
    labels: tuple[bytes, ...], read: tuple[str, ...]
) -> None:
    found = records(lines_of(*labels))
    assert (found[0]["ecriture_lib"], found[-1]["ecriture_lib"]) == read


@pytest.mark.parametrize("odd", [b"caf\xe9", b"10 \x80"])
def test_a_file_of_two_encodings_is_not_guessed(odd: bytes) -> None:
    found = records(lines_of("étude".encode(), odd, b"plain"))
    assert found[0]["ecriture_lib"] == "étude"
    assert found[-1]["ecriture_lib"] == "plain"
    assert rejected(found[-2]).path == "$.debit"
    assert "not UTF-8" in found[-2]["debit"]


def test_a_byte_that_no_encoding_knows_costs_its_line() -> None:
    found = records(lines_of(b"\x81", b"caf\xe9 \x80"))
    assert "not Windows-1252" in found[0]["debit"]
    assert found[-1]["ecriture_lib"] == "café €"


def test_utf16_and_other_separators_are_refused_by_name() -> None:
    with pytest.raises(ContractBroken, match="UTF-16"):
        records(text_of(SALE).encode("utf-16"))
    for separator in ";,":
        with pytest.raises(ContractBroken, match=r"tab or \|"):
            records(text_of(SALE, separator=separator))


def test_a_separator_within_a_further_column_is_none() -> None:
    header = [*HEADER, "a|b|c|d|" * 10]
    assert one_of(text_of(SALE, header=header))["journal_code"] == "VE"


def one_of(text: str) -> dict[str, Any]:
    (record,) = records(text)
    return record


def test_a_sum_is_no_line_wherever_its_label_stands() -> None:
    for label in ("JournalCode", "CompteLib", "EcritureLib"):
        total = {label: "TOTAL", "Debit": "1200,00", "Credit": "1200,00"}
        assert rejected(records(text_of(SALE, total))[1]).path == "$.debit"


def test_a_file_is_proved_to_balance() -> None:
    paid = SALE | {"Debit": "0,00", "Credit": "1200,00"}
    assert prove(io.BytesIO(text_of(SALE, paid).encode()), FACTS) == "UTF-8, tab between columns"
    other = text_of(SALE, paid, separator="|").encode("iso8859-15")
    assert prove(io.BytesIO(other), FACTS) == "ISO 8859-15, | between columns"
    for odd in (
        SALE,
        paid | {"EcritureNum": "18"},
        paid | {"Credit": "1 200,00"},
        paid | {"Credit": "1200,01"},
    ):
        with pytest.raises(ContractBroken, match="not equal"):
            prove(io.BytesIO(text_of(SALE, odd).encode()), FACTS)


def test_a_nul_and_control_characters_stay_in_their_field() -> None:
    record = one(EcritureLib="a\0b\x85c\u2028d\x0ce")
    assert record["ecriture_lib"] == "a\0b\x85c\u2028d\x0ce"


def test_the_callers_file_stays_open() -> None:
    file = io.BytesIO(text_of(SALE).encode())
    list(parse(file, FACTS))
    assert not file.closed


def test_memory_does_not_grow_with_the_file() -> None:
    def peak(lines: int) -> int:
        content = text_of(*[SALE] * lines).encode()
        tracemalloc.start()
        assert sum(1 for _ in parse(io.BytesIO(content), FACTS)) == lines
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(40_000) < peak(15_000) * 1.1


TEXT = st.text(st.characters(blacklist_characters="\t|\r\n", blacklist_categories=("Cs",)), max_size=12)
AMOUNT = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False)
DAY = st.dates(min_value=date(1, 1, 1))
KINDS = {"debit": AMOUNT, "credit": AMOUNT, "montant_devise": st.none()}
ROW = st.fixed_dictionaries({h: KINDS.get(n, DAY if "date" in n else TEXT) for h, n in COLUMNS.items()})


@given(
    st.lists(ROW, max_size=5), st.sampled_from("\t|"), st.sampled_from(["\r\n", "\n", "\r"]), st.booleans()
)
def test_what_is_written_is_read(rows: list[dict[str, Any]], separator: str, end: str, signed: bool) -> None:
    def cell(value: Any) -> str:
        if isinstance(value, Decimal):
            return format(value, "f").replace(".", ",")
        return value.strftime("%Y%m%d").rjust(8, "0") if isinstance(value, date) else value or ""

    header = HEADER
    lines = [{name: cell(value) for name, value in row.items()} for row in rows]
    expected = [{COLUMNS[name]: value or None for name, value in row.items()} for row in rows]
    if signed:
        header = ["Montant" if n == "Debit" else "Sens" if n == "Credit" else n for n in HEADER]
        for line, record in zip(lines, expected, strict=True):
            line |= {"Montant": line["Debit"], "Sens": "C"}
            record |= {"debit": Decimal(0), "credit": record["debit"]}
    decoder = RecordDecoder(spec(FecLine))
    content = text_of(*lines, header=header, separator=separator, end=end).encode("utf-8-sig")
    read = [decoder.rows(line, n)[0][1] for n, line in enumerate(parse(io.BytesIO(content), FACTS))]
    # the JSON keeps U+0000, the decoder removes it
    clean = [
        {k: v.replace("\0", "") if isinstance(v, str) else Decimal(0) if v is None and k in ("debit", "credit") else v
         for k, v in record.items()}
        for record in expected
    ]  # fmt: skip
    names = spec(FecLine).names
    assert [dict(zip(names[2:], row[3:-1], strict=True)) for row in read] == clean
    assert [row[2] for row in read] == list(range(1, len(rows) + 1))


def test_the_fast_path_takes_the_records() -> None:
    from landfall.stage.blocks import BlockEncoder

    block = b"".join(line + b"\n" for line in parse(io.BytesIO(text_of(*[SALE] * 3).encode()), FACTS))
    ((_, _, _, made),) = BlockEncoder(spec(FecLine)).encode([block], lambda batches: batches)
    assert made is not None


@pytest.mark.parametrize("name", FEC_FORMATS)
def test_the_simulated_vendors_file(name: str) -> None:
    lines = [
        {
            "id": number,
            "debit": debit,
            "credit": credit,
            "label": "Café",
            "ledger_account": {"id": 1, "number": "4110007"},
            "lettered_ledger_entry_lines": {"ids": []},
        }
        for number, debit, credit in ((1, "12.50", "0.00"), (2, "0.00", "12.50"))
    ]
    entry = {"id": 7, "date": "2026-03-02", "piece_number": None, "journal": {"id": 1}}
    names = {"journals": {}, "accounts": {}, "closed": set()}
    found = records(fec_file([(entry, lines)], names, FEC_FORMATS[name], "999000042FEC20261231.txt"))
    assert [(r["debit"], r["credit"]) for r in found] == [("12.50", "0.00"), ("0.00", "12.50")]
    assert {r["ecriture_lib"] for r in found} == {"Café"}
    decoder = RecordDecoder(spec(FecLine))
    assert [len(decoder.rows(msgspec.json.encode(r), 1)) for r in found] == [1, 1]
