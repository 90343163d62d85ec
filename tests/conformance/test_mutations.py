"""Records that are broken in every way: published + quarantined = received, to the record and to the element.

What is published of a broken record is its own; a record beside it is as if the broken one were not there.
"""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Context, Decimal
from functools import reduce
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from landfall import checks, ledger, sources
from landfall.errors import LandfallError
from landfall.landing import Landing, LandingWriter
from landfall.pipeline import Published
from landfall.reads import Mode, Outcome, Request
from landfall.records import TableSpec
from landfall.resources import Reshape, Resource
from landfall.scope import Scope
from landfall.stage import load
from landfall.stage.load import Staged, records
from landfall.stage.rows import RecordDecoder
from landfall.wire.pages import Page
from tests.campaign import SIZE, share
from tests.conformance.mutations import broken, copies, decoded
from tests.conformance.world import World, world
from tests.driver import Rows, local_folder, run_on

pytestmark = [pytest.mark.airflow, pytest.mark.campaign, pytest.mark.slow, pytest.mark.timeout(36_000)]

RESOURCES = sum(len(source.resources) for source in sources.sources())
BROKEN = max(60, share("mutated records", 60 * RESOURCES) // RESOURCES)
"""Of each resource, on one engine."""
AT_A_TIME = 2_000
WHOLE = 100
"""Records that nobody broke, in each load."""


@dataclasses.dataclass
class Sample:
    """A resource and records of it.

    :ivar whole: records as they were landed; what is made of them, where several lines make one.
    :ivar plain: its columns say where in a record their values stand.
    """

    resource: Resource
    whole: list[bytes]
    plain: bool


def sample(made: World, resource: Resource) -> Sample:
    """Read a resource once."""
    landing = Landing(local_folder(made.extract(resource, dry=True).landing))
    lines = list(landing.lines())
    reshape = resource.reshape if resource.reshape and _apart(resource.reshape, lines) else None
    if landing.manifest.files or reshape is not resource.reshape:
        lines = list(records(resource, landing, Staged()))
    rules = tuple(c for c in resource.checks if isinstance(c, checks.Sql) and c.severity == "rejecting")
    lenient = dataclasses.replace(resource, parse=None, reshape=reshape, checks=rules, most_rejected=0.9999)
    return Sample(lenient, lines[-WHOLE:], resource.decoder is RecordDecoder and not reshape)


def _apart(reshape: Reshape, lines: list[bytes]) -> bool:
    """Whether what is made of a line does not depend on the others."""
    try:
        each = [record for line in lines for record in reshape([line])]
    except LandfallError:
        return False
    return each == list(reshape(lines))


@pytest.fixture(scope="module")
def samples(
    everywhere: Any, new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, list[Sample]]]:
    engine, source = everywhere
    with world(source, new_database(engine), tmp_path_factory.mktemp(source.name)) as made:
        yield made, [sample(made, resource) for resource in source.resources]


