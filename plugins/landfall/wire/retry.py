"""How often and how long one request is tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import tenacity

from landfall.errors import RateLimited
from landfall.wire.answers import OddText, Unusable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Bounded attempts with exponential waits and jitter; the last error is raised as it is.

    No wait is shorter than half of the first one's upper bound: chance must not hammer a vendor that is in trouble.

    :param attempts: requests at most, the first included.
    :param total_seconds: no new attempt starts later than this after the first.
    :param first_wait: upper bound of the first wait, in seconds; it doubles each time.
    :param longest_wait: upper bound of any wait, in seconds.
    """

    attempts: int = 5
    total_seconds: float = 180.0
    first_wait: float = 0.5
    longest_wait: float = 20.0

    def arguments(self, again: Callable[[BaseException], bool]) -> dict[str, Any]:
        """Arguments for tenacity's `Retrying` and `AsyncRetrying`; `again` says which errors are retried."""
        backoff = tenacity.wait_random_exponential(
            multiplier=self.first_wait, max=self.longest_wait, min=self.first_wait / 2
        )
        return {
            "stop": tenacity.stop_after_attempt(self.attempts)
            | tenacity.stop_after_delay(self.total_seconds),
            "wait": lambda state: _wait(state, backoff, self.first_wait / 2),
            "retry": tenacity.retry_if_exception(again),
            "reraise": True,
        }


HICCUP = RetryPolicy(attempts=3, first_wait=0.5)
"""For an answer that is no trouble of the line and yet not what was asked for."""


def unless_it_passes(ask: Callable[[], T]) -> T:
    """What `ask` returns; what is `Unusable` is asked for again a few times before that is raised."""
    arguments = HICCUP.arguments(lambda error: isinstance(error, Unusable))
    return tenacity.Retrying(**arguments)(ask)


def twice(ask: Callable[[], Any]) -> Callable[[], Any]:
    """`ask` for a loop of retries: the first `OddText` is raised, as trouble; the second one's answer is returned."""
    before = False

    def asked() -> Any:
        nonlocal before
        try:
            return ask()
        except OddText as odd:
            if before:
                return odd.answer
            before = True
            raise

    return asked


def _wait(state: tenacity.RetryCallState, backoff: tenacity.wait.wait_base, floor: float) -> float:
    # A budget, where there is one, is frozen for the time that a 429 named: what was waited here is not waited there.
    error = state.outcome.exception() if state.outcome else None
    named = error.retry_after if isinstance(error, RateLimited) else 0.0
    return max(named, floor) if named else backoff(state)
