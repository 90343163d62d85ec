"""Calls side by side, their results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
R = TypeVar("R")


def in_order(call: Callable[[A], R], arguments: Iterable[A], workers: int, *, ahead: int = 0) -> Iterator[R]:
    """`map(call, arguments)` with `workers` calls at a time.

    The first error is raised in its place, once the calls already under way have ended; the rest is not begun.

    :param ahead: calls begun and not yet taken, and so results held in memory; twice the workers by default.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="landfall") as pool:
        begun: deque[Future[R]] = deque()
        try:
            for argument in arguments:
                begun.append(pool.submit(call, argument))
                if len(begun) >= (ahead or 2 * workers):
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for future in begun:
                future.cancel()
