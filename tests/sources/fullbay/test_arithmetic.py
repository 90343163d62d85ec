from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landfall.sources.fullbay.arithmetic import CENT, UNIT4, parse_number, round2, round4, split


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        ("100.00", (33, 33, 33), ("33.34", "33.33", "33.33")),
        ("362.51", (60, 40), ("217.51", "145.00")),
        ("-50.01", (50, 50), ("-25.00", "-25.01")),
        ("0.10", (1, 1, 1), ("0.04", "0.03", "0.03")),
        ("0", (1, 2, 3), ("0", "0", "0")),
        ("1.00", (1, -1), ("0.50", "0.50")),
        ("10.00", (-30, -10), ("7.50", "2.50")),
    ],
)
def test_split_vectors(total: str, weights: tuple[int, ...], shares: tuple[str, ...]) -> None:
    assert split(D(total), [D(w) for w in weights], CENT) == [D(s) for s in shares]


def test_hours_split_to_four_places() -> None:
    assert split(D("2.1"), [D("2.5"), D("0.75")], UNIT4) == [D("1.6154"), D("0.4846")]


@given(
    total=st.decimals(-(10**9), 10**9, places=2),
    weights=st.lists(st.decimals(0, 10**6, places=4), min_size=1, max_size=9),
)
def test_shares_add_up_and_stay_within_a_unit(total: D, weights: list[D]) -> None:
    shares = split(total, weights, CENT)
    assert sum(shares) == total
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        exact = total * weight / whole if whole else total / len(weights)
        assert abs(share - exact) < CENT


@given(
    total=st.decimals(-(10**9), 10**9, places=2),
    weights=st.lists(st.decimals(-100, 100, places=4), min_size=1),
)
def test_shares_add_up_whatever_the_signs(total: D, weights: list[D]) -> None:
    assert sum(split(total, weights, CENT)) == total


@pytest.mark.parametrize(
    ("number", "rounded"),
    [
        ("0.125", "0.13"),
        ("-0.125", "-0.13"),
        ("0.124999", "0.12"),
        ("68.145", "68.15"),
        ("2.675", "2.68"),
        ("-0.001", "0"),
    ],
)
def test_money_rounds_half_away_from_zero(number: str, rounded: str) -> None:
    assert round2(D(number)) == D(rounded)
    assert str(round2(D(number))) == f"{D(rounded):.2f}"


def test_quantities_round_to_four_places() -> None:
    assert [round4(D(n)) for n in ("1.00005", "-1.00005", "1.00004")] == [
        D("1.0001"),
        D("-1.0001"),
        D("1.0000"),
    ]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12.50", "12.50"),
        (" 12.5 ", "12.5"),
        ("$1,234.50", "1234.50"),
        ("-$5.00", "-5"),
        ("$ 5", "5"),
        ("1,234,567", "1234567"),
        (".5", "0.5"),
        ("1E2", "100"),
        (7, "7"),
        (-0.1, "-0.1"),
        (1020.11, "1020.11"),
        (D("3.20"), "3.20"),
        ("0e99999", "0"),
        ("1e-99999", "0"),
        (2.7755575615628914e-17, "2.7755575615628914e-17"),
    ],
)
def test_numbers_in_any_notation(value: object, number: str) -> None:
    assert parse_number(value) == D(number)


@pytest.mark.parametrize("value", [None, "", "  ", "\t"])
def test_blank_is_null(value: object) -> None:
    assert parse_number(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "abc",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1_000",
        "12,5",
        "1,23,4",
        "--1",
        "1.2.3",
        "$",
        "1e999",
        "1e9999999999999999999",
        10**40,
        1e300,
        float("nan"),
        float("inf"),
        D("NaN"),
        D("sNaN"),
        D("1e400"),
        True,
        False,
        [],
        {},
        [1],
        b"1",
        object(),
    ],
)
def test_what_is_no_number_is_refused_without_its_value(value: object) -> None:
    with pytest.raises(ValueError, match=r"^is (not a|a number)"):
        parse_number(value)


@given(st.text())
def test_any_text_is_a_number_null_or_refused(text: str) -> None:
    try:
        number = parse_number(text)
    except ValueError:
        return
    assert number is None or number.is_finite()
