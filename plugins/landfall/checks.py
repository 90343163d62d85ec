"""Checks: what must hold of the rows a load is about to publish.

A blocking check that fails keeps the load from being published; a warning is stored and reported; a rejecting one sets
the records it names aside, and the others are published. A rule about a single record rejects, unless its row is what
the vendor's own screen shows and a report would miss it: then it warns. A rule about the whole blocks or warns.

A check looks at the candidate, that is each of the resource's tables as it would be after publishing: SQL checks are
plain queries over the published tables, so they run in psql as they are, and Landfall puts the candidate in the tables'
place; of a rejecting one the staged rows.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from landfall.lazily import sa, warehouse_tables
from landfall.records import Column, TableSpec
from landfall.scope import Window
from landfall.sql_files import read_sql
from landfall.state import State

if TYPE_CHECKING:
    from landfall.warehouse.tables import Reader

Severity = Literal["blocking", "rejecting", "warning"]
SAMPLE = 5


@dataclasses.dataclass(frozen=True)
class Result:
    """What a check found; `value` and `threshold` are numbers a person can compare."""

    check: str
    severity: Severity
    passed: bool
    value: Decimal | int | float | None = None
    threshold: Decimal | int | float | None = None
    details: str = ""
    todo: str = ""

    @property
    def status(self) -> str:
        """PASS, WARN or FAIL."""
        return "PASS" if self.passed else "FAIL" if self.severity == "blocking" else "WARN"


@dataclasses.dataclass(frozen=True)
class Candidate:
    """What a check may ask.

    :ivar source: the source's name, as SQL files have it.
    :ivar staged: the stage of each table of the resource.
    :ivar tables: for each table of the resource, a query of its rows as they would be after publishing.
    :ivar history: row counts after the last loads, newest first.
    :ivar rows: rows of the parent table as it would be.
    :ivar schemas: the source's schemas as SQL files call them, with their names in the warehouse.
    :ivar windows: the parts of the table that were read, where it is read by days.
    """

    reader: Reader
    source: str
    table: TableSpec
    staged: Mapping[str, sa.Table]
    tables: Mapping[str, sa.Select[Any]]
    state: State
    history: list[int]
    rows: int
    now: datetime
    schemas: Mapping[str, str]
    windows: tuple[Window, ...] = ()


class Check(Protocol):
    """A check is a value with a name, a severity and one question."""

    @property
    def name(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    def run(self, candidate: Candidate) -> Result: ...


@dataclasses.dataclass(frozen=True)
class Keys:
    """The staged rows' keys, those of child tables too, are unique and have no NULL.

    With the tables' primary keys that holds for all rows.
    """

    name: str = "keys unique and not null"
    severity: Severity = "blocking"

    def run(self, candidate: Candidate) -> Result:
        odd: dict[str, tuple[sa.Subquery, sa.Subquery]] = {}
        for table in candidate.table.family():
            if all(table.column(name).role != "value" for name in table.key):
                continue  # the parent's key and a counted position: unique by how the rows are made
            rows = candidate.staged[table.name]
            keys = [rows.c[k] for k in table.key]
            one = sa.select(sa.literal(1)).select_from(rows)
            several = one.group_by(*keys).having(sa.func.count() > 1)
            nulls = one.where(sa.or_(*(k.is_(None) for k in keys)))
            odd[table.name] = several.subquery(), nulls.subquery()
        counted = warehouse_tables.count_each(
            candidate.reader, *(rows for pair in odd.values() for rows in pair)
        )
        found_in = zip(odd, counted[::2], counted[1::2], strict=True)
        bad = {name: several + nulls for name, several, nulls in found_in if several + nulls}
        details = ", ".join(f"{found} in {name}" for name, found in bad.items())
        todo = "Compare the key in the record with the vendor's."
        return Result(self.name, self.severity, not bad, sum(bad.values()), 0, details, todo)


@dataclasses.dataclass(frozen=True)
class Freshness:
    """The table was last known to be up to date within `within`; tells of a schedule that stood still."""

    within: timedelta
    severity: Severity = "warning"
    name: str = "freshness"

    def run(self, candidate: Candidate) -> Result:
        last = candidate.state.last_sync_at
        limit = self.within.total_seconds() / 3600
        if last is None:
            return Result(self.name, self.severity, True, threshold=limit, details="first load")
        hours = round((candidate.now - last).total_seconds() / 3600, 2)
        return Result(
            self.name,
            self.severity,
            hours <= limit,
            hours,
            limit,
            f"hours since the sync before this one: {hours}",
            "Look why the runs in between failed or did not start.",
        )


@dataclasses.dataclass(frozen=True)
class Volume:
    """The number of rows is near the average after the last loads.

    :param low, high: allowed share of that average.
    """

    low: float = 0.5
    high: float = 2.0
    severity: Severity = "warning"
    name: str = "volume against history"

    def run(self, candidate: Candidate) -> Result:
        if not candidate.history or not (average := sum(candidate.history) / len(candidate.history)):
            return Result(self.name, self.severity, True, candidate.rows, details="no history yet")
        share = candidate.rows / average
        return Result(
            self.name,
            self.severity,
            self.low <= share <= self.high,
            candidate.rows,
            round(average, 2),
            f"{share:.0%} of the average of {len(candidate.history)} loads",
            "Compare the count with the vendor's own screen.",
        )


_HEADER = re.compile(r"^-- (\w+): (.*)$", re.M)


@dataclasses.dataclass(frozen=True)
class Sql:
    """A query file under `include/sql/<source>/checks/` that returns the rows that break a rule.

    The file begins with comment lines `-- rule: …`, `-- severity: blocking|rejecting|warning`, `-- why: …` (why that
    severity) and `-- todo: …`. Its first column should be a key, no personal data: the first few values go into the
    message. A rejecting one returns all columns of the parent table's key, by their names.

    :param loaded: it looks at the rows that were read alone, so that what is long over is not told at every run.
    """

    file: str
    severity: Severity = "blocking"
    loaded: bool = False

    @property
    def name(self) -> str:
        return Path(self.file).stem

    def rule(self, source: str) -> str:
        """What has to hold, in words."""
        return self._header(source, "rule")

    def todo(self, source: str) -> str:
        """What to do where it does not."""
        return self._header(source, "todo")

    def run(self, candidate: Candidate) -> Result:
        rows = candidate.tables
        if self.loaded:
            rows = {name: sa.select(stage) for name, stage in candidate.staged.items()}
        text, reader = self._query(candidate.source), candidate.reader
        counted = f"SELECT count(*) FROM (\n{text}\n) AS broken"  # noqa: S608 - our own file
        count = put_in_place(counted, reader, candidate.schemas, rows)
        bad = reader.execute(warehouse_tables.verbatim(count)).scalar_one()
        details = self.rule(candidate.source)
        if bad:
            shown = put_in_place(text, reader, candidate.schemas, rows)
            sample = reader.execute(warehouse_tables.verbatim(shown)).fetchmany(SAMPLE)
            details = f"{details}: {bad} break it, first {', '.join(str(row[0]) for row in sample)}"
        return Result(self.name, self.severity, not bad, bad, 0, details, self.todo(candidate.source))

    def broken(
        self,
        reader: Reader,
        source: str,
        table: TableSpec,
        stages: Mapping[str, sa.Table],
        schemas: Mapping[str, str],
    ) -> list[int]:
        """The numbers of the staged records that break the rule, in their order; for rejecting checks.

        :param table: the parent table.
        """
        keys = " AND ".join(f'broken."{key}" = staged."{key}"' for key in table.key)
        asked = (
            f'SELECT staged."{warehouse_tables.SEQ}" FROM "{table.name}" AS staged '  # noqa: S608 - our own file
            f"WHERE EXISTS (SELECT 1 FROM (\n{self._query(source)}\n) AS broken WHERE {keys})"
        )
        rows = {name: sa.select(stage) for name, stage in stages.items()}
        return sorted(reader.scalars(warehouse_tables.verbatim(put_in_place(asked, reader, schemas, rows))))

    def _query(self, source: str) -> str:
        return read_sql(source, "checks", self.file).rstrip().rstrip(";")

    def _header(self, source: str, name: str) -> str:
        return dict(_HEADER.findall(self._query(source))).get(name, "")


def put_in_place(
    text: str, reader: Reader, schemas: Mapping[str, str], tables: Mapping[str, sa.Select[Any]]
) -> str:
    """The query with the resource's tables replaced by the rows of these queries.

    :param schemas: the source's schemas as SQL files call them, with their names in the warehouse.
    """
    import sqlglot
    from sqlglot import exp

    from landfall.warehouse.sql import tsql

    dialect = reader.dialect
    glot = {"postgresql": "postgres", "mssql": "tsql"}[dialect.name]
    tree: Any = sqlglot.parse_one(text, read="postgres")
    used: set[str] = set()
    for table in tree.find_all(exp.Table):
        if table.name in tables and table.db in ("", *schemas):
            used.add(table.name)
            alias = table.alias or table.name
            table.replace(exp.table_(f"candidate_{table.name}", alias=alias))
        elif schemas.get(table.db, table.db) != table.db:
            table.set("db", exp.to_identifier(schemas[table.db]))
    for name in sorted(used):
        query = tables[name].compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        tree = tree.with_(f"candidate_{name}", as_=str(query), dialect=glot)
    return tsql.render(tree) if glot == "tsql" else tree.sql(dialect=glot, comments=False)


def pointed_at(resource: TableSpec) -> set[str]:
    """The tables that the declared references of a resource point at."""
    return {_pointed_at(c)[0] for table in resource.family() for c in table.columns if c.references}


def references(
    reader: Reader, tables: Mapping[str, sa.Table], resource: TableSpec, there: Collection[str]
) -> list[Result]:
    """Whether the values of each declared reference exist in the published table it points at.

    :param tables: the source's tables in the warehouse, by name.
    :param resource: the parent table; those of its child tables are looked up too.
    :param there: those of `pointed_at` that exist.
    """
    return [
        _resolved(reader, tables, resource, table, column)
        for table in resource.family()
        for column in table.columns
        if column.references and _pointed_at(column)[0] in there
    ]


def _pointed_at(column: Column) -> tuple[str, str]:
    name, _, key = column.references.partition(".")
    return name, key or "id"


def _resolved(
    reader: Reader,
    tables: Mapping[str, sa.Table],
    resource: TableSpec,
    table: TableSpec,
    column: Column,
) -> Result:
    name, key = _pointed_at(column)
    other = tables[name]
    value = tables[table.name].c[column.name]
    missing = ~sa.exists().where(other.c[key] == value)
    bad = warehouse_tables.count_rows(
        reader, sa.select(value).where(value.is_not(None), missing).distinct().subquery()
    )
    what = column.name if table is resource else f"{table.name}.{column.name}"
    details = f"{bad} values of {what} are not in {name}" if bad else ""
    todo = f"Run {name} with mode=full; if they stay, the vendor does not list them."
    return Result(f"{what} in {name}", "warning", not bad, bad, 0, details, todo)
