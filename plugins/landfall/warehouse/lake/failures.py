"""The one place where an error of deltalake, DataFusion, an object store or a file system becomes one of ours.

They tell by words alone what went wrong. Nothing of these goes on but the table's name and the store's status: they
hold statements, values, addresses with their parameters.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NamedTuple, TypeVar, cast

import httpx
import pyarrow as pa
from deltalake.exceptions import CommitFailedError, DeltaError, DeltaProtocolError, TableNotFoundError

from landfall.errors import (
    LandfallError,
    Misconfigured,
    WarehouseBusy,
    WarehouseRefused,
    WarehouseUnavailable,
)

Method = TypeVar("Method", bound=Callable[..., Any])
THEIRS = (DeltaError, OSError, httpx.HTTPError, pa.ArrowException)
OURS = ("landfall.warehouse.lake", "deltalake", "pyarrow", "arro3", "httpx", "httpcore")
"""Where an error is raised that is the lake's: others use files and the network too, such as landing."""


class Meaning(NamedTuple):
    """What an error means: whether to retry (by its class), what happened, what to do (else the class says it)."""

    kind: type[LandfallError]
    happened: str
    todo: str = ""


RETRIES = "Nothing was changed; the task retries by itself."
_RIGHTS = Meaning(
    WarehouseRefused,
    "does not let Landfall work below Tables/",
    "Compare the credential, and its rights to read, write, list and delete (docs/lakehouse.md).",
)
_NO_PLACE = Meaning(
    Misconfigured,
    "is not there",
    "Compare folder, bucket, workspace and lakehouse in the connection; a bucket must be made before.",
)
_NO_TABLE = Meaning(
    WarehouseRefused,
    "has no such table",
    "Run the whole DAG of its source, so that plan makes what is missing.",
)
_NO_FILE = Meaning(
    WarehouseUnavailable,
    "lacks a file of a table: it was deleted while it was read, or somebody has deleted it",
    f"{RETRIES} If it happens again, give vacuum a longer retention, or restore the file.",
)
_FULL = Meaning(WarehouseUnavailable, "has no room left", f"Make room, or raise the quota. {RETRIES}")
_READ_ONLY = Meaning(
    WarehouseRefused, "takes no changes: it is mounted read-only", "Mount it to be written on all workers."
)
_THROTTLED = Meaning(
    WarehouseBusy,
    "answers that it gets too many requests",
    f"{RETRIES} If it goes on, run fewer tasks at once.",
)
_COLLIDED = Meaning(
    WarehouseBusy,
    "was changed by another writer at the same time",
    f"{RETRIES} If it goes on, look who else writes to the table.",
)
_PROTOCOL = Meaning(
    WarehouseRefused,
    "has a table with a feature that Landfall keeps without, or a log that it cannot read",
    "Drop the feature that somebody enabled, or rename the table; the next run makes it anew with a full load.",
)
_VALUE = Meaning(
    WarehouseRefused,
    "refused a value that its column does not hold",
    "Compare the table's columns with its record.",
)
_QUERY = Meaning(
    WarehouseRefused,
    "refused a query",
    "Compare the file in include/sql/ with the tables that it reads, or run the whole DAG so that plan makes what is "
    "missing.",
)
_MEMORY = Meaning(
    WarehouseUnavailable,
    "was not given the memory that it asked for",
    f"{RETRIES} If it goes on, give workers more.",
)
_UNREACHABLE = Meaning(
    WarehouseUnavailable,
    "does not answer as it should",
    f"{RETRIES} Compare the address in the connection; is the store reached from this machine?",
)

