"""Rows reach a stage unchanged, in whichever form `COPY` carries them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from landfall.records import Json, Record, column
from landfall.warehouse.sql.postgres import copy_form
from landfall.warehouse.tables import stage_table
from tests.driver import Lab


class Dated(Record, table="dated", key="id"):
    """Mostly moments: goes in binary."""

    id: int
    at: datetime | None
    until: datetime | None
    day: date | None
    amount: Decimal | None
    price: Decimal | None = column(precision=(10, 2))
    name: str | None = column(length=20)
    note: str | None
    flag: bool | None
    free: Json | None


class Priced(Dated, table="priced", key="id"):
    """The same with more amounts: goes as text."""

    a: Decimal | None
    b: Decimal | None
    c: Decimal | None
    d: Decimal | None
    e: Decimal | None
    f: Decimal | None


EAST = timezone(timedelta(hours=5, minutes=30))
ROWS: list[tuple[Any, ...]] = [
    (1, None, None, None, None, None, None, None, None, None),
    (2**63 - 1, datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
     date(1, 1, 1), Decimal("-0.0010"), Decimal("12345678.90"), "é" * 20, "", True, '{"a": "\\u00e9 \\\\ \\""}'),
    (-(2**63), datetime(2024, 3, 31, 1, 30, tzinfo=EAST), datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
     date(9999, 12, 31), Decimal("1E+100"), Decimal("-0.00"), "\\N", "a\tb\r\nc\\.\n", False, "[1.10, null]"),
    (3, datetime(2026, 1, 1, tzinfo=UTC), None, date(2000, 2, 29), Decimal("1E-100"), Decimal("0.10"), "NULL",
     "漢字 😀 \x7f", None, "null"),
]  # fmt: skip


@pytest.mark.parametrize(("record", "form"), [(Dated, "BINARY"), (Priced, "TEXT")])
def test_either_form_keeps_every_value(
    database: str, tmp_path: Path, record: type[Record], form: str
) -> None:
    lab = Lab(database, tmp_path, record)
    spec = lab.resource.table
    more = len(spec.columns) - len(ROWS[0])
    sent = [(number, *row, *[Decimal("1.50")] * more, None) for number, row in enumerate(ROWS)]
    stage = stage_table(spec, "copied")
    lab.warehouse.create_stage([stage])
    with lab.warehouse.begin() as connection:
        lab.warehouse.stage_rows(connection, stage, sent)
        kept = connection.execute(sa.select(stage).order_by(stage.c[0])).all()
        texts = connection.execute(
            sa.select(sa.cast(stage.c.amount, sa.Text), sa.cast(stage.c.free, sa.Text)).order_by(stage.c[0])
        ).all()
    free = spec.names.index("free") + 1
    without = [[value for at, value in enumerate(row) if at != free] for row in kept]
    assert without == [[value for at, value in enumerate(row) if at != free] for row in sent]
    dialect = lab.warehouse.engine.dialect
    assert copy_form([c.type.compile(dialect).partition("(")[0] for c in stage.columns]) == form
    assert [row[0] for row in texts] == [None, "-0.0010", str(10**100), f"0.{'0' * 99}1"]
    assert [row[1] for row in texts] == [None, '{"a": "é \\\\ \\""}', "[1.10, null]", "null"]
