"""Stores that the tests of the lake share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.warehouse.lake.stores import OneLake


@pytest.fixture(scope="module")
def onelake() -> Iterator[OneLake]:
    """OneLake's stand-in."""
    started = OneLake()
    yield started
    started.close()
