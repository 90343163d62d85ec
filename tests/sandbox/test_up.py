"""`make up` for real: it says ready when it is, tasks run in it, and a closed terminal leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from sandbox.up import NotReady, WebApi, free_port, main

PROJECT = Path(__file__).parents[2]


def test_a_taken_port_gives_the_next() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert port < free_port(port) < port + 50


def test_no_port_left_is_said() -> None:
    with pytest.raises(NotReady, match="No free port from 65536"):
        free_port(65536)


@pytest.mark.parametrize("port", ["http", "80", "65536", "-1", "8080.0"])
def test_a_wrong_port_is_refused_before_anything_starts(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([f"--port={port}"])
    assert stopped.value.code == 2
    assert f"{port!r} is not a port between 1024 and 65535" in capsys.readouterr().err


@pytest.fixture
def home() -> Iterator[Path]:
    """A home directory that PostgreSQL's own account may enter too."""
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        yield Path(scratch)


@pytest.fixture
def running(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`make up` in a session of its own, ready; gives the process and what it printed."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.up", f"--port={taken.getsockname()[1]}", f"--state={home}/state"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=PROJECT,
            env={"PATH": os.environ["PATH"], "HOME": str(home)},
            start_new_session=True,
        )
        printed = ""
        assert process.stdout
        for line in process.stdout:
            printed += line
            if line.startswith("Ctrl-C"):
                break
        yield process, printed
        process.terminate()
        process.wait(600)


@pytest.mark.slow
@pytest.mark.airflow
@pytest.mark.timeout(3600)
def test_up_runs_tasks_and_leaves_nothing_behind(
    running: tuple[subprocess.Popen[str], str], home: Path
) -> None:
    process, printed = running
    ready = re.search(r"ready: (http://127\.0\.0\.1:(\d+))   user admin   password (\S+)", printed)
    assert ready, printed
    assert f"is taken, so this is on {ready[2]}." in printed
    assert "BROKEN DAG" not in printed

    api = WebApi(ready[1], "admin", ready[3])
    assert api.dags(expected=1)
    with pytest.raises(httpx.HTTPStatusError):
        WebApi(ready[1], "admin", "guessed")

    warehouse = re.search(r"warehouse +(postgresql://\S+)", printed)
    assert warehouse
    with psycopg.connect(warehouse[1]) as connection:
        assert wait_for(lambda: planned(connection)), "no task has reached vendor and warehouse"

    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=600)
    assert process.returncode == 0
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(warehouse[1])
    assert str(home) not in subprocess.run(["ps", "axeww"], capture_output=True, text=True).stdout
    written = {path.name for path in home.iterdir()} - {"state"}
    assert not written, f"written to the home directory: {written}"


def planned(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    """Whether a run's first task is done: it has asked the vendor whose data they are, and set the ledger up."""
    if connection.execute("SELECT to_regclass('landfall.runs')").fetchone() == (None,):
        return False
    return bool(connection.execute("SELECT FROM landfall.runs").rowcount)


def wait_for(condition: Callable[[], bool], within: float = 2400) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.5)
    return False
