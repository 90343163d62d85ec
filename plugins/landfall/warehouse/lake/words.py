"""SQL in a lake's words: what is written for PostgreSQL, as the DataFusion inside deltalake takes it.

It knows tables by one name only, so `schema.table` becomes `"schema.table"`. All the rest is as it was written.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGCompiler, PGDialect, PGIdentifierPreparer

Name = tuple[str, str]
"""Schema and table."""
MOST_DIGITS = 38
_FIRST_DAYS = {
    "WEEK": "CAST(CAST({day} AS INTEGER) - ((CAST({day} AS INTEGER) + 3) % 7 + 7) % 7 AS DATE)",
    "MONTH": "CAST(CAST({day} AS INTEGER) - CAST(EXTRACT(DAY FROM {day}) AS INTEGER) + 1 AS DATE)",
}
"""Of a date, which is a number of days since a Thursday."""
MOMENT = 'Timestamp(Microsecond, Some("UTC"))'


class _Preparer(PGIdentifierPreparer):
    def __init__(self, dialect: Any) -> None:
        super().__init__(dialect)
        # Columns are told by their table's alias alone.
        self.schema_for_object = lambda table: None  # type: ignore[assignment]
        self.used: set[Name] = set()


class _Compiler(PGCompiler):
    preparer: _Preparer

    def visit_table(self, table: Any, *given: Any, **kw: Any) -> str:
        if not kw.get("asfrom") or not table.schema:
            return super().visit_table(table, *given, **kw)
        self.preparer.used.add((table.schema, table.name))
        return quoted(f"{table.schema}.{table.name}")

    def visit_column(self, column: Any, *given: Any, **kw: Any) -> str:
        # By its whole name: DataFusion takes a table's own for that of a column of it, where there is one.
        table = column.table
        schema = getattr(table, "schema", None)
        names = {table.name: f"{schema}.{table.name}"} if schema else None
        return super().visit_column(column, *given, **{**kw, "ambiguous_table_name_map": names})

    def visit_is_distinct_from_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        # Without parentheses DataFusion reads `a IS DISTINCT FROM (b OR …)`.
        return f"({self.process(binary.left, **kw)} IS DISTINCT FROM {self.process(binary.right, **kw)})"

    def visit_is_not_distinct_from_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"({self.process(binary.left, **kw)} IS NOT DISTINCT FROM {self.process(binary.right, **kw)})"

    def render_literal_value(self, value: Any, type_: Any) -> str:
        if isinstance(value, datetime):
            return moment(value)
        if isinstance(value, date):
            return f"CAST('{value.isoformat()}' AS DATE)"
        return super().render_literal_value(value, type_)


class LakeDialect(PGDialect):
    """PostgreSQL's, as DataFusion understands it; for compiling one query."""

    default_paramstyle = "named"  # others double each per cent sign
    statement_compiler = _Compiler
    preparer = _Preparer  # type: ignore[assignment]
    supports_statement_cache = False


def compiled(query: sa.Select[Any] | sa.CompoundSelect[Any] | sa.TextClause) -> tuple[str, set[Name]]:
    """A query as text with its values in it, and the tables it reads."""
    dialect = LakeDialect()
    if isinstance(query, sa.TextClause):
        return rendered(str(query.compile(dialect=dialect)))
    text = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    return text, dialect.identifier_preparer.used  # type: ignore[attr-defined]


def rendered(text: str) -> tuple[str, set[Name]]:
    """A query in PostgreSQL's words as DataFusion takes it, and the tables it reads."""
    import sqlglot

    return adapted(sqlglot.parse_one(text, read="postgres"))


def adapted(tree: Any) -> tuple[str, set[Name]]:
    """The same of a query that is parsed already, and is changed by it."""
    from sqlglot import exp

    used: set[Name] = set()
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            used.add((table.db, table.name))
            known = exp.table_(exp.to_identifier(f"{table.db}.{table.name}", quoted=True))
            known.set("alias", table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name)))
            table.replace(known)
        elif "." in table.name:  # compiled before, and put into this text
            schema, _, name = table.name.partition(".")
            used.add((schema, name))
    for column in tree.find_all(exp.Column):
        column.set("db", None)
    for told in list(tree.find_all(exp.NullSafeEQ, exp.NullSafeNEQ)):  # as in `_Compiler`
        if not isinstance(told.parent, exp.Paren):
            told.replace(exp.Paren(this=told.copy()))
    for cut in list(tree.find_all(exp.TimestampTrunc)):
        if (
            cut.unit.name in _FIRST_DAYS
        ):  # DataFusion goes by moments in nanoseconds, which end in the year 2262
            days = _FIRST_DAYS[cut.unit.name].format(day=cut.this.sql(dialect="postgres"))
            cut.replace(exp.maybe_parse(days, dialect="postgres"))
    for number in list(tree.find_all(exp.Literal)):
        if number.is_number and not number.is_int and not isinstance(number.parent, exp.DataTypeParam):
            number.replace(_exact(number))
    for rounded in list(tree.find_all(exp.Round)):
        if (to := rounded.args.get("decimals")) is not None and to.is_int:
            # DataFusion tells another type than it makes where all is NULL.
            rounded.replace(exp.cast(rounded.copy(), f"DECIMAL({MOST_DIGITS}, {to.name})"))
    for cast in list(tree.find_all(exp.Cast)):
        if cast.to.is_type("uuid", "json", "jsonb"):  # which DataFusion lacks; a lake holds them as texts
            cast.set("to", exp.DataType.build("text"))
        elif cast.to.is_type("timestamptz"):  # of nanoseconds, as in `moment`
            cast.replace(exp.func("arrow_cast", cast.this.copy(), exp.Literal.string(MOMENT)))
    for encoded in list(tree.find_all(exp.Anonymous)):
        if encoded.name.upper() == "CONVERT_TO":  # which hashes need elsewhere; here they take texts
            encoded.replace(encoded.expressions[0].copy())
    return tree.sql(dialect="postgres", comments=False), used


def _exact(number: Any) -> Any:
    """A literal that PostgreSQL takes for an exact number, and DataFusion for a float."""
    from sqlglot import exp

    whole, _, decimals = number.name.partition(".")
    if not (whole + decimals).isdigit():
        return number.copy()
    return exp.cast(number.copy(), f"DECIMAL({len(whole + decimals)}, {len(decimals)})")


def moment(value: datetime) -> str:
    """A moment as a literal. As plain text it would become one in nanoseconds, which end in the year 2262."""
    return f"arrow_cast('{value.astimezone(UTC).isoformat()}', '{MOMENT}')"


def quoted(name: str) -> str:
    """An identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """A value of a key's column as a literal."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return f"CAST('{value.isoformat()}' AS DATE)"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)
