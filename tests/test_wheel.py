"""The wheel: what it holds, what it asks for, and that its core needs no Airflow."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SHELLS = ("assets", "dag", "hooks", "notifiers", "operators", "triggers")
"""What is Airflow's by its nature; everything else is the core."""
OF_AIRFLOW = ("landfall.health.connected", "landfall.health.page")
"""The same of a package whose other modules need none."""

IMPORTS_THE_CORE = f"""
import importlib, pkgutil, sys

class NoAirflow:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("airflow", "deltalake"):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, NoAirflow())
import landfall
for module in pkgutil.walk_packages(landfall.__path__, "landfall."):
    parts = module.name.split(".")
    optional = parts[1] in {SHELLS!r} or module.name in {OF_AIRFLOW!r} or {{"lake", "spark"}} & set(parts)
    if not optional and parts[-1] != "__main__":
        importlib.import_module(module.name)
from landfall import sources, sql_files
for name in sources.names():
    for view in sql_files.view_names(name):
        print(f"{{name}}.{{view}}")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=PROJECT, check=True, timeout=240)
    (made,) = folder.glob("landfall-*.whl")
    with zipfile.ZipFile(made) as opened:
        yield opened


def test_the_wheel_holds_every_sql_file_and_nothing_that_is_not_ours(wheel: zipfile.ZipFile) -> None:
    files = {str(path.relative_to(PROJECT)) for path in (PROJECT / "include" / "sql").rglob("*.sql")}
    held = set(wheel.namelist())
    assert files
    assert {f"landfall/{file}" for file in files} <= held
    assert {name.split("/")[0] for name in held} == {"landfall", "landfall-0.1.0.dist-info"}


def test_airflow_and_delta_are_extras(wheel: zipfile.ZipFile) -> None:
    metadata = HeaderParser().parsestr(wheel.read("landfall-0.1.0.dist-info/METADATA").decode())
    required = metadata.get_all("Requires-Dist") or []
    core = [one for one in required if "extra ==" not in one]
    assert any(one.startswith("msgspec") for one in core)
    assert not [one for one in core if one.startswith(("apache-airflow", "deltalake"))]
    assert set(metadata.get_all("Provides-Extra") or []) >= {"airflow", "lake"}


def test_the_core_imports_without_airflow_and_finds_its_sql(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LANDFALL", "PYTHON"))}
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTS_THE_CORE],
        cwd=tmp_path,
        env=clean | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    assert "fullbay.v_invoice_summary" in ran.stdout.split()
