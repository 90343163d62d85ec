"""`python -m sandbox.inside COMMAND …`: run a command as `make up` runs Airflow, with its settings and connections.

For `make airflow ARGS='…'`, and for whatever else needs the DAGs' connections, such as `python -m landfall.status`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.environment import STATE, clean_environment

OURS = ("AIRFLOW", "LANDFALL", "NO_PROXY", "PYTHONPATH")


def keep(state: Path, environment: Mapping[str, str]) -> None:
    """Write down, for its owner alone, the settings that `make up` has chosen."""
    path = _file(state)
    path.touch(mode=0o600)
    path.write_text(json.dumps({name: v for name, v in environment.items() if name.startswith(OURS)}))


def main(arguments: Sequence[str] | None = None, state: Path = STATE) -> int:
    """Become the command. :returns: 2 where there is none, or nothing was started yet."""
    command = list(sys.argv[1:] if arguments is None else arguments)
    if not command:
        print("Which command? For example: make airflow ARGS='dags list'", file=sys.stderr)
        return 2
    if not _file(state).exists():
        print(
            "Start `make up` first, in another terminal: it makes what the command works on.", file=sys.stderr
        )
        return 2
    environment = clean_environment() | json.loads(_file(state).read_text())
    programs = Path(sys.executable).parent
    environment["PATH"] = os.pathsep.join([str(programs), environment.get("PATH", os.defpath)])
    return os.execvpe(command[0], command, environment)  # noqa: S606 - the command is the operator's own


def _file(state: Path) -> Path:
    return state / "secrets" / "environment.json"


if __name__ == "__main__":
    sys.exit(main())
