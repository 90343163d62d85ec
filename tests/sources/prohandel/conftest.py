"""A shop whose tables are loaded, for tests that change it again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from landfall.reads import Mode
from sandbox.prohandel import ProHandelVendor
from tests.sources.prohandel.shop import Shop, opened


@pytest.fixture(scope="module")
def shared(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    url = new_database("postgresql")
    with opened(url, tmp_path_factory.mktemp("shop"), ProHandelVendor(records=80, token_lasts=10**6)) as shop:
        shop.sync_all(Mode.FULL)
        shop.build()
        yield shop
