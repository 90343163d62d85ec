"""Calls side by side, and items made before they are asked for; all in order."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any, TypeVar

A = TypeVar("A")
R = TypeVar("R")


def in_order(call: Callable[[A], R], arguments: Iterable[A], workers: int) -> Generator[R]:
    """`map(call, arguments)` with `workers` calls at a time and at most twice as many results waiting.

    The first error is raised in its place, once the calls already under way have ended; the rest is not begun.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="landfall") as pool:
        begun: deque[Future[R]] = deque()
        try:
            for argument in arguments:
                begun.append(pool.submit(call, argument))
                if len(begun) >= 2 * workers:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for future in begun:
                future.cancel()


def ahead(items: Iterable[A]) -> Generator[A]:
    """The same items; while one is used, a thread makes the next, and at most two wait.

    An error of theirs is raised in its place. Whoever stops early waits for the one under way, and `items` is closed.
    """
    source, end = iter(items), object()

    def following(_: Any) -> Any:
        return next(source, end)

    try:
        with closing(in_order(following, itertools.repeat(None), 1)) as made:
            for item in made:
                if item is end:
                    break
                yield item
    finally:
        if close := getattr(source, "close", None):
            close()
