"""A shop whose tables are loaded, for tests that change it again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from landfall.reads import Mode
from sandbox.prohandel import ProHandelVendor
from tests.sources.prohandel.shop import Shop, opened


@pytest.fixture(scope="module")
def shared(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with loaded(new_database("postgresql"), tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(scope="module")
def lake(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with loaded(new_database("lake"), tmp_path_factory.mktemp("lake"), order_form="b") as shop:
        yield shop


@contextmanager
def loaded(url: str, folder: Path, **behaviour: str) -> Iterator[Shop]:
    vendor = ProHandelVendor(records=80, token_lasts=10**6, **behaviour)
    with opened(url, folder, vendor) as shop:
        shop.sync_all(Mode.FULL)
        shop.build()
        yield shop
