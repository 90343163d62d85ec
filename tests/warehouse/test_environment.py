"""What a warehouse lacks is told at once, before anything is made or read; encodings and poolers are tested apart."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from landfall import setup
from landfall.errors import Misconfigured
from landfall.sources import source
from landfall.warehouse.sql import environment
from tests.driver import open_warehouse

LOGIN = "landfall_test_poor"
FULLBAY = source("fullbay")


@pytest.fixture
def poor(database: str) -> Iterator[tuple[str, psycopg.Connection[tuple[object, ...]]]]:
    """The URL of a login without rights, and its administrator."""
    at = sa.make_url(database)
    address = at.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {LOGIN} LOGIN PASSWORD 'only-for-this-test'")
        url = at.set(username=LOGIN, password="only-for-this-test")
        yield url.render_as_string(hide_password=False), admin
        admin.execute(f"DROP OWNED BY {LOGIN} CASCADE")
        admin.execute(f"DROP ROLE {LOGIN}")


def refused(url: str) -> str:
    warehouse = open_warehouse(url)
    with pytest.raises(Misconfigured) as raised:
        setup.prove(warehouse, FULLBAY)
    warehouse.engine.dispose()
    assert "include/sql/access/postgresql.sql" in raised.value.todo
    return raised.value.message


def test_rights_that_are_missing_are_named_all_at_once(
    poor: tuple[str, psycopg.Connection[tuple[object, ...]]], database: str
) -> None:
    url, admin = poor
    told = refused(url)
    for schema in ("fullbay", "landfall", "landfall_stage"):
        assert f"there is no schema {schema}, and {LOGIN} may not create it" in told
    setup.set_up(open_warehouse(database), FULLBAY)
    admin.execute(f"GRANT USAGE, CREATE ON SCHEMA fullbay, landfall TO {LOGIN}")
    admin.execute(f"GRANT USAGE ON SCHEMA landfall_stage TO {LOGIN}")
    admin.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA landfall TO {LOGIN}")
    admin.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA fullbay TO {LOGIN}")
    told = refused(url)
    assert f"{LOGIN} lacks CREATE on schema landfall_stage" in told
    assert f"{LOGIN} may not read and write " in told
    assert "fullbay.fullbay_line_items" in told
    assert "landfall.loads" not in told
    admin.execute(f"GRANT CREATE ON SCHEMA landfall_stage TO {LOGIN}")
    admin.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA fullbay TO {LOGIN}")
    warehouse = open_warehouse(url)
    setup.prove(warehouse, FULLBAY)
    warehouse.engine.dispose()


def test_a_server_that_is_too_old_is_named_with_its_version(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "OLDEST_POSTGRES", 1000)
    warehouse = open_warehouse(database)
    with pytest.raises(Misconfigured, match=r"the server is PostgreSQL \d+") as raised:
        setup.set_up(warehouse, FULLBAY)
    assert "PostgreSQL 1000 or later" in raised.value.todo
    with warehouse.begin() as connection:
        assert not sa.inspect(connection).has_schema("landfall"), "nothing was made"


@pytest.mark.parametrize(
    ("edition", "version", "told"),
    [
        (3, "14", "SQL Server of major version 14"),
        (2, None, "SQL Server of major version None"),
        (11, "12", "a Fabric warehouse"),
        (6, "12", "a Synapse dedicated pool"),
        (3, "15", None),
        (5, "12", None),
        (8, "12", None),
        (12, "12", None),
    ],
)
def test_sql_servers_that_lack_what_a_publish_needs_are_told(
    edition: int, version: str | None, told: str | None
) -> None:
    faults = list(environment.unfit(edition, version))
    assert [told in what for what, _ in faults if told] == ([True] if told else [])
    assert bool(faults) == bool(told)
