"""What a landing says of itself."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

import msgspec


class LandedFile(msgspec.Struct, frozen=True):
    """A downloaded file in landing, with the facts its parser needs (for example the period it covers)."""

    name: str
    sha256: str
    bytes: int
    facts: dict[str, Any] = {}


class Section(msgspec.Struct):
    """What was landed of one part of a range.

    :ivar key: what was asked for and of whom; another attempt may take over the section of an equal key. "" for none.
    :ivar began_at: when its reading began; None until it is closed.
    :ivar parts, event_parts, delete_parts: names of its files.
    :ivar pages: a redacted request, a record count and the rest of the envelope for each page.
    """

    key: str = ""
    began_at: datetime | None = None
    records: int = 0
    events: int = 0
    deletes: int = 0
    parts: list[str] = []
    event_parts: list[str] = []
    delete_parts: list[str] = []
    files: list[LandedFile] = []
    pages: list[dict[str, Any]] = []

    @property
    def names(self) -> list[str]:
        """All its files."""
        return [*self.parts, *self.event_parts, *self.delete_parts, *(file.name for file in self.files)]


class Manifest(msgspec.Struct):
    """What a landing holds: its sections, added up.

    :ivar complete: the read proved that it saw everything there was in its scope.
    :ivar resumed_from: when the oldest section was read that was taken over from an attempt before.
    :ivar unseen: events, counted from 0, whose record did not come back as they say.
    :ivar zone: of the moments that the vendor writes without one; "" where it writes none such.
    :ivar event_parts, delete_parts: as in a section; the defaults are what landings of before had.
    """

    source: str
    resource: str
    load_id: str
    complete: bool = False
    zone: str = ""
    resumed_from: datetime | None = None
    records: int = 0
    events: int = 0
    deletes: int = 0
    parts: list[str] = []
    event_parts: list[str] = msgspec.field(default_factory=lambda: ["events.ndjson.zst"])
    delete_parts: list[str] = msgspec.field(default_factory=lambda: ["deletes.ndjson.zst"])
    files: list[LandedFile] = []
    pages: list[dict[str, Any]] = []
    unseen: list[int] = []


def new_load_id(now: datetime | None = None) -> str:
    """A fresh load id that sorts by time, such as `20260302T081500_9f3a1c`."""
    return f"{(now or datetime.now(UTC)):%Y%m%dT%H%M%S}_{secrets.token_hex(3)}"


def load_moment(load_id: str) -> datetime:
    """When a load began, to the second: the time in its id."""
    return datetime.strptime(load_id.partition("_")[0], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
