"""What has been landed of a range of days is not read again after a death, whatever the source."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from landfall.landing import LandingWriter
from landfall.pipeline import Extraction
from landfall.reads import Export, Mode
from landfall.resources import Resource
from tests.conformance.world import World, world

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
ENGINES = ("postgresql",)
"""None has a part in a read."""


YEARS = 3 * 366


@dataclass(frozen=True)
class Stopped:
    """A source whose reads by date were all killed: before the last page of three parts of a range, or the last file.

    :ivar days: how many were asked for, by table.
    :ivar whole: how many requests a read takes that nobody stops.
    """

    made: World
    days: dict[str, int]
    whole: dict[str, int]

    def resources(self, *, files: bool) -> list[Resource]:
        found = [self.made.source.resource(name) for name in self.days]
        found = [resource for resource in found if isinstance(resource.read, Export) == files]
        return found or pytest.skip("has none")


@pytest.fixture(scope="module")
def stopped(
    somewhere: Any, new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stopped]:
    engine, source = somewhere
    dated = [resource for resource in source.resources if resource.read.dated]
    if not dated:
        pytest.skip("nothing is read by date")
    days = {r.name: YEARS if isinstance(r.read, Export) else 3 * parts(r.read) for r in dated}
    with world(source, new_database(engine), tmp_path_factory.mktemp(source.name)) as made:
        landed, whole = Counter[str](), {}
        with pytest.MonkeyPatch.context() as patch:
            for name in ("page", "file"):
                patch.setattr(LandingWriter, name, _counted(getattr(LandingWriter, name), landed))
            for resource in dated:
                forget(made)
                made.extract(resource, Mode.DATES, days=days[resource.name])
                whole[resource.name] = requests(made)
        killed(made, {name: (count, landed[name]) for name, count in days.items()})
        yield Stopped(made, days, whole)


def _counted(land: Callable[..., Any], counts: Counter[str]) -> Callable[..., Any]:
    def counted(self: LandingWriter, *given: Any, **facts: Any) -> Any:
        counts[self.manifest.resource] += 1
        return land(self, *given, **facts)

    return counted


def test_what_a_killed_read_of_days_has_landed_is_not_read_again(stopped: Stopped) -> None:
    """It is asked for the last part again."""
    made = stopped.made
    for number, resource in enumerate(stopped.resources(files=False)):
        forget(made)
        days, whole = stopped.days[resource.name], stopped.whole[resource.name]
        extraction = made.extract(resource, Mode.DATES, days=days)
        again = requests(made)
        assert extraction.resumed_from, f"{resource.name} was read from its beginning"
        assert 0 < again <= whole / 2, f"{resource.name}: {again} of {whole}"
        if number == 0:  # the steps that follow are the same for all
            assert_true(made, resource, extraction, days)
            assert requests(made) > again


def test_a_file_that_a_killed_read_has_landed_is_not_asked_for_again(stopped: Stopped) -> None:
    """It asks for the last file alone."""
    made = stopped.made
    for resource in stopped.resources(files=True):
        made.asks.clear()
        extraction = made.extract(resource, Mode.DATES, days=YEARS)
        methods = Counter(ask.method for ask in made.asks)
        assert methods["create_export"] == 1, f"{resource.name}: {methods}"
        assert extraction.resumed_from
        assert len(extraction.parts) > 1
        assert_true(made, resource, extraction, YEARS)


def assert_true(made: World, resource: Resource, resumed: Extraction, days: int) -> None:
    """What was taken over makes the rows that a read in one go makes; and that read asks for all of it again."""
    result = made.publish(resource, resumed)
    fresh = made.load(resource, Mode.DATES, days)
    assert fresh, "what is published is read again when it is asked for again"
    assert (fresh.inserted, fresh.updated, fresh.deleted) == (0, 0, 0), resource.name
    assert fresh.fetched == result.fetched > 0


def parts(read: Any) -> int:
    """How many days are asked for at a time, by a strategy or one within it."""
    if isinstance(getattr(read, "chunk", None), timedelta):
        return int(read.chunk.days)
    within = (getattr(read, field.name) for field in dataclasses.fields(read))
    return next(parts(each) for each in within if dataclasses.is_dataclass(each))


def requests(made: World) -> int:
    return sum(vendor.stats.requests for vendor in made.vendors.values())


def forget(made: World) -> None:
    for vendor in made.vendors.values():
        vendor.stats.reset()


def killed(made: World, orders: Mapping[str, tuple[int, int]]) -> None:
    """:param orders: of each table, how many days are read, and before which page of them it dies."""
    today = datetime.now(UTC).date()
    told = [f"{name}={today - timedelta(days=days - 1)}..{today}={n}" for name, (days, n) in orders.items()]
    command = [
        sys.executable,
        "-m",
        "tests.conformance.stopped",
        made.source.name,
        made.url,
        str(made.folder),
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([*command, *told], env=environment, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
