"""Records that come again as they were published: told by their fingerprint, and not made into rows again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from landfall.privacy import Veil
from landfall.resources import Decoder
from landfall.rows import Row
from landfall.warehouse.engine import Staging
from landfall.warehouse.removal import Family
from landfall.warehouse.tables import DELETED_AT, known_names

AT_A_TIME = 500
"""Keys in one query; SQL Server takes 2,100 parameters."""
Numbered = Iterable[tuple[int, bytes]]


class Known:
    """Tells the records of which the published rows are what would be made of them anew.

    A row that is marked as deleted is none of them. Under a privacy policy none is: what is stored is not what came.
    """

    def __init__(self, stages: Staging, family: Family, decoder: Decoder, veil: Veil) -> None:
        self._stages, self._family, self._decoder = stages, family, decoder
        spec, target = family.spec, family.target
        self._names = (*known_names(spec), spec.fingerprint)
        self._width = len(spec.key)
        anything = sa.select(sa.literal(1)).select_from(target).limit(1)
        told = family.known is not None and not veil.hides
        self._none = not told or stages.published().execute(anything).first() is None

    def others(self, batch: Numbered) -> Iterator[tuple[int, bytes]]:
        """The records that have to be made into rows; the others are staged as known."""
        if self._none:
            yield from batch
            return
        numbered, known = list(batch), list[Row]()
        for at in range(0, len(numbered), AT_A_TIME):
            yield from self._some(numbered[at : at + AT_A_TIME], known)
        if self._family.known is not None:
            self._stages.rows(self._family.known, known)

    def _some(self, numbered: list[tuple[int, bytes]], known: list[Row]) -> Iterator[tuple[int, bytes]]:
        """Those of these that are not published as they are; the others are added to `known`."""
        told = [self._decoder.readable(line, self._names) for _, line in numbered]
        published = self._published([row for row in told if _askable((*row[: self._width], row[-1]))])
        for (seq, line), row in zip(numbered, told, strict=True):
            if (*row[: self._width], row[-1]) in published:
                known.append((seq, *row[:-1]))
            else:
                yield seq, line

    def _published(self, told: list[Row]) -> set[Row]:
        """Key and fingerprint of the published rows with these keys, and perhaps of others."""
        if not told:
            return set()
        spec, target = self._family.spec, self._family.target
        values = zip(*(row[: self._width] for row in told), strict=True)
        where = [target.c[k].in_(sorted(set(some))) for k, some in zip(spec.key, values, strict=True)]
        if spec.soft_delete:
            where.append(target.c[DELETED_AT].is_(None))
        columns = (target.c[name] for name in (*spec.key, spec.fingerprint))
        return set(map(tuple, self._stages.published().execute(sa.select(*columns).where(*where))))


def _askable(values: Row) -> bool:
    """Whether a query can ask for these: all were read, and none holds U+0000, which no engine takes."""
    return all(value is not None and not (isinstance(value, str) and "\0" in value) for value in values)
