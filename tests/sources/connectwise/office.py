"""ConnectWise's tables as the tests see them: the simulated vendor on one side, a database on the other."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from landfall import ledger, pipeline
from landfall.pipeline import Pipeline, Published
from landfall.reads import Mode, Since
from landfall.sources import source
from landfall.wire.client import ApiClient
from sandbox import Sandbox
from sandbox.connectwise import ConnectWiseVendor
from sandbox.connectwise.vendor import CLIENT_ID
from tests.driver import local_folder, open_warehouse, run_on

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"


class Office:
    """The simulated company, its hook, and the pipeline into one database."""

    source = source("connectwise")

    def __init__(self, url: str, folder: Path, vendor: ConnectWiseVendor, api_url: str) -> None:
        self.folder, self.vendor = folder, vendor
        self.warehouse = open_warehouse(url)
        self.hook = hook_for(api_url, folder / "budget", vendor.token)
        self.steps: dict[str, Any] = {}
        pipeline.ensure_ledger(self.warehouse)
        pipeline.ensure_source(self.warehouse, self.source)

    def close(self) -> None:
        self.hook.close()
        self.warehouse.engine.dispose()

    def pipeline(self, name: str) -> Pipeline:
        landing = (self.folder / "landing").as_uri()
        resource = self.source.resource(name)
        return Pipeline(self.source, resource, self.warehouse, landing, local_folder, "test")

    def sync(
        self,
        name: str,
        mode: Mode = Mode.INCREMENTAL,
        lookback: timedelta | None = None,
        read: Since | None = None,
        **publish: Any,
    ) -> Published | None:
        """The four steps of one resource; None where nothing changed."""
        one = self.pipeline(name)
        request = one.request(self.hook, mode, lookback=lookback)
        extraction = one.extract(request, (read or one.resource.read).read)  # type: ignore[union-attr]
        self.steps = {"extract": extraction}
        return run_on(one, extraction, self.steps, **publish) if extraction.changed else None

    def build(self) -> dict[str, Published | None]:
        """Every model whose inputs have moved, in their order."""
        return {model.name: self.pipeline(model.name).build() for model in self.source.models}

    def gold(self, table: str, key: str) -> dict[Any, dict[str, Any]]:
        """A table of gold by one of its columns."""
        return self._rows("gold", table, key)

    def _rows(self, schema: str, table: str, key: str) -> dict[Any, dict[str, Any]]:
        with self.warehouse.reading() as reader:
            rows = reader.execute(sa.text(f'SELECT * FROM {schema}."{table}"')).mappings()
            return {row[key]: dict(row) for row in rows}

    def state(self, name: str) -> ledger.State:
        return self.pipeline(name).state()

    def query(self, sql: str) -> list[Any]:
        with self.warehouse.begin() as connection:
            return list(connection.execute(sa.text(sql)))

    def ids(self, name: str) -> list[int]:
        """The ids of silver, having seen that bronze has the same ones."""
        table = self.source.resource(name).table
        silver = [row[0] for row in self.query(f'SELECT id FROM silver."{table.name}" ORDER BY id')]
        bronze = table.name.replace("silver_", "bronze_")
        assert [row[0] for row in self.query(f'SELECT id FROM bronze."{bronze}" ORDER BY id')] == silver
        return silver

    def silver(self, name: str) -> dict[int, dict[str, Any]]:
        return self._rows("silver", self.source.resource(name).table.name, "id")

    def truth(self, name: str) -> dict[int, dict[str, Any]]:
        """The vendor's rows, flattened by the rules of the contract and not by the code under test."""
        rows = self.vendor.rows[name]
        with self.vendor.lock:
            raw = [rows.encoded(row_id) for row_id in rows.ids]
        return {row["id"]: row for row in (flat(json.loads(r, parse_float=Decimal)) for r in raw)}


def seeded(box: Sandbox, moment: datetime) -> ConnectWiseVendor:
    """The vendor as it was at the beginning, at this moment of its clock."""
    vendor: ConnectWiseVendor = box.app
    vendor.clock.set(moment)
    vendor.reset()
    return vendor


def hook_for(api_url: str, store: Path, token: str) -> Any:
    """A hook for a simulator, without a limit of its own."""
    from landfall.hooks.connectwise import ConnectWiseHook
    from landfall.hooks.connectwise_api import api_settings

    extra = {
        "base_url": api_url,
        "client_id": CLIENT_ID,
        "requests_per_period": 100_000,
        "rate_store": str(store),
    }
    connection = SimpleNamespace(
        conn_id="test",
        login="demo+publickey",
        host=None,
        schema=None,
        port=None,
        password=token,
        extra_dejson=extra,
    )

    class QuickHook(ConnectWiseHook):
        @cached_property
        def connection(self) -> Any:
            return connection

        @cached_property
        def client(self) -> ApiClient:
            return ApiClient(api_settings(connection))

    return QuickHook()


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """One record as silver must hold it: columns by their names, a column without a value left out."""
    found: dict[str, Any] = {}
    info = record.get("_info") or {}
    for name, value in _flattened(record):
        found.setdefault(name, _cleaned(value))
    for ours, theirs in (
        ("lastUpdated", ("lastUpdated",)),
        ("updatedBy", ("updatedBy",)),
        ("infoDateEntered", ("dateEntered", "createdDate")),
        ("infoEnteredBy", ("enteredBy", "createdBy")),
    ):
        found[ours] = _cleaned(next((info[one] for one in theirs if info.get(one) is not None), None))
    return {name: value for name, value in found.items() if value is not None}


def _flattened(record: dict[str, Any]) -> list[tuple[str, Any]]:
    """Columns of a record, those of its own before those of what it refers to."""
    own: list[tuple[str, Any]] = []
    nested: list[tuple[str, Any]] = []
    for name, value in record.items():
        if name == "_info":
            continue
        if isinstance(value, dict):
            for below, inner in _flattened(value):
                nested.append((name + below[0].upper() + below[1:], inner))
        else:
            own.append((name, value))
    taken = {name for name, _ in own}
    copies = [(f"{name}_1", value) for name, value in nested if name in taken]
    return [*own, *nested, *copies]


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        text = "".join(c for c in value if c not in ZERO_WIDTH).strip()
        return text or None
    if isinstance(value, Decimal):
        return value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return value


def shown(value: Any) -> Any:
    """A value of the warehouse as the truth has it."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Decimal):
        return value.quantize(Decimal("0.0001"))
    return value
