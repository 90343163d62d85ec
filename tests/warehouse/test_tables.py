"""A table that exists is brought up to what its record declares today."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql

from landfall.errors import Misconfigured
from landfall.records import Record, column, spec
from landfall.warehouse import connect
from landfall.warehouse.sql.schema import widened
from landfall.warehouse.tables import target_table


class Stricter(Record, table="things", key="id"):
    """Things, as they were declared once."""

    id: int
    name: str


class Thing(Record, table="things", key="id"):
    """Things."""

    id: int
    name: str | None


@pytest.mark.engines
def test_a_column_that_is_no_longer_required_may_be_null(database: str) -> None:
    warehouse = connect(database)
    warehouse.ensure([target_table(spec(Stricter), "lab")])
    table = target_table(spec(Thing), "lab")
    warehouse.ensure([table])
    with warehouse.begin() as connection:
        connection.execute(sa.insert(table).values(id=1, name=None))
        assert connection.execute(sa.select(table.c.id, table.c.name)).all() == [(1, None)]


class Short(Record, table="things", key="code"):
    """Things, as they were declared once."""

    code: str = column(length=5)
    name: str = column(length=5)
    text: str | None = column(length=5)


class Long(Record, table="things", key="code"):
    """Things."""

    code: str = column(length=8)
    name: str | None = column(length=8)
    text: str | None


@pytest.mark.engines
def test_a_text_that_may_be_longer_gets_the_room(database: str) -> None:
    """But for a key of SQL Server, which no statement alters."""
    warehouse = connect(database)
    longer = Long if warehouse.own_sql == "postgresql" else LongBesideItsKey
    warehouse.ensure([target_table(spec(Short), "lab")])
    table = target_table(spec(longer), "lab")
    row = {"code": "8" * table.c.code.type.length, "name": "n" * 8, "text": "t" * 300}
    for tables in (table, target_table(spec(Short), "lab")):  # and is not made shorter again
        warehouse.ensure([tables])
        with warehouse.begin() as connection:
            connection.execute(sa.insert(table).values(row))
            assert connection.execute(sa.select(table)).mappings().one() == {**row, "_extra": None}
            connection.execute(sa.delete(table))


class LongBesideItsKey(Record, table="things", key="code"):
    """Things."""

    code: str = column(length=5)
    name: str | None = column(length=8)
    text: str | None


def test_a_column_that_a_view_shows_is_not_widened_and_the_view_is_named(database: str) -> None:
    warehouse = connect(database)
    warehouse.ensure([target_table(spec(Short), "lab")])
    with warehouse.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW lab.names AS SELECT name FROM lab.things")
    with pytest.raises(Misconfigured, match=r"lab\.things\.name is shorter .* lab\.names "):
        warehouse.ensure([target_table(spec(Long), "lab")])


def test_on_sql_server_a_widened_column_keeps_collation_and_null() -> None:
    table = target_table(spec(Long), "lab")
    found: Any = {"type": mssql.NVARCHAR(5, collation="Latin1_General_CI_AS"), "nullable": False}
    told = str(widened(mssql.dialect(), table, table.c.code, found))
    assert (
        told == "ALTER TABLE lab.things ALTER COLUMN code NVARCHAR(8) COLLATE Latin1_General_CI_AS NOT NULL"
    )
    plain: Any = {"type": mssql.NVARCHAR(5), "nullable": True}
    told = str(widened(mssql.dialect(), table, table.c.text, plain))
    assert told == "ALTER TABLE lab.things ALTER COLUMN text NVARCHAR(max) NULL"
