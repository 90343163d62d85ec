"""The stage of a large first load becomes the table: the same table as otherwise, and never in the place of one that
somebody has touched."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from landfall.records import Record, column, parent, position
from landfall.resources import Upsert
from landfall.scope import Scope
from landfall.stage import load
from tests.driver import Lab


class Line(Record, table="lines", key=("entry_id", "position")):
    """A child table."""

    entry_id: int = parent()
    position: int = position()
    amount: Decimal | None = column(precision=(10, 2))


class Entry(Record, table="entries", key=("kind", "id"), soft_delete=True):
    """A key of two columns, a required one beside it, indexes, and deletions that are marked."""

    kind: str = column(doc='What it\'s about: a "kind"')
    id: int
    name: str = column(length=20)
    at: datetime | None = column(index=True)
    owner_id: int | None = column(index=True)


class Document(Record, table="documents", key="id"):
    """One with child rows."""

    id: int
    name: str | None = column(doc="Its name")
    at: datetime | None = column(index=True)
    lines: list[Line]


AT = datetime(2026, 11, 28, tzinfo=UTC)
ENTRIES = [
    {
        "kind": "ab"[n % 2],
        "id": n,
        "name": f"n{n}",
        "at": (AT + timedelta(days=n)).isoformat(),
        "owner_id": n % 7,
    }
    for n in range(100)
]
DOCUMENTS = [
    {"id": n, "name": f"n{n}", "at": None, "lines": [{"amount": f"{n}.50"}] * (n % 3)} for n in range(100)
]

SHAPE = """
    SELECT 'column', a.attname, format_type(a.atttypid, a.atttypmod) || a.attnotnull::text
        || a.attstorage::text || a.attcompression::text || coalesce(col_description(t.oid, a.attnum), '')
        || coalesce(a.attacl::text, '')
        FROM pg_attribute a, pg_class t WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND {one}
    UNION ALL SELECT 'place', a.attname, (row_number() OVER (ORDER BY a.attnum))::text
        FROM pg_attribute a, pg_class t WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND {one}
    UNION ALL SELECT 'constraint', c.conname, pg_get_constraintdef(c.oid)
        FROM pg_constraint c, pg_class t WHERE c.conrelid = t.oid AND {one}
    UNION ALL SELECT 'index', i.relname, pg_get_indexdef(i.oid)
        FROM pg_index x, pg_class i, pg_class t WHERE x.indexrelid = i.oid AND x.indrelid = t.oid AND {one}
    UNION ALL SELECT 'table', t.relname, t.relpersistence::text || coalesce(t.relacl::text, '')
        || pg_get_userbyid(t.relowner) || obj_description(t.oid, 'pg_class')
        FROM pg_class t WHERE {one}
    ORDER BY 1, 2, 3
