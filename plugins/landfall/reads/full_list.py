"""A collection that is listed whole."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from landfall.landing import LandingWriter
from landfall.reads.request import Mode, Outcome, Request, land
from landfall.scope import Scope

if TYPE_CHECKING:
    from landfall.wire.pages import Page

SHORT = 2000
"""Rows of a list that is compared with what was landed before a task is started for it: a few pages."""


@dataclasses.dataclass(frozen=True)
class FullList:
    """Every record, page by page, in every run that includes it.

    :param pages: asks the hook for them; by default its `list` with the resource's name.
    """

    pages: Callable[[Any], Iterable[Page]] | None = None
    incremental: bool = False
    dated: bool = False

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        api = request.api
        land(self.pages(api) if self.pages else api.list(request.resource), landing)
        return Outcome(Mode.FULL, Scope.EVERYTHING)

    def unchanged(self, request: Request) -> str | None:
        """ "" where a short list is, record by record, what was landed last; else None."""
        if request.state.row_count is None or request.state.row_count > SHORT:
            return None
        api = request.api
        pages = self.pages(api) if self.pages else api.list(request.resource)
        ends = object()
        now = (bytes(item) for page in pages for item in page.items)
        same = all(a == b for a, b in itertools.zip_longest(request.landed(), now, fillvalue=ends))
        return "" if same else None
