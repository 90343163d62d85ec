"""A publish that dies at any request to the store, carried out or not, is completed by its retry, and applied once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from landfall import ledger
from tests.warehouse.lake.stores import OneLake
from tests.warehouse.lake.twin import ITEMS, LakeSide, Load, new_load_id
from tests.warehouse.lake.victim import Victim

STRIDE = int(os.environ.get("LANDFALL_LAKE_STRIDE", "0"))
"""Of all requests of a publish every so-manieth is swept; 0: those that write to a log, every one,
by turns before it is carried out and after. 1 in a campaign."""
COMMITS = ("PUT", "/_delta_log/")


@pytest.fixture(scope="module")
def victim() -> Iterator[Victim]:
    started = Victim()
    yield started
    started.close()


def item(number: int, times: int, **fields: Any) -> dict[str, Any]:
    """With a figure that counts up at each change: applied twice, it would tell."""
    return {"id": number, "times": times, "name": "old", "lines": [{"amount": "1"}], "tags": ["a"], **fields}


SECOND: dict[str, Any] = {
    "records": [item(1, 5, name="new", lines=[{"amount": "2"}]), item(9, 1, tags=["b"])],
    "deletes": [(2,)],
}


@pytest.mark.timeout(3600)
def test_death_at_every_request_of_a_family(onelake: OneLake, victim: Victim) -> None:
    side = LakeSide(onelake.house())
    side.load(Load([item(n, 1) for n in range(1, 6)]), watermark="2026-03-01")
    load_id = new_load_id()
    side.stage(Load(**SECOND), load_id)
    onelake.order(save="before")
    before = {t.name: side.rows(t.name) for t in ITEMS.family()}
    state = side.lake.state("twin", "items")
    whole = victim.run(url=onelake.url, load_id=load_id, at=0, when="", only=(), **SECOND)["figures"]
    requests = onelake.order()
    after = {t.name: side.rows(t.name) for t in ITEMS.family()}
    assert before["items"] != after["items"]
    assert after["items"][0]["times"] == 6
    commits = [line for line in requests if all(text in line for text in COMMITS)]
    only, count, stride = ((), len(requests), STRIDE) if STRIDE else (COMMITS, len(commits), 1)
    assert len(commits) == 6, "the claim, two child tables, the parent, loads and sync_state"
    deaths = 0
    for at in range(1, count + 1, stride):
        for when in ("before", "after") if STRIDE else (("before", "after")[at % 2],):
            onelake.order(restore="before")
            end = victim.run(url=onelake.url, load_id=load_id, at=at, when=when, only=only, **SECOND)
            onelake.order()
            assert end == {"killed": signal.SIGKILL} or STRIDE, end
            deaths += "killed" in end
            for name in before:
                assert side.rows(name) in (before[name], after[name]), (at, when, name)
            published = side.rows("items") == after["items"]
            if published:
                assert {t: side.rows(t) for t in after} == after, "the parent comes last"
            figures = victim.run(url=onelake.url, load_id=load_id, at=0, when="", only=(), **SECOND)[
                "figures"
            ]
            assert {t: side.rows(t) for t in after} == after, (at, when)
            assert figures == whole, (at, when)
            ended = side.lake.state("twin", "items")
            assert (ended.version, ended.load_id, ended.watermark) == (
                state.version + 1,
                load_id,
                "2026-03-01",
            )
            told = ledger.load(side.lake.books, load_id)
            assert told is not None
            assert [told[k] for k in ("inserted", "updated", "unchanged", "deleted")] == whole["items"]
    assert deaths > (2 * count // stride - 8 if STRIDE else count - 1)
