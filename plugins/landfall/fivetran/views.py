"""`python -m landfall.models SOURCE`: print a source's models as views over what Fivetran delivered.

First a view of each delivered table, by Landfall's names and types: without rows that are flagged as deleted, and of
child tables without those that belong to a former state of their record. Then the models, and the views over them. What
Python makes is no view, nor is what reads it; the script names both.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from landfall.errors import LandfallError
from landfall.fivetran.shape import RECORD, Table, destination_name
from landfall.models import Select, Tables, cast
from landfall.records import Column, Json, TableSpec
from landfall.resources import Source
from landfall.sources import kinds, source
from landfall.sql import View, schema_statement, script, statement, views

DIALECTS = ("snowflake", "bigquery", "databricks", "redshift", "postgres", "tsql", "duckdb")
SHA256_HEX = {
    "snowflake": "SHA2({}, 256)",
    "bigquery": "TO_HEX(SHA256({}))",
    "databricks": "SHA2({}, 256)",
    "redshift": "SHA2({}, 256)",
    "postgres": "ENCODE(SHA256(CONVERT_TO({}, 'UTF8')), 'hex')",
    "tsql": "LOWER(CONVERT(VARCHAR(64), HASHBYTES('SHA2_256', CAST({} AS VARCHAR(8000))), 2))",
    "duckdb": "SHA256({})",
}
"""What `SHA256_HEX(text)` of our models is; of digits and other ASCII alone."""
_BIGQUERY = {"WEEK": "ISOWEEK"}
WIDEST = {"bigquery": "BIGNUMERIC", "postgres": "DECIMAL", "duckdb": "DECIMAL(38, 10)"}
"""A number of any precision; elsewhere `DECIMAL(38, 10)`, since without digits it would have no decimals there."""


def printed(
    declared: Source, dialect: str, *, delivered: str = "", into: str = "", hard: bool = False
) -> str:
    """A script that makes the views.

    :param dialect: one of `DIALECTS`.
    :param delivered: the schema into which Fivetran delivers; by default `fivetran_` and the source's name.
    :param into: one schema for all views; by default those that the declaration names.
    :param hard: Fivetran removes rows, and flags none.
    """
    made: list[View] = list(
        _delivered(declared, delivered or f"fivetran_{declared.name}", dialect, hard=hard)
    )
    raw = len(made)
    known, missing = {(view.schema, view.name) for view in made}, {}
    for view in _models(declared):
        reads = {(declared.schemas.get(t.db, t.db), t.name) for t in _tables(view.query) if t.db}
        lacks = sorted(name for _, name in reads - known) if view.query else ["Python"]
        if lacks:
            missing[view.name] = lacks
            continue
        made.append(view)
        known.add((view.schema, view.name))
    schemas = [into] if into else list(dict.fromkeys(view.schema for view in made))
    statements = [schema_statement(schema, dialect) for schema in schemas]
    places = {(view.schema, view.name): _called(view, made[raw:], into) for view in made}
    places |= {
        (called, name): place
        for (schema, name), place in places.items()
        for called, real in declared.schemas.items()
        if real == schema
    }
    for number, view in enumerate(made):  # those of what was delivered read the tables of the same name
        ours = _in_words_of(view, dialect, {} if number < raw else places)
        ours = dataclasses.replace(ours, name=places[view.schema, view.name][1])
        statements.append(statement(ours, dialect, into))
    notes = "".join(
        f"-- {name} is not a view: it needs {', '.join(lacks)}\n" for name, lacks in missing.items()
    )
    return notes + script(statements, dialect)


def _called(view: View, models: list[View], into: str) -> tuple[str, str]:
    """Schema and name of a view. In one schema for all, what was delivered gives way to a model of its name."""
    twice = into and any(view.name == other.name and view is not other for other in models)
    return into or view.schema, f"{view.schema}_{view.name}" if twice else view.name


def _delivered(declared: Source, schema: str, dialect: str, *, hard: bool) -> Iterator[View]:
    for resource in declared.resources:
        parent = resource.table
        for spec in parent.family():
            query = _of_table(spec, None if spec is parent else parent, schema, dialect, hard=hard)
            place = declared.schemas[declared.schema_of(spec)]
            yield View(place, spec.name, query, " ".join(spec.doc.split("\n")[0].split()))


def _of_table(spec: TableSpec, parent: TableSpec | None, schema: str, dialect: str, *, hard: bool) -> Any:
    """The query of a delivered table's rows that count."""
    from sqlglot import exp

    table = Table(spec, parent)
    columns = [
        exp.alias_(
            exp.cast(_column(destination_name(c.name), "t", dialect), _type(c, dialect)), c.name, quoted=True
        )
        for c in spec.columns
    ]
    query: Any = exp.select(*columns).from_(_place(table.name, schema, dialect).as_("t"))
    if not hard:
        query = query.where(_alive("t", dialect))
    if parent:
        tie = _column(RECORD, "p", dialect).eq(_column(RECORD, "t", dialect))
        owner = exp.select("1").from_(_place(Table(parent).name, schema, dialect).as_("p")).where(tie)
        query = query.where(exp.Exists(this=owner if hard else owner.where(_alive("p", dialect))))
    return query


def _alive(alias: str, dialect: str) -> Any:
    from sqlglot import exp

    flag = _column("_fivetran_deleted", alias, dialect)
    return exp.Coalesce(this=flag, expressions=[exp.false()]).eq(exp.false())


def _place(table: str, schema: str, dialect: str) -> Any:
    from sqlglot import exp

    return exp.table_(_written(table, dialect), db=_written(schema, dialect), quoted=True)


