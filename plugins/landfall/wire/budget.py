"""The request budget of one credential, shared by every process that uses it.

The limit belongs to the vendor's sliding window, and the vendor counts arrivals, not departures. Each request
books its moment in a shared log before it is sent, at most `requests` of them in `period` plus a small guard
for the jitter of scheduling and network; a request that leaves later than booked is booked again at the
moment it left, and one whose answer took unusually long at the latest moment it can have arrived. A booking
may lie ahead: whoever waits sleeps once, exactly until its own turn, so waiting is fair and costs no CPU, and
a process that dies while it waits wastes one slot. A booking is a promise about the others too: who leaves late
takes its booking along, and whoever waited looks again, before it leaves, at how many left within the window
that ends now. So an overloaded machine is slow, and never above the limit.

The log is written in wall-clock time, which can be set back. A booking tells when it was made and a freeze how long
it was meant to last; where that lies ahead of the clock, the log begins anew with one full window.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pyrate_limiter import Rate, RateItem

from landfall.errors import Misconfigured, RateLimited, RetryLater
from landfall.wire.request_log import (
    LONGEST_FREEZE,
    RequestLog,
    default_store,
    open_log,
    put_for_sure,
    stand_aside,
)

JITTER = 0.1
"""Seconds by which a busy machine may be late, however short the window is."""
_LEAK_EVERY = 100
_LATELY = 50
"""Exchanges among which the quickest tells how long the vendor itself takes."""
_of_parent: list[object] = []


@dataclass(frozen=True, slots=True)
class Slot:
    """Leave to send one request.

    :ivar due: the monotonic time for which it was booked.
    :ivar at: the same in the log's milliseconds.
    """

    due: float
    at: int


@dataclass
class Spent:
    """What this process has asked of vendors, and how long its requests have waited for leave, in seconds."""

    requests: int = 0
    waited: float = 0.0

    def since(self, before: Spent) -> Spent:
        """What came to it after an earlier copy of it."""
        return Spent(self.requests - before.requests, self.waited - before.waited)


SPENT = Spent()
"""A task is a process, so this is the task's."""


class Budget:
    """At most `requests` in any `period` seconds as the vendor counts them, over all processes that share
    `store`.

    :param credential: what the vendor counts by, such as host and token; only a hash of it is kept or stored.
    :param requests: requests the vendor allows in one window.
    :param period: the window, in seconds.
    :param store: a folder (processes of one machine), a `postgresql://` DSN (any number of machines), or None
        for the folder named by LANDFALL_STATE_DIR, else `landfall` in AIRFLOW_HOME.
    :param guard: seconds added to the window against jitter; the default gives up 2.5 % of the rate for it, and at
        least `JITTER`.
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
            raise Misconfigured(
                "The request budget needs at least 1 request and a period above 0 s",
                todo="Correct requests_per_period and period_seconds in the connection's extra.",
            )
        self._key = hashlib.sha256(credential.encode()).hexdigest()[:16]
        self._where = store or str(default_store())
        self.guard = max(0.025 * period, JITTER) if guard is None else guard
        self._rate = Rate(requests, math.ceil((period + self.guard) * 1000))
        self._opened: RequestLog | None = None
        self._opened_by = 0
        self._opening = threading.Lock()
        self._booked = 0
        self._took: deque[float] = deque(maxlen=_LATELY)

    def __repr__(self) -> str:
        return f"Budget({self._rate.limit} requests per {self._rate.interval} ms)"

    def acquire(self, max_wait: float) -> Slot:
        """Wait for leave to send one request.

        :param max_wait: longest wait in seconds that still holds the worker.
        :raises RateLimited: the wait would be longer; nothing was booked.
        """
        SPENT.requests += 1
        while True:
            slot, wait = self._book(max_wait)
            if wait <= 0:
                return slot
            time.sleep(wait)
            SPENT.waited += wait
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

    def settle(self, slot: Slot, sent: float, answered: float) -> None:
        """Book again a request that left, or may have arrived, too late for the guard to cover.

        :param sent: when it left, monotonic; 0 where it did not.
        :param answered: when its answer began, or its connection failed. What took longer than the quickest exchange
            lately may have waited on its way there, and so may the first one, which has none to be compared with.
        """
        if not sent:
            return
        known = bool(self._took)
        self._took.append(answered - sent)
        arrived = answered - (min(tuple(self._took)) if known else 0.0)
        if sent - slot.due > self.guard / 2 or arrived - slot.due > self.guard:
            ago = math.floor((time.monotonic() - arrived) * 1000)
            with self._in_use() as store:
                store.run("move", (store.now() + 1 - ago, slot.at))

    def freeze(self, seconds: float) -> None:
        """Stop everyone who shares this budget for `seconds` from now, at most `LONGEST_FREEZE`; a longer one stays."""
        if seconds > 0:
            lasts = (
                math.ceil(min(seconds, LONGEST_FREEZE) * 1000) + 1
            )  # the clock's own milliseconds are rounded down
            with self._in_use() as store, store.lock:
                until = store.now() + lasts
                if until > store.frozen_until():
                    put_for_sure(store.freezes, until, str(lasts))

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
                    stand_aside()
                    now = store.now()
                    at = max(at, now)
                else:
                    at += shift

    @contextmanager
    def _in_use(self) -> Iterator[RequestLog]:
        with self._opening:
            # After a fork the parent's connection and flock may be neither used nor closed here.
            if self._opened is None or self._opened_by != os.getpid():
                _of_parent.append(self._opened)
                self._opened, self._opened_by = open_log(self._where, self._key, self._rate), os.getpid()
            store = self._opened
        try:
            yield store
        except store.faults as error:
            raise RetryLater(
                f"The request budget's store did not answer ({type(error).__name__})",
                todo="Nothing was requested; the task retries by itself. Check rate_store if it keeps failing.",
            ) from None
