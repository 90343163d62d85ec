"""Every declared source for the Connector SDK: what is committed at the checkpoints equals the vendor's tables."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from landfall import sources
from landfall.fivetran import package, sdk, shape
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


SDK = Path(os.environ.get("LANDFALL_FIVETRAN_SDK", package.PROJECT / ".landfall" / "fivetran-sdk"))
"""An environment with `fivetran-connector-sdk` and the libraries of `sdk/requirements.txt`, where there is one."""


@pytest.mark.skipif(
    not (SDK / "bin" / "fivetran").exists(),
    reason="needs Fivetran's SDK, which is under its own licence, in .landfall/fivetran-sdk or LANDFALL_FIVETRAN_SDK",
)
def test_fivetran_debug_brings_what_the_vendor_has(tmp_path: Path) -> None:
    folder = package.sdk_folder("pennylane", tmp_path / "sdk")
    with fivetran(sources.source("pennylane"), tmp_path / "unused") as made:
        given = json.loads(made.settings["connection_pennylane_default"])
        settings = {"api_token": given["password"], "host": given["host"], "requests_per_period": "10000"}
        tables = [resource for resource in made.source.resources if made.plain(resource)]
        settings["tables"] = ",".join(resource.name for resource in tables)
        (folder / "configuration.json").write_text(json.dumps(settings))
        environment = {"PATH": f"{SDK / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path), "DO_NOT_TRACK": "1"}
        debug = [str(SDK / "bin" / "fivetran"), "debug", "--configuration", "configuration.json"]
        done = subprocess.run(
            debug, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, input=""
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert given["password"] not in done.stdout + done.stderr
        wanted = {name: len(rows) for one in tables for name, rows in made.truth(one).items()}
    script = (
        "import duckdb, json, sys\n"
        "told = duckdb.connect(sys.argv[1], read_only=True)\n"
        "tables = told.execute('SELECT table_schema, table_name FROM information_schema.tables').fetchall()\n"
        'count = lambda s, t: told.execute(f\'SELECT count(*) FROM "{s}"."{t}"\').fetchone()[0]\n'
        "print(json.dumps({t: count(s, t) for s, t in tables}))\n"
    )
    (database,) = folder.rglob("warehouse.db")
    asked = [str(SDK / "bin" / "python"), "-c", script, str(database)]
    found = json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
    assert {table: found.get(table) for table in wanted} == wanted
