"""The T-SQL we send: every statement parses, golden files show it to a reviewer, and translation keeps the meaning.

After a change that is meant, `python -m tests.warehouse.test_tsql` writes the golden files anew.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
import sqlglot
from sqlalchemy.dialects import mssql as mssql_dialect
from sqlalchemy.schema import CreateIndex, CreateSchema, CreateTable, DropTable

from landfall import checks, ledger, models
from landfall.anomaly import Anomaly
from landfall.resources import Resource, Source, Upsert
from landfall.scope import Fuse, Reach, Scope, Window
from landfall.sources import source, sources
from landfall.sql_files import sql_root
from landfall.warehouse.removal import Family
from landfall.warehouse.sql import mssql, schema, tsql
from landfall.warehouse.sql.books import SqlBooks
from landfall.warehouse.sql.mssql import MssqlWarehouse
from landfall.warehouse.sql.publish import deduplicate, publish_rows
from landfall.warehouse.tables import target_table
from tests.warehouse.recorded import recording_engine

GOLDEN = Path(__file__).parent / "golden"
LOAD = "20260102T030405_0a1b2c"
EACH = [pytest.param(s, r, id=f"{s.name}-{r.name}") for s in sources() for r in s.resources]


def statements(declared: Source, resource: Resource) -> Iterator[str]:
    """Everything one resource's load sends to SQL Server: tables, stage, and one publish of its kind."""
    engine, sent = recording_engine()
    warehouse = MssqlWarehouse("mssql+mssqlpython://nobody@nowhere/warehouse")
    warehouse.engine = engine
    family = Family(resource.table, declared.name, LOAD, resource.window)
    for table in [*family.targets.values(), *family.all_stages]:
        yield str(CreateTable(table).compile(dialect=engine.dialect)).strip()
        yield from (
            str(CreateIndex(i).compile(dialect=engine.dialect))
            for i in sorted(table.indexes, key=lambda i: str(i.name))
        )
    with engine.begin() as connection:
        sent.clear()
        warehouse.indistinct(connection, family.stages[resource.table.name], resource.table.key)
        deduplicate(connection, family)
        publish_rows(
            warehouse,
            connection,
            family,
            reach=_reach(resource),
            unread=(),
            fuse=Fuse(),
            rows_before=0,
            now=datetime(2026, 1, 2, tzinfo=UTC),
        )
    yield from sent


def _reach(resource: Resource) -> Reach:
    if resource.window:
        return Reach(Scope.WINDOW, (Window(resource.window, "2026-01-01", "2026-01-08"),))
    return Reach(Scope.NOTHING if isinstance(resource.write, Upsert) else Scope.EVERYTHING)


@pytest.mark.parametrize(("declared", "resource"), EACH)
def test_every_statement_parses_as_tsql(declared: Source, resource: Resource) -> None:
    sent = list(statements(declared, resource))
    assert any(s.startswith("UPDATE t SET") and " EXCEPT " in s for s in sent)
    assert any(s.startswith("INSERT INTO") and "NOT EXISTS" in s for s in sent)
    for statement in sent:
        assert sqlglot.parse_one(statement, read="tsql", error_level=sqlglot.ErrorLevel.RAISE)


def test_the_ledger_is_no_more_than_sql_server_knows() -> None:
    engine, _ = recording_engine()
    for table in ledger.TABLES:
        ddl = str(CreateTable(table).compile(dialect=engine.dialect))
        assert sqlglot.parse_one(ddl, read="tsql")
        assert "JSONB" not in ddl
        assert "TIME ZONE" not in ddl


