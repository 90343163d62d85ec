"""A company's own settings: what they may say, what is refused, and the names of the schemas."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from landfall.errors import Misconfigured
from landfall.sources.connectwise.settings import VARIABLE, read
from tests.driver import open_warehouse


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "own.toml"


def test_the_defaults_are_those_of_the_contract() -> None:
    made = read()
    assert (made.schemas.bronze, made.schemas.silver, made.schemas.gold) == ("bronze", "silver", "gold")
    assert made.lookback_days == {
        "companies": 30,
        "members": 30,
        "agreements": 90,
        "time_entries": 30,
        "expenses": 30,
        "products": 180,
        "invoices": 60,
    }
    assert set(made.strategy.values()) == {"last_updated"}
    assert [kind.type for kind in made.agreement_types] == [
        "billable_service",
        "prepaid_hours",
        "internal_project",
        "operations",
        "software_service",
    ]
    assert not made.members.office_email


def test_what_is_said_changes_that_and_nothing_else(file: Path) -> None:
    file.write_text('[lookback_days]\ntime_entries = 7\n[calendar]\ntime_zone = "Atlantic/Reykjavik"\n')
    made, default = read(str(file)), read()
    assert made.lookback_days["time_entries"] == 7
    assert made.lookback_days["invoices"] == 60
    assert made.calendar.time_zone == "Atlantic/Reykjavik"
    assert made.calendar.holidays == default.calendar.holidays


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[lookback]\ntime_entries = 7\n", "lookback"),
        ("[lookback_days]\ntime_entry = 7\n", "time_entry is none of"),
        ("[lookback_days]\ntime_entries = -1\n", "-1 is no number of days"),
        ('[lookback_days]\ntime_entries = "7"\n', "lookback_days"),
        ('[strategy]\ntime_entries = "newest"\n', "strategy"),
        ('[strategy]\nmembers = "seed_fields"\n', "members is none of"),
        ('[schemas]\nbronze = "x"\nsilver = "X"\n', "same name"),
        ("[calendar]\nfiscal_year_begins = 13\n", "a month, 1 to 12"),
        ('[calendar]\ntime_zone = "Iceland/Nowhere"\n', "no time zone"),
        ('[calendar]\nholidays = ["25-12"]\n', "neither MM-DD"),
        (
            '[[agreement_types]]\npatterns = ["("]\ntype = "a"\nbehaviour = "b"\ncategory = "c"\n',
            "no regular",
        ),
        ('[[agreement_types]]\ntype = "a"\nbehaviour = "b"\ncategory = "c"\n', "patterns"),
        ("[calendar\n", "not TOML"),
    ],
)
def test_what_cannot_be_is_refused_by_name(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(Misconfigured) as raised:
        read(str(file))
    assert said in str(raised.value)


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(Misconfigured, match=r"own\.toml"):
        read(str(file))


def test_schemas_may_be_called_otherwise(database: str, file: Path) -> None:
    file.write_text('[schemas]\nbronze = "cw_raw"\nsilver = "cw silver"\ngold = "cw_gold"\n')
    environment = os.environ | {VARIABLE: str(file)}
    program = [sys.executable, "-m", "landfall.setup", "connectwise", "--url", database]
    for more in ([], ["--force", "--yes-drop", "connectwise"]):
        done = subprocess.run([*program, *more], env=environment, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stderr
        inspector = sa.inspect(open_warehouse(database).engine)
        schemas = set(inspector.get_schema_names())
        assert {"connectwise", "cw_raw", "cw silver"} <= schemas
        assert not {"bronze", "silver", "gold"} & schemas
        assert "silver_cw_customfield" in inspector.get_view_names(schema="cw silver")
        assert "bronze_cw_timeentry" in inspector.get_table_names(schema="cw_raw")
    assert "silver_cw_customfield" in done.stdout, "its views and tables are those that were dropped"
