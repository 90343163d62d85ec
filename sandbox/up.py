"""`python -m sandbox.up`: Airflow's web interface, a warehouse and the simulated vendors, until Ctrl-C.

Everything listens on 127.0.0.1 and keeps its state below `.landfall/`: PostgreSQL (the warehouse, and Airflow's own
database), the vendors, and Airflow's four programs. It says "ready" when Airflow's health page does, for each of them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import httpx

from landfall import sources
from sandbox import Sandbox, vendor_class
from sandbox.environment import (
    STATE,
    airflow_environment,
    clean_environment,
    connections,
    simulated,
    vendors_of,
    web_password,
)
from sandbox.inside import keep
from sandbox.postgres import EmbeddedPostgres
from sandbox.postgres_host import PostgresUnavailable
from sandbox.processes import ProgramEnded, Programs

AIRFLOW = (sys.executable, "-m", "airflow")
COMPONENTS = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),  # logs are files that the api-server reads itself
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
FIRST_VENDOR_PORT = 8900
WAREHOUSE_PORT = 5433


class NotReady(RuntimeError):
    """Airflow did not become ready; the message says what to look at."""


def free_port(wanted: int) -> int:
    """Return `wanted`, or the next port above it that nothing listens on.

    :raises NotReady: none of the next fifty is free.
    """
    for port in range(wanted, min(wanted + 50, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise NotReady(f"No free port from {wanted} on: name another with `make up PORT=...`.")


@contextlib.contextmanager
def vendors(names: Sequence[str]) -> Iterator[dict[str, str]]:
    """Serve the simulated vendors of these sources; gives each one's name and address."""
    with contextlib.ExitStack() as stack:
        addresses = {}
        for name in (vendor for source in names for vendor in vendors_of(source)):
            box = Sandbox(vendor_class(name)(), port=free_port(FIRST_VENDOR_PORT))
            addresses[name] = stack.enter_context(box).api_url
        yield addresses


