"""Models: tables made of other tables of the warehouse, by a SELECT that is written once, or by Python.

    Resource("fact_hours", Hours, read=Select("fact_hours.sql"), write=Replace())
    Resource("calendar", Day, read=Made(days, ("orders",)), write=Replace())
    View(Age, "ages.sql")

A SELECT is a file in `include/sql/<source>/models/`, in PostgreSQL's words; the record says what columns it has, and of
which types, to which every column is cast. What SQL does badly (folding of case, hierarchies, calendars) is a small
table that a function makes of the rows of others. Either is staged, checked and published as any table is, and skipped
while nothing that it reads has moved. A `View` is a SELECT that nobody stages: what it says changes with the day.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from landfall.landing import LandingWriter
from landfall.lazily import sa, warehouse_tables
from landfall.reads.request import Mode, Outcome, Request
from landfall.records import Record, TableSpec, spec
from landfall.scope import Scope
from landfall.sql_files import read_sql

SHA256_HEX = {
    "postgresql": "ENCODE(SHA256(CONVERT_TO({}, 'UTF8')), 'hex')",
    "mssql": "LOWER(CONVERT(VARCHAR(64), HASHBYTES('SHA2_256', CAST({} AS VARCHAR(8000))), 2))",
}
"""What `SHA256_HEX(text)` is on each engine; of digits and other ASCII alone, which T-SQL hashes alike."""

Rows = Callable[["Tables"], Iterable[Mapping[str, Any]]]


@dataclasses.dataclass(frozen=True)
class Select:
    """A SELECT in `include/sql/<source>/models/`; every table that it names is what it reads.

    :param file: the file's name.
    """

    file: str
    incremental: bool = False
    dated: bool = False

    def text(self, source: str) -> str:
        """The query in PostgreSQL's words."""
        return read_sql(source, "models", self.file).rstrip().rstrip(";")

    def reads(self, source: str) -> tuple[str, ...]:
        """Names of the tables that it reads."""
        return _tables_of(self.text(source))

    def version(self, source: str) -> str:
        """What tells a changed text from the one that the table was made by."""
        return self.text(source)

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        """Not read: the engine makes its rows."""
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Made:
    """Rows that a function makes of the rows of other tables.

    :param rows: given the tables, the model's rows by column name.
    :param reads: names of the tables that it asks for.
    :param settings: what else the rows follow from; another value makes them again.
    """

    rows: Rows
    reads_of: tuple[str, ...]
    settings: str = ""
    incremental: bool = False
    dated: bool = False

    def reads(self, source: str) -> tuple[str, ...]:
        """Names of the tables that it reads."""
        return self.reads_of

    def version(self, source: str) -> str:
        """What tells changed settings from those that the table was made by."""
        return self.settings

    def read(self, request: Request, landing: LandingWriter) -> Outcome:
        """Land what the function makes."""
        from landfall.wire.pages import Page

        assert request.tables
        encoder = msgspec.json.Encoder(decimal_format="number")
        items = [msgspec.Raw(encoder.encode(dict(row))) for row in self.rows(request.tables)]
        landing.page(Page(items, {}, 1, "tables of the warehouse"))
        return Outcome(Mode.FULL, Scope.EVERYTHING)


@dataclasses.dataclass(frozen=True)
class View:
    """A SELECT in `include/sql/<source>/models/` that is asked when it is read; a lake keeps it as a table.

    For what follows from the present day, or costs nothing to work out. It has no task, no check and no ledger's row; a
    lake makes its table at the end of a run, when something that it reads has moved, or the day. No model reads it.

    :param record: its columns, to which every one is cast.
    :param file: the file's name.
    """

    record: type[Record]
    file: str

    @property
    def table(self) -> TableSpec:
        """What its record declares."""
        return spec(self.record)  # type: ignore[arg-type]  # a class is hashable, whatever its instances are

    def script(self, source: str) -> str:
        """What defines it, in PostgreSQL's words."""
        schema = self.table.layer.name if self.table.layer else source
        query = cast(Select(self.file).text(source), self.table).sql(dialect="postgres", comments=False)
        return f"CREATE OR REPLACE VIEW {schema}.{self.table.name} AS\n{query};\n"


