"""Every declared source from its simulator to its tables: the tables equal the vendor, and a second load is a no-op."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from landfall import pipeline, sources
from landfall.pipeline import Pipeline, Published
from landfall.reads import Export, Mode, Outcome, Request
from landfall.resources import Resource, Source
from landfall.sql_files import apply_sql
from landfall.stage.rows import RecordDecoder
from landfall.warehouse import connect
from sandbox import Sandbox, vendor_class
from sandbox.environment import vendor_connection
from tests.driver import assert_same, expected, local_folder, published, run_on

pytestmark = pytest.mark.airflow


class Loaded:
    """A source, its simulated vendor, and a warehouse that holds a full load of it.

    :param hooks: by import path.
    """

    def __init__(self, source: Source, vendor: Any, hooks: dict[str, Any], url: str, folder: Path) -> None:
        self.source, self.vendor, self.hooks, self.folder = source, vendor, hooks, folder
        self.hook = hooks[source.hook]
        self.warehouse = connect(url)
        pipeline.ensure_ledger(self.warehouse)
        pipeline.ensure_source(self.warehouse, source)
        apply_sql(self.warehouse, source.name)
        self.first = {r.name: self.load(r) for r in source.resources}

    def load(self, resource: Resource) -> Published:
        landing = (self.folder / "landing").as_uri()
        one = Pipeline(self.source, resource, self.warehouse, landing, local_folder, "test")
        read = resource.read
        request = one.request(self.hooks[resource.hook or self.source.hook], Mode.FULL)
        extraction = one.extract(
            request, self._exported(read, request) if isinstance(read, Export) else read.read
        )
        return run_on(one, extraction, {})

    def _exported(self, read: Export, request: Request) -> Callable[..., Outcome]:
        jobs = read.begin(request)
        until = time.monotonic() + 20
        while any(self.hook.export_status(read.kind, job["id"]).status == "pending" for job in jobs):
            assert time.monotonic() < until
            time.sleep(0.1)
        return lambda asked, landing: read.collect(asked, landing, jobs)


@pytest.fixture(scope="module", params=sources.names())
def loaded(
    request: pytest.FixtureRequest, postgres: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    source = sources.source(request.param)
    folder = tmp_path_factory.mktemp(source.name)
    database = f"round_trip_{source.name}"
    vendors, hooks = {}, {}
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for path in {source.hook: 0} | {r.hook: 0 for r in source.resources if r.hook}:
            module, _, name = path.partition(":")
            hook_class = getattr(import_module(module), name)
            kind = hook_class.conn_type
            small = {"records": 30} if path == source.hook else {}
            vendors[path] = vendor_class(kind)(seed=5, rate=None, **small)
            box = stack.enter_context(Sandbox(vendors[path]))
            budget = {
                "requests_per_period": 10_000,
                "period_seconds": 0.1,
                "rate_store": str(folder / kind),
            }
            given = vendor_connection(kind, box.api_url, **budget)
            patch.setenv(f"AIRFLOW_CONN_{hook_class.default_conn_name.upper()}", given)
            hooks[path] = hook_class()
            stack.callback(hooks[path].close)
        url = postgres.create_database(database)
        yield Loaded(source, vendors[source.hook], hooks, url, folder)
    postgres.drop_database(database)


def test_the_tables_equal_the_vendor(loaded: Loaded) -> None:
    """Of records that are flattened by declaration; a decoder or parser of its own is held to its own tests."""
    compared, plain = 0, 0
    for resource in loaded.source.resources:
        plain += resource.decoder is RecordDecoder and not resource.reshape
        if resource.decoder is RecordDecoder and resource.name in loaded.vendor.rows:
            found = published(loaded.warehouse, loaded.source.name, resource.table)
            assert_same(found, expected(resource.table, loaded.vendor.truth(resource.name)))
            compared += 1
        else:
            own = Path(__file__).parents[1] / "sources" / loaded.source.name
            assert any(own.glob("test_*.py"))
    assert compared or not plain


def test_every_record_is_accounted_for(loaded: Loaded) -> None:
    for name, result in loaded.first.items():
        assert result.fetched > 0, name
        assert result.inserted == result.rows
        assert result.fetched == result.inserted + result.deduplicated + result.quarantined
        assert set(result.tables) == {t.name for t in loaded.source.resource(name).table.family()}


def test_a_second_load_changes_nothing(loaded: Loaded) -> None:
    for resource in loaded.source.resources:
        again = loaded.load(resource)
        for table, figures in again.tables.items():
            assert (figures.inserted, figures.updated, figures.deleted) == (0, 0, 0), table
        assert again.unchanged == loaded.first[resource.name].inserted


def test_a_misspelt_setting_of_a_connection_is_refused_by_its_name(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hook in loaded.hooks.values():
        variable = f"AIRFLOW_CONN_{hook.default_conn_name.upper()}"
        given = json.loads(os.environ[variable])
        given["extra"]["base_ulr"] = "http://127.0.0.1:1"
        monkeypatch.setenv(variable, json.dumps(given))
        works, said = type(hook)().test_connection()
        assert not works
        assert "base_ulr" in said
        assert "Is base_url meant?" in said
        assert "127.0.0.1:1" not in said


def test_the_hook_tells_whether_the_connection_works(loaded: Loaded) -> None:
    works, said = loaded.hook.test_connection()
    assert works, said
    loaded.vendor.revoked = True
    try:
        works, said = type(loaded.hook)().test_connection()
    finally:
        loaded.vendor.revoked = False
    assert not works
    assert loaded.vendor.token not in said
