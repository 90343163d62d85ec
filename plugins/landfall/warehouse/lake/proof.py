"""Whether Landfall can keep its promise in a lake: asked before anything is read, and by the connection's Test."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from landfall.errors import LandfallError, Misconfigured, WarehouseRefused, WarehouseUnavailable
from landfall.warehouse.lake.layout import Lakehouse

PATIENCE = {"max_retries": "2", "retry_timeout": "20s", "timeout": "30s", "connect_timeout": "5s"}
"""Of a store's requests while it is proved; without them a wrong address would take minutes to be told."""
_REFUSED = re.compile(
    r"\b(401|403)\b|AccessDenied|Forbidden|Unauthorized|Unauthenticated|permission|"
    r"InvalidAccessKeyId|SignatureDoesNotMatch|invalid_client",
    re.IGNORECASE,
)
_MISSING = re.compile(r"\b404\b|NoSuchBucket|not ?found|ContainerNotFound|FilesystemNotFound", re.IGNORECASE)


def prove(house: Lakehouse) -> str:
    """Write, race, list and delete below `Tables/`.

    :returns: what was proved, in one sentence.
    :raises LandfallError: it cannot be worked with, and why.
    """
    import deltalake

    patient = house if house.local else dataclasses.replace(house, options={**house.options, **PATIENCE})
    with told(house):
        patient.probe()
    return (
        f"{house.place}: Tables/ can be written, listed and deleted from, and of several writers of one commit one "
        f"passes (deltalake {deltalake.__version__}, tables of reader 1 and writer 2)."
    )


@contextmanager
def told(house: Lakehouse) -> Iterator[None]:
    """A store's error becomes one of ours; nothing of its text goes on, which may hold names and requests.

    :raises WarehouseRefused: the credential or its rights do not suffice.
    :raises Misconfigured: there is no such place.
    :raises WarehouseUnavailable: all else.
    """
    from deltalake.exceptions import DeltaError

    kind: type[LandfallError]
    try:
        yield
    except LandfallError:
        raise
    except (DeltaError, OSError, httpx.HTTPError) as error:
        text = str(error)
        if isinstance(error, PermissionError) or _REFUSED.search(text):
            kind, happened = WarehouseRefused, "does not let Landfall work below Tables/"
            todo = (
                "Compare the credential, and its rights to read, write, list and delete (docs/lakehouse.md)."
            )
        elif isinstance(error, FileNotFoundError | NotADirectoryError) or _MISSING.search(text):
            kind, happened = Misconfigured, "is not there"
            todo = "Compare folder, bucket, workspace and lakehouse in the connection; a bucket must be made before."
        else:
            kind, happened = WarehouseUnavailable, f"does not answer as it should ({type(error).__name__})"
            todo = "Compare the address in the connection; is the store reached from this machine?"
        raise kind(f"{house.place} {happened}", todo=todo) from None
