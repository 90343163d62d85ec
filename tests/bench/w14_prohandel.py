"""W14: sales from the simulated ProHandel to published tables, against a loop that reads the pages and parses them.

    python -m tests.bench.w14_prohandel bare ADDRESS
    python -m tests.bench.w14_prohandel ours ADDRESS WAREHOUSE FOLDER

The loop asks for the same pages with the same client library and decodes each as JSON, and does nothing with it. Ours
then reads once more, when 500 of the sales have changed.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec

from sandbox.postgres import PostgresServer
from tests.bench.measure import HOME, Sample, environment, ours, peak_rss_mb, run

CHANGED = 500
PAGE = 1000


def bare(address: str) -> dict[str, Any]:
    """Read all pages and parse them."""
    with httpx.Client(timeout=60) as client:
        keys = {"apiKey": "sandbox-key", "secret": "sandbox-token"}
        told = client.post(f"{address}/api/v4/token", json=keys).json()
        headers = {"Authorization": f"Bearer {told['token']['token']['value']}"}
        rows, page, more = 0, 1, True
        while more:
            query = {"page": str(page), "pagesize": str(PAGE)}
            answer = client.get(f"{told['serverUrl']}/api/v2/sale", params=query, headers=headers)
            rows += len(msgspec.json.decode(answer.content))
            more, page = answer.headers["X-More-Pages-Available"] == "True", page + 1
    return {"rows": rows, "rss_mb": peak_rss_mb()}


def load(address: str, url: str, folder: Path) -> dict[str, Any]:
    """Load all sales, then those that have changed."""
    from landfall.hooks.prohandel import ProHandelHook
    from landfall.pipeline import Pipeline
    from landfall.reads import Mode
    from landfall.setup import set_up
    from landfall.sources import source
    from landfall.warehouse import connect
    from sandbox.environment import vendor_connection

    given = {"requests_per_period": 100_000, "period_seconds": 0.1, "rate_store": str(folder / "state")}
    os.environ["AIRFLOW_CONN_PROHANDEL_DEFAULT"] = vendor_connection("prohandel", address, **given)
    declared, warehouse, hook = source("prohandel"), connect(url), ProHandelHook()
    set_up(warehouse, declared)
    one = Pipeline(
        declared,
        declared.resource("sale"),
        warehouse,
        (folder / "landing").as_uri(),
        lambda uri: Path(uri.removeprefix("file://")),
        "bench",
    )

    def sync(mode: Mode) -> Any:
        extraction = one.extract(one.request(hook, mode), one.resource.read.read)  # type: ignore[union-attr]
        staged = one.load(extraction)
        one.check(extraction, staged)
        done = one.publish(extraction, staged)
        one.clean_up([extraction.load_id])
        return done

    began = time.perf_counter()
    first = sync(Mode.FULL)
    seconds, rss = time.perf_counter() - began, peak_rss_mb()
    changes = [{"resource": "sale", "id": number} for number in range(1, CHANGED + 1)]
    httpx.post(f"{address}/_control/update", json=changes, timeout=60)
    httpx.post(f"{address}/_control/reset_stats", json={})
    began = time.perf_counter()
    again = sync(Mode.INCREMENTAL)
    told = httpx.get(f"{address}/_control/stats").json()
    assert again.updated == CHANGED, again
    return {
        "rows": first.rows,
        "rss_mb": rss,
        "inner": round(seconds, 2),
        "changed_seconds": round(time.perf_counter() - began, 2),
        "changed_requests": told["requests"],
        "changed_updated": again.updated,
    }


def measure(
    postgres: PostgresServer, records: int, rounds: int, tell: Callable[[str], None]
) -> Iterator[tuple[str, str, Sample]]:
    """Yield (workload, contestant, sample). :param records: sales.

    Of ours the seconds are those of the first load: the process's start and the changes are told beside it.
    """
    from sandbox import Sandbox
    from sandbox.prohandel import ProHandelVendor
    from tests.bench import database

    tell(f"W14: {records:,} sales are made up")
    with Sandbox(ProHandelVendor(records=records, rate=None)) as box:
        for number in range(1, rounds + 1):
            tell(f"round {number} of {rounds}: W14 landfall")
            folder = HOME / "w14"
            shutil.rmtree(folder, ignore_errors=True)
            with database.fresh(postgres, "bench_prohandel"):
                url = str(postgres.url_of("bench_prohandel"))
                sample = run(ours("w14_prohandel", "ours", box.url, url, folder), env=environment())
            sample.seconds = sample.facts.pop("inner")
            yield "W14", "landfall", sample
            tell(f"round {number} of {rounds}: W14 bare read")
            yield "W14", "bare read", run(ours("w14_prohandel", "bare", box.url), env=environment())
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    what, address, *rest = sys.argv[1:]
    told = bare(address) if what == "bare" else load(address, rest[0], Path(rest[1]))
    sys.stdout.write(json.dumps(told) + "\n")
