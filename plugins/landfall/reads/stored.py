"""What is in the warehouse already, read again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import msgspec

from landfall.landing import LandingWriter
from landfall.lazily import sa
from landfall.reads.request import Outcome, Request
from landfall.scope import Scope


@dataclasses.dataclass(frozen=True)
class Stored:
    """What was read before and is kept in the resource's own table, as records to be landed again.

    :param select: the query for what a run asks for: mode and dates are in the request.
    :param record: one record's JSON of one row.
    """

    select: Callable[[Request], sa.Select[Any]]
    record: Callable[[sa.Row[Any]], bytes]

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        from landfall.wire.pages import Page

        assert request.query
        for number, rows in enumerate(request.query(self.select(request)), start=1):
            items = [msgspec.Raw(self.record(row)) for row in rows]
            landing.page(Page(items, {}, number, request.mode.value))
        return Outcome(request.mode, Scope.NOTHING)
