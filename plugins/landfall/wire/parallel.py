"""Calls side by side, their results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
R = TypeVar("R")


def in_order(call: Callable[[A], R], arguments: Iterable[A], workers: int) -> Iterator[R]:
    """`map(call, arguments)` with `workers` calls at a time and at most twice as many results waiting.

    The first error is raised in its place, once the calls already under way have ended; the rest is not begun.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="landfall") as pool:
        ahead: deque[Future[R]] = deque()
        try:
            for argument in arguments:
                ahead.append(pool.submit(call, argument))
                if len(ahead) >= 2 * workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()