class Tables:
    """The published tables of a source, as a function that makes a model asks them.

    :param query: rows of a query, a few at a time.
    """

    def __init__(self, tables: Mapping[str, sa.Table], query: Callable[[Any], Iterator[Any]]) -> None:
        self._tables, self._query = tables, query

    def rows(self, table: str, *columns: str, distinct: bool = False) -> Iterator[Any]:
        """These columns of every row."""
        found = self._tables[table]
        asked = sa.select(*(found.c[name] for name in columns))
        for rows in self._query(asked.distinct() if distinct else asked):
            yield from rows

    def bounds(self, table: str, column: str) -> tuple[Any, Any]:
        """The least and the greatest value of a column; two None where there is none."""
        value = self._tables[table].c[column]
        for rows in self._query(sa.select(sa.func.min(value), sa.func.max(value))):
            for low, high in rows:
                return low, high
        return None, None


def render(
    text: str, spec: TableSpec, schemas: Mapping[str, str], dialect: sa.Dialect, into: sa.Table | None
) -> str:
    """The statement that fills a stage with a model's rows, in the words of an engine.

    :param text: the SELECT, in PostgreSQL's words.
    :param schemas: the source's schemas as SQL files call them, with their names in the warehouse.
    :param into: the stage; None: the query alone.
    """
    import sqlglot
    from sqlglot import exp

    from landfall.warehouse.sql import tsql

    tree: Any = sqlglot.parse_one(text, read="postgres")
    for table in tree.find_all(exp.Table):
        if table.db in schemas:
            table.set("db", exp.to_identifier(schemas[table.db], quoted=True))
    # Where each engine has NULL first anyway, so that it is not told to.
    order = ", ".join(f"model.{_quoted(name)} NULLS FIRST" for name in spec.key)
    filled = cast(tree, spec, f"ROW_NUMBER() OVER (ORDER BY {order}) AS {_quoted(warehouse_tables.SEQ)}")
    if into is not None:
        names = [c.name for c in spec.columns if c.role == "value"] + [warehouse_tables.SEQ]
        target = exp.table_(into.name, db=into.schema, quoted=True)
        filled = exp.insert(filled, target, columns=[exp.to_identifier(name, quoted=True) for name in names])
    made = filled.transform(functools.partial(_in_words_of, dialect.name))
    return tsql.render(made) if dialect.name == "mssql" else str(made.sql(dialect="postgres", comments=False))


def cast(query: Any, spec: TableSpec, *more: str) -> Any:
    """A query around another one, with each column cast to the type that the record says.

    :param more: other columns, in PostgreSQL's words; the query's are those of `model`.
    """
    import sqlglot
    from sqlalchemy.dialects import postgresql
    from sqlglot import exp

    sql_type, words = warehouse_tables.sql_type, postgresql.dialect()
    columns = [
        f"CAST(model.{_quoted(c.name)} AS {sql_type(c, indexed=False).compile(dialect=words)}) AS {_quoted(c.name)}"
        for c in spec.columns
        if c.role == "value"
    ]
    outer: Any = sqlglot.parse_one(f"SELECT {', '.join([*columns, *more])} FROM t AS model", read="postgres")  # noqa: S608
    outer.find(exp.From).set("this", exp.maybe_parse(query, dialect="postgres").subquery("model"))
    return outer


def _in_words_of(engine: str, node: Any) -> Any:
    """What sqlglot does not say in an engine's words: hashes."""
    from sqlglot import exp

    if isinstance(node, exp.Anonymous) and node.name.upper() == "SHA256_HEX":
        argument = node.expressions[0].transform(functools.partial(_in_words_of, engine))
        glot = "tsql" if engine == "mssql" else "postgres"
        return exp.Var(this=SHA256_HEX[engine].format(argument.sql(dialect=glot)))
    return node


def digest(made: Select | Made, source: str, inputs: Mapping[str, str]) -> str:
    """What a model's rows follow from, as the watermark of its table: 15 hexadecimal digits."""
    told = json.dumps([made.version(source), sorted(inputs.items())])
    return hashlib.sha256(told.encode()).hexdigest()[:15]


@functools.lru_cache(maxsize=128)
def _tables_of(text: str) -> tuple[str, ...]:
    import sqlglot
    from sqlglot import exp

    tree: Any = sqlglot.parse_one(text, read="postgres")
    return tuple(dict.fromkeys(table.name for table in tree.find_all(exp.Table) if table.db))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


if (
    __name__ == "__main__"
):  # `python -m landfall.models SOURCE`: the models as views over what Fivetran delivered
    import sys

    from landfall.fivetran.views import main

    sys.exit(main())
