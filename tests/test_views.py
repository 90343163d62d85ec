"""A declared view: on a database it is one, in a lake a table that is made anew when the day has moved."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from landfall import docs, setup, sql
from landfall.models import View
from landfall.records import Layer, Record, column
from landfall.resources import Replace, Resource, Source
from landfall.sql_files import sql_root
from landfall.warehouse import Warehouse
from tests.driver import Lab, open_warehouse
from tests.engines import LAKE

SHELVES = Layer("shelves", "shop_shelves")
SELECT = """\
-- How long each thing lies; the day is that of the reader.
SELECT id, CURRENT_DATE - came AS "ageDays", worth * 2 AS worth, name
FROM lab.lab
"""


class Thing(Record, table="lab", key="id"):
    """Things."""

    id: int
    came: date
    worth: Decimal = column(precision=(12, 2))
    name: str | None


class Age(Record, table="ages", key="id", layer=SHELVES):
    """How long each thing lies."""

    id: int
    ageDays: int
    worth: Decimal = column(precision=(14, 2))
    name: str | None


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    folder = tmp_path / "sql" / "lab" / "models"
    folder.mkdir(parents=True)
    (folder / "ages.sql").write_text(SELECT)
    (tmp_path / "sql" / "access").symlink_to(sql_root() / "access")
    monkeypatch.setenv("LANDFALL_SQL", str(tmp_path / "sql"))
    things = Resource("lab", Thing, read=None, write=Replace())  # type: ignore[arg-type]
    return Source("lab", "Shop", "", (things,), layers=(SHELVES,), views=(View(Age, "ages.sql"),))


def ages(warehouse: Warehouse) -> list[tuple[object, ...]]:
    query = sa.text('SELECT id, "ageDays", worth, name FROM shop_shelves.ages ORDER BY id')
    with warehouse.reading() as reader:
        return [tuple(row) for row in reader.execute(query)]


@pytest.mark.parametrize("database", ["postgresql", *LAKE], indirect=True)
def test_it_says_what_is_true_today(shop: Source, database: str, tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    lab = Lab(database, tmp_path, Thing)
    lab.source = shop
    setup.set_up(lab.warehouse, shop)
    for worth in ("10.50", "11.50"):
        lab.load([{"id": 1, "came": str(today - timedelta(days=40)), "worth": worth, "name": "Þór"}])
        lab.warehouse.conclude(sql.views(shop))
        assert ages(lab.warehouse) == [(1, 40, Decimal(worth) * 2, "Þór")]
    assert "ages" in setup.drop(open_warehouse(database), shop)


def test_it_is_documented_and_printed_like_a_table(shop: Source) -> None:
    assert "### shelves.ages" in docs.tables(shop)
    assert "| `worth` | numeric(14, 2), not null |" in docs.tables(shop)
    for dialect in sql.DIALECTS:
        assert "CREATE" in sql.printed(shop, dialect)
    assert "AS NVARCHAR(MAX)" in sql.printed(shop, "tsql")


def test_its_name_is_its_own(shop: Source) -> None:
    from landfall.errors import Misconfigured

    class Twice(Record, table="LAB", key="id"):
        """Of the same name as a table."""

        id: int

    with pytest.raises(Misconfigured):
        Source("lab", "Shop", "", shop.resources, layers=(SHELVES,), views=(View(Twice, "ages.sql"),))
