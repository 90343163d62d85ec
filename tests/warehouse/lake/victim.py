"""A process that publishes to OneLake's stand-in and is killed at one of its requests.

`python -m tests.warehouse.lake.victim` reads one JSON order a line and forks a child for each, which asks the store to
kill it at the request with the number `at` and publishes. The answer says how the child ended.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from landfall.warehouse.lake.engine import Lake
from tests.driver import local_folder
from tests.warehouse.lake.stores import ROOT, control, onelake_house
from tests.warehouse.lake.twin import ITEMS, LakeSide, Load


def publish(order: dict[str, Any]) -> dict[str, Any]:
    """Publish a staged load, as a task or its retry does. :returns: figures by table."""
    load = Load(order["records"], deletes=[tuple(key) for key in order["deletes"]])
    side = LakeSide(onelake_house(order["url"]), ITEMS, ensure=False)
    figures = side.publish_or_tell(load, order["load_id"])
    return {name: [f.inserted, f.updated, f.unchanged, f.deleted] for name, f in figures.items()}


def publish_source(order: dict[str, Any]) -> dict[str, Any]:
    """Publish a staged load of a declared source by the pipeline's own step. :returns: figures by table."""
    from landfall.pipeline import Extraction, Pipeline
    from landfall.sources import source
    from landfall.stage.load import Staged

    declared, kept = source(order["source"]), msgspec.json.decode(Path(order["steps"]).read_bytes())
    lake = Lake(onelake_house(order["url"], declared.name))
    resource = declared.resource(order["resource"])
    one = Pipeline(declared, resource, lake, order["landing"], local_folder, "test")
    result = one.publish(
        msgspec.convert(kept["extraction"], Extraction), msgspec.convert(kept["staged"], Staged)
    )
    return {name: [f.inserted, f.updated, f.unchanged, f.deleted] for name, f in result.tables.items()}


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            try:
                control(
                    order["url"], kill=os.getpid(), at=order["at"], when=order["when"], only=order["only"]
                )
                work = publish_source if "source" in order else publish
                print(json.dumps({"figures": work(order)}), flush=True)
            except BaseException as error:
                print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            print(json.dumps({"killed": os.WTERMSIG(status)}), flush=True)


class Victim:
    """The process above, from the outside."""

    def __init__(self) -> None:
        paths = os.pathsep.join([str(ROOT / "plugins"), str(ROOT)])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.warehouse.lake.victim"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": paths},
        )
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the victim's parent ended"
        return line.strip()

    def run(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._line())
        assert "error" not in answer, answer
        return answer

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


if __name__ == "__main__":
    main()
