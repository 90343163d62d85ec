"""What a read that was stopped had landed: its closed sections, for the next attempt at the same range."""

from __future__ import annotations

import contextlib
import hashlib
import io
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec
import zstandard

from landfall.landing.folders import inside
from landfall.landing.manifest import LandedFile, Section

LONGEST = timedelta(days=1)
"""Sections older than this are never taken over; a strategy may tolerate less."""

Found = tuple[Any, Section]
"""The note of a section, which lies beside its files, and the section."""


class Leftovers:
    """The closed sections of a resource's landings that are in no manifest.

    :param landings: folder of the resource's landings.
    :param terms: how an answer is landed, beside what was asked; a part of each key (`landfall.reads.Request.key`).
    """

    def __init__(self, landings: Any, terms: str = "") -> None:
        self._landings = landings
        self.terms = terms

    def find(self, key: str, not_before: datetime) -> Found | None:
        """The newest section with this key whose reading began since `not_before`, and whose files are all there."""
        for note, section in self._sections.get(key, ()):
            if section.began_at and section.began_at >= not_before and _whole(note.parent, section):
                return note, section
        return None

    def answered(self, key: str) -> None:
        """A landing is complete that holds this section: who asks again wants to know what is there now."""
        for note, _ in self._sections.pop(key, ()):
            with contextlib.suppress(FileNotFoundError):
                note.unlink()

    @cached_property
    def _sections(self) -> dict[str, list[Found]]:
        found: dict[str, list[Found]] = {}
        if not self._landings.exists():
            return found
        since = f"{datetime.now(UTC) - 2 * LONGEST:%Y%m%dT%H%M%S}"  # its reading may have taken a day, too
        recent = [load for load in inside(self._landings) if load.name >= since]
        for load in sorted(recent, key=lambda load: str(load.name), reverse=True):
            for note, section in _closed_in(load):
                found.setdefault(section.key, []).append((note, section))
        return found


def _closed_in(load: Any) -> list[Found]:
    sections = []
    for note in [file for file in inside(load) if file.name.startswith("section-")]:
        with contextlib.suppress(msgspec.DecodeError, FileNotFoundError):  # cut off, or purged meanwhile
            sections.append((note, msgspec.json.decode(note.read_bytes(), type=Section)))
    return sections


def _whole(folder: Any, section: Section) -> bool:
    """Whether its files hold what it says; a machine that went down may have lost the end of one."""
    counted = (
        (section.parts, section.records),
        (section.event_parts, section.events),
        (section.delete_parts, section.deletes),
    )
    try:
        return all(_same(folder, file) for file in section.files) and all(
            sum(_lines(folder / name) for name in names) == count for names, count in counted
        )
    except (OSError, zstandard.ZstdError):
        return False


def _same(folder: Any, file: LandedFile) -> bool:
    with (folder / file.name).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256


def _lines(path: Any) -> int:
    with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as reader:
        return sum(1 for _ in io.BufferedReader(reader, 2**20))
