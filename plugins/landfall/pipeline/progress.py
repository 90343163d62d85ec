"""What takes long tells how far it is, every ten seconds, also while it waits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY = 10.0
"""Seconds between two lines of a log."""


@contextmanager
def telling(log: logging.Logger, say: Callable[[], str]) -> Iterator[None]:
    """Log what `say` says, every ten seconds while the block runs.

    :param say: must be safe to call from another thread.
    """
    ended = threading.Event()

    def tell() -> None:
        while not ended.wait(EVERY):
            log.info("%s", say())

    teller = threading.Thread(target=tell, name="landfall-progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def counted(number: int, noun: str) -> str:
    """`1,204 records`, `1 record`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
