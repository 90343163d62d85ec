"""Every declared source as a function: a simulated Fivetran's tables equal the vendor's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from landfall import sources
from landfall.fivetran import function, shape
from landfall.reads import Changelog
from tests.fivetran.world import Fivetran, fivetran

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module", params=sources.names())
def synced(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fivetran]:
    """A connection after its first sync, in answers of few rows; every table was asked for."""
    source = sources.source(request.param)
    with (
        pytest.MonkeyPatch.context() as patch,
        fivetran(source, tmp_path_factory.mktemp(source.name)) as made,
    ):
        patch.setattr(function, "LIMIT", 150_000)
        made.settings["tables"] = ",".join(resource.name for resource in source.resources)
        made.settings["full_every_hours"] = "0.000001"
        made.sync()
        yield made


def test_the_first_sync_brings_what_the_vendor_has(synced: Fivetran) -> None:
    assert len(synced.calls) > 1
    for resource in synced.source.resources:
        seen = synced.seen(resource)
        assert any(seen.values()), resource.name
        if synced.plain(resource):
            assert seen == synced.truth(resource)


def test_every_answer_fits_and_has_the_keys_of_all_tables(synced: Fivetran) -> None:
    for _, answer in synced.calls:
        assert answer["schema"] == synced.calls[0][1]["schema"]
        assert set(answer) == {"state", "schema", "hasMore", "insert", "delete"}
        assert set(answer["insert"]) <= set(answer["schema"])
    assert [answer["hasMore"] for _, answer in synced.calls][-1] is False


def test_any_recorded_state_gives_the_same_rows_again_wherever_it_is_asked(synced: Fivetran) -> None:
    cut = [call for call in synced.calls if call[0]["state"].get("now")]
    assert cut
    for request, answer in cut[:: max(1, len(cut) // 3)]:
        shutil.rmtree(synced.folder / "landfall", ignore_errors=True)  # another machine
        again = synced.call(request["state"], sync_id=request["sync_id"])
        resource = synced.source.resource(request["state"]["now"]["resource"])
        for spec in resource.table.family():
            table = shape.destination_name(spec.name)
            if not isinstance(resource.read, Changelog):
                assert again["insert"].get(table) == answer["insert"].get(table)
            elif rows := answer["insert"].get(table):  # what changed during a full read may come twice
                assert _content(synced, table, again["insert"][table]) == _content(synced, table, rows)


def _content(made: Fivetran, table: str, rows: list[dict[str, Any]]) -> dict[Any, Any]:
    return {made.destination.key(table, row): {**row, shape.RECORD: None} for row in rows}


def test_what_changed_meanwhile_is_delivered_anew_and_not_mixed_with_what_was(synced: Fivetran) -> None:
    request, _ = next(call for call in synced.calls if call[0]["state"].get("now"))
    resource = synced.source.resource(request["state"]["now"]["resource"])
    shutil.rmtree(synced.folder / "landfall", ignore_errors=True)
    state = request["state"] | {"now": request["state"]["now"] | {"digest": "of other rows"}}
    again = synced.call(state, sync_id=request["sync_id"])
    rows = again["insert"][shape.destination_name(resource.table.name)]
    ties = {row[shape.RECORD] for row in rows if shape.RECORD in row}
    assert not any(tie.startswith(request["state"]["now"]["load"]) for tie in ties)
    first = min((int(tie.rpartition("/")[2]) for tie in ties), default=0)
    assert first == 0


def test_what_the_vendor_changes_and_reports_arrives(synced: Fivetran) -> None:
    synced.change()
    # An export of books that were changed at random does not balance, which is refused.
    synced.settings["tables"] = ",".join(r.name for r in synced.source.resources if not r.parse)
    synced.sync()
    for resource in (r for r in synced.source.resources if synced.plain(r)):
        seen, truth = synced.seen(resource), synced.truth(resource)
        for table, rows in truth.items():
            assert {key: seen[table].get(key) for key in rows} == rows
        if isinstance(resource.read, Changelog) and not resource.read.through:
            assert seen == truth
    synced.resync()
    for resource in (r for r in synced.source.resources if synced.plain(r)):
        assert synced.seen(resource) == synced.truth(resource)


def test_a_setup_test_is_quick_and_keeps_the_state(synced: Fivetran) -> None:
    answer = synced.call({"version": 1}, setup_test=True)
    assert answer["state"] == {"version": 1}
    assert (answer["insert"], answer["delete"], answer["hasMore"]) == ({}, {}, False)
    for vendor in synced.vendors.values():
        vendor.revoked = True
    try:
        with pytest.raises(function.SyncFailed) as failed:
            synced.call({}, setup_test=True)
    finally:
        for vendor in synced.vendors.values():
            vendor.revoked = False
    told = (synced.folder / "landfall" / "errors.ndjson").read_text()
    for secret in (vendor.token for vendor in synced.vendors.values()):
        assert secret not in str(failed.value)
        assert secret not in told


@pytest.mark.parametrize(("kinds", "told"), [("ud", "delete"), ("du", "insert"), ("udu", "insert")])
def test_of_what_becomes_of_a_row_in_one_answer_the_last_counts(
    tmp_path: Path, kinds: str, told: str
) -> None:
    """Nobody knows whether Fivetran inserts or deletes first."""
    answer = function.Answer(sources.source("pennylane"), {}, {}, None, tmp_path)
    for number, kind in enumerate(kinds):
        answer._take((kind, "customers", {"id": 1, "name": f"state {number}"}))
    made = answer._told({}, more=False)
    rows = {name: made[name].get("customers", []) for name in ("insert", "delete")}
    assert rows == {"insert": [], "delete": [], told: [{"id": 1, "name": f"state {len(kinds) - 1}"}]}
