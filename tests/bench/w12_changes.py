"""W12: 51,000 changes into a table of 1,000,000 rows, in the newest ids, and the same once more when nothing differs.

    python -m tests.bench.w12_changes URL ROWS         fills the table, which is not measured
    python -m tests.bench.w12_changes URL ROWS CHANGES

`publish_cpu` is the publish alone, stages to tables: the process's CPU seconds, and for PostgreSQL those of the
server's process that serves it. `above` is how far memory, staging included, went above what it was before, in MB.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from landfall.records import Record, column, spec
from landfall.warehouse import FOLDER
from sandbox.postgres import PostgresServer
from tests.bench.measure import Sample, environment, peak_rss_mb, run
from tests.bench.measure import ours as our_program

CHANGED = 51_000
PER = 1_000_000
"""Rows of the table, of which so many change."""
NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Entry(Record, table="entries", key="id"):
    """A time entry of thirty columns."""

    id: int
    number: int
    person: str
    company: str | None
    agreement: int | None
    ticket: int | None
    project: int | None
    phase: int | None
    day: date
    began: datetime
    ended: datetime | None
    hours: Decimal = column(precision=(12, 4))
    hours_billed: Decimal | None = column(precision=(12, 4))
    rate: Decimal | None = column(precision=(19, 4))
    amount: Decimal | None = column(precision=(19, 4))
    cost: Decimal | None = column(precision=(19, 4))
    billable: bool
    invoiced: bool
    approved: bool | None
    status: str
    work_type: str | None
    work_role: str | None
    location: str | None
    department: str | None
    notes: str | None
    internal_notes: str | None
    entered_by: str | None
    updated_by: str | None
    entered_at: datetime
    updated_at: datetime


ENTRIES = spec(Entry)


def rows(first: int, count: int, turn: int, load_id: str, names: list[str]) -> Iterator[tuple[Any, ...]]:
    """Staged rows of the ids from `first` on; another `turn` has other values.

    :param names: the stage's columns.
    """
    for place, number in enumerate(range(first, first + count)):
        began = NOW + timedelta(minutes=number % 500_000)
        row = {
            "id": number,
            "number": number + turn,
            "person": f"person {number % 300}",
            "company": f"company {number % 4000}",
            "agreement": number % 900,
            "ticket": number % 200_000,
            "day": began.date(),
            "began": began,
            "ended": began + timedelta(minutes=45),
            "hours": Decimal(number % 800).scaleb(-2),
            "rate": Decimal(9500).scaleb(-2),
            "amount": Decimal(number % 76_000 + turn).scaleb(-2),
            "billable": number % 3 > 0,
            "invoiced": number % 2 > 0,
            "status": ("Open", "Billed", "Approved")[(number + turn) % 3],
            "work_type": f"type {number % 12}",
            "notes": f"What was done in entry {number}, and for whom it was done, in one sentence.",
            "entered_by": f"person {number % 300}",
            "entered_at": began,
            "updated_at": began + timedelta(hours=turn),
        }
        own = {"_seq": place, "_load_id": load_id}
        yield tuple(own.get(name, row.get(name)) for name in names)


def publish(warehouse: Any, load_id: str, staged: Callable[[list[str]], Iterable[Any]]) -> dict[str, Any]:
    """Stage rows, publish them. :returns: CPU seconds of the publish, and its figures."""
    from landfall.scope import Fuse, Reach, Scope
    from landfall.warehouse.removal import Family

    family = Family(ENTRIES, "bench", load_id, "")
    with warehouse.stage(family) as stage:
        stage.rows(family.stage, staged([c.name for c in family.stage.columns]))
        stage.finish()
    server = _server_cpu(warehouse)
    began = time.process_time()
    with warehouse.publishing("bench", family, load_id) as publication:
        figures = publication.bring(Reach(Scope.NOTHING), Fuse(), NOW)["entries"]
        told = {"inserted": figures.inserted, "updated": figures.updated, "unchanged": figures.unchanged}
        state = {"load_id": load_id, "row_count": publication.rows, "updated_at": NOW}
        publication.commit(state, _load(load_id, told))
    cpu = time.process_time() - began + _server_cpu(warehouse) - server
    warehouse.drop_stages([load_id])
    return {"publish_cpu": round(cpu, 2), **told}


def _load(load_id: str, figures: dict[str, int]) -> dict[str, Any]:
    counted = {"fetched": sum(figures.values()), "deleted": 0, "deduplicated": 0, "quarantined": 0, **figures}
    named = {
        "source": "bench",
        "resource": "entries",
        "run_id": "bench",
        "mode": "full",
        "status": "published",
    }
    return {"load_id": load_id, "published_at": NOW, "figures": {}, **named, **counted}


def _server_cpu(warehouse: Any) -> float:
    """CPU seconds so far of the PostgreSQL process that serves us; 0 for a lake."""
    if not hasattr(warehouse, "engine"):
        return 0.0
    with warehouse.begin() as connection:
        pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fill(url: str, count: int) -> dict[str, Any]:
    """Make the table, with its first load."""
    from landfall import ledger
    from landfall.warehouse import connect
    from landfall.warehouse.tables import target_table

    warehouse = connect(url)
    warehouse.ensure(ledger.TABLES)
    warehouse.ensure([target_table(ENTRIES, "bench")])
    return _publish(warehouse, 1, 0, count, 0)


def change(url: str, count: int, changes: int) -> dict[str, Any]:
    """Change the newest rows, and load the same once more."""
    from landfall.warehouse import connect
    from landfall.warehouse.tables import target_table

    warehouse = connect(url)
    warehouse.states("bench", [target_table(ENTRIES, "bench")])
    began = peak_rss_mb()
    found = _publish(warehouse, 2, count - changes, changes, 1)
    above = round(peak_rss_mb() - began, 1)
    again = _publish(warehouse, 3, count - changes, changes, 1)
    return {**found, "above": above, "quiet_cpu": again["publish_cpu"], "quiet_unchanged": again["unchanged"]}


def _publish(warehouse: Any, number: int, first: int, many: int, turn: int) -> dict[str, Any]:
    load_id = f"2026030{number}T000000_00000{number}"
    return publish(warehouse, load_id, lambda names: rows(first, many, turn, load_id, names))


def measure(
    postgres: PostgresServer, records: int, rounds: int, tell: Callable[[str], None]
) -> Iterator[tuple[str, str, Sample]]:
    """Yield (workload, contestant, sample). :param records: rows of the table."""
    from tests.bench import database
    from tests.bench.w11_lake import in_folder

    changes = round(records * CHANGED / PER)
    for number in range(1, rounds + 1):
        tell(f"round {number} of {rounds}: W12 landfall, lake")
        with in_folder("w12") as folder:
            yield "W12", "landfall, lake", _run(f"{FOLDER}{folder}/house", records, changes)
        tell(f"round {number} of {rounds}: W12 landfall, PostgreSQL")
        with database.fresh(postgres, "bench_changes"):
            yield "W12", "landfall, PostgreSQL", _run(str(postgres.url_of("bench_changes")), records, changes)


def _run(url: str, records: int, changes: int) -> Sample:
    run(our_program("w12_changes", url, str(records)), env=environment())
    return run(our_program("w12_changes", url, str(records), str(changes)), env=environment())


if __name__ == "__main__":
    counts = [int(text) for text in sys.argv[2:]]
    told = fill(sys.argv[1], *counts) if len(counts) == 1 else change(sys.argv[1], *counts)
    print(json.dumps({"rss_mb": peak_rss_mb(), **told}))
