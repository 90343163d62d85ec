"""A company's settings for ConnectWise: `settings.toml` beside this module, and the file that changes some of it."""

from __future__ import annotations

import functools
import os
import re
from datetime import date
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from landfall.settings_file import Section, SettingsFile

VARIABLE = "LANDFALL_CONNECTWISE"
FILE = SettingsFile("ConnectWise", VARIABLE, Path(__file__).with_name("settings.toml"))

Strategy = Literal["last_updated", "seed_fields"]


class Schemas(Section, frozen=True):
    """Names of the schemas in the warehouse."""

    bronze: str
    silver: str
    gold: str


class AgreementNumber(Section, frozen=True):
    """Which custom field holds an agreement's number; 0 and "" for the first one."""

    field_id: int
    caption: str


class Calendar(Section, frozen=True):
    """Days and years as the company counts them."""

    time_zone: str
    fiscal_year_begins: int
    holidays: tuple[str, ...]
    months: tuple[str, ...]
    days: tuple[str, ...]


class Members(Section, frozen=True):
    """What gold tells of people."""

    office_email: bool


class Kind(Section, frozen=True):
    """What a type of agreements means."""

    type: str
    behaviour: str
    category: str
    patterns: tuple[str, ...] = ()


OTHER = Kind("other", "unknown", "Other")
"""What no pattern is found in."""


class Settings(Section, frozen=True):
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
    made, default = FILE.read(Settings, path), FILE.read(Settings)
    for name in ("strategy", "lookback_days"):
        known = getattr(default, name)
        if unknown := sorted(getattr(made, name).keys() - known.keys()):
            raise FILE.refused(name, f"{', '.join(unknown)} is none of {', '.join(known)}")
    _validate(made)
    return made


def _validate(made: Settings) -> None:
    names = [made.schemas.bronze, made.schemas.silver, made.schemas.gold]
    if len({name.lower() for name in names}) < len(names):
        raise FILE.refused("schemas", "two of them have the same name")
    for name, days in made.lookback_days.items():
        if not 0 <= days <= 36_500:
            raise FILE.refused(f"lookback_days.{name}", f"{days} is no number of days")
    _validate_calendar(made.calendar)
    for number, kind in enumerate(made.agreement_types, start=1):
        place = f"agreement_types, the {number}."
        if not kind.patterns or not all((kind.type, kind.behaviour, kind.category, *kind.patterns)):
            raise FILE.refused(
                place, "patterns, type, behaviour and category are needed, and may not be empty"
            )
        for pattern in kind.patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise FILE.refused(place, f"{pattern!r} is no regular expression: {error}") from None


def _validate_calendar(calendar: Calendar) -> None:
    try:
        ZoneInfo(calendar.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise FILE.refused("calendar.time_zone", f"there is no time zone {calendar.time_zone!r}") from None
    if not 1 <= calendar.fiscal_year_begins <= 12:
        raise FILE.refused("calendar.fiscal_year_begins", "it is a month, 1 to 12")
    if (len(calendar.months), len(calendar.days)) != (12, 7):
        raise FILE.refused("calendar", "months are twelve and days are seven names, Monday first")
    for day in calendar.holidays:
        try:
            date.fromisoformat(day if len(day) > 5 else f"2000-{day}")
        except ValueError:
            raise FILE.refused("calendar.holidays", f"{day!r} is neither MM-DD nor YYYY-MM-DD") from None
