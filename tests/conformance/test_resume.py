"""What has been landed of a range of days is not read again after a death, whatever the source."""

from __future__ import annotations

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


def test_what_a_killed_read_of_days_has_landed_is_not_read_again(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the last page of three weeks, it is asked for the last week again."""
    pages, in_chunks = Counter[str](), set[str]()
    land, resume = LandingWriter.page, LandingWriter.resume

    def counted(self: LandingWriter, page: Any) -> None:
        pages[self.manifest.resource] += 1
        land(self, page)

    def noted(self: LandingWriter, key: str, *, not_before: datetime) -> bool:
        in_chunks.add(self.manifest.resource)
        return resume(self, key, not_before=not_before)

    monkeypatch.setattr(LandingWriter, "page", counted)
    monkeypatch.setattr(LandingWriter, "resume", noted)
    dated = [r for r in made.source.resources if r.read.dated and not isinstance(r.read, Export)]
    whole = {r.name: asked(made, r) for r in dated}
    dated = [r for r in dated if r.name in in_chunks]
    if not dated:
        pytest.skip("walks through no days")
    killed(made, {r.name: pages[r.name] for r in dated})
    for resource in dated:
        forget(made)
        extraction = made.extract(resource, Mode.DATES)
        again = requests(made)
        assert extraction.resumed_from, f"{resource.name} was read from its beginning"
        assert 0 < again <= whole[resource.name] / 2, f"{resource.name}: {again} of {whole[resource.name]}"
        assert made.publish(resource, extraction).fetched > 0
        fresh = made.load(resource, Mode.DATES)
        assert fresh, "what is published is read again when it is asked for again"
        assert (fresh.inserted, fresh.updated, fresh.deleted) == (0, 0, 0), resource.name
        assert requests(made) > again


def asked(made: World, resource: Resource) -> int:
    """How many requests a read takes that nobody stops."""
    forget(made)
    made.extract(resource, Mode.DATES)
    return requests(made)


def requests(made: World) -> int:
    return sum(vendor.stats.requests for vendor in made.vendors.values())


def forget(made: World) -> None:
    for vendor in made.vendors.values():
        vendor.stats.reset()


def killed(made: World, pages: Mapping[str, int]) -> None:
    today = datetime.now(UTC).date()
    dates = map(str, (today - timedelta(days=20), today))
    orders = [f"{name}={count}" for name, count in pages.items()]
    command = [
        sys.executable,
        "-m",
        "tests.conformance.stopped",
        made.source.name,
        made.url,
        str(made.folder),
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([*command, *dates, *orders], env=environment, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
