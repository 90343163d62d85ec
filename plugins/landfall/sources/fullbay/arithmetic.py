"""Decimal arithmetic of invoices: numbers in any notation, rounding half up, shares that add up.

Money never passes through a float. Rounding is half away from zero, also below zero: 0.125 → 0.13, -0.125 → -0.13.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

CONTEXT = Context(prec=100, rounding=ROUND_HALF_UP)
"""Wide enough that no product or sum of an invoice is rounded before it is rounded on purpose."""
quantize = CONTEXT.quantize
"""A number to the places of another, rounded half up whatever the context around the call."""

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
CENT = Decimal("0.01")
UNIT4 = Decimal("0.0001")
NO_MONEY = Decimal("0.00")
NO_QUANTITY = Decimal("0.0000")

_TINIEST = -20
_LARGEST = 19
_LARGEST_BITS = 66
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_WEIGHT_UNITS = Decimal("1E+10")


def parse_number(value: object) -> Decimal | None:
    """The number that a JSON value stands for, None for null and for blank text.

    Text may carry a dollar sign, blanks and commas between thousands. A comma anywhere else is refused: read as a
    decimal comma or as a thousands separator it would be wrong by a factor.

    :raises ValueError: `value` is no finite number of at most 20 digits before the point; the text names no value.
    """
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, str):
        text_number = _parse_text(value) if value else None
        if text_number is None:
            return None
        number = text_number
    elif value is None:
        return None
    elif isinstance(value, int) and not isinstance(value, bool):
        if value.bit_length() > _LARGEST_BITS:
            raise ValueError("is a number out of range")
        return Decimal(value)
    elif isinstance(value, float):
        number = Decimal(repr(value))
    else:
        raise ValueError("is not a number")
    if number.is_finite() and _TINIEST <= number.adjusted() <= _LARGEST:
        return number
    if not number.is_finite():
        raise ValueError("is not a finite number")
    if number and number.adjusted() > 0:
        raise ValueError("is a number out of range")
    return ZERO


def _parse_text(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except ArithmeticError:
        bare = "".join(text.split()).replace("$", "", 1)
        if "," in bare:
            bare = bare.replace(",", "") if _THOUSANDS.fullmatch(bare) else ""
        if not text.strip():
            return None
        try:
            number = Decimal(bare)
        except ArithmeticError:
            raise ValueError("is not a number") from None
    if "_" in text:  # Python's own digit grouping
        raise ValueError("is not a number")
    return number


def round2(number: Decimal) -> Decimal:
    """Money: two places."""
    rounded = quantize(number, CENT)
    return rounded if rounded else NO_MONEY  # never a negative zero


def round4(number: Decimal) -> Decimal:
    """Unit prices, quantities, hours: four places."""
    rounded = quantize(number, UNIT4)
    return rounded if rounded else NO_QUANTITY


def split(total: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """Divide `total` by `weights` into multiples of `unit` whose sum is exactly `total` (largest remainder).

    Every share is floored; the missing units go one each to the largest remainders, ties to the earlier one. Weights
    that cancel each other out count as equal.

    :param total: is rounded to `unit` first.
    :param weights: at least one; counted to ten decimals.
    """
    whole_total = quantize(total, unit)
    if not whole_total:
        return [whole_total.copy_abs()] * len(weights)
    if len(weights) == 1:
        return [whole_total]
    units = int(whole_total / unit)
    scaled = [int(weight * _WEIGHT_UNITS) for weight in weights]
    whole = sum(scaled)
    if not whole:
        scaled, whole = [1] * len(weights), len(weights)
    elif whole < 0:
        scaled, whole = [-weight for weight in scaled], -whole
    divided = [divmod(units * weight, whole) for weight in scaled]
    shares = [share for share, _ in divided]
    missing = units - sum(shares)
    if missing:
        remainders = [remainder for _, remainder in divided]
        for index in sorted(range(len(shares)), key=remainders.__getitem__, reverse=True)[:missing]:
            shares[index] += 1
    return [share * unit for share in shares]
