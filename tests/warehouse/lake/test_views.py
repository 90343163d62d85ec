"""What the files define as views is in a lake as tables: the same rows as PostgreSQL's views, made when due."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
import sqlglot
from deltalake import write_deltalake

from landfall import ledger, setup, sql
from landfall.sources import names, source
from landfall.warehouse.lake.engine import Lake
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.snapshot import Snapshot
from landfall.warehouse.lake.views import renew
from landfall.warehouse.tables import target_table
from tests.driver import open_warehouse

ROWS = 60
WORDS = (
    "PART",
    "SUPPLY",
    "LABOR",
    "FREIGHT",
    "RESIDUAL",
    "total",
    "subtotal",
    "tax",
    "missing",
    "x/y",
    "a",
    "A",
)
NOW = datetime.now(UTC)


def tables_of(name: str) -> list[sa.Table]:
    declared = source(name)
    own = [target_table(t, declared.schemas[declared.schema_of(t)]) for t in declared.tables]
    return [*own, ledger.sync_state, ledger.runs, ledger.quality_log]


def made_up(table: sa.Table, chance: random.Random, name: str) -> list[dict[str, Any]]:
    """Rows with few different values, so that groups, ties and joins come about; a third of what may be is NULL."""
    rows = {}
    for number in range(ROWS):
        row = {c.name: value(c, chance, number) for c in table.columns if c.identity is None}
        if isinstance(row.get("source"), str):  # the ledger's; a vendor may have a field of this name
            row["source"] = name
        rows[tuple(row.get(c.name, number) for c in table.primary_key)] = row
    return list(rows.values())


def value(column: sa.Column[Any], chance: random.Random, number: int) -> Any:
    if column.table.name == "sync_state" and number < 2:
        if column.name == "table_name":
            return f"fullbay_raw_data/{number}"
        if column.name == "last_sync_at":
            return NOW
    if column.nullable and chance.random() < 0.3:
        return None
    if column.name in ("fullbay_invoice_id", "shop_code"):
        return str(chance.randrange(9 if column.name[0] == "f" else 2))
    kind = column.type
    if isinstance(kind, sa.Numeric):
        return Decimal(chance.randrange(-50, 9_999)).scaleb(-2)
    if isinstance(kind, sa.Boolean):
        return chance.random() < 0.8
    if isinstance(kind, sa.Integer):
        return number if column.primary_key else chance.randrange(6)
    if isinstance(kind, sa.Date):
        return NOW.date() - timedelta(days=chance.randrange(120))
    if isinstance(kind, sa.JSON):
        return {"a": chance.randrange(3)}
    if isinstance(kind, sa.String):
        word = f"{chance.choice(WORDS)}{number}" if column.primary_key else chance.choice(WORDS)
        if column.name == "execution_id":
            return f"00000000-0000-0000-0000-{number:012}"
        return word[: kind.length] if kind.length else word
    return NOW - timedelta(hours=chance.randrange(240), microseconds=chance.randrange(10**6))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(Lakehouse.folder(tmp_path))


def fill(lake: Lake, name: str, chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    filled = {}
    lake.ensure([*ledger.TABLES, *tables_of(name)])
    for table in tables_of(name):
        filled[table.name] = made_up(table, chance, name)
        lake.books.put(table, filled[table.name])
    return filled


def renewed(lake: Lake, name: str) -> list[str]:
    return renew(lake.house, sql.views(source(name)))


def text(given: Any) -> Any:
    """A value as both tell it: an amount without its scale, an id of a run as text."""
    if isinstance(given, Decimal):
        return given.normalize() + 0
    return given if given is None or isinstance(given, int | float | datetime | date) else str(given)


def counted(result: Any, left_out: str) -> Counter[tuple[Any, ...]]:
    keys = [key for key in result.keys() if key.lower() != left_out]  # noqa: SIM118 - columns of a result
    return Counter(tuple(text(row[key]) for key in keys) for row in result.mappings())


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("seed", [1, 2])
def test_the_tables_hold_what_the_views_show(database: str, lake: Lake, name: str, seed: int) -> None:
    filled = fill(lake, name, random.Random(seed))
    warehouse = open_warehouse(database)
    setup.set_up(warehouse, source(name))
    with warehouse.begin() as connection:
        for table in tables_of(name):
            connection.execute(sa.insert(table), filled[table.name])
    defined = list(sql.views(source(name)))
    assert renewed(lake, name) == [view.name for view in defined]
    left_out = "id" if name == "tree11" else ""  # an identity, which each engine gives itself
    for view in defined:
        with warehouse.begin() as connection:
            shown = counted(connection.exec_driver_sql(f"SELECT * FROM {view.schema}.{view.name}"), left_out)
        snapshot = Snapshot(lake.house)
        kept = counted(snapshot.execute(f'SELECT * FROM {view.schema}."{view.name}"'), left_out)
        assert kept == shown, view.name
        assert shown, f"nothing was compared of {view.name}"
        there = snapshot.known(view.schema, view.name)
        assert not [f.name for f in there.schema().fields if "double" in str(f.type)], view.name
        protocol = there.protocol()
        assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)


def test_an_empty_lake_has_them_too(lake: Lake) -> None:
    lake.ensure([*ledger.TABLES, *tables_of("fullbay")])
    assert len(renewed(lake, "fullbay")) == len(list(sql.views(source("fullbay"))))
    (status,) = Snapshot(lake.house).execute("SELECT * FROM fullbay.v_current_processing_status").mappings()
    assert status["total_invoices"] == 0


def test_only_what_moved_is_made_anew(lake: Lake) -> None:
    filled = fill(lake, "fullbay", random.Random(1))
    renewed(lake, "fullbay")
    assert renewed(lake, "fullbay") == []
    lines = next(t for t in tables_of("fullbay") if t.name == "fullbay_line_items")
    moved = {"shop_code": filled["fullbay_line_items"][0]["shop_code"]}
    before = Snapshot(lake.house).table("fullbay", "v_parts_analysis")
    assert before is not None
    rows_before = before.count()
    lake.books.remove(lines, moved)
    made = renewed(lake, "fullbay")
    assert "v_parts_analysis" in made
    assert not {"v_ingestion_performance", "v_processing_errors", "sync_state"} & set(made)
    assert before.count() == rows_before, "who reads the old version goes on reading it"
    Snapshot(lake.house).known("fullbay", "fullbay_line_items").delete()
    assert "v_parts_analysis" in renewed(lake, "fullbay")
    assert list(Snapshot(lake.house).execute("SELECT * FROM fullbay.v_parts_analysis")) == []


def test_a_text_that_changed_makes_its_table_anew(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.ensure(ledger.TABLES)
    folder = tmp_path / "sql" / "pennylane" / "views"
    folder.mkdir(parents=True)
    monkeypatch.setenv("LANDFALL_SQL", str(tmp_path / "sql"))
    define = "CREATE OR REPLACE VIEW pennylane.v_known AS\nSELECT {} FROM landfall.sync_state;\n"
    for number, columns in enumerate(("COUNT(*) AS tables", "COUNT(*) AS tables, MAX(version) AS latest")):
        (folder / "v.sql").write_text("-- Tables\n-- that are known.\n" + define.format(columns))
        assert renewed(lake, "pennylane") == ["v_known"], number
    there = Snapshot(lake.house).known("pennylane", "v_known")
    assert [f.name for f in there.schema().fields] == ["tables", "latest"]
    assert there.metadata().description == "Tables that are known."


@pytest.mark.parametrize("dialect", sql.DIALECTS)
def test_they_are_printed_as_views(dialect: str) -> None:
    command = [sys.executable, "-m", "landfall.sql", "fullbay", "--dialect", dialect]
    told = subprocess.run([*command, "--into", "live"], capture_output=True, text=True, check=True).stdout
    texts = told.split("\nGO\n")[1:] if dialect == "tsql" else [told]
    statements = [t for text in texts for t in sqlglot.parse(text, read=dialect)]
    made = [t for t in statements if isinstance(t, sqlglot.exp.Create) and t.kind == "VIEW"]
    assert [t.this.name for t in made] == [view.name for view in sql.views(source("fullbay"))]
    assert {t.this.db for t in made} == {"live"}
    read = {t.db for view in made for t in view.expression.find_all(sqlglot.exp.Table) if t.db}
    assert read == {"fullbay", "landfall"}


def test_what_is_printed_for_postgresql_runs_there(database: str) -> None:
    warehouse = open_warehouse(database)
    setup.set_up(warehouse, source("fullbay"))
    with warehouse.begin() as connection:
        warehouse.apply_native(connection, sql.printed(source("fullbay"), "postgres", "live"))
    assert len(sa.inspect(warehouse.engine).get_view_names(schema="live")) == len(
        list(sql.views(source("fullbay")))
    )


def test_weeks_begin_on_monday_and_months_on_the_first_however_far_the_day_is(tmp_path: Path) -> None:
    days = [date(2026, 11, 29), date(2026, 11, 30), date(1969, 12, 31), date(1899, 12, 31), date(2024, 2, 29)]
    days += [date(1, 1, 7), date(9999, 12, 31), date(2262, 5, 1)]
    house = Lakehouse.folder(tmp_path)
    write_deltalake(house.table("shop", "days"), pa.table({"day": pa.array([*days, None], pa.date32())}))
    text = "SELECT day, CAST(DATE_TRUNC('week', day) AS DATE), CAST(DATE_TRUNC('month', day) AS DATE) FROM shop.days"
    told = {row[0]: tuple(row[1:]) for row in Snapshot(house).execute(text)}
    assert told == {day: (day - timedelta(days=day.weekday()), day.replace(day=1)) for day in days} | {
        None: (None, None)
    }
