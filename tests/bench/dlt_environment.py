"""dlt in an environment of its own: it must never enter the project's."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench.measure import HOME

REQUIREMENTS = Path(__file__).with_name("requirements-dlt.txt")
PROGRAMS = Path(__file__).with_name("theirs")


def python() -> Path:
    """The interpreter of dlt's environment; made, or made again, when the pinned requirements changed."""
    folder = HOME / "venv-dlt"
    interpreter = folder / "bin" / "python"
    stamp = folder / ".requirements"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return interpreter
    print("Making dlt's own environment ...", flush=True)
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    make: list[str | Path]
    if uv:
        make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder]
        install = [uv, "pip", "install", "--quiet", "--python", interpreter, "--requirement", REQUIREMENTS]
    else:
        make = [sys.executable, "-m", "venv", "--clear", folder]
        install = [interpreter, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS]
    for command in (make, install):
        subprocess.run(command, check=True)
    stamp.write_text(wanted)
    return interpreter


def environment(state: Path) -> dict[str, str]:
    """Environment of dlt's programs: no telemetry, its files below `state`."""
    return {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "DLT_DATA_DIR": str(state),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "CRITICAL",
    }
