"""Calls side by side, and items made before they are asked for; all in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing

import pytest

from landfall.wire.parallel import ahead, in_order


def test_results_come_in_order_from_several_threads() -> None:
    together = threading.Barrier(4, timeout=5)

    def call(n: int) -> int:
        together.wait()
        time.sleep(0.01 * (4 - n % 4))
        return n * n

    assert list(in_order(call, range(8), 4)) == [n * n for n in range(8)]


def test_the_first_error_ends_it_and_the_rest_is_not_begun() -> None:
    begun: list[int] = []

    def call(n: int) -> int:
        begun.append(n)
        if n == 3:
            raise LookupError("three")
        return n

    results: list[int] = []
    with pytest.raises(LookupError, match="three"):
        results.extend(in_order(call, range(1000), 2))
    assert results == [0, 1, 2]
    assert len(begun) < 12


def test_it_runs_ahead_of_its_reader_only_so_far() -> None:
    taken: list[int] = []

    def numbers() -> Iterator[int]:
        for n in range(100):
            taken.append(n)
            yield n

    results = in_order(lambda n: n, numbers(), 3)
    assert next(results) == 0
    assert len(taken) == 6
    results.close()


class Source:
    """Numbers from 0 on, and what became of their reader.

    :param error: raised in the place of number 3.
    """

    def __init__(self, error: Exception | None = None) -> None:
        self.made: list[int] = []
        self.closed = False
        self._error = error

    def numbers(self) -> Iterator[int]:
        try:
            for n in range(8):
                if self._error and n == 3:
                    raise self._error
                self.made.append(n)
                yield n
        finally:
            self.closed = True


def threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if t.name.startswith("landfall")}


def test_items_are_made_while_the_one_before_is_used() -> None:
    second_made = threading.Event()

    def numbers() -> Iterator[int]:
        yield 0
        second_made.set()
        yield 1

    found = []
    for n in ahead(numbers()):
        assert second_made.wait(timeout=5)
        found.append(n)
    assert found == [0, 1]
    assert list(ahead([])) == []


def take(items: Generator[int], into: list[int], error: Exception | None = None) -> None:
    """Take the items. :param error: raised at number 1."""
    with closing(items):
        for n in items:
            into.append(n)
            if error and n == 1:
                raise error


def test_what_fails_ahead_is_raised_in_its_place() -> None:
    error, seen = LookupError("three"), list[int]()
    source = Source(error)
    with pytest.raises(LookupError) as raised:
        take(ahead(source.numbers()), seen)
    assert raised.value is error
    assert seen == source.made == [0, 1, 2]
    assert source.closed
    assert not threads()


def test_what_fails_with_an_item_ends_what_is_made_ahead() -> None:
    error, source = LookupError("of the reader"), Source()
    with pytest.raises(LookupError) as raised:
        take(ahead(source.numbers()), [], error)
    assert raised.value is error
    assert len(source.made) <= 4
    assert source.closed
    assert not threads()


def test_whoever_stops_early_leaves_no_thread_and_nothing_open() -> None:
    source = Source()
    items = ahead(source.numbers())
    assert next(items) == 0
    items.close()
    assert len(source.made) <= 3
    assert source.closed
    assert not threads()