BY_STATUS = {401: _RIGHTS, 403: _RIGHTS, 429: _THROTTLED, 507: _FULL}
"""What an object store answers."""
BY_NUMBER = {1: _RIGHTS, 12: _MEMORY, 13: _RIGHTS, 20: _NO_PLACE, 28: _FULL, 30: _READ_ONLY, 122: _FULL}
"""What an operating system answers."""
BY_WORDS = (
    # First those that may hold a value, which could look like anything.
    (r"Cast error|Divide by zero|too large to store|does not fit|invariant", _VALUE),
    (r"No field named|Error during planning|Invalid function|SQL error|ParserError", _QUERY),
    (r"No space left|quota|InsufficientStorage", _FULL),
    (r"SlowDown|Too Many Requests|ServerBusy", _THROTTLED),
    (
        r"AccessDenied|Forbidden|Unauthori[sz]ed|Unauthenticated|permission|privileges|InvalidAccessKeyId|"
        r"SignatureDoesNotMatch|invalid_client|authentication credentials",
        _RIGHTS,
    ),
    (r"NoSuchBucket|ContainerNotFound|FilesystemNotFound|NotADirectory", _NO_PLACE),
    (r"\.parquet\S* not found", _NO_FILE),
    (r"not ?found|no such file", _NO_PLACE),
    (r"Resources exhausted", _MEMORY),
    (r"Generic \w+ error|error sending request|timed? ?out|connect", _UNREACHABLE),
    (r"(reader|writer) (feature|version)|(Json|Kernel) error", _PROTOCOL),
)
"""By the first words that fit, where there is no status and no number that tells it."""
_COLOURS = re.compile(r"\x1b\[\d+m")
_TABLE = re.compile(r"Tables/(\w+)/(\w+)")
_STATUS = re.compile(r"status(?: code)?\W{1,40}(\d{3})\b")
_NUMBER = re.compile(r"os error (\d+)")


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turn what deltalake or the store raises in this block.

    :param place: the lake as messages name it.
    :raises WarehouseUnavailable: trying again later may do.
    :raises WarehouseBusy: the same, because of others.
    :raises WarehouseRefused, Misconfigured: a person has to act.
    """
    try:
        yield
    except LandfallError as error:
        _forget(error)
        raise
    except THEIRS as error:
        if isinstance(error, OSError | httpx.HTTPError) and not _of_the_lake(error.__traceback__):
            raise
        ours = failure(place, error)
        try:
            raise ours from None
        finally:
            ours.__context__ = None  # a log may follow it


def telling(method: Method) -> Method:
    """The same for all of a method of what has a `house`."""

    @functools.wraps(method)
    def work(self: Any, *given: Any, **named: Any) -> Any:
        with told(self.house.place):
            return method(self, *given, **named)

    return cast(Method, work)


def failure(place: str, error: BaseException) -> LandfallError:
    """Our error for one of theirs: the place, the table, what happened, the store's status."""
    text = _COLOURS.sub("", str(error))
    status, number = _digits(_STATUS, text), _digits(_NUMBER, text)
    meaning = _meaning(error, text, status, number)
    table = _TABLE.search(text)
    of = f" ({table[1]}.{table[2]})" if table and table[1] != "landfall_stage" else ""
    code = f" {status}" if status else f" {number}" if number else ""
    return meaning.kind(f"{place} {meaning.happened}{of} ({type(error).__name__}{code})", todo=meaning.todo)


def _digits(where: re.Pattern[str], text: str) -> int:
    found = where.search(text)
    return int(found[1]) if found else 0


def _meaning(error: BaseException, text: str, status: int, number: int) -> Meaning:
    if isinstance(error, CommitFailedError):
        return _COLLIDED
    if isinstance(error, DeltaProtocolError):
        return _PROTOCOL
    if found := BY_STATUS.get(status) or BY_NUMBER.get(number):
        return found
    if status >= 500:
        return _UNREACHABLE
    for words, meaning in BY_WORDS:
        if re.search(words, text, re.IGNORECASE):
            return meaning
    if isinstance(error, TableNotFoundError):
        return _NO_TABLE
    return _UNREACHABLE if isinstance(error, OSError | httpx.HTTPError) else _VALUE


def _of_the_lake(raised: TracebackType | None) -> bool:
    """Whether it was raised by the lake's code, or by what that calls."""
    names = []
    while raised is not None:
        names.append(str(raised.tb_frame.f_globals.get("__name__", "")))
        raised = raised.tb_next
    while names and names[-1].partition(".")[0] in sys.stdlib_module_names:
        names.pop()
    return bool(names) and names[-1].startswith(OURS)


def _forget(error: BaseException) -> None:
    """Cut an error of theirs out of what an error of ours says it came of."""
    if isinstance(error.__cause__, THEIRS):
        error.__cause__ = None
    if isinstance(error.__context__, THEIRS):
        error.__context__ = None
