"""Quarantined records staged again, after what they did not fit was mended.

One gets in, is rejected again, or is superseded: what was read since knows better. Nothing newer is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from landfall import ledger
from landfall.errors import RowRejected
from landfall.landing import Landing
from landfall.privacy import Privacy
from landfall.resources import Resource
from landfall.rows import Row
from landfall.scope import Reach, Scope
from landfall.stage.aside import SetAside
from landfall.stage.decoding import Decoding
from landfall.stage.elements import ElementReplay
from landfall.stage.load import Counts, Staged
from landfall.stage.readable import HIDDEN, original
from landfall.stage.rows import Rows
from landfall.warehouse import Warehouse
from landfall.warehouse.engine import Books, Staging
from landfall.warehouse.removal import Family
from landfall.warehouse.tables import SEQ, Reader, count_rows, outcomes_table

ACCEPTED, REJECTED, SUPERSEDED = "accepted", "rejected", "superseded"
GONE = "cannot be replayed: privacy keeps it out of quarantine, and the landing of its load is gone"
AT_A_TIME = 100
SETTLED = 1000
"""Entries in one statement."""


class Place(NamedTuple):
    """Where a record was landed, and when its load told of it."""

    moment: datetime
    load_id: str
    number: int

    def after(self, other: Place) -> bool:
        """Whether this is the newer record."""
        if self.load_id == other.load_id:
            return self.number > other.number
        return self.moment > other.moment


class Entry(msgspec.Struct, omit_defaults=True):
    """A quarantined record or element, as a replay lands it.

    :ivar id: of its row in quarantine.
    :ivar element: its place in the list, from 0, where it is an element of one.
    :ivar key: its record's key, as quarantine has it.
    :ivar kept: as in quarantine; `hidden` where the original is nowhere to be found.
    """

    id: int
    load_id: str
    record_number: int
    quarantined_at: datetime
    raw: str
    kept: str
    reshaped: bool = True
    child_table: str | None = None
    element: int | None = None
    key: str | None = None

    @property
    def place(self) -> Place:
        """Where it was landed."""
        return Place(self.quarantined_at, self.load_id, self.record_number)


class _Candidate(NamedTuple):
    entry: Entry
    key: Row
    rows: Rows


Newer = Callable[[list[Row]], Callable[[Entry, Row, Row | None], bool]]
"""Given all keys in question: what tells of an entry, its record's key and its record's row whether a load that was
published since knows better. It raises `RowRejected` where that cannot be told."""


def entries(landing: Landing) -> Iterator[Entry]:
    """What a replay landed."""
    return (msgspec.json.decode(line, type=Entry) for line in landing.lines())


def stage_replay(
    warehouse: Warehouse,
    source: str,
    resource: Resource,
    load_id: str,
    run_id: str,
    landing: Landing,
    privacy: Privacy,
    newer: Newer,
) -> Staged:
    """Fill a replay's stages, and note what becomes of each entry; run again, it starts anew and comes to the same."""
    family = Family(resource.table, source, load_id, resource.window)
    outcomes = outcomes_table(resource.table, load_id)
    table, veil = resource.table.in_zone(landing.manifest.zone), privacy.veil(resource.table)
    decoder = resource.decoder(table, load_id)
    names = {"source": source, "resource": resource.name, "load_id": load_id, "run_id": run_id}
    aside = SetAside(warehouse, family, resource, names, decoder, veil, Reach(Scope.NOTHING))
    result = Staged(elements={child.table.name: Counts() for child in resource.table.children})
    decoding = Decoding(warehouse, family, decoder, veil, aside, result)
    elements = ElementReplay(resource.table)
    counts = dict(result.tables(family.spec.name))
    told: list[Row] = []
    found: list[_Candidate] = []

    def tell(number: int, entry: Entry, outcome: str, error: RowRejected | None = None) -> None:
        of = counts[entry.child_table or family.spec.name]
        of.fetched += outcome != ACCEPTED
        of.quarantined += outcome == REJECTED
        of.superseded += outcome == SUPERSEDED
        told.append((number, entry.id, outcome, error and error.reason[:1000], error and error.path[:400]))

    for number, entry in enumerate(entries(landing)):
        result.lines += 1
        try:
            found.append(_read(entry, number, resource, decoding, elements))
        except RowRejected as error:
            tell(number, entry, REJECTED, error)
    with warehouse.stage(family, outcomes) as stages:
        ledger.clear_quarantine(stages.books, source, load_id)
        aside.flush(stages)
        is_newer = newer([one.key for one in found])
        there = _published(stages.read(), family, [one.key for one in found if one.entry.child_table])
        taken: set[tuple[str, Row]] = set()
        staged: dict[str, list[Row]] = {name: [] for name in family.stages}
        for one in sorted(found, key=_newest, reverse=True):
            entry, (name, row) = one.entry, one.rows[0]
            number = row[0]
            table = next(t for t in family.spec.family() if t.name == name)
            own = (name, tuple(row[table.names.index(k) + 1] for k in table.key))
            record = (family.spec.name, one.key)
            lost = own in taken or (entry.child_table and (one.key not in there or record in taken))
            try:
                if lost or is_newer(entry, one.key, None if entry.child_table else row):
                    tell(number, entry, SUPERSEDED)
                    continue
            except RowRejected as error:
                tell(number, entry, REJECTED, error)
                continue
            taken.add(own)
            tell(number, entry, ACCEPTED)
            for name, row in one.rows:
                staged[name].append(row)
                counts[name].fetched += 1
        for name, rows in staged.items():
            stages.rows(family.stages[name], rows)
        stages.rows(outcomes, told)
        stages.finish()
        for name, count in counts.items():
            count.staged = count_rows(stages.read(), family.stages[name])
    result.notes = list(decoder.notes)
    _balance(f"{source}.{resource.name}", counts)
    return result


