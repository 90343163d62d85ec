from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from landfall.sources import source
from landfall.sources.fullbay.invoice import decode
from sandbox.fullbay.invoices import EXAMPLE
from tests.sql_server import SqlServer, delete_rows

_EXAMPLE = decode(EXAMPLE.read_bytes())


@pytest.fixture
def example() -> dict[str, Any]:
    """The worked example: an invoice of three corrections whose totals all add up; a copy to change at will."""
    return copy.deepcopy(_EXAMPLE)


@pytest.fixture(scope="session")
def on_sql_server(mssql: SqlServer) -> Iterator[str]:
    """A database on SQL Server with Fullbay's tables, for one test after another."""
    yield from mssql.database_with(source("fullbay"))


@pytest.fixture
def mssql_database(on_sql_server: str) -> str:
    """The same one with empty tables."""
    delete_rows(on_sql_server, source("fullbay"))
    return on_sql_server