@pytest.mark.parametrize(
    "path",
    [
        path
        for kind in ("views", "checks", "monitoring")
        for path in sorted(sql_root().glob(f"*/{kind}/*.sql"))
    ],
    ids=lambda p: p.stem,
)
def test_our_files_are_translated_whole(path: Path) -> None:
    made = list(tsql.translate(path.read_text(encoding="utf-8")))
    assert made
    for statement in made:
        assert sqlglot.parse_one(statement, read="tsql", error_level=sqlglot.ErrorLevel.RAISE)
        for foreign in (
            "INTERVAL", "NULLS LAST", "OR ALTER", "OR REPLACE", "CURRENT_DATE", "CURRENT_TIMESTAMP", "GETDATE", "TRUE",
        ):  # fmt: skip
            assert foreign not in statement, f"{foreign} is no T-SQL"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("SELECT CURRENT_DATE - INTERVAL '30' DAY", "SELECT DATEADD(DAY, -30, CAST(GETUTCDATE() AS DATE))"),
        (
            "SELECT CURRENT_TIMESTAMP - INTERVAL '24' HOUR, CURRENT_TIMESTAMP",
            "SELECT DATEADD(HOUR, -24, GETUTCDATE()), GETUTCDATE()",
        ),
        ("SELECT a + INTERVAL '2' HOUR FROM t", "SELECT DATEADD(HOUR, 2, a) FROM t"),
        ("CREATE OR REPLACE VIEW s.v AS SELECT 1 AS a", "CREATE VIEW s.v AS SELECT 1 AS a"),
    ],
)
def test_dates_and_views_are_put_in_its_words(ours: str, theirs: str) -> None:
    assert list(tsql.translate(ours)) == [theirs]


def test_scripts_are_cut_at_go_and_know_what_they_create() -> None:
    script = "-- a procedure\nCREATE PROCEDURE s.p AS SELECT 1\nGO\n\nSELECT 2;\n  go  \n"
    first, second = tsql.batches(script)
    assert tsql.creates(first) == ("PROCEDURE", "s.p")
    assert second == "SELECT 2;"
    assert tsql.creates(second) is None
    assert tsql.creates("SELECT 'CREATE VIEW x'") is None


NATIVE = sorted(sql_root().glob("*/mssql/*.sql"))


@pytest.mark.parametrize(
    "path", [*NATIVE, *sorted(sql_root().glob("access/mssql*.sql"))], ids=lambda p: p.stem
)
def test_native_scripts_parse(path: Path) -> None:
    for batch in tsql.batches(path.read_text(encoding="utf-8")):
        assert sqlglot.parse(batch, read="tsql", error_level=sqlglot.ErrorLevel.RAISE)


@pytest.mark.parametrize("path", NATIVE, ids=lambda p: p.stem)
def test_no_procedure_lends_its_owners_rights_to_write(path: Path) -> None:
    """Whoever may execute it could write what its owner may; text that is executed needs the caller's own rights."""
    for batch in tsql.batches(path.read_text(encoding="utf-8")):
        kind, _ = tsql.creates(batch) or ("", "")
        own = re.sub(r"--[^\n]*|N?'(?:[^']|'')*'", "", batch).upper()
        if kind == "PROCEDURE":
            assert not re.findall(r"\b(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE|DROP|ALTER)\b", own)


def of_the_ledger() -> list[str]:
    """What the ledger's functions send."""
    engine, sent = recording_engine()
    now = datetime(2026, 1, 2, tzinfo=UTC)
    run = dict.fromkeys(ledger.runs.columns.keys(), "x") | {
        "started_at": now,
        "ended_at": now,
        "dry_run": False,
    }
    with engine.begin() as connection:
        sent.clear()
        books = SqlBooks.within(connection)
        books.state("s", "t")
        books.states("s")
        for version in (0, 1):
            before = ledger.State(version=version)
            books.advance("s", "t", before, {"watermark": "w", "last_sync_at": now, "updated_at": now})
        ledger.load(books, LOAD)
        books.record_load({"load_id": LOAD, "figures": {"t": 1}, "published_at": now})
        ledger.row_history(books, "s", "r")
        ledger.clear_quarantine(books, "s", LOAD)
        ledger.set_aside(books, [{"source": "s", "raw": "{}", "quarantined_at": now}])
        with contextlib.suppress(KeyError):  # who accepts everything answers nothing of use
            ledger.run_rows(books, "x")
        ledger.record_run(books, [run])
        ledger.forget_run(books, "x")
        ledger.forget(books, "s", now)
    return sent


