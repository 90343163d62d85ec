"""A view of a lake that stands still: each table in the version it had when it was first asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import TableNotFoundError
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData

from landfall.errors import Misconfigured
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.words import LakeDialect, Name, compiled, quoted, rendered

Query = sa.Select[Any] | sa.CompoundSelect[Any] | sa.TextClause | str


class Snapshot:
    """What is read of a lake, by queries in PostgreSQL's words.

    :param house: the lake.
    :ivar dialect: for whoever puts a compiled query into another.
    """

    def __init__(self, house: Lakehouse) -> None:
        self.house, self.dialect = house, LakeDialect()
        self._tables: dict[Name, DeltaTable | None] = {}

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to let go of."""

    def table(self, schema: str, name: str) -> DeltaTable | None:
        """The table as this snapshot holds it, or None where there is none."""
        if (schema, name) not in self._tables:
            self._tables[schema, name] = self._open(schema, name)
        return self._tables[schema, name]

    def there(self, table: sa.Table) -> DeltaTable:
        """The same of a declared table.

        :raises Misconfigured: there is none.
        """
        return self.known(str(table.schema), table.name)

    def known(self, schema: str, name: str) -> DeltaTable:
        """The table as this snapshot holds it. :raises Misconfigured: there is none."""
        found = self.table(schema, name)
        if found is None:
            raise _missing(schema, name)
        return found

    def forget(self, table: sa.Table) -> None:
        """Look at a table anew when it is asked for next: this process has changed it."""
        self._tables.pop((str(table.schema), table.name), None)

    def stream(self, query: Query) -> pa.RecordBatchReader:
        """The rows of a query in Arrow batches."""
        return self.stream_of(*(rendered(query) if isinstance(query, str) else compiled(query)))

    def stream_of(self, text: str, used: Iterable[Name]) -> pa.RecordBatchReader:
        """The same of a text in the lake's own words, which reads these tables."""
        builder = QueryBuilder()
        for schema, name in used:
            builder.register(quoted(f"{schema}.{name}"), self.known(schema, name))
        return pa.RecordBatchReader.from_stream(builder.execute(text))

    def execute(self, query: Query) -> sa.Result[Any]:
        """The rows of a query, as SQLAlchemy's connections give them."""
        batches = self.stream(query)
        return IteratorResult(SimpleResultMetaData(batches.schema.names), _tuples(batches))

    def scalars(self, query: Query) -> sa.ScalarResult[Any]:
        """The first column of a query's rows."""
        return self.execute(query).scalars()

    def _open(self, schema: str, name: str) -> DeltaTable | None:
        try:
            return DeltaTable(self.house.table(schema, name), storage_options=self.house.options)
        except TableNotFoundError:
            return None


def recast(batches: pa.RecordBatchReader, schema: pa.Schema) -> pa.RecordBatchReader:
    """The same rows in the types of `schema`: an engine's own (views of texts, wider amounts) become the declared.

    :raises pyarrow.ArrowInvalid: a value does not fit.
    """

    def each() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            columns = [batch.column(field.name).cast(field.type) for field in schema]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, each())


def _tuples(batches: pa.RecordBatchReader) -> Iterator[tuple[Any, ...]]:
    for batch in batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _missing(schema: str, name: str) -> Misconfigured:
    return Misconfigured(
        f"there is no table {schema}.{name} in the lake",
        todo="Run the DAG of its source once; a plan makes every declared table.",
    )
