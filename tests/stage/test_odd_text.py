"""A record that no JSON may hold is rejected as itself: it is landed as it came, and its key is known."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from landfall.errors import RowRejected
from landfall.landing import Landing, LandingWriter
from landfall.records import Record, column, spec
from landfall.stage.rows import RecordDecoder
from landfall.wire.pages import Page


class Note(Record, table="notes", key="id"):
    """Notes."""

    id: str = column("ref.id")
    text: str | None


ODD = [b'"\\ud83d"', b'"caf\xe9"', b'"two\nlines"', b"NaN"]


@pytest.mark.parametrize("odd", ODD)
def test_it_is_landed_and_rejected_with_its_key(odd: bytes, tmp_path: Path) -> None:
    records = [b'{"ref": {"id": "a"},\n"text":"x"}', b'{"ref":{"id":"b"},\n"text":' + odd + b"}"]
    with LandingWriter(tmp_path, source="s", resource="r", load_id="l") as landing:
        landing.page(Page([msgspec.Raw(each) for each in records], {}, 1, "GET /notes"))
        landing.commit(complete=True)
    good, bad = Landing(tmp_path).lines()
    decoder = RecordDecoder(spec(Note))
    assert decoder.rows(good, 0)[0][1][1:3] == ("a", "x")
    with pytest.raises(RowRejected, match="not valid JSON text"):
        decoder.rows(bad, 1)
    assert decoder.readable(bad, ("id",)) == ("b",)
    assert decoder.readable(b'{"ref":{},"text":' + odd + b"}", ("id",)) == (None,)
