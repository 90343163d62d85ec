"""From a declared table to the schema of a Delta table, which every engine of Fabric can read (reader 1, writer 2)."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa
import sqlalchemy as sa
from deltalake import DeltaTable

from landfall.errors import Misconfigured
from landfall.warehouse.lake.words import MOST_DIGITS
from landfall.warehouse.tables import Moment

MOMENT = pa.timestamp("us", "UTC")
"""Without a zone the table would need reader 3 and writer 7."""
USUAL_DECIMALS = 10
FILE_BYTES = 8 * 2**20
"""Of a file of data. A change rewrites whole files; without this a merge would make one large file of many small."""
PROPERTIES = {"delta.targetFileSize": str(FILE_BYTES), "delta.checkpointInterval": "20"}
PROTOCOL = (1, 2)
FEW = 1000
"""Rows that are turned into Arrow's by way of JSON."""
_ENCODER = msgspec.json.Encoder()


def arrow_type(column: sa.Column[Any]) -> pa.DataType:
    """What holds the column's values exactly.

    :raises Misconfigured: nothing does.
    """
    kind = column.type
    if isinstance(kind, Moment):
        return MOMENT
    if isinstance(kind, sa.Numeric):
        digits, decimals = kind.precision or MOST_DIGITS, kind.scale
        if digits > MOST_DIGITS:
            raise Misconfigured(
                f"{column.table.name}.{column.name} has {digits} digits, and a lake holds {MOST_DIGITS}",
                todo="Declare a smaller precision in the record, or keep this source in PostgreSQL.",
            )
        return pa.decimal128(digits, USUAL_DECIMALS if decimals is None else decimals)
    for ours, theirs in (
        (sa.Boolean, pa.bool_()),
        (sa.Integer, pa.int64()),
        (sa.Date, pa.date32()),
        (sa.String, pa.string()),
        (sa.JSON, pa.string()),
    ):
        if isinstance(kind, ours):
            return theirs
    raise Misconfigured(f"{column.table.name}.{column.name}: a lake has nothing for {kind}")


def arrow_schema(table: sa.Table) -> pa.Schema:
    """The Arrow schema of a declared table, with the columns' comments."""
    return pa.schema(
        pa.field(
            c.name, arrow_type(c), bool(c.nullable), metadata={"comment": c.comment} if c.comment else None
        )
        for c in table.columns
    )


def batch_of(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Rows as Arrow has them.

    A few go by way of JSON: `pa.array` imports pandas, to see whether it is given any of its kinds, which costs as much
    time and memory as a small load does.
    """
    if len(rows) <= FEW:
        with contextlib.suppress(pa.ArrowInvalid, UnicodeEncodeError):  # what only Python's values tell apart
            return _by_json(rows, schema)
    values = zip(zip(*rows, strict=True), schema, strict=True)
    return pa.RecordBatch.from_arrays([pa.array(v, f.type) for v, f in values], schema=schema)


def _by_json(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow.json as pa_json

    names = [str(number) for number in range(len(schema))]
    text = _ENCODER.encode_lines([dict(zip(names, row, strict=True)) for row in rows])
    read = pa_json.read_json(
        pa.BufferReader(text),
        pa_json.ReadOptions(use_threads=False, block_size=len(text)),
        pa_json.ParseOptions(pa.schema([(n, _wire(f.type)) for n, f in zip(names, schema, strict=True)])),
    )
    columns = [read.column(name).cast(field.type) for name, field in zip(names, schema, strict=True)]
    (made,) = pa.Table.from_arrays(columns, schema=schema).combine_chunks().to_batches()
    return made


def _wire(kind: pa.DataType) -> pa.DataType:
    return kind if pa.types.is_integer(kind) or pa.types.is_boolean(kind) else pa.string()


def create(uri: str, table: sa.Table, options: dict[str, str]) -> DeltaTable:
    """Make an empty table; one that somebody else makes at the same time is as good."""
    return DeltaTable.create(
        uri,
        arrow_schema(table),
        mode="ignore",
        name=table.name,
        description=table.comment,
        configuration=PROPERTIES,
        storage_options=options,
    )


def evolve(found: DeltaTable, table: sa.Table) -> None:
    """Bring an existing table up to its declaration: new columns, comments, properties; equal ones are left alone.

    :raises Misconfigured: a column has another type, a new one may not be NULL, or the protocol was raised.
    """
    name = f"{table.schema}.{table.name}"
    protocol = found.protocol()
    if (protocol.min_reader_version, protocol.min_writer_version) != PROTOCOL:
        raise Misconfigured(
            f"{name} has reader {protocol.min_reader_version} and writer {protocol.min_writer_version}; Landfall "
            "keeps to 1 and 2, which all engines read",
            todo="Drop the table feature that somebody enabled, or rename the table; the next run makes it anew.",
        )
    there = {field.name: field for field in pa.schema(found.schema().to_arrow())}
    wanted = arrow_schema(table)
    lacking = [field for field in wanted if field.name not in there]
    for field in wanted:
        old = there.get(field.name)
        if old is None and not field.nullable:
            raise Misconfigured(
                f"{name} lacks the column {field.name}, which the record declares as required",
                todo="Declare it `| None`, or rename the table; the next run makes it anew with a full load.",
            )
        if old is not None and not _holds(old.type, field.type):
            raise Misconfigured(
                f"{name}.{field.name} is {old.type}, the record says {field.type}",
                todo="Rename the table; the next run makes it anew with a full load.",
            )
    if lacking:
        from deltalake import Schema

        found.alter.add_columns(Schema.from_arrow(pa.schema(lacking)).fields)
    for field in wanted:
        told = (field.metadata or {}).get(b"comment", b"").decode()
        old = there.get(field.name)
        if old is not None and told and (old.metadata or {}).get(b"comment", b"").decode() != told:
            found.alter.set_column_metadata(field.name, {"comment": told})
    if found.metadata().configuration.get("delta.targetFileSize") is None:
        found.alter.set_table_properties(PROPERTIES)


def _holds(there: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether a column of type `there` takes every value of type `wanted` as it is."""
    if pa.types.is_decimal(there) and pa.types.is_decimal(wanted):
        whole = there.precision - there.scale >= wanted.precision - wanted.scale
        return bool(whole and there.scale >= wanted.scale)
    text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    if any(is_(there) for is_ in text) and any(is_(wanted) for is_ in text):
        return True
    return bool(there == wanted)
