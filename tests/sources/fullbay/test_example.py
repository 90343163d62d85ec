from __future__ import annotations

import copy
import re
from decimal import ROUND_DOWN, localcontext
from decimal import Decimal as D
from typing import Any

import pytest

from landfall.sources.fullbay.flatten import flatten
from landfall.sources.fullbay.rules import Rules
from tests.sources.fullbay.invariants import check, component, total

TABLE = """
 #  type    source            complaint  correction  part     technician    qty   back  billed  worked  cost   unit price  amount  taxable  tax   with tax
 1  PART    CORRECTION_PART   71000001   81000001    LF-9080  -             2     0     -       -       35.50  31.17       62.34   yes      3.74  66.08
 2  SUPPLY  CORRECTION_PART   71000001   81000001    1540     -             10.5  0     -       -       33.60  6.49        68.15   yes      4.09  72.24
 3  FREIGHT CORRECTION_PART   71000001   81000001    FREIGHT  -             1     0     -       -       18.00  18.00       18.00   no       0.00  18.00
 4  LABOR   CORRECTION_LABOR  71000001   81000001    -        Riley Anders  -     -     1.5000  1.6154  -      145.0067    217.51  no       0.00  217.51
 5  LABOR   CORRECTION_LABOR  71000001   81000001    -        Sam Okoro     -     -     1.0000  1.0000  -      145.0000    145.00  no       0.00  145.00
 6  PART    CORRECTION_PART   71000001   81000002    SN-204   -             1     1     -       -       88.00  145.00      145.00  yes      8.70  153.70
 7  PART    CORRECTION_PART   71000001   81000002    LF-9080  -             1     0     -       -       17.40  31.17       31.17   yes      1.87  33.04
 8  LABOR   CORRECTION_LABOR  71000001   81000002    -        Riley Anders  -     -     0.4500  0.4846  -      145.0000    65.25   no       0.00  65.25
 9  LABOR   CORRECTION_LABOR  71000001   81000002    -        Sam Okoro     -     -     0.3000  0.3000  -      145.0000    43.50   no       0.00  43.50
10  LABOR   CORRECTION_LABOR  71000002   81000003    -        Riley Anders  -     -     0.5000  0.0000  -      145.0000    72.50   no       0.00  72.50
11  MISC    SERVICE_CALL      71000002   -           -        -             1     -     -       -       -      95.00       95.00   no       0.00  95.00
12  MISC    MILEAGE           71000002   -           -        -             1     -     -       -       0.00   42.00       42.00   no       0.00  42.00
13  SUPPLY  SHOP_SUPPLIES     -          -           -        -             1     -     -       -       -      27.19       27.19   yes      1.63  28.82
14  MISC    MISC_CHARGE       -          -           -        -             1     -     -       -       -      12.50       12.50   no       0.00  12.50
15  MISC    DISCOUNT          -          -           -        -             1     -     -       -       -      -25.00      -25.00  no       0.00  -25.00
"""  # noqa: E501 - a table reads best in one piece
COLUMNS = (
    *("line_number", "line_item_type", "line_source", "fullbay_complaint_id", "fullbay_correction_id"),
    *(
        "shop_part_number",
        "assigned_technician",
        "quantity",
        "returned_quantity",
        "labor_hours",
        "actual_hours",
    ),
    *("line_total_cost", "unit_price", "line_total_price", "taxable", "tax_amount", "sales_total"),
)
TEXTS = {"line_item_type", "line_source", "shop_part_number", "assigned_technician"}


def _expected(line: str) -> dict[str, Any]:
    cells = re.split(r" {2,}", line.replace("FREIGHT CORRECTION", "FREIGHT  CORRECTION").strip())
    return {name: _typed(name, cell) for name, cell in zip(COLUMNS, cells, strict=True)}


def _typed(name: str, cell: str) -> Any:
    if cell == "-":
        return None
    if name == "taxable":
        return cell == "yes"
    return cell if name in TEXTS else D(cell)


