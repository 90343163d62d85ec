"""One flattening rule at a time, each on the smallest invoice that shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal as D
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from landfall.errors import Misconfigured, RowRejected
from landfall.sources.fullbay.flatten import Flattened, flatten
from landfall.sources.fullbay.invoice import content_hash, decode
from landfall.sources.fullbay.parts import classify
from landfall.sources.fullbay.rules import Rules
from tests.sources.fullbay.build import Row, complaint, correction, invoice, part, technician
from tests.sources.fullbay.invariants import check, component, total


def flat(data: Row, **rules: Any) -> Flattened:
    flattened = flatten(data, shop="s", rules=Rules(**rules))
    check(flattened)
    return flattened


def texts(flattened: Flattened) -> dict[str, str]:
    return {issue.path: issue.text for issue in flattened.issues}


def column(flattened: Flattened, name: str, source: str = "") -> list[Any]:
    return [row[name] for row in flattened.lines if row["line_source"].startswith(source)]


# --- guards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, "", "  ", ...])
def test_an_invoice_without_its_key_is_rejected(value: Any) -> None:
    data = invoice() | {"primaryKey": value}
    if value is ...:
        del data["primaryKey"]
    with pytest.raises(RowRejected) as rejected:
        flatten(data, shop="s")
    assert (rejected.value.path, rejected.value.reason) == ("$.primaryKey", "is missing")


@pytest.mark.parametrize("value", [None, {}, [], "", ...])
def test_an_invoice_without_its_order_is_rejected(value: Any) -> None:
    data = invoice() | {"ServiceOrder": value}
    if value is ...:
        del data["ServiceOrder"]
    with pytest.raises(RowRejected) as rejected:
        flatten(data, shop="s")
    assert (rejected.value.path, rejected.value.reason) == ("$.ServiceOrder", "is missing")


@pytest.mark.parametrize("key", ["x" * 51, "a\x1fb", [1], {"a": 1}, True])
def test_a_key_that_cannot_be_an_id_is_rejected_and_never_cut(key: Any) -> None:
    with pytest.raises(RowRejected, match="an id is expected"):
        flatten(invoice() | {"primaryKey": key}, shop="s")


def test_what_is_missing_is_noted_and_stops_nothing() -> None:
    bare = {"primaryKey": 5, "ServiceOrder": {"hot": "No"}}
    flattened = flat(bare)
    assert flattened.lines == []
    assert texts(flattened) == {
        "$.invoiceNumber": "is missing",
        "$.ServiceOrder.primaryKey": "is missing",
        "$.ServiceOrder.repairOrderNumber": "is missing",
        "$.ServiceOrder.Unit": "is missing",
        "$.Customer": "is missing",
        "$.ServiceOrder.Complaints": "is missing",
    }


def test_missing_ids_and_corrections_are_noted() -> None:
    flattened = flat(
        invoice(
            complaint(primaryKey=""), complaint(correction(primaryKey=None)), order={"Customer": {"a": "b"}}
        )
    )
    assert texts(flattened) == {
        "$.ServiceOrder.Customer.customerId": "is missing",
        "$.ServiceOrder.Customer.title": "is missing",
        "$.ServiceOrder.Complaints[0].primaryKey": "is missing",
        "$.ServiceOrder.Complaints[0].Corrections": "is missing",
        "$.ServiceOrder.Complaints[1].Corrections[0].primaryKey": "is missing",
    }


def test_a_missing_vin_or_a_zero_total_is_nothing_to_note() -> None:
    assert (
        flat(invoice(complaint(correction()), order={"Unit": {"number": "U"}}, total=0, subTotal=0)).issues
        == []
    )


def test_what_cannot_be_read_is_noted_with_its_place_and_read_as_null() -> None:
    bad = part(cost="cheap", inventory="maybe", coreType="Rusty", primaryKey="P7")
    data = invoice(
        complaint(correction(bad)), invoiceDate="03/04/2025", dueDate="0000-00-00", order={"created": "noon"}
    )
    flattened = flat(data)
    place = "$.ServiceOrder.Complaints[0].Corrections[0].Parts[0]"
    assert texts(flattened) == {
        "$.invoiceDate": "is not a date",
        "$.ServiceOrder.created": "is not a time",
        f"{place}.cost": "is not a number",
        f"{place}.coreType": "is a value not known yet",
        f"{place}.primaryKey": "is not a whole number",
        f"{place}.inventory": "is neither Yes nor No",
    }
    (row,) = flattened.lines
    assert (row["invoice_date"], row["due_date"], row["service_order_created"], row["line_total_cost"]) == (
        None,
    ) * 4
    assert (row["fullbay_part_id"], row["source_part_ids"]) == (None, "P7")


def test_a_text_longer_than_its_column_is_cut_and_noted() -> None:
    flattened = flat(invoice(complaint(correction(part(partCategory="c" * 300))), invoiceNumber="n" * 51))
    (row,) = flattened.lines
    assert (len(row["invoice_number"]), len(row["part_category"])) == (50, 255)
    assert texts(flattened)["$.invoiceNumber"] == "was cut to 50 characters"


def test_shop_times_get_the_shop_s_zone() -> None:
    order = {
        "created": "2025-03-03 08:05:00",
        "startDateTime": "2025-07-03T08:05:00",
        "completionDateTime": "2025-07-03T08:05:00Z",
    }
    data = invoice(complaint(correction(part())), order=order)
    (row,) = flatten(data, shop="s", zone=ZoneInfo("America/Detroit")).lines
    assert row["service_order_created"] == datetime(2025, 3, 3, 13, 5, tzinfo=UTC)
    assert row["service_order_start_date"] == datetime(2025, 7, 3, 12, 5, tzinfo=UTC)
    assert row["service_order_completion_date"] == datetime(2025, 7, 3, 8, 5, tzinfo=UTC)


@pytest.mark.parametrize("empty", [None, [], {}, {"customerId": "", "title": None}])
def test_an_empty_order_customer_yields_to_the_invoice_s_as_a_whole(empty: Any) -> None:
    data = invoice(
        complaint(correction(part())),
        order={"Customer": empty},
        Customer={"customerId": "7", "title": "Other"},
    )
    (row,) = flat(data).lines
    assert (row["customer_id"], row["customer_title"], row["customer_external_id"]) == (7, "Other", None)


def test_two_customers_are_never_mixed() -> None:
    theirs = {"customerId": "7", "title": "Other", "externalId": "X"}
    (row,) = flat(
        invoice(complaint(correction(part())), order={"Customer": {"customerId": 3}}, Customer=theirs)
    ).lines
    assert (row["customer_id"], row["customer_title"], row["customer_external_id"]) == (3, None, None)


# --- parts ------------------------------------------------------------------------------------------------------------

RETURNED = part(quantity="2", returnedQuantity="1")
CORE = part(shopPartNumber="C-1", coreType="Dirty", quantity="1", returnedQuantity="0", sellingPrice="50")


@pytest.mark.parametrize(
    ("parts", "fields", "basis", "quantities", "amounts"),
    [
        ([RETURNED], {"partsTotal": "10.00"}, "NET", [1], ["10.00"]),
        ([RETURNED], {"partsTotal": "20.00"}, "GROSS", [2], ["20.00"]),
        ([part(), CORE], {"partsTotal": 10}, "CORE", [1, 0], ["10.00", "0.00"]),
        (
            [part(), CORE | {"returnedQuantity": "1"}],
            {"partsTotal": -40},
            "CORE",
            [1, -1],
            ["10.00", "-50.00"],
        ),
        ([RETURNED], {"partsTotal": 0, "correctionPerformed": "Declined"}, "UNBILLED", [0], ["0.00"]),
        ([RETURNED], {"partsTotal": 0}, "NET", [1], ["10.00"]),
        ([RETURNED], {"partsTotal": 77}, "NET", [1], ["10.00"]),
        ([RETURNED], {}, "NET", [1], ["10.00"]),
        ([RETURNED], {"partsTotal": "10.01"}, "NET", [1], ["10.00"]),
        ([RETURNED], {"partsTotal": "19.99"}, "GROSS", [2], ["20.00"]),
        ([RETURNED], {"partsTotal": "19.98"}, "NET", [1], ["10.00"]),
        ([RETURNED, part(taxable="Yes")], {"partsTotal": "30.02"}, "GROSS", [2, 1], ["20.00", "10.00"]),
        ([RETURNED, part(taxable="Yes")], {"partsTotal": "30.03"}, "NET", [1, 1], ["10.00", "10.00"]),
    ],
)
def test_the_basis_of_quantities_is_the_first_that_fits(
    parts: list[Row], fields: Row, basis: str, quantities: list[int], amounts: list[str]
) -> None:
    flattened = flat(invoice(complaint(correction(*parts, **fields))))
    assert component(flattened, "parts")["parts_basis"] == basis
    assert column(flattened, "quantity") == quantities
    assert column(flattened, "line_total_price") == [D(a) for a in amounts]


def test_parts_of_unauthorized_work_are_unbilled() -> None:
    flattened = flat(invoice(complaint(correction(part(), partsTotal=0), authorized="No")))
    assert component(flattened, "parts")["parts_basis"] == "UNBILLED"


def test_where_corrections_differ_each_has_its_basis_recorded() -> None:
    first, second = correction(RETURNED, partsTotal=10), correction(RETURNED, partsTotal=20, primaryKey="802")
    flattened = flat(invoice(complaint(first, second), partsTotal=30))
    assert component(flattened, "parts")["parts_basis"] == "801=NET,802=GROSS"
    assert flattened.status == "RECONCILED"


@pytest.mark.parametrize(
    "change",
    [
        {"sellingPrice": "10.01"},
        {"taxable": "Yes"},
        {"coreType": "Dirty"},
        {"sublet": "Yes"},
        {"shopPartNumber": "B-2"},
    ],
)
def test_parts_that_differ_in_what_matters_stay_apart(change: Row) -> None:
    assert len(flat(invoice(complaint(correction(part(), part(**change))))).lines) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"sellingPrice": 10},
        {"shopPartNumber": " b-1 "},
        {"cost": 9},
        {"description": "Bolt, other"},
        {"taxable": ""},
        {"partCategory": "X"},
    ],
)
def test_parts_that_differ_in_nothing_that_matters_merge(change: Row) -> None:
    flattened = flat(invoice(complaint(correction(part(), part(primaryKey="2", quantity=2, **change)))))
    (row,) = flattened.lines
    assert (row["quantity"], row["line_total_price"], row["source_part_ids"]) == (3, D("30.00"), "1,2")
    assert row["part_description"] == "BOLT"


def test_the_same_part_in_two_corrections_makes_two_lines() -> None:
    flattened = flat(invoice(complaint(correction(part()), correction(part(), primaryKey="802"))))
    assert column(flattened, "fullbay_correction_id") == [801, 802]


def test_a_part_is_told_by_its_vendor_number_or_description_where_the_shop_s_is_blank() -> None:
    by_vendor = [part(shopPartNumber="", vendorPartNumber=v) for v in ("V1", "V2", "v1")]
    by_text = [part(shopPartNumber="", description=d) for d in ("NUT", "nut", "PIN")]
    assert len(flat(invoice(complaint(correction(*by_vendor)))).lines) == 2
    assert len(flat(invoice(complaint(correction(*by_text)))).lines) == 2


def test_a_group_of_net_zero_stays_visible() -> None:
    (row,) = flat(invoice(complaint(correction(part(quantity="1", returnedQuantity="1", cost="4.50"))))).lines
    assert (row["quantity"], row["line_total_price"], row["returned_quantity"]) == (0, 0, 1)
    assert (row["unit_cost"], row["unit_price"], row["line_total_cost"]) == (D("4.5"), 10, 0)


def test_amounts_round_part_by_part_and_costs_once() -> None:
    parts = [part(quantity="0.5", sellingPrice="0.01", cost="0.005") for _ in range(3)]
    (row,) = flat(invoice(complaint(correction(*parts)))).lines
    assert (row["line_total_price"], row["line_total_cost"]) == (D("0.03"), D("0.01"))
    assert (row["unit_price"], row["unit_cost"]) == (D("0.01"), D("0.005"))


def test_a_part_without_quantity_counts_once_and_one_without_price_costs_nothing() -> None:
    flattened = flat(
        invoice(
            complaint(correction(part(quantity=None), part(shopPartNumber="N", sellingPrice="", cost="")))
        )
    )
    assert column(flattened, "quantity") == [1, 1]
    assert column(flattened, "line_total_price") == [10, 0]
    assert column(flattened, "unit_price") == [10, None]
    assert column(flattened, "line_total_cost") == [5, None]
    assert len(flattened.issues) == 2


def test_one_overridden_price_marks_the_group() -> None:
    (row,) = flat(invoice(complaint(correction(part(), part(sellingPriceOverridden="Yes"), part())))).lines
    assert row["price_overridden"] is True


@pytest.mark.parametrize(
    ("description", "number", "category", "words", "seed"),
    [
        ("FILTER, OIL", "LF-9080", "FILTERS", "PART", "SUPPLY"),
        ("Sensor, oil pressure", "", "SENSORS", "PART", "SUPPLY"),
        ("OIL 15W-40 BULK", "1540", "", "SUPPLY", "SUPPLY"),
        ("COOLANT, EXTENDED LIFE", "", "", "SUPPLY", "PART"),
        ("HOSE, COOLANT", "", "", "PART", "PART"),
        ("ANTI-FREEZE", "", "", "SUPPLY", "PART"),
        ("ANTIFREEZE GREEN", "", "", "SUPPLY", "PART"),
        ("REFRIGERANT 134A", "", "", "SUPPLY", "PART"),
        ("BOILER PLATE", "", "", "PART", "SUPPLY"),
        ("OIL SEALS", "", "", "PART", "SUPPLY"),
        ("SHOP SUPPLIES KIT", "", "", "PART", "PART"),
        ("SHOP SUPPLY RAGS", "", "", "SUPPLY", "PART"),
        ("BOLT", "", "FLUIDS", "SUPPLY", "SUPPLY"),
        ("BOLT", "", "Oils & lubes", "SUPPLY", "PART"),
        ("OIL FILTER", "", "shop supplies", "SUPPLY", "SUPPLY"),
        ("INBOUND FREIGHT", "", "", "FREIGHT", "FREIGHT"),
        ("BOLT", "freight-1", "FLUIDS", "FREIGHT", "FREIGHT"),
        ("", "", "", "PART", "PART"),
    ],
)
def test_parts_supplies_and_freight_are_told_by_words(
    description: str, number: str, category: str, words: str, seed: str
) -> None:
    assert classify(description, number, category, "words") == words
    assert classify(description, number, category, "seed") == seed


# --- labor ------------------------------------------------------------------------------------------------------------


def labor(*technicians: Row, total: Any = "100.00", hours: Any = "1") -> Flattened:
    work = correction(laborTotal=total, laborHoursTotal=hours, actualCorrection="Done")
    return flat(
        invoice(complaint(work, technicians=list(technicians)), laborTotal=total, laborHoursTotal=hours)
    )


@pytest.mark.parametrize(
    ("portions", "prices"),
    [
        ((33, 33, 33), ["33.34", "33.33", "33.33"]),
        (("60", 40), ["60.00", "40.00"]),
        ((51, 50), ["50.50", "49.50"]),
        ((0, 0), ["50.00", "50.00"]),
        ((None, ""), ["50.00", "50.00"]),
        ((100, 0), ["100.00"]),
        ((-5, 100), ["100.00"]),
        (("33.333333333333336",) * 3, ["33.34", "33.33", "33.33"]),
    ],
)
def test_labor_is_shared_by_portion(portions: tuple[Any, ...], prices: list[str]) -> None:
    crew = [technician(p, primaryKey=str(i), name=f"T{i}") for i, p in enumerate(portions)]
    flattened = labor(*crew)
    assert column(flattened, "line_total_price", "CORRECTION") == [D(p) for p in prices]
    assert total(flattened.lines, "labor_hours") == 1
    assert flattened.status == "RECONCILED"


def test_odd_portions_are_noted_and_even_ones_are_not() -> None:
    assert [i.text for i in labor(technician(99)).issues] == ["portions do not add up to 100"]
    assert [i.text for i in labor(technician("33.33"), technician("66.67")).issues] == []


def test_no_hour_vanishes() -> None:
    flattened = labor(
        technician(100, "1.25"),
        technician(0, "0.75", name="Sam", primaryKey="602"),
        technician(0, 0, primaryKey="603"),
    )
    rows = [
        (r["line_source"], r["assigned_technician"], r["actual_hours"], r["line_total_price"])
        for r in flattened.lines
    ]
    assert rows == [
        ("CORRECTION_LABOR", "Riley Anders", D("1.25"), 100),
        ("COMPLAINT_LABOR", "Sam", D("0.75"), 0),
    ]
    assert flattened.lines[1]["fullbay_correction_id"] is None


def test_hours_on_work_without_labor_make_a_line_of_price_zero() -> None:
    flattened = flat(
        invoice(complaint(correction(part()), technicians=[technician(100, "0.4"), technician(0, 0)]))
    )
    row = flattened.lines[1]
    assert (row["line_source"], row["actual_hours"], row["line_total_price"]) == (
        "COMPLAINT_LABOR",
        D("0.4"),
        0,
    )
    assert len(flattened.lines) == 2


def test_worked_hours_are_spread_over_corrections_and_never_multiplied() -> None:
    works = [correction(laborHoursTotal=h, laborTotal=10, primaryKey=str(i)) for i, h in enumerate((1, 2, 0))]
    flattened = flat(invoice(complaint(*works, correction(part()), technicians=[technician(100, "0.1")])))
    assert column(flattened, "actual_hours", "CORRECTION_LABOR") == [D("0.0333"), D("0.0667"), 0]
    none_billed = [w | {"laborHoursTotal": None} for w in works]
    flattened = flat(invoice(complaint(*none_billed, technicians=[technician(100, "0.1")])))
    assert column(flattened, "actual_hours") == [D("0.0334"), D("0.0333"), D("0.0333")]


def test_a_complaint_without_corrections_keeps_its_labor() -> None:
    bare = complaint(
        technicians=[technician(100, 2)],
        laborTotal="80",
        laborHoursTotal="1",
        laborRate="Night",
        laborTaxable="Yes",
    )
    (row,) = flat(invoice(bare, laborTotal=80)).lines
    assert (row["line_source"], row["fullbay_complaint_id"], row["fullbay_correction_id"]) == (
        "COMPLAINT_LABOR",
        701,
        None,
    )
    assert (row["line_total_price"], row["actual_hours"], row["labor_rate_type"], row["taxable"]) == (
        80,
        2,
        "Night",
        True,
    )


def test_labor_money_without_hours_has_no_price_an_hour() -> None:
    (row,) = labor(total="25", hours=None).lines
    assert (row["line_total_price"], row["labor_hours"], row["unit_price"], row["quantity"]) == (
        25,
        0,
        None,
        None,
    )


@pytest.mark.parametrize(("flag", "taxable"), [("No", False), ("Yes", True), (None, True), ("", True)])
def test_labor_is_taxable_unless_it_says_no(flag: Any, taxable: bool) -> None:
    (row,) = flat(invoice(complaint(correction(laborTotal=5, taxable=flag)))).lines
    assert row["taxable"] is taxable


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"actualCorrection": "A", "recommendedCorrection": "R"}, "A"),
        ({"actualCorrection": " ", "recommendedCorrection": "R"}, "R"),
        ({}, "Fix it"),
    ],
)
def test_labor_is_described_by_what_was_done_else_by_what_was_planned(fields: Row, text: str) -> None:
    (row,) = flat(invoice(complaint(correction(laborTotal=5, **fields)))).lines
    assert row["labor_description"] == text


# --- charges ----------------------------------------------------------------------------------------------------------


def test_a_service_call_beyond_the_complaints_is_a_line_of_the_invoice() -> None:
    flattened = flat(
        invoice(
            complaint(serviceCallTotal="95", serviceCallTaxable="Yes"),
            serviceCallTotal=100,
            mileageTotal="12",
        )
    )
    rows = [
        (r["line_source"], r["fullbay_complaint_id"], r["line_total_price"], r["taxable"])
        for r in flattened.lines
    ]
    assert rows == [
        ("SERVICE_CALL", 701, 95, True),
        ("SERVICE_CALL", None, 5, False),
        ("MILEAGE", None, 12, False),
    ]
    assert flattened.status == "RECONCILED"


def test_misc_charges_and_what_the_total_has_beyond_them() -> None:
    charges = [
        {
            "primaryKey": "1",
            "description": "Shipping",
            "quantity": "2",
            "rate": "3.00",
            "amount": "6.00",
            "taxable": "Yes",
        },
        {
            "primaryKey": "2",
            "description": "Deal",
            "quantity": 1,
            "rate": 0,
            "amount": 0,
            "quickBooksItem": "Discount",
        },
        {"primaryKey": "3", "description": "Refund", "quantity": 1, "rate": -4, "amount": "-4"},
    ]
    flattened = flat(invoice(order={"MiscCharges": charges}, miscChargeTotal="3.50"))
    rows = [
        (r["line_item_type"], r["line_source"], r["part_description"], r["line_total_price"])
        for r in flattened.lines
    ]
    assert rows == [
        ("FREIGHT", "MISC_CHARGE", "Shipping", 6),
        ("MISC", "DISCOUNT", "Deal", 0),
        ("MISC", "DISCOUNT", "Refund", -4),
        ("MISC", "MISC_CHARGE", "Miscellaneous charges", D("1.50")),
    ]
    assert [row["taxable"] for row in flattened.lines] == [True, False, False, False]
    assert component(flattened, "misc")["residual"] == 0


@pytest.mark.parametrize(("subtotal", "lines"), [("130", 2), ("100", 1), ("129.99", 1), ("130.01", 1)])
def test_sublet_labor_is_a_line_only_where_the_subtotal_shows_it_beside_the_rest(
    subtotal: str, lines: int
) -> None:
    work = correction(laborTotal=100, laborHoursTotal=1)
    flattened = flat(invoice(complaint(work), laborTotal=100, subletLaborTotal=30, subTotal=subtotal))
    assert len(flattened.lines) == lines
    assert (flattened.status == "UNRECONCILED") == (subtotal in ("129.99", "130.01"))
    if lines == 2:
        row = flattened.lines[1]
        assert (row["line_item_type"], row["line_source"], row["sublet"], row["taxable"]) == (
            "LABOR",
            "SUBLET_LABOR",
            True,
            False,
        )


# --- tax --------------------------------------------------------------------------------------------------------------


def taxed(*amounts: tuple[str, str], tax: Any, rate: Any = None) -> Flattened:
    parts = [part(shopPartNumber=f"P{i}", sellingPrice=a, taxable=t) for i, (a, t) in enumerate(amounts)]
    return flat(invoice(complaint(correction(*parts)), taxTotal=tax, taxRate=rate))


def test_tax_is_allocated_and_its_distance_from_the_rate_reported() -> None:
    flattened = taxed(("60", "Yes"), ("40", "Yes"), ("900", "No"), tax="7.77", rate="6")
    assert column(flattened, "tax_amount") == [D("4.66"), D("3.11"), 0]
    assert component(flattened, "tax")["tax_variance"] == D("1.77")
    assert component(flattened, "tax")["flags"] is None


def test_a_discount_takes_its_share_of_tax() -> None:
    assert column(taxed(("110", "Yes"), ("-10", "Yes"), tax="10"), "tax_amount") == [11, -1]


@pytest.mark.parametrize("amounts", [("100", "-99.99"), ("100", "-51"), ("100", "-100"), ("100", "-300")])
def test_amounts_that_cancel_out_are_no_weights(amounts: tuple[str, str]) -> None:
    assert column(taxed((amounts[0], "Yes"), (amounts[1], "Yes"), tax="6"), "tax_amount") == [6, 0]


def test_tax_stays_on_taxable_lines_of_its_sign_where_the_others_cancel_them() -> None:
    flattened = taxed(("100", "Yes"), ("-100", "Yes"), ("50", "No"), tax="6")
    assert column(flattened, "tax_amount") == [6, 0, 0]
    assert component(flattened, "tax")["flags"] is None


def test_amounts_that_cancel_out_by_less_than_half_still_are() -> None:
    assert column(taxed(("100", "Yes"), ("-50", "Yes"), tax="5"), "tax_amount") == [10, -5]


def test_tax_on_nothing_taxable_goes_to_all_lines_with_a_flag() -> None:
    flattened = taxed(("60", "No"), ("40", "No"), ("-5", "No"), tax="10")
    assert column(flattened, "tax_amount") == [6, 4, 0]
    assert component(flattened, "tax")["flags"] == "TAX_BASE_UNKNOWN"


def test_tax_of_a_credit_is_negative() -> None:
    flattened = taxed(("-60", "Yes"), ("-40", "Yes"), tax="-6.00", rate="6")
    assert column(flattened, "tax_amount") == [D("-3.60"), D("-2.40")]
    assert component(flattened, "tax")["tax_variance"] == 0


def test_tax_that_no_line_can_carry_is_a_residual() -> None:
    flattened = taxed(("-60", "Yes"), tax="6.00")
    assert flattened.status == "UNRECONCILED"
    assert component(flattened, "tax")["residual"] == 6
    everything = flat(invoice(taxTotal=6), residual_lines="all")
    assert column(everything, "tax_amount") == [6]
    assert everything.status == "UNRECONCILED"


def test_tax_information_stands_in_for_the_invoice_s_own_figures() -> None:
    data = invoice(
        complaint(correction(part(taxable="Yes"))), TaxInformation={"taxTotal": "0.85", "taxRate": "8.5"}
    )
    (row,) = flat(data).lines
    assert (row["tax_amount"], row["tax_rate"], row["so_tax_total"]) == (D("0.85"), D("8.5"), D("0.85"))


def test_a_real_sample_with_tax_on_supplies_only() -> None:
    charge = {
        "primaryKey": "1",
        "description": "Fee",
        "quantity": 1,
        "rate": "4.73",
        "amount": "4.73",
        "taxable": "No",
    }
    data = invoice(
        complaint(correction(laborTotal="150.00", laborHoursTotal=1)), order={"MiscCharges": [charge]}, laborTotal=150,
        suppliesTotal=7.5, miscChargeTotal=4.73, subTotal=162.23, taxRate="6", taxTotal=0.45, total=162.68,
    )  # fmt: skip
    flattened = flat(data)
    assert column(flattened, "tax_amount") == [0, D("0.45"), 0]
    assert (flattened.status, component(flattened, "total")["residual"]) == ("RECONCILED", 0)


# --- residuals --------------------------------------------------------------------------------------------------------


def off_by(amount: str) -> Row:
    vendor = D("10.00") + D(amount)
    return invoice(
        complaint(correction(part())), partsTotal=str(vendor), subTotal=str(vendor), total=str(vendor)
    )


@pytest.mark.parametrize(
    ("amount", "mode", "lines", "status"),
    [
        ("0", "rounding", 1, "RECONCILED"),
        ("0.05", "rounding", 2, "ROUNDED"),
        ("-0.05", "rounding", 2, "ROUNDED"),
        ("0.06", "rounding", 1, "UNRECONCILED"),
        ("0.06", "all", 2, "UNRECONCILED"),
        ("0.05", "all", 2, "ROUNDED"),
        ("0.05", "off", 1, "UNRECONCILED"),
        ("0", "off", 1, "RECONCILED"),
    ],
)
def test_residual_lines(amount: str, mode: str, lines: int, status: str) -> None:
    flattened = flat(off_by(amount), residual_lines=mode)
    assert (len(flattened.lines), flattened.status) == (lines, status)
    row = component(flattened, "parts")
    assert (row["vendor_total"], row["line_total"], row["residual"]) == (10 + D(amount), 10, D(amount))
    if lines == 2:
        last = flattened.lines[1]
        assert (last["line_item_type"], last["line_source"], last["line_total_price"]) == (
            "PART",
            "RESIDUAL",
            D(amount),
        )
        assert last["taxable"] is False


@pytest.mark.parametrize(("mode", "lines"), [("rounding", 1), ("off", 1), ("all", 2)])
def test_components_that_agree_with_a_subtotal_that_does_not_are_unreconciled(mode: str, lines: int) -> None:
    data = invoice(complaint(correction(part())), partsTotal=10, subTotal="10.01", total="10.01")
    flattened = flat(data, residual_lines=mode)
    assert (len(flattened.lines), flattened.status) == (lines, "UNRECONCILED")
    assert total(flattened.lines, "line_total_price") == (D("10.01") if mode == "all" else 10)


def test_an_absent_total_is_not_checked() -> None:
    flattened = flat(invoice(complaint(correction(part()))))
    assert flattened.status == "RECONCILED"
    assert component(flattened, "parts")["vendor_total"] is None
    assert component(flattened, "parts")["residual"] is None


def test_an_abbreviated_invoice_stays_at_its_lines_and_shows_what_is_missing() -> None:
    works = [
        correction(
            part(),
            part(shopPartNumber="OIL", description="OIL", sellingPrice="1937.27"),
            laborTotal=200,
            primaryKey="1",
        ),
        correction(part(), part(shopPartNumber="G", description="GREASE"), laborTotal=280, primaryKey="2"),
    ]
    data = invoice(
        complaint(*works, technicians=[technician(100)]),
        subTotal="4641.50",
        total="4641.50",
        partsTotal="3500",
        laborTotal="1141.50",
    )
    flattened = flat(data)
    assert [r["line_item_type"] for r in flattened.lines] == [
        "PART",
        "SUPPLY",
        "LABOR",
        "PART",
        "SUPPLY",
        "LABOR",
    ]
    assert (total(flattened.lines, "line_total_price"), flattened.status) == (D("2447.27"), "UNRECONCILED")
    everything = flat(data, residual_lines="all")
    assert (total(everything.lines, "line_total_price"), len(everything.lines)) == (D("4641.50"), 8)


def test_a_total_that_is_not_its_sum_is_noted() -> None:
    flattened = flat(invoice(subTotal=0, taxTotal=0, total=1))
    assert texts(flattened)["$.total"] == "is not subTotal + taxTotal"
    assert component(flattened, "total")["residual"] == 1


# --- identity ---------------------------------------------------------------------------------------------------------


def test_equal_lines_get_keys_of_their_own_and_keep_them() -> None:
    crew = [technician(50, primaryKey=""), technician(50, primaryKey="")]
    data = invoice(complaint(correction(laborTotal=10), technicians=crew))
    keys = column(flat(data), "line_key")
    assert len(set(keys)) == 2
    assert column(flat(data), "line_key") == keys


def test_a_changed_price_or_text_keeps_the_key() -> None:
    one, two = (
        flat(invoice(complaint(correction(part(sellingPrice=p, partCategory=p))))) for p in ("1", "2")
    )
    assert column(one, "line_key") == column(two, "line_key")


def test_the_content_hash_follows_content_and_not_the_order_of_keys() -> None:
    one, two = b'{"primaryKey":"1","a":{"x":1,"y":[1,2]}}', b'{"a":{"y":[1,2],"x":1},"primaryKey":"1"}'
    assert content_hash(decode(one)) == content_hash(decode(two))
    assert content_hash(decode(one)) != content_hash(decode(one.replace(b"[1,2]", b"[2,1]")))


@pytest.mark.parametrize("choice", [{"classification": "magic"}, {"residual_lines": "some"}])
def test_an_unknown_switch_says_what_is_allowed(choice: dict[str, Any]) -> None:
    (name,) = choice
    with pytest.raises(Misconfigured, match=f"Set LANDFALL_FULLBAY_{name.upper()} to one of "):
        Rules(**choice)


# --- numbers that do not fit ------------------------------------------------------------------------------------------


def test_an_amount_beyond_the_tables_rejects_the_invoice_and_names_the_column() -> None:
    data = invoice(complaint(correction(part(quantity=10**8, sellingPrice=10**13))))
    with pytest.raises(RowRejected, match="line_total_price adds up to a number out of range"):
        flatten(data, shop="s")


def test_a_quantity_beyond_the_tables_rejects_the_invoice_too() -> None:
    data = invoice(complaint(correction(*[part(quantity=999_999_999, sellingPrice="0.01")] * 11)))
    with pytest.raises(RowRejected, match="quantity adds up to a number out of range"):
        flatten(data, shop="s")


def test_a_price_an_hour_out_of_range_is_null_and_noted() -> None:
    flattened = labor(total=10**13, hours="0.0001")
    assert column(flattened, "unit_price") == [None]
    assert flattened.issues[-1].text == "gives a price an hour out of range"


def test_an_empty_object_in_a_list_is_nothing_with_a_note(example: dict[str, Any]) -> None:
    wanted = flatten(example, shop="north")
    order = example["ServiceOrder"]
    order["Complaints"].insert(0, {})
    order["Complaints"][1]["Corrections"].append({})
    order["Complaints"][1]["Corrections"][0]["Parts"].append({})
    order["Complaints"][1]["AssignedTechnicians"].append({})
    order["MiscCharges"].append({})
    made = flatten(example, shop="north")
    assert made.lines == wanted.lines
    assert [issue.text for issue in made.issues].count("is empty") == 5


@pytest.mark.parametrize(
    ("parts", "labor", "subtotal", "status", "residual"),
    [
        ("10.004", "5.004", "15.008", "ROUNDED", D("0.01")),
        ("10.004", "5.004", "15.01", "UNRECONCILED", D("0.01")),
        ("10.00", "5.00", "15.01", "UNRECONCILED", D("0.01")),
        ("10.005", "5.005", "15.010", "ROUNDED", D("-0.01")),
    ],
)
def test_totals_are_compared_as_they_were_sent(
    parts: str, labor: str, subtotal: str, status: str, residual: D
) -> None:
    one = correction(
        part(quantity="1", sellingPrice=parts), partsTotal=parts, laborTotal=labor, laborHoursTotal=1
    )
    made = flatten(
        invoice(
            complaint(one, partsTotal=parts, laborTotal=labor),
            partsTotal=parts,
            laborTotal=labor,
            subTotal=subtotal,
            total=subtotal,
        ),
        shop="north",
    )
    assert made.status == status
    assert component(made, "subtotal")["residual"] == residual
