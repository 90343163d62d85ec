"""A vendor as it was seeded, and an office that reads it. Each module runs a `box` of its own size."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.connectwise import ConnectWiseVendor
from tests.sources.connectwise.office import Office, seeded


@pytest.fixture(scope="module")
def moment() -> datetime:
    """When a module's tests take place, so that the vendor's rows are the same in each."""
    return datetime.now(UTC)


@pytest.fixture
def vendor(box: Sandbox, moment: datetime) -> ConnectWiseVendor:
    return seeded(box, moment)


@pytest.fixture
def office(database: str, box: Sandbox, vendor: ConnectWiseVendor, tmp_path: Path) -> Iterator[Office]:
    with contextlib.closing(Office(database, tmp_path, vendor, box.api_url)) as opened:
        yield opened