""".replace("{one}", "t.oid = CAST(CAST(:name AS text) AS regclass)")


@pytest.fixture(autouse=True)
def every_landing_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "FAST_PATH_BYTES", 0)


@pytest.fixture(params=[Entry, Document], ids=lambda record: record.__name__)
def lab(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Lab:
    return Lab(database, tmp_path, request.param, write=Upsert())


@pytest.fixture
def documents(database: str, tmp_path: Path) -> Lab:
    return Lab(database, tmp_path, Document, write=Upsert())


def records(lab: Lab) -> list[dict[str, Any]]:
    return DOCUMENTS if lab.resource.table.name == "documents" else ENTRIES


def names(lab: Lab) -> list[str]:
    return [f"lab.{table.name}" for table in lab.resource.table.family()]


def identity(lab: Lab, name: str) -> int:
    found: int = lab.query("SELECT CAST(CAST(:name AS text) AS regclass)::oid::bigint", name=name)[0][0]
    return found


def shape(lab: Lab) -> list[Any]:
    return [lab.query(SHAPE, name=name) for name in names(lab)]


def forget(lab: Lab) -> None:
    lab.query(f"DROP TABLE {', '.join(names(lab))}")
    lab.query("DELETE FROM landfall.sync_state")


def staged(lab: Lab, more: Sequence[Any] = ()) -> tuple[Any, Any, list[int]]:
    """A load up to its check, and what identifies its stages."""
    extraction, made = lab.stage([*records(lab), *more])
    lab.pipeline.check(extraction, made)
    stages = [f'landfall_stage."{extraction.load_id}_{table.name}"' for table in lab.resource.table.family()]
    return extraction, made, [identity(lab, name) for name in stages]


@pytest.mark.parametrize("path", ["fast", "exact"])
def test_the_stage_becomes_the_table_that_would_have_been_made(
    lab: Lab, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as small:
        small.setattr(load, "FAST_PATH_BYTES", 2**40)
        filled = lab.load(records(lab))
        wanted, rows = shape(lab), lab.rows()
    forget(lab)
    if path == "exact":
        monkeypatch.setattr(load, "FAST_PATH_BYTES", 2**40)
        monkeypatch.setattr(load, "MANY", len(records(lab)))
    extraction, made, stages = staged(lab)
    adopted = lab.pipeline.publish(extraction, made)
    assert [identity(lab, name) for name in names(lab)] == stages
    assert shape(lab) == wanted
    assert lab.rows() == rows
    assert len(rows) == len(records(lab)) == adopted.inserted
    assert adopted.tables == filled.tables


def test_loads_after_it_are_loads_like_any_other(lab: Lab) -> None:
    extraction, made, before = staged(lab)
    lab.pipeline.publish(extraction, made)
    changed = [dict(r, name="other") if r["id"] == 7 else r for r in records(lab)[:90]]
    again = lab.load(changed, scope=Scope.EVERYTHING, allow_shrink=True)
    assert (again.inserted, again.updated, again.unchanged, again.deleted) == (0, 1, 89, 10)
    assert [identity(lab, name) for name in names(lab)] == before


def test_publishing_again_changes_nothing(lab: Lab) -> None:
    extraction, made, stages = staged(lab)
    first = lab.pipeline.publish(extraction, made)
    rows = lab.rows()
    assert lab.pipeline.publish(extraction, made) == first
    assert [identity(lab, name) for name in names(lab)] == stages
    assert lab.rows() == rows
    assert lab.query("SELECT count(*) FROM landfall.loads") == [(1,)]


def test_a_dry_run_leaves_the_table_and_its_stage_as_they_were(lab: Lab) -> None:
    extraction, made, stages = staged(lab)
    before = [identity(lab, name) for name in names(lab)]
    wanted = shape(lab)
    tried = lab.pipeline.publish(extraction, made, dry_run=True)
    assert tried.inserted == len(records(lab))
    assert [identity(lab, name) for name in names(lab)] == before
    assert shape(lab) == wanted
    assert lab.rows() == {}
    lab.pipeline.publish(extraction, made)
    assert [identity(lab, name) for name in names(lab)] == stages


def test_a_key_that_came_twice_is_in_the_table_once(documents: Lab) -> None:
    later = {"id": 1, "name": "later", "at": None, "lines": []}
    extraction, made, stages = staged(documents, [later])
    published = documents.pipeline.publish(extraction, made)
    assert [identity(documents, name) for name in names(documents)] == stages
    assert (published.inserted, published.deduplicated) == (100, 1)
    assert documents.column("name")[1] == "later"
    assert {key[0] for key in documents.rows("lines")} == {n for n in range(100) if n % 3 and n != 1}


ATTACHED = {
    "a view": "CREATE VIEW lab.mine AS SELECT id FROM lab.documents",
    "a right": "GRANT SELECT ON lab.lines TO pg_monitor",
    "a right on a column": "GRANT SELECT (id) ON lab.documents TO pg_monitor",
    "a policy": "CREATE POLICY mine ON lab.documents USING (true)",
    "row level security": "ALTER TABLE lab.lines ENABLE ROW LEVEL SECURITY",
    "a trigger": "CREATE TRIGGER mine BEFORE UPDATE ON lab.documents FOR EACH ROW "
    "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "a rule": "CREATE RULE mine AS ON DELETE TO lab.documents DO ALSO NOTIFY mine",
    "an index": "CREATE INDEX mine ON lab.documents (name)",
    "a column": "ALTER TABLE lab.documents ADD mine text",
    "a default": "ALTER TABLE lab.documents ALTER name SET DEFAULT 'mine'",
    "a target of statistics": "ALTER TABLE lab.documents ALTER name SET STATISTICS 500",
    "a foreign key": "CREATE TABLE lab.mine (id bigint REFERENCES lab.documents)",
    "a foreign key of its own": "ALTER TABLE lab.lines ADD FOREIGN KEY (entry_id) REFERENCES lab.documents",
    "a check": "ALTER TABLE lab.lines ADD CHECK (position > 0)",
    "statistics": "CREATE STATISTICS lab.mine ON id, name FROM lab.documents",
    "a function of its rows": "CREATE FUNCTION lab.mine(lab.documents) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a table of its rows": "CREATE TABLE lab.mine (one lab.documents)",
    "a setting": "ALTER TABLE lab.documents SET (fillfactor = 50)",
    "a replica identity": "ALTER TABLE lab.documents REPLICA IDENTITY FULL",
    "an owner": "ALTER TABLE lab.documents OWNER TO pg_monitor",
    "an heir": "CREATE TABLE lab.mine () INHERITS (lab.documents)",
    "a sequence": "CREATE SEQUENCE lab.mine OWNED BY lab.documents.id",
    "a publication": "CREATE PUBLICATION mine FOR TABLE lab.documents",
    "a publication of all": "CREATE PUBLICATION mine FOR ALL TABLES",
    "a comment": "COMMENT ON COLUMN lab.documents.at IS 'mine'",
    "a comment of its own": "COMMENT ON TABLE lab.lines IS 'mine'",
    "a setting of an index": "ALTER INDEX lab.ix_documents_at SET (fillfactor = 50)",
}


@pytest.mark.parametrize("when", ["before the load", "before publishing"])
@pytest.mark.parametrize("what", ATTACHED)
def test_a_table_that_somebody_has_touched_is_filled(documents: Lab, what: str, when: str) -> None:
    extraction = documents.extract(DOCUMENTS)
    made = documents.pipeline.load(extraction)
    documents.query(ATTACHED[what])
    if when == "before the load":
        made = documents.pipeline.load(extraction)
    filled_and_not_replaced(documents, extraction, made)


def test_rights_that_tables_are_given_when_they_are_made_stay(documents: Lab) -> None:
    documents.query("CREATE SCHEMA lab")
    documents.query("ALTER DEFAULT PRIVILEGES IN SCHEMA lab GRANT SELECT ON TABLES TO pg_monitor")
    filled_and_not_replaced(documents, *documents.stage(DOCUMENTS))


def filled_and_not_replaced(documents: Lab, extraction: Any, made: Any) -> None:
    before = [identity(documents, name) for name in names(documents)]
    wanted = shape(documents)
    assert documents.pipeline.publish(extraction, made).inserted == 100
    assert [identity(documents, name) for name in names(documents)] == before
    assert shape(documents) == wanted
    assert len(documents.rows()) == 100


def test_rows_that_are_there_already_stay(documents: Lab) -> None:
    extraction, made, _ = staged(documents)
    documents.query("INSERT INTO lab.documents (id, name) VALUES (5, 'old'), (1000, 'mine')")
    published = documents.pipeline.publish(extraction, made, allow_shrink=True)
    assert (published.inserted, published.updated, published.deleted) == (99, 1, 1)
    assert documents.column("name")[5] == "n5"


def test_a_reader_who_is_not_done_is_not_waited_for(documents: Lab) -> None:
    extraction, made, _ = staged(documents)
    before = [identity(documents, name) for name in names(documents)]
    with documents.warehouse.begin() as reader:
        assert reader.exec_driver_sql("SELECT count(*) FROM lab.lines").scalar_one() == 0
        assert documents.pipeline.publish(extraction, made).inserted == 100
        assert [identity(documents, name) for name in names(documents)] == before
        assert reader.exec_driver_sql("SELECT count(*) FROM lab.documents").scalar_one() == 100
    assert len(documents.rows()) == 100


def test_a_reader_sees_no_row_or_every_row(documents: Lab) -> None:
    extraction, made, stages = staged(documents)
    seen: list[int] = []

    def read(*_: Any) -> None:
        with psycopg.connect(dsn) as reader:
            reader.execute("SET lock_timeout = '20ms'")
            try:
                seen.append(reader.execute("SELECT count(*) FROM lab.documents").fetchone()[0])  # type: ignore[index]
            except psycopg.errors.LockNotAvailable:
                seen.append(-1)

    url = documents.warehouse.engine.url.set(drivername="postgresql")
    dsn = url.render_as_string(hide_password=False)
    sa.event.listen(documents.warehouse.engine, "before_cursor_execute", read)
    documents.pipeline.publish(extraction, made)
    sa.event.remove(documents.warehouse.engine, "before_cursor_execute", read)
    read()
    assert [identity(documents, name) for name in names(documents)] == stages
    assert [count for count, _ in itertools.groupby(seen)] == [0, -1, 100], "none, then waiting, then all"
