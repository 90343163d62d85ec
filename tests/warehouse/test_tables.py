"""A table that exists is brought up to what its record declares today."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from landfall.records import Record, spec
from landfall.warehouse import connect
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
