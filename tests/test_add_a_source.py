"""docs/add-a-source.md is executed: its blocks become files, and the source they make loads what its vendor has."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest

from landfall import docs, new, pipeline, sources, sql_files
from landfall.errors import CheckFailed
from landfall.get_provider_info import CONNECTION_TYPES, api_fields, get_provider_info
from landfall.pipeline import Pipeline, Published
from landfall.reads import Mode
from landfall.warehouse import connect
from sandbox import Sandbox
from tests.driver import assert_same, expected, local_folder, published, run_on

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "add-a-source.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```\n", PAGE, re.S))
ENTRIES = dict(re.findall(r"<!-- entry: (\S+) -->\n```\w+\n(.*?)```\n", PAGE, re.S))
THEN = dict(re.findall(r"<!-- then: (\S+) -->\n```\w+\n(.*?)```\n", PAGE, re.S))
METHODS = dict(re.findall(r"<!-- methods: (\S+) -->\n```\w+\n(.*?)```\n", PAGE, re.S))
"""What becomes of files, and goes into them, where the source grows."""
PACKAGES = {"landfall.sources": "plugins/landfall/sources", "landfall.hooks": "plugins/landfall/hooks"}


@pytest.fixture
def files() -> dict[str, str]:
    """What the page has written."""
    return FILES


def grown() -> dict[str, str]:
    """The same after the page's last part."""
    found = FILES | THEN
    for name, block in METHODS.items():
        imports, methods = block.split("\n\n\n", 1)
        begins = "from __future__ import annotations\n"
        found[name] = found[name].replace(begins, f"{begins}\n{imports}\n", 1) + f"\n{methods}"
    return found


@pytest.fixture
def orchard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> Iterator[Path]:
    """The page's files on disk, and importable as if they were the project's own."""
    root = tmp_path / "orchard"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for package, folder in {**PACKAGES, "sandbox": "sandbox"}.items():
        path_of = importlib.import_module(package).__path__
        monkeypatch.setattr(importlib.import_module(package), "__path__", [*path_of, str(root / folder)])
    monkeypatch.setattr(sql_files, "sql_root", lambda: root / "include" / "sql")
    entry = eval(ENTRIES["CONNECTION_TYPES"], {"api_fields": api_fields})
    monkeypatch.setattr("landfall.hooks.connection.CONNECTION_TYPES", [*CONNECTION_TYPES, entry])
    yield root
    for name in [n for n in sys.modules if n.endswith(".orchard")]:
        del sys.modules[name]


class Run:
    """The page's source, its simulated vendor, and a warehouse."""

    def __init__(self, url: str, folder: Path, vendor: Any, hook: Any) -> None:
        self.warehouse, self.folder, self.vendor, self.hook = connect(url), folder, vendor, hook
        self.source = sources.source("orchard")

    def load(self, name: str, mode: Mode = Mode.FULL) -> Published:
        one = self.pipeline(name)
        request = one.request(None if mode.stored else self.hook, mode)
        read = one.resource.stored if mode.stored else one.resource.read
        return run_on(one, one.extract(request, read.read), {})  # type: ignore[union-attr]

    def pipeline(self, name: str) -> Pipeline:
        resource = self.source.resource(name)
        return Pipeline(self.source, resource, self.warehouse, self.folder.as_uri(), local_folder, "test")

    def assert_true(self) -> None:
        for resource in self.source.resources:
            wanted = expected(resource.table, self.vendor.truth(resource.name))
            assert_same(published(self.warehouse, "orchard", resource.table), wanted)


@pytest.fixture
def run(orchard: Path, database: str, tmp_path: Path, set_connection: Callable[..., None]) -> Iterator[Run]:
    vendor = importlib.import_module("sandbox.orchard").OrchardVendor()
    with Sandbox(vendor) as box:
        extra = json.dumps({"rate_store": str(tmp_path / "budget")})
        set_connection("orchard_default", "orchard", host=box.api_url, password="sandbox-token", extra=extra)
        hook = importlib.import_module("landfall.hooks.orchard").OrchardHook()
        made = Run(database, tmp_path / "landing", vendor, hook)
        pipeline.ensure_ledger(made.warehouse)
        yield made
        hook.close()