@pytest.mark.parametrize("path", ["exact", "fast"])
def test_published_and_quarantined_are_what_was_received(
    samples: Any, path: str, count: Callable[[str, int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, every = samples
    if path == "fast":
        if not made.warehouse.takes_blocks:
            pytest.skip("this engine has one way into the stage")
        monkeypatch.setattr(load, "FAST_PATH_BYTES", 0)
    chosen = [one for one in every if one.plain or path == "exact"]
    for one in chosen:
        rng = random.Random(f"{one.resource.name} {path} {SIZE}")
        endless = copies(one.whole, rng)
        made.empty()
        alone = put(made, one, one.whole).found
        for start in range(0, BROKEN, AT_A_TIME):
            many = min(AT_A_TIME, BROKEN - start)
            bad = [broken(rng, line) for line in itertools.islice(endless, many)]
            made.empty()
            load_of = put(made, one, [*bad, *one.whole])  # the last of equal keys stays: a whole one
            count("mutated records", many)
            said = own_sums(load_of) if one.plain else ()
            difference = [*conserved(load_of), *beside(alone, load_of), *said]
            count("lost", sum(len(each.lost) for each in difference))
            count("doubled", sum(len(each.doubled) for each in difference))
            assert not [each for each in difference if each.lost or each.doubled], one.resource.name


@dataclasses.dataclass
class Difference:
    """What is missing from a table, and what is too much in it."""

    where: str
    lost: list[Any]
    doubled: list[Any]


@dataclasses.dataclass
class Loaded:
    """Records that were loaded into empty tables, and what became of them.

    :ivar aside: number, child table and place of what is in quarantine.
    """

    one: Sample
    received: list[bytes]
    result: Published
    found: dict[str, Rows]
    aside: list[tuple[int, str | None, int | None]]


def put(made: World, one: Sample, received: list[bytes]) -> Loaded:
    """Load these records into empty tables."""
    pipeline, quarantine = made.pipeline(one.resource), ledger.quarantine

    def read(_: Request, landing: LandingWriter) -> Outcome:
        landing.page(Page([msgspec.Raw(line) for line in received], {}, 1, "GET"))
        return Outcome(Mode.FULL, Scope.NOTHING)

    extraction = pipeline.extract(pipeline.request(None, Mode.FULL), read)
    result = run_on(pipeline, extraction, {})
    columns = (quarantine.c.record_number, quarantine.c.child_table, quarantine.c.element)
    with made.warehouse.begin() as connection:
        aside = connection.execute(sa.select(*columns).where(quarantine.c.load_id == extraction.load_id))
        set_aside = [tuple(row) for row in aside]
    return Loaded(one, received, result, made.published(one.resource), set_aside)  # type: ignore[arg-type]


def conserved(loaded: Loaded) -> Iterator[Difference]:
    """Rows and quarantine together are what was received, of records and of the elements of their lists."""
    table = loaded.one.resource.table
    set_aside = Counter(child or table.name for _, child, _ in loaded.aside)
    for name, figures in loaded.result.tables.items():
        received = figures.fetched
        if name == table.name and not loaded.one.resource.reshape:
            received = len(loaded.received)
        over = len(loaded.found[name]) + set_aside[name] + figures.deduplicated - received
        yield Difference(name, ["?"] * -over, ["?"] * over)


def beside(alone: dict[str, Rows], loaded: Loaded) -> Iterator[Difference]:
    """Whole records have the rows that they have where nothing is broken."""
    for name, rows in alone.items():
        gone = [key for key, row in rows.items() if loaded.found[name].get(key) != row]
        yield Difference(f"{name}, of whole records", gone, [])


# --- what the records themselves say --------------------------------------------------------------------------------

Amounts = dict[tuple[str, ...], dict[str, Decimal]]


def own_sums(loaded: Loaded) -> Iterator[Difference]:
    """The keys, and the sums of all amounts, are those of the records and elements that were not set aside."""
    table = loaded.one.resource.table
    said = said_by(loaded)
    for spec in table.family():
        found = {tuple(map(str, key)): row for key, row in loaded.found[spec.name].items()}
        wanted = said[spec.name]
        lost, doubled = list(wanted.keys() - found.keys()), list(found.keys() - wanted.keys())
        yield Difference(f"keys of {spec.name}", lost, doubled)
        for name in (c.name for c in spec.columns if c.type is Decimal):
            is_there = _sum(row[name] for row in found.values() if row[name] is not None)
            should_be = _sum(amounts[name] for amounts in wanted.values() if name in amounts)
            wrong = [] if is_there == should_be else [(should_be, is_there)]
            yield Difference(f"sum of {spec.name}.{name}", wrong, [])


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    """To the last digit, however many there are, so that the order does not matter."""
    return reduce(Context(prec=2000).add, amounts, Decimal())


def said_by(loaded: Loaded) -> dict[str, Amounts]:
    """Amounts by key, of each table, read from the accepted records with none of the code that loads them."""
    table = loaded.one.resource.table
    # What came twice, byte for byte, is in quarantine once.
    rejected = {loaded.received[number] for number, child, _ in loaded.aside if child is None}
    at = {child.table.name: child.path for child in table.children}
    odd = set()
    for number, child, place in loaded.aside:
        if child is not None:
            record = decoded(loaded.received[number])
            odd.add((_key(table, record), child, place, repr(_dig(record, at[child])[place])))
    found: dict[str, Amounts] = {spec.name: {} for spec in table.family()}
    for line in loaded.received:
        if line in rejected:
            continue
        record = decoded(line)
        key = _key(table, record)
        for child in table.children:  # of equal keys the last stays, with its own elements
            of = found[child.table.name]
            for old in [k for k in of if k[: len(key)] == key]:
                del of[old]
            for place, element in enumerate(_dig(record, child.path) or []):
                if (key, child.table.name, place, repr(element)) not in odd:
                    of[_key(child.table, element, key, place + 1)] = _amounts(child.table, element)
        found[table.name][key] = _amounts(table, record)
    return found


def _key(table: TableSpec, node: Any, parent: tuple[str, ...] = (), position: int = 0) -> tuple[str, ...]:
    above = dict(zip(table.parent_columns, parent, strict=True)) if parent else {}
    own = {c.name: position if c.role == "position" else _dig(node, c.path) for c in table.columns}
    # No engine stores U+0000; it is taken out of texts, and counted.
    return tuple(str(above[name] if name in above else own[name]).replace("\0", "") for name in table.key)


def _amounts(table: TableSpec, node: Any) -> dict[str, Decimal]:
    values = {c.name: _dig(node, c.path) for c in table.columns if c.type is Decimal}
    return {name: Decimal(str(value)) for name, value in values.items() if value is not None}


def _dig(node: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node
