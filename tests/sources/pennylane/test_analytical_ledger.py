"""The analytical ledger's parser over real workbooks: both languages, both modes, and headers that moved."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landfall.errors import ContractBroken, RowRejected
from landfall.records import spec
from landfall.sources.pennylane.analytical_ledger import HEADER_WITHIN, parse
from landfall.sources.pennylane.records import AnalyticalLedgerLine
from landfall.stage.rows import RecordDecoder
from sandbox.pennylane.analytical import ENGLISH, FRENCH, analytical_file

FACTS = {"period_start": "2026-01-01", "period_end": "2026-12-31"}
DAY = dt.date(2026, 3, 2)
ID = "20260302000017"
START = (ID, DAY, "VE", "706000", "Prestations", "Facture 42", "FAC-42")
FAMILY = "Agence"
READ = {
    "period_start": "2026-01-01",
    "line_identifier": ID,
    "date": "2026-03-02",
    "journal_code": "VE",
    "plan_item_number": "706000",
    "plan_item_label": "Prestations",
    "line_label": "Facture 42",
    "entry_piece": "FAC-42",
    "category_family": "",
    "category": "Lyon",
    "analytical_code": "LY",
    "debit": "0",
    "credit": "1200.5",
    "occurrence": 1,
}
IN_COLUMN = (
    *FRENCH[:7],
    "Catégorie : Agence",
    "Code analytique : Agence",
    "Catégorie : Projet : Été",
    "Code analytique : Projet : Été",
    *FRENCH[-2:],
)


def workbook(*sheets: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def records(content: bytes) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in parse(io.BytesIO(content), FACTS)]


def read(*rows: Sequence[Any]) -> list[dict[str, Any]]:
    return records(workbook(rows))


def one(**cells: Any) -> dict[str, Any]:
    values = dict(zip(ENGLISH, (*START, "Lyon", "LY", 0, 1200.5), strict=True)) | cells
    (record,) = read(list(values), list(values.values()))
    return record


def rejected(record: dict[str, Any]) -> RowRejected:
    with pytest.raises(RowRejected) as caught:
        RecordDecoder(spec(AnalyticalLedgerLine)).rows(msgspec.json.encode(record), 1)
    return caught.value


def accepted(record: dict[str, Any]) -> dict[str, Any]:
    ((_, row),) = RecordDecoder(spec(AnalyticalLedgerLine)).rows(msgspec.json.encode(record), 1)
    return dict(zip(spec(AnalyticalLedgerLine).names, row[1:], strict=False))


def test_english() -> None:
    (record,) = read(ENGLISH, (*START, "Lyon", "LY", 0, 1200.5))
    assert record == READ
    assert accepted(record)["credit"] == Decimal("1200.5")


def test_french_with_its_family() -> None:
    assert read(FRENCH, (*START, FAMILY, "Lyon", "LY", 0, 1200.5)) == [READ | {"category_family": FAMILY}]


def test_headers_in_any_order_case_and_spacing() -> None:
    shouted = [f"  {name.upper()} " for name in reversed(FRENCH)]
    assert read(shouted, list(reversed((*START, FAMILY, "Lyon", "LY", 0, 1200.5)))) == [
        READ | {"category_family": FAMILY}
    ]
    plain = [
        name.replace("é", "e").replace("É", "E").replace(" ", "_") if name != "Date" else name
        for name in FRENCH
    ]
    assert read(plain, (*START, FAMILY, "Lyon", "LY", 0, 1200.5)) == [READ | {"category_family": FAMILY}]


def test_no_category_is_one_row() -> None:
    nothing = {"category_family": "", "category": "", "analytical_code": None}
    assert read(ENGLISH, (*START, None, None, 0, 1200.5)) == [READ | nothing]
    assert read(IN_COLUMN, (*START, None, None, None, None, 0, 1200.5)) == [READ | nothing]


def test_column_mode_gives_a_row_a_family_and_counts_money_once() -> None:
    first, second = read(IN_COLUMN, (*START, "Lyon", "LY", "Refonte", None, 0, 1200.5))
    assert first == READ | {"category_family": "Agence"}
    projet = {"category_family": "Projet : Été", "category": "Refonte", "analytical_code": None}
    assert second == READ | projet | {"debit": None, "credit": None}


def test_column_mode_carries_the_amount_on_the_first_family_that_has_a_category() -> None:
    (record,) = read(IN_COLUMN, (*START, None, None, "Refonte", "RF", 0, 1200.5))
    assert (record["category_family"], record["credit"]) == ("Projet : Été", "1200.5")


def test_column_mode_in_english_with_the_pairs_apart() -> None:
    header = (
        *ENGLISH[:7],
        "Category : A",
        "Category: B",
        "Debit",
        "Credit",
        "Analytical code : B",
        "Analytical code : A",
    )
    found = read(header, (*START, "x", "y", 5, 0, "yc", "xc"))
    assert [(r["category_family"], r["category"], r["analytical_code"], r["debit"]) for r in found] == [
        ("A", "x", "xc", "5"),
        ("B", "y", "yc", None),
    ]


def test_occurrence_tells_equal_rows_of_a_line_apart() -> None:
    rows = [(*START, category, None, 0, 1) for category in ("Lyon", "Paris", "Lyon", "Lyon ", None, None)]
    other = ("20260302000018", *START[1:], "Lyon", None, 0, 1)
    found = read(ENGLISH, *rows, other)
    assert [r["occurrence"] for r in found] == [1, 1, 2, 3, 1, 2, 1]
    keys = spec(AnalyticalLedgerLine).key
    assert len({tuple(r[k] for k in keys) for r in found}) == len(found)


def test_the_header_may_stand_below_titles() -> None:
    titles = [["Grand livre analytique"], [], ["Date", DAY, "Débit", "Crédit"]]
    assert read(*titles, ENGLISH, (*START, "Lyon", "LY", 0, 1200.5)) == [READ]


def test_every_sheet_that_has_the_header_is_read() -> None:
    row = (*START, "Lyon", "LY", 0, 1200.5)
    moved = (ENGLISH[::-1], row[::-1])
    found = records(workbook([["About this export"]], [ENGLISH, row], moved, [ENGLISH]))
    assert found == [READ, READ | {"occurrence": 2}]


def test_blank_rows_are_no_rows_and_a_row_without_identifier_is_rejected() -> None:
    row = (*START, "Lyon", "LY", 0, 1200.5)
    found = read(ENGLISH, row, [], [None] * 11, [None, *row[1:]])
    assert found[0] == READ
    assert [r["line_identifier"] for r in found] == [ID, None]
    assert rejected(found[1]).path == "$.line_identifier"


@pytest.mark.parametrize("column", [0, 2, 4, 5, 7])
@pytest.mark.parametrize("label", ["Total", "TOTAL GÉNÉRAL", "Sous-total", "Somme"])
def test_a_sum_is_passed_over_wherever_its_label_stands(column: int, label: str) -> None:
    row = (*START, "Lyon", "LY", 0, 1200.5)
    total: list[Any] = [None] * 11
    total[column], total[-2:] = label, (0, 2401)
    found = read(ENGLISH, row, row, total, row, [*total[:-1], 1200.5], [*total[:-1], 3601.5])
    assert [r["line_identifier"] for r in found] == [ID, ID, ID]
    wrong = read(ENGLISH, row, total)
    assert rejected(wrong[1]).path == "$.line_identifier"


def test_a_cell_beside_the_named_columns_is_kept() -> None:
    row = (*START, "Lyon", "LY", 0, 1200.5)
    found = read((*ENGLISH, None, None), (*row, None, "see below"), row)
    assert found == [READ | {"column_13": "see below"}, READ | {"occurrence": 2}]


def test_of_columns_called_alike_the_exactly_spelt_one_counts() -> None:
    found = read((*ENGLISH, "DEBIT"), (*START, "Lyon", "LY", 0, 1200.5, 7))
    assert found == [READ | {"debit_2": "7"}]
    alike = [{"Debit": "DEBIT"}.get(name, name) for name in ENGLISH]
    with pytest.raises(ContractBroken, match="DEBIT and debit"):
        read((*alike, "debit"), (*START, "Lyon", "LY", 0, 1200.5, 7))


def test_unknown_columns_keep_their_name_and_are_left_out_where_empty() -> None:
    more = {
        "Centre de coûts": "A1",
        "Taux": 0.1 + 0.2,
        "Vu": True,
        "Le": DAY,
        "Vide": None,
        "Occurrence": 9,
        "Note: x": "n",
    }
    record = one(**more)
    extra = {
        "centre_de_couts": "A1",
        "taux": "0.3",
        "vu": "true",
        "le": "2026-03-02",
        "occurrence_2": "9",
        "note_x": "n",
    }
    assert record == READ | extra
    decoder = RecordDecoder(spec(AnalyticalLedgerLine))
    decoder.rows(msgspec.json.encode(record), 1)
    assert decoder.unknown == set(extra)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        (0.1 + 0.2, "0.3"),
        (1234567890.12, "1234567890.12"),
        (1e15, "1000000000000000"),
        (1e-7, "0.0000001"),
        (-10, "-10"),
        ("1234,50", "1234.50"),
        ("1234.50", "1234.50"),
        (None, None),
        ("", None),
    ],
)
def test_amounts(cell: Any, amount: str | None) -> None:
    record = one(Debit=cell)
    assert record["debit"] == amount
    assert accepted(record)["debit"] == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("0.30000000000000004", "0.3"), ("1200.4999999999998", "1200.5"), ("8.5E-2", "0.085")],
)
def test_amounts_are_what_excel_shows(stored: str, shown: str) -> None:
    """openpyxl rounds what it writes, so the cell's text is put into the sheet itself."""
    written = zipfile.ZipFile(io.BytesIO(workbook([ENGLISH, (*START, "Lyon", "LY", 424242, 0)])))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        for name in written.namelist():
            target.writestr(name, written.read(name).replace(b"<v>424242<", f"<v>{stored}<".encode()))
    (record,) = records(content.getvalue())
    assert record["debit"] == shown


