"""W6: how much of a rate limit many processes use together, and whether they ever break it.

    python tests/bench/w6_budget.py --duration 30 --workers 12

A simulated vendor counts every arrival in its own sliding window; worker processes that share nothing but the budget's
store ask it for pages as fast as they may. Printed: the share of the allowed rate that was used (over whole windows, so
the burst at the start does not flatter it), arrivals above the limit in any window, answers with 429, and the spread
over the workers. `--vendor prohandel` asks by hooks, two a process, whose logins count too.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

sys.path[:0] = [
    str(Path(__file__).parents[2]),
    str(Path(__file__).parents[2] / "plugins"),
]  # runs without installing the project

from landfall.errors import RetryLater  # noqa: E402
from landfall.wire.answers import Judge  # noqa: E402
from landfall.wire.auth import Bearer  # noqa: E402
from landfall.wire.budget import Budget  # noqa: E402
from landfall.wire.client import ApiClient, ApiSettings  # noqa: E402


@dataclass(frozen=True)
class Load:
    """One run: the vendor's limit, its latency, and who asks.

    :ivar vendor: whose hooks ask; "" for the bare client.
    """

    requests: int = 25
    period: float = 5.0
    workers: int = 12
    duration: float = 30.0
    latency: float = 0.05
    store: str = ""
    guard: float | None = None
    vendor: str = ""


HOOKS = 2
"""Of one worker, where hooks ask."""


@dataclass(frozen=True)
class Outcome:
    """What the vendor counted."""

    arrivals: int
    used: float
    peak: int
    above: int
    refused: int
    per_worker: list[int]
    cpu_seconds_per_worker: float


def serve(pipe: Connection, load: Load) -> None:
    """Run the vendor until the other end asks for its count."""
    from sandbox import vendor_class
    from sandbox.server import Sandbox

    small = {"records": 60} if load.vendor else {}
    vendor = vendor_class(load.vendor or "pennylane")(
        rate=(load.requests, load.period), latency=load.latency, **small
    )
    with Sandbox(vendor) as box:
        pipe.send((box.api_url, vendor.token))
        pipe.recv()
        pipe.send(([request.at for request in vendor.stats.log], vendor.window.refused))


def work(pipe: Connection, load: Load, url: str, token: str) -> None:
    """Ask for pages until told otherwise; report how many came."""
    askers = [_hook(load, url) for _ in range(HOOKS)] if load.vendor else [_client(load, url, token)]
    pipe.send("ready")
    until = pipe.recv()
    cpu = time.process_time()

    def ask(asker: Any) -> int:
        got = 0
        while time.monotonic() < until:
            try:
                asker()
                got += 1
            except RetryLater:
                pass
        return got

    with ThreadPool(len(askers)) as pool:
        got = sum(pool.map(ask, askers, chunksize=1))
    pipe.send((got, time.process_time() - cpu))


def _client(load: Load, url: str, token: str) -> Any:
    budget = Budget(token, requests=load.requests, period=load.period, store=load.store, guard=load.guard)
    client = ApiClient(ApiSettings(url, Bearer(token), Judge("Vendor"), budget))
    return lambda: client.get("/customers", {"limit": "100", "sort": "id"})


def _hook(load: Load, url: str) -> Any:
    """With the limit that the hook has by default; without Airflow, which takes seconds to import."""
    sys.modules.setdefault("airflow", None)  # type: ignore[arg-type]
    from landfall.hooks.prohandel import ProHandelHook
    from sandbox.environment import connection
    from sandbox.prohandel.vendor import API_KEY
    from sandbox.vendor import TOKEN

    extra = {"allow_http": "true", "rate_store": load.store}
    os.environ["AIRFLOW_CONN_PROHANDEL_DEFAULT"] = connection(
        "prohandel", host=url, login=API_KEY, password=TOKEN, extra=extra
    )
    hook = ProHandelHook()
    return lambda: hook.get("/sale", {"page": "1", "pagesize": "5"})


def run(load: Load) -> Outcome:
    """Run one load and judge it by the vendor's own record."""
    multiprocessing.set_forkserver_preload(
        [__name__, f"sandbox.{load.vendor or 'pennylane'}"]
    )  # imported once, not per worker
    crews = multiprocessing.get_context("forkserver")
    ours, theirs = crews.Pipe()
    vendor = crews.Process(target=serve, args=(theirs, load), daemon=True)
    vendor.start()
    url, token = ours.recv()
    crew = []
    for _ in range(load.workers):
        mine, yours = crews.Pipe()
        worker = crews.Process(target=work, args=(yours, load, url, token), daemon=True)
        worker.start()
        crew.append((mine, worker))
    for mine, _ in crew:
        mine.recv()
    until = time.monotonic() + load.duration
    for mine, _ in crew:
        mine.send(until)
    reports = [mine.recv() for mine, _ in crew]
    ours.send("count")
    arrivals, refused = ours.recv()
    for process in (vendor, *(worker for _, worker in crew)):
        process.join(10)
    return judge(load, sorted(arrivals), refused, reports)


def judge(load: Load, arrivals: list[float], refused: int, reports: list[tuple[int, float]]) -> Outcome:
    """Utilisation over whole windows, and the fullest window."""
    n, windows = load.requests, (len(arrivals) - 1) // load.requests
    took = arrivals[windows * n] - arrivals[0] if windows else float("inf")
    counts = [
        sum(1 for at in arrivals[max(0, i - 2 * n) : i + 1] if at > now - load.period)
        for i, now in enumerate(arrivals)
    ]
    return Outcome(
        arrivals=len(arrivals),
        used=windows * load.period / took,
        peak=max(counts, default=0),
        above=sum(1 for count in counts if count > n),
        refused=refused,
        per_worker=sorted(got for got, _ in reports),
        cpu_seconds_per_worker=sum(cpu for _, cpu in reports) / max(1, len(reports)),
    )


def main() -> None:
    """Parse the options, run, print."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in asdict(Load()).items():
        kind = float if name == "guard" else type(default)
        options.add_argument(f"--{name}", type=kind, default=default)
    options.add_argument("--json", action="store_true")
    chosen = vars(options.parse_args())
    as_json = chosen.pop("json")
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(Load(**{**chosen, "store": chosen["store"] or folder}))
    if as_json:
        print(json.dumps(asdict(outcome)))
        return
    print(
        f"used {outcome.used:.1%} of the allowed rate; {outcome.arrivals} arrivals, fullest window {outcome.peak}"
    )
    print(f"above the limit: {outcome.above}; answered 429: {outcome.refused}")
    print(f"per worker: {outcome.per_worker}; CPU {outcome.cpu_seconds_per_worker:.2f} s each")


if __name__ == "__main__":
    main()
