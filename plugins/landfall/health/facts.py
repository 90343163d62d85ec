"""What the ledger knows of one source: one query a table, each over an index and with a limit, and no joins.

So a ledger of ten years answers as fast as one of a week.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from landfall import ledger
from landfall.warehouse.engine import Books, Watch

Row = dict[str, Any]

RUNS, LOADS, ERRORS, RESULTS, REJECTS = 30, 400, 100, 300, 3000
"""The most rows that are read of each."""
CHECKED = timedelta(days=7)
"""How far back results of checks are told."""


class Facts(msgspec.Struct):
    """Rows of the ledger, the newest first.

    :ivar states: by table name, those of parts (`table/part`) too.
    :ivar loads: of all resources, and the last one of each that is older.
    :ivar runs: rows of runs as a whole.
    :ivar errors: rows of tables that ended in an error, dry runs left out.
    :ivar results: of the checks of the last load of each table.
    :ivar failing: results that did not pass in the last seven days.
    :ivar rejects: resource, child table, reason and path of what is in quarantine and not closed, at most `REJECTS`.
    """

    states: dict[str, Row]
    loads: list[Row]
    runs: list[Row]
    errors: list[Row]
    results: list[Row]
    failing: list[Row]
    rejects: list[Row]


def facts(watch: Watch, source: str, now: datetime) -> Facts | None:
    """The facts of a source; None where there is no ledger yet."""
    if len(watch.present(ledger.SCHEMA, [table.name for table in ledger.TABLES])) < len(ledger.TABLES):
        return None
    books: Books = watch.books
    states = books.rows(sa.select(ledger.sync_state).where(ledger.sync_state.c.source == source))
    last = sorted({row["load_id"] for row in states if row["load_id"] and "/" not in row["table_name"]})
    loads = _loads(books, source, last)
    run, result, quarantine = ledger.runs.c, ledger.quality_log.c, ledger.quarantine.c
    runs = sa.select(ledger.runs).where(run.source == source).order_by(run.started_at.desc())
    results = sa.select(ledger.quality_log).where(result.source == source)
    bad = results.where(result.status.in_(("WARN", "FAIL")), result.checked_at > now - CHECKED)
    rejects = sa.select(quarantine.resource, quarantine.child_table, quarantine.reason, quarantine.path)
    return Facts(
        states={row["table_name"]: row for row in states},
        loads=loads,
        runs=books.rows(runs.where(run.table_name == ledger.PIPELINE).limit(RUNS)),
        errors=books.rows(
            runs.where(
                run.status == "error", run.table_name != ledger.PIPELINE, run.dry_run.is_(sa.false())
            ).limit(ERRORS)
        ),
        results=books.rows(results.where(result.load_id.in_(last)).limit(RESULTS)) if last else [],
        failing=books.rows(bad.order_by(result.checked_at.desc()).limit(RESULTS)),
        rejects=books.rows(
            rejects.where(quarantine.source == source, quarantine.closed_at.is_(None))
            .order_by(quarantine.id.desc())
            .limit(REJECTS)
        ),
    )


def _loads(books: Books, source: str, last: list[str]) -> list[Row]:
    of = ledger.loads.c
    left_out = ("landing", "scope", "windows", "inputs")
    query = sa.select(*(column for column in of if column.name not in left_out)).where(of.source == source)
    recent = books.rows(query.order_by(of.published_at.desc()).limit(LOADS))
    missing = sorted(set(last) - {row["load_id"] for row in recent})
    return recent + (books.rows(query.where(of.load_id.in_(missing))) if missing else [])
