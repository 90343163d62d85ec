"""A record's table in a lake: types that are exact, a protocol that every engine reads, changes that only add."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
from deltalake import DeltaTable, write_deltalake

from landfall import ledger
from landfall.errors import Misconfigured, RowRejected
from landfall.ledger import State
from landfall.records import Record, column, spec
from landfall.warehouse.lake import commits, schema
from landfall.warehouse.lake.engine import Lake
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.snapshot import Snapshot
from landfall.warehouse.lake.staging import refusal, typed
from landfall.warehouse.lake.words import rendered
from landfall.warehouse.tables import stage_table, target_table
from tests.warehouse.lake.twin import ITEMS, NOW, LakeSide, Load


class Narrow(Record, table="things", key="id"):
    """Things."""

    id: int
    price: Decimal | None = column(precision=(19, 4), doc="With tax")
    seen: datetime | None


class Wide(Record, table="things", key="id"):
    """Things, with a column more."""

    id: int
    price: Decimal | None = column(precision=(19, 4), doc="Without tax")
    seen: datetime | None
    name: str | None = column(doc="As it is told")


class Stricter(Record, table="things", key="id"):
    """Things, with a column that may not be missing."""

    id: int
    name: str


class Other(Record, table="things", key="id"):
    """Things whose price is a text."""

    id: int
    price: str | None


class Huge(Record, table="things", key="id"):
    """Things with more digits than a lake has."""

    id: int
    price: Decimal | None = column(precision=(50, 4))


@pytest.fixture
def side(tmp_path: Path) -> LakeSide:
    return LakeSide(Lakehouse.folder(tmp_path), spec(Narrow))


def ensure(side: LakeSide, record: type[Record]) -> DeltaTable:
    side.lake.ensure([target_table(spec(record), "twin")])
    return DeltaTable(side.lake.house.table("twin", "things"))


def test_types_comments_and_protocol(side: LakeSide) -> None:
    table = ensure(side, Narrow)
    found = pa.schema(table.schema().to_arrow())
    assert [(f.name, f.type, f.nullable) for f in found] == [
        ("id", pa.int64(), False),
        ("price", pa.decimal128(19, 4), True),
        ("seen", pa.timestamp("us", "UTC"), True),
        ("_extra", pa.string(), True),
    ]
    assert found.field("price").metadata == {b"comment": b"With tax"}
    assert table.metadata().description == "Things."
    assert table.metadata().configuration["delta.targetFileSize"] == str(schema.FILE_BYTES)
    assert (table.protocol().min_reader_version, table.protocol().min_writer_version) == (1, 2)


def test_a_new_column_is_added_and_a_comment_follows_its_record(side: LakeSide) -> None:
    side.load(Load([{"id": 1, "price": "1.5"}]))
    version = ensure(side, Wide).version()
    table = ensure(side, Wide)
    assert table.version() == version, "what is right already is not touched"
    found = pa.schema(table.schema().to_arrow())
    assert found.field("name").metadata == {b"comment": b"As it is told"}
    assert found.field("price").metadata == {b"comment": b"Without tax"}
    wide = LakeSide(side.lake.house, spec(Wide))
    assert wide.load(Load([{"id": 1, "price": "1.5", "name": "new"}]))["things"].updated == 1
    assert wide.lake.state("twin", "things").version == 2
    assert (table.protocol().min_reader_version, table.protocol().min_writer_version) == (1, 2)


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (Stricter, r"twin\.things lacks the column name, which the record declares as required"),
        (Other, r"twin\.things\.price is decimal128\(19, 4\), the record says string"),
        (Huge, "things.price has 50 digits, and a lake holds 38"),
    ],
)
def test_a_contradiction_is_told_and_nothing_is_altered(
    side: LakeSide, record: type[Record], told: str
) -> None:
    version = ensure(side, Narrow).version()
    with pytest.raises(Misconfigured, match=told):
        ensure(side, record)
    assert DeltaTable(side.lake.house.table("twin", "things")).version() == version


def test_a_table_of_a_higher_protocol_is_refused(side: LakeSide) -> None:
    naive = pa.table({"id": [1], "seen": pa.array([0], pa.timestamp("us"))})
    write_deltalake(side.lake.house.table("twin", "things"), naive, mode="overwrite", schema_mode="overwrite")
    with pytest.raises(Misconfigured, match="has reader 3 and writer 7; Landfall keeps to 1 and 2"):
        ensure(side, Narrow)


def test_an_amount_that_would_be_rounded_is_refused() -> None:
    class Loose(Record, table="loose", key="id"):
        """No precision declared."""

        id: int
        amount: Decimal | None

    refuse = refusal(stage_table(spec(Loose), "20260302T081500_000001"))
    assert refuse
    refuse((0, 1, Decimal("1.0123456789"), None))
    with pytest.raises(RowRejected, match=r"does not fit DECIMAL\(38, 10\) without rounding"):
        refuse((0, 1, Decimal("1.01234567891"), None))


def test_texts_of_a_block_become_values() -> None:
    batch = pa.RecordBatch.from_pydict(
        {
            "_seq": [0, 1],
            "id": [1, 2],
            "share": ["1.5", "-0.0000000001"],
            "amount": pa.array([Decimal("2.50"), None], pa.decimal128(19, 4)),
            "day": ["2026-03-02", None],
            "moment": ["2026-03-02T10:00:00.5+02:00", None],
        }
    )
    made = typed(batch, schema.arrow_schema(stage_table(ITEMS, "20260302T081500_000001"))).to_pylist()
    assert made[0]["share"] == Decimal("1.5")
    assert made[1]["share"] == Decimal("-0.0000000001")
    assert made[0]["day"] == date(2026, 3, 2)
    assert made[0]["moment"] == datetime(2026, 3, 2, 8, 0, 0, 500000, tzinfo=UTC)
    assert made[0]["name"] is None
    with pytest.raises(pa.ArrowInvalid):
        typed(
            pa.RecordBatch.from_pydict({"share": ["1.01234567891"]}),
            pa.schema([pa.field("share", pa.decimal128(38, 10))]),
        )


@pytest.mark.parametrize(
    "state",
    [
        State("2026-03-02", 7, "20260302T081500_9f3a1c", NOW, NOW, 12),
        State("2026-03-02T08:15:00.123456+00:00", 1, None, NOW, None, 0),
        State("2026-03-02T08:15:00+00:00", 1, "19991231T235959_000000"),
        State(None, 3, "20260302T081500_ffffff"),
    ],
)
def test_what_is_known_of_a_table_outlives_its_logs_files(tmp_path: Path, state: State) -> None:
    house = Lakehouse.folder(tmp_path)
    table = target_table(spec(Narrow), "twin")
    made = schema.create(house.table("twin", "things"), table, {})
    after = commits.commit(house, made, commits.transactions("twin", "things", state), {})
    after.create_checkpoint()
    for log in Path(house.table("twin", "things"), "_delta_log").glob("*.json"):
        log.unlink()
    found = DeltaTable(house.table("twin", "things"))
    assert commits.state_of(found, "twin", "things") == state


def test_a_query_as_it_is_written_for_postgresql(side: LakeSide) -> None:
    side.load(Load([{"id": 1, "price": "1.5"}, {"id": 2, "price": "-2", "new": "'x'"}]))
    text = (
        "SELECT t.id, o.price::text AS price FROM twin.things t JOIN twin.things AS o USING (id) -- a comment\n"
        "WHERE o.price < 0 AND EXISTS (SELECT 1 FROM twin.things WHERE twin.things.id = t.id)"
    )
    assert rendered(text)[1] == {("twin", "things")}
    assert Snapshot(side.lake.house).execute(text).all() == [(2, "-2.0000")]
    with pytest.raises(Misconfigured, match=r"there is no table twin\.nothing in the lake"):
        Snapshot(side.lake.house).execute("SELECT * FROM twin.nothing")


def test_names_and_ids_of_onelake() -> None:
    principal = {"tenant_id": "t", "client_id": "c", "client_secret": "s3cret"}
    named = Lakehouse.onelake("space", "house", **principal)
    assert (
        named.table("silver", "x")
        == "abfss://space@onelake.dfs.fabric.microsoft.com/house.Lakehouse/Tables/silver/x"
    )
    ids = "0a1b2c3d-0000-4000-8000-000000000001", "0a1b2c3d-0000-4000-8000-000000000002"
    assert (
        Lakehouse.onelake(*ids, **principal).root
        == f"abfss://{ids[0]}@onelake.dfs.fabric.microsoft.com/{ids[1]}"
    )
    with pytest.raises(Misconfigured, match="both by name or both by id"):
        Lakehouse.onelake("space", ids[1], **principal)
    assert "s3cret" not in repr(named)


def test_backslashes_are_what_they_are(tmp_path: Path) -> None:
    lake = Lake(Lakehouse.folder(tmp_path))
    lake.ensure(ledger.TABLES)
    names = ["a_b/1", "axb/1", r"a\b"]
    known, now = ledger.sync_state, datetime.now(UTC)
    lake.books.put(known, [{"source": "s", "table_name": n, "version": 1, "updated_at": now} for n in names])

    def found(where: sa.ColumnElement[bool]) -> list[str]:
        return [row["table_name"] for row in lake.books.rows(sa.select(known.c.table_name).where(where))]

    assert found(known.c.table_name == r"a\b") == [r"a\b"]
    assert found(known.c.table_name.startswith("a_b/", autoescape=True, escape="\\")) == ["a_b/1"]


def test_what_is_noted_beside_the_ledger_is_found(tmp_path: Path) -> None:
    lake = Lake(Lakehouse.folder(tmp_path))
    beside = sa.Table(
        "notes", sa.MetaData(), sa.Column("id", sa.BigInteger(), primary_key=True), schema="gym"
    )
    highest = sa.select(sa.func.max(beside.c.id).label("last"))
    assert lake.books.rows(highest) == [], "it is not there yet"
    lake.ensure([beside])
    assert lake.books.rows(highest) == [{"last": None}]
    lake.books.put(beside, [{"id": 7}])
    assert lake.books.rows(highest) == [{"last": 7}]
