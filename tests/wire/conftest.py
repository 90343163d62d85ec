"""A simulated vendor over real HTTP, and clients for it that lose no time between retries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from landfall.wire.answers import Judge
from landfall.wire.auth import Bearer
from landfall.wire.client import ApiClient, ApiSettings, Timeouts
from landfall.wire.retry import RetryPolicy
from sandbox.pennylane import PennylaneVendor
from sandbox.server import Sandbox

QUICK = RetryPolicy(attempts=4, total_seconds=10, first_wait=0.01, longest_wait=0.05)


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox(PennylaneVendor(scale=0.2, rate=None)) as box:
        yield box


@pytest.fixture
def box(running: Sandbox) -> Iterator[Sandbox]:
    """The vendor, without faults and with its counters at zero."""
    vendor = running.app
    vendor.faults.clear()
    vendor.stats.reset()
    yield running
    vendor.faults.clear()


@pytest.fixture
def make_client(tmp_path: Path) -> Iterator[Callable[..., ApiClient]]:
    made: list[ApiClient] = []

    def make(url: str, **settings: Any) -> ApiClient:
        given = {
            "auth": Bearer("sandbox-token"),
            "judge": Judge("Vendor", default_wait=0.2),
            "retry": QUICK,
            "timeouts": Timeouts(connect=1.0, read=0.6, total=1.5),
            **settings,
        }
        made.append(ApiClient(ApiSettings(url, **given)))
        return made[-1]

    yield make
    for client in made:
        client.close()
