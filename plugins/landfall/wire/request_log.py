"""The log in which a request budget books, as several processes share it: a file of one machine, or PostgreSQL.

It is one of pyrate-limiter's buckets, used without its `Limiter`: that one adds nominal sleeps to an
item's timestamp instead of reading the clock again (late requests are then booked too early) and polls after
each refusal. Its file lock is per thread and polls every 50 ms, so `SQLiteBucket` gets an flock, which queues
and which the kernel frees when its holder dies. `PostgresBucket` stores TIMESTAMP without zone, so each of its
transactions is told UTC, and its NOWAIT lock shows as a refusal with no wait, which is only contention.
"""

from __future__ import annotations

import fcntl
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyrate_limiter import PostgresBucket, Rate, RateItem, SQLiteBucket
from pyrate_limiter.abstracts import AbstractBucket
from pyrate_limiter.abstracts.algorithm import ADMITTED, Decision, SlidingWindowLog

from landfall.errors import Misconfigured

if TYPE_CHECKING:
    import psycopg
    from psycopg_pool import ConnectionPool

_STEP = 1000
"""Milliseconds by which clocks may differ without having been set."""
LONGEST_FREEZE = 6 * 3600.0
"""Seconds; a vendor that asks for more is asked again after this."""


class _Unconditional(SlidingWindowLog):
    """Writes down what has happened, whatever the limit says."""

    def admit(self, rates: list[Rate], counts: object, weight: int) -> Decision:
        return ADMITTED


@dataclass(slots=True)
class RequestLog:
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
            put_for_sure(self.freezes, until, str(lasts))
        return until

    def begin_anew(self, now: int, limit: int) -> None:
        """Forget bookings of a clock that was set back, as if all of a window had left just now."""
        newest = self.requests.peek(0)
        if isinstance(newest, RateItem) and newest.name.isdecimal() and int(newest.name) > now + _STEP:
            self.requests.flush()
            for _ in range(limit):
                put_for_sure(self.unconditional, now, str(now))

    def close(self) -> None:
        for bucket in (self.requests, self.unconditional, self.freezes):
            bucket.close()
        if isinstance(self.lock, _FileLock):
            self.lock.close()


def default_store() -> Path:
    """The folder for state shared by all processes of one machine."""
    home = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser()
    return Path(os.environ.get("LANDFALL_STATE_DIR", home / "landfall"))


def open_log(where: str, key: str, rate: Rate) -> RequestLog:
    if where.startswith(("postgresql://", "postgres://")):
        return _open_postgres(where, key, rate)
    if "://" in where:
        raise Misconfigured(
            "rate_store is neither a folder nor a postgresql:// address",
            todo="Correct it in the connection's extra, or take it out where all workers are on one machine.",
        )
    return _open_file(Path(where), key, rate)


def _open_file(folder: Path, key: str, rate: Rate) -> RequestLog:
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

    return RequestLog(
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

_TOLD = "SET LOCAL timezone TO 'UTC'; SET LOCAL search_path TO DEFAULT"


def _open_postgres(dsn: str, key: str, rate: Rate) -> RequestLog:
    import psycopg
    from psycopg import sql
    from psycopg_pool import PoolTimeout

    pool = _pool(dsn)

    def run(what: str, values: tuple[int, ...]) -> int:
        statement = sql.SQL(_POSTGRES[what]).format(t=sql.Identifier(requests._full_tbl))
        with pool.connection() as connection:
            cursor = connection.execute(statement, [value / 1000 for value in values])
            return int(cursor.fetchone()[0]) if what == "count" else cursor.rowcount  # type: ignore[index]

    try:
        pool.wait(timeout=20)
        requests = PostgresBucket(pool, f"landfall_{key}", [rate])
        return RequestLog(
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


def _pool(dsn: str) -> ConnectionPool[psycopg.Connection]:
    """Each transaction is told what the log relies on: behind a pooler, the next one may be another session's."""
    import psycopg
    from psycopg_pool import ConnectionPool

    class Pool(ConnectionPool[psycopg.Connection]):
        @contextmanager
        def connection(self, timeout: float | None = None) -> Iterator[psycopg.Connection]:
            with super().connection(timeout) as connection:
                connection.execute(_TOLD)
                yield connection

    def configure(connection: psycopg.Connection) -> None:
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        connection.read_only = False

    unprepared = {"prepare_threshold": None}
    return Pool(dsn, min_size=1, max_size=2, kwargs=unprepared, configure=configure, open=True, timeout=20)


def put_for_sure(bucket: AbstractBucket, at: int, name: str) -> None:
    while not bucket.put(RateItem(name, at)):
        stand_aside()


def stand_aside() -> None:
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
