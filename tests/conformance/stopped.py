"""Processes that read ranges of days and die (SIGKILL), each before it lands a page, or a file.

`python -m tests.conformance.stopped SOURCE URL FOLDER RESOURCE=START..END=PAGE …`: the connections are those of the
environment, the landing is below the folder. Ends with 0 if all have died.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from landfall import sources
from landfall.landing import LandingWriter
from landfall.pipeline import Pipeline
from landfall.reads import Mode
from tests.conformance.world import reading
from tests.driver import local_folder, open_warehouse


def main(name: str, url: str, folder: str, *orders: str) -> bool:
    source = sources.source(name)
    hooks = {path: _class(path) for path in {source.hook, *(r.hook for r in source.resources if r.hook)}}
    died = []
    for resource, days, page in (order.split("=") for order in orders):
        if child := os.fork():
            died.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL)
            continue
        _die_before(int(page))
        chosen = source.resource(resource)
        landing = (Path(folder) / "landing").as_uri()
        one = Pipeline(source, chosen, open_warehouse(url), landing, local_folder, "test")
        request = one.request(
            hooks[chosen.hook or source.hook](), Mode.DATES, *map(date.fromisoformat, days.split(".."))
        )
        one.extract(request, reading(chosen.read, request))
        os._exit(1)
    return all(died)


def _class(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _die_before(number: int) -> None:
    left = [number]
    for name in ("page", "file"):
        land = getattr(LandingWriter, name)

        def counted(*given: Any, land: Any = land, **facts: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return land(*given, **facts)

        setattr(LandingWriter, name, counted)


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
