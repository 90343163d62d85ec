"""What only SQL Server does differently, on a real server, as the loader that its access script makes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from landfall import ledger, pipeline
from landfall.errors import Misconfigured, TransactionLost, WarehouseBusy, WarehouseRefused
from landfall.records import Record, column
from landfall.sources import source
from landfall.sql_files import apply_sql
from landfall.warehouse.sql import mssql
from landfall.warehouse.tables import count_rows
from tests.driver import Lab, open_warehouse
from tests.sql_server import SqlServer


class Thing(Record, table="Things", key="Id"):
    """Things with names."""

    Id: str = column(length=20)
    Name: str | None = column(length=10, index=True)
    Note: str | None
    Amount: Decimal | None
    Price: Decimal | None = column(precision=(10, 2))
    At: datetime | None


OLD = {
    "source": "tree11",
    "table_name": "Leden",
    "check_name": "volume against history",
    "severity": "warning",
    "status": "PASS",
    "checked_at": datetime(2020, 1, 1, tzinfo=UTC),
}
"""A check's result of long ago."""


@pytest.fixture
def database(mssql: SqlServer) -> Iterator[str]:
    name = f"landfall_mssql_tests_{os.getpid()}"
    yield mssql.create_database(name)
    mssql.drop_database(name)


@pytest.fixture
def lab(database: str, tmp_path: Path) -> Iterator[Lab]:
    made = Lab(database, tmp_path, Thing)
    yield made
    made.warehouse.engine.dispose()


def test_text_is_kept_and_compared_as_it_is_written(lab: Lab) -> None:
    """A collation takes case and blanks at the end for nothing; to us each is a change, and NULL is no empty text."""
    texts = ["abc", "", None, "漢字", "ễ é", "😀", "x"]
    lab.load([{"Id": str(n), "Name": text, "Note": text} for n, text in enumerate(texts)])
    assert list(lab.column("Name").values()) == texts
    again = ["ABC", None, "", "漢", "ễ é ", "😁", "x "]
    result = lab.load([{"Id": str(n), "Name": text, "Note": "same"} for n, text in enumerate(again)])
    assert (result.updated, result.unchanged) == (7, 0)
    assert list(lab.column("Name").values()) == again
    assert lab.load([{"Id": str(n), "Name": t, "Note": "same"} for n, t in enumerate(again)]).unchanged == 7


def test_moments_are_utc_to_the_microsecond_and_amounts_keep_their_digits(lab: Lab) -> None:
    at = datetime(2026, 3, 29, 2, 30, 0, 123457, timezone(timedelta(hours=2)))
    lab.load([{"Id": "a", "At": at.isoformat(), "Amount": Decimal("1234567890123456789.0123456789")}])
    row = lab.rows()["a",]
    assert row["At"] == at.astimezone(UTC)
    assert row["Amount"] == Decimal("1234567890123456789.0123456789")


AMOUNTS = [
    "0",
    "-0",
    "1.5",
    "1.50000",
    "-1.500",
    "15E-1",
    "1500E-3",
    "1E+3",
    "0E-10",
    "0E+5",
    "99999999.99",
    "-99999999.990",
]


def test_an_amount_is_the_same_however_it_is_written(lab: Lab) -> None:
    """The driver refuses one with more decimals than its column, also where they are zeros."""
    things = [{"Id": text, "Price": msgspec.Raw(text.encode()), "Amount": text} for text in AMOUNTS]
    lab.load([msgspec.json.encode(thing) for thing in things])
    amounts = {text: Decimal(text) for text in AMOUNTS}
    assert lab.column("Price") == amounts
    assert lab.column("Amount") == amounts


def test_what_it_cannot_hold_is_set_aside_and_never_cut(lab: Lab) -> None:
    good = [{"Id": f"g{n}"} for n in range(5)]
    lab.load([*good, {"Id": "a", "Name": "😀" * 6}, {"Id": "b", "Amount": Decimal("0.00000000001")}])
    assert sorted(lab.rows()) == sorted((g["Id"],) for g in good)
    told = {(reason, path) for reason, path, _ in lab.quarantined()}
    assert told == {
        ("is longer than 10 UTF-16 units", "column Name"),
        ("does not fit DECIMAL(38, 10) without rounding", "column Amount"),
    }


