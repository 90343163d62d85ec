"""W10: how long the DAG files take to parse, beyond Airflow's own import, and what they ask for meanwhile.

python -m tests.bench.w10_parse DAGS_FOLDER       prints JSON: seconds and look-ups of each file
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from tests.bench.measure import ROOT, Sample, environment, ours, peak_rss_mb, run


def measure(rounds: int, tell: Callable[[str], None]) -> Iterator[tuple[str, str, Sample]]:
    """Yield (workload, file or "all files", sample); a file's seconds are those of a process that parses only it."""
    files = sorted(
        path for path in (ROOT / "dags").glob("*.py") if "DAG" in path.read_text() or "dag" in path.name
    )
    with tempfile.TemporaryDirectory() as home:
        env = environment() | {
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        }
        for number in range(rounds + 1):
            for name, chosen in [*((file.name, [file]) for file in files), ("all files", files)]:
                tell(f"round {number} of {rounds}: W10 {name}" if number else f"warming up: W10 {name}")
                sample = run(ours("w10_parse", *chosen), env=env)
                sample.seconds = sample.facts["parse"]
                if number:  # the first round writes the byte code
                    yield "W10", name, sample


def parse(files: list[str]) -> dict[str, Any]:
    """Parse these files as the DAG processor does, after importing what Airflow itself needs."""
    import airflow.sdk
    from airflow.dag_processing.dagbag import DagBag
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk.execution_time import context

    del airflow, EmptyOperator
    lookups: list[str] = []

    def asked(kind: str) -> Callable[..., Any]:
        def look_up(*_: object, **__: object) -> Any:
            lookups.append(kind)
            raise LookupError(f"a {kind} was read while parsing")

        return look_up

    bag = DagBag(os.devnull)
    with (
        mock.patch.object(context, "_get_variable", asked("variable")),
        mock.patch.object(context, "_get_connection", asked("connection")),
    ):
        began = time.perf_counter()
        for file in files:
            bag.process_file(file, only_if_updated=False)
        took = time.perf_counter() - began
    return {
        "parse": round(took, 4),
        "dags": len(bag.dags),
        "lookups": len(lookups),
        "errors": [f"{Path(file).name}: {error[-300:]}" for file, error in bag.import_errors.items()],
    }


if __name__ == "__main__":
    result = parse(sys.argv[1:])
    print()
    print(json.dumps({"rss_mb": peak_rss_mb(), **result}))
