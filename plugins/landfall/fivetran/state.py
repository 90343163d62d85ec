"""What was delivered, as Fivetran keeps it between two calls and two syncs."""

from __future__ import annotations

from typing import Any

import msgspec

from landfall.errors import Misconfigured

VERSION = 1


class Known(msgspec.Struct, omit_defaults=True):
    """How far a table was delivered.

    :ivar load: the last read of it, which tells when it began.
    :ivar full: the last one that read all of it.
    :ivar digest: of what that landed, where it was the whole list.
    :ivar parts: watermarks of accounts that share the table.
    """

    watermark: str | None = None
    load: str = ""
    full: str = ""
    digest: str = ""
    parts: dict[str, str] = {}


class Reading(msgspec.Struct, omit_defaults=True):
    """A table in the middle of its delivery.

    :ivar load: names the read; it begins with its moment.
    :ivar delivered: how many operations were handed over.
    :ivar digest: of these operations.
    """

    resource: str
    mode: str
    load: str
    delivered: int = 0
    digest: str = ""


class Progress(msgspec.Struct, omit_defaults=True):
    """All that has to be known to go on.

    :ivar sync: the sync that it was written in.
    :ivar waiting: resources that this sync has not delivered yet, in their order.
    :ivar late: those of them that failed once; they are tried again when all others are through.
    :ivar now: the one whose delivery was cut.
    :ivar owners: whose data it is, by hook and account.
    """

    version: int = VERSION
    sync: str = ""
    tables: dict[str, Known] = {}
    waiting: list[str] = []
    late: list[str] = []
    now: Reading | None = None
    owners: dict[str, str] = {}

    def written(self) -> dict[str, Any]:
        """As Fivetran keeps it: a copy, which nothing that happens later changes."""
        made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return made | {"version": self.version}


def read(state: Any) -> Progress:
    """What a state says; an empty one that nothing was delivered yet.

    :raises Misconfigured: it is not one of ours.
    """
    try:
        progress = msgspec.convert(state or {}, Progress)
    except msgspec.ValidationError:
        progress = Progress(version=0)
    if progress.version != VERSION:
        raise Misconfigured(
            "the state that Fivetran sent is not one of this connector", todo="Re-sync the connection."
        )
    return progress
