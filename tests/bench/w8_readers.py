"""W8: what a reader sees every 5 ms while a table is refreshed in full, through a view.

A sample is legal if it shows all of the old records or all of the new ones. Compared: ours,
dlt's default `replace`, and dlt's `staging-optimized` one.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psycopg

from sandbox.postgres import PostgresServer
from tests.bench import data, dlt_environment, loads, ours
from tests.bench.measure import HOME, ProgramFailed, Sample, environment, run
from tests.bench.measure import ours as our_program

EVERY = 0.005
IDLE = 2.0
Snapshot = tuple[int, int]
_QUERY = "SELECT count(*), coalesce(sum(cents), 0)::bigint FROM reporting"
_VIEW = "CREATE VIEW reporting AS SELECT id, (amount::numeric * 100) AS cents FROM bench.invoices"


@dataclass
class Reader:
    """Samples the view until told to stop, on a connection of its own."""

    dsn: str
    seen: list[Snapshot] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Reader:
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def _read(self) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            while not self._stop.is_set():
                began = time.perf_counter()
                try:
                    row = connection.execute(_QUERY).fetchone()
                    assert row
                    self.seen.append((row[0], row[1]))
                except psycopg.Error as error:
                    self.errors.append(type(error).__name__)
                self.took.append(time.perf_counter() - began)
                self._stop.wait(max(0.0, EVERY - self.took[-1]))


def measure(
    postgres: PostgresServer, records: int, rounds: int, tell: Callable[[str], None]
) -> Iterator[tuple[str, str, Sample]]:
    """Yield (workload, contestant, sample); `facts` counts what the reader saw."""
    for variant in data.VARIANTS[:2]:
        file = data.ndjson(records, variant, HOME / "data")
        ours.landed(file, loads.landings(), loads.load_id(records, variant))
    for number in range(1, rounds + 1):
        for name in ("landfall", "dlt replace", "dlt replace, staging-optimized"):
            tell(f"round {number} of {rounds}: W8 {name}")
            yield "W8", name, _refreshed(postgres, name, records)


def _refreshed(postgres: PostgresServer, name: str, records: int) -> Sample:
    with loads.arena(postgres) as (dsn, base, state):

        def load(variant: data.Variant) -> Sample:
            if name == "landfall":
                where = (postgres.url_of(base), loads.landings(), loads.load_id(records, variant))
                return run(our_program("ours", *where, "everything"), env=environment())
            file = data.ndjson(records, variant, HOME / "data")
            strategy = "staging-optimized" if "staging" in name else "truncate-and-insert"
            program = [dlt_environment.python(), dlt_environment.PROGRAMS / "dlt_loads.py", "replace"]
            options = ["--file", file, "--dsn", dsn, "--strategy", strategy]
            return run([*program, *options], env=dlt_environment.environment(state))

        load("base")
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(_VIEW)
            old = _snapshot(connection)
        with Reader(dsn) as idle:
            time.sleep(IDLE)
        with Reader(dsn) as reader:
            try:
                sample = load("changed")
                failed = False
            except ProgramFailed:
                sample, failed = Sample(0.0), True
        with psycopg.connect(dsn, autocommit=True) as connection:
            try:
                new: Snapshot | None = _snapshot(connection)
            except psycopg.Error:
                new = None
        sample.facts = _judged(reader, idle, {old} | ({new} if new else set()))
        sample.facts |= {"run_failed": failed, "view_survived": new is not None}
        assert failed or new != old, f"{name}: the refresh changed nothing"
        return sample


def _snapshot(connection: psycopg.Connection) -> Snapshot:
    row = connection.execute(_QUERY).fetchone()
    assert row
    return row[0], row[1]


def _judged(reader: Reader, idle: Reader, legal: set[Snapshot]) -> dict[str, float]:
    empty = sum(count == 0 for count, _ in reader.seen)
    return {
        "samples": len(reader.took),
        "empty": empty,
        "partial": sum(seen not in legal for seen in reader.seen) - empty,
        "errors": len(reader.errors),
        "p99_ms": round(_p99(reader.took) * 1000, 2),
        "idle_p99_ms": round(_p99(idle.took) * 1000, 2),
        "longest_ms": round(max(reader.took) * 1000, 1),
    }


def _p99(took: list[float]) -> float:
    return statistics.quantiles(took, n=100)[98]
