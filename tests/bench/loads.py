"""W1 to W3: the same invoices into the same server, ours and dlt in turns, each a whole process.

Each round gives each contestant an empty database: first load, reload with one record in ten changed, then a delta of
one in a hundred. Afterwards every value of every row is compared.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from landfall.records import Column, TableSpec
from sandbox.postgres import PostgresServer
from tests.bench import data, database, dlt_environment, ours
from tests.bench.invoices import INVOICES
from tests.bench.measure import HOME, Sample, environment, run
from tests.bench.measure import ours as our_program

STEPS: dict[str, tuple[data.Variant, str]] = {
    "W1": ("base", "everything"),
    "W2": ("changed", "everything"),
    "W3": ("delta", "nothing"),
}
"""Workload to the records it loads and what their read accounts for."""
_TYPES = {
    int: "bigint",
    Decimal: "numeric",
    date: "date",
    datetime: "timestamptz",
    bool: "boolean",
    str: "text",
}


@dataclass(frozen=True)
class Contestant:
    """One loader.

    :ivar load: (dsn, database, variant, scope, records, state folder) -> the measured run.
    :ivar columns: SQL expressions that bring its tables' values to the declared types.
    """

    name: str
    load: Callable[[str, str, data.Variant, str, int, Path], Sample]
    columns: dict[str, dict[str, str]]


def contestants(postgres: PostgresServer) -> list[Contestant]:
    """Ours first, then dlt as its REST users run it, then dlt's best case in both of its fast formats."""
    return [
        Contestant("landfall", _landfall(postgres), _columns(_flat_name)),
        Contestant("dlt merge", _dlt("merge"), _columns(_nested_name, "invoices__invoice_lines")),
        Contestant("dlt best (parquet, ADBC)", _dlt("best", "--format", "parquet"), _columns(_flat_name)),
        Contestant("dlt best (csv)", _dlt("best", "--format", "csv"), _columns(_flat_name)),
    ]


def measure(
    postgres: PostgresServer, wanted: list[str], records: int, rounds: int, tell: Callable[[str], None]
) -> Iterator[tuple[str, str, Sample]]:
    """Yield (workload, contestant, sample) for every measured run.

    :param wanted: of W1, W2, W3; those before the last one run too, so that there is something to load into.
    :returns: `facts["equal"]` says whether, in the end, its tables held exactly what ours hold.
    """
    last = max(wanted)
    for variant in data.VARIANTS:
        ours.landed(data.ndjson(records, variant, HOME / "data"), landings(), load_id(records, variant))
    for number in range(1, rounds + 1):
        truth: list[tuple[int, str]] = []
        for contestant in contestants(postgres):
            taken = []
            with arena(postgres) as (dsn, name, state):
                for workload, (variant, scope) in STEPS.items():
                    if workload > last:
                        break
                    tell(f"round {number} of {rounds}: {workload} {contestant.name}")
                    before = database.settle(dsn)
                    sample = contestant.load(dsn, name, variant, scope, records, state)
                    sample.facts["wal_mb"] = round((database.wal(dsn) - before) / 1e6, 1)
                    taken.append((workload, contestant.name, sample))
                made = list(database.digest(dsn, contestant.columns).values())
            truth = truth or made
            for workload, who, sample in taken:
                sample.facts["equal"] = made == truth
                if workload in wanted:
                    yield workload, who, sample


def measure_growth(
    postgres: PostgresServer, records: int, rounds: int, tell: Callable[[str], None]
) -> Iterator[tuple[str, str, Sample]]:
    """W5: our first load, and the same of ten times the records. :returns: `facts` compare the two of a round."""
    sizes = {"landfall": records, "landfall, ten times the records": 10 * records}
    for count in sizes.values():
        tell(f"W5: landing {count:,} records, where they are not there yet")
        ours.landed(data.ndjson(count, "base", HOME / "data"), landings(), load_id(count, "base"))
    ours_alone = contestants(postgres)[0]
    for number in range(1, rounds + 1):
        first: Sample | None = None
        for who, count in sizes.items():
            tell(f"round {number} of {rounds}: W5 {who}")
            with arena(postgres) as (dsn, name, state):
                database.settle(dsn)
                sample = ours_alone.load(dsn, name, "base", "everything", count, state)
            first = first or sample
            sample.facts |= {
                "memory_ratio": sample.rss / first.rss,
                "time_ratio": sample.seconds / first.seconds,
            }
            yield "W5", who, sample


@contextmanager
def arena(postgres: PostgresServer) -> Iterator[tuple[str, str, Path]]:
    """An empty database and an empty folder for dlt's state: (dsn, database, folder)."""
    state = HOME / "dlt-state"
    shutil.rmtree(state, ignore_errors=True)
    with database.fresh(postgres, "bench_loads") as dsn:
        yield dsn, "bench_loads", state
    shutil.rmtree(state, ignore_errors=True)


def landings() -> Path:
    """Where our side's landings are kept."""
    return HOME / "landing"


def load_id(records: int, variant: str) -> str:
    """The load id of a landed variant."""
    return f"{data.FORMAT}-{records}-{variant}"


def _landfall(postgres: PostgresServer) -> Callable[[str, str, data.Variant, str, int, Path], Sample]:
    def load(dsn: str, name: str, variant: data.Variant, scope: str, records: int, state: Path) -> Sample:
        program = our_program("ours", postgres.url_of(name), landings(), load_id(records, variant), scope)
        return run(program, env=environment())

    return load


def _dlt(mode: str, *options: str) -> Callable[[str, str, data.Variant, str, int, Path], Sample]:
    program = [dlt_environment.python(), dlt_environment.PROGRAMS / "dlt_loads.py", mode, *options]

    def load(dsn: str, name: str, variant: data.Variant, scope: str, records: int, state: Path) -> Sample:
        file = data.ndjson(records, variant, HOME / "data")
        return run([*program, "--file", file, "--dsn", dsn], env=dlt_environment.environment(state))

    return load


def _flat_name(table: TableSpec, column: Column) -> str:
    return f'"{column.name}"'


def _nested_name(table: TableSpec, column: Column) -> str:
    """dlt names a nested field by its path; a nested row knows its parent by a generated id."""
    if column.role == "parent":
        return "(SELECT i.id FROM bench.invoices i WHERE i._dlt_id = _dlt_parent_id)"
    return "_dlt_list_idx + 1" if column.role == "position" else f'"{"__".join(column.path)}"'


def _columns(
    name: Callable[[TableSpec, Column], str], lines: str = "invoice_lines"
) -> dict[str, dict[str, str]]:
    made = {}
    for table in INVOICES.table.family():
        expressions = {}
        for column in table.columns:
            value = f"({name(table, column)})::{_TYPES[column.type]}"
            expressions[column.name] = f"trim_scale({value})" if column.type is Decimal else value
        made[lines if table.name == "invoice_lines" else table.name] = expressions
    return made
