"""Measures Landfall, side by side with dlt where there is something to compare, and prints ratios taken in one run.

    python -m tests.bench [W1 W2 ...] [--records 200000 | --scale 0.1] [--n 5]

W1 first load · W2 reload, one record in ten changed · W3 delta of one in a hundred · W4 repair invoices to lines
W5 ten times the records (a fifth of the rounds) · W6 rate budget · W7 extract · W8 readers during a full refresh
W9 a table loaded and merged, on SQL Server too where LANDFALL_TEST_MSSQL names one · W10 DAG parse time
W11 first load and reload into Delta tables · W12 51,000 changes into 1,000,000 rows of one
W13 ConnectWise's gold of 1,000,000 time entries
W14 a million sales from the simulated ProHandel to published tables, against a loop that reads and parses the pages
W15 a first sync of sales by Fivetran's function, on Lambda's runtime interface: its memory
Results are kept below .landfall/bench/results as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "plugins"), str(ROOT)]

from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from tests.bench.measure import HOME, Sample, spread  # noqa: E402

TITLES = {
    "W1": "first load: landing to published, typed tables",
    "W2": "reload, one record in ten changed",
    "W3": "delta of one record in a hundred, whole process",
    "W4": "repair invoices, landing to published lines",
    "W5": "first load of ten times the records",
    "W6": "rate budget: 25 requests in 5 s, 12 processes",
    "W6 minute": "rate budget: 1,000 requests in a minute, 12 processes",
    "W6 hooks": "rate budget: ProHandel's 4 requests in a second, 24 hooks in 12 processes",
    "W7": "extract: 1,000 records a page, 2 ms an answer, no limit",
    "W8": "full refresh with a reader every 5 ms",
    "W9": "bulk load and merge of one table, whole process",
    "W10": "DAG parse time beyond Airflow's own import",
    "W11": "first load into Delta tables",
    "W11 reload": "the same again, one record in ten changed",
    "W12": "51,000 changes in the newest of 1,000,000 rows: the publish alone",
    "W13": "gold of 1,000,000 time entries, and again after 500 changed",
    "W14": "first load of sales over HTTP, 1,000 a page; then 500 of them changed",
    "W15": "first Fivetran sync of sales by the function in the zip; 256 MB are allowed",
}
FACTS = {
    "W1": ("wal_mb", "equal"),
    "W2": ("wal_mb", "equal"),
    "W3": ("wal_mb", "equal"),
    "W4": ("rows", "per_second"),
    "W5": ("memory_ratio", "time_ratio"),
    "W6": ("used", "above", "refused"),
    "W6 minute": ("used", "above", "refused"),
    "W6 hooks": ("used", "above", "refused"),
    "W7": ("records",),
    "W8": ("samples", "empty", "partial", "errors", "p99_ms", "idle_p99_ms", "run_failed", "view_survived"),
    "W9": ("inner", "per_second"),
    "W10": ("dags", "lookups", "errors"),
    "W11": ("rows", "memory_ratio"),
    "W11 reload": ("rows", "memory_ratio"),
    "W12": ("publish_cpu", "above", "quiet_cpu", "updated", "quiet_unchanged"),
    "W13": ("gold_seconds", "above", "rows", "again_seconds", "made", "written"),
    "W14": ("rows", "changed_seconds", "changed_requests", "changed_updated"),
    "W15": ("rows", "calls", "above"),
}
RATIO = {"W13": "gold_seconds"}
"""What the last column compares, where that is not the seconds of the whole process."""
Results = dict[str, dict[str, list[Sample]]]


def samples(wanted: list[str], records: int, rounds: int, tell: Callable[[str], None]) -> Iterator[Any]:
    """Run the workloads; yields (workload, contestant, sample)."""
    from tests.bench import (
        database,
        loads,
        w4_fullbay,
        w7_extract,
        w8_readers,
        w9_facturen,
        w10_parse,
        w11_lake,
        w12_changes,
        w13_gold,
        w14_prohandel,
        w15_fivetran,
    )

    with ExitStack() as stack:
        if {"W1", "W2", "W3", "W4", "W5", "W8", "W9", "W12", "W13", "W14"} & set(wanted):
            postgres = stack.enter_context(database.server())
        if chosen := [name for name in wanted if name in loads.STEPS]:
            yield from loads.measure(postgres, chosen, records, rounds, tell)
        if "W4" in wanted:
            yield from w4_fullbay.measure(postgres, max(1000, records // 2), rounds, tell)
        if "W5" in wanted:
            yield from loads.measure_growth(postgres, records, max(1, rounds // 5), tell)
        if "W6" in wanted:
            yield _budget("W6", tell)
        if "W6 minute" in wanted:
            yield _budget("W6 minute", tell, requests=1000, period=60.0, duration=150.0)
        if "W6 hooks" in wanted:
            yield _budget("W6 hooks", tell, requests=4, period=1.0, vendor="prohandel")
        if "W7" in wanted:
            yield from w7_extract.measure(records, rounds, tell)
        if "W8" in wanted:
            yield from w8_readers.measure(postgres, max(1000, records // 10), rounds, tell)
        if "W9" in wanted:
            yield from w9_facturen.measure(postgres, max(1000, records // 2), rounds, tell)
        if "W10" in wanted:
            yield from w10_parse.measure(rounds, tell)
        if {"W11", "W11 reload"} & set(wanted):
            yield from w11_lake.measure(records, rounds, tell)
        if "W12" in wanted:
            yield from w12_changes.measure(postgres, 5 * records, max(1, rounds // 5), tell)
        if "W13" in wanted:
            yield from w13_gold.measure(postgres, 5 * records, max(1, rounds // 5), tell)
        if "W14" in wanted:
            yield from w14_prohandel.measure(postgres, 5 * records, max(1, rounds // 5), tell)
        if "W15" in wanted:
            yield from w15_fivetran.measure(records, max(1, rounds // 5), tell)


def _budget(
    workload: str, tell: Callable[[str], None], *, duration: float = 30.0, **limit: Any
) -> tuple[str, str, Sample]:
    from tests.bench import w6_budget

    tell(f"{workload}: {duration:.0f} s of requests")
    with tempfile.TemporaryDirectory() as store:
        load = w6_budget.Load(store=store, duration=duration, **limit)
        outcome = w6_budget.run(load)
    return workload, "landfall", Sample(load.duration, outcome.cpu_seconds_per_worker, 0.0, asdict(outcome))


def table(workload: str, by_name: dict[str, list[Sample]]) -> Table:
    """Medians with least and most; the last column is how many times as long as ours it took."""
    shown = Table(title=f"{workload}  {TITLES[workload]}", title_justify="left", title_style="bold")
    shown.add_column("")
    for heading in ("seconds", "CPU s", "RSS MB", *FACTS[workload], "× ours"):
        shown.add_column(heading, justify="right")
    mine = next(iter(by_name.values()))
    for name, taken in by_name.items():
        facts = [_fact([s.facts.get(fact) for s in taken]) for fact in FACTS[workload]]
        figures = (spread(s.seconds for s in taken), spread((s.cpu for s in taken), 1))
        shown.add_row(
            name, *figures, spread((s.rss for s in taken), 0), *facts, _ratio(workload, taken, mine)
        )
    return shown


def _fact(values: list[Any]) -> str:
    if all(v is None for v in values):
        return "–"
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        return spread(values, 0 if all(isinstance(v, int) for v in values) else 2)
    if all(isinstance(v, list) for v in values):
        return str(max(map(len, values)))
    return ", ".join(sorted({str(v) for v in values}))


def _ratio(workload: str, taken: list[Sample], mine: list[Sample]) -> str:
    if taken is mine or workload == "W10" or not min(s.seconds for s in taken):
        return ""
    fact = RATIO.get(workload)
    theirs, ours = (
        statistics.median(s.facts[fact] if fact else s.seconds for s in each) for each in (taken, mine)
    )
    ratio = theirs / ours
    return f"{ratio:.1f}"


def keep(results: Results, records: int, rounds: int) -> Path:
    """Write the samples to a JSON file. :returns: its path."""
    folder = HOME / "results"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    machine = {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}
    taken = {w: {n: [asdict(s) for s in found] for n, found in by.items()} for w, by in results.items()}
    content = {"machine": machine, "records": records, "rounds": rounds, "workloads": taken}
    path.write_text(json.dumps(content, indent=1))
    return path


def main() -> None:
    """Parse the options, measure, print."""
    options = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("workloads", nargs="*", metavar="W", help="all of them by default")
    options.add_argument(
        "--records",
        type=int,
        default=200_000,
        help="invoices of W1, W2, W3 and W7; W4 and W9 take half, W8 a tenth, W12 five times",
    )
    options.add_argument("--scale", type=float, default=1.0, help="times --records")
    options.add_argument("--n", type=int, default=5, help="rounds, each contestant once a round")
    chosen = options.parse_args()
    if unknown := set(chosen.workloads) - set(TITLES):
        options.error(f"there is no workload {', '.join(sorted(unknown))}; choose from {', '.join(TITLES)}")
    records = round(chosen.records * chosen.scale)
    if records < 1000 or chosen.n < 1:
        options.error("at least 1,000 records and one round are needed")
    console = Console(width=None if sys.stdout.isatty() else 160)
    results: Results = {}
    began = time.monotonic()

    def tell(what: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.0f} s  {what}[/]", highlight=False)

    try:
        for workload, name, sample in samples(chosen.workloads or list(TITLES), records, chosen.n, tell):
            results.setdefault(workload, {}).setdefault(name, []).append(sample)
    finally:
        for workload, by_name in results.items():
            console.print()
            console.print(table(workload, by_name))
        if results:
            console.print(
                f"\n{records:,} records, {chosen.n} rounds; every sample: {keep(results, records, chosen.n)}"
            )


if __name__ == "__main__":
    main()
