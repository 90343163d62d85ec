from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.inside import keep, main


def test_a_command_runs_with_what_make_up_has_chosen(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    keep(tmp_path, {"AIRFLOW_HOME": "/there", "SECRET_OF_ANOTHER": "no"})
    assert (tmp_path / "secrets" / "environment.json").stat().st_mode & 0o077 == 0
    inside = (
        f"from sandbox.inside import main; from pathlib import Path; main(['env'], Path({str(tmp_path)!r}))"
    )
    other = {**os.environ, "AIRFLOW__CORE__EXECUTOR": "of another Airflow"}
    told = subprocess.run(
        [sys.executable, "-c", inside], env=other, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert "AIRFLOW_HOME=/there" in told
    assert not any("ANOTHER" in line or "another" in line for line in told)


def test_without_a_command_or_a_start_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], tmp_path) == 2
    assert main(["airflow"], tmp_path) == 2
    assert "make up" in capsys.readouterr().err
