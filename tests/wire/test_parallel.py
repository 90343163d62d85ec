"""Calls side by side, results in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from landfall.wire.parallel import in_order


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
    results.close()  # type: ignore[attr-defined]
