"""One limit over many processes: never above it, nearly all of it used, and nobody can wedge it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from landfall.errors import Misconfigured, RateLimited, RetryLater
from landfall.wire.budget import Budget
from landfall.wire.request_log import LONGEST_FREEZE, default_store
from tests.bench.w6_budget import Load, run

crews = multiprocessing.get_context("forkserver")
WINDOW = 0.4


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the budget is kept: a folder, or what `everywhere` says."""
    kind = getattr(request, "param", "folder")
    return str(tmp_path) if kind == "folder" else dsn(request.getfixturevalue("database"))


everywhere = pytest.mark.parametrize("store", ["folder", "postgres"], indirect=True)


def dsn(database: str) -> str:
    url = sqlalchemy.make_url(database).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


@pytest.fixture
def make(store: str) -> Iterator[Callable[..., Budget]]:
    made: list[Budget] = []

    def budget(credential: str = "one", requests: int = 3, period: float = WINDOW, **more: Any) -> Budget:
        made.append(Budget(credential, requests=requests, period=period, store=store, **more))
        return made[-1]

    yield budget
    for each in made:
        each.close()


def use_up(budget: Budget, requests: int = 3) -> None:
    for _ in range(requests):
        budget.acquire(0)


@everywhere
def test_processes_share_the_vendors_window(store: str) -> None:
    """Judged by the vendor's own count; `make bench` measures how much of the limit is used, and the CPU for it."""
    outcome = run(
        Load(requests=25, period=2.0, guard=0.5, workers=3, duration=4.2, latency=0.01, store=store)
    )
    assert outcome.refused == 0
    assert outcome.above == 0
    assert outcome.per_worker[0] > 0


def test_nearly_all_of_the_limit_is_booked(make: Callable[..., Budget]) -> None:
    budget = make(requests=25, period=5.0)
    began = time.monotonic()
    last = [budget._book(1000)[0] for _ in range(250)][-1]
    allowed = 9 * 5.0  # the first 25 leave at once, and the last of 250 nine windows later
    assert allowed <= last.due - began <= allowed / 0.95 + time.monotonic() - began


@everywhere
def test_the_window_slides(make: Callable[..., Budget]) -> None:
    one, other = make(), make()
    started = time.monotonic()
    for budget in (one, other, one, other, one, other, one):
        budget.acquire(5)
    assert time.monotonic() - started > 2 * WINDOW


@everywhere
def test_another_credential_has_its_own_limit(make: Callable[..., Budget]) -> None:
    use_up(make("one"))
    use_up(make("two"))


@everywhere
def test_a_wait_too_long_books_nothing(make: Callable[..., Budget]) -> None:
    budget = make(period=100.0)
    use_up(budget)
    waits = []
    for _ in range(20):
        with pytest.raises(RateLimited) as caught:
            budget.acquire(0.05)
        waits.append(caught.value.retry_after)
    assert 0 < waits[-1] <= waits[0] <= 100.0 + budget.guard + 0.01


@everywhere
def test_a_freeze_stops_everyone_also_who_already_waits(make: Callable[..., Budget]) -> None:
    one, other, waiting = make(), make(), make()
    use_up(one)
    got: list[float] = []
    thread = threading.Thread(target=lambda: (waiting.acquire(60), got.append(time.monotonic())))
    thread.start()
    time.sleep(0.1)
    started = time.monotonic()
    one.freeze(3)
    one.freeze(0.1)  # a shorter one does not end it
    with pytest.raises(RateLimited):
        other.acquire(0.1)
    other.acquire(60)
    assert time.monotonic() - started >= 3
    thread.join(60)
    assert got[0] - started >= 3


def test_waiting_burns_no_cpu(make: Callable[..., Budget]) -> None:
    budget = make(period=1.5)
    use_up(budget)
    busy = time.process_time()
    budget.acquire(5)
    assert time.process_time() - busy < 0.15


def test_a_request_that_left_late_counts_from_when_it_left(make: Callable[..., Budget]) -> None:
    budget = make(requests=1, period=1.0)
    slot = budget.acquire(0)
    time.sleep(0.5)
    left = time.monotonic()
    budget.settle(slot, left, left)
    budget.acquire(5)
    assert time.monotonic() - left >= 1.0


@everywhere
def test_who_waits_looks_again_at_what_left_late(make: Callable[..., Budget]) -> None:
    """As on an overloaded machine: who waited was booked behind requests that then left later than booked."""
    budget, waiting = make(requests=2, period=1.0), make(requests=2, period=1.0)
    got: list[float] = []
    slots = [budget.acquire(0), budget.acquire(0)]
    thread = threading.Thread(target=lambda: (waiting.acquire(60), got.append(time.monotonic())))
    thread.start()
    time.sleep(0.1)
    left = time.monotonic() + 0.5
    for slot in slots:
        budget.settle(slot, left, left)
    thread.join(60)
    assert got[0] - left >= 1.0, "else three would have left within a second"


