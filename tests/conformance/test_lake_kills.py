"""A publish into a lake that dies at a request to its store, carried out or not: completed by its retry, applied once.

Of declared sources, through the pipeline's own step, in a process that the store's stand-in kills.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from landfall import sources
from landfall.pipeline import Extraction
from landfall.reads import Mode
from landfall.resources import Resource
from landfall.stage.load import Staged
from tests.campaign import SIZE, share
from tests.conformance.test_kills import modes
from tests.conformance.world import World, world
from tests.warehouse.lake.stores import OneLake
from tests.warehouse.lake.victim import Victim

pytestmark = [pytest.mark.airflow, pytest.mark.campaign, pytest.mark.slow, pytest.mark.timeout(36_000)]
COMMITS = ("PUT", "/_delta_log/")
"""What is swept outside a campaign: the requests that write to a log."""
SWEPT = [source.name for source in sources.sources()] if SIZE else ["pennylane"]
LOADS = sum(len(modes(r)) for source in sources.sources() for r in source.resources)
MOST = -(-share("kill points", 6 * LOADS) // LOADS)
"""Points of one publish, at most; half of them before a request is carried out, half after."""


@pytest.fixture(scope="module")
def store() -> Iterator[OneLake]:
    started = OneLake()
    yield started
    started.close()


@pytest.fixture(scope="module")
def victim() -> Iterator[Victim]:
    started = Victim()
    yield started
    started.close()


@pytest.fixture(scope="module", params=SWEPT)
def made(
    request: pytest.FixtureRequest, store: OneLake, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    source = sources.source(request.param)
    house: Any = store.house(source.name)
    with world(source, house, tmp_path_factory.mktemp(source.name)) as one:
        yield one


def loads(made: World) -> list[tuple[Resource, Mode]]:
    """What is swept of a source: one with child tables, or of a campaign all it has."""
    found = [(r, m) for r in made.source.resources for m in modes(r)]
    return found if SIZE else [(r, m) for r, m in found if r.table.children and m is Mode.INCREMENTAL][:1]


def test_death_at_requests_of_a_publish(
    made: World, store: OneLake, victim: Victim, count: Callable[[str, int], None]
) -> None:
    swept = loads(made)
    assert swept
    for resource, mode in swept:
        made.load(resource)
        made.work()
        extraction = made.extract(resource, mode)
        if extraction.changed:
            staged = made.pipeline(resource).load(extraction)
            Sweep(made, store, victim, resource, extraction, staged).run(count)
            made.pipeline(resource).clean_up([extraction.load_id])


class Sweep:
    """One publish, to be died in at its requests in turn."""

    def __init__(
        self,
        made: World,
        store: OneLake,
        victim: Victim,
        resource: Resource,
        extraction: Extraction,
        staged: Staged,
    ) -> None:
        self.made, self.store, self.victim = made, store, victim
        self.resource, self.extraction = resource, extraction
        steps = made.folder / "steps.json"
        steps.write_bytes(msgspec.json.encode({"extraction": extraction, "staged": staged}))
        self.order = {
            "url": store.url,
            "source": made.source.name,
            "resource": resource.name,
            "landing": (made.folder / "landing").as_uri(),
            "steps": str(steps),
        }

    def publish(self, at: int = 0, when: str = "", only: tuple[str, ...] = ()) -> dict[str, Any]:
        return self.victim.run(**self.order, at=at, when=when, only=only)

    def seen(self) -> tuple[int, dict[str, Any]]:
        return self.made.state(self.resource).version, self.made.published(self.resource)

    def run(self, count: Callable[[str, int], None]) -> None:
        old = self.seen()
        self.store.order(save="before")
        whole = self.publish()
        requests = self.store.order()
        new = self.seen()
        only = () if SIZE else COMMITS
        those = sum(all(text in line for text in only) for line in requests)
        points = [(at, when) for at in range(1, those + 1) for when in ("before", "after")]
        for at, when in points[:: -(-len(points) // MOST) | 1]:  # an odd stride, so that both moments are met
            self.store.order(restore="before")
            died = self.publish(at, when, only)
            self.store.order()
            _, found = self.seen()
            torn = [name for name, rows in found.items() if rows not in (old[1][name], new[1][name])]
            if found[self.resource.table.name] == new[1][self.resource.table.name] != old[1]:
                torn += [name for name, rows in found.items() if rows != new[1][name]]
            count("torn", len(torn))
            assert not torn, (at, when)
            again = self.publish()
            last = self.seen()
            count("kill points", int("killed" in died))
            count("lost", sum(len(rows.keys() - last[1][name].keys()) for name, rows in new[1].items()))
            count("doubled", self.made.recorded(self.extraction.load_id) - 1)
            assert last == new, (at, when)
            assert again == whole, (at, when)
            assert self.made.recorded(self.extraction.load_id) == 1
