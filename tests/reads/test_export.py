"""Files that a vendor makes on demand: each period fails by itself."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from landfall.errors import LandfallError, VendorUnavailable
from landfall.pipeline import Extraction
from landfall.reads import Export, Mode, Request
from landfall.reads.export import told
from tests.driver import Company, company, run_on

engines = pytest.mark.engines


@pytest.fixture
def penny(database: str, tmp_path: Path) -> Iterator[Company]:
    with company(database, tmp_path, export_delay=0.0) as opened:
        yield opened


def export(penny: Company, fails: str = "") -> Extraction:
    """All steps of a load of the FEC. :param fails: the start of a period whose file the vendor does not make."""
    extraction = extract(penny, fails)
    run_on(penny.pipeline("fec"), extraction, {}, allow_shrink=True)
    return extraction


def extract(penny: Company, fails: str = "", *, retries: bool = False) -> Extraction:
    one, (read, request) = penny.pipeline("fec"), asked(penny, retries=retries)
    jobs = read.begin(request)
    for job in jobs:
        while "id" in job and penny.hook.export_status("fec", job["id"]).status == "pending":
            time.sleep(0.05)
        if job["period_start"] == fails:
            job["error"] = told(VendorUnavailable("the export failed"))
    return one.extract(request, lambda asked, landing: read.collect(asked, landing, jobs))


def asked(penny: Company, *, retries: bool = False) -> tuple[Export, Request]:
    one = penny.pipeline("fec")
    assert isinstance(one.resource.read, Export)
    return one.resource.read, one.request(penny.hook, Mode.FULL, retries=retries)


def years(penny: Company) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for start, *row in penny.query(
        "SELECT period_start, line_no, ecriture_num, ecriture_lib, debit, credit FROM pennylane.fec ORDER BY 1, 2"
    ):
        found.setdefault(str(start), []).append(tuple(row))
    return found


def changed(penny: Company, year: str) -> None:
    """Delete an entry of that year."""
    vendor = penny.vendor
    entries = (row for row in vendor.truth("ledger_entries") if (row["date"] or "").startswith(year[:4]))
    vendor.delete_entry(next(row["id"] for row in entries if vendor.lines_of.get(row["id"])))


@engines
def test_a_year_that_fails_keeps_its_own_rows_and_the_others_are_published(penny: Company) -> None:
    assert not export(penny).failed
    before = years(penny)
    first, *_, last = before
    assert first != last
    for year in (first, last):
        changed(penny, year)
    (lacking,) = export(penny, fails=first).failed
    assert (lacking.name, lacking.error) == (first, "the export failed")
    after = years(penny)
    assert after[first] == before[first]
    assert after[last] != before[last]
    assert not export(penny).failed
    assert years(penny)[first] != before[first]


@engines
def test_a_year_whose_file_does_not_balance_fails_by_itself(penny: Company) -> None:
    export(penny)
    before = years(penny)
    first, *_, last = before
    changed(penny, last)
    vendor = penny.vendor
    line = next(
        row for row in vendor.truth("ledger_entry_lines") if (row["date"] or "").startswith(first[:4])
    )
    vendor.update("ledger_entry_lines", line["id"], {"debit": "987654.32"})
    (lacking,) = export(penny).failed
    assert lacking.name == first
    assert "not equal" in lacking.error
    assert years(penny)[first] == before[first]
    assert years(penny)[last] != before[last]


@engines
@pytest.mark.parametrize("odd", [{"start": ""}, {"start": "soon"}, {"finish": None}])
def test_a_period_that_cannot_be_read_costs_itself(penny: Company, odd: dict[str, Any]) -> None:
    export(penny)
    before = years(penny)
    *_, last = before
    changed(penny, last)
    penny.vendor.update("fiscal_years", penny.vendor.ids("fiscal_years")[0], odd)
    (lacking,) = export(penny).failed
    assert "no readable start" in lacking.error
    after = years(penny)
    assert after.keys() == before.keys()
    assert after[last] != before[last]


@engines
def test_where_every_year_fails_the_read_does(penny: Company) -> None:
    for year in penny.vendor.ids("fiscal_years"):
        penny.vendor.update("fiscal_years", year, {"start": "soon"})
    with pytest.raises(LandfallError, match="no readable start"):
        export(penny)


@engines
def test_as_what_a_file_was_read_is_in_the_quality_log(penny: Company) -> None:
    export(penny)
    told = penny.query("SELECT details FROM landfall.quality_log WHERE check_name = 'form of the file'")
    assert len(told) == len(years(penny))
    assert all("between columns" in details for (details,) in told)


@pytest.fixture
def stopped(penny: Company) -> list[str]:
    """The years whose files were landed when a read was stopped by its last one."""
    *landed, last = sorted(row["start"] for row in penny.vendor.truth("fiscal_years"))
    with pytest.raises(VendorUnavailable):
        extract(penny, fails=last, retries=True)
    return landed


def begun(penny: Company) -> list[str]:
    """The years whose files an attempt does not ask for."""
    read, request = asked(penny)
    return [job["period_start"] for job in read.begin(request) if "id" not in job]


def test_files_that_were_landed_are_asked_for_again_once_a_read_came_to_its_end(
    penny: Company, stopped: list[str]
) -> None:
    """What was taken over is as old as it is; whoever asks again wants to know what is there now."""
    assert begun(penny) == stopped
    changed(penny, stopped[0])
    extraction = extract(penny)
    assert extraction.resumed_from
    assert begun(penny) == []
    run_on(penny.pipeline("fec"), extraction, {})
    assert penny.state("fec").last_sync_at == extraction.resumed_from
    before = years(penny)
    export(penny)
    after = years(penny)
    assert [year for year in after if after[year] != before[year]] == stopped[:1]


@pytest.mark.parametrize("spoiled", ["age", "bytes", "credential", "declaration", "published"])
def test_a_file_that_may_not_stand_for_its_year_is_asked_for_again(
    penny: Company, stopped: list[str], spoiled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder,) = (penny.folder / "landing" / "pennylane" / "fec").iterdir()
    for note in folder.glob("section-*.json"):
        told = json.loads(note.read_text())
        if spoiled == "age":
            old = datetime.now(UTC) - timedelta(hours=7)
            note.write_text(json.dumps(told | {"began_at": old.isoformat()}))
        elif spoiled == "bytes":
            file = folder / told["files"][0]["name"]
            file.write_bytes(file.read_bytes()[:-1])
    if spoiled == "credential":
        monkeypatch.setattr(penny.hook, "fingerprint", "another's")
    elif spoiled == "declaration":
        monkeypatch.setattr("landfall.resources.__version__", "99")
    elif spoiled == "published":
        landed = folder.rename(penny.folder / folder.name)
        export(penny)
        landed.rename(folder)
    assert begun(penny) == []


def test_a_file_that_is_gone_by_the_time_it_is_wanted_is_trouble_that_passes(
    penny: Company, stopped: list[str]
) -> None:
    read, request = asked(penny)
    jobs = read.begin(request)
    (folder,) = (penny.folder / "landing" / "pennylane" / "fec").iterdir()
    for note in folder.glob("section-*.json"):
        note.unlink()
    one, (_, later) = penny.pipeline("fec"), asked(penny, retries=True)
    with pytest.raises(VendorUnavailable, match="landed"):
        one.extract(later, lambda asked, landing: read.collect(asked, landing, jobs))
    assert not {*begun(penny)} & {*stopped}, "they are asked for"
