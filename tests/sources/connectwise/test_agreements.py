"""What an agreement's number is, and what the name of its type means."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from landfall.sources.connectwise.gold.agreements import classified, number_of
from landfall.sources.connectwise.settings import AgreementNumber, Kind, read

FIRST = AgreementNumber(0, "")


def fields(*values: Any) -> list[dict[str, Any]]:
    return [
        {"id": place, "caption": f"Nr {place}\u200b ", "value": value} for place, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("sent", "asked", "number"),
    [
        (fields("\u200bSN 7\u2009"), FIRST, "SN 7"),
        (fields(Decimal("2001.0")), FIRST, "2001"),
        (fields(Decimal("20.50")), FIRST, "20.5"),
        (fields(" \ufeff"), FIRST, None),
        (fields(None, "second"), FIRST, None),
        (fields(True), FIRST, None),
        (fields("a", "b"), AgreementNumber(1, ""), "b"),
        (fields("a", "b"), AgreementNumber(0, "NR 1"), "b"),
        (fields("a", "b"), AgreementNumber(9, "other"), None),
        (fields("a", "b"), AgreementNumber(9, "nr 0"), "a"),
        ([], FIRST, None),
        (None, FIRST, None),
        ('[{"id": 0, "value": 12345678901234567890.0}]', FIRST, "12345678901234567890"),
    ],
)
def test_the_number_is_that_of_the_field_asked_for(
    sent: Any, asked: AgreementNumber, number: str | None
) -> None:
    assert number_of(sent, asked) == number


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("yÞJÓNUSTA:", "billable_service"),
        ("z ti\u0301mapottur  :", "prepaid_hours"),
        ("TÍMAPOTTUR", "prepaid_hours"),
        ("gömul rekstrarþjónusta og yþjónusta", "billable_service"),
        ("Hugbu\u0301nađarþjónusta", "other"),
        ("office 365", "software_service"),
        ("", "other"),
    ],
)
def test_a_name_means_the_first_kind_whose_pattern_stands_in_it(name: str, kind: str) -> None:
    assert classified(name, read().agreement_types).type == kind


def test_both_sides_are_folded() -> None:
    known = (Kind("street", "billable", "Street", ("STRASSE", r"Gata\s\S+")),)
    assert classified("Hauptstraße", known).type == "street"
    assert classified("GATA 7", known).type == "street"
    assert classified("gata ", known).type == "other"
