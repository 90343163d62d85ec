"""A simulated gym with both its vendors and an empty warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from landfall import reads
from landfall.wire.retry import RetryPolicy
from sandbox import Sandbox
from sandbox.clock import Clock
from sandbox.environment import vendor_connection
from sandbox.google_sheets import GoogleSheetsVendor
from sandbox.gymly import GymlyVendor
from tests.sources.tree11.gym import NOW, Gym

QUICK = RetryPolicy(attempts=4, first_wait=0.01, longest_wait=0.05)


@pytest.fixture(scope="session")
def boxes() -> Iterator[tuple[Sandbox, Sandbox]]:
    """Both vendors, served once; ten weeks of the gym, half a lesson's worth of everything."""
    made = GymlyVendor(records=40, plans=5, lessons_per_day=3, days=70, clock=Clock(NOW, frozen=True))
    with Sandbox(made) as gymly, Sandbox(GoogleSheetsVendor(clock=Clock(NOW, frozen=True))) as sheets:
        yield gymly, sheets


@pytest.fixture
def gym(
    boxes: tuple[Sandbox, Sandbox], database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gym]:
    """The gym as seeded, on the last day of March 2026, and nothing loaded yet."""
    for name, box in zip(("gymly", "google_sheets"), boxes, strict=True):
        box.app.reset()
        told = vendor_connection(name, box.api_url, rate_store=str(tmp_path / name), default_wait_seconds=0.2)
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}_DEFAULT", told)
    monkeypatch.setattr(reads, "_now", lambda: NOW)
    monkeypatch.setattr("landfall.hooks.gymly_api.RetryPolicy", lambda **_: QUICK)
    monkeypatch.setattr("landfall.hooks.google_sheets_api.SheetsHttp.retry", QUICK)
    opened = Gym(database, tmp_path, boxes[0].app, boxes[1].app)
    yield opened
    opened.close()
    for box in boxes:
        box.app.faults.clear()
