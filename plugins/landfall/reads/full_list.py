"""A collection that is listed whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from landfall.landing import LandingWriter
from landfall.reads.request import Mode, Outcome, Request, land
from landfall.scope import Scope

if TYPE_CHECKING:
    from landfall.wire.pages import Page


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
