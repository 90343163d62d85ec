"""Records as the vendor sent them to rows of silver, on the cluster's workers, by the decoder that every engine has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from landfall.errors import RowRejected
from landfall.landing import new_load_id
from landfall.sources import source
from landfall.spark.frames import Frame, ddl
from landfall.spark.words import understood
from landfall.warehouse.lake.schema import arrow_schema
from landfall.warehouse.tables import target_table

REJECT, RAW = "_reject", "_raw"


def decode(*, spark: Any, entity: str, raw_df: Frame) -> Frame:
    """The silver rows of an entity's records, as a frame; a record that cannot be read has its reason in `_reject`.

    :param entity: a resource of the source, such as `time_entries`.
    :param raw_df: records in a column `raw`, as bronze and `ConnectWiseClient` have them; the workers need Landfall.
    :returns: the silver table's columns, `_reject` (NULL where all is well) and `_raw` (of a rejected record).
    """
    load_id, schema = new_load_id(), _schema(entity)

    def each(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from _decoded(entity, load_id, batches)

    with understood(spark):
        return raw_df.select("raw").mapInArrow(each, ddl(schema))


def _schema(entity: str) -> pa.Schema:
    table = source("connectwise").resource(entity).table
    fields = [field.with_nullable(True) for field in arrow_schema(target_table(table, "connectwise"))]
    return pa.schema([*fields, pa.field(REJECT, pa.string()), pa.field(RAW, pa.string())])


def _decoded(entity: str, load_id: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    resource, schema = source("connectwise").resource(entity), _schema(entity)
    decoder, number = resource.decoder(resource.table, load_id), 0
    empty = (None,) * (len(schema) - 2)
    for batch in batches:
        rows: list[tuple[Any, ...]] = []
        for raw in batch.column(0).to_pylist():
            number += 1
            try:
                made = decoder.rows((raw or "").encode(), number)
            except RowRejected as rejected:
                rows.append((*empty, str(rejected), raw))
            else:
                rows += [(*row[1:], None, None) for name, row in made if name == resource.table.name]
        columns = (
            [pa.array(c, f.type) for c, f in zip(zip(*rows, strict=True), schema, strict=True)]
            if rows
            else []
        )
        if columns:
            yield pa.RecordBatch.from_arrays(columns, schema=schema)
