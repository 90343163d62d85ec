"""A company's settings for ConnectWise: `settings.toml` beside this module, and the file that changes some of it."""

from __future__ import annotations

import functools
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from landfall.errors import Misconfigured

VARIABLE = "LANDFALL_CONNECTWISE"
DEFAULTS = Path(__file__).with_name("settings.toml")

Strategy = Literal["last_updated", "seed_fields"]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Schemas(_Section, frozen=True):
    """Names of the schemas in the warehouse."""

    bronze: str
    silver: str
    gold: str


class AgreementNumber(_Section, frozen=True):
    """Which custom field holds an agreement's number; 0 and "" for the first one."""

    field_id: int
    caption: str


class Calendar(_Section, frozen=True):
    """Days and years as the company counts them."""

    time_zone: str
    fiscal_year_begins: int
    holidays: tuple[str, ...]
    months: tuple[str, ...]
    days: tuple[str, ...]


class Members(_Section, frozen=True):
    """What gold tells of people."""

    office_email: bool


class Kind(_Section, frozen=True):
    """What a type of agreements means."""

    type: str
    behaviour: str
    category: str
    patterns: tuple[str, ...] = ()


OTHER = Kind("other", "unknown", "Other")
"""What no pattern is found in."""


class Settings(_Section, frozen=True):
    """All of it; see `settings.toml`."""

    schemas: Schemas
    strategy: dict[str, Strategy]
    lookback_days: dict[str, int]
    agreement_number: AgreementNumber
    calendar: Calendar
    members: Members
    agreement_types: tuple[Kind, ...]


@functools.cache
def settings() -> Settings:
    """The settings of this process. :raises Misconfigured: as `read`."""
    return read(os.environ.get(VARIABLE, ""))


def read(path: str = "") -> Settings:
    """The defaults, and what the file at `path` changes of them.

    :raises Misconfigured: the file cannot be read, or holds what there is not or cannot be; says where.
    """
    default = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    given = _opened(path) if path else {}
    for name in ("strategy", "lookback_days"):
        if unknown := sorted(_table(given, name).keys() - default[name].keys()):
            raise _refused(name, f"{', '.join(unknown)} is none of {', '.join(default[name])}")
    merged = default | {
        name: default[name] | value
        if isinstance(value, dict) and isinstance(default.get(name), dict)
        else value
        for name, value in given.items()
    }
    try:
        made = msgspec.convert(merged, Settings)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at ")
        raise _refused(place.strip("`$.") or "the file", reason) from None
    _validate(made)
    return made


def _opened(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise Misconfigured(
            f"{VARIABLE} names {path}, which cannot be read: {error.strerror}", todo="Correct the path."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} is not TOML: {error}", todo="Correct the file at that place.") from None


def _table(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = given.get(name, {})
    return value if isinstance(value, dict) else {}


def _validate(made: Settings) -> None:
    names = [made.schemas.bronze, made.schemas.silver, made.schemas.gold]
    if len({name.lower() for name in names}) < len(names):
        raise _refused("schemas", "two of them have the same name")
    for name, days in made.lookback_days.items():
        if not 0 <= days <= 36_500:
            raise _refused(f"lookback_days.{name}", f"{days} is no number of days")
    _validate_calendar(made.calendar)
    for number, kind in enumerate(made.agreement_types, start=1):
        place = f"agreement_types, the {number}."
        if not kind.patterns or not all((kind.type, kind.behaviour, kind.category, *kind.patterns)):
            raise _refused(place, "patterns, type, behaviour and category are needed, and may not be empty")
        for pattern in kind.patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise _refused(place, f"{pattern!r} is no regular expression: {error}") from None


def _validate_calendar(calendar: Calendar) -> None:
    try:
        ZoneInfo(calendar.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _refused("calendar.time_zone", f"there is no time zone {calendar.time_zone!r}") from None
    if not 1 <= calendar.fiscal_year_begins <= 12:
        raise _refused("calendar.fiscal_year_begins", "it is a month, 1 to 12")
    if (len(calendar.months), len(calendar.days)) != (12, 7):
        raise _refused("calendar", "months are twelve and days are seven names, Monday first")
    for day in calendar.holidays:
        try:
            date.fromisoformat(day if len(day) > 5 else f"2000-{day}")
        except ValueError:
            raise _refused("calendar.holidays", f"{day!r} is neither MM-DD nor YYYY-MM-DD") from None


def _refused(place: str, why: str) -> Misconfigured:
    where = os.environ.get(VARIABLE) or DEFAULTS.name
    return Misconfigured(
        f"ConnectWise's settings ({where}): {place}: {why}",
        todo=f"Correct it in the file that {VARIABLE} names.",
    )
