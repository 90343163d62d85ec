"""W7: reading a fast API into landing, against dlt's extract step: 1,000 records a page, 2 ms an answer, no limit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator

from tests.bench import data, dlt_environment
from tests.bench.measure import HOME, ROOT, Sample, environment, ours, run

LATENCY = 0.002


def measure(records: int, rounds: int, tell: Callable[[str], None]) -> Iterator[tuple[str, str, Sample]]:
    """Yield (workload, contestant, sample) for every run.

    :raises AssertionError: somebody read another number of records than there are.
    """
    file = data.ndjson(records, "base", HOME / "data")
    landing, state = HOME / "extract" / "landing", HOME / "extract" / "dlt"
    vendor = subprocess.Popen(
        list(map(str, ours("pages_vendor", file, str(LATENCY)))),
        env=environment(),
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert vendor.stdout
    url = vendor.stdout.readline().strip()
    programs = {
        "landfall": (ours("our_extract", url, landing), environment()),
        "dlt extract": (
            [dlt_environment.python(), dlt_environment.PROGRAMS / "dlt_extract.py", url],
            dlt_environment.environment(state),
        ),
    }
    try:
        for number in range(1, rounds + 1):
            for name, (program, env) in programs.items():
                tell(f"round {number} of {rounds}: W7 {name}")
                shutil.rmtree(HOME / "extract", ignore_errors=True)
                sample = run(program, env=env)
                assert sample.facts["records"] == records, (name, sample.facts)
                yield "W7", name, sample
    finally:
        vendor.communicate()
        shutil.rmtree(HOME / "extract", ignore_errors=True)
