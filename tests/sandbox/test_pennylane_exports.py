"""Exports: their life, their address, and files whose debits equal their credits."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from sandbox import Sandbox
from sandbox.clock import Clock
from sandbox.pennylane import PennylaneVendor
from sandbox.pennylane.fec import COLUMNS, FEC_FORMATS

ANYBODY = httpx.Client(verify=False)
"""A client without a token; loading certificates for each request would be most of the time."""
NOW = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)
YEAR = {"period_start": "2026-01-01", "period_end": "2026-12-31"}
LEDGER = "analytical_general_ledgers"


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(PennylaneVendor(seed=4, scale=0.1, rate=None, clock=Clock(NOW, frozen=True))) as box:
        yield box


@pytest.fixture
def vendor(served: Sandbox) -> PennylaneVendor:
    vendor: PennylaneVendor = served.app
    vendor.clock.set(NOW)
    vendor.reset()
    return vendor


@pytest.fixture
def client(served: Sandbox, vendor: PennylaneVendor) -> Iterator[httpx.Client]:
    with httpx.Client(
        verify=False, base_url=served.api_url, headers={"Authorization": "Bearer sandbox-token"}
    ) as client:
        yield client


def export(client: httpx.Client, vendor: PennylaneVendor, kind: str, **body: Any) -> httpx.Response:
    """Create, wait, download."""
    job = client.post(f"/exports/{kind}", json=YEAR | body).json()["id"]
    vendor.clock.advance(2)
    return client.get(client.get(f"/exports/{kind}/{job}").json()["file_url"])


def cents(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def test_the_life_of_an_export(client: httpx.Client, vendor: PennylaneVendor) -> None:
    created = client.post("/exports/fecs", json=YEAR)
    assert (created.status_code, created.json()["status"], "file_url" in created.json()) == (
        201,
        "pending",
        False,
    )
    job = f"/exports/fecs/{created.json()['id']}"
    waiting = client.get(job).json()
    assert (waiting["status"], waiting["file_url"]) == ("pending", None)
    vendor.clock.advance(1)
    ready = client.get(job).json()
    assert ready["status"] == "ready"
    assert client.get(ready["file_url"]).status_code == 200
    vendor.clock.advance(30 * 60 + 1)
    assert client.get(ready["file_url"]).status_code == 403
    fresh = client.get(job).json()["file_url"]
    assert fresh != ready["file_url"]
    assert client.get(fresh).status_code == 200
    forged = fresh.replace("expires=1", "expires=2")
    assert client.get(forged).status_code == 403


def test_an_export_may_end_in_error(client: httpx.Client, vendor: PennylaneVendor) -> None:
    vendor.configure({"failures": 1})
    job = client.post("/exports/fecs", json=YEAR).json()["id"]
    vendor.clock.advance(5)
    state = client.get(f"/exports/fecs/{job}").json()
    assert (state["status"], state["file_url"]) == ("error", None)
    assert export(client, vendor, "fecs").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"period_start": "2026-01-01"},
        YEAR | {"fiscal_year_id": 1},
        YEAR | {"mode": "in_line"},
        YEAR | {"period_start": "01/01/2026"},
        YEAR | {"period_start": "20260101"},
        YEAR | {"period_start": None},
        {"period_start": "2026-12-31", "period_end": "2026-01-01"},
        [],
    ],
)
def test_bodies_nobody_documented_are_refused(client: httpx.Client, body: object) -> None:
    assert client.post("/exports/fecs", json=body).status_code == 400


def test_modes_paths_and_jobs_that_do_not_exist(client: httpx.Client, vendor: PennylaneVendor) -> None:
    assert client.post(f"/exports/{LEDGER}", json=YEAR | {"mode": "in_rows"}).status_code == 400
    assert client.post("/exports/fec", json=YEAR).status_code == 404
    job = client.post("/exports/fecs", json=YEAR).json()["id"]
    assert client.get(f"/exports/{LEDGER}/{job}").status_code == 404
    assert client.get("/exports/fecs/1").status_code == 404
    vendor.scopes.discard("exports:agl")
    assert client.post(f"/exports/{LEDGER}", json=YEAR).status_code == 403


def test_the_file_needs_the_token_here_and_refuses_it_elsewhere(
    client: httpx.Client, served: Sandbox
) -> None:
    vendor: PennylaneVendor = served.app
    job = client.post("/exports/fecs", json=YEAR).json()["id"]
    vendor.clock.advance(2)
    here = client.get(f"/exports/fecs/{job}").json()["file_url"]
    assert here.startswith(served.url)
    assert ANYBODY.get(here).status_code == 401
    vendor.configure({"host": f"http://localhost:{served.port}"})
    elsewhere = client.get(f"/exports/fecs/{job}").json()["file_url"]
    assert elsewhere.startswith("http://localhost:")
    assert ANYBODY.get(elsewhere).status_code == 200
    assert ANYBODY.get(elsewhere, headers={"Authorization": "Bearer sandbox-token"}).status_code == 400


def fec_rows(content: bytes, name: str) -> list[dict[str, str]]:
    form = FEC_FORMATS[name]
    if form.zipped:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.namelist() == ["999000042FEC20261231.txt"]
            content = archive.read(archive.namelist()[0])
    lines = content.decode(form.encoding).split(form.newline)
    assert lines.pop() == ""
    header, *rows = (line.split(form.separator) for line in lines)
    assert all(len(row) == len(header) for row in rows)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize("name", FEC_FORMATS)
def test_every_form_of_the_fec_balances(client: httpx.Client, vendor: PennylaneVendor, name: str) -> None:
    vendor.configure({"fec_format": name})
    answer = export(client, vendor, "fecs")
    rows = fec_rows(answer.content, name)
    assert answer.headers["content-disposition"].startswith('attachment; filename="999000042FEC20261231.')
    columns = list(rows[0])
    if name in ("sens", "sign"):
        assert columns == [*COLUMNS[:11], "Montant", "Sens", *COLUMNS[13:]]
        assert {row["Sens"] for row in rows} == ({"D", "C"} if name == "sens" else {"+1", "-1"})
        sides = {row["Sens"]: 1 if row["Sens"] in ("D", "+1") else -1 for row in rows}
        signed = [sides[row["Sens"]] * cents(row["Montant"]) for row in rows]
    else:
        assert columns[:18] == list(COLUMNS)
        signed = [cents(row["Debit"]) - cents(row["Credit"]) for row in rows]
    entries: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row, amount in zip(rows, signed, strict=True):
        entries[row["JournalCode"], row["EcritureNum"]] += amount
    assert not any(entries.values())
    in_year = [line for line in vendor.truth("ledger_entry_lines") if line["date"][:4] == "2026"]
    assert len(rows) == len(in_year)
    assert sum(map(abs, signed)) == sum(Decimal(line["debit"]) + Decimal(line["credit"]) for line in in_year)


def test_the_fec_has_what_parsers_stumble_on() -> None:
    vendor = PennylaneVendor(seed=4, scale=0.5, rate=None, clock=Clock(NOW, frozen=True), export_delay=0)
    with (
        Sandbox(vendor) as box,
        httpx.Client(
            verify=False, base_url=box.api_url, headers={"Authorization": "Bearer sandbox-token"}
        ) as client,
    ):
        vendor.configure({"fec_format": "tab-bom"})
        utf8 = export(client, vendor, "fecs", period_start="2024-01-01").content
        vendor.configure({"fec_format": "pipe"})
        latin = export(client, vendor, "fecs", period_start="2024-01-01").content
    assert utf8.startswith(b"\xef\xbb\xbfJournalCode\t")
    with pytest.raises(UnicodeDecodeError):
        latin.decode("utf-8")
    assert "œ" in latin.decode("iso-8859-15")
    rows = fec_rows(utf8, "tab-bom")
    assert any(row["Debit"].startswith("-") or row["Credit"].startswith("-") for row in rows)
    for column in ("CompAuxNum", "EcritureLet", "ValidDate", "Idevise", "PieceRef"):
        assert {bool(row[column]) for row in rows} == {True, False}, column
    lettered: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        if row["EcritureLet"]:
            lettered[row["EcritureLet"]] += 1
    assert max(lettered.values()) == 2


def sheet(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("mode", ["in_line", "in_column"])
@pytest.mark.parametrize("french", [False, True])
def test_the_analytical_ledger_is_a_workbook_that_balances(
    client: httpx.Client, vendor: PennylaneVendor, mode: str, french: bool
) -> None:
    vendor.configure({"french": french})
    answer = export(client, vendor, LEDGER, mode=mode)
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert "Provisional_" in answer.headers["content-disposition"]
    header, *rows = sheet(answer.content)
    assert header[0] == ("Identifiant de ligne" if french else "Line identifier")
    assert header[-2:] == (["Débit", "Crédit"] if french else ["Debit", "Credit"])
    category = "Catégorie" if french else "Category"
    assert (category in header) is (mode == "in_line")
    assert (f"{category} : Agence" in header) is (mode == "in_column")
    assert ("Famille de catégories" in header) is (french and mode == "in_line")
    debit, credit = (sum(Decimal(str(row[column])) for row in rows) for column in (-2, -1))
    assert debit == credit
    lines = {
        str(line["id"]): line for line in vendor.truth("ledger_entry_lines") if line["date"][:4] == "2026"
    }
    assert {row[0] for row in rows} == set(lines)
    assert len(rows) == sum(max(1, len(line["categories"])) for line in lines.values()) > len(lines)
    assert all(isinstance(row[1], date) for row in rows)


def test_line_identifiers_are_stable_and_closed_years_are_final(
    client: httpx.Client, vendor: PennylaneVendor
) -> None:
    wide = sheet(export(client, vendor, LEDGER).content)
    narrow = sheet(export(client, vendor, LEDGER, period_start="2026-03-01", period_end="2026-03-31").content)
    assert {tuple(row) for row in narrow[1:]} < {tuple(row) for row in wide[1:]}
    closed = export(client, vendor, LEDGER, period_start="2024-01-01", period_end="2024-12-31")
    assert "Provisional_" not in closed.headers["content-disposition"]


def test_an_export_shows_the_books_of_the_moment_it_was_asked_for(
    client: httpx.Client, vendor: PennylaneVendor
) -> None:
    job = client.post("/exports/fecs", json=YEAR).json()["id"]
    before = sum(1 for line in vendor.truth("ledger_entry_lines") if line["date"][:4] == "2026")
    vendor.changes(50)
    vendor.clock.advance(2)
    content = client.get(client.get(f"/exports/fecs/{job}").json()["file_url"]).content
    assert len(content.splitlines()) == before + 1
