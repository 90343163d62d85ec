"""One program run as a whole process: wall time, CPU, memory, and what it printed last."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".landfall" / "bench"
"""Generated data, the servers' clusters, dlt's environment and the results."""


@dataclass
class Sample:
    """One run of one contestant.

    :ivar seconds: wall time of the whole process.
    :ivar cpu: user and system seconds of it and its children.
    :ivar rss: peak resident memory in MB, as the program itself found it; 0 where it did not say.
    :ivar facts: what the program reported, and what the workload added.
    """

    seconds: float
    cpu: float = 0.0
    rss: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)


class ProgramFailed(RuntimeError):
    """A measured program ended with an error; the message ends with what it wrote last."""


def run(command: Sequence[str | Path], *, env: dict[str, str] | None = None) -> Sample:
    """Run a program that prints one line of JSON at its end.

    :raises ProgramFailed: it ended with another code than 0.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began = time.perf_counter()
        process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=err, cwd=ROOT, env=env)
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise ProgramFailed(f"{command[1]} failed: {err.read()[-1500:]}")
        lines = out.read().strip().splitlines()
    facts = json.loads(lines[-1]) if lines else {}
    return Sample(seconds, used.ru_utime + used.ru_stime, facts.pop("rss_mb", 0.0), facts)


def ours(module: str, *arguments: str | Path) -> list[str | Path]:
    """The command line of one of our own programs."""
    return [sys.executable, "-m", f"tests.bench.{module}", *arguments]


def environment() -> dict[str, str]:
    """Environment of our own programs: finds the package whether it is installed or not."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "plugins"), str(ROOT)])}


def peak_rss_mb() -> float:
    """Peak resident memory of this process so far.

    Not `ru_maxrss`, which a child inherits from the process that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def spread(values: Iterable[float], digits: int = 2) -> str:
    """Median, with least and most where they differ."""
    numbers = sorted(values)
    if not numbers:
        return "–"
    middle = f"{statistics.median(numbers):,.{digits}f}"
    if len(numbers) == 1:
        return middle
    return f"{middle} ({numbers[0]:,.{digits}f}–{numbers[-1]:,.{digits}f})"