@pytest.mark.parametrize("cell", ["1,234.50", "1 234,50", "abc", "1.234", True, DAY])
def test_an_amount_that_cannot_be_read_rejects_its_row_alone(cell: Any) -> None:
    row = (*START, "Lyon", "LY", 0, 1200.5)
    bad, after = read(ENGLISH, (*START, "Paris", "PA", 0, cell), row)
    assert rejected(bad).path == "$.credit"
    assert after == READ


MOMENT = dt.datetime(2026, 3, 2, 13, 5)  # noqa: DTZ001 - a cell has no zone


@pytest.mark.parametrize("cell", [DAY, MOMENT, "2026-03-02", "02/03/2026", "20260302"])
def test_dates(cell: Any) -> None:
    assert one(Date=cell)["date"] == "2026-03-02"


@pytest.mark.parametrize("cell", ["2026-02-30", "March", 46083, "3/2/2026"])
def test_a_date_that_cannot_be_read_rejects_its_row(cell: Any) -> None:
    assert rejected(one(Date=cell)).path == "$.date"


def test_numbers_in_text_columns_are_the_digits_excel_shows() -> None:
    record = one(**{"Line identifier": 20260302000017, "Plan item number": 706000, "Journal code": 1.5})
    assert (record["line_identifier"], record["plan_item_number"], record["journal_code"]) == (
        ID,
        "706000",
        "1.5",
    )


