"""Every declared source from its simulator to its tables: the tables equal the vendor, and a second load is a no-op."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from landfall.identity import told_by
from landfall.pipeline import Published
from landfall.stage.rows import RecordDecoder
from tests.campaign import SIZE
from tests.conformance.world import World, world
from tests.driver import assert_same, expected
from tests.engines import ENGINES as DATABASES
from tests.engines import LAKE

pytestmark = pytest.mark.airflow
ENGINES = {**DATABASES, **LAKE}
SOME = 4
"""Resources of each source that go into a lake, where a load takes five times as long; all of them in a campaign."""


@pytest.fixture(scope="module")
def loaded(
    everywhere: Any, new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, dict[str, Published]]]:
    """A source's world, whose warehouse holds a full load of its resources, and what the loads told."""
    engine, source = everywhere
    with_children_first = sorted(source.resources, key=lambda r: not r.table.children)
    chosen = with_children_first[: SOME if engine in LAKE and not SIZE else None]
    with world(source, new_database(engine), tmp_path_factory.mktemp(source.name)) as made:
        yield made, {r.name: made.load(r) for r in chosen}  # type: ignore[misc]


def test_the_tables_equal_the_vendor(loaded: Any) -> None:
    """Of records that are flattened by declaration; a decoder or parser of its own is held to its own tests."""
    made, first = loaded
    compared, plain = 0, 0
    for resource in map(made.source.resource, first):
        plain += resource.decoder is RecordDecoder and not resource.reshape
        if resource.decoder is RecordDecoder and resource.name in made.vendor.rows:
            assert_same(
                made.published(resource),
                expected(resource.table.in_zone(made.vendor.local_zone), made.vendor.truth(resource.name)),
            )
            compared += 1
        else:
            own = Path(__file__).parents[1] / "sources" / made.source.name
            assert any(own.glob("test_*.py"))
    assert compared or not plain


def test_every_record_is_accounted_for(loaded: Any) -> None:
    made, first = loaded
    for name, result in first.items():
        assert result.fetched > 0, name
        assert result.inserted == result.rows
        assert result.fetched == result.inserted + result.deduplicated + result.quarantined
        assert set(result.tables) == {t.name for t in made.source.resource(name).table.family()}


def test_a_second_load_changes_nothing(loaded: Any) -> None:
    made, first = loaded
    for resource in map(made.source.resource, first):
        again = made.load(resource)
        for table, figures in again.tables.items():
            assert (figures.inserted, figures.updated, figures.deleted) == (0, 0, 0), table
        assert again.unchanged == first[resource.name].inserted


def test_each_hook_tells_whose_data_it_opens_and_tells_the_same_again(loaded: Any) -> None:
    made, _ = loaded
    for hook in (watched.hook for watched in made.hooks.values()):
        told = told_by(hook)
        assert told == told_by(hook)
        assert told.keys() <= getattr(hook, "accounts", {"": hook}).keys()
        assert all(identity.key.strip() for identity in told.values())


def test_a_misspelt_setting_of_a_connection_is_refused_by_its_name(
    loaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = loaded
    for hook in (watched.hook for watched in made.hooks.values()):
        variable = f"AIRFLOW_CONN_{hook.default_conn_name.upper()}"
        given = json.loads(os.environ[variable])
        given["extra"]["base_ulr"] = "http://127.0.0.1:1"
        monkeypatch.setenv(variable, json.dumps(given))
        works, said = type(hook)().test_connection()
        assert not works
        assert "base_ulr" in said
        assert "Is base_url meant?" in said
        assert "127.0.0.1:1" not in said


def test_the_hook_tells_whether_the_connection_works(loaded: Any) -> None:
    made, _ = loaded
    hook = made.hooks[made.source.hook].hook
    works, said = hook.test_connection()
    assert works, said
    made.vendor.revoked = True
    try:
        works, said = type(hook)().test_connection()
    finally:
        made.vendor.revoked = False
    assert not works
    assert made.vendor.token not in said
