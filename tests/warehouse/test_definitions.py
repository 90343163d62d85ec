"""Views, indexes and tables that are right are not touched; those that are not wait for seconds, and say for whom."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from landfall import pipeline, setup
from landfall.errors import WarehouseBusy, WarehouseRefused
from landfall.sources import source
from landfall.sql_files import apply_sql
from landfall.warehouse import Warehouse
from landfall.warehouse.sql import definitions, session
from landfall.warehouse.tables import STAGE_SCHEMA, verbatim
from tests.driver import open_warehouse

FULLBAY = source("fullbay")
VIEW = "fullbay.v_invoice_summary"
OWNER = "landfall_test_owner"


@pytest.fixture
def warehouse(database: str) -> Warehouse:
    made = open_warehouse(database)
    setup.set_up(made, FULLBAY)
    return made


@pytest.fixture
def person(database: str) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else in the database, whose application names itself."""
    address = sa.make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, application_name="Power BI") as connection:
        yield connection


def versions(warehouse: Warehouse) -> dict[str, tuple[Any, ...]]:
    """What changes of every relation when it is defined anew, or its comment is."""
    with warehouse.begin() as connection:
        found = connection.exec_driver_sql(
            "SELECT c.oid::regclass::text, c.xmin::text, r.xmin::text, d.xmin::text FROM pg_class c "
            "LEFT JOIN pg_rewrite r ON r.ev_class = c.oid LEFT JOIN pg_description d ON d.objoid = c.oid "
            "AND d.objsubid = 0 WHERE c.relnamespace::regnamespace::text IN ('fullbay', 'tree11', 'landfall')"
        ).all()
    return {str(name): tuple(rest) for name, *rest in found}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes of definition hardly wait."""
    monkeypatch.setattr(definitions, "DDL_SECONDS", 0.05)


@pytest.mark.parametrize("name", ["fullbay", "tree11"])
def test_what_is_right_is_left_as_it_is(name: str, database: str) -> None:
    warehouse = open_warehouse(database)
    setup.set_up(warehouse, source(name))
    before = versions(warehouse)
    setup.set_up(warehouse, source(name))
    assert versions(warehouse) == before
    assert len(before) > 10
    assert sa.inspect(warehouse.engine).get_view_names(schema=STAGE_SCHEMA) == []


def test_an_open_report_keeps_nobody_waiting(warehouse: Warehouse, person: psycopg.Connection[Any]) -> None:
    person.execute(f"SELECT * FROM {VIEW}").fetchall()
    person.execute("SELECT * FROM landfall.sync_state").fetchall()
    started = time.monotonic()
    setup.set_up(warehouse, FULLBAY)
    assert time.monotonic() - started < session.DDL_SECONDS * 20, "or it has waited for the report's end"


def redefine(warehouse: Warehouse) -> None:
    """Make one view other than its file says."""
    with warehouse.begin() as connection:
        connection.exec_driver_sql(f"DROP VIEW {VIEW}")
        connection.exec_driver_sql(f"CREATE VIEW {VIEW} AS SELECT 1 AS mine")


def stands_as_declared(warehouse: Warehouse) -> bool:
    with warehouse.begin() as connection:
        columns = sa.inspect(connection).get_columns(VIEW.partition(".")[2], schema="fullbay")
    return "mine" not in [column["name"] for column in columns]


def test_a_view_whose_columns_stay_is_replaced(warehouse: Warehouse) -> None:
    with warehouse.begin() as connection:
        text = connection.exec_driver_sql(
            "SELECT pg_get_viewdef('fullbay.sync_state'::regclass)"
        ).scalar_one()
        other = text.replace("'fullbay", "'other")
        connection.execute(verbatim(f"CREATE OR REPLACE VIEW fullbay.sync_state AS {other}"))
    apply_sql(warehouse, "fullbay")
    with warehouse.begin() as connection:
        now = connection.exec_driver_sql("SELECT pg_get_viewdef('fullbay.sync_state'::regclass)").scalar_one()
    assert now == text


def test_a_view_that_cannot_become_what_it_should_be_is_named(warehouse: Warehouse) -> None:
    redefine(warehouse)
    with pytest.raises(WarehouseRefused, match="42P16") as raised:
        apply_sql(warehouse, "fullbay")
    assert "Drop the view" in raised.value.todo
    with warehouse.begin() as connection:
        connection.exec_driver_sql(f"DROP VIEW {VIEW}")
    apply_sql(warehouse, "fullbay")
    assert stands_as_declared(warehouse)


def test_who_is_at_a_view_that_has_to_change_is_told(
    warehouse: Warehouse, person: psycopg.Connection[Any], impatient: None
) -> None:
    with warehouse.begin() as connection:
        text = connection.exec_driver_sql(
            "SELECT pg_get_viewdef('fullbay.sync_state'::regclass)"
        ).scalar_one()
        other = text.replace("'fullbay", "'other")
        connection.execute(verbatim(f"CREATE OR REPLACE VIEW fullbay.sync_state AS {other}"))
    person.execute("SELECT 'a secret', * FROM fullbay.sync_state").fetchall()
    with pytest.raises(WarehouseBusy) as raised:
        apply_sql(warehouse, "fullbay")
    pid = person.info.backend_pid
    assert raised.value.message == (
        f"fullbay.sync_state has to be defined anew, and process {pid} (postgres, Power BI) holds it"
    )
    assert raised.value.__context__ is None
    person.rollback()
    apply_sql(warehouse, "fullbay")


def test_a_table_that_lacks_a_column_waits_for_seconds_too(
    warehouse: Warehouse, person: psycopg.Connection[Any], impatient: None
) -> None:
    with warehouse.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE fullbay.fullbay_raw_data DROP COLUMN _extra")
    person.execute("SELECT * FROM fullbay.fullbay_raw_data").fetchall()
    with pytest.raises(WarehouseBusy, match=r"fullbay_raw_data has .*Power BI\) holds it"):
        pipeline.ensure_source(warehouse, FULLBAY)
    person.rollback()
    pipeline.ensure_source(warehouse, FULLBAY)


@pytest.fixture
def owner(person: psycopg.Connection[Any], warehouse: Warehouse, postgres: Any) -> Iterator[str]:
    """The URL of a loader that owns everything in `fullbay` but one view."""
    login, at = sql.Identifier(OWNER), warehouse.engine.url
    with psycopg.connect(postgres.dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'only-for-this-test'").format(login))
    for schema in ("fullbay", "landfall", "landfall_stage"):
        person.execute(sql.SQL("ALTER SCHEMA {} OWNER TO {}").format(sql.Identifier(schema), login))
    names = person.execute(
        "SELECT oid::regclass::text, relkind FROM pg_class WHERE relkind IN ('r', 'v') "
        "AND relnamespace::regnamespace::text IN ('fullbay', 'landfall') AND oid <> 'fullbay.sync_state'::regclass"
    ).fetchall()
    for name, kind in names:
        person.execute(f"ALTER {'VIEW' if kind == 'v' else 'TABLE'} {name} OWNER TO {OWNER}")
    person.execute(f"GRANT SELECT ON fullbay.sync_state TO {OWNER}")
    person.commit()
    yield at.set(username=OWNER, password="only-for-this-test").render_as_string(hide_password=False)
    person.rollback()
    person.execute(f"REASSIGN OWNED BY {OWNER} TO postgres")
    person.execute(f"DROP OWNED BY {OWNER}")
    person.execute(f"DROP ROLE {OWNER}")
    person.commit()


def test_a_view_of_another_role_that_is_right_is_left_and_one_that_is_not_is_named(
    owner: str, person: psycopg.Connection[Any]
) -> None:
    loader = open_warehouse(owner)
    setup.set_up(loader, FULLBAY)
    person.execute(
        "CREATE OR REPLACE VIEW fullbay.sync_state AS "
        "SELECT table_name, last_sync_at, records_synced, sync_type, updated_at FROM landfall.sync_state"
    )
    person.commit()
    with pytest.raises(
        WarehouseRefused, match=r"view fullbay\.sync_state .* belongs to the role postgres"
    ) as raised:
        setup.set_up(loader, FULLBAY)
    assert raised.value.__context__ is None
    loader.engine.dispose()
