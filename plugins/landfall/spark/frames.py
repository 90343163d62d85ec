"""Data frames in place of tables: queries put to them, and a source's models made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData

from landfall.errors import Misconfigured
from landfall.models import Made, Select, Tables, cast
from landfall.records import TableSpec
from landfall.resources import Resource, Source
from landfall.spark.words import adapted, compiled, rendered, understood
from landfall.warehouse.lake.schema import arrow_schema
from landfall.warehouse.lake.words import LakeDialect, Name
from landfall.warehouse.tables import target_table

Frame = Any
"""A `pyspark.sql.DataFrame`, of a cluster's own or of Spark Connect."""
Query = sa.Select[Any] | sa.CompoundSelect[Any] | sa.TextClause | str


class Frames:
    """What is read of data frames, by queries in PostgreSQL's words.

    :param spark: the session.
    :param find: the frame of a table, by schema and name.
    :ivar dialect: for whoever puts a compiled query into another.
    """

    def __init__(self, spark: Any, find: Callable[[str, str], Frame]) -> None:
        self.spark, self.dialect, self._find = spark, LakeDialect(), find

    def frame(self, query: Query) -> Frame:
        """The rows of a query as a frame; nothing is computed yet."""
        return self.frame_of(*(rendered(query) if isinstance(query, str) else compiled(query)))

    def frame_of(self, text: str, used: Mapping[Name, str]) -> Frame:
        """The same of a text in Spark's own words, which reads these tables."""
        frames = {called: self._find(*name) for name, called in used.items()}
        with understood(self.spark):
            return self.spark.sql(text, **frames)

    def execute(self, query: Query) -> sa.Result[Any]:
        """The rows of a query, as SQLAlchemy's connections give them."""
        frame = self.frame(query)
        with understood(self.spark):
            rows = arrow_of(frame)
        return IteratorResult(SimpleResultMetaData(rows.schema.names), _tuples(rows))

    def scalars(self, query: Query) -> sa.ScalarResult[Any]:
        """The first column of a query's rows."""
        return self.execute(query).scalars()


class Star:
    """A source's models as frames, made of the frames of its tables.

    :param given: frames by the table's name; what is not given is empty.
    :raises Misconfigured: a frame is not what its table's record declares.
    """

    def __init__(self, spark: Any, source: Source, given: Mapping[str, Frame]) -> None:
        self._spark, self._source, self._given = spark, source, given
        self._tables = {spec.name: spec for spec in source.tables}
        self._models = {model.table.name: model for model in source.models}
        self._made: dict[str, Frame] = {}
        self._frames = Frames(spark, lambda _, name: self.frame(name))

    def frame(self, name: str) -> Frame:
        """The frame of a table, or of a model."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Frame:
        spec = self._tables[name]
        target = target_table(spec, self._source.name)
        if name in self._given:
            return _conformed(self._given[name], target, spec)
        model = self._models.get(name)
        if model is None:
            return frame_of(self._spark, (), target)
        if isinstance(model.read, Select):
            tree = cast(model.read.text(self._source.kind), model.table)
            return self._frames.frame_of(*adapted(tree))
        return frame_of(self._spark, self._rows(model), target)

    def _rows(self, model: Resource) -> Iterator[Sequence[Any]]:
        assert isinstance(model.read, Made)
        every = {name: target_table(spec, self._source.name) for name, spec in self._tables.items()}
        tables = Tables(every, lambda query: iter([self._frames.execute(query).all()]))
        for row in model.read.rows(tables):
            yield [row.get(column.name) for column in every[model.table.name].columns]


def frame_of(spark: Any, rows: Iterable[Sequence[Any]], table: sa.Table) -> Frame:
    """A frame of a few rows, in the columns of a declared table."""
    with understood(spark):
        return spark.createDataFrame([tuple(row) for row in rows], ddl(arrow_schema(table)))


def ddl(schema: pa.Schema) -> str:
    """A schema in Spark's words."""
    return ", ".join(f"`{field.name}` {sql_type_of(field.type)}" for field in schema)


def arrow_of(frame: Frame) -> pa.Table:
    """All rows of a frame, here. Spark 3.5 has no public word for it."""
    if hasattr(frame, "toArrow"):
        return frame.toArrow()
    batches = frame._collect_as_arrow()
    return pa.Table.from_batches(batches) if batches else pa.table({name: [] for name in frame.columns})


def sql_type_of(kind: pa.DataType) -> str:
    """A type of a lake's in Spark's words."""
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    known = {"int64": "BIGINT", "string": "STRING", "bool": "BOOLEAN", "date32[day]": "DATE"}
    return known.get(str(kind), "TIMESTAMP")


def _conformed(frame: Frame, target: sa.Table, spec: TableSpec) -> Frame:
    """A frame in the columns and types of a table; a column that may lack a value may lack altogether."""
    there = {field.name: field.dataType.simpleString() for field in frame.schema.fields}
    wanted = {field.name: sql_type_of(field.type).lower().replace(" ", "") for field in arrow_schema(target)}
    for name, kind in wanted.items():
        if name not in there and name in spec.key:
            raise Misconfigured(
                f"the frame for {target.fullname} has no column {name}",
                todo=f"Give the rows of the table {target.fullname}.",
            )
        if there.get(name, kind) != kind and not (there[name] in ("int", "smallint") and kind == "bigint"):
            raise Misconfigured(
                f"the frame for {target.fullname} has {name} as {there[name]}; the table has it as {kind}",
                todo="Cast the column, or give the rows of the table as the pipeline wrote it.",
            )
    columns = [
        f"CAST(`{name}` AS {kind}) AS `{name}`" if name in there else f"CAST(NULL AS {kind}) AS `{name}`"
        for name, kind in wanted.items()
    ]
    return frame.selectExpr(*columns)


def _tuples(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in rows.to_batches(max_chunksize=5_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
