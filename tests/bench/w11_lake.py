"""W11: the invoices of W1 and W2 into Delta tables in a folder, beside dlt's own, each a whole process.

Each round gives each contestant an empty folder: first load, then the reload with one record in ten changed. Ours does
the first load of ten times the records too, whose memory is compared.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from landfall.warehouse import FOLDER
from tests.bench import data, dlt_environment, ours
from tests.bench.loads import STEPS, landings
from tests.bench.measure import HOME, Sample, environment, run
from tests.bench.measure import ours as our_program

NAMES = {"W1": "W11", "W2": "W11 reload"}
"""Of the loads' workloads: how they are called here."""
Load = Callable[[Path, data.Variant, str, int], Sample]


def measure(
    records: int, rounds: int, tell: Callable[[str], None], *, growth: bool = True
) -> Iterator[tuple[str, str, Sample]]:
    """Yield (workload, contestant, sample). :param growth: measure ten times the records too."""
    for workload, count in [(w, records) for w in NAMES] + ([("W1", 10 * records)] if growth else []):
        variant, _ = STEPS[workload]
        tell(f"W11: landing {count:,} records, where they are not there yet")
        file = data.ndjson(count, variant, HOME / "data")
        ours.landed(file, landings(), load_id(count, variant))
    for number in range(1, rounds + 1):
        first: Sample | None = None
        for who, load in (("landfall", _landfall), ("dlt merge", _dlt)):
            with in_folder(who) as folder:
                for workload, name in NAMES.items():
                    tell(f"round {number} of {rounds}: {name} {who}")
                    variant, scope = STEPS[workload]
                    sample = load(folder, variant, scope, records)
                    sample.facts["rows"] = _rows(folder)
                    sample.facts["memory_ratio"] = 1.0 if first is None else sample.rss / first.rss
                    first = first or sample
                    yield name, who, sample
        if growth and first:
            who = "landfall, ten times the records"
            tell(f"round {number} of {rounds}: W11 {who}")
            with in_folder(who) as folder:
                sample = _landfall(folder, "base", "everything", 10 * records)
                sample.facts |= {"rows": _rows(folder), "memory_ratio": sample.rss / first.rss}
                yield "W11", who, sample


def load_id(records: int, variant: data.Variant) -> str:
    """A load id in the form that runs have, which a lake turns into a number."""
    return f"2026010{data.VARIANTS.index(variant) + 1}T00{data.FORMAT:02}00_{records:06x}"


@contextmanager
def in_folder(name: str) -> Iterator[Path]:
    """An empty folder for a lake, deleted afterwards."""
    folder = HOME / "lake" / name.replace(" ", "_").replace(",", "")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _landfall(folder: Path, variant: data.Variant, scope: str, records: int) -> Sample:
    lake = f"{FOLDER}{folder}/house"
    program = our_program("ours", lake, landings(), load_id(records, variant), scope)
    return run(program, env=environment())


def _dlt(folder: Path, variant: data.Variant, scope: str, records: int) -> Sample:
    file = data.ndjson(records, variant, HOME / "data")
    program = [dlt_environment.python(), dlt_environment.PROGRAMS / "dlt_delta.py", "--file", file]
    return run([*program, "--lake", folder / "house"], env=dlt_environment.environment(folder / "state"))


def _rows(folder: Path) -> int:
    """Rows of both tables, wherever below the folder they lie: dlt and ours agree on what is in them, not on where."""
    from deltalake import DeltaTable

    found = {log.parent.name: log.parent for log in (folder / "house").rglob("_delta_log")}
    lines = found.get("invoice_lines") or found["invoices__invoice_lines"]
    return sum(DeltaTable(table).count() for table in (found["invoices"], lines))
