"""Lambda's time runs down: what is answered is what the state says, and the next call goes on from there."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from landfall import sources
from landfall.errors import OutOfTime
from landfall.fivetran import function
from landfall.fivetran.reading import stopped_in
from landfall.landing import LandingWriter
from landfall.reads import Mode, Outcome, Request
from landfall.reads.parts import in_parts
from landfall.scope import Scope
from landfall.state import State
from tests.fivetran.world import Fivetran, fivetran

pytestmark = pytest.mark.airflow


class Clock:
    """Lambda's context: all the time in the world, until it is `over`, or was asked for so often."""

    def __init__(self, asked: float = float("inf")) -> None:
        self.left, self._asked = 900_000, asked

    def get_remaining_time_in_millis(self) -> int:
        self._asked -= 1
        return self.left if self._asked > 0 else 0

    def over(self) -> None:
        self.left = 0


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Fivetran]:
    with fivetran(sources.source("prohandel"), tmp_path / "tmp") as made:
        made.settings["tables"] = "branch,sale,staff"
        yield made


def call(made: Fivetran, context: Any) -> dict[str, Any]:
    answer = json.loads(json.dumps(function.handler(made.request(made.state, sync_id="one"), context)))
    made.destination.take(answer)
    made.state = answer["state"]
    return answer


@pytest.fixture
def free_alarm() -> Iterator[None]:
    """As on Lambda; pytest's own time limit has it otherwise."""
    left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    handler = signal.signal(signal.SIGALRM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, left)


@pytest.mark.parametrize("moved", [False, True], ids=["the same machine", "another machine"])
def test_an_answer_is_cut_where_the_time_is_over_and_the_next_goes_on_there(
    shop: Fivetran, moved: bool
) -> None:
    answers: list[dict[str, Any]] = []
    while not answers or answers[-1]["hasMore"]:
        assert len(answers) < 50
        answers.append(call(shop, Clock(asked=12)))
        now = answers[-1]["state"].get("now")
        rows = [len(answer["insert"].get(now["resource"], ())) for answer in answers] if now else []
        if now and now["resource"] == "sale":
            assert now["delivered"] == sum(rows), (
                "the state counts what was handed over, neither more nor less"
            )
        if moved:
            shutil.rmtree(shop.folder / "landfall")
    assert len(answers) > 5
    for answer in answers:
        assert set(answer) == {"state", "schema", "hasMore", "insert", "delete"}
    for name in ("branch", "sale", "staff"):
        resource = shop.source.resource(name)
        assert shop.seen(resource) == shop.truth(resource)
        own = [row["id"] for answer in answers for row in answer["insert"].get(name, ())]
        assert len(own) == len(set(own)), "nothing comes twice, as no machine lost what it had delivered"


def test_a_read_that_is_cut_delivers_nothing_of_its_table(shop: Fivetran) -> None:
    (vendor,) = shop.vendors.values()
    context = Clock()
    vendor.configure({"max_page_size": 10})
    vendor.on_page("sale", 3, context.over)
    cut = call(shop, context)
    assert cut["hasMore"]
    assert set(cut["insert"]) == {"branch"}
    assert "sale" in cut["state"]["waiting"]
    assert "sale" not in cut["state"]["tables"]
    while call(shop, Clock())["hasMore"]:
        pass
    resource = shop.source.resource("sale")
    assert shop.seen(resource) == shop.truth(resource)


def test_where_nothing_was_delivered_it_says_what_to_do_and_keeps_the_state(shop: Fivetran) -> None:
    (vendor,) = shop.vendors.values()
    context = Clock()
    vendor.on_page("branch", 1, context.over)
    with pytest.raises(function.SyncFailed, match="Give the function more time"):
        call(shop, context)
    while call(shop, Clock())["hasMore"]:
        pass
    assert shop.seen(shop.source.resource("branch")) == shop.truth(shop.source.resource("branch"))


def test_time_that_is_over_is_no_fault_of_an_account(tmp_path: Path) -> None:
    request = Request(None, "sale", Mode.FULL, State(), lookup=lambda *_: {}, part=lambda name: State())

    def read(request: Request, landing: LandingWriter) -> Outcome:
        return Outcome(Mode.FULL, Scope.EVERYTHING)

    def late(request: Request, landing: LandingWriter) -> Outcome:
        raise OutOfTime("shop.sale: the time was over before the read was")

    into = LandingWriter(tmp_path / "load", source="shop", resource="sale", load_id="load")
    with into as landing, pytest.raises(OutOfTime):
        in_parts(request, landing, "shop", {"north": read, "south": late})


@pytest.mark.usefixtures("free_alarm")
def test_what_waits_longer_than_there_is_time_is_given_up(shop: Fivetran) -> None:
    (vendor,) = shop.vendors.values()
    vendor.faults.add("429_seconds", path="/api/v2/branch", seconds=50)
    context = Clock()
    context.left = 1200
    began = time.monotonic()
    with pytest.raises(function.SyncFailed, match="the time was over before the read was"):
        call(shop, context)
    assert time.monotonic() - began < 40


@pytest.mark.usefixtures("free_alarm")
def test_an_alarm_rings_once_and_is_taken_back() -> None:
    with pytest.raises(OutOfTime), stopped_in(0.05, "shop.sale"):
        time.sleep(60)
    with stopped_in(0.05, "shop.sale"):
        pass
    time.sleep(0.1)