def test_the_page_names_real_places() -> None:
    assert set(ENTRIES) == {"CONNECTION_TYPES", "VENDORS"}
    assert len(FILES) == 9
    assert THEN.keys() | METHODS.keys() <= FILES.keys()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project."""
    root = tmp_path / "project"
    for name in ("plugins", "include", "dags", "docs", "sandbox", "tests"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for path in (ROOT / "pyproject.toml", ROOT / "Makefile", *ROOT.glob("*.md")):
        shutil.copy(path, root)
    return root


@pytest.fixture
def followed(project: Path) -> Path:
    """The project with all that the page says done in it, by the program that does it."""
    written = new.write(project, "orchard", "Orchard")
    assert {str(path.relative_to(project)): path.read_text(encoding="utf-8") for path in written} == FILES
    return project


def everything(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["pennylane", "Kumquat", "../kumquat", "landing", "class"])
def test_a_name_that_is_taken_or_none_is_refused_and_nothing_is_written(project: Path, name: str) -> None:
    (project / "dags" / "landing.py").write_text("# mine\n", encoding="utf-8")
    before = everything(project)
    with pytest.raises(ValueError, match=r"Nothing is written|nothing is written|is no name of a source"):
        new.write(project, name, "Kumquat")
    assert everything(project) == before


@pytest.mark.airflow
@pytest.mark.slow
def test_followed_to_the_letter_it_passes_what_every_source_is_held_to(followed: Path) -> None:
    path = os.pathsep.join(str(followed / name) for name in ("plugins", "."))
    environment = {n: v for n, v in os.environ.items() if not n.startswith(("AIRFLOW", "PYTEST"))}
    environment["PYTHONPATH"] = path

    def passes(*command: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=followed, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]

    passes("landfall.docs")
    passes("ruff", "check", *(name for name in FILES if name.endswith(".py")))
    others = " or ".join(name for name in sources.names())
    tests = ("tests/conformance", "tests/test_docs.py", "tests/sources/orchard")
    passes("pytest", "-p", "no:cacheprovider", "-k", f"not ({others})", *tests)


@pytest.mark.airflow
def test_its_source_loads_what_its_vendor_has(run: Run) -> None:
    first = {r.name: run.load(r.name).inserted for r in run.source.resources}
    assert first == {"customers": 20, "orders": 200}
    run.assert_true()
    run.vendor.changes(5)
    run.vendor.delete("orders", 3)
    again = run.load("orders")
    assert (again.inserted, again.deleted) == (5, 1)
    assert 1 <= again.updated <= 5
    run.assert_true()


@pytest.mark.airflow
def test_its_model_follows_what_it_reads(run: Run) -> None:
    pipeline.ensure_source(run.warehouse, run.source)
    build = run.pipeline("customer_totals").build
    for _ in range(2):
        run.load("orders")
        assert build()
        with run.warehouse.begin() as connection:
            rows = connection.exec_driver_sql("SELECT customer_id, total FROM orchard.customer_totals")
            assert dict(map(tuple, rows)) == totals(run.vendor)
        assert build() is None, "nothing that it reads has moved"
        before = run.vendor.truth("orders")
        while run.vendor.truth("orders") == before:
            run.vendor.changes(3)


def totals(vendor: Any) -> dict[int, Decimal]:
    """What each customer has ordered, worked out of the vendor's orders."""
    found: dict[int, Decimal] = {}
    for order in vendor.truth("orders"):
        customer = order["customer"]["id"]
        found[customer] = found.get(customer, Decimal()) + Decimal(order["total"])
    return found


