"""Whether an amount fits its column is told exactly, also for more digits than Python computes with by default."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from landfall.rows import fits
from landfall.stage.values import MAX_EXPONENT

SHAPES = [(38, 10), (38, 0), (38, 38), (10, 2), (1, 0), (18, 9), (1000, 60)]
AMOUNTS = st.builds(
    lambda figures, exponent: Decimal(figures).scaleb(exponent),
    st.integers(-(10**45), 10**45),
    st.integers(-60, 20),
)


@pytest.mark.parametrize(("digits", "decimals"), SHAPES)
@given(amount=AMOUNTS)
@example(amount=Decimal("1234567890123456789012345678.012345678912"))
@example(amount=Decimal("9999999999999999999999999999.9999999999"))
@example(amount=Decimal(f"0E+{MAX_EXPONENT}"))
@example(amount=Decimal(f"0E-{MAX_EXPONENT}"))
@example(amount=Decimal(f"1E+{MAX_EXPONENT}"))
@example(amount=Decimal("0." + "0" * 99 + "1" * 500))
@example(amount=Decimal("1." + "0" * 500))
@example(amount=Decimal("1." + "0" * 500 + "1"))
def test_an_amount_fits_where_nothing_of_it_would_be_lost(
    amount: Decimal, digits: int, decimals: int
) -> None:
    exact = Fraction(amount)
    held = (exact * 10**decimals).denominator == 1 and abs(exact) < 10 ** (digits - decimals)
    assert fits(amount, digits, decimals) is held
