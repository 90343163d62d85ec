"""A process that runs loads and dies in the middle of them, at a point that is counted, not guessed.

`python -m tests.faults.victim` reads one JSON order a line. For each it forks a child that runs a resource's steps and
kills itself (SIGKILL) at the point with the number `kill_at`. An order with the address of the simulated API reads from
it; one without has a load that was landed before. A point is a page that came in, a write to landing or
its opening or closing, an SQL statement, a COPY or a batch of its rows, and a commit: the moment before each of them.
What each finished step returned is kept in a file, as Airflow keeps XComs. The answer says how the child ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import sqlalchemy as sa

from landfall import sources
from landfall.landing import writer
from landfall.landing.folders import create
from landfall.pipeline import Extraction, Pipeline, Published
from landfall.reads import Mode
from landfall.stage.load import Staged
from landfall.warehouse import connect
from tests.driver import hook_for

STEPS: dict[str, Any] = {"extract": Extraction, "load": Staged, "check": list[Any], "publish": Published}


class Countdown:
    """Counts points, and dies at one of them.

    :param step: count only within this step; "" counts in all.
    """

    def __init__(self, kill_at: int, step: str = "") -> None:
        self.kill_at, self.step, self.now, self.points = kill_at, step, "", 0

    def __call__(self, *_: Any, **__: Any) -> None:
        if self.step not in ("", self.now):
            return
        self.points += 1
        if self.points == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def each(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self()
            yield item


point = Countdown(0)


class CountedFile:
    """A file open for writing whose writes and end are points."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, data: Any) -> int:
        point()
        return int(self._file.write(data))

    def close(self) -> None:
        point()
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> CountedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def counted_create(path: Path) -> Any:
    """A new file of a landing, whose opening and writes are points."""
    point()
    return CountedFile(create(path))


def counted_api(hook: Any) -> Any:
    """The hook's reads, each page a point."""

    def counted(name: str) -> Any:
        return lambda *given, **options: point.each(getattr(hook, name)(*given, **options))

    return SimpleNamespace(**{name: counted(name) for name in ("list", "changes", "by_ids")})


def counted_warehouse(url: str) -> Any:
    """A warehouse whose statements, copies and commits are points."""
    warehouse = connect(url)
    sa.event.listen(warehouse.engine, "before_cursor_execute", point)
    sa.event.listen(warehouse.engine, "commit", point)
    copy = warehouse.stage_rows

    def stage_rows(connection: Any, table: Any, rows: Any) -> None:
        point()
        copy(connection, table, (row for number, row in enumerate(rows) if number % 20 or point() is None))

    warehouse.stage_rows = stage_rows  # type: ignore[method-assign]
    return warehouse


def run(
    one: Pipeline, hook: Any, mode: Mode, kept: dict[str, Any], keep: Any = lambda kept: None
) -> dict[str, Any]:
    """The steps that are not in `kept` yet, in order; `keep` is called after each."""
    steps = {
        "extract": lambda: one.extract(one.request(hook, mode), one.resource.read.read),  # type: ignore[union-attr]
        "load": lambda: one.load(kept["extract"]),
        "check": lambda: [r.check for r in one.check(kept["extract"], kept["load"])],
        # With consent: what is asked is where it dies, not how many of a few rows a day's work removes.
        "publish": lambda: one.publish(kept["extract"], kept["load"], allow_shrink=True),
    }
    for name, step in steps.items():
        if name not in kept and (name == "extract" or kept["extract"].changed):
            point.now = name
            kept[name] = step()
            point()
            keep(kept)
    point.now = "clean up"
    one.clean_up([kept["extract"].load_id])
    return kept


def kept_steps(file: Path) -> dict[str, Any]:
    """What the finished steps returned."""
    if not file.exists():
        return {}
    found = msgspec.json.decode(file.read_bytes())
    return {name: msgspec.convert(value, STEPS[name]) for name, value in found.items()}


def _child(order: dict[str, Any]) -> None:
    global point
    point = Countdown(order["kill_at"], order["step"])
    folder = Path(order["folder"])
    source = sources.source(order["source"])
    landing = (folder / "landing").as_uri()
    writer.create = counted_create
    warehouse = counted_warehouse(order["url"])
    one = Pipeline(
        source, source.resource(order["resource"]), warehouse, landing, lambda u: Path(u[7:]), "victim"
    )
    api = None
    if order.get("api_url"):
        api = counted_api(hook_for(order["api_url"], folder / "budget", page_size=order["page_size"]))
    file = Path(order["steps"])

    def keep(kept: dict[str, Any]) -> None:
        file.with_suffix(".new").write_bytes(msgspec.json.encode(kept))
        file.with_suffix(".new").rename(file)

    run(one, api, Mode(order["mode"]), kept_steps(file), keep)


def main() -> None:
    if "--read" in sys.argv:
        import airflow.sdk  # noqa: F401 - seconds once, not in every child

    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                _child(json.loads(line))
            except BaseException as error:
                print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
                os._exit(1)
            print(json.dumps({"points": point.points}), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            print(json.dumps({"killed": os.WTERMSIG(status)}), flush=True)


class Victim:
    """The process above, from the outside.

    :param reads: it will have orders that read from an API.
    """

    def __init__(self, *, reads: bool = True) -> None:
        root = Path(__file__).parents[2]
        paths = os.pathsep.join([str(root / "plugins"), str(root)])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.victim", *(["--read"] * reads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env={**os.environ, "PYTHONPATH": paths},
        )
        while self._line() != "ready":
            pass

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the victim's parent ended")
        return line.strip()

    def run(self, **order: Any) -> dict[str, Any]:
        """Run one order to its end, bitter or not."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        while True:
            with contextlib.suppress(json.JSONDecodeError):
                answer: dict[str, Any] = json.loads(self._line())
                return answer

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


if __name__ == "__main__":
    main()