@pytest.mark.airflow
@pytest.mark.parametrize("files", [grown()], ids=["grown"])
def test_grown_it_reads_by_stamps_into_layers(run: Run) -> None:
    vendor, orders = run.vendor, run.source.resource("orders").table
    pipeline.ensure_source(run.warehouse, run.source)

    def assert_layers() -> None:
        found = published(run.warehouse, "orchard", orders)
        kept = {key: row["raw"].encode() for (key,), row in found.pop("orders_as_sent").items()}
        assert kept == {i: vendor.rows["orders"].encoded(i) for i in vendor.ids("orders")}
        wanted = expected(orders, vendor.truth("orders"))
        assert_same(found, {name: wanted[name] for name in found})
        assert run.pipeline("customer_totals").build()
        with run.warehouse.begin() as connection:
            rows = connection.exec_driver_sql("SELECT customer_id, total FROM orchard_gold.customer_totals")
            assert dict(map(tuple, rows)) == totals(vendor)

    assert run.load("orders").inserted == 200
    assert_layers()
    vendor.changes(5)
    vendor.delete("orders", 3)
    again = run.load("orders", Mode.INCREMENTAL)
    assert (again.inserted, again.deleted) == (5, 1)
    assert_layers()
    vendor.delete("orders", 4)
    vendor.clock.advance(-30 * 86_400)
    hidden = [vendor.insert("orders") for _ in range(2)]
    vendor.clock.advance(30 * 86_400)
    again = run.load("orders", Mode.INCREMENTAL)
    assert (again.inserted, again.deleted) == (2, 1), f"{hidden} have old stamps, but are counted"
    assert_layers()
    with run.warehouse.begin() as connection:
        connection.exec_driver_sql("DELETE FROM orchard_silver.order_lines")
    requests = vendor.stats.requests
    run.load("orders", Mode.REPROCESS)
    assert vendor.stats.requests == requests
    found = published(run.warehouse, "orchard", orders)
    assert_same(
        {"order_lines": found["order_lines"]},
        {"order_lines": expected(orders, vendor.truth("orders"))["order_lines"]},
    )


@pytest.mark.airflow
def test_its_check_refuses_a_wrong_total(run: Run) -> None:
    run.vendor.update("orders", 7, {"total": "1.00"})
    with pytest.raises(CheckFailed, match=r"order_totals .* 1 break it, first 7"):
        run.load("orders")


@pytest.mark.airflow
def test_its_view_answers_the_monitoring_query(run: Run) -> None:
    pipeline.ensure_source(run.warehouse, run.source)
    sql_files.apply_sql(run.warehouse, "orchard")
    run.load("customers")
    with run.warehouse.begin() as connection:
        query = "SELECT table_name, records_synced FROM orchard.sync_state"
        assert [tuple(row) for row in connection.exec_driver_sql(query)] == [("customers", 20)]


@pytest.mark.airflow
def test_its_connection_can_be_tested(run: Run) -> None:
    assert run.hook.test_connection() == (True, "Connected to Orchard.")
    run.vendor.revoked = True
    works, message = run.hook.test_connection()
    assert not works
    assert "Renew the credential in the Orchard connection" in message


@pytest.mark.airflow
def test_its_dag_has_a_group_for_each_table(orchard: Path) -> None:
    module = ModuleType("orchard_dag")
    text = (orchard / "dags" / "orchard.py").read_text(encoding="utf-8")
    module.__doc__ = text.split('"""')[1]
    exec(compile(text, "dags/orchard.py", "exec"), module.__dict__)
    tasks = set(module.dag.task_ids)
    steps = {
        f"{name}.{step}"
        for name in ("customers", "orders")
        for step in ("extract", "load", "check", "publish")
    }
    assert tasks == {"plan", "wrap_up", "drop_stages", "customer_totals.publish"} | steps


def test_its_connection_type_fits_airflows_schema() -> None:
    entry = eval(ENTRIES["CONNECTION_TYPES"], {"api_fields": api_fields})
    assert entry.keys() == CONNECTION_TYPES[0].keys()
    import airflow

    schema = json.loads(Path(airflow.__path__[0], "provider_info.schema.json").read_text())
    jsonschema.validate({**get_provider_info(), "connection-types": [entry]}, schema)


def test_its_documentation_can_be_made(orchard: Path) -> None:
    page = docs.renewed(f"# Orchard\n\n{docs.BEGIN}\n{docs.END}\n", sources.source("orchard"))
    assert "### order_lines" in page
    assert "| `fruit` | text | `product.name` |" in page
