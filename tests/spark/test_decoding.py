"""The decoder on Spark's workers: row for row what it makes here."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from landfall.errors import RowRejected
from landfall.sources import source
from landfall.spark import decode
from landfall.spark.frames import arrow_of
from landfall.spark.words import understood
from sandbox.connectwise import ConnectWiseVendor

OWN = {"_etl_batch_id", "_etl_processed_at"}


@pytest.mark.parametrize("entity", ["time_entries", "agreements"])
def test_rows_and_rejects_are_those_of_the_pipeline(spark: Any, entity: str) -> None:
    vendor = ConnectWiseVendor(seed=6, records=30)
    rows = vendor.rows[entity]
    odd = {
        "id": 7,
        "notes": "\u200b x ",
        "name": " y\u00a0",
        "startDate": "2026-03-04T00:00:00Z",
        "hourlyCost": "1.00005",
    }
    lines = [rows.encoded(i).decode() for i in rows.ids]
    lines += [json.dumps(odd), '{"id": "none"}', "[]", "{"]
    resource = source("connectwise").resource(entity)
    decoder, wanted = resource.decoder(resource.table, "20260301T000000_000000"), []
    for number, line in enumerate(lines):
        try:
            made = decoder.rows(line.encode(), number)
        except RowRejected as rejected:
            wanted.append({"_reject": str(rejected), "_raw": line})
        else:
            (own,) = [row for name, row in made if name == resource.table.name]
            wanted.append(dict(zip((*resource.table.names, "_extra"), own[1:], strict=True)))
    frame = decode(
        spark=spark, entity=entity, raw_df=spark.createDataFrame([(line,) for line in lines], "raw STRING")
    )
    with understood(spark):
        table: pa.Table = arrow_of(frame)
    moments = {f.name for f in table.schema if pa.types.is_timestamp(f.type)} & {
        "_loaded_at",
        "_etl_processed_at",
    }
    assert len(wanted) == table.num_rows
    for found, row in zip(table.to_pylist(), wanted, strict=True):
        for name, value in row.items():
            if name not in OWN | moments:
                assert found[name] == value, (entity, name)
    assert sum(1 for row in wanted if "_reject" in row) == 3