def prepare(environment: Mapping[str, str], logs: Path, known: Mapping[str, str]) -> None:
    """Make or upgrade Airflow's database, with these connections in it: there they are seen, tested and broken.

    :param known: as the variables `AIRFLOW_CONN_…` would have them; those of an earlier start are replaced.
    :raises NotReady: Airflow says no; the message holds the end of its log.
    """
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / "prepare.log"
    told = {
        # Airflow's import cannot store an extra with nothing in it.
        name.removeprefix("AIRFLOW_CONN_").lower(): {k: v for k, v in json.loads(value).items() if v != {}}
        for name, value in known.items()
    }
    with (
        log.open("w") as output,
        tempfile.NamedTemporaryFile("w", suffix=".json") as file,
    ):  # its owner's alone
        json.dump(told, file)
        file.flush()
        for arguments in (("db", "migrate"), ("connections", "import", "--overwrite", file.name)):
            done = subprocess.run(
                [*AIRFLOW, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
            )
            if done.returncode:
                lines = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise NotReady(f"`airflow {' '.join(arguments)}` failed. The end of {log}:\n{lines}")


def wait_until_healthy(base_url: str, programs: Programs, *, since: datetime, timeout: float = 180) -> None:
    """Return when the api-server answers and every other program has sent a heartbeat after `since`.

    :raises ProgramEnded: one of them ended instead.
    :raises NotReady: the time (seconds) is over.
    """
    deadline = time.monotonic() + timeout
    missing = ["api-server"]
    while time.monotonic() < deadline:
        programs.check()
        with contextlib.suppress(httpx.HTTPError, ValueError):
            health = httpx.get(f"{base_url}/api/v2/monitor/health", timeout=5, trust_env=False).json()
            missing = [
                name
                for name in ("scheduler", "dag_processor", "triggerer")
                if not _alive(health.get(name) or {}, f"latest_{name}_heartbeat", since)
            ]
            if not missing and health["metadatabase"]["status"] == "healthy":
                return
        time.sleep(0.5)
    raise NotReady(
        f"Not healthy after {timeout:.0f} s: {', '.join(missing)}. See the logs of these programs."
    )


def _alive(component: Mapping[str, str | None], heartbeat: str, since: datetime) -> bool:
    seen = component.get(heartbeat)  # a killed run's last heartbeat still counts as healthy for half a minute
    return component.get("status") == "healthy" and bool(seen and datetime.fromisoformat(seen) >= since)


class WebApi:
    """Airflow's REST API, logged in as a user would be."""

    def __init__(self, base_url: str, user: str, password: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=30, trust_env=False)
        answer = self._client.post("/auth/token", json={"username": user, "password": password})
        answer.raise_for_status()
        self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def dags(self, *, expected: int, timeout: float = 60) -> list[str]:
        """Return the ids of the DAGs, waiting until as many as expected are known or the time is over."""
        deadline = time.monotonic() + timeout
        while True:
            found = [dag["dag_id"] for dag in self._get("/api/v2/dags?limit=100")["dags"]]
            if len(found) >= expected or self.import_errors() or time.monotonic() > deadline:
                return found
            time.sleep(0.5)

    def import_errors(self) -> list[str]:
        """Return the DAG files that could not be read, each with its error's last line."""
        errors = self._get("/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in errors]

    def _get(self, path: str) -> dict[str, list[dict[str, str]]]:
        answer = self._client.get(path)
        answer.raise_for_status()
        found: dict[str, list[dict[str, str]]] = answer.json()
        return found


def run(state: Path, *, port: int, names: Sequence[str]) -> NoReturn:
    """Start everything, say how to reach it, and end only by an exception."""
    logs = state / "logs"
    say("Starting PostgreSQL and the simulated vendors ...")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(EmbeddedPostgres(state / "postgres", port=free_port(WAREHOUSE_PORT)))
        warehouse = server.create_database("warehouse")
        metadata = server.create_database("airflow").replace("+psycopg:", "+psycopg2:")
        addresses = stack.enter_context(vendors(names))
        web_port = free_port(port)
        base_url = f"http://127.0.0.1:{web_port}"
        environment = {
            **clean_environment(),
            **airflow_environment(state, port=web_port, metadata_url=metadata),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        }
        password = web_password(state)
        keep(state, environment)
        say("Preparing Airflow's database (the first time takes half a minute) ...")
        prepare(environment, logs, connections(warehouse, addresses))
        since = datetime.now(UTC)
        programs = stack.enter_context(Programs(logs))
        for name, arguments in COMPONENTS.items():
            programs.start(name, [*AIRFLOW, *arguments], environment)
        say("Starting Airflow (about half a minute) ...")
        wait_until_healthy(base_url, programs, since=since)
        api = WebApi(base_url, "admin", password)
        dags = api.dags(expected=len(sources.names()))
        if web_port != port:
            say(f"Port {port} is taken, so this is on {web_port}.")
        for error in api.import_errors():
            say(f"BROKEN DAG  {error}")
        say(f"\nAirflow is ready: {base_url}   user admin   password {password}")
        say(f"  DAGs       {', '.join(dags) or 'none in dags/'} (unpaused: trigger one with the play button)")
        say(f"  warehouse  {server.dsn_of('warehouse')}")
        for name, address in addresses.items():
            say(f"  {name:13}  {address}")
        say(f"  logs       {logs}\nCtrl-C stops everything.")
        while True:
            time.sleep(1)
            programs.check()


def say(line: str) -> None:
    """Print a line at once; a closed terminal is no reason to fail."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


def port_number(text: str) -> int:
    """Return a TCP port from the command line.

    :raises argparse.ArgumentTypeError: it is none that a user may listen on.
    """
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port between 1024 and 65535")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and run until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.up", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=port_number, default=8080, help="of the web interface (default 8080)")
    parser.add_argument(
        "--state", type=Path, default=STATE, help="directory for all state (default .landfall)"
    )
    options = parser.parse_args(arguments)
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends it as Ctrl-C does
        if sign is not signal.SIGHUP or signal.getsignal(sign) is not signal.SIG_IGN:  # `nohup` is obeyed
            signal.signal(sign, signal.default_int_handler)
    try:
        run(options.state, port=options.port, names=simulated())
    except KeyboardInterrupt:
        say("\nStopped.")
        return 0
    except (NotReady, PostgresUnavailable, ProgramEnded, httpx.HTTPStatusError) as error:
        say(f"\n{error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
