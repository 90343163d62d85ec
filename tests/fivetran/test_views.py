"""The SQL downstream: models as views over what Fivetran delivered, in the words of every destination."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
import sqlglot

from landfall import sources
from landfall.fivetran import shape, views
from tests.fivetran.world import Fivetran, fivetran
from tests.sources.prohandel.oracle import hold

pytestmark = pytest.mark.airflow
TYPES = {bool: "BOOLEAN", int: "BIGINT"}


@pytest.fixture(scope="module", params=["connectwise", "pennylane", "prohandel"])
def delivered(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fivetran]:
    """What a function delivered, with an edited record and one that lost its lines."""
    source = sources.source(request.param)
    with fivetran(source, tmp_path_factory.mktemp("delivered")) as made:
        made.settings["tables"] = ",".join(r.name for r in source.resources if not r.parse)
        made.sync()
        made.change()
        made.resync() if request.param == "prohandel" else made.sync()  # where rows vanish without a word
        yield made


def statements(made: Fivetran) -> Iterator[tuple[str, list[Any]]]:
    """What makes Fivetran's tables: columns of the types that it infers; of those without a value, texts."""
    schema = f"fivetran_{made.source.name}"
    yield f'CREATE SCHEMA "{schema}"', []
    for table in shape.tables(made.source):
        rows = list(made.destination.tables.get(table.name, {}).values())
        kinds = {
            name: next((TYPES[type(row[name])] for row in rows if type(row[name]) in TYPES), "TEXT")
            for name in table.columns
        }
        columns = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
        yield f'CREATE TABLE "{schema}"."{table.name}" ({columns}, "_fivetran_deleted" BOOLEAN)', []
        for row in rows:
            yield (
                f'INSERT INTO "{schema}"."{table.name}" VALUES ({", ".join("?" * len(row))}, FALSE)',
                list(row.values()),
            )


@pytest.fixture(scope="module", params=["postgres", "duckdb"])
def asked(
    delivered: Fivetran, request: Any, new_database: Callable[[str], str]
) -> Iterator[Callable[[str], list[Any]]]:
    """Answers a query in a destination in which the printed script was run."""
    script = views.printed(delivered.source, request.param)
    if request.param == "duckdb":
        with duckdb.connect() as lake:
            for text, values in statements(delivered):
                lake.execute(text, values)
            for text in filter(str.strip, script.split(";\n")):
                lake.execute(text)
            yield lambda query: lake.execute(query).fetchall()
        return
    address = new_database("postgresql").replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        for text, values in statements(delivered):
            connection.execute(text.replace("?", "%s"), values)
        connection.execute(script)
        yield lambda query: connection.execute(query).fetchall()


def test_a_view_of_a_table_has_its_rows_and_of_child_tables_those_that_count(
    delivered: Fivetran, asked: Callable[[str], list[Any]]
) -> None:
    compared = 0
    for resource in delivered.source.resources:
        for spec in resource.table.family() if not resource.parse else ():
            rows = delivered.seen(resource)[shape.destination_name(spec.name)]
            place = delivered.source.schemas[delivered.source.schema_of(spec)]
            key = ", ".join(f'"{name}"' for name in spec.key)
            found = {
                tuple(map(shape.plain, row)) for row in asked(f'SELECT {key} FROM "{place}"."{spec.name}"')
            }
            assert found == set(rows), spec.name
            compared += len(rows)
    assert compared > 100


def raw_rows(made: Fivetran) -> dict[str, list[dict[str, Any]]]:
    """What the vendor has, as it sends it."""
    (vendor,) = made.vendors.values()
    lists = {name: vendor.pieces(name, vendor.listed(name)) for name in vendor.sizes}
    return {
        name: [json.loads(piece, parse_float=Decimal) for piece in pieces] for name, pieces in lists.items()
    }


def named(asked: Callable[[str], list[Any]], query: str) -> list[dict[str, Any]]:
    """The rows of a table by column, moments in UTC."""
    schema, _, table = query.rpartition(" ")[2].partition(".")
    names = [
        name
        for (name,) in asked(
            "SELECT column_name FROM information_schema.columns "
            f"WHERE table_schema = '{schema}' AND table_name = '{table}' ORDER BY ordinal_position"
        )
    ]
    return [
        {
            name: value.astimezone(UTC) if isinstance(value, datetime) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in asked(query)
    ]


def test_models_are_made_of_these_views(delivered: Fivetran, asked: Callable[[str], list[Any]]) -> None:
    if not delivered.source.models:
        assert asked("SELECT count(*) FROM pennylane.customers")[0][0] > 0
        return
    if delivered.source.name == "prohandel":
        hold(raw_rows(delivered), lambda query: named(asked, query))
        return
    (companies,) = asked("SELECT count(*) FROM silver.silver_cw_company")[0]
    (all_told,) = asked("SELECT count(*) FROM gold.dimcompany")[0]
    ((unknown,),) = asked('SELECT "companyName" FROM gold.dimcompany WHERE "CompanyKey" = -1')
    assert unknown == "Unknown"
    assert 0 < companies < all_told


@pytest.mark.parametrize("dialect", views.DIALECTS)
@pytest.mark.parametrize("name", ["connectwise", "prohandel"])
def test_every_statement_can_be_parsed_by_its_dialect(name: str, dialect: str) -> None:
    source = sources.source(name)
    script = views.printed(source, dialect, delivered="fivetran_in", into="acme")
    parts = script.split("\nGO\n") if dialect == "tsql" else script.split(";\n")
    made = 0
    for part in filter(str.strip, parts):
        trees = sqlglot.parse(part, read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
        made += sum(isinstance(tree, sqlglot.exp.Create) for tree in trees)
        assert not any(isinstance(tree, sqlglot.exp.Command) for tree in trees) or "SCHEMA" in part
    assert made >= len(list(shape.tables(source)))


def test_prohandels_tables_are_all_views() -> None:
    script = views.printed(sources.source("prohandel"), "snowflake")
    assert {line.split()[1] for line in script.splitlines() if " is not a view" in line} == {"sync_state"}


def test_the_command_prints_what_fivetran_does_not_flag_too(tmp_path: Path) -> None:
    plugins = Path(views.__file__).parents[2]
    command = [
        sys.executable,
        "-m",
        "landfall.models",
        "pennylane",
        "--dialect",
        "snowflake",
        "--hard-deletes",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(plugins)}, capture_output=True, text=True, check=True
    )
    assert "CREATE OR REPLACE VIEW pennylane.customers AS" in done.stdout
    assert "_FIVETRAN_DELETED" not in done.stdout
    assert '"FIVETRAN_PENNYLANE"."CUSTOMERS" AS "T"' in done.stdout
