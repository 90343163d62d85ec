"""ConnectWise's API in a notebook: the keys are in the environment, and a list comes as one table.

table = ConnectWiseClient().extract(endpoint="/time/entries", conditions="dateEntered>=[2024-01-01]")
spark.createDataFrame(table.to_pandas())
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

import msgspec
import pyarrow as pa

from landfall.errors import Misconfigured
from landfall.hooks.base import Given
from landfall.hooks.connectwise import ConnectWiseHook
from landfall.hooks.connectwise_api import COLLECTIONS, PAGE_SIZE
from landfall.hooks.connectwise_conditions import Condition

VARIABLES = {
    "CW_AUTH_USERNAME": "company id and public key, as company+publickey",
    "CW_AUTH_PASSWORD": "the private key of an API member",
    "CW_CLIENTID": "the integration's client id",
    "CW_BASE_URL": "the API's address, such as https://api-na.myconnectwise.net/v4_6_release/apis/3.0",
}
"""What is read of the environment, and what each is."""
RAW = pa.schema([("id", pa.int64()), ("lastUpdated", pa.string()), ("raw", pa.string())])


class _Info(msgspec.Struct):
    lastUpdated: str | None = None


class _Head(msgspec.Struct):
    id: int | None = None
    _info: _Info | None = None


class EnvironmentHook(ConnectWiseHook):
    """The API with the environment's keys."""

    @cached_property
    def connection(self) -> Any:
        """The keys, as a connection. :raises Misconfigured: a variable is missing; names each."""
        given = {name: os.environ.get(name, "").strip() for name in VARIABLES}
        if missing := [name for name, value in given.items() if not value]:
            raise Misconfigured(
                f"ConnectWise: the environment has no {', no '.join(missing)}",
                todo=f"Set {missing[0]} to {VARIABLES[missing[0]]}.",
            )
        return Given(
            "CW_… in the environment",
            login=given["CW_AUTH_USERNAME"],
            password=given["CW_AUTH_PASSWORD"],
            extra={"client_id": given["CW_CLIENTID"], "base_url": given["CW_BASE_URL"]},
        )


class ConnectWiseClient:
    """Whole lists of ConnectWise PSA, with the keys of the environment (`VARIABLES`).

    :ivar api: what can be asked beside `extract`.
    :raises Misconfigured: one of them is missing, or cannot be.
    """

    def __init__(self) -> None:
        self.api = EnvironmentHook()
        self.api.connection  # noqa: B018 - what is missing is told at once

    def extract(
        self,
        endpoint: str,
        conditions: Condition | str | None = None,
        page_size: int = PAGE_SIZE,
        fields: str = "",
    ) -> pa.Table:
        """The records of a list as the vendor sent them: `id`, `lastUpdated` and `raw`, as bronze has them.

        Complete, or it raises: a list that the pipeline knows is held against the vendor's count too, unless `fields`
        are named. Parameters and errors are those of `ConnectWiseHook.extract`.
        """
        path = "/" + endpoint.strip("/").lower()
        known = [name for name, each in COLLECTIONS.items() if each.path.lower() == path and not fields]
        if known:
            pages = self.api.list(known[0], conditions, page_size)
        else:
            pages = self.api.extract(endpoint, conditions, page_size, fields)
        batches = []
        for page in pages:
            heads = [_head(bytes(item)) for item in page.items]
            columns = [
                [head.id for head in heads],
                [head._info.lastUpdated if head._info else None for head in heads],
                [bytes(item).decode() for item in page.items],
            ]
            arrays = [pa.array(values, field.type) for values, field in zip(columns, RAW, strict=True)]
            batches.append(pa.RecordBatch.from_arrays(arrays, schema=RAW))
        return pa.Table.from_batches(batches, RAW)

    def close(self) -> None:
        """Close the connections."""
        self.api.close()


def _head(item: bytes) -> _Head:
    try:
        return msgspec.json.decode(item, type=_Head)
    except msgspec.DecodeError:
        return _Head()  # of another shape; its raw text is what counts