@pytest.mark.parametrize("cell", [2**53 + 1, 10**20, 1.5])
def test_an_identifier_that_a_numeric_cell_cannot_hold_is_rejected(cell: Any) -> None:
    assert rejected(one(**{"Line identifier": cell})).path == "$.line_identifier"


@pytest.mark.parametrize("name", ["Line identifier", "Date", "Plan item number", "Debit", "Credit"])
def test_a_missing_column_is_named_beside_those_found(name: str) -> None:
    header = [n if n != name else "Renamed" for n in ENGLISH]
    with pytest.raises(ContractBroken, match=rf"no column {name}; found: .*Renamed") as caught:
        read(["Some title"], header, (*START, "Lyon", "LY", 0, 1200.5))
    assert "Facture" not in str(caught.value)


def test_a_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ContractBroken, match="Débit is there twice"):
        read((*ENGLISH, "Débit"), (*START, "Lyon", "LY", 0, 1200.5, 7))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 and no archive",
        b"Line identifier;Debit;Credit",
        workbook([]),
        workbook([["x", 1]] * 3),
    ],
    ids=["empty", "no zip", "csv", "no rows", "no header"],
)
def test_what_is_no_analytical_ledger_is_refused(content: bytes) -> None:
    with pytest.raises(ContractBroken, match="pennylane analytical_ledger"):
        records(content)


