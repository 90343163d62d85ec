"""The file of instances: what may stand in it, what is said of the rest, and what an instance has of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from landfall import instances, setup, sources
from landfall.errors import Misconfigured
from landfall.instances import spread
from landfall.sources import names, source
from landfall.sql import views
from sandbox.environment import PROJECT
from tests.driver import company, open_warehouse


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "companies.yaml"
    monkeypatch.setenv("LANDFALL_INSTANCES", str(path))
    return path


def write(path: Path, text: str) -> None:
    """Write it so that it is seen to have changed, however coarse the file system's clock is."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_an_instance_has_its_name_everywhere_and_its_source_s_files(file: Path) -> None:
    write(file, "pennylane:\n  acme: {title: Acme SARL}\n  sud_est: {connection: other}\n")
    assert {"pennylane", "pennylane_acme", "pennylane_sud_est"} < {*names()}
    acme, other = source("pennylane_acme"), source("pennylane_sud_est")
    assert (acme.name, acme.kind, acme.title) == ("pennylane_acme", "pennylane", "Pennylane of Acme SARL")
    assert acme.conn_id("pennylane_default") == "pennylane_acme"
    assert other.conn_id("pennylane_default") == "other"
    assert {acme.place(table) for table in acme.tables} == {"pennylane_acme"}
    (view,) = views(acme)
    assert view.schema == "pennylane_acme"
    assert "source = 'pennylane_acme'" in view.query.sql(dialect="postgres")


def test_without_a_file_there_are_the_sources_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANDFALL_INSTANCES", raising=False)
    assert names() == sources.kinds()


def test_a_change_of_the_file_is_seen(file: Path) -> None:
    write(file, "pennylane:\n  acme:\n")
    assert "pennylane_acme" in names()
    write(file, "pennylane:\n  other:\n")
    assert "pennylane_other" in names()
    assert "pennylane_acme" not in names()


