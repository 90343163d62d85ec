"""A changelog that is read once, for all the tables that follow it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from landfall.json_text import at
from landfall.reads import clock
from landfall.reads.events import moment

if TYPE_CHECKING:
    from landfall.wire.pages import Page


@dataclasses.dataclass(frozen=True)
class Told:
    """What a changelog told.

    :ivar since: it holds what the vendor filed from this moment on.
    :ivar asked: our clock before it was asked.
    :ivar pages: its answers; the first has the vendor's clock.
    """

    since: datetime
    asked: datetime
    pages: Iterable[Page]

    @classmethod
    def by(cls, api: Any, resource: str, since: datetime) -> Told:
        """Ask the vendor, page by page as they are used."""
        return cls(since, clock.now(), api.changes(resource, since))

    def from_(self, since: datetime) -> Iterator[Page]:
        """The answers, less what was filed before `since`. What does not say when it was filed stays."""
        if since <= self.since:
            yield from self.pages
            return
        for page in self.pages:
            filed = [moment(at(item, "processed_at")) for item in page.items]
            items = [item for item, then in zip(page.items, filed, strict=True) if not then or then >= since]
            yield dataclasses.replace(page, items=items)
