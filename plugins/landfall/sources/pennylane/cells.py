"""What the two file formats share: header names, and amounts and dates that stand in a file as text.

A value that cannot be read stays in its place with words before it, as `not an amount: 1,234.50`. No decoder takes
that for a number or a date, so exactly that record goes to quarantine, and its raw text shows why.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

_AMOUNT = re.compile(r"[+-]?[0-9]+(?:,[0-9]+|\.[0-9]{1,2})?")
_DAY = re.compile(
    r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"
    r"|(?P<iso>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"|(?P<fd>[0-9]{2})/(?P<fm>[0-9]{2})/(?P<fy>[0-9]{4})"
)
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(maxsize=4096)
def amount_text(text: str) -> str | None:
    """A French amount as a decimal with a dot, None where it is blank.

    `10000,00`, `-10,50` and `000100` are read. A dot counts as decimal mark only before one or two digits: `1.234` may
    be a thousand or one and a bit, and a guess is worse than a rejected line.
    """
    text = text.strip()
    if not text:
        return None
    if not _AMOUNT.fullmatch(text):
        return unreadable("an amount", text)
    return text.lstrip("+").replace(",", ".")


@lru_cache(maxsize=4096)
def date_text(text: str) -> str | None:
    """`YYYYMMDD`, `YYYY-MM-DD` or `DD/MM/YYYY` as an ISO date, None where it is blank."""
    text = text.strip()
    if not text:
        return None
    if not (found := _DAY.fullmatch(text)):
        return unreadable("a date", text)
    iso = found["iso"] or (
        f"{found['y']}-{found['m']}-{found['d']}"
        if found["y"]
        else f"{found['fy']}-{found['fm']}-{found['fd']}"
    )
    try:
        return date.fromisoformat(iso).isoformat()
    except ValueError:
        return unreadable("a date", text)


def unreadable(what: str, text: str) -> str:
    """The text of a value that is not what its column holds; never valid as one."""
    return f"not {what}: {text}"


def plain(name: str) -> str:
    """A header name for comparing: without case, accents, spaces and punctuation."""
    return re.sub(r"[^a-z0-9]+", "", _unaccented(name).lower())


def snake_case(name: str) -> str:
    """A header name as a column name; "" where nothing of it is left."""
    return re.sub(r"[^a-z0-9]+", "_", _WORD_START.sub("_", _unaccented(name)).lower()).strip("_")


def extra_names(headers: Iterable[tuple[int, str]], taken: Sequence[str]) -> list[tuple[int, str]]:
    """A column name for each header that no column is declared for.

    :param headers: (index in the file, header name).
    :param taken: names that the record uses itself; one that is taken gets a number behind it.
    """
    used, made = set(taken), []
    for index, header in headers:
        base = name = snake_case(header) or f"column_{index + 1}"
        number = 2
        while name in used:
            name, number = f"{base}_{number}", number + 1
        used.add(name)
        made.append((index, name))
    return made


def _unaccented(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