@pytest.mark.parametrize(
    ("text", "costs", "told"),
    [
        ("pennylane: [acme]", "pennylane", "pennylane: it is no mapping"),
        ("- acme", "", "the file: it is no mapping"),
        ("pennylane:\n  Acme:\n", "pennylane_Acme", "pennylane_Acme: it is no name"),
        ("pennylane:\n  a__b:\n", "pennylane_a__b", "pennylane_a__b: it is no name"),
        ("pennylane:\n  no:\n", "pennylane_False", "pennylane_False: it is no name"),
        ("pennylane:\n  acme:\n  acme:\n", "pennylane_acme", "acme stands there twice, again in line 3"),
        ("pennylane:\npennylane:\n", "pennylane", "pennylane stands there twice, again in line 2"),
        ("pennylane:\n  acme: {conection: x}\n", "pennylane_acme", "unknown field `conection`"),
        ("pennylane:\n  acme: {schedule: 5}\n", "pennylane_acme", "Expected `str`, got `int`"),
        ("pennylane:\n  acme: x\n", "pennylane_acme", "pennylane_acme: it is no mapping"),
        ("pennylane: {\n", "", "the file, line 2: it is no YAML"),
        ("orchard:\n  acme:\n", "orchard", "orchard: there is no such source"),
        ("fullbay:\n  acme:\n", "fullbay_acme", "Fullbay cannot be loaded for several companies"),
        ("prohandel:\n  acme:\n", "prohandel_acme", "ProHandel cannot be loaded for several companies"),
        (f"pennylane:\n  {'a' * 60}:\n", f"pennylane_{'a' * 60}", "longer than 63 bytes"),
        (None, "", "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_by_file_and_instance_and_costs_itself(
    file: Path, text: str | None, costs: str, told: str
) -> None:
    if text is not None:
        write(file, text)
    assert names() == sources.kinds()
    (error,) = sources.refusals().items()
    assert error[0] == costs
    assert told in error[1].message
    assert str(file) in error[1].message
    assert error[1].todo
    with pytest.raises(Misconfigured) as refused:
        source(costs if "_" in costs else f"{costs or 'pennylane'}_acme")
    assert refused.value is error[1] or text is None
    assert source("pennylane").name == "pennylane"


def test_a_wrong_entry_takes_no_other_with_it(file: Path) -> None:
    write(file, "pennylane:\n  acme:\n  sud: {title: 5}\n  nord: {title: Nord}\nfullbay: 3\n")
    assert {*names()} - {*sources.kinds()} == {"pennylane_acme", "pennylane_nord"}
    assert sources.refusals().keys() == {"pennylane_sud", "fullbay"}


def test_the_sample_is_a_file_of_instances(file: Path) -> None:
    write(file, (PROJECT / "include" / "instances.yaml.example").read_text(encoding="utf-8"))
    assert "pennylane_acme" in names()


def test_schedules_are_spread_within_their_hour_and_stay_where_they_are() -> None:
    assert spread("*/5 * * * *", "pennylane_acme") == "*/5 * * * *"
    found = [spread("0 */2 * * *", f"pennylane_company{n}") for n in range(40)]
    assert found == [spread("0 */2 * * *", f"pennylane_company{n}") for n in range(40)]
    assert all(each.endswith(" */2 * * *") and 0 <= int(each.split()[0]) < 60 for each in found)
    assert max(found.count(each) for each in found) <= 4
    assert len(spread("0,30 * * * *", "pennylane_acme").split()[0].split(",")) == 2


@pytest.mark.engines
def test_two_companies_are_set_up_side_by_side(
    file: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(file, "pennylane:\n  acme:\n")
    for name in ("pennylane", "pennylane_acme", "pennylane_acme"):
        assert setup.main([name, "--url", database]) == 0, capsys.readouterr().err
    warehouse = open_warehouse(database)
    found = sa.inspect(warehouse.engine)
    assert sorted(found.get_table_names(schema="pennylane_acme")) == sorted(
        found.get_table_names(schema="pennylane")
    )
    ours = "INSERT INTO landfall.sync_state (source, table_name, version, updated_at) "
    values = "VALUES ('pennylane_acme', 'customers', 1, '2026-01-01')"
    with warehouse.begin() as connection:
        connection.exec_driver_sql(ours + values)
        counts = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {schema}.sync_state").scalar_one()
            for schema in ("pennylane", "pennylane_acme")
        ]
    assert counts == [0, 1]
    assert setup.main(["pennylane_acme", "--force", "--yes-drop", "pennylane_acme", "--url", database]) == 0
    assert "pennylane.customers" not in capsys.readouterr().out
    assert sa.inspect(warehouse.engine).get_table_names(schema="pennylane")


@pytest.mark.engines("lake")
def test_two_companies_load_side_by_side_whatever_the_engine(
    file: Path, database: str, tmp_path: Path
) -> None:
    write(file, "pennylane:\n  acme:\n  sud:\n")
    with (
        company(database, tmp_path / "acme", seed=1, scale=0.01) as acme,
        company(database, tmp_path / "sud", seed=2, scale=0.01) as sud,
    ):
        acme.source, sud.source = source("pennylane_acme"), source("pennylane_sud")
        for one in (acme, sud):
            setup.set_up(one.warehouse, one.source)
            one.sync("customers")
        sud.vendor.update("customers", sud.vendor.ids("customers")[0], {"name": "Renamed"})
        sud.sync("customers")
        sud.vendor.delete("customers", sud.vendor.ids("customers")[0])
        assert sud.sync("customers") is not None
        acme.assert_true("customers")
        sud.assert_true("customers")
        assert (acme.state("customers").version, sud.state("customers").version) == (1, 3)
        assert acme.truth("customers") != sud.truth("customers")


def test_the_path_is_beside_the_sql_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANDFALL_INSTANCES", raising=False)
    monkeypatch.setenv("LANDFALL_SQL", str(tmp_path / "sql"))
    assert instances.instances_path() is None
    (tmp_path / "instances.yaml").touch()
    assert instances.instances_path() == tmp_path / "instances.yaml"
