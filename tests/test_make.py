"""The Makefile's answers to what it cannot do; what it can do is run by whoever uses it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")


def make(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(["make", "--directory", str(folder), *words], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_an_unknown_target_gets_the_list_of_them() -> None:
    code, told = make(PROJECT, "dmeo")
    assert code == 2
    assert "There is no target 'dmeo'" in told
    assert "make demo " in told


@pytest.mark.parametrize("setting", ["PRT=8081", "worker=2"])
def test_a_misspelt_setting_is_refused(setting: str) -> None:
    code, told = make(PROJECT, "help", setting)
    assert code == 2
    assert f"There is no setting '{setting.partition('=')[0]}'" in told
    assert "PORT" in told


@pytest.mark.parametrize("python", ["/nowhere/python3", "false"])
def test_a_python_that_will_not_do_is_named(python: str, tmp_path: Path) -> None:
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        shutil.copy(PROJECT / name, tmp_path)
    shutil.copytree(PROJECT / "requirements", tmp_path / "requirements")
    code, told = make(tmp_path, "demo", f"PYTHON={python}")
    assert code == 2
    assert f"Landfall needs Python 3.11 or newer; '{python}'" in told
    assert "make PYTHON=" in told
    assert not (tmp_path / ".venv").exists()


def test_the_help_says_what_there_is() -> None:
    code, told = make(PROJECT, "help")
    assert code == 0
    assert {f"make {target}" for target in ("demo", "up", "test", "bench")} <= {
        " ".join(line.split()[:2]) for line in told.splitlines()
    }
