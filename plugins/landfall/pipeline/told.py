"""A changelog as the run's plan has read it: from there to the extracts of the tables that follow it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import zstandard

from landfall.errors import Misconfigured
from landfall.landing import Landing, LandingWriter, new_load_id
from landfall.reads.told import Told

if TYPE_CHECKING:
    from landfall.pipeline import Pipeline
    from landfall.wire.pages import Page

_LINES = 1000


class ToldAt(msgspec.Struct):
    """Where the answers of a changelog lie; goes from task to task.

    :ivar landing: URI of their folder.
    :ivar since, asked: as `Told` has them.
    :ivar server_time: the vendor's clock when it answered, if it told.
    """

    landing: str
    since: datetime
    asked: datetime
    server_time: datetime | None = None


def keep_told(pipeline: Pipeline, told: Told) -> ToldAt:
    """Land the changelog of this resource. :param told: its pages are there to be read once more."""
    load_id = new_load_id()
    uri = pipeline.uri(load_id)
    began: datetime | None = None
    source, resource = pipeline.source.name, pipeline.resource.name
    with LandingWriter(pipeline.folder(uri), source=source, resource=resource, load_id=load_id) as landing:
        for page in told.pages:
            began = began or page.server_time
            landing.events(page)
        landing.commit(complete=False)
    return ToldAt(uri, told.since, told.asked, began)


def find_told(pipeline: Pipeline, at: ToldAt) -> Told | None:
    """What `keep_told` has landed; None where this machine does not see all of it."""
    try:
        landing = Landing(pipeline.folder(at.landing))
        lines = list(landing.events())
    except (Misconfigured, OSError, msgspec.DecodeError, zstandard.ZstdError):
        return None
    if len(lines) != landing.manifest.events:
        return None
    return Told(at.since, at.asked, list(_pages(at, lines)))


def _pages(at: ToldAt, lines: list[bytes]) -> Iterator[Page]:
    from landfall.wire.pages import Page

    for number, start in enumerate(range(0, max(len(lines), 1), _LINES), start=1):
        items = [msgspec.Raw(line) for line in lines[start : start + _LINES]]
        yield Page(items, {}, number, f"as the plan has read it: {at.landing}", at.server_time)