def of_locks_and_definitions() -> list[str]:
    """Locks, looks into the catalogue, a view, a column that is added, a table that is dropped, a new schema."""
    engine, sent = recording_engine()
    warehouse = MssqlWarehouse("mssql+mssqlpython://nobody@nowhere/warehouse")
    warehouse.engine = engine
    table = target_table(source("tree11").resource("Leden").table, "tree11")
    with engine.begin() as connection:
        sent.clear()
        warehouse.lock(connection, "tree11.Leden")
        connection.execute(mssql._HELD, {"name": "tree11.Leden"})
        warehouse.apply(connection, "CREATE OR REPLACE VIEW tree11.v AS SELECT 1 AS a")
        connection.execute(schema._KEY, {"name": "tree11.Leden"})
        connection.execute(
            schema._new_column(connection, table, next(c for c in table.columns if c.nullable))
        )
        connection.execute(DropTable(table))
        connection.execute(CreateSchema("tree11"))
    return sent


def of_checks() -> list[str]:
    """What the checks send that are no files of ours: of keys, of anomalies, and of every declared reference."""
    engine, sent = recording_engine()
    now = datetime(2026, 1, 2, tzinfo=UTC)
    with engine.begin() as connection:
        sent.clear()
        for declared, resource in ((s, r) for s in sources() for r in s.resources):
            family = Family(resource.table, declared.name, LOAD)
            rows = {name: sa.select(stage) for name, stage in family.stages.items()}
            candidate = checks.Candidate(
                connection,
                declared.name,
                resource.table,
                family.stages,
                rows,
                ledger.State(),
                [],
                0,
                now,
                declared.schemas,
            )
            with contextlib.suppress(ValueError):  # the recorder answers with one column
                checks.Keys().run(candidate)
            for check in (c for c in resource.checks if isinstance(c, Anomaly)):
                for ask in (check.run, lambda c: check._by_day(c, now.date(), now.date())):  # noqa: B023
                    with contextlib.suppress(ValueError):  # as above
                        ask(candidate)
            for table in resource.table.family():
                for column in (c for c in table.columns if c.references):
                    every = {t.name: target_table(t, declared.name) for t in declared.tables}
                    checks._resolved(connection, every, resource.table, table, column)
    return sent


def of_models() -> list[str]:
    """What fills the stages of the models that are SELECTs."""
    dialect = mssql_dialect.dialect()  # type: ignore[no-untyped-call]
    return [
        models.render(
            model.read.text(declared.name),
            model.table,
            declared.schemas,
            dialect,
            Family(model.table, declared.name, LOAD).stage,
        )
        for declared in sources()
        for model in declared.models
        if isinstance(model.read, models.Select)
    ]


@pytest.mark.parametrize(
    ("statements", "least"),
    [(of_the_ledger, 17), (of_locks_and_definitions, 9), (of_checks, 80), (of_models, 10)],
)
def test_what_is_sent_beside_the_loads_parses_too(statements: Callable[[], list[str]], least: int) -> None:
    sent = statements()
    assert len(sent) >= least
    for statement in sent:
        parsed = sqlglot.parse(statement, read="tsql", error_level=sqlglot.ErrorLevel.RAISE)
        assert parsed
        assert not any(isinstance(tree, sqlglot.exp.Command) for tree in parsed), "what it does not know"


SHOWN: dict[str, Callable[[], Iterable[str]]] = {
    f"tree11_{resource.name}": partial(statements, source("tree11"), resource)
    for resource in source("tree11").resources
} | {
    "ledger": of_the_ledger,
    "locks_and_definitions": of_locks_and_definitions,
    "checks": of_checks,
    "models": of_models,
}
"""What the golden files show: every load of the source that is made for SQL Server, and what is sent beside them."""


def golden_text(name: str) -> str:
    return "\n\n".join(f"{one};" for one in SHOWN[name]()) + "\n"


@pytest.mark.parametrize("name", SHOWN)
def test_statements_are_those_that_were_reviewed(name: str) -> None:
    assert golden_text(name) == (GOLDEN / f"{name}.sql").read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(SHOWN)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in SHOWN:
        (GOLDEN / f"{each}.sql").write_text(golden_text(each), encoding="utf-8")
