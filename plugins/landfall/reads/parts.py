"""Several parts that share a table, accounts or years of an export: each is read, and fails, by itself."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from landfall.errors import LandfallError, OutOfTime, RateLimited, RetryLater
from landfall.landing import LandingWriter
from landfall.reads.request import Outcome, Read, Request
from landfall.scope import Part, Scope
from landfall.scope import Window as Range

PartRead = Callable[[Request, LandingWriter], Outcome]
"""Reads one part; its request has the part's own state of the ledger."""


@dataclasses.dataclass(frozen=True)
class Accounts:
    """The accounts that the hook's `accounts` names, each with a hook of its own, each by the same strategy.

    One that cannot be read costs itself and nothing else: the others are published, and the run says in the end which
    one it was, and why.

    :param each: how one account is read.
    :param column: the record's column that holds the account's name.
    """

    each: Read
    column: str

    @property
    def incremental(self) -> bool:
        return self.each.incremental

    @property
    def dated(self) -> bool:
        return self.each.dated

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        def read(name: str, api: Any, own: Request, landing: LandingWriter) -> Outcome:
            if name in request.refused:
                raise request.refused[name]
            return self.each.read(dataclasses.replace(own, api=api), landing)

        reads = {name: functools.partial(read, name, api) for name, api in request.api.accounts.items()}
        return in_parts(request, landing, self.column, reads)


def in_parts(
    request: Request,
    landing: LandingWriter,
    column: str,
    reads: Mapping[str, PartRead],
    *,
    whole: bool = False,
) -> Outcome:
    """Read each part by itself; one that fails leaves nothing in the landing and keeps its rows and its watermark.

    What may pass is raised as long as the read is tried again; what the other parts have landed by then is taken over.

    :param column: the table's column that holds the part's name.
    :param whole: the parts are all there is, so that rows of no part may be removed once every part was read.
    :raises LandfallError: what kept the parts from being read, where that is true of all of them.
    """
    outcomes: dict[str, Outcome] = {}
    errors: dict[str, LandfallError] = {}
    parts: list[Part] = []
    for name, read in reads.items():
        own = request.of(name)
        records, deletes = landing.records, landing.deleted
        try:
            with landing.section():
                outcomes[name] = outcome = read(own, landing)
        except OutOfTime:
            raise  # it is over for the others too
        except LandfallError as error:
            errors[name] = error
            parts.append(Part(name, column, error=error.message, todo=error.todo))
            continue
        landed = landing.records - records, landing.deleted - deletes
        parts.append(Part(name, column, *landed, outcome.watermark))
    _raise_what_must(request, list(errors.values()), some_read=bool(outcomes))
    scope, windows = _extent(column, outcomes, whole=whole and not errors)
    return Outcome(
        request.mode,
        scope,
        _watermark(request, parts),
        windows,
        inferred_deletes=any(outcome.inferred_deletes for outcome in outcomes.values()),
        parts=tuple(parts),
    )


def _raise_what_must(request: Request, errors: Sequence[LandfallError], *, some_read: bool) -> None:
    passing = [error for error in errors if isinstance(error, RetryLater)]
    if errors and not some_read:
        raise (passing or errors)[0]
    # To wait as long as one part has to is no reason to hold back the others.
    soon = [error for error in passing if not isinstance(error, RateLimited)]
    if soon and request.retries:
        raise soon[0]


def _watermark(request: Request, parts: Sequence[Part]) -> str | None:
    """The table's own: how far all its parts are."""
    known = [part.watermark or request.part(part.name).watermark for part in parts]
    return min(filter(None, known)) if all(known) and known else None


def _extent(column: str, outcomes: Mapping[str, Outcome], *, whole: bool) -> tuple[Scope, tuple[Range, ...]]:
    """What the parts account for together: the rows of those parts, as far as each was read."""
    windows: list[Range] = []
    for name, outcome in outcomes.items():
        if outcome.scope is Scope.EVERYTHING:
            windows.append(Range(column, None, None, owner=(column, name)))
        elif outcome.scope is Scope.WINDOW:
            windows += (msgspec.structs.replace(each, owner=(column, name)) for each in outcome.windows)
    if whole and all(outcome.scope is Scope.EVERYTHING for outcome in outcomes.values()):
        return Scope.EVERYTHING, ()
    return (Scope.WINDOW if windows else Scope.NOTHING), tuple(windows)
