"""What the simulator saw: requests, answers, and how close they came to the rate limit."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """What the limiter says to one request.

    :ivar limit: requests allowed in the window; None where there is no limit.
    :ivar remaining: requests left in the window after this one.
    :ivar reset: Unix seconds when the window is empty again.
    :ivar retry_after: whole seconds to wait, 0 for an allowed request.
    """

    allowed: bool
    limit: int | None = None
    remaining: int = 0
    reset: int = 0
    retry_after: int = 0


class SlidingWindow:
    """At most `limit` requests in any `period` seconds for each credential, counted exactly.

    A refused request does not use up the window, but the audit counts it.

    :param limit: requests; None for no limit.
    :param period: seconds.
    """

    def __init__(self, limit: int | None, period: float = 5.0) -> None:
        self.limit, self.period = limit, period
        self.reset()

    def reset(self) -> None:
        """Forget every request."""
        self.peak = 0
        """The most requests any window held, refused ones included."""
        self.refused = 0
        self._allowed: dict[str, deque[float]] = {}
        self._arrived: dict[str, deque[float]] = {}

    def arrive(self, credential: str) -> Verdict:
        """Count one request of `credential` and judge it."""
        now = time.monotonic()
        arrived = self._recent(self._arrived, credential, now)
        arrived.append(now)
        self.peak = max(self.peak, len(arrived))
        if self.limit is None:
            return Verdict(allowed=True)
        window = self._recent(self._allowed, credential, now)
        allowed = len(window) < self.limit
        if allowed:
            window.append(now)
        else:
            self.refused += 1
        return Verdict(
            allowed=allowed,
            limit=self.limit,
            remaining=self.limit - len(window),
            reset=math.ceil(time.time() + window[-1] + self.period - now),
            retry_after=0 if allowed else max(1, math.ceil(window[0] + self.period - now)),
        )

    def _recent(self, windows: dict[str, deque[float]], credential: str, now: float) -> deque[float]:
        window = windows.setdefault(credential, deque())
        while window and window[0] <= now - self.period:
            window.popleft()
        return window


@dataclass(frozen=True)
class Request:
    """One request as it arrived; no header value is kept.

    :ivar query: the raw query string.
    :ivar authorized: whether an Authorization header was there.
    :ivar status: what was answered; 0 where the connection broke first.
    :ivar at: seconds on the monotonic clock.
    """

    method: str
    path: str
    query: str
    authorized: bool
    status: int
    at: float


@dataclass
class Stats:
    """Counters since the start or the last reset."""

    requests: int = 0
    paths: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    log: deque[Request] = field(default_factory=lambda: deque(maxlen=20_000))

    def add(self, request: Request) -> None:
        """Count one answered request."""
        self.requests += 1
        self.paths[f"{request.method} {request.path}"] += 1
        self.statuses[str(request.status)] += 1
        self.log.append(request)

    def reset(self) -> None:
        """Start from zero."""
        self.requests = 0
        self.paths.clear()
        self.statuses.clear()
        self.log.clear()

    def summary(self, window: SlidingWindow) -> dict[str, Any]:
        """The counters as `/_control/stats` answers them."""
        return {
            "requests": self.requests,
            "paths": dict(self.paths),
            "statuses": dict(self.statuses),
            "rate_limit": window.limit,
            "rate_period_seconds": window.period,
            "rate_limited": window.refused,
            "rate_peak": window.peak,
        }
