"""Rows become Arrow's, the same by either way, and few of them do not import what takes long."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, timedelta, timezone
from decimal import Decimal
from typing import Any

import hypothesis
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from landfall.warehouse.lake import schema
from landfall.warehouse.lake.schema import MOMENT, batch_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
COLUMNS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.string(), TEXTS),
    (pa.bool_(), st.booleans()),
    (pa.date32(), st.dates()),
    (
        MOMENT,
        st.datetimes(
            timezones=st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-9))])
        ),
    ),
    (pa.decimal128(19, 4), st.decimals(-(10**14), 10**14, places=4, allow_nan=False)),
    (pa.decimal128(38, 10), st.decimals(-(10**27), 10**27, places=10, allow_nan=False)),
]
ROWS = st.lists(st.tuples(*(st.none() | values for _, values in COLUMNS)), min_size=1, max_size=5)
WIDE = pa.schema([(f"c{number}", kind) for number, (kind, _) in enumerate(COLUMNS)])


@hypothesis.given(ROWS)
@hypothesis.settings(max_examples=60, deadline=None)
def test_both_ways_come_to_the_same(rows: list[tuple[Any, ...]]) -> None:
    few, schema.FEW = schema.FEW, 0
    try:
        usual = batch_of(rows, WIDE)
    finally:
        schema.FEW = few
    assert batch_of(rows, WIDE).equals(usual)


@pytest.mark.parametrize("value", [Decimal("0.00001"), Decimal(10) ** 16])
def test_an_amount_is_never_rounded(value: Decimal) -> None:
    with pytest.raises(pa.ArrowInvalid):
        batch_of([(value,)], pa.schema([("amount", pa.decimal128(19, 4))]))


def test_few_rows_do_not_import_pandas() -> None:
    program = (
        "import sys, datetime, pyarrow as pa; from landfall.warehouse.lake.schema import batch_of; "
        "batch_of([(1, datetime.date(2026, 1, 1))], pa.schema([('a', pa.int64()), ('b', pa.date32())])); "
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
    assert batch_of([(1, date(2026, 1, 1))], pa.schema([("a", pa.int64()), ("b", pa.date32())])).num_rows == 1
