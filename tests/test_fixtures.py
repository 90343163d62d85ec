"""The fixtures of conftest.py: each test has a database of its own, and pays for Airflow only when it asks for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text


@pytest.mark.parametrize("attempt", [1, 2])
def test_every_test_starts_with_an_empty_database(database: str, attempt: int) -> None:
    with create_engine(database).begin() as connection:
        connection.execute(text("CREATE TABLE left_behind (id int)"))


def test_the_first_import_of_a_test_is_not_airflows() -> None:
    code = "import sys, tests.conftest; sys.exit('airflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], check=True)


@pytest.mark.airflow
def test_airflow_has_a_home_of_its_own_and_the_projects_folders(airflow_db: Path) -> None:
    from airflow.configuration import conf

    assert (airflow_db / "airflow.db").exists()
    assert not airflow_db.is_relative_to(Path.home() / "airflow")
    assert Path(conf.get("core", "dags_folder")) == Path(__file__).parents[1] / "dags"
    assert not conf.getboolean("core", "unit_test_mode")


@pytest.mark.airflow
def test_a_connection_is_there_for_the_length_of_a_test(set_connection: Callable[..., None]) -> None:
    from airflow.sdk import BaseHook

    set_connection("shop_default", "http", host="shop.example.org", password="p/w:@", extra={"a": 1})
    found = BaseHook.get_connection("shop_default")
    assert (found.host, found.password, found.extra_dejson) == ("shop.example.org", "p/w:@", {"a": 1})
