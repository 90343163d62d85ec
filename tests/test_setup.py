"""`python -m landfall.setup`: a source's tables and views without a run, again and again, dropped only when asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from landfall import setup
from landfall.resources import names, source
from landfall.warehouse import connect
from landfall.warehouse.tables import target_table

pytestmark = pytest.mark.engines
LEDGERS = target_table(source("tree11").resource("GrootboekRekening").table, "tree11")


@pytest.mark.parametrize("name", names())
def test_every_source_is_set_up_again_and_again(
    database: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert setup.main([name, "--url", database]) == 0
    assert f"Schema {name} has its" in capsys.readouterr().out
    warehouse = connect(database)
    views = {v.lower() for v in sa.inspect(warehouse.engine).get_view_names(schema=name)}
    assert "sync_state" in views
    with warehouse.begin() as connection:
        for view in sorted(views):
            connection.exec_driver_sql(f"SELECT * FROM {name}.{view}").all()


def test_force_drops_what_is_there_and_only_when_it_is_meant(
    database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows() -> Any:
        with connect(database).begin() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(LEDGERS)).scalar_one()

    assert setup.main(["tree11", "--url", database]) == 0
    with connect(database).begin() as connection:
        row = {"Id": "a", "DatumLaatsteUpdate": datetime.now(UTC)}
        connection.execute(sa.insert(LEDGERS).values(row))
    for refused in ([], ["--yes-drop", "pennylane"]):
        assert setup.main(["tree11", "--url", database, "--force", *refused]) == 1
        assert "Nothing was changed" in capsys.readouterr().out
    assert rows() == 1
    assert setup.main(["tree11", "--url", database, "--force", "--yes-drop", "tree11"]) == 0
    assert rows() == 0


def test_what_it_cannot_do_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main(["tree11", "--url", "sqlite:///nowhere"]) == 1
    told = capsys.readouterr().err
    assert (
        told
        == "no warehouse engine for sqlite → Point the warehouse connection at PostgreSQL or SQL Server.\n"
    )