def _column(name: str, alias: str, dialect: str) -> Any:
    from sqlglot import exp

    return exp.column(exp.to_identifier(_written(name, dialect), quoted=True), table=alias)


def _written(name: str, dialect: str) -> str:
    """A name as a destination keeps it that is asked for it without quotes: Snowflake in capitals."""
    return name.upper() if dialect == "snowflake" and name == name.lower() else name


def _type(column: Column, dialect: str) -> Any:
    from sqlglot import exp

    if column.type is Decimal:
        if column.precision:
            kind = (
                "BIGNUMERIC"
                if dialect == "bigquery"
                else f"DECIMAL({column.precision[0]}, {column.precision[1]})"
            )
            return exp.DataType.build(kind, dialect="bigquery" if dialect == "bigquery" else "postgres")
        kind = WIDEST.get(dialect, "DECIMAL(38, 10)")
        return exp.DataType.build(kind, dialect="bigquery" if dialect == "bigquery" else "postgres")
    words = {int: "BIGINT", bool: "BOOLEAN", str: "TEXT", Json: "TEXT"}
    kind = words.get(column.type) or {"date": "DATE"}.get(column.type.__name__, "TIMESTAMPTZ")
    return exp.DataType.build(kind, dialect="postgres")


def _models(declared: Source) -> Iterator[View]:
    """Models and the views over them; without a query where Python makes it of what tables hold."""
    import sqlglot

    for model in declared.models:
        spec = model.table
        place = declared.schemas[declared.schema_of(spec)]
        if isinstance(model.read, Select):
            query = sqlglot.parse_one(model.read.text(declared.name), read="postgres")
        else:
            query = _constant(model.read, spec)
        yield View(place, spec.name, query and cast(query, spec), " ".join(spec.doc.split("\n")[0].split()))
    yield from views(declared)


class _Asked(Exception):
    """A table was asked for."""


class _Nothing(Tables):
    """Tables that must not be asked."""

    def __init__(self) -> None:
        super().__init__({}, iter)

    def rows(self, table: str, *columns: str, distinct: bool = False) -> Iterator[Any]:
        raise _Asked

    def bounds(self, table: str, column: str) -> tuple[Any, Any]:
        raise _Asked


def _constant(made: Any, spec: TableSpec) -> Any:
    """The query of rows that follow from settings alone; None where they follow from tables."""
    from sqlglot import exp

    try:
        rows = [dict(row) for row in made.rows(_Nothing())]
    except _Asked:
        return None
    names = [column.name for column in spec.columns if column.role == "value"]

    def one(row: dict[str, Any]) -> Any:
        return exp.select(*(exp.alias_(exp.convert(row.get(name)), name, quoted=True) for name in names))

    if not rows:
        return one({}).where(exp.false())
    query = one(rows[0])
    for row in rows[1:]:
        query = query.union(one(row), distinct=False)
    return query


def _tables(query: Any) -> list[Any]:
    from sqlglot import exp

    return list(query.find_all(exp.Table)) if query else []


def _in_words_of(view: View, dialect: str, places: dict[tuple[str, str], tuple[str, str]]) -> View:
    """The view with every name as it is, and what sqlglot does not translate."""
    from sqlglot import exp
    from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
    from sqlglot.optimizer.qualify_columns import quote_identifiers

    query = view.query.copy()
    for node in query.find_all(exp.Table):
        if place := places.get((node.db, node.name)):
            node.set("db", exp.to_identifier(place[0], quoted=True))
            node.set("this", exp.to_identifier(place[1], quoted=True))
    query = normalize_identifiers(query, dialect="postgres")
    for node in list(query.find_all(exp.Sub)):
        if isinstance(node.this, exp.CurrentDate) and dialect in (
            "bigquery",
            "databricks",
        ):  # else an interval
            node.replace(exp.DateDiff(this=node.this, expression=node.expression, unit=exp.var("DAY")))
    for node in list(query.find_all(exp.TimestampTrunc)):
        if dialect == "bigquery":  # whose weeks begin on Sunday, and whose moments are no dates
            unit = exp.var(_BIGQUERY.get(node.unit.name, node.unit.name))
            node.replace(exp.Anonymous(this="DATE_TRUNC", expressions=[node.this, unit]))
    for node in list(query.find_all(exp.Anonymous)):
        if node.name.upper() == "SHA256_HEX":
            argument = node.expressions[0].sql(dialect=dialect)
            node.replace(exp.Var(this=SHA256_HEX[dialect].format(argument)))
    for node in query.find_all(exp.Identifier):
        node.set("this", _written(node.name, dialect))
    query = quote_identifiers(query, dialect=dialect, identify=True)
    return View(view.schema, view.name, query, view.doc)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and print. :returns: the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m landfall.models",
        description="Print a source's models as views over what Fivetran delivered.",
    )
    parser.add_argument("source", choices=kinds())
    parser.add_argument("--dialect", choices=DIALECTS, default="postgres")
    parser.add_argument(
        "--from", dest="delivered", metavar="SCHEMA", default="", help="where Fivetran delivers to"
    )
    parser.add_argument("--into", metavar="SCHEMA", default="", help="make all views in this schema")
    parser.add_argument("--hard-deletes", action="store_true", help="Fivetran removes rows, and flags none")
    given = parser.parse_args(arguments)
    try:
        told = printed(
            source(given.source),
            given.dialect,
            delivered=given.delivered,
            into=given.into,
            hard=given.hard_deletes,
        )
    except LandfallError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(told)
    return 0
