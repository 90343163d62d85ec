"""A worker that dies at any statement of a publish (SIGKILL) leaves the old rows or the new; a retry publishes once.

Every write strategy that is declared is swept, point by point; a source that others stand for dies at some points of
one load. In a campaign every resource is swept, in every mode in which it can be read.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import pytest

from landfall import sources
from landfall.pipeline import Extraction
from landfall.reads import Mode, Window
from landfall.resources import Resource, Source
from landfall.stage import load
from landfall.stage.rows import RecordDecoder
from tests.campaign import SIZE, share
from tests.conformance.world import World, world
from tests.faults.victim import Victim

pytestmark = [pytest.mark.airflow, pytest.mark.campaign, pytest.mark.slow, pytest.mark.timeout(7200)]

MOST_POINTS = 400
A_SWEEP = 25
"""Points of a publish, about."""
SOME = 5
"""Points at which a source dies whose write strategies others stand for: the first, the last, and between them."""


def sweeps() -> dict[tuple[Any, ...], tuple[str, str, Mode]]:
    """Source, resource and mode of one load for each write strategy, rather one with child tables."""
    found: dict[tuple[Any, ...], tuple[str, str, Mode]] = {}
    for source in sources.sources():
        for resource in source.resources:
            for mode in modes(resource):
                strategy = (type(resource.write), getattr(resource.write, "deletes", ""), mode)
                if resource.table.children or strategy not in found:
                    had = found.get(strategy)
                    if not (had and sources.source(had[0]).resource(had[1]).table.children):
                        found[strategy] = (source.name, resource.name, mode)
    return found


def modes(resource: Resource) -> list[Mode]:
    """Those whose publish differs: a read of days writes the same however many they are."""
    if not resource.read.incremental:
        return [Mode.FULL]
    read = getattr(resource.read, "each", resource.read)
    by_day = isinstance(read, Window) or bool(resource.window) or not resource.deletes
    return [Mode.INCREMENTAL] if by_day else [Mode.FULL, Mode.INCREMENTAL]


def chosen(source: Source) -> list[tuple[Resource, Mode]]:
    """What is swept of a source: the strategies that it stands for, or of a campaign all it has, as far as it goes."""
    everything = [(r, m) for r in source.resources for m in modes(r)]
    if not SIZE:
        swept = set(sweeps().values())
        return [(r, m) for r, m in everything if (source.name, r.name, m) in swept] or _one_of(everything)
    all_loads = sum(2 * len(modes(r)) for s in sources.sources() for r in s.resources)
    part = min(1.0, share("kill points", 0) / A_SWEEP / all_loads)
    return everything[: max(1, round(len(everything) * part))]


def _one_of(everything: list[tuple[Resource, Mode]]) -> list[tuple[Resource, Mode]]:
    return sorted(everything, key=lambda each: not each[0].table.children)[:1]


@pytest.fixture(scope="module")
def victim() -> Iterator[Victim]:
    started = Victim(reads=False)
    yield started
    started.close()


class Sweep:
    """One publish, to be died in at each of its points in turn.

    :param before, then: the load that the tables hold, and the one whose publish is swept; `before` may be none.
    :param adopted: stage so that the stage can become the table.
    """

    def __init__(self, made: World, resource: Resource, before: Extraction | None, then: Extraction) -> None:
        self.made, self.resource, self.before, self.then = made, resource, before, then
        self.steps = made.folder / "steps"

    def prepare(self) -> None:
        """Tables that hold the load before, and nothing else."""
        self.made.empty()
        if self.before:
            self.made.publish(self.resource, self.before, consent=True)

    def stage(self) -> None:
        """Let the publish be the next step."""
        staged = self.made.pipeline(self.resource).load(self.then)
        self.steps.write_bytes(msgspec.json.encode({"extract": self.then, "load": staged, "check": []}))

    def seen(self) -> Any:
        return self.made.state(self.resource).version, self.made.published(self.resource)

    def run(self, victim: Victim, count: Callable[[str, int], None], some: int = 0) -> None:
        """:param some: at how many points to die, spread over all of them; 0 for all."""
        self.prepare()
        old = self.seen()
        self.made.publish(self.resource, self.then, consent=True)
        new = self.seen()
        self.prepare()
        assert self.seen() == old
        self.stage()
        ends = list(self.deaths(victim, self.spread(victim, some) if some else range(1, MOST_POINTS)))
        last = self.seen()
        count("kill points", len(ends))
        count("torn", sum(end not in (old, new) for end in ends))
        count("lost", sum(len(rows.keys() - last[1][name].keys()) for name, rows in new[1].items()))
        count("doubled", self.made.recorded(self.then.load_id) - 1)
        assert all(end in (old, new) for end in ends)
        assert len(ends) == some or len(ends) > 12
        assert ends[0] == old
        assert ends[-1] == new, "the last point lies between the commit and the answer"
        assert last == new
        assert self.made.recorded(self.then.load_id) == 1

    def spread(self, victim: Victim, some: int) -> list[int]:
        """So many points of the publish, the first and the last among them, and one that it does not reach."""
        points = self.publish(victim, 0)["points"]
        self.prepare()
        self.stage()
        return [*(1 + (points - 1) * each // (some - 1) for each in range(some)), points + 1]

    def publish(self, victim: Victim, kill_at: int) -> dict[str, Any]:
        order = {"url": self.made.url, "folder": str(self.made.folder), "source": self.made.source.name}
        order |= {"resource": self.resource.name, "mode": self.then.mode, "steps": str(self.steps)}
        return victim.run(**order, step="publish", kill_at=kill_at)

    def deaths(self, victim: Victim, numbers: Iterable[int]) -> Iterator[Any]:
        """What the tables hold after each death; ends when a run came through."""
        for number in numbers:
            end = self.publish(victim, number)
            if "killed" not in end:
                assert 0 < end.get("points", 0) < number, end
                return
            assert end == {"killed": signal.SIGKILL}
            yield self.seen()
        raise AssertionError("a publish of so many points is none")


@pytest.fixture(scope="module")
def landed(
    everywhere: Any, new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, list[tuple[Resource, Extraction, Extraction]]]]:
    """A source's world, and of each load that is swept what was landed before the vendor's people worked, and after."""
    engine, source = everywhere
    loads = chosen(source)
    if not loads:
        pytest.skip("is read from nowhere")
    with world(source, new_database(engine), tmp_path_factory.mktemp(source.name)) as made:
        needed = {r.name for r, _ in loads}
        before = {}
        for resource in reversed(source.resources):  # details before what is read through them
            if resource.name in needed or any(_through(r) == resource.name for r, _ in loads):
                before[resource.name] = made.extract(resource)
                made.publish(resource, before[resource.name])
        made.work()
        yield made, [(r, before[r.name], made.extract(r, mode)) for r, mode in loads]


def _through(resource: Resource) -> str:
    through = getattr(resource.read, "through", None)
    return through.details if through else ""


def test_death_at_every_statement_of_a_publish(
    landed: Any, victim: Victim, count: Callable[[str, int], None]
) -> None:
    made, loads = landed
    for resource, before, then in loads:
        assert then.changed, f"{resource.name}: the vendor's people did nothing"
        Sweep(made, resource, before, then).run(victim, count, 0 if _stands(made, then) else SOME)


def test_death_at_every_statement_of_a_first_load(
    landed: Any, victim: Victim, count: Callable[[str, int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the engine can, the stage of a first load becomes the table."""
    monkeypatch.setattr(load, "FAST_PATH_BYTES", 0)
    made, loads = landed
    adopt, adopted = made.warehouse.adopt, []
    monkeypatch.setattr(made.warehouse, "adopt", lambda *given: adopted.append(adopt(*given)) or adopted[-1])
    loads = [each for each in loads if _stands(made, each[2])]
    for resource, before, _ in loads if SIZE else _adoptable(loads)[:1]:
        Sweep(made, resource, None, before).run(victim, count)
    if made.warehouse.takes_blocks and _adoptable(loads):
        assert any(adopted)


def _stands(made: World, load: Extraction) -> bool:
    """Whether every point of it is swept."""
    return bool(SIZE) or (made.source.name, load.resource, Mode(load.mode)) in sweeps().values()


def _adoptable(loads: list[Any]) -> list[Any]:
    plain = [each for each in loads if each[0].decoder is RecordDecoder and not each[0].reshape]
    return [each for each in plain if each[0].table.children]


def test_every_write_strategy_is_swept() -> None:
    declared = {type(r.write) for s in sources.sources() for r in s.resources}
    assert {strategy for strategy, _, _ in sweeps()} == declared
