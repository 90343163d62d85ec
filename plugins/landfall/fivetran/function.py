"""A declared source as a Fivetran function on AWS Lambda: `landfall.fivetran.function.handler`.

The variable `LANDFALL_SOURCE` names the source. Settings come from the request's `secrets` and `customPayload`, and
from the secret of AWS Secrets Manager that `LANDFALL_SECRET_ID` names. docs/fivetran.md has the set-up.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from landfall.errors import LandfallError, Misconfigured, code_of
from landfall.fivetran.reading import DELETE
from landfall.fivetran.settings import connected, merged
from landfall.fivetran.state import read
from landfall.fivetran.sync import Operation, Sync, schema_of
from landfall.resources import Source
from landfall.sources import source as declared

LIMIT = 4 * 2**20
"""Bytes of an answer's rows: Lambda hands six million on, and escapes some letters."""
S3_LIMIT = 16 * 2**20
LONGEST_CALL = 900.0
"""Seconds that Lambda gives a call at most."""
RESERVE = 20.0
"""Seconds kept for answering; of a call that has few, no more than a quarter."""
ENOUGH = 0.5
"""Share of a call's time without which no other table's read is begun, where there is something to answer."""

log = logging.getLogger(__name__)


class SyncFailed(Exception):
    """What Fivetran shows: what failed and what to do, without secrets and rows."""


def handler(request: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """One call of Fivetran's.

    :param request: `state`, `secrets`, `customPayload`, `setup_test`, `sync_id`; `bucket` and `file` where Fivetran
        fetches rows from S3.
    :param context: Lambda's; tells the time that is left.
    :returns: `state`, `schema`, `hasMore`, and `insert` and `delete` unless these are in S3.
    :raises SyncFailed: what Lambda reports as `errorMessage`.
    """
    folder = temporary_folder()
    os.environ.setdefault("LANDFALL_STATE_DIR", str(folder / "state"))
    try:
        source = declared(os.environ.get("LANDFALL_SOURCE", ""))
        settings = merged(request.get("secrets"), request.get("customPayload"), kept_secrets())
        with connected(source, settings):
            return Answer(source, settings, request, context, folder).made()
    except LandfallError as error:
        failure = SyncFailed(f"{error} (code {code_of(error)})")
    except Exception as error:  # a bug: its message may hold anything
        failure = SyncFailed(
            f"{type(error).__name__}: a fault of the connector; nothing of this call was delivered"
        )
        log.error("fault at %s", _places(error))
    note(folder, failure, str(request.get("sync_id", "")))
    raise failure from None


class Answer:
    """One answer, in the making."""

    def __init__(
        self,
        source: Source,
        settings: Mapping[str, Any],
        request: Mapping[str, Any],
        context: Any,
        folder: Path,
    ) -> None:
        self._request, self._settings = request, settings
        self._remaining = _remaining(context)
        whole = self._remaining()
        self._reserve = min(RESERVE, whole / 4)
        self._whole = max(whole - self._reserve, 0.001)
        self._insert: dict[str, dict[str, dict[str, Any]]] = {}
        self._delete: dict[str, dict[str, dict[str, Any]]] = {}
        self._size = 0
        self._schema = schema_of(source)
        sync_id = str(request.get("sync_id") or "")
        self._sync = Sync(
            source, read(request.get("state")), settings, folder, sync_id=sync_id, left=self._left_to_read
        )

    def made(self) -> dict[str, Any]:
        """The answer. :raises LandfallError: nothing could be delivered."""
        if self._request.get("setup_test"):
            self._sync.prove()
            return self._told(dict(self._request.get("state") or {}), more=False)
        try:
            more = self._filled()
        except LandfallError:
            if not (self._size or self._sync.moved):
                raise
            more = True  # what there is first; the next call will run into it again
        return self._told(self._sync.state(), more=more)

    def _filled(self) -> bool:
        """Take operations until there is no more room, time or operation. :returns: whether there is more."""
        limit = S3_LIMIT if self._request.get("bucket") else LIMIT
        for operation in self._sync.operations():
            size = len(json.dumps(operation[2])) + len(operation[1]) + 8
            full = self._size + size > limit
            if self._size and (full or self._left() <= 0):
                return True
            self._take(operation)
            self._size += size
        return False

    def _take(self, operation: Operation) -> None:
        """Of a row's operations in one answer the last counts, since nobody knows in which order they are done."""
        kind, table, values = operation
        key = json.dumps([values[name] for name in self._schema[table]["primary_key"]])
        insert, delete = self._insert.setdefault(table, {}), self._delete.setdefault(table, {})
        into, other = (delete, insert) if kind == DELETE else (insert, delete)
        into.pop(key, None)
        into[key] = values
        other.pop(key, None)

    def _left(self) -> float:
        """Seconds until it has to be answered, by Lambda's own clock."""
        return self._remaining() - self._reserve

    def _left_to_read(self) -> float:
        """Seconds; none, where another table's read would better have a call of its own."""
        left = self._left()
        something = self._size or self._sync.moved
        return 0.0 if something and left < ENOUGH * self._whole else left

    def _told(self, state: dict[str, Any], *, more: bool) -> dict[str, Any]:
        rows = {
            name: {table: list(rows.values()) for table, rows in found.items() if rows}
            for name, found in (("insert", self._insert), ("delete", self._delete))
        }
        self._insert, self._delete = (
            {},
            {},
        )  # this object ends with a garbage collection; rows must not wait for one
        answer = {"state": state, "schema": self._schema, "hasMore": more}
        if soft := self._settings.get("soft_delete"):
            answer["softDelete"] = list(self._schema) if soft == "tables" else True
        if bucket := self._request.get("bucket"):
            put(str(bucket), str(self._request["file"]), rows)
            return answer
        return answer | rows


def temporary_folder() -> Path:
    """Where the function may write, and nobody else may read."""
    folder = Path(tempfile.gettempdir()) / "landfall"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def kept_secrets() -> dict[str, Any]:
    """The secret that `LANDFALL_SECRET_ID` names in AWS Secrets Manager: a JSON object of settings; else none."""
    name = os.environ.get("LANDFALL_SECRET_ID")
    if not name:
        return {}
    import boto3  # Lambda's runtime has it

    try:
        told = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Misconfigured(
            f"the secret {name} is no JSON object", todo="Store the settings as key and value."
        )
    return told


def put(bucket: str, file: str, rows: Mapping[str, Any]) -> None:
    """Write an answer's rows where Fivetran fetches them from."""
    import boto3

    boto3.client("s3").put_object(Bucket=bucket, Key=file, Body=json.dumps(rows, ensure_ascii=False).encode())


def note(folder: Path, failure: Exception, sync_id: str) -> None:
    """Tell what failed, in the log and in a file below the folder for temporary files."""
    told = json.dumps({"time": round(time.time(), 3), "sync_id": sync_id, "error": str(failure)})
    log.error("%s", told)
    path = folder / "errors.ndjson"
    fresh = not path.exists() or path.stat().st_size > LIMIT
    with path.open("w" if fresh else "a", encoding="utf-8") as file:
        file.write(told + "\n")


def _remaining(context: Any) -> Callable[[], float]:
    """What tells the seconds that a call still has."""
    if told := getattr(context, "get_remaining_time_in_millis", None):
        return lambda: float(told()) / 1000
    until = time.monotonic() + LONGEST_CALL
    return lambda: until - time.monotonic()


def _places(error: BaseException) -> str:
    """Where a fault was, without what it said."""
    trace, found = error.__traceback__, []
    while trace:
        found.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join(reversed(found[-6:]))
