"""One warehouse connection a process, for all its transactions, for as long as it lives."""

from __future__ import annotations

import pytest

from landfall.warehouse import Warehouse
from sandbox.environment import warehouse_connection
from tests.driver import open_warehouse


def session(warehouse: Warehouse) -> int:
    """The process at the server that serves the next transaction."""
    with warehouse.begin() as connection:
        return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def test_transactions_one_after_another_share_a_connection(database: str) -> None:
    warehouse = open_warehouse(database)
    assert session(warehouse) == session(warehouse)


def test_a_connection_that_was_cut_meanwhile_is_made_anew(database: str) -> None:
    warehouse, other = open_warehouse(database), open_warehouse(database)
    cut = session(warehouse)
    with other.begin() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({cut}, 5000)")
    assert session(warehouse) != cut


@pytest.mark.airflow
def test_all_that_a_process_does_with_a_warehouse_shares_it(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from landfall.operators.base import warehouse_of

    monkeypatch.setenv("AIRFLOW_CONN_LANDFALL_WAREHOUSE", warehouse_connection(database))
    assert session(warehouse_of("fullbay")) == session(warehouse_of("tree11"))
