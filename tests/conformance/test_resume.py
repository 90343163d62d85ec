"""What has been landed of a range of days is not read again after a death, whatever the source."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from landfall.landing import LandingWriter
from landfall.reads import Export, Mode
from landfall.resources import Resource, Source
from tests.conformance.world import World, world

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
ENGINES = ("postgresql",)
"""None has a part in a read."""


@pytest.fixture
def made(somewhere: tuple[str, Source], database: str, tmp_path: Path) -> Iterator[World]:
    with world(somewhere[1], database, tmp_path) as opened:
        yield opened


@pytest.fixture
def landed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many pages and files were landed of each resource."""
    counts = Counter[str]()
    for name in ("page", "file"):
        land = getattr(LandingWriter, name)

        def counted(self: LandingWriter, *given: Any, land: Any = land, **facts: Any) -> Any:
            counts[self.manifest.resource] += 1
            return land(self, *given, **facts)

        monkeypatch.setattr(LandingWriter, name, counted)
    return counts


def test_what_a_killed_read_of_days_has_landed_is_not_read_again(made: World, landed: Counter[str]) -> None:
    """Killed before the last page of three parts of its range, it is asked for the last part again."""
    ranges = {
        r: 3 * parts(r.read) for r in made.source.resources if r.read.dated and not isinstance(r.read, Export)
    }
    if not ranges:
        pytest.skip("nothing is read by date")
    whole = {r.name: asked(made, r, days) for r, days in ranges.items()}
    killed(made, {r.name: (days, landed[r.name]) for r, days in ranges.items()})
    for resource, days in ranges.items():
        forget(made)
        extraction = made.extract(resource, Mode.DATES, days=days)
        again = requests(made)
        assert extraction.resumed_from, f"{resource.name} was read from its beginning"
        assert 0 < again <= whole[resource.name] / 2, f"{resource.name}: {again} of {whole[resource.name]}"
        assert made.publish(resource, extraction).fetched > 0
        fresh = made.load(resource, Mode.DATES, days)
        assert fresh, "what is published is read again when it is asked for again"
        assert (fresh.inserted, fresh.updated, fresh.deleted) == (0, 0, 0), resource.name
        assert requests(made) > again


def test_a_file_that_a_killed_read_has_landed_is_not_asked_for_again(
    made: World, landed: Counter[str]
) -> None:
    """Killed before its last file, a read asks for that alone; and what it published is that of a read in one go."""
    resources = [r for r in made.source.resources if isinstance(r.read, Export)]
    if not resources:
        pytest.skip("has no files")
    whole = {r.name: asked(made, r, YEARS) for r in resources}
    killed(made, {r.name: (YEARS, landed[r.name]) for r in resources})
    for resource in resources:
        made.asks.clear()
        extraction = made.extract(resource, Mode.DATES, days=YEARS)
        methods = Counter(ask.method for ask in made.asks if ask.verb == "POST" or "download" in ask.method)
        assert methods["create_export"] == 1, f"{resource.name}: {methods} of {whole[resource.name]}"
        assert extraction.resumed_from
        resumed = made.publish(resource, extraction)
        assert resumed.fetched > 0
        assert len(extraction.parts) > 1
        fresh = made.load(resource, Mode.DATES, YEARS)
        assert fresh
        assert (fresh.inserted, fresh.updated, fresh.deleted) == (0, 0, 0), resource.name
        assert fresh.fetched == resumed.fetched


YEARS = 3 * 366


def parts(read: Any) -> int:
    """How many days are asked for at a time, by a strategy or one within it."""
    if isinstance(getattr(read, "chunk", None), timedelta):
        return int(read.chunk.days)
    within = (getattr(read, field.name) for field in dataclasses.fields(read))
    return next(parts(each) for each in within if dataclasses.is_dataclass(each))


def asked(made: World, resource: Resource, days: int) -> int:
    """How many requests a read takes that nobody stops."""
    forget(made)
    made.extract(resource, Mode.DATES, days=days)
    return requests(made)


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
