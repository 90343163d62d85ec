"""A worker that dies anywhere (SIGKILL) leaves the old rows or the new ones, and a retry makes them the true ones.

Publishes are swept statement by statement for every source in `tests/conformance/test_kills.py`.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from landfall.errors import WarehouseUnavailable
from landfall.reads import Mode
from tests.driver import Company, company
from tests.faults.victim import Victim, kept_steps, run

PAGE_SIZE = 10
STRIDE = int(os.environ.get("LANDFALL_CRASH_STRIDE", "13"))
"""Of the points of a whole load every so-manieth; 1 at night. Reads are swept point by point always."""


@pytest.fixture(scope="module")
def victim() -> Iterator[Victim]:
    started = Victim()
    yield started
    started.close()


@pytest.fixture
def penny(database: str, tmp_path: Path) -> Iterator[Company]:
    with company(database, tmp_path, page_size=PAGE_SIZE) as opened:
        yield opened


def work(penny: Company, resource: str, number: int) -> None:
    """Insert, edit, delete and recreate a row each; child rows change with them."""
    vendor = penny.vendor
    ids = vendor.ids(resource)
    vendor.update(resource, ids[number % len(ids)])
    vendor.insert(resource)
    vendor.delete(resource, ids[-1])
    if number % 2:
        vendor.recreate(resource, ids[-1])


@dataclasses.dataclass
class Crashes:
    """Lets the victim run one load of one resource, again and again."""

    penny: Company
    victim: Victim
    resource: str
    mode: Mode
    steps: Path

    def at(self, number: int, step: str = "") -> bool:
        """Run until the point with this number. :returns: whether it died there; False: it finished before."""
        order = {"url": self.penny.url, "api_url": self.penny.api_url, "folder": str(self.penny.folder)}
        order |= {
            "source": self.penny.source.name,
            "resource": self.resource,
            "mode": self.mode,
            "steps": str(self.steps),
            "step": step,
        }
        end = self.victim.run(**order, page_size=PAGE_SIZE, kill_at=number)
        assert end == {"killed": signal.SIGKILL} or 0 < end.get("points", 0) < number, end
        return "killed" in end

    def finish(self) -> None:
        """Do what is left of the load, here and now, as a retry of the failed task does."""
        run(self.penny.pipeline(self.resource), self.penny.hook, self.mode, kept_steps(self.steps))

    def seen(self) -> Any:
        return self.penny.state(self.resource).version, self.penny.published(self.resource)


@pytest.fixture
def crashes(penny: Company, victim: Victim, tmp_path: Path, request: pytest.FixtureRequest) -> Crashes:
    """A table that was loaded once, and work at the vendor since."""
    resource, mode = request.param
    penny.sync(resource)
    work(penny, resource, 1)
    return Crashes(penny, victim, resource, mode, tmp_path / "steps")


LOADS = [
    ("transactions", Mode.FULL),
    ("transactions", Mode.INCREMENTAL),
]


@pytest.mark.parametrize("crashes", LOADS, indirect=True)
def test_death_at_every_page_of_a_read_and_every_write_to_landing(crashes: Crashes) -> None:
    version, before = crashes.seen()
    deaths = 0
    for number in range(1, 200):
        if not crashes.at(number, "extract"):
            break
        deaths += 1
        assert not crashes.steps.exists()
    assert deaths > 8
    assert crashes.seen() == (version + 1, crashes.penny.truth(crashes.resource))
    assert before != crashes.penny.published(crashes.resource)


@pytest.mark.slow
@pytest.mark.parametrize("crashes", LOADS, indirect=True)
def test_death_anywhere_in_a_load_and_the_failed_step_again(crashes: Crashes) -> None:
    deaths = 0
    for number in range(1 + LOADS.index((crashes.resource, crashes.mode)), 1000, STRIDE):
        work(crashes.penny, crashes.resource, number)
        crashes.steps.unlink(missing_ok=True)
        version, before = crashes.seen()
        truth = crashes.penny.truth(crashes.resource)
        died = crashes.at(number)
        assert crashes.seen() in ((version, before), (version + 1, truth))
        crashes.finish()
        assert crashes.seen() == (version + 1, truth)
        if not died:
            break
        deaths += 1
    assert deaths > 90 // STRIDE
    broken = "fetched <> inserted + updated + unchanged + deduplicated + quarantined"
    assert crashes.penny.query(f"SELECT count(*) FROM landfall.loads WHERE {broken}") == [(0,)]


SEEN = """
SELECT t.*, c.* FROM pennylane.transactions t LEFT JOIN pennylane.transaction_categories c ON c.transaction_id = t.id
"""


def seen_by(connection: sa.Connection) -> tuple[str, ...]:
    """Both tables, as one statement sees them."""
    return tuple(sorted(map(repr, connection.exec_driver_sql(SEEN))))


@pytest.mark.engines
@pytest.mark.timeout(1200)
def test_a_reader_sees_the_old_rows_or_the_new_ones(penny: Company) -> None:
    rounds = (
        12 if penny.warehouse.engine.dialect.name == "postgresql" else 5
    )  # of half a minute on a stand-in
    penny.sync("transactions")
    samples: list[Any] = []
    failures: list[Exception] = []
    done = threading.Event()
    address = penny.warehouse.engine.url
    theirs = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def read() -> None:
        try:
            with theirs.connect() as connection:
                while not done.is_set():
                    row = seen_by(connection)
                    if not samples or samples[-1] != row:
                        samples.append(row)
                    time.sleep(0.005)
        except Exception as error:
            failures.append(error)

    def state() -> tuple[str, ...]:
        with theirs.connect() as connection:  # with the reader's settings, which say how moments are written
            return seen_by(connection)

    states = [state()]
    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(rounds):
            work(penny, "transactions", number)
            for row_id in penny.vendor.ids("transactions"):
                penny.vendor.update("transactions", row_id)
            penny.sync("transactions", Mode.FULL if number % 3 else Mode.INCREMENTAL)
            states.append(state())
    finally:
        done.set()
        reader.join()
    assert not failures
    assert len(set(states)) == rounds + 1
    places = [states.index(sample) for sample in samples]  # ValueError: a state that never was
    assert places == sorted(places)
    assert len(places) > rounds // 2


def test_an_unclean_restart_of_the_server_between_steps_loses_nothing(penny: Company) -> None:
    """Killing the backend in the middle of a publish rolls it back; the retry publishes."""
    penny.sync("transactions")
    before = penny.published("transactions")
    work(penny, "transactions", 1)
    one = penny.pipeline("transactions")
    extraction = one.extract(one.request(penny.hook, Mode.FULL), one.resource.read.read)  # type: ignore[union-attr]
    staged = one.load(extraction)
    statements = 0

    def terminate(connection: sa.Connection, *_: Any) -> None:
        nonlocal statements
        statements += 1
        if statements == 7:
            pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
            penny.query("SELECT pg_terminate_backend(:pid)", pid=pid)

    broken = penny.pipeline("transactions").warehouse
    sa.event.listen(broken.engine, "before_cursor_execute", terminate)
    try:
        with pytest.raises(WarehouseUnavailable):
            one.publish(extraction, staged)
    finally:
        sa.event.remove(broken.engine, "before_cursor_execute", terminate)
    assert penny.published("transactions") == before
    one.publish(extraction, staged)
    penny.assert_true("transactions")
