"""`python -m landfall.setup`: a source's tables and views without a run, again and again, dropped only when asked."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from landfall import setup
from landfall.sources import names, source
from landfall.warehouse.tables import target_table
from tests.driver import open_warehouse

pytestmark = pytest.mark.engines
LEDGERS = target_table(source("tree11").resource("GrootboekRekening").table, "tree11")


@pytest.mark.parametrize("name", names())
def test_every_source_is_set_up_again_and_again(
    database: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert setup.main([name, "--url", database]) == 0
    assert f"Schema {name}" in capsys.readouterr().out
    warehouse = open_warehouse(database)
    views = {v.lower() for v in sa.inspect(warehouse.engine).get_view_names(schema=name)}
    assert "sync_state" in views
    dropped = setup._views(source(name))[name]
    assert views == {view.lower() for view in dropped}, "what is dropped is what was made"
    with warehouse.begin() as connection:
        for view in sorted(views):
            connection.exec_driver_sql(f"SELECT * FROM {name}.{view}").all()


RECOMMENDED = [
    ("Lessen", ["StartTijd"]),
    ("LesDeelname", ["AccountId"]),
    ("Omzet", ["GrootboekRekeningId", "Datum"]),
    ("Facturen", ["LedenId"]),
    ("Facturen", ["Status", "Vervaldatum"]),
    ("AbonnementStatistiekenSpecifiek", ["AbonnementId", "Datum"]),
    ("ActieveAbonnementen", ["AbonnementId"]),
]
"""What the gym's reports ask by."""


def test_the_indexes_that_reports_need_are_there(database: str) -> None:
    warehouse = open_warehouse(database)
    setup.set_up(warehouse, source("tree11"))
    inspector = sa.inspect(warehouse.engine)
    lacking = []
    for table, columns in RECOMMENDED:
        found = inspector.get_indexes(table, schema="tree11")
        led_by = [[str(name).lower() for name in index["column_names"]][: len(columns)] for index in found]
        if [name.lower() for name in columns] not in led_by:  # not every server keeps the case of names
            lacking.append((table, columns))
    assert not lacking


@pytest.fixture
def rows(database: str) -> Callable[[], int]:
    """Sets Tree11 up with one row in a table, and counts the rows of that table."""
    warehouse = open_warehouse(database)
    setup.set_up(warehouse, source("tree11"))
    with warehouse.begin() as connection:
        row = {"Id": "a", "DatumLaatsteUpdate": datetime.now(UTC)}
        connection.execute(sa.insert(LEDGERS).values(row))

    def count() -> int:
        with warehouse.begin() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(LEDGERS)).scalar_one()

    return count


@pytest.mark.parametrize(("answer", "left", "code"), [("tree11", 0, 0), ("pennylane", 1, 1), ("", 1, 1)])
def test_force_asks_at_a_terminal(
    database: str, rows: Callable[[], int], answer: str, left: int, code: int
) -> None:
    ours, theirs = pty.openpty()
    program = [sys.executable, "-m", "landfall.setup", "tree11", "--url", database, "--force"]
    with subprocess.Popen(program, stdin=theirs, stdout=theirs, stderr=theirs) as asking:
        os.close(theirs)
        told = ""
        while "Type tree11 to go on: " not in told:
            told += os.read(ours, 1000).decode()
        assert "drops 14 tables, with all rows in them, and 3 views of schema tree11: those" in told
        assert rows() == 1, "nothing is done before the answer"
        os.write(ours, f"{answer}\n".encode())
        with contextlib.suppress(OSError):  # which is how a terminal ends
            while more := os.read(ours, 1000).decode():
                told += more
    os.close(ours)
    assert asking.returncode == code
    assert ("Nothing was changed." if left else "Dropped: ") in told
    assert rows() == left


def test_force_drops_what_is_there_and_only_when_it_is_meant(
    database: str, rows: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    for refused in ([], ["--yes-drop", "pennylane"]):
        assert setup.main(["tree11", "--url", database, "--force", *refused]) == 1
        assert "Nothing was changed" in capsys.readouterr().out
    assert rows() == 1
    assert setup.main(["tree11", "--url", database, "--force", "--yes-drop", "tree11"]) == 0
    assert rows() == 0


def test_force_drops_all_that_the_source_made_and_nothing_else(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fullbay = ["fullbay", "--url", database]
    assert setup.main(fullbay) == 0
    warehouse = open_warehouse(database)
    with warehouse.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE fullbay.budgets (amount INTEGER)")
        connection.exec_driver_sql("CREATE VIEW fullbay.spent AS SELECT amount FROM fullbay.budgets")
    capsys.readouterr()
    assert setup.main([*fullbay, "--force", "--yes-drop", "fullbay"]) == 0
    dropped = capsys.readouterr().out.partition("\n")[0]
    for name in ("fullbay_raw_data", "ingestion_metadata", "v_invoice_summary", "sync_state"):
        assert name in dropped
    assert "budgets" not in dropped
    assert "spent" not in dropped
    with warehouse.begin() as connection:
        assert connection.exec_driver_sql("SELECT * FROM fullbay.spent").all() == []
        assert connection.exec_driver_sql("SELECT * FROM fullbay.ingestion_metadata").all() == []


def test_a_view_of_somebody_s_own_keeps_what_it_reads(
    database: str, rows: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = open_warehouse(database)
    if warehouse.engine.dialect.name == "mssql":
        pytest.skip("SQL Server drops a table from under a view, which works again on the new one")
    with warehouse.begin() as connection:
        connection.exec_driver_sql(
            'CREATE VIEW tree11.my_accounts AS SELECT "Label" FROM tree11."GrootboekRekening"'
        )
    assert setup.main(["tree11", "--url", database, "--force", "--yes-drop", "tree11"]) == 1
    told = capsys.readouterr().err
    assert 'view tree11.my_accounts depends on table tree11."GrootboekRekening"' in told
    assert "drop it, run this again" in told
    assert rows() == 1


def test_what_it_cannot_do_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main(["tree11", "--url", "sqlite:///nowhere"]) == 1
    told = capsys.readouterr().err
    assert told == (
        "no warehouse engine for sqlite → Point the warehouse connection at PostgreSQL, SQL Server or a lakehouse.\n"
    )
