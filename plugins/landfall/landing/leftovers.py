"""What a read that was stopped had landed: its closed sections, for the next attempt at the same range."""

from __future__ import annotations

import contextlib
import io
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec
import zstandard

from landfall.landing.folders import inside
from landfall.landing.manifest import Section

LONGEST = timedelta(days=1)
"""Sections older than this are never taken over; a strategy may tolerate less."""

Found = tuple[Any, Section]
"""The folder of a section, and the section."""


class Leftovers:
    """The closed sections of a resource's landings that are in no manifest.

    :param landings: folder of the resource's landings.
    """

    def __init__(self, landings: Any) -> None:
        self._landings = landings

    def find(self, key: str, not_before: datetime) -> Found | None:
        """The newest section with this key whose reading began since `not_before`, and whose lines are all there."""
        for folder, section in self._sections.get(key, ()):
            if section.began_at and section.began_at >= not_before and _whole(folder, section):
                return folder, section
        return None

    @cached_property
    def _sections(self) -> dict[str, list[Found]]:
        found: dict[str, list[Found]] = {}
        if not self._landings.exists():
            return found
        since = f"{datetime.now(UTC) - 2 * LONGEST:%Y%m%dT%H%M%S}"  # its reading may have taken a day, too
        recent = [load for load in inside(self._landings) if load.name >= since]
        for load in sorted(recent, key=lambda load: str(load.name), reverse=True):
            for section in _closed_in(load):
                found.setdefault(section.key, []).append((load, section))
        return found


def _closed_in(load: Any) -> list[Section]:
    sections = []
    for file in [file for file in inside(load) if file.name.startswith("section-")]:
        with contextlib.suppress(msgspec.DecodeError, FileNotFoundError):  # cut off, or purged meanwhile
            sections.append(msgspec.json.decode(file.read_bytes(), type=Section))
    return sections


def _whole(folder: Any, section: Section) -> bool:
    """Whether its files hold the lines that it says; a machine that went down may have lost the end of one."""
    counted = (
        (section.parts, section.records),
        (section.event_parts, section.events),
        (section.delete_parts, section.deletes),
    )
    try:
        return not section.files and all(
            sum(_lines(folder / name) for name in names) == count for names, count in counted
        )
    except (OSError, zstandard.ZstdError):
        return False


def _lines(path: Any) -> int:
    with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as reader:
        return sum(1 for _ in io.BufferedReader(reader, 2**20))
