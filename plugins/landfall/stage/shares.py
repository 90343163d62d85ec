"""The parts of a load, accounts or years: each is held to the limit of rejects by itself."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from landfall.landing import Landing
from landfall.resources import Resource
from landfall.scope import Part
from landfall.warehouse.engine import Staging
from landfall.warehouse.removal import Family
from landfall.warehouse.tables import SEQ, count_rows

if TYPE_CHECKING:
    from landfall.stage.load import Staged


NONE: Mapping[str, str] = MappingProxyType({})


class Share(msgspec.Struct):
    """What is staged of one part.

    :ivar first: the number of its first record.
    :ivar rejected: records, and elements of each list, that are set aside.
    :ivar again: those of them that came again as they were set aside before.
    """

    part: Part
    first: int
    rejected: Counter[str] = msgspec.field(default_factory=Counter)
    again: Counter[str] = msgspec.field(default_factory=Counter)


class Portion(msgspec.Struct):
    """What is staged of a part that is judged by itself, before rules are asked.

    :ivar first: the number of its first record.
    :ivar rejected: records that are set aside.
    """

    first: int
    fetched: int
    rejected: int


class Shares:
    """Tells which part a record is of: they are landed one after the other, as lines or each as a file.

    :param parts: those that were read. Of lines that are reshaped nobody can tell whose a record is; they are judged
        as a whole.
    :param over: of which too much is known to be rejected, and how much.
    """

    def __init__(
        self, parts: Sequence[Part], resource: Resource, landing: Landing, over: Mapping[str, str] = NONE
    ) -> None:
        self._resource, self._over = resource, over
        files = len(landing.manifest.files)
        told = not resource.reshape and files in (0, len(parts))
        firsts = itertools.accumulate((part.records for part in parts), initial=0)
        self._shares = (
            [Share(part, first) for part, first in zip(parts, firsts, strict=False)] if told else []
        )
        self._files = iter(self._shares if files else ())
        self._firsts = [share.first for share in self._shares]

    def file(self, first: int) -> None:
        """The next file begins with this record."""
        if share := next(self._files, None):
            share.first = self._firsts[self._shares.index(share)] = first

    def part(self, seq: int) -> Part | None:
        """Whose a record is; None where nobody can tell."""
        return self._shares[bisect_right(self._firsts, seq) - 1].part if self._shares else None

    def set_aside(self, table: str, seq: int, *, first: bool) -> None:
        """A record, or an element of this child table, was set aside."""
        if self._shares:
            share = self._shares[bisect_right(self._firsts, seq) - 1]
            (share.rejected if first else share.again)[table] += 1

    def leave_out(self, stages: Staging, family: Family, result: Staged) -> None:
        """Take the parts out of the stages of which more is set aside than may be, unless that is true of all.

        What was set aside of them stays in quarantine; they do not count as fetched.
        """
        if len(self._shares) < 2:
            return
        ends = [*self._firsts[1:], result.fetched]
        over = {
            share.part.name: told
            for share, end in zip(self._shares, ends, strict=True)
            if (told := self._too_many(stages, family, share, end) or self._over.get(share.part.name, ""))
        }
        if len(over) == len(self._shares):
            return
        for share, end in zip(self._shares, ends, strict=True):
            if share.part.name in over:
                _take_out(stages, family, result, share, end)
            else:
                rejected = share.rejected[family.spec.name]
                result.parts[share.part.name] = Portion(share.first, end - share.first, rejected)
        result.left_out = over

    def deletes(self, left_out: dict[str, str]) -> Iterator[bool]:
        """Of each landed deletion: whether its part is published."""
        for share in self._shares:
            yield from itertools.repeat(share.part.name not in left_out, share.part.deletes)
        yield from itertools.repeat(True)

    def _too_many(self, stages: Staging, family: Family, share: Share, end: int) -> str:
        for table, rejected in share.rejected.items():
            if rejected > self._resource.most(0):
                fetched = end - share.first
                if table != family.spec.name:
                    mine = family.stages[table].c[SEQ].between(share.first, end - 1)
                    staged = sa.select(family.stages[table].c[SEQ]).where(mine).subquery()
                    fetched = count_rows(stages.read(), staged) + rejected + share.again[table]
                if told := too_many(self._resource, table, rejected, fetched):
                    return told
        return ""


def too_many(resource: Resource, table: str, rejected: int, fetched: int) -> str:
    """That so many of a part are more than may be; "" where they may."""
    if rejected <= resource.most(fetched):
        return ""
    return f"{rejected} of {fetched} records of {table} were rejected (limit {resource.most_rejected:.0%})"


def _take_out(stages: Staging, family: Family, result: Staged, share: Share, end: int) -> None:
    gone = stages.unstage(lambda each: each.c[SEQ].between(share.first, end - 1))
    for name, found in result.tables(family.spec.name):
        rejected, again = share.rejected[name], share.again[name]
        found.fetched -= end - share.first if found is result else gone[name] + rejected + again
        found.quarantined -= rejected
        found.deduplicated -= again
