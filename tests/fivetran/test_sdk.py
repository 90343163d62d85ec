"""Every declared source for the Connector SDK: what is committed at the checkpoints equals the vendor's tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from landfall import sources
from landfall.fivetran import sdk, shape
from tests.fivetran.world import fivetran

pytestmark = pytest.mark.airflow


@pytest.mark.parametrize("name", sources.names())
def test_a_sync_that_is_stopped_goes_on_and_ends_as_the_vendor_has_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk, "EVERY", 7)
    source = sources.source(name)
    with fivetran(source, tmp_path) as made:
        made.settings["tables"] = ",".join(r.name for r in source.resources if not r.parse)
        made.settings["full_every_hours"] = "0.000001"
        for stop in (25, 60, 0):
            made.update(stop=stop)
        for resource in (r for r in source.resources if made.plain(r)):
            assert made.seen(resource) == made.truth(resource)
        made.change()
        made.update()
        for resource in (r for r in source.resources if made.plain(r)):
            seen, truth = made.seen(resource), made.truth(resource)
            for table, rows in truth.items():
                assert {key: seen[table].get(key) for key in rows} == rows
        assert made.state.get("waiting", []) == []


@pytest.mark.parametrize("name", sources.names())
def test_every_column_has_a_type_that_the_sdk_knows(name: str) -> None:
    known = {"LONG", "BOOLEAN", "NAIVE_DATE", "UTC_DATETIME", "STRING"}
    for table in shape.sdk_schema(sources.source(name)):
        assert set(table["primary_key"]) <= set(table["columns"])
        for kind in table["columns"].values():
            assert isinstance(kind, dict) or kind in known
            assert isinstance(kind, str) or (kind["type"] == "DECIMAL" and kind["precision"] >= kind["scale"])


@pytest.mark.parametrize(
    "name", ["isoAlpha2", "_extra", "DIMCompany", "name1", "glN1", "LesId", "7days", "iso_alpha_2"]
)
def test_a_name_is_in_the_form_that_fivetran_gives_it_and_stays_in_it(name: str) -> None:
    once = shape.destination_name(name)
    assert shape.destination_name(once) == once
    assert once.isidentifier()
    assert once == once.lower()
