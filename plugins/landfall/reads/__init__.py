"""Read strategies: how a resource is enumerated, and what its read proves.

A strategy is a small value. It reads through the source's hook, lands every page, and returns an `Outcome`: the
watermark that may be published with the data, and how much of the table the read accounts for. A read that is not
proved complete raises.
"""

from __future__ import annotations

from landfall.errors import Misconfigured
from landfall.reads.changelog import Changelog, Through
from landfall.reads.events import ChangeEvent
from landfall.reads.export import Export
from landfall.reads.full_list import FullList
from landfall.reads.parts import Accounts, in_parts
from landfall.reads.request import Mode, Outcome, Read, Request, Watched, at
from landfall.reads.sift import Sift
from landfall.reads.since import Since
from landfall.reads.stored import Stored
from landfall.reads.window import Window

__all__ = [
    "Accounts",
    "ChangeEvent",
    "Changelog",
    "Export",
    "FullList",
    "Mode",
    "Outcome",
    "Read",
    "Request",
    "Sift",
    "Since",
    "Stored",
    "Through",
    "Watched",
    "Window",
    "at",
    "chosen_mode",
    "in_parts",
]


def chosen_mode(read: Read | Export, mode: Mode, *, dates: bool, table: str) -> Mode:
    """The mode in which a resource takes part in a run.

    :raises Misconfigured: dates were given for a resource that cannot be read by date.
    """
    if not dates or mode.stored:
        return mode
    if not read.dated:
        raise Misconfigured(
            f"{table} cannot be read by date", todo="Leave start_date and end_date empty for this table."
        )
    return Mode.DATES
