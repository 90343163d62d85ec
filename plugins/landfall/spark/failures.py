"""The one place where an error of Spark becomes one of ours, by its name: its words hold statements and values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from landfall.errors import LandfallError, PublishConflict, WarehouseRefused, WarehouseUnavailable

_THEIRS = ("pyspark", "py4j")
_CONFLICT = re.compile(r"Concurrent\w*Exception|DELTA_CONCURRENT_\w+")
_NAMED = re.compile(r"\[([A-Z][A-Z0-9_.]{3,80})\]")
_PASSES = re.compile(r"SparkException|Py4JNetworkError|SparkConnectGrpcException")


@contextmanager
def told(place: str) -> Iterator[None]:
    """Let what Spark raises be told by its name.

    :param place: what was worked on.
    :raises PublishConflict: another writer was faster.
    :raises WarehouseUnavailable: the cluster failed, which may pass.
    :raises WarehouseRefused: Spark does not take the statement, or a value does not fit.
    """
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _THEIRS:
            raise
        raise _meant(error, place) from None


def _meant(error: Exception, place: str) -> LandfallError:
    text = str(error)
    if _CONFLICT.search(text):
        return PublishConflict(f"{place} was changed by another run meanwhile")
    named = _NAMED.search(text)
    name = named[1] if named else type(error).__name__
    if named is None and _PASSES.search(f"{type(error).__name__} {text[:2000]}"):
        return WarehouseUnavailable(f"Spark failed at {place} ({name})")
    return WarehouseRefused(
        f"Spark did not do its work at {place} ({name})",
        todo="Look into the cluster's own log. Is Delta enabled in the session, and may it write there?",
    )
