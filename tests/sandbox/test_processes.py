"""Programs end with their owner: asked first, killed when they do not listen, with everything they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.processes import ProgramEnded, Programs

STUBBORN = ["sh", "-c", 'trap "" TERM; echo $$; while true; do sleep 0.1; done']
FAMILY = ["sh", "-c", "sleep 300 & echo $! $$; wait"]
OWNER = """
import sys, time
from pathlib import Path
from sandbox.processes import Programs
with Programs(Path(sys.argv[1])) as programs:
    programs.start("family", ["sh", "-c", "sleep 300 & echo $! $$; wait"], {"PATH": "/usr/bin:/bin"})
    print("started", flush=True)
    time.sleep(300)
"""


def pids(log: Path, count: int) -> list[int]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if len(found := log.read_text().split()) >= count:
            return [int(pid) for pid in found]
        time.sleep(0.02)
    raise AssertionError(f"{log} stayed empty")


def gone(pid: int, within: float = 10) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
        if not state.strip() or state.startswith("Z"):
            return True
        time.sleep(0.05)
    return False


def test_a_program_and_its_children_end_with_the_block(tmp_path: Path) -> None:
    with Programs(tmp_path) as programs:
        program = programs.start("family", FAMILY, os.environ)
        family = pids(program.log, 2)
        programs.check()
    assert program.process.returncode == -signal.SIGTERM
    assert all(gone(pid) for pid in family)


def test_a_program_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    with Programs(tmp_path, grace=1) as programs:
        program = programs.start("stubborn", STUBBORN, os.environ)
        other = programs.start("family", FAMILY, os.environ)
        pids(program.log, 1)
    assert program.process.returncode == -signal.SIGKILL
    assert other.process.returncode == -signal.SIGTERM


def test_the_end_of_a_program_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    with Programs(tmp_path) as programs:
        program = programs.start("brief", ["sh", "-c", "seq 100; echo port is taken; exit 3"], os.environ)
        program.process.wait(10)
        with pytest.raises(ProgramEnded, match=r"(?s)brief has ended \(exit code 3\).*100\nport is taken"):
            programs.check()


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGHUP, signal.SIGINT])
def test_programs_end_with_a_killed_owner(tmp_path: Path, sign: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert owner.stdout
    assert owner.stdout.readline() == "started\n"
    family = pids(tmp_path / "family.log", 2)
    owner.send_signal(sign)
    owner.communicate(timeout=10)
    assert all(gone(pid) for pid in family)