def test_a_cut_workbook_is_refused() -> None:
    content = workbook([ENGLISH, *[(*START, "Lyon", "LY", 0, 1200.5)] * 500])
    with pytest.raises(ContractBroken):
        records(content[: len(content) // 2])


def test_a_header_too_far_down_is_none() -> None:
    with pytest.raises(ContractBroken, match="no header"):
        read(*[["title"]] * HEADER_WITHIN, ENGLISH, (*START, "Lyon", "LY", 0, 1))


def test_a_header_alone_is_an_empty_year() -> None:
    assert read(ENGLISH) == []


CENTS = st.integers(0, 10**11)
WORD = st.sampled_from(["", "Lyon", "Paris", "Œuvre"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), WORD, WORD, CENTS, CENTS), max_size=8))
def test_column_mode_keeps_every_line_and_every_cent(lines: list[tuple[int, str, str, int, int]]) -> None:
    rows = [(f"2026{n:010}", *START[1:], a, None, b, None, d / 100, c / 100) for n, a, b, d, c in lines]
    found = [accepted(record) for record in read(IN_COLUMN, *rows)]
    assert sum(r["debit"] or 0 for r in found) * 100 == sum(d for *_, d, _ in lines)
    assert sum(r["credit"] or 0 for r in found) * 100 == sum(c for *_, c in lines)
    assert len(found) == sum(max(1, bool(a) + bool(b)) for _, a, b, _, _ in lines)
    keys = [tuple(r[k] for k in spec(AnalyticalLedgerLine).key) for r in found]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("french", [False, True])
@pytest.mark.parametrize("in_column", [False, True])
def test_the_simulated_vendors_file(french: bool, in_column: bool) -> None:
    def category(group: int, label: str, weight: str) -> dict[str, Any]:
        return {"category_group": {"id": group}, "label": label, "analytical_code": None, "weight": weight}

    line = {
        "id": 20260302000017,
        "date": "2026-03-02",
        "debit": "0.00",
        "credit": "100.01",
        "label": "Facture 42",
        "journal": {"id": 1},
        "ledger_account": {"id": 1, "number": "706000"},
        "categories": [category(1, "Lyon", "0.5"), category(1, "Paris", "0.5")],
    }
    names = {"accounts": {}, "journals": {}}
    booked = [({"piece_number": "FAC-42"}, [line, line | {"id": 20260302000018, "categories": []}])]
    found = [accepted(r) for r in records(analytical_file(booked, names, in_column=in_column, french=french))]
    assert [r["category"] for r in found] == ["Lyon", "Paris", ""]
    assert sum(r["credit"] for r in found) == Decimal("200.02")
    if french or in_column:
        assert [r["category_family"] for r in found] == ["Agence", "Agence", ""]
