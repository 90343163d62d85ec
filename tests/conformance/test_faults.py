"""Every fault of the sandbox, at the first, a middle and the last page of every kind of list that a hook reads.

A read that met a fault ends in the right tables, or in a named error with tables and watermark as they were; and once
the fault is gone the next run ends in the right tables. Which lists there are is seen while each resource is read in
each of its modes: a kind is a method of a hook, and the parameters that it asks with.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from landfall import ledger
from landfall.errors import (
    AuthenticationFailed,
    ContractBroken,
    LandfallError,
    RateLimited,
    ReadMoved,
    ScopeMissing,
    VendorUnavailable,
)
from landfall.reads import Mode
from landfall.resources import Resource
from landfall.warehouse.tables import target_table
from sandbox.faults import FAULTS
from tests.campaign import SIZE
from tests.conformance.world import Ask, World, world
from tests.driver import Rows

pytestmark = [pytest.mark.airflow, pytest.mark.campaign, pytest.mark.timeout(3600)]

PAGE = 2
EVENTS = 5
"""Three pages of a changelog."""
STRIDE = 12
"""Of the kinds of lists every so-manieth meets a fault in `make test`: all meet some, and all faults some.

Where there are fewer kinds than that, one of each family of faults is met nevertheless.
"""
FIRST_OF_FAMILY = {[each.family for each in FAULTS.values()].index(one.family) for one in FAULTS.values()}
SETTINGS: dict[str, dict[str, Any]] = {
    "429_seconds": {"seconds": 0},
    "429_date": {"seconds": 0},
    "503_retry_after": {"seconds": 0},
    "slow_body": {"seconds": 0.1},
    "no_answer": {"seconds": 1.2},
    "stalled_body": {"seconds": 1.2},
}
"""Shorter than the faults' own, so that the suite does not wait."""
QUICK = {"connect_timeout": 2, "read_timeout": 1, "total_timeout": 4, "max_wait_seconds": 1}
NAMED = (ContractBroken, VendorUnavailable, RateLimited, ReadMoved, AuthenticationFailed, ScopeMissing)
"""What a vendor's fault may be called; nothing of it is blamed on the data."""
STAYS: dict[str, type[LandfallError]] = {"429_day": RateLimited, "401": AuthenticationFailed}
"""What a fault that does not go away has to be called."""
WELL = (None, False)
AT_ONCE = 8
"""Requests that a hook may have under way when its credential is refused."""
SLOW = ("no_answer", "stalled_body")


@dataclass(frozen=True)
class Listing:
    """A kind of list, and where it is met.

    :ivar places: first, middle and last of its requests, counted from 1 among those of the same method and path.
    """

    hook: str
    resource: Resource
    mode: Mode
    verb: str
    path: str
    places: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.verb} {self.path} of {self.resource.name}, {self.mode}"


def listings(made: World) -> list[Listing]:
    """The kinds of lists of a source, each where it has most pages, in the fewest requests."""
    found: dict[Any, list[tuple[Any, Listing]]] = defaultdict(list)
    for resource in made.source.resources:
        watermark = None
        for mode in made.modes(resource):
            made.asks.clear()
            told = made.extract(
                resource, mode, watermark=watermark if mode is Mode.INCREMENTAL else None, dry=True
            )
            watermark = watermark or told.watermark
            for kind, numbers in _kinds(made, resource).items():
                one = _listing(made, resource, mode, numbers)
                found[kind].append(((-len(one.places), len(made.asks)), one))
    return [min(each, key=lambda e: e[0])[1] for _, each in sorted(found.items(), key=lambda e: str(e[0]))]


def _kinds(made: World, resource: Resource) -> dict[Any, list[int]]:
    """The requests of a read, by what the hook was asked for and how it asked; a page belongs to its list."""
    cursor = made.vendors[made.hook_of(resource)].dialect.cursor_parameter
    kinds: dict[Any, list[int]] = defaultdict(list)
    lists: dict[tuple[str, str], Any] = {}
    for number, ask in enumerate(made.asks):
        names = ask.names - {cursor}
        kind = (ask.hook, ask.method, ask.verb, tuple(sorted(names)))
        if cursor in ask.names:
            kind = lists.get((ask.method, ask.path), kind)
        lists[ask.method, ask.path] = kind
        kinds[kind].append(number)
    return kinds