def test_keys_that_the_collation_takes_for_one_are_refused_by_name(lab: Lab) -> None:
    lab.load([{"Id": "a"}])
    with pytest.raises(Misconfigured, match="1 keys differ only in what the database's collation ignores"):
        lab.load([{"Id": "b"}, {"Id": "B"}])
    assert list(lab.rows()) == [("a",)]


def test_quarantine_keeps_foreign_letters_among_plain_ones(lab: Lab) -> None:
    bad = [{"Id": str(n), "Amount": text} for n, text in enumerate(["x", "plain", "漢字", "ễ"])]
    lab.load([*({"Id": f"g{n}"} for n in range(30)), *bad])
    assert [raw.split('"')[-2] for _, _, raw in lab.quarantined()] == ["x", "plain", "漢字", "ễ"]


def test_two_publishes_of_a_table_wait_for_each_other(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mssql, "LOCK_TIMEOUT_MS", 200)
    with lab.warehouse.begin() as first:
        lab.warehouse.lock(first, "lab.Things")
        with (
            pytest.raises(WarehouseBusy, match=r"has been at lab\.Things"),
            lab.warehouse.begin() as second,
        ):
            lab.warehouse.lock(second, "lab.Things")
        with lab.warehouse.begin() as other:
            lab.warehouse.lock(other, "lab.Others")


def test_what_the_server_rolled_back_by_itself_is_not_committed(lab: Lab) -> None:
    """A driver may pass over an error that has ended the transaction, and go on in another one."""
    lab.load([{"Id": "a"}])

    def publish() -> None:
        with lab.warehouse.begin() as connection:
            lab.warehouse.lock(connection, "lab.Things")
            connection.exec_driver_sql("DELETE FROM lab.Things")
            connection.exec_driver_sql("ROLLBACK TRANSACTION")
            connection.exec_driver_sql("SELECT 1").all()

    with pytest.raises(TransactionLost, match=r"transaction of lab\.Things"):
        publish()
    assert list(lab.rows()) == [("a",)]


def test_readers_read_the_source_and_its_logs_and_nothing_else(database: str, mssql: SqlServer) -> None:
    declared = source("tree11")
    warehouse = open_warehouse(database)
    pipeline.ensure_ledger(warehouse)
    pipeline.ensure_source(warehouse, declared)
    apply_sql(warehouse, "tree11")
    mssql.give_access(sa.make_url(database).database or "", "tree11")
    with warehouse.begin() as connection:
        connection.execute(sa.insert(ledger.quality_log).values(OLD))
    warehouse.engine.dispose()
    reader = open_warehouse(mssql.url_of(sa.make_url(database).database or "", mssql.reader))
    allowed = (
        "SELECT * FROM tree11.DataQualityLog WHERE CheckStatus != 'PASS' ORDER BY CheckTijd DESC",
        "SELECT TabelNaam, Status FROM tree11.PipelineLog",
        "SELECT Id FROM tree11.Leden",
        "EXEC tree11.sp_ValidateDataQuality",
        "EXEC tree11.sp_GetPipelineExecutionReport @Dagen = 7",
    )
    for statement in allowed:
        with reader.begin() as connection:
            connection.exec_driver_sql(statement).all()
    refused = (
        "SELECT * FROM landfall.quarantine",
        "DELETE FROM tree11.Leden",
        "CREATE TABLE tree11.mine (a INT)",
        "EXEC tree11.sp_CleanupOldLogs @Dagen = 30",
    )
    for statement in refused:
        with pytest.raises(WarehouseRefused), reader.begin() as connection:
            connection.exec_driver_sql(statement)
    with warehouse.begin() as connection:
        assert count_rows(connection, ledger.quality_log) == 1
        assert connection.exec_driver_sql("EXEC tree11.sp_CleanupOldLogs @Dagen = 30").scalar_one() == 1
        assert count_rows(connection, ledger.quality_log) == 0


def test_the_loader_makes_nothing_outside_its_schemas(database: str) -> None:
    with pytest.raises(WarehouseRefused), open_warehouse(database).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE dbo.mine (a INT)")