EXPECTED = [_expected(line) for line in TABLE.strip().splitlines()[1:]]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda row: f"{row['line_number']}-{row['line_source']}")
def test_each_line_of_the_worked_example(example: dict[str, Any], expected: dict[str, Any]) -> None:
    row = flatten(example, shop="demo").lines[int(expected["line_number"]) - 1]
    assert {name: row[name] for name in COLUMNS} == expected


def test_the_lines_add_up_to_the_invoice(example: dict[str, Any]) -> None:
    flattened = flatten(example, shop="demo")
    lines = flattened.lines
    check(flattened)
    assert len(lines) == 15
    assert flattened.issues == []
    assert flattened.status == "RECONCILED"
    assert total(lines, "line_total_price") == D("1020.11")
    assert total(lines, "tax_amount") == D("20.03")
    assert total(lines, "sales_total") == D("1040.14")
    assert total(lines, "labor_hours") == D("3.75")
    assert total(lines, "actual_hours") == D("3.40")
    assert all(not row["residual"] for row in flattened.reconciliation)
    assert component(flattened, "parts")["parts_basis"] == "NET"
    assert component(flattened, "tax")["tax_variance"] == 0


def test_merged_parts_keep_their_ids_and_average_their_cost(example: dict[str, Any]) -> None:
    first, *_ = flatten(example, shop="demo").lines
    assert first["source_part_ids"] == "91000001,91000002"
    assert first["fullbay_part_id"] == 91000001
    assert first["unit_cost"] == D("17.75")


def test_the_order_s_technician_stands_in_for_a_complaint_without_any(example: dict[str, Any]) -> None:
    lines = flatten(example, shop="demo").lines
    assert [lines[i]["technician_source"] for i in (3, 9)] == ["ASSIGNED", "SERVICE_ORDER"]
    assert [lines[i]["technician_portion"] for i in (3, 4, 9)] == [60, 40, 100]
    assert lines[9]["assigned_technician_number"] == "T-11"


def test_every_line_carries_the_full_context(example: dict[str, Any]) -> None:
    lines = flatten(example, shop="demo").lines
    for row in lines:
        assert len(row) > 50
        assert row["fullbay_invoice_id"] == "90000117"
        assert (row["customer_id"], row["customer_title"]) == (500210, "Northfield Haulage (demo)")
        assert (row["unit_id"], row["unit_vin"]) == ("330087", "1XDEMO0000A000001")
        assert (row["so_subtotal"], row["so_tax_total"], row["so_total_amount"]) == (
            D("1020.11"),
            D("20.03"),
            D("1040.14"),
        )
        assert row["repair_order_number"] == "20931"
        assert str(row["service_order_created"]) == "2025-03-03 08:05:00+00:00"
    assert lines[0]["actual_correction"] == "Oil and both filters replaced"
    assert lines[10]["complaint_note"] == "Road call"


def test_the_seed_rules_call_filters_and_sensors_supplies(example: dict[str, Any]) -> None:
    lines = flatten(example, shop="demo", rules=Rules(classification="seed")).lines
    types = [row["line_item_type"] for row in lines]
    assert types[:7] == ["SUPPLY", "SUPPLY", "FREIGHT", "LABOR", "LABOR", "SUPPLY", "SUPPLY"]
    assert len(lines) == 15


def test_flattening_leaves_the_invoice_as_it_is_and_repeats_itself(example: dict[str, Any]) -> None:
    before = copy.deepcopy(example)
    first = flatten(example, shop="demo")
    assert example == before
    assert flatten(example, shop="demo") == first


def test_the_caller_s_decimal_settings_change_nothing(example: dict[str, Any]) -> None:
    expected = flatten(example, shop="demo")
    with localcontext(prec=3, rounding=ROUND_DOWN):
        assert flatten(example, shop="demo") == expected


def test_another_shop_has_other_keys(example: dict[str, Any]) -> None:
    one, two = ({row["line_key"] for row in flatten(example, shop=shop).lines} for shop in ("one", "two"))
    assert not one & two
