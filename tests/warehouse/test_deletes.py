"""A deletion that a vendor reports is of its key's type, or it stops the load."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from landfall.errors import ContractBroken
from landfall.records import Record
from landfall.resources import Upsert
from landfall.scope import Scope
from tests.driver import Lab

pytestmark = pytest.mark.engines


class Daily(Record, table="daily", key="day"):
    """A key that JSON has no type for."""

    day: date
    count: int


class Numbered(Record, table="numbered", key="id"):
    """A key that is a number."""

    id: int


def test_a_reported_delete_is_of_its_keys_type(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Daily, write=Upsert())
    lab.load([{"day": "2026-01-01", "count": 1}, {"day": "2026-01-02", "count": 2}])
    assert lab.load([], scope=Scope.NOTHING, deletes=[("2026-01-01",)]).deleted == 1
    assert set(lab.rows()) == {(date(2026, 1, 2),)}


@pytest.mark.parametrize("key", [("soon",), (), ("2026-01-01", 1), (None,)])
def test_a_delete_that_names_no_key_stops_the_load(
    database: str, tmp_path: Path, key: tuple[Any, ...]
) -> None:
    lab = Lab(database, tmp_path, Daily, write=Upsert())
    lab.load([{"day": "2026-01-01", "count": 1}])
    with pytest.raises(ContractBroken, match=r"lab\.lab: a reported deletion is no key of daily"):
        lab.load([], scope=Scope.NOTHING, deletes=[key])
    assert set(lab.rows()) == {(date(2026, 1, 1),)}


def test_a_number_reported_as_text_is_the_number(database: str, tmp_path: Path) -> None:
    lab = Lab(database, tmp_path, Numbered, write=Upsert())
    lab.load([{"id": 7}, {"id": 8}])
    assert lab.load([], scope=Scope.NOTHING, deletes=[("7",)]).deleted == 1
    assert set(lab.rows()) == {(8,)}
    with pytest.raises(ContractBroken, match="no key of numbered"):
        lab.load([], scope=Scope.NOTHING, deletes=[(2**63,)])
