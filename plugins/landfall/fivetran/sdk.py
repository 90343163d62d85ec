"""A declared source for Fivetran's Connector SDK: what a `connector.py` needs.

from fivetran_connector_sdk import Connector, Operations
from landfall.fivetran import sdk

schema, update = sdk.connector("pennylane", Operations)
connector = Connector(update=update, schema=schema)
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from landfall.fivetran import shape
from landfall.fivetran.reading import UPSERT
from landfall.fivetran.settings import connected, merged
from landfall.fivetran.state import read
from landfall.fivetran.sync import Sync
from landfall.sources import source as declared

EVERY = 5000
"""Operations between two checkpoints within a table."""

Configuration = Mapping[str, str]


class Sink(Protocol):
    """The SDK's `Operations`."""

    def upsert(self, table: str, data: dict[str, Any]) -> Any: ...
    def delete(self, table: str, keys: dict[str, Any]) -> Any: ...
    def checkpoint(self, state: dict[str, Any]) -> Any: ...


def connector(
    name: str, operations: Sink
) -> tuple[Callable[[Configuration], Any], Callable[[Configuration, Any], None]]:
    """The functions `schema(configuration)` and `update(configuration, state)` of a source.

    :param operations: the SDK's class `Operations`.
    """
    source = declared(name)

    def schema(configuration: Configuration) -> list[dict[str, Any]]:
        return shape.sdk_schema(source)

    def update(configuration: Configuration, state: Any) -> None:
        settings = merged(configuration)
        with tempfile.TemporaryDirectory() as folder, connected(source, settings):
            os.environ.setdefault("LANDFALL_STATE_DIR", str(Path(tempfile.gettempdir()) / "landfall"))
            sync = Sync(source, read(state), settings, Path(folder), sync_id=secrets.token_hex(8))
            try:
                for number, (kind, table, values) in enumerate(sync.operations(), start=1):
                    if number % EVERY == 0:  # what is looked at is not in the state yet
                        operations.checkpoint(sync.state())
                    if kind == UPSERT:
                        operations.upsert(table, values)
                    else:
                        operations.delete(table, values)
            finally:
                operations.checkpoint(sync.state())

    return schema, update
