"""Sail, which runs Spark's words without Java, in a process of its own that ends with whoever started it."""

from __future__ import annotations

import os
import subprocess
import sys

SERVERS: list[subprocess.Popen[str]] = []
"""Each lives until its input ends, which is when this process does."""


def started() -> str:
    """Start a server. :returns: its address, as Spark Connect has it."""
    command = [sys.executable, "-m", "tests.spark.sail"]
    quiet = {**os.environ, "RUST_LOG": "error"}
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=quiet)
    SERVERS.append(server)
    assert server.stdout is not None
    return f"sc://127.0.0.1:{server.stdout.readline().strip()}"


if __name__ == "__main__":
    from pysail.spark import SparkConnectServer

    here = SparkConnectServer()
    here.start()
    print(here.listening_address[1], flush=True)
    sys.stdin.read()
