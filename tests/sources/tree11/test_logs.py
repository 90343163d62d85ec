"""The two logs under the names that the gym's reports know, over what loads and runs leave in the ledger."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from landfall import ledger
from landfall.sql_files import apply_sql
from tests.sources.tree11.gym import NOW, Gym

pytestmark = [pytest.mark.airflow, pytest.mark.engines]

RUN = "7d1c6d0e-3f4b-5c6d-8e9f-0a1b2c3d4e5f"
QUALITY = """
SELECT RunId, TabelNaam, CheckNaam, CheckStatus, Waarde, Drempel, Details, CheckTijd
FROM tree11.DataQualityLog
"""
PIPELINE = """
SELECT ExecutionId, TabelNaam, StartTijd, EindTijd, Status, ErrorMessage, RecordsGelezen, RecordsGeladen,
    RecordsAfgekeurd, TriggerId
FROM tree11.PipelineLog
"""


def in_utc(value: Any) -> Any:
    """A moment with its zone, which a column of SQL Server does not hold."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and not value.tzinfo else value


def shown(gym: Gym, query: str) -> list[tuple[Any, ...]]:
    return [tuple(map(in_utc, row)) for row in gym.query(query)]


def test_every_result_of_every_check_of_a_load_is_in_the_quality_log(gym: Gym) -> None:
    apply_sql(gym.warehouse, "tree11")
    gym.vendor.drift("activity_events", "heartRate", 140)
    gym.load("Lessen")
    log = ledger.quality_log.c
    columns = [
        log[n] for n in ("run_id", "table_name", "check_name", "status", "value", "threshold", "details")
    ]
    with gym.warehouse.begin() as connection:
        other = {"source": "pennylane", "table_name": "customers", "check_name": "freshness"}
        other |= {"severity": "warning", "status": "WARN", "checked_at": NOW}
        connection.execute(sa.insert(ledger.quality_log).values(other))
        mine = sa.select(*columns, log.checked_at).where(log.source == "tree11").order_by(log.id)
        written = [tuple(row) for row in connection.execute(mine)]
    assert len(written) > 5
    assert shown(gym, f"{QUALITY} ORDER BY Id") == written, "what is another source's is not in it"
    asked = "SELECT * FROM tree11.DataQualityLog WHERE CheckStatus != 'PASS' ORDER BY CheckTijd DESC"
    assert len(gym.query(asked)) == len([row for row in written if row[3] != "PASS"]) > 0
    drifted = shown(gym, f"{QUALITY} WHERE CheckStatus = 'WARN' AND CheckNaam = 'schema drift'")
    assert [row[:6] for row in drifted] == [("test", "Lessen", "schema drift", "WARN", 1, 0)]
    assert drifted[0][6] == "fields the record does not declare: heartRate"
    assert timedelta(0) <= datetime.now(UTC) - drifted[0][7] < timedelta(minutes=5)


def test_every_run_and_each_table_of_it_is_in_the_pipeline_log(gym: Gym) -> None:
    apply_sql(gym.warehouse, "tree11")
    run = {
        "execution_id": RUN,
        "source": "tree11",
        "run_id": "manual__1",
        "started_at": NOW,
        "dry_run": False,
        "triggered_by": "Zoë 漢",
        "parameters": "{}",
    }
    whole = {"table_name": "PIPELINE", "ended_at": None, "status": "running", "error": None}
    whole |= {"rows_read": 0, "rows_written": 0, "rows_rejected": 0}
    table = {"table_name": "Leden", "ended_at": NOW + timedelta(seconds=90), "status": "error"}
    table |= {"error": "stopped → é", "rows_read": 40, "rows_written": 3, "rows_rejected": 1}
    other = run | whole | {"source": "pennylane", "execution_id": str(uuid.UUID(int=1))}
    with gym.warehouse.keeping() as books:
        ledger.record_run(books, [run | whole, run | table, other])
    told = [(uuid.UUID(str(row[0])), *row[1:]) for row in shown(gym, f"{PIPELINE} ORDER BY TabelNaam")]
    assert told == [
        (
            uuid.UUID(RUN), "Leden", NOW, NOW + timedelta(seconds=90), "error", "stopped → é", 40, 3, 1, "Zoë 漢",
        ),
        (uuid.UUID(RUN), "PIPELINE", NOW, None, "RUNNING", None, 0, 0, 0, "Zoë 漢"),
    ]  # fmt: skip
