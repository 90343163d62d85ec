"""The request budget of one credential, shared by every process that uses it.

The limit belongs to the vendor's sliding window, and the vendor counts arrivals, not departures. Each request
books its moment in a shared log before it is sent, at most `requests` of them in `period` plus a small guard
for the jitter of scheduling and network; a request that leaves later than booked is booked again at the
moment it left. A booking may lie ahead: whoever waits sleeps once, exactly until its own turn, so waiting is
fair and costs no CPU, and a process that dies while it waits wastes one slot. A booking is a promise about the
others too: who leaves late takes its booking along, and whoever waited looks again, before it leaves, at how many
left within the window that ends now. So an overloaded machine is slow, and never above the limit.

The log is written in wall-clock time, which can be set back. A booking tells when it was made and a freeze how long
it was meant to last; where that lies ahead of the clock, the log begins anew with one full window.

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
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyrate_limiter import PostgresBucket, Rate, RateItem, SQLiteBucket
from pyrate_limiter.abstracts import AbstractBucket
from pyrate_limiter.abstracts.algorithm import ADMITTED, Decision, SlidingWindowLog

from landfall.errors import Misconfigured, RateLimited, RetryLater

_LEAK_EVERY = 100
_STEP = 1000
"""Milliseconds by which clocks may differ without having been set."""
LONGEST_FREEZE = 6 * 3600.0
"""Seconds; a vendor that asks for more is asked again after this."""
_of_parent: list[object] = []


class _Unconditional(SlidingWindowLog):
    """Writes down what has happened, whatever the limit says."""

    def admit(self, rates: list[Rate], counts: object, weight: int) -> Decision:
        return ADMITTED


@dataclass(frozen=True, slots=True)
class Slot:
    """Leave to send one request.

    :ivar due: the monotonic time for which it was booked.
    :ivar at: the same in the log's milliseconds.
    """

    due: float
    at: int


@dataclass(slots=True)
class _Store:
    """One log opened by one process: requests, the same log written without asking, and the end of any
    freeze.

    :ivar run: carries out `count` (after, until), `move` (to, from) or `drop` (at) on the requests.
    """

    requests: AbstractBucket
    unconditional: AbstractBucket
    freezes: AbstractBucket
    lock: AbstractContextManager[object]
    faults: tuple[type[Exception], ...]
    run: Callable[[str, tuple[int, ...]], int]

    def now(self) -> int:
        return int(self.requests.now())

    def frozen_until(self) -> int:
        newest = self.freezes.peek(0)
        if not isinstance(newest, RateItem):
            return 0
        now, until = self.now(), int(newest.timestamp)
        lasts = int(newest.name) if newest.name.isdecimal() else round(LONGEST_FREEZE * 1000)
        if until - now > lasts + _STEP:  # the clock was set back since
            until = now + lasts
            self.freezes.flush()
            _put_for_sure(self.freezes, until, str(lasts))
        return until

    def begin_anew(self, now: int, limit: int) -> None:
        """Forget bookings of a clock that was set back, as if all of a window had left just now."""
        newest = self.requests.peek(0)
        if isinstance(newest, RateItem) and newest.name.isdecimal() and int(newest.name) > now + _STEP:
            self.requests.flush()
            for _ in range(limit):
                _put_for_sure(self.unconditional, now, str(now))

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
    :param guard: seconds added to the window against jitter; the default gives up 2.5 % of the rate for it.
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
        self.guard = 0.025 * period if guard is None else guard
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
            slot, wait = self._book(max_wait)
            if wait <= 0:
                return slot
            time.sleep(wait)
            if left := self.leave(slot):
                return left

    async def acquire_async(self, max_wait: float) -> Slot:
        """`acquire` without blocking the event loop."""
        while True:
            slot, wait = await asyncio.to_thread(self._book, max_wait)
            if wait <= 0:
                return slot
            await asyncio.sleep(wait)
            if left := await asyncio.to_thread(self.leave, slot):
                return left

    def is_late(self, slot: Slot) -> bool:
        """Whether it is too late for the guard to cover."""
        return time.monotonic() - slot.due > self.guard / 2

    def leave(self, slot: Slot) -> Slot | None:
        """Leave to send now what was booked for earlier; None where others fill the window, or a freeze came meanwhile.
        The booking is lost then."""
        with self._in_use() as store, store.lock:
            now = store.now() + 1
            began = now - self._rate.interval
            others = store.run("count", (began, now)) - (began < slot.at <= now)
            if others >= self._rate.limit or store.frozen_until() >= now:
                store.run("drop", (slot.at,))
                return None
            if not self.is_late(slot):
                return slot
            store.run("move", (now, slot.at))
            return Slot(time.monotonic(), now)

    def settle(self, slot: Slot, sent: float) -> None:
        """Book again a request that left (`sent`, monotonic) too late for the guard to cover."""
        if sent - slot.due > self.guard / 2:
            with self._in_use() as store:
                store.run("move", (store.now() + 1 - math.floor((time.monotonic() - sent) * 1000), slot.at))

    def freeze(self, seconds: float) -> None:
        """Stop everyone who shares this budget for `seconds` from now, at most `LONGEST_FREEZE`; a longer one stays."""
        if seconds > 0:
            lasts = (
                math.ceil(min(seconds, LONGEST_FREEZE) * 1000) + 1
            )  # the clock's own milliseconds are rounded down
            with self._in_use() as store, store.lock:
                until = store.now() + lasts
                if until > store.frozen_until():
                    _put_for_sure(store.freezes, until, str(lasts))

    def close(self) -> None:
        """Close the log; the next call opens it again."""
        with self._opening:
            if self._opened is not None and self._opened_by == os.getpid():
                self._opened.close()
            self._opened = None

    def _book(self, max_wait: float) -> tuple[Slot, float]:
        """Book the earliest free moment and return it with the seconds until then."""
        with self._in_use() as store, store.lock:
            self._booked += 1
            now = store.now()
            store.begin_anew(now, self._rate.limit)
            if self._booked % _LEAK_EVERY == 1:
                store.requests.leak(now)
            at = max(now, store.frozen_until())
            while True:
                wait = (at - now) / 1000
                if wait > max_wait:
                    raise RateLimited(f"The request budget is used up for {wait:.0f} s", retry_after=wait)
                item = RateItem(str(now), at)
                if store.requests.put(item):
                    return Slot(time.monotonic() + wait, at), wait
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

    def run(what: str, values: tuple[int, ...]) -> int:
        with lock:
            cursor = log.execute(_SQLITE[what], values)
            found = cursor.fetchone()[0] if what == "count" else cursor.rowcount
            log.commit()
            return int(found)

    return _Store(
        SQLiteBucket([rate], log, "requests", lock=lock),
        SQLiteBucket([rate], log, "requests", lock=lock, algorithm=_Unconditional()),
        SQLiteBucket([rate], log, "freezes", lock=lock, algorithm=_Unconditional()),
        lock,
        (sqlite3.Error, OSError),
        run,
    )


_SQLITE = {
    "count": "SELECT COUNT(*) FROM requests WHERE item_timestamp > ? AND item_timestamp <= ?",
    "move": "UPDATE requests SET item_timestamp = ? "
    "WHERE rowid = (SELECT rowid FROM requests WHERE item_timestamp = ? LIMIT 1)",
    "drop": "DELETE FROM requests WHERE rowid = (SELECT rowid FROM requests WHERE item_timestamp = ? LIMIT 1)",
}
_POSTGRES = {
    "count": "SELECT COUNT(*) FROM {t} WHERE item_timestamp > TO_TIMESTAMP(%s) AND item_timestamp <= TO_TIMESTAMP(%s)",
    "move": "UPDATE {t} SET item_timestamp = TO_TIMESTAMP(%s) "
    "WHERE ctid = (SELECT ctid FROM {t} WHERE item_timestamp = TO_TIMESTAMP(%s) LIMIT 1)",
    "drop": "DELETE FROM {t} WHERE ctid = (SELECT ctid FROM {t} WHERE item_timestamp = TO_TIMESTAMP(%s) LIMIT 1)",
}


def _open_postgres(dsn: str, key: str, rate: Rate) -> _Store:
    import psycopg
    from psycopg import sql
    from psycopg_pool import ConnectionPool, PoolTimeout

    pool = ConnectionPool(
        dsn, min_size=1, max_size=2, kwargs={"options": "-c timezone=UTC"}, open=True, timeout=20
    )

    def run(what: str, values: tuple[int, ...]) -> int:
        statement = sql.SQL(_POSTGRES[what]).format(t=sql.Identifier(requests._full_tbl))
        with pool.connection() as connection:
            cursor = connection.execute(statement, [value / 1000 for value in values])
            return int(cursor.fetchone()[0]) if what == "count" else cursor.rowcount  # type: ignore[index]

    try:
        pool.wait(timeout=20)
        requests = PostgresBucket(pool, f"landfall_{key}", [rate])
        return _Store(
            requests,
            PostgresBucket(pool, f"landfall_{key}", [rate], algorithm=_Unconditional()),
            PostgresBucket(pool, f"landfall_{key}_freezes", [rate], algorithm=_Unconditional()),
            threading.RLock(),
            (psycopg.Error, PoolTimeout),
            run,
        )
    except PoolTimeout:
        pool.close()
        raise Misconfigured(
            "The request budget's PostgreSQL does not answer",
            todo="Check rate_store in the connection's extra.",
        ) from None


def _put_for_sure(bucket: AbstractBucket, at: int, name: str) -> None:
    while not bucket.put(RateItem(name, at)):
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
