"""A sheet as people keep it becomes hours by person and day, or a row that says it cannot be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from landfall.errors import Misconfigured, RowRejected
from landfall.records import spec
from landfall.sources.tree11.personal_training import day_of, hours_of, sessions, used_cells
from landfall.sources.tree11.records import PersonalTraining
from landfall.stage.rows import RecordDecoder

MONTHS = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
]
HEADER = ["Voornaam", "Achternaam", "Datum", "Uren"]


def read(*cells: list[Any], header: list[Any] | None = None) -> list[dict[str, Any]]:
    table = [header or HEADER, *cells]
    lines = [msgspec.json.encode({"row": n, "cells": row, "shown": row}) for n, row in enumerate(table, 1)]
    return [msgspec.json.decode(line) for line in sessions(lines)]


@pytest.mark.parametrize(
    ("cell", "hours"),
    [
        (1.5, "1.5"), (2, "2"), (0, "0"), ("1,5", "1.5"), ("0,75", "0.75"), ("1.5", "1.5"), ("1:30", "1.5"),
        ("0:45:00", "0.75"), ("2 uur", "2"), ("1,5 uur", "1.5"), (" 2u ", "2"), ("12", "12"),
        (-2, None), ("-2", None), ("½", None), ("", None), ("1.250,00", None), ("1:75", None), ("twee", None),
        (True, None), (None, None), ("1,5,5", None), ("1 5", None),
    ],
)  # fmt: skip
def test_hours(cell: Any, hours: str | None) -> None:
    assert hours_of(cell, cell) == (None if hours is None else Decimal(hours))


def test_hours_that_no_column_holds_cost_their_row() -> None:
    good, *odd = read(
        ["Ann", "Bee", "2026-03-01", 1.5],
        ["Cee", "Dee", "2026-03-01", 1e300],
        ["Eve", "Eff", "2026-03-01", "9" * 2000],
    )
    assert (good["Voornaam"], good["Uren"]) == ("Ann", "1.50")
    decoder = RecordDecoder(spec(PersonalTraining))
    for row in odd:
        with pytest.raises(RowRejected, match=r"\$.Uren"):
            decoder.rows(msgspec.json.encode(row), 0)


@pytest.mark.parametrize(
    ("cell", "shown", "hours"),
    [
        (0.0625, "1:30", "1.5"),
        (0.0625, "1:30:00", "1.5"),
        (0.0625, 0.0625, "0.0625"),
        (1.25, "30:00", "30"),
        (45964, "3-11-2025", None),
        (-0.0625, "-1:30", None),
    ],
)
def test_a_duration_is_told_from_a_number_by_how_it_is_shown(
    cell: float, shown: Any, hours: str | None
) -> None:
    assert hours_of(cell, shown) == (None if hours is None else Decimal(hours))


@pytest.mark.parametrize(
    "cell",
    [
        45964, 45964.5, "3-11-2025", "03-11-2025", "3/11/2025", "3.11.2025", "2025-11-03", "2025-11-3", "3-11-25",
        "3/11/25", "3 november 2025", "3 nov 2025",
        "3 nov. 2025", "maandag 3 november 2025", " 3 NOVEMBER 2025 ",
    ],
)  # fmt: skip
def test_days(cell: Any) -> None:
    assert day_of(cell) == date(2025, 11, 3)


def test_the_day_comes_before_the_month() -> None:
    assert day_of("04/11/2025") == date(2025, 11, 4)


@pytest.mark.parametrize("month", MONTHS)
def test_every_month_has_its_name_and_its_short_name(month: str) -> None:
    full, short = day_of(f"3 {month} 2025"), day_of(f"3 {month[:3] if month != 'maart' else 'mrt'}. 2025")
    assert full == short
    assert full is not None


@pytest.mark.parametrize(
    "cell",
    [
        "11/25/2025",
        "31-2-2025",
        "29-2-2025",
        "3 brumaire 2025",
        "morgen",
        "",
        None,
        0,
        -1,
        1e9,
        True,
        "2025",
        "3-11",
    ],
)
def test_no_days(cell: Any) -> None:
    assert day_of(cell) is None


def test_sessions_of_one_person_on_one_day_are_summed() -> None:
    assert read(
        ["Tess", "Bos", "3-11-2025", "1,5"],
        [" Tess ", "Bos", 45964, 0.25],
        ["Tess", "Bos", "4-11-2025", "0:20"],
        ["Tess", "de Bos", "3-11-2025", 1],
    ) == [
        {"Voornaam": "Tess", "Achternaam": "Bos", "Datum": "2025-11-03", "Uren": "1.75"},
        {"Voornaam": "Tess", "Achternaam": "Bos", "Datum": "2025-11-04", "Uren": "0.33"},
        {"Voornaam": "Tess", "Achternaam": "de Bos", "Datum": "2025-11-03", "Uren": "1.00"},
    ]


def test_a_day_with_a_session_that_cannot_be_read_is_no_sum_of_the_others() -> None:
    found = read(
        ["Tess", "Bos", "3-11-2025", "1,5"],
        ["Tess", "Bos", "3-11-2025", "anderhalf"],
        ["Tess", "Bos", "4-11-2025", 1],
        ["Tess", "Bos", 45964, 2],
    )
    day = {"Voornaam": "Tess", "Achternaam": "Bos", "Datum": "2025-11-03", "Uren": None}
    assert found == [
        day | {"row": 2, "cells": ["Tess", "Bos", "3-11-2025", "1,5"]},
        day | {"row": 3, "cells": ["Tess", "Bos", "3-11-2025", "anderhalf"]},
        day | {"row": 5, "cells": ["Tess", "Bos", 45964, 2]},
        {"Voornaam": "Tess", "Achternaam": "Bos", "Datum": "2025-11-04", "Uren": "1.00"},
    ]


@pytest.mark.parametrize(
    "line",
    [
        ["", "Bos", "3-11-2025", 2], ["Tess", " ", "3-11-2025", 2], ["Tess", None, "3-11-2025", 2],
        ["Trainer", "", "Datum", "Uren"],
        ["Totaal november", "alles", "30-11-2025", 40], ["Tess", "Bos", "", 12, "Totaal november 2025"],
        ["Tess", "Bos", "3-11-2025", 12, "Totaal:"], ["Tess", "Bos", "Subtotaal", 12], ["Tess", "Bos", "", "totaal 12"],
        ["Tess", "Bos", "3-11-2025", 12, None, "Som"], [" VOORNAAM", "achternaam", "Datum", "uren "],
    ],
)  # fmt: skip
def test_a_line_without_a_name_or_with_a_sum_is_no_record(line: list[Any]) -> None:
    good = ["Bram", "Proef", "3-11-2025", 1]
    assert [row["Voornaam"] for row in read(good, line, good)] == ["Bram"]


@pytest.mark.parametrize("remark", ["totaal 2 sessies gedaan", "Tota", "somber weer", "sum up"])
def test_a_remark_is_no_sum(remark: str) -> None:
    assert len(read(["Tess", "Bos", "3-11-2025", 1, remark])) == 1


def test_the_header_once_more_under_other_names_is_none() -> None:
    names = ["Voornaam lid", "Achternaam lid", "Datum les", "Aantal uren"]
    assert len(read(["Tess", "Bos", "3-11-2025", 1], names, header=names)) == 1


@pytest.mark.parametrize(
    ("names", "column"),
    [
        (["Voornaam", "Achternaam", "Datum les", "Uren", "Datum factuur"], "Datum"),
        (["Voornaam", "Achternaam", "Datum", "Uren", "Uren"], "Uren"),
        (["Voornaam trainer", "Achternaam", "Datum", "Uren", "Voornaam lid"], "Voornaam"),
    ],
)
def test_several_columns_that_could_be_meant_are_refused_by_name(names: list[str], column: str) -> None:
    with pytest.raises(Misconfigured, match=f"could be {column}: '.*', '") as caught:
        read(["Tess", "Bos", "3-11-2025", 1, 2], header=names)
    assert all(name in str(caught.value) for name in names if column in name)


def test_an_exact_name_wins_over_one_that_contains_it() -> None:
    names = ["Datum factuur", "Voornaam", "Achternaam", "Uren gepland", "Datum", "Uren"]
    found = read(["1-1-2025", "Tess", "Bos", 9, "3-11-2025", 1], header=names)
    assert found == [{"Voornaam": "Tess", "Achternaam": "Bos", "Datum": "2025-11-03", "Uren": "1.00"}]
    assert used_cells([["Titel"], names]) == (1, [1, 2, 4, 5])


ODD = b'"half \\ud83d"'


@pytest.mark.parametrize(
    ("at", "left"), [(0, {"Voornaam"}), (1, {"Achternaam"}), (2, {"Datum"}), (3, {"Uren"}), (4, set())]
)
def test_an_odd_cell_costs_its_row_and_one_beside_the_columns_nothing(at: int, left: set[str]) -> None:
    cells: list[Any] = ["Tess", "Bos", "3-11-2025", 1, "ochtend"]
    cells[at] = "ODD"
    table = [HEADER, cells, ["Bram", "Proef", "3-11-2025", 1]]
    lines = [msgspec.json.encode({"row": n, "cells": row, "shown": row}) for n, row in enumerate(table, 1)]
    found = [msgspec.json.decode(line) for line in sessions(each.replace(b'"ODD"', ODD) for each in lines)]
    by_name = {row["Voornaam"]: row for row in found}
    assert by_name["Bram"]["Uren"] == "1.00"
    (tess,) = (row for row in found if row["Voornaam"] != "Bram")
    assert {name for name in HEADER if tess[name] is None} == left


def test_titles_blanks_totals_and_headers_are_no_rows() -> None:
    good = ["Tess", "Bos", "3-11-2025", 1]
    found = read(
        good, [], ["", " ", "", ""], ["Totaal", "", "", 99], ["", "", "", 99], ["Subtotaal", "nov", None, "3"], HEADER,
        ["", "", "", "", "een opmerking ernaast"],
    )  # fmt: skip
    assert [row["Uren"] for row in found] == ["1.00"]


@pytest.mark.parametrize(
    "header",
    [
        [" voornaam", "ACHTERNAAM ", "datum", "UREN"],
        ["Voornaam trainer", "Achternaam trainer", "Datum les", "Aantal uren"],
        ["Voornaam", "Achternaam", "Datum", "Uren", "Opmerking"],
    ],
)
def test_the_header_is_found_by_its_names(header: list[str]) -> None:
    assert len(read(["Tess", "Bos", "3-11-2025", 1], header=header)) == 1


def test_columns_stand_where_the_header_says() -> None:
    found = read(
        ["x", 1, "3-11-2025", "Bos", "Tess"], header=["Nr", "Uren", "Datum", "Achternaam", "Voornaam"]
    )
    assert found == [{"Voornaam": "Tess", "Achternaam": "Bos", "Datum": "2025-11-03", "Uren": "1.00"}]


@pytest.mark.parametrize("header", [["Naam", "Datum", "Uren"], [], [1, 2, 3, 4]])
def test_a_sheet_without_the_columns_says_what_to_do(header: list[Any]) -> None:
    with pytest.raises(Misconfigured, match="Voornaam, Achternaam, Datum, Uren"):
        read(["Tess", "Bos", "3-11-2025", 1], header=header or ["niets"])


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        (["Tess", "Bos", "11/25/2025", 1], "Datum"),
        (["Tess", "Bos", "", 1], "Datum"),
        (["Tess", "Bos", "3-11-2025", "-2"], "Uren"),
        (["Tess", "Bos", "3-11-2025"], "Uren"),
        ([7, "Bos", "3-11-2025", 1], "Voornaam"),
        (["Tess", "Bos", "3-11-2025", 1000], "Uren"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_place_and_the_others_stay(
    cells: list[Any], named: str
) -> None:
    decoder = RecordDecoder(spec(PersonalTraining))
    good: list[Any] = []
    rejected: list[str] = []
    for seq, row in enumerate(read(["Bram", "Proef", "3-11-2025", 1], cells)):
        try:
            good += decoder.rows(msgspec.json.encode(row), seq)
        except RowRejected as error:
            rejected.append(str(error))
    assert [made[1][1:5] for made in good] == [("Bram", "Proef", date(2025, 11, 3), Decimal("1.00"))]
    assert len(rejected) == 1
    assert named in rejected[0]
    assert "Tess" not in rejected[0]
