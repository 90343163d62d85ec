"""The checks as they are written, put to a lake: what is declared for PostgreSQL runs, and says the same."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from landfall import checks, sources
from landfall.pipeline.check import _candidate_rows, _kept
from landfall.records import EXTRA
from landfall.resources import Resource, Source
from landfall.scope import Reach, Scope
from landfall.stage.rows import RecordDecoder
from landfall.warehouse.lake.engine import Lake
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.snapshot import Snapshot
from landfall.warehouse.removal import Family
from landfall.warehouse.tables import SEQ, target_table
from tests.warehouse.lake.twin import ITEMS, NOW, SOURCE, LakeSide, Load, new_load_id

DECLARED = [
    pytest.param(source, resource, id=f"{source.name}-{resource.name}")
    for source in sources.sources()
    for resource in source.resources
    if resource.checks
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake(Lakehouse.folder(tmp_path_factory.mktemp("lake")))


def candidate(lake: Lake, source: str, family: Family, reach: Reach) -> checks.Candidate:
    snapshot: Any = Snapshot(lake.house)
    kept = _kept(snapshot, family, reach)
    return checks.Candidate(
        reader=snapshot,
        source=source,
        table=family.spec,
        staged=family.stages,
        tables={t.name: _candidate_rows(family, t.name, kept) for t in family.spec.family()},
        state=lake.state(source, family.spec.name),
        history=[1, 1],
        rows=1,
        now=NOW,
        schemas={source: source},
    )


@pytest.mark.parametrize(("source", "resource"), DECLARED)
def test_every_declared_check_runs(lake: Lake, source: Source, resource: Resource) -> None:
    lake.ensure(target_table(table, source.name) for table in source.tables)
    family = Family(resource.table, source.name, new_load_id(), resource.window)
    with lake.stage(family) as stage:
        stage.finish()
    asked = candidate(lake, source.name, family, Reach(Scope.NOTHING))
    for check in (checks.Keys(), *resource.checks):
        assert check.run(asked).passed, check.name
        if isinstance(check, checks.Sql) and check.severity == "rejecting":
            assert check.broken(asked.reader, source.name, family.spec, family.stages, source.schemas) == []


def item(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "lines": [], "tags": [], **fields}


def test_a_check_sees_the_candidate_and_not_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = LakeSide(Lakehouse.folder(tmp_path))
    side.load(Load([item(n, amount="-1", name="50%", moment="2026-03-01T00:00:00Z") for n in (1, 2, 3)]))
    load = Load([item(2, amount="1", name=":odd'"), item(4, amount="-7", name="100%")], deletes=[(3,)])
    family, _ = side.stage(load, load_id := new_load_id())
    asked = candidate(side.lake, SOURCE, family, load.reach)
    monkeypatch.setattr(
        checks,
        "read_sql",
        lambda *_: (
            "-- rule: no amount is negative\n-- severity: blocking\n-- todo: Look.\n"
            "SELECT id FROM twin.items WHERE amount < 0 AND name LIKE '%0\\%' AND moment::date IS DISTINCT FROM NULL "
            "OR name = ':odd''' AND amount <> 1.0 ORDER BY id"
        ),
    )
    found = checks.Sql("negative.sql").run(asked)
    assert (found.value, found.details) == (1, "no amount is negative: 1 break it, first 1")
    assert checks.Keys().run(asked).passed
    assert checks.Freshness(timedelta(hours=1)).run(asked).passed
    rows = sa.select(asked.tables["items"].subquery()).order_by(sa.literal_column("id"))
    assert [row[0] for row in Snapshot(side.lake.house).execute(rows)] == [1, 2, 4]
    staged = sa.select(family.stage.c.id).where(family.stage.c.name.like("%0%"))
    assert Snapshot(side.lake.house).scalars(staged).all() == [4]
    dropped = side.lake.unstage(family, lambda each: each.c[SEQ].in_([1]))
    assert dropped == {"items": 1, "lines": 0, "tags": 0}
    assert side.publish(load, family, load_id)["items"].inserted == 0
    assert EXTRA in asked.tables["items"].selected_columns
    assert ITEMS.name == "items"


def test_a_key_that_is_staged_twice_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecordDecoder, "_refuse_twins", lambda *_: None)  # it sees them first
    side = LakeSide(Lakehouse.folder(tmp_path))
    family, _ = side.stage(Load([item(1, tags=["a"])]), new_load_id())
    with side.lake.restage(family) as stage:
        stage.rows(family.stages["tags"], [(0, 1, "a", None)])
    found = checks.Keys().run(candidate(side.lake, SOURCE, family, Reach(Scope.NOTHING)))
    assert (found.passed, found.details) == (False, "1 in tags")
