"""PostgreSQL and a lake hold the same after any sequence of loads, of every declared source.

Each load is landed once and goes into both: records of the vendor's, whole or with values of one another's, of all that
there is or of some, with deletions.
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import hypothesis
import msgspec
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from landfall import pipeline, sources
from landfall.errors import LandfallError
from landfall.landing import LandingWriter
from landfall.pipeline import Extraction, Pipeline
from landfall.reads import Mode, Outcome, Request
from landfall.scope import Scope
from landfall.warehouse import Warehouse
from landfall.warehouse.tables import DELETED_AT
from landfall.wire.pages import Page
from tests.campaign import SIZE, share
from tests.conformance.test_mutations import Sample, sample
from tests.conformance.world import World, world
from tests.driver import Rows, open_warehouse, published, run_on

pytestmark = [pytest.mark.airflow, pytest.mark.campaign, pytest.mark.slow, pytest.mark.timeout(36_000)]
ALL = [source.name for source in sources.sources()]
SWEPT = ALL if SIZE else ["tree11"]
"""The one with every write strategy but soft deletes, unless it is a campaign."""
LOADS = 4
SEQUENCES = max(2, share("model steps", 0) // LOADS // len(ALL)) if SIZE else 2


@dataclasses.dataclass(frozen=True)
class Step:
    """A load.

    :ivar resource: its number.
    :ivar seed: of what is drawn: records, values, deletions.
    :ivar consent: to whatever it removes.
    """

    resource: int
    seed: int
    everything: bool
    consent: bool


STEPS = st.builds(Step, st.integers(0, 99), st.integers(0, 2**32), st.booleans(), st.booleans())


@dataclasses.dataclass
class Both:
    """A source's world on PostgreSQL, a lake beside it, and records of each resource."""

    world: World
    lake: Warehouse
    samples: list[Sample]


@pytest.fixture(scope="module", params=SWEPT)
def both(
    request: pytest.FixtureRequest,
    new_database: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Both]:
    source = sources.source(request.param)
    with world(source, new_database("postgresql"), tmp_path_factory.mktemp(source.name)) as made:
        lake = open_warehouse(new_database("lake"))
        pipeline.ensure_ledger(lake)
        pipeline.ensure_source(lake, source)
        yield Both(made, lake, [sample(made, resource) for resource in source.resources])


@hypothesis.given(steps=st.lists(STEPS, min_size=LOADS, max_size=LOADS))
@hypothesis.settings(
    max_examples=SEQUENCES,
    phases=[Phase.generate],  # the tables are those of the loads before, so nothing can be repeated
    derandomize=not SIZE,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_both_hold_the_same(both: Both, count: Callable[[str, int], None], steps: list[Step]) -> None:
    for step in steps:
        one = both.samples[step.resource % len(both.samples)]
        first = both.world.pipeline(one.resource)
        second = dataclasses.replace(first, warehouse=both.lake)
        extraction = landed(first, one, step, rows(first))
        other = msgspec.structs.replace(extraction, version=second.state().version)
        ends = [end(each, read, step) for each, read in ((first, extraction), (second, other))]
        assert ends[0] == ends[1], one.resource.name
        found = [rows(each) for each in (first, second)]
        count("model steps", 1)
        for name in found[0]:
            count("lost", len(found[0][name].keys() - found[1][name].keys()))
            count("doubled", len(found[1][name].keys() - found[0][name].keys()))
        assert different(*found) == [], one.resource.name
        assert noted(first) == noted(second)


def landed(one: Pipeline, of: Sample, step: Step, there: dict[str, Rows]) -> Extraction:
    """Land the records of a step."""
    rng = random.Random(step.seed)
    lines = rng.choices(of.whole, k=rng.randrange(len(of.whole) + 1)) if of.whole else []
    lines = [mixed(line, rng.choice(of.whole)) if rng.random() < 0.3 else line for line in lines]
    scope = Scope.EVERYTHING if step.everything else Scope.NOTHING
    keys = sorted(there[one.resource.table.name], key=repr)
    gone = rng.sample(keys, min(len(keys), rng.randrange(4))) if one.resource.deletes else []

    def read(_: Request, landing: LandingWriter) -> Outcome:
        landing.page(Page([msgspec.Raw(line) for line in lines], {}, 1, "GET"))
        landing.deletes([tuple(map(str, key)) for key in gone])
        return Outcome(Mode.FULL if step.everything else Mode.INCREMENTAL, scope, "2026-03-02")

    return one.extract(one.request(None, Mode.FULL), read)


def mixed(line: bytes, other: bytes) -> bytes:
    """A record with a value of another one's."""
    mine, theirs = (json.loads(text, parse_float=Decimal) for text in (line, other))
    if not isinstance(mine, dict) or not isinstance(theirs, dict) or not mine.keys() & theirs.keys():
        return line
    name = sorted(mine.keys() & theirs.keys())[len(line) % len(mine.keys() & theirs.keys())]
    return msgspec.json.Encoder(decimal_format="number").encode({**mine, name: theirs[name]})


def end(one: Pipeline, extraction: Extraction, step: Step) -> Any:
    """What a load tells, or which error it ends in."""
    try:
        return run_on(one, extraction, {}, allow_shrink=step.consent)
    except LandfallError as error:
        return type(error)


def rows(one: Pipeline) -> dict[str, Rows]:
    """What readers see, but for notes of our own, and when a row was marked as deleted: each publish has its moment."""
    found = published(one.warehouse, one.source.name, one.resource.table)
    for row in found[one.resource.table.name].values():
        if DELETED_AT in row:
            row[DELETED_AT] = True
    for table in one.resource.table.family():
        for name in (column.name for column in table.columns if column.note):
            for row in found[table.name].values():
                del row[name]
    return found


def different(one: dict[str, Rows], other: dict[str, Rows]) -> list[Any]:
    """Table, key and column of what is not the same."""
    return [
        (name, key, column)
        for name in one
        for key in one[name].keys() | other[name].keys()
        for column in one[name].get(key, {}).keys() | other[name].get(key, {}).keys()
        if one[name].get(key, {}).get(column) != other[name].get(key, {}).get(column)
    ]


def noted(one: Pipeline) -> tuple[Any, ...]:
    state = one.state()
    return state.version, state.watermark, state.row_count, state.load_id
