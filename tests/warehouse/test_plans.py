"""The statements of a publish stay set-based however large the stage: joins and anti-joins, never a filter per row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from landfall.records import Record, column, parent, position
from landfall.scope import Scope, Window
from tests.driver import Lab

ROWS = 20_000
WRITES = ("DELETE", "UPDATE", "INSERT", "MERGE")


class Part(Record, table="parts", key=("thing_id", "position")):
    """Parts of a thing."""

    thing_id: int = parent()
    position: int = position()
    name: str | None = column()


class Thing(Record, table="things", key="id"):
    """Things."""

    id: int = column()
    name: str | None = column()
    number: int | None = column(index=True)
    parts: list[Part] = column()


def things(start: int, stop: int, name: str) -> list[bytes]:
    parts = '[{"name":"a"},{"name":"b"}]'
    return [
        b'{"id":%d,"name":"%s","number":%d,"parts":%s}' % (i, name.encode(), i, parts.encode())
        for i in range(start, stop)
    ]


@pytest.mark.parametrize(
    ("scope", "windows", "deletes"),
    [
        (Scope.EVERYTHING, (), ()),
        (Scope.NOTHING, (), [(i,) for i in range(0, ROWS, 3)]),
        (Scope.WINDOW, (Window("number", 0, ROWS),), ()),
    ],
    ids=["everything", "nothing", "window"],
)
def test_no_statement_of_a_publish_looks_rows_up_one_by_one(
    database: str, tmp_path: Path, scope: Scope, windows: tuple[Window, ...], deletes: Any
) -> None:
    lab = Lab(database, tmp_path, Thing)
    lab.load(things(0, ROWS, "old"))
    lab.query("ANALYZE lab.things")
    lab.query("ANALYZE lab.parts")
    extraction, staged = lab.stage(
        things(ROWS // 10, ROWS + 100, "new"), scope=scope, windows=windows, deletes=deletes
    )
    plans: dict[str, str] = {}

    def explain(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.split()[0] in WRITES and "landfall_stage" in statement:
            with cursor.connection.cursor() as other:
                other.execute(f"EXPLAIN {statement}", parameters)
                plans[statement] = "\n".join(row[0] for row in other.fetchall())

    sa.event.listen(lab.warehouse.engine, "before_cursor_execute", explain)
    result = lab.pipeline.publish(extraction, staged, allow_shrink=True)
    assert result.inserted + result.updated == staged.staged
    kinds = {statement.split()[0] for statement in plans}
    assert "DELETE" in kinds
    assert kinds & {"MERGE", "INSERT"}
    assert len(plans) >= 4
    for statement, plan in plans.items():
        assert "SubPlan" not in plan, f"{statement}\n{plan}"
        assert "Nested Loop" not in plan or "things.rejects" in plan, f"{statement}\n{plan}"  # an empty table
        assert "Hash" in plan or "Merge" in plan, f"{statement}\n{plan}"


def test_a_few_changes_in_a_large_table_are_found_by_their_key(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Thing)
    lab.load(things(0, ROWS, "old"))
    lab.query("ANALYZE lab.things")
    extraction, staged = lab.stage(things(5, 10, "new"), scope=Scope.NOTHING, deletes=[(1,)])
    plans = []

    def explain(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.split()[0] in WRITES and "landfall_stage" in statement and "parts" not in statement:
            with cursor.connection.cursor() as other:
                other.execute(f"EXPLAIN {statement}", parameters)
                plans.append("\n".join(row[0] for row in other.fetchall()))

    sa.event.listen(lab.warehouse.engine, "before_cursor_execute", explain)
    assert lab.pipeline.publish(extraction, staged).updated == 5
    assert len(plans) >= 2
    for plan in plans:
        assert "Seq Scan on things" not in plan