def test_a_request_that_wakes_late_takes_its_booking_along(make: Callable[..., Budget]) -> None:
    budget = make(requests=2, period=1000.0, guard=0.2)
    slot = budget.acquire(0)
    time.sleep(0.2)
    assert budget.is_late(slot)
    late = budget.leave(slot)
    assert late is not None
    assert late.at - slot.at >= 200
    budget.acquire(0)  # nothing was booked twice
    with pytest.raises(RateLimited):
        budget.acquire(0)


def test_a_punctual_request_is_not_counted_twice(make: Callable[..., Budget]) -> None:
    budget = make(requests=2, period=1.0, guard=0.2)
    slot = budget.acquire(0)
    budget.settle(slot, time.monotonic(), time.monotonic())
    budget.acquire(0)


def test_a_request_that_may_have_arrived_late_counts_from_its_answer(make: Callable[..., Budget]) -> None:
    """As on a busy network or beside a busy vendor: it left in time, and its answer took longer than others do."""
    budget = make(requests=2, period=1.0)
    quick = budget.acquire(0)
    budget.settle(quick, quick.due, quick.due + 0.01)
    slow = budget.acquire(0)
    time.sleep(0.5)
    answered = time.monotonic()
    budget.settle(slow, slow.due, answered)
    budget.acquire(5)
    budget.acquire(5)
    assert time.monotonic() - answered >= 1.0 - 0.01, (
        "else it and two more could have arrived within a second"
    )


def test_the_first_answer_has_none_to_be_compared_with(make: Callable[..., Budget]) -> None:
    """Each task is a process, and its first request meets a machine that is busy starting the others."""
    budget = make(requests=2, period=1.0)
    slot = budget.acquire(0)
    time.sleep(0.5)
    answered = time.monotonic()
    budget.settle(slot, slot.due, answered)
    budget.acquire(5)
    budget.acquire(5)
    assert time.monotonic() - answered >= 1.0 - 0.01


def test_a_short_window_leaves_as_much_room_for_jitter(make: Callable[..., Budget]) -> None:
    began = time.monotonic()
    budget = make(requests=4, period=1.0)
    for _ in range(5):
        budget.acquire(5)
    assert time.monotonic() - began >= 1.1 - 0.01


def test_a_vendor_that_is_always_slow_costs_none_of_the_limit(make: Callable[..., Budget]) -> None:
    budget = make(requests=3, period=1000.0)
    first = budget.acquire(0)
    budget.settle(first, first.due, first.due + 3.0)
    moved = []
    for _ in range(2):
        slot = budget.acquire(0)
        budget.settle(slot, slot.due, slot.due + 3.0)
        with budget._in_use() as log:
            moved.append(log.run("count", (slot.at, slot.at + 10_000)))
    assert moved == [0, 0], "nothing was booked again later"


def test_the_async_way_keeps_the_same_books(make: Callable[..., Budget]) -> None:
    one, other = make(), make()
    started = time.monotonic()
    use_up(one)
    asyncio.run(other.acquire_async(60))
    assert time.monotonic() - started >= WINDOW


def wait_in_line(store: str, ready: Any) -> None:
    budget = Budget("one", requests=3, period=WINDOW, store=store)
    while True:
        budget.acquire(60)
        ready.set()


def hold_the_lock(folder: str, ready: Any) -> None:
    with Budget("one", requests=3, period=WINDOW, store=folder)._in_use() as opened, opened.lock:
        ready.set()
        time.sleep(60)


def killed(target: Callable[..., None], store: str) -> None:
    ready = crews.Event()
    process = crews.Process(target=target, args=(store, ready))
    process.start()
    assert ready.wait(20)
    time.sleep(0.3)
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    assert process.exitcode == -signal.SIGKILL


@everywhere
def test_a_process_killed_in_line_wedges_nobody(store: str, make: Callable[..., Budget]) -> None:
    killed(wait_in_line, store)
    make().acquire(20)


def test_a_process_killed_with_the_lock_wedges_nobody(tmp_path: Path) -> None:
    killed(hold_the_lock, str(tmp_path))
    Budget("one", requests=3, period=WINDOW, store=str(tmp_path)).acquire(20)


