"""The request budget of one credential, shared by every process that uses it.

The limit belongs to the vendor's sliding window, and the vendor counts arrivals, not departures. Each request
books its moment in a shared log before it is sent, at most `requests` of them in `period` plus a small guard
for the jitter of scheduling and network; a request that leaves later than booked is booked again at the
moment it left. A booking may lie ahead: whoever waits sleeps once, exactly until its own turn, so waiting is
fair and costs no CPU, and a process that dies while it waits wastes one slot.

The log is one of pyrate-limiter's buckets, used without its `Limiter`: that one adds nominal sleeps to an
item's timestamp instead of reading the clock again (late requests are then booked too early) and polls after
each refusal. Its file lock is per thread and polls every 50 ms, so `SQLiteBucket` gets an flock, which queues
and which the kernel frees when its holder dies. `PostgresBucket` stores TIMESTAMP without zone, so its
sessions are pinned to UTC, and its NOWAIT lock shows as a refusal with no wait, which is only contention.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import math
import os
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyrate_limiter import PostgresBucket, Rate, RateItem, SQLiteBucket
from pyrate_limiter.abstracts import AbstractBucket
from pyrate_limiter.abstracts.algorithm import ADMITTED, Decision, SlidingWindowLog

from landfall.errors import Misconfigured, RateLimited, RetryLater

_LEAK_EVERY = 100
_of_parent: list[object] = []


class _Unconditional(SlidingWindowLog):
    """Writes down what has happened, whatever the limit says."""

    def admit(self, rates: list[Rate], counts: object, weight: int) -> Decision:
        return ADMITTED


@dataclass(frozen=True, slots=True)
class Slot:
    """Leave to send one request; `due` is the monotonic time for which it was booked."""

    due: float


@dataclass(slots=True)
class _Store:
    """One log opened by one process: requests, the same log written without asking, and the end of any
    freeze."""

    requests: AbstractBucket
    unconditional: AbstractBucket
    freezes: AbstractBucket
    lock: AbstractContextManager[object]
    faults: tuple[type[Exception], ...]

    def now(self) -> int:
        return int(self.requests.now())

    def frozen_until(self) -> int:
        newest = self.freezes.peek(0)
        return int(newest.timestamp) if isinstance(newest, RateItem) else 0

    def close(self) -> None:
        for bucket in (self.requests, self.unconditional, self.freezes):
            bucket.close()
        if isinstance(self.lock, _FileLock):
            self.lock.close()


class Budget:
    """At most `requests` in any `period` seconds as the vendor counts them, over all processes that share
    `store`.

    :param credential: what the vendor counts by, such as host and token; only a hash of it is kept or stored.
    :param requests: requests the vendor allows in one window.
    :param period: the window, in seconds.
    :param store: a folder (processes of one machine), a `postgresql://` DSN (any number of machines), or None
        for the folder named by LANDFALL_STATE_DIR, else `landfall` in AIRFLOW_HOME.
    :param guard: seconds added to the window against jitter; the default gives up 1.5 % of the rate for it.
    """

    def __init__(
        self,
        credential: str,
        *,
        requests: int,
        period: float,
        store: str | None = None,
        guard: float | None = None,
    ) -> None:
        if requests < 1 or period <= 0:
            raise Misconfigured("The request budget needs at least 1 request and a period above 0 s")
        self._key = hashlib.sha256(credential.encode()).hexdigest()[:16]
        self._where = store or str(default_store())
        self.guard = 0.015 * period if guard is None else guard
        self._rate = Rate(requests, math.ceil((period + self.guard) * 1000))
        self._opened: _Store | None = None
        self._opened_by = 0
        self._opening = threading.Lock()
        self._booked = 0

    def __repr__(self) -> str:
        return f"Budget({self._rate.limit} requests per {self._rate.interval} ms)"

    def acquire(self, max_wait: float) -> Slot:
        """Wait for leave to send one request.

        :param max_wait: longest wait in seconds that still holds the worker.
        :raises RateLimited: the wait would be longer; nothing was booked.
        """
        while True:
            wait = self._book(max_wait)
            due = time.monotonic() + wait
            if wait > 0:
                time.sleep(wait)
            # A freeze that came while this request waited stops it too; its booking is simply lost.
            if not self._is_frozen():
                return Slot(due)

    async def acquire_async(self, max_wait: float) -> Slot:
        """`acquire` without blocking the event loop."""
        while True:
            wait = await asyncio.to_thread(self._book, max_wait)
            due = time.monotonic() + wait
            await asyncio.sleep(wait)
            if not await asyncio.to_thread(self._is_frozen):
                return Slot(due)

    def settle(self, slot: Slot, sent: float) -> None:
        """Book again a request that left (`sent`, monotonic) too late for the guard to cover."""
        if sent - slot.due > self.guard / 2:
            with self._in_use() as store:
                left = store.now() - round((time.monotonic() - sent) * 1000)
                _put_for_sure(store.unconditional, left)

    def freeze(self, seconds: float) -> None:
        """Stop everyone who shares this budget for `seconds` from now; a longer freeze already set stays."""
        if seconds > 0:
            with self._in_use() as store:
                until = store.now() + math.ceil(seconds * 1000)
                if until > store.frozen_until():
                    _put_for_sure(store.freezes, until)

    def close(self) -> None:
        """Close the log; the next call opens it again."""
        with self._opening:
            if self._opened is not None and self._opened_by == os.getpid():
                self._opened.close()
            self._opened = None

    def _is_frozen(self) -> bool:
        with self._in_use() as store:
            return store.frozen_until() > store.now()

    def _book(self, max_wait: float) -> float:
        """Book the earliest free moment and return the seconds until it."""
        with self._in_use() as store, store.lock:
            self._booked += 1
            now = store.now()
            if self._booked % _LEAK_EVERY == 1:
                store.requests.leak(now)
            at = max(now, store.frozen_until())
            while True:
                wait = (at - now) / 1000
                if wait > max_wait:
                    raise RateLimited(f"The request budget is used up for {wait:.0f} s", retry_after=wait)
                item = RateItem("request", at)
                if store.requests.put(item):
                    return wait
                shift = store.requests.waiting(item)
                if not isinstance(shift, int) or shift <= 0:  # another session holds the table
                    _stand_aside()
                    now = store.now()
                    at = max(at, now)
                else:
                    at += shift

    @contextmanager
    def _in_use(self) -> Iterator[_Store]:
        with self._opening:
            # After a fork the parent's connection and flock may be neither used nor closed here.
            if self._opened is None or self._opened_by != os.getpid():
                _of_parent.append(self._opened)
                self._opened, self._opened_by = _open(self._where, self._key, self._rate), os.getpid()
            store = self._opened
        try:
            yield store
        except store.faults as error:
            raise RetryLater(
                f"The request budget's store did not answer ({type(error).__name__})",
                todo="Nothing was requested; the task retries by itself. Check rate_store if it keeps failing.",
            ) from None


def default_store() -> Path:
    """The folder for state shared by all processes of one machine."""
    home = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser()
    return Path(os.environ.get("LANDFALL_STATE_DIR", home / "landfall"))


def _open(where: str, key: str, rate: Rate) -> _Store:
    if where.startswith(("postgresql://", "postgres://")):
        return _open_postgres(where, key, rate)
    if "://" in where:
        raise Misconfigured("rate_store is neither a folder nor a postgresql:// address")
    return _open_file(Path(where), key, rate)


def _open_file(folder: Path, key: str, rate: Rate) -> _Store:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = _FileLock(folder / f"budget-{key}.lock")
        with lock:
            log = sqlite3.connect(folder / f"budget-{key}.sqlite", check_same_thread=False, timeout=30)
            # WAL survives a killed writer, and without a sync per commit a booking costs well under a
            # millisecond.
            log.execute("PRAGMA journal_mode=WAL")
            log.execute("PRAGMA synchronous=NORMAL")
            for table in ("requests", "freezes"):
                log.execute(f"CREATE TABLE IF NOT EXISTS '{table}' (name VARCHAR, item_timestamp INTEGER)")
                log.execute(f"CREATE INDEX IF NOT EXISTS 'idx_{table}' ON '{table}' (item_timestamp)")
            log.commit()
    except (OSError, sqlite3.Error) as error:
        raise Misconfigured(
            f"The request budget cannot be kept in its state folder ({type(error).__name__})",
            todo="Make LANDFALL_STATE_DIR (or the extra's rate_store) a local folder this user may write to.",
        ) from error
    return _Store(
        SQLiteBucket([rate], log, "requests", lock=lock),
        SQLiteBucket([rate], log, "requests", lock=lock, algorithm=_Unconditional()),
        SQLiteBucket([rate], log, "freezes", lock=lock, algorithm=_Unconditional()),
        lock,
        (sqlite3.Error, OSError),
    )


def _open_postgres(dsn: str, key: str, rate: Rate) -> _Store:
    import psycopg
    from psycopg_pool import ConnectionPool, PoolTimeout

    pool = ConnectionPool(
        dsn, min_size=1, max_size=2, kwargs={"options": "-c timezone=UTC"}, open=True, timeout=20
    )
    try:
        pool.wait(timeout=20)
        return _Store(
            PostgresBucket(pool, f"landfall_{key}", [rate]),
            PostgresBucket(pool, f"landfall_{key}", [rate], algorithm=_Unconditional()),
            PostgresBucket(pool, f"landfall_{key}_freezes", [rate], algorithm=_Unconditional()),
            threading.RLock(),
            (psycopg.Error, PoolTimeout),
        )
    except PoolTimeout:
        pool.close()
        raise Misconfigured(
            "The request budget's PostgreSQL does not answer",
            todo="Check rate_store in the connection's extra.",
        ) from None


def _put_for_sure(bucket: AbstractBucket, at: int) -> None:
    while not bucket.put(RateItem("mark", at)):
        _stand_aside()


def _stand_aside() -> None:
    time.sleep(random.uniform(0.001, 0.01))  # noqa: S311 - jitter, not a secret


class _FileLock:
    """A reentrant lock over threads and processes that queues its waiters and dies with its holder."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._threads = threading.RLock()
        self._depth = 0

    def close(self) -> None:
        os.close(self._file)

    def __enter__(self) -> _FileLock:
        self._threads.acquire()
        if self._depth == 0:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        self._depth += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()
