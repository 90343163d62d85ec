"""T-SQL of our SQL files: queries written in PostgreSQL's words are translated, scripts are cut into their batches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import sqlglot
from sqlglot import exp

_GO = re.compile(r"^\s*GO\s*;?\s*$", re.MULTILINE | re.IGNORECASE)
_CREATE = re.compile(r"\A(?:\s|--[^\n]*\n)*CREATE\s+(VIEW|PROCEDURE|FUNCTION)\s+(\S+)", re.IGNORECASE)


def translate(text: str) -> Iterator[str]:
    """The statements of a script written for PostgreSQL.

    `CREATE OR REPLACE` becomes `CREATE`, since not every server that speaks T-SQL knows `CREATE OR ALTER`.
    """
    for tree in sqlglot.parse(text, read="postgres"):
        if tree is not None:
            if isinstance(tree, exp.Create):
                tree.set("replace", False)
            yield render(tree)


def render(tree: Any, *, pretty: bool = False) -> str:
    """A parsed PostgreSQL query in T-SQL. :param pretty: over several lines."""
    return str(tree.transform(_moments).transform(_types).sql(dialect="tsql", comments=False, pretty=pretty))


def _moments(node: Any) -> Any:
    """What sqlglot leaves, or makes depend on the server's settings: days from and between dates, the first days
    of weeks and months; and the present, in UTC as all moments are kept."""
    if isinstance(node, exp.TimestampTrunc) and node.text("unit") in ("WEEK", "MONTH"):
        return _first_day(node.this.transform(_moments), node.text("unit"))
    if _are_days(node):  # for which T-SQL has no minus
        today = exp.cast(exp.func("GETUTCDATE"), "date")
        return exp.DateDiff(this=today, expression=node.expression.transform(_moments), unit=exp.var("DAY"))
    if isinstance(node, exp.CurrentTimestamp):
        return exp.func("GETUTCDATE")
    if isinstance(node, exp.CurrentDate):
        return exp.cast(exp.func("GETUTCDATE"), "date")
    if isinstance(node, exp.Sub | exp.Add) and isinstance(node.expression, exp.Interval):
        interval = node.expression
        count = exp.Literal.number(interval.this.name)
        if isinstance(node, exp.Sub):
            count = exp.Neg(this=count)
        return exp.DateAdd(this=node.this.transform(_moments), expression=count, unit=interval.args["unit"])
    return node


def _first_day(day: Any, unit: str) -> Any:
    """Of a date's week, which begins on Monday as the calendar's first day was one, or month."""
    if unit == "MONTH":
        year, month = exp.func("YEAR", day), exp.func("MONTH", day.copy())
        return exp.func("DATEFROMPARTS", year, month, exp.Literal.number(1))
    monday = exp.cast(exp.Literal.string("0001-01-01"), "date")
    days = exp.DateDiff(this=day, expression=monday, unit=exp.var("DAY"))
    since = exp.Neg(this=exp.Paren(this=exp.Mod(this=days, expression=exp.Literal.number(7))))
    return exp.DateAdd(this=day.copy(), expression=since, unit=exp.var("DAY"))


def _are_days(node: Any) -> bool:
    """Whether it is the days from a date until today."""
    today = isinstance(node, exp.Sub) and isinstance(node.this, exp.CurrentDate)
    return today and not isinstance(node.expression, exp.Interval)


def _types(node: Any) -> Any:
    """Texts that hold every letter, and moments as the tables keep them."""
    if isinstance(node, exp.DataType) and node.this in exp.DataType.TEXT_TYPES:
        size = node.expressions[0].name if node.expressions else "MAX"
        return exp.DataType.build(f"NVARCHAR({size})", dialect="tsql")
    if isinstance(node, exp.DataType) and node.this is exp.DataType.Type.TIMESTAMPTZ:
        return exp.DataType.build("DATETIME2(6)", dialect="tsql")
    return node


def batches(text: str) -> list[str]:
    """The batches of a T-SQL script, which lines with GO alone end."""
    return [batch.strip() for batch in _GO.split(text) if batch.strip()]


def creates(batch: str) -> tuple[str, str] | None:
    """The kind and the name of the view, procedure or function that a batch creates; None where it does none of it."""
    found = _CREATE.match(batch)
    return (found[1].upper(), found[2]) if found else None