def _listing(made: World, resource: Resource, mode: Mode, numbers: list[int]) -> Listing:
    asks = [made.asks[number] for number in numbers]
    path, verb = _pattern(asks), asks[0].verb
    same = [n for n, ask in enumerate(made.asks) if ask.verb == verb and re.search(path, ask.path)]
    own = [same.index(number) + 1 for number in numbers]
    places = tuple(dict.fromkeys((own[0], own[len(own) // 2], own[-1])))
    return Listing(asks[0].hook, resource, mode, verb, path, places)


def _pattern(asks: list[Ask]) -> str:
    """The paths as one regular expression: what differs between them may be anything."""
    split = [ask.path.split("/") for ask in asks]
    same = [parts for parts in split if len(parts) == len(split[0])]
    parts = [re.escape(each[0]) if len(set(each)) == 1 else "[^/]+" for each in zip(*same, strict=True)]
    return "^" + "/".join(parts) + "$"


class Scene:
    """A source whose tables hold half of what its vendor has, again and again."""

    def __init__(self, made: World) -> None:
        self.made = made
        made.report(EVENTS)
        self.listings = listings(made)
        self._wanted: dict[tuple[str, Mode], dict[str, Rows]] = {}
        needed = {each.resource.name for each in self.listings}
        for resource in made.source.resources:
            if resource.name in needed:
                made.publish(resource, made.extract(resource))
        made.report(EVENTS)
        for resource in made.source.resources:
            if resource.name in needed:
                self._keep(resource)

    def cells(self, fault: str) -> Iterator[tuple[Listing, int, int | None]]:
        """Where a fault strikes: a list, the number of the request, and how many times, None for ever."""
        row = list(FAULTS).index(fault)
        once = FAULTS[fault].harmless or fault in SLOW
        for column, each in enumerate(self.listings):
            for number, place in enumerate(each.places):
                stays = not once and (number == 1 or len(each.places) == 1)
                for times in (1, None) if stays and SIZE else (None,) if stays else (1,):
                    if self._chosen(row, column, number):
                        yield each, place, times

    def _chosen(self, row: int, column: int, number: int) -> bool:
        if SIZE:
            return random.Random(f"{self.made.source.name} {row} {column} {number}").random() < SIZE
        few = len(self.listings) < STRIDE and row in FIRST_OF_FAMILY
        met = column == row % len(self.listings) if few else (row + column) % STRIDE == 0
        return met and number == row % len(self.listings[column].places)

    def wanted(self, each: Listing) -> dict[str, Rows]:
        """What an undisturbed load makes of the half."""
        key = (each.resource.name, each.mode)
        if key not in self._wanted:
            self.rewind(each.resource)
            assert self.attempt(each) == WELL
            self._wanted[key] = self.made.published(each.resource)
            self.rewind(each.resource)
            assert self._wanted[key] != self.made.published(each.resource), f"{each} brings nothing"
        return self._wanted[key]

    def attempt(self, each: Listing) -> tuple[LandfallError | None, bool]:
        """Load once, with hooks that begin anew.

        :returns: what it raised on purpose; whether a part, such as one of several years, kept the rows it had.
        """
        self.made.renew()
        try:
            extraction = self.made.extract(each.resource, each.mode)
            if extraction.changed:
                self.made.publish(each.resource, extraction)
        except LandfallError as error:
            return error, False
        return None, any(part.error for part in extraction.parts)

    # --- the half ---------------------------------------------------------------------------------------------

    def _tables(self, resource: Resource) -> list[sa.Table]:
        return [target_table(t, self.made.source.name) for t in resource.table.family()]

    def _keep(self, resource: Resource) -> None:
        """Halve the tables, and keep a copy of them and of the ledger's row."""
        own, *children = self._tables(resource)
        key = [own.c[name] for name in resource.table.key]
        numbered = sa.select(*key, sa.func.row_number().over(order_by=key).label("number")).subquery()
        half = sa.select(*(numbered.c[k.name] for k in key)).where(numbered.c.number % 2 == 0)
        sync = ledger.sync_state
        with self.made.warehouse.begin() as connection:
            connection.execute(sa.delete(own).where(sa.tuple_(*key).in_(half)))
            for child, spec in zip(children, resource.table.children, strict=True):
                parents = zip(spec.table.parent_columns, key, strict=True)
                connection.execute(
                    sa.delete(child).where(~sa.exists().where(*(child.c[c] == k for c, k in parents)))
                )
            left = connection.scalar(sa.select(sa.func.count()).select_from(own))
            connection.execute(sa.update(sync).where(sync.c.table_name == own.name).values(row_count=left))
            connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS kept")
            for table in (own, *children):
                connection.exec_driver_sql(
                    f'CREATE TABLE kept."{table.name}" AS SELECT * FROM {_named(table)}'
                )
            state = f'CREATE TABLE kept."state {own.name}" AS SELECT * FROM landfall.sync_state'
            connection.exec_driver_sql(f"{state} WHERE table_name = %s", (own.name,))

    def rewind(self, resource: Resource) -> None:
        """The half and the ledger's row as they were."""
        own, *children = self._tables(resource)
        with self.made.warehouse.begin() as connection:
            for table in (own, *children):
                connection.exec_driver_sql(f"TRUNCATE {_named(table)}")
                connection.exec_driver_sql(f'INSERT INTO {_named(table)} SELECT * FROM kept."{table.name}"')
            sync = ledger.sync_state
            connection.execute(sa.delete(sync).where(sync.c.table_name == own.name))
            connection.exec_driver_sql(
                f'INSERT INTO landfall.sync_state SELECT * FROM kept."state {own.name}"'
            )


def _named(table: sa.Table) -> str:
    return f'{table.schema}."{table.name}"'


@pytest.fixture(scope="module")
def scene(
    somewhere: Any, new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    engine, source = somewhere
    folder: Path = tmp_path_factory.mktemp(source.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("landfall.wire.retry._wait", lambda *_: 0.01)
        with world(source, new_database(engine), folder, most=PAGE, **QUICK) as made:
            yield Scene(made)


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_right_tables_or_a_named_error(scene: Scene, fault: str, count: Callable[[str, int], None]) -> None:
    for each, place, times in scene.cells(fault):
        where = f"{fault} at request {place} ({'once' if times else 'for good'}): {each}"
        wanted, made = scene.wanted(each), scene.made
        scene.rewind(each.resource)
        before = made.published(each.resource), made.state(each.resource)
        faults = made.vendors[made.hook_of(each.resource)].faults
        faults.add(fault, path=each.path, method=each.verb, nth=place, times=times, **SETTINGS.get(fault, {}))
        error, partly = scene.attempt(each)
        struck = faults.pending()[0]["struck"]
        faults.clear()
        found = made.published(each.resource)
        count("fault cells", int(struck > 0))
        if partly:
            strange = [
                row
                for name, rows in found.items()
                for key, row in rows.items()
                if row not in (before[0][name].get(key), wanted[name].get(key))
            ]
            count("torn", len(strange))
            assert not strange, where
        elif error is None:
            _same(found, wanted, count, where, drifted=FAULTS[fault].family == "drift")
        else:
            count("torn", int((found, made.state(each.resource)) != before))
            assert (found, made.state(each.resource)) == before, where
            assert isinstance(error, NAMED), f"{where}: {error!r}"
            assert times or isinstance(error, STAYS.get(fault, NAMED)), f"{where}: {error!r}"
            assert made.vendor.token not in str(error), where
            assert fault != "401" or struck <= AT_ONCE, f"{where}: a storm of retries"
        if error or partly:
            assert not FAULTS[fault].harmless, f"{where}: {error!r}"
            assert scene.attempt(each) == WELL, where
            _same(made.published(each.resource), wanted, count, where)


def _same(
    found: dict[str, Rows],
    wanted: dict[str, Rows],
    count: Callable[[str, int], None],
    where: str,
    *,
    drifted: bool = False,
) -> None:
    """:param drifted: what holds a record as it came may hold more."""
    lost = sum(len(rows.keys() - found[name].keys()) for name, rows in wanted.items())
    doubled = sum(len(rows.keys() - wanted[name].keys()) for name, rows in found.items())
    count("lost", lost)
    count("doubled", doubled)
    assert not lost, where
    assert not doubled, where
    assert drifted or found == wanted, where


def test_there_are_lists_of_every_hook(scene: Scene) -> None:
    made = scene.made
    assert {each.hook for each in scene.listings} == {made.hooks[path].hook.conn_type for path in made.hooks}
    assert any(len(each.places) == 3 for each in scene.listings)
