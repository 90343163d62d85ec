"""A lake publishes what PostgreSQL publishes: the same rows, the same figures, the same fuse."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from landfall.scope import Fuse, Scope, Window
from tests.warehouse.lake.twin import Load, Twin


def item(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "lines": [], "tags": [], **fields}


def test_each_scope_once(database: str, tmp_path: Path) -> None:
    twin = Twin(database, tmp_path)
    first = [
        item(n, name=f"n{n}", day=f"2026-01-{n:02}", amount="1.5", lines=[{"amount": "2"}])
        for n in range(1, 10)
    ]
    assert twin.load(Load(first))["items"].inserted == 9  # type: ignore[index]
    assert twin.load(Load(first))["items"].unchanged == 9  # type: ignore[index]
    twin.load(Load([item(3, name="other"), item(20, tags=["a", "b"])], deletes=[(4,), (99,)]))
    twin.load(Load([item(3, name="again")], deletes=[(3,)]))
    window = Window("day", "2026-01-05", "2026-01-08")
    twin.load(Load([item(5, day="2026-01-05")], Scope.WINDOW, (window,), rejects=[(6,)]))
    twin.load(Load([item(1), item(2)], Scope.EVERYTHING, rejects=[(20,)]))
    twin.load(Load([item(1)], Scope.EVERYTHING, rejects=[(None,)]))
    assert len(twin.lake.rows("items")) == 3


EXAMPLES = int(os.environ.get("LANDFALL_LAKE_EXAMPLES", "5"))
"""Sequences of loads; hundreds in a campaign."""


numbers = st.integers(1, 8)
texts = st.sampled_from([None, "", "a", "b", "Ünïcode 'quoted' \"too\"", "a" * 300])
amounts = st.sampled_from([None, "0", "1.5", "-12345.6789", "100", "0.1"])
items = st.fixed_dictionaries(
    {"id": numbers},
    optional={
        "name": texts,
        "share": amounts,
        "amount": amounts,
        "open": st.sampled_from([None, True, False]),
        "day": st.sampled_from([None, "0001-01-01", "2026-01-01", "2026-01-05", "9999-12-31"]),
        "moment": st.sampled_from(
            [None, "0001-01-02T00:00:00Z", "2026-01-03T10:00:00+02:00", "9999-12-30T00:00:00.000001Z"]
        ),
        "more": st.sampled_from([None, {}, {"a": [1, "x", None]}, [], "text"]),
        "first_seen": texts,
        "written": texts,
        "times": st.sampled_from([None, 1, 2]),
        "last_seen": texts,
        "email": st.sampled_from([None, "a@example.com", "b@example.com"]),
        "lines": st.lists(st.fixed_dictionaries({"amount": amounts}), max_size=3),
        "tags": st.lists(st.sampled_from(["x", "y", "z"]), unique=True, max_size=3),
        "new_field": st.sampled_from([1, "drift"]),
    },
)
keys = st.lists(st.tuples(numbers), unique=True, max_size=3)
rejects = st.one_of(keys, st.just([(None,)]))
fuses = st.sampled_from([Fuse(allowed=True), Fuse(share=0.2, rows=1), Fuse(share=0.2, rows=0, net=True)])
DAYS = (Window("day", "2026-01-01", "2026-01-05"), Window("day", "2026-01-05", "2026-01-06"))
windows = st.sampled_from([DAYS, DAYS[:1], (Window("moment", "2026-01-01", "2026-02-01", "Europe/Paris"),)])
odd_tags = st.lists(st.tuples(numbers, st.sampled_from([None, "x", "y"])), max_size=2)
odd_lines = st.lists(st.tuples(numbers, st.sampled_from([None, 1, 2])), max_size=2)
common = {"deletes": keys, "rejects": rejects, "fuse": fuses, "odd_tags": odd_tags, "odd_lines": odd_lines}
some = st.lists(items, max_size=6)
loads = st.one_of(
    st.builds(Load, some, st.just(Scope.NOTHING), inferred=st.booleans(), **common),
    st.builds(Load, some, st.just(Scope.EVERYTHING), **common),
    st.builds(Load, some, st.just(Scope.WINDOW), windows, **common),
)


@pytest.mark.parametrize(
    "declared",
    [{}, {"soft_delete": True}, {"soft_delete": True, "keep_children": False}],
    ids=["hard", "soft", "soft without children"],
)
@settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(loads, min_size=1, max_size=4))
def test_any_loads(
    database: str, tmp_path_factory: pytest.TempPathFactory, declared: dict[str, bool], steps: list[Load]
) -> None:
    twin = Twin(database, tmp_path_factory.mktemp("lake"), **declared)
    for step in steps:
        twin.load(step)
    twin.postgres.warehouse.engine.dispose()
