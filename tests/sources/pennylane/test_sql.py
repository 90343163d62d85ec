"""Pennylane's SQL files on a real PostgreSQL: as they stand, and with a load's candidate in the tables' place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import sqlglot

from landfall import ledger
from landfall.checks import Candidate, Sql
from landfall.records import Record, spec
from landfall.sources.pennylane import records
from landfall.sql_files import apply_sql, read_sql, sql_root
from landfall.warehouse import connect
from landfall.warehouse.sql.books import SqlBooks
from landfall.warehouse.tables import target_table

CHECKS = sorted(path.name for path in (sql_root() / "pennylane" / "checks").glob("*.sql"))
RECORDS: dict[str, type[Record]] = {
    "entries_balance.sql": records.LedgerEntryLine,
    "fec_balances.sql": records.FecLine,
    "fec_period.sql": records.FecLine,
    "customer_invoice_totals.sql": records.CustomerInvoice,
    "supplier_invoice_totals.sql": records.SupplierInvoice,
}
YEAR, DAY = date(2026, 1, 1), date(2026, 3, 2)


def line(
    number: int, entry: int | None, debit: str | None, credit: str | None, **more: Any
) -> dict[str, Any]:
    return {"id": number, "ledger_entry_id": entry, "date": DAY, "debit": debit, "credit": credit} | more


def fec(number: int, entry: str | None, debit: str | None, credit: str | None, **more: Any) -> dict[str, Any]:
    fixed = {"period_start": YEAR, "line_no": number, "journal_code": "VE", "ecriture_date": DAY}
    return fixed | {"ecriture_num": entry, "debit": debit, "credit": credit} | more


def invoice(number: int, total: str | None, before: str, tax: str) -> dict[str, Any]:
    return {"id": number, "currency_amount": total, "currency_amount_before_tax": before, "currency_tax": tax}


HOLD: dict[str, list[dict[str, Any]]] = {
    "entries_balance.sql": [
        line(1, 9007199254740993, "0.10", "0.00"),
        line(2, 9007199254740993, "0.20", "0.00"),
        line(3, 9007199254740993, "0.00", "0.30"),
        line(4, 5, "-7.00", None),
        line(5, 5, None, "-7.00"),
        line(6, None, "1.00", "0.00"),
        line(7, 6, "1.00", "0.00", date=None),
    ],
    "fec_balances.sql": [
        fec(1, "1", "0.10", "0.00"),
        fec(2, "1", "0.20", None),
        fec(3, "1", None, "0.30"),
        fec(4, None, "5", "0"),
        fec(5, None, "0", "5.00"),
    ],
    "fec_period.sql": [fec(1, "1", "1", "0"), fec(2, "1", "0", "1", ecriture_date=YEAR)],
    "customer_invoice_totals.sql": [
        invoice(1, "120.00", "100.00", "20.00"),
        invoice(2, "-1.00", "-0.83", "-0.16"),
    ],
    "supplier_invoice_totals.sql": [
        invoice(1, "120.04", "100.00", "20.00"),
        invoice(2, None, "1.00", "0.20"),
    ],
}
BROKEN: dict[str, list[tuple[list[dict[str, Any]], int]]] = {
    "entries_balance.sql": [
        ([line(9, 9, "1.00", "0.00")], 1),
        ([line(8, 5, "0.01", "0.00"), line(9, 9, None, "2")], 2),
    ],
    "fec_balances.sql": [
        # two entries that are off by the same amount: the whole file balances
        ([fec(8, "8", "1.00", "0"), fec(9, "9", "0", "1.00")], 2),
        ([fec(9, "1", "0.01", "0")], 2),
        ([fec(9, "9", "1", "0"), fec(9, "9", "0", "1", period_start=date(2025, 1, 1))], 4),
        ([fec(8, "1", "1.00", "0"), fec(9, "1", "0", "1.00", journal_code="BQ")], 2),
    ],
    "fec_period.sql": [([fec(9, "1", "0", "0", ecriture_date=date(2025, 12, 31))], 1)],
    "customer_invoice_totals.sql": [([invoice(9, "120.06", "100.00", "20.00")], 1)],
    "supplier_invoice_totals.sql": [([invoice(9, "-120.00", "100.00", "20.00")], 1)],
}


@pytest.fixture
def connection(database: str) -> Iterator[sa.Connection]:
    with sa.create_engine(database).begin() as opened:
        opened.execute(sa.schema.CreateSchema("pennylane"))
        yield opened


def filled(connection: sa.Connection, file: str, rows: list[dict[str, Any]], schema: str) -> sa.Table:
    table = target_table(spec(RECORDS[file]), schema)
    table.create(connection)
    for row in rows:
        amounts = {
            k: Decimal(v)
            for k, v in row.items()
            if isinstance(v, str) and k not in ("ecriture_num", "journal_code")
        }
        connection.execute(table.insert().values(row | amounts))
    return table


def broken(connection: sa.Connection, file: str) -> int:
    return len(connection.execute(sa.text(read_sql("pennylane", "checks", file))).all())


def test_every_file_is_tested() -> None:
    assert set(CHECKS) == set(HOLD) == set(BROKEN) == set(RECORDS)


@pytest.mark.parametrize("file", CHECKS)
def test_a_rule_that_holds(connection: sa.Connection, file: str) -> None:
    filled(connection, file, HOLD[file], "pennylane")
    assert broken(connection, file) == 0


@pytest.mark.parametrize(("file", "number"), [(file, n) for file in CHECKS for n in range(len(BROKEN[file]))])
def test_a_rule_that_is_broken(connection: sa.Connection, file: str, number: int) -> None:
    rows, expected = BROKEN[file][number]
    filled(connection, file, HOLD[file] + rows, "pennylane")
    assert broken(connection, file) == expected


@pytest.mark.parametrize("file", CHECKS)
def test_the_candidate_is_judged_not_the_published_table(connection: sa.Connection, file: str) -> None:
    rows, expected = BROKEN[file][0]
    filled(connection, file, HOLD[file], "pennylane")
    connection.execute(sa.schema.CreateSchema("stage"))
    staged = filled(connection, file, HOLD[file] + rows, "stage")
    table = spec(RECORDS[file])
    candidate = Candidate(
        reader=connection,
        source="pennylane",
        table=table,
        staged={table.name: staged},
        tables={table.name: sa.select(*(staged.c[name] for name in table.names))},
        state=ledger.State(),
        history=[],
        rows=len(HOLD[file]) + len(rows),
        now=datetime(2026, 3, 2, tzinfo=UTC),
        schemas={"pennylane": "pennylane"},
    )
    result = Sql(file).run(candidate)
    assert (result.passed, result.value) == (False, expected)
    assert result.todo
    assert result.details


@pytest.mark.parametrize("file", CHECKS)
def test_the_file_says_its_rule_and_is_sql_server_too(file: str) -> None:
    text = read_sql("pennylane", "checks", file)
    header = [row.partition(":")[0] for row in text.splitlines() if row.startswith("--")]
    assert header == ["-- rule", "-- severity", "-- why", "-- todo"]
    assert sqlglot.transpile(text, read="postgres", write="tsql", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert sqlglot.parse_one(text, read="tsql", error_level=sqlglot.ErrorLevel.RAISE)


def test_the_monitoring_query_works_as_it_is(database: str) -> None:
    warehouse = connect(database)
    warehouse.ensure(ledger.TABLES)
    with warehouse.begin() as connection:
        connection.execute(sa.schema.CreateSchema("pennylane"))
        for number, (source, table) in enumerate(
            [("pennylane", "fec"), ("pennylane", "customers"), ("gymly", "members")]
        ):
            moment = datetime(2026, 3, 2, number, tzinfo=UTC)
            known = {"last_sync_at": moment, "records_synced": 7, "sync_type": "full", "updated_at": moment}
            SqlBooks.within(connection).advance(source, table, ledger.State(), known)
    apply_sql(warehouse, "pennylane")
    apply_sql(warehouse, "pennylane")
    query = """
        SELECT table_name, last_sync_at, records_synced, sync_type, updated_at
        FROM pennylane.sync_state ORDER BY updated_at DESC;
    """
    with warehouse.begin() as connection:
        found = connection.execute(sa.text(query)).all()
    assert [(row.table_name, row.records_synced, row.sync_type) for row in found] == [
        ("customers", 7, "full"),
        ("fec", 7, "full"),
    ]