def _read(
    entry: Entry, number: int, resource: Resource, decoding: Decoding, elements: ElementReplay
) -> _Candidate:
    """:raises RowRejected: it still does not fit."""
    if entry.kept == HIDDEN:
        raise RowRejected(GONE)
    raw = original(entry.raw, entry.kept)
    if entry.child_table:
        key = elements.parent(entry.key)
        name, row = decoding.accepted(elements.row(entry.child_table, raw, number, key, entry.element or 0))
        return _Candidate(entry, key, [(name, elements.owned(name, row, key))])
    lines = [raw] if entry.reshaped or not resource.reshape else list(resource.reshape([raw]))
    if len(lines) != 1:
        raise RowRejected(f"became {len(lines)} records; read its days again instead")
    rows = decoding.record(lines[0], number)
    parent = rows[0][1]
    return _Candidate(
        entry, tuple(parent[resource.table.names.index(k) + 1] for k in resource.table.key), rows
    )


def _newest(one: _Candidate) -> tuple[datetime, int]:
    return one.entry.quarantined_at, one.entry.record_number


def _published(reader: Reader, family: Family, keys: Iterable[Row]) -> set[Row]:
    """Those of these keys of the parent table that it has."""
    columns = [family.target.c[name] for name in family.spec.key]
    wanted = list(dict.fromkeys(keys))
    found: set[Row] = set()
    for start in range(0, len(wanted), AT_A_TIME):
        some = wanted[start : start + AT_A_TIME]
        these = sa.or_(*(sa.and_(*(c == v for c, v in zip(columns, key, strict=True))) for key in some))
        found.update(tuple(row) for row in reader.execute(sa.select(*columns).where(these)))
    return found


def _balance(name: str, counts: dict[str, Counts]) -> None:
    for table, found in counts.items():
        if found.fetched != found.staged + found.quarantined + found.superseded:
            raise AssertionError(f"{name}: quarantined records of {table} were lost on the way: {found}")


def reject_again(
    stages: Staging, resource: Resource, load_id: str, numbers: Sequence[int], reason: str
) -> None:
    """Note that these records of a replay, by their number in it, break a rule: they stay in quarantine.

    :param numbers: not more than one statement takes.
    """
    outcomes = outcomes_table(resource.table, load_id)
    known = sa.select(outcomes.c[SEQ], outcomes.c.id).where(outcomes.c[SEQ].in_(numbers))
    found = stages.read().execute(known).all()
    stages.rows(outcomes, [(*row, REJECTED, reason[:1000], "$") for row in found])


def settle(reader: Reader, books: Books, resource: Resource, load_id: str, now: datetime) -> None:
    """Let go what a replay published, close what is superseded, and give the others their new reason."""
    outcomes, quarantine = outcomes_table(resource.table, load_id).c, ledger.quarantine
    ends: dict[int, tuple[str, str | None, str | None]] = {}
    for number, *end in reader.execute(
        sa.select(outcomes.id, outcomes.outcome, outcomes.reason, outcomes.path)
    ):
        if end[0] == REJECTED or number not in ends:  # what a rule rejected had been accepted before
            ends[number] = (end[0], end[1], end[2])
    by_end: dict[tuple[str, str | None, str | None], list[int]] = {}
    for number, each in ends.items():
        by_end.setdefault(each, []).append(number)
    for (outcome, reason, path), numbers in by_end.items():
        for start in range(0, len(numbers), SETTLED):
            these = {"id": numbers[start : start + SETTLED]}
            if outcome == ACCEPTED:
                books.remove(quarantine, these)
            elif outcome == SUPERSEDED:
                books.change(quarantine, {"closed_at": now, "outcome": SUPERSEDED}, these)
            else:
                books.change(quarantine, {"reason": reason, "path": path, "replayed_at": now}, these)