@everywhere
def test_a_forked_process_opens_its_own_store(make: Callable[..., Budget]) -> None:
    budget = make(period=100.0)
    budget.acquire(0)
    child = os.fork()
    if child == 0:
        try:
            budget.acquire(5)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    budget.acquire(0)
    with pytest.raises(RateLimited):
        budget.acquire(0)


def test_a_session_time_zone_changes_nothing(database: str) -> None:
    name = sqlalchemy.make_url(database).database
    one = Budget("one", requests=3, period=100.0, store=dsn(database))
    use_up(one)
    engine = sqlalchemy.create_engine(database, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"ALTER DATABASE \"{name}\" SET timezone = 'Asia/Tokyo'"))
    engine.dispose()
    other = Budget("one", requests=3, period=100.0, store=dsn(database))
    with pytest.raises(RateLimited) as caught:
        other.acquire(0)
    assert caught.value.retry_after < 110
    one.close()
    other.close()


def test_a_store_that_goes_away_is_a_passing_fault(database: str, postgres: Any) -> None:
    budget = Budget("one", requests=3, period=WINDOW, store=dsn(database))
    budget.acquire(0)
    engine = sqlalchemy.create_engine(database, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            sqlalchemy.text(
                "DROP TABLE "
                + ", ".join(f'"{name}"' for name in sqlalchemy.inspect(connection).get_table_names())
            )
        )
    engine.dispose()
    with pytest.raises(RetryLater):
        budget.acquire(0)
    budget.close()
    budget.acquire(0)
    budget.close()


def test_an_unwritable_folder_is_the_operators_to_mend(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(Misconfigured, match="state folder"):
        Budget("one", requests=1, period=1, store=str(tmp_path / "taken")).acquire(0)


@pytest.mark.parametrize("store", ["redis://localhost", "mysql://x:secret@host/db"])
def test_an_unknown_store_is_refused_without_being_quoted(store: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        Budget("one", requests=1, period=1, store=store).acquire(0)
    assert "secret" not in str(caught.value)


def test_no_trace_of_the_credential(tmp_path: Path) -> None:
    budget = Budget("api.example.org s3cret-value", requests=1, period=1, store=str(tmp_path))
    budget.acquire(0)
    assert "s3cret" not in repr(budget) + repr(vars(budget))
    assert all(
        b"s3cret" not in file.read_bytes() and "s3cret" not in file.name for file in tmp_path.iterdir()
    )


def test_the_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.delenv("LANDFALL_STATE_DIR", raising=False)
    assert default_store() == tmp_path / "landfall"
    monkeypatch.setenv("LANDFALL_STATE_DIR", "/elsewhere")
    assert default_store() == Path("/elsewhere")


class Clock:
    """The wall clock of the budget's log, set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        real = time.time_ns
        monkeypatch.setattr(
            "pyrate_limiter.buckets.sqlite_bucket.time_ns", lambda: real() + int(self.ahead * 1e9)
        )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@everywhere
def test_a_freeze_has_a_bound(make: Callable[..., Budget]) -> None:
    make().freeze(10 * 365 * 86_400)
    with pytest.raises(RateLimited) as caught:
        make().acquire(1)
    assert LONGEST_FREEZE - 60 < caught.value.retry_after < LONGEST_FREEZE + 1


def test_a_freeze_ends_in_time_although_the_clock_was_set_back(
    make: Callable[..., Budget], clock: Clock
) -> None:
    clock.ahead = 3600.0
    make().freeze(100)
    clock.ahead = 0.0
    with pytest.raises(RateLimited) as caught:
        make().acquire(1)
    assert 90 < caught.value.retry_after < 101, "not an hour longer, and not over early"
    clock.ahead = 101.0
    make().acquire(0)


def test_bookings_of_a_clock_that_was_set_back_hold_nobody_up(
    make: Callable[..., Budget], clock: Clock
) -> None:
    clock.ahead = 3600.0
    use_up(make())
    clock.ahead = 0.0
    budget = make()
    with pytest.raises(RateLimited) as caught:
        budget.acquire(0)
    assert 0 < caught.value.retry_after < WINDOW + 0.2, (
        "one window, since nobody can tell what left within it"
    )
    clock.ahead = WINDOW + 0.2
    budget.acquire(0)


def test_no_freeze_ends_a_fraction_of_a_millisecond_early(
    make: Callable[..., Budget], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_800_000_000_000_999_999  # the end of a millisecond, which the log's clock rounds down
    monkeypatch.setattr("pyrate_limiter.buckets.sqlite_bucket.time_ns", lambda: now)
    budget = make()
    budget.freeze(1.0)
    with budget._in_use() as store:
        assert store.frozen_until() >= now / 1e6 + 1000
