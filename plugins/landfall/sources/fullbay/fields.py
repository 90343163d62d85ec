"""The fields of an invoice as they come: numbers as text, Yes and No, dates, ids; and which of them go where.

Most fields hold one of a few texts ("0.00", "Yes", a make, a part's name), so each way of reading remembers what it
made of short texts. It remembers nothing else: 1 and 1.00 are one key, but not one number.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from landfall.sources.fullbay.arithmetic import CENT, UNIT4, parse_number, quantize

YEARS = range(1900, 2201)

_FLAGS = {
    "yes": True,
    "true": True,
    "1": True,
    "on": True,
    "no": False,
    "false": False,
    "0": False,
    "off": False,
}
_SHORT = 50
_MOST = 4096
_SAFE_DIGITS = 19

Note = Callable[[str], None]


class Reading(dict[Any, Any]):
    """A way to read a field: `reading[text]` is what a text means, `read` what any value does; None is blank.

    :raises ValueError: it cannot be read, or not without a note.
    """

    __slots__ = ()

    def __missing__(self, value: object) -> Any:
        found = self.read(value)
        if value.__class__ is str and len(value) <= _SHORT:
            if len(self) >= _MOST:
                self.clear()
            self[value] = found
        return found

    def read(self, value: object) -> Any:
        """What `value` means, without remembering it. :raises ValueError: what is wrong with it."""
        raise NotImplementedError

    def noted(self, value: object, note: Note) -> Any:
        """What can be made of any value at all; what is wrong with it goes to `note`."""
        try:
            return self.read(value)
        except ValueError as error:
            note(str(error))
            return None


class Text(Reading):
    """Trimmed text. A number counts as its digits.

    :param width: the column's width in characters; a longer text is cut, and noted. 0 is no limit.
    """

    __slots__ = ("_width",)

    def __init__(self, width: int = 0) -> None:
        super().__init__()
        self._width = width

    def read(self, value: object) -> str | None:
        if value is None:
            return None
        if value.__class__ is not str:
            value = _digits(value)
            if value is None:
                return None
        text: str = value.strip()
        if (not text.isascii() or "\x00" in text) and _storable(text) != text:
            raise ValueError("held characters that cannot be stored")
        if self._width and len(text) > self._width:
            raise ValueError(f"was cut to {self._width} characters")
        return text or None

    def noted(self, value: object, note: Note) -> str | None:
        if value.__class__ is not str:
            try:
                value = _digits(value)
            except ValueError as error:
                note(str(error))
                return None
            if value is None:
                return None
        text: str = value.strip()
        clean = _storable(text)
        if clean != text:
            note("held characters that cannot be stored")
        if self._width and len(clean) > self._width:
            note(f"was cut to {self._width} characters")
            clean = clean[: self._width].rstrip()
        return clean or None


def _digits(value: object) -> str | None:
    if value.__class__ is int and value.bit_length() < 64:
        return str(value)
    try:
        number = parse_number(value)
    except ValueError:
        raise ValueError("is not text") from None
    if number is None:
        return None
    return f"{number:f}" if number % 1 else str(int(number))


def _storable(text: str) -> str:
    """Without U+0000 and half surrogates, which no engine stores."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


class Id(Text):
    """An id as text: no two are alike, so that none is remembered."""

    __slots__ = ()

    __missing__ = Text.read


class Measure(Reading):
    """A kind of number, in any notation: how large it may be, and what it is rounded to.

    :param digits: more digits than this before the point are out of range.
    :param unit: what to round to; None leaves a number as exact as it came.
    """

    __slots__ = ("_digits", "_unit")

    def __init__(self, digits: int, unit: Decimal | None = None) -> None:
        super().__init__()
        self._digits, self._unit = digits, unit

    def read(self, value: object) -> Decimal | None:
        if value is None:
            return None
        if isinstance(value, Decimal) and value.is_finite() and -9 < value.adjusted() < 9:
            number = value  # as almost all are
        elif value.__class__ is int and value.bit_length() < 64:
            found: Decimal | None = self[str(value)]  # a few whole numbers are most, and text is remembered
            return found
        else:
            parsed = parse_number(value)
            if parsed is None:
                return None
            number = parsed
        if self._unit is not None:
            number = quantize(number, self._unit)
        if not number:
            return number.copy_abs()
        if number.adjusted() >= self._digits:
            raise ValueError("is a number out of range")
        return number


class Identifier(Reading):
    """A whole number, as number or text; none is remembered."""

    __slots__ = ()

    def read(self, value: object) -> int | None:
        if value is None:
            return None
        if value.__class__ is int and value.bit_length() < 64:
            return value
        if isinstance(value, str) and len(value) < _SAFE_DIGITS and value.isascii() and value.isdigit():
            return int(value)
        try:
            number = parse_number(value)
            if number is None:
                return None
            if number % 1 or not -(2**63) <= number < 2**63:
                raise ValueError
        except ValueError:
            raise ValueError("is not a whole number") from None
        return int(number)

    __missing__ = read


class Flag(Reading):
    """Yes or No."""

    __slots__ = ()

    def read(self, value: object) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int) and value in (0, 1):
            return bool(value)
        if isinstance(value, str):
            word = value.strip().lower()
            if not word:
                return None
            if word in _FLAGS:
                return _FLAGS[word]
        raise ValueError("is neither Yes nor No")


class Day(Reading):
    """A date (`YYYY-MM-DD`, a time after it is left out)."""

    __slots__ = ()

    def read(self, value: object) -> date | None:
        return _day(TEXT.read(value))

    def noted(self, value: object, note: Note) -> date | None:
        text = TEXT.noted(value, note)
        try:
            return _day(text)
        except ValueError as error:
            note(str(error))
            return None


def _day(text: str | None) -> date | None:
    if text is None or text.startswith("0000-00-00"):
        return None
    try:
        day = date.fromisoformat(text[:10])
        if day.year in YEARS and text[10:11] in ("", "T", " "):
            return day
    except ValueError:
        pass
    raise ValueError("is not a date")


TEXT = Text()
ID = Id()
TEXT10, TEXT20, TEXT50, TEXT100, TEXT255 = Text(10), Text(20), Text(50), Text(100), Text(255)
MONEY = Measure(14, CENT)
PRICE = Measure(14)
QUANTITY = Measure(9)
HOURS = Measure(6, UNIT4)
FLAG = Flag()
IDENTIFIER = Identifier()
DAY = Day()


class Field(NamedTuple):
    """One field of an object, and the column it goes to.

    :ivar missing: what to note where the field is blank; nothing as a rule.
    """

    column: str
    key: str
    reading: Reading
    missing: str = ""


class Fields:
    """Fields of one kind of object that are read together, in this order.

    :ivar plan: column, key and reading of each.
    :ivar required: column, key and note of those that are noted where they are blank.
    """

    __slots__ = ("all", "plan", "required")

    def __init__(self, *fields: Field) -> None:
        self.all = fields
        self.plan = [(field.column, field.key, field.reading) for field in fields]
        self.required = [(field.column, field.key, field.missing) for field in fields if field.missing]
