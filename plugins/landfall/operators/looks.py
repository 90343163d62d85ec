"""The plan's looks: each changelog is read once, for all the tables that follow it; others ask by their own means."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from landfall.errors import AuthenticationFailed, LandfallError, Misconfigured, RateLimited, RetryLater
from landfall.pipeline import Pipeline, ToldAt
from landfall.reads import Changelog, Mode, Request, Watched
from landfall.reads.told import Told

if TYPE_CHECKING:
    from landfall.operators.base import LandfallOperator

log = logging.getLogger(__name__)


@dataclasses.dataclass
class Looks:
    """What the looks found.

    :ivar quiet: tables whose changelog holds nothing new.
    :ivar told: where the answers of a changelog lie, by the resource that it is of; for those with news only.
    :ivar proved: the credential opens the data that the tables hold, in each of its accounts.
    """

    quiet: list[str] = dataclasses.field(default_factory=list)
    told: dict[str, ToldAt] = dataclasses.field(default_factory=dict)
    proved: bool = False


def look(operator: LandfallOperator, context: Any, api: Any, tables: Iterable[str]) -> Looks:
    """Look at the changelogs of these tables; what is quiet is noted as fresh.

    What goes wrong is told, and left to the tables' own tasks, which ask themselves.

    :raises AuthenticationFailed, Misconfigured, RateLimited: no table could be read.
    """
    looks = Looks()
    followers: dict[str, list[str]] = {}
    for name in tables:
        followers.setdefault(_changelog(operator, name).follows(name), []).append(name)
    for followed, names in followers.items():
        try:
            _look_at(operator, context, api, followed, names, looks)
        except (AuthenticationFailed, Misconfigured, RateLimited):
            raise
        except LandfallError as error:
            log.warning("%s.%s: %s", operator.source, ", ".join(names), error)
            if isinstance(error, RetryLater):
                break
    return looks


def look_otherwise(
    operator: LandfallOperator, context: Any, api: Any, tables: Iterable[str], lookback: timedelta | None
) -> list[str]:
    """Those of these tables of which the vendor has nothing new, by counts or short lists; noted as fresh.

    What goes wrong is told, and left to the tables' own tasks.

    :param lookback: how far back the run is to read in any case.
    :raises AuthenticationFailed, Misconfigured, RateLimited: no table could be read.
    """
    quiet: list[str] = []
    for name in tables:
        load = operator.pipeline(name, context)
        read, request = load.resource.read, load.request(api, Mode.INCREMENTAL, lookback=lookback)
        assert isinstance(read, Watched)
        try:
            watermark = read.unchanged(request)
        except (AuthenticationFailed, Misconfigured, RateLimited):
            raise
        except LandfallError as error:
            log.warning("%s.%s: %s", operator.source, name, error)
            if isinstance(error, RetryLater):
                break
            continue
        if watermark is not None:
            quiet.append(name)
            if not context["params"].get("dry_run"):
                load.note_unchanged(request.state, watermark)
    return quiet


def _look_at(
    operator: LandfallOperator, context: Any, api: Any, followed: str, names: list[str], looks: Looks
) -> None:
    asked: list[tuple[Pipeline, Changelog, Request]] = []
    for name in names:
        load = operator.pipeline(name, context)
        asked.append((load, _changelog(operator, name), load.request(api, Mode.INCREMENTAL)))
    begins = [since for _, read, request in asked if (since := read.since(request))]
    if not begins:
        return
    told = Told.by(api, followed, min(begins))
    told = dataclasses.replace(told, pages=list(told.pages))
    quiet = []
    for load, read, request in asked:
        if watermark := read.unchanged(dataclasses.replace(request, told=told)):
            quiet.append(load.resource.name)
            if not context["params"].get("dry_run"):
                load.note_unchanged(request.state, watermark)
    looks.quiet += quiet
    if len(quiet) < len(names):
        looks.told[followed] = operator.pipeline(followed, context).keep_told(told)


def _changelog(operator: LandfallOperator, name: str) -> Changelog:
    read = operator.declared.resource(name).read
    assert isinstance(read, Changelog)
    return read
