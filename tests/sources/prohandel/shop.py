"""ProHandel's tables as the tests see them: the simulated vendor on one side, a warehouse on the other."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from landfall.hooks.prohandel import ProHandelHook
from landfall.pipeline import Pipeline, Published
from landfall.reads import Mode
from landfall.setup import set_up
from landfall.sources import source
from landfall.sql import View, views
from sandbox import Sandbox
from sandbox.environment import vendor_connection
from sandbox.prohandel import ProHandelVendor
from tests.driver import local_folder, open_warehouse, run_on

FAST = {"requests_per_period": 10_000, "period_seconds": 0.1}
_numbers = itertools.count(1)


class Shop:
    """The simulated retailer, its hook, and the pipeline into one warehouse."""

    source = source("prohandel")

    def __init__(self, url: str, folder: Path, vendor: ProHandelVendor) -> None:
        self.folder, self.vendor = folder, vendor
        self.warehouse = open_warehouse(url)
        self.hook: Any = ProHandelHook()
        set_up(self.warehouse, self.source)

    def pipeline(self, name: str) -> Pipeline:
        landing = (self.folder / "landing").as_uri()
        return Pipeline(
            self.source, self.source.resource(name), self.warehouse, landing, local_folder, "test"
        )

    def sync(self, name: str, mode: Mode = Mode.INCREMENTAL, **publish: Any) -> Published | None:
        """The four steps of one resource; None where nothing changed."""
        one = self.pipeline(name)
        extraction = one.extract(one.request(self.hook, mode), one.resource.read.read)  # type: ignore[union-attr]
        return run_on(one, extraction, {}, **publish) if extraction.changed else None

    @cached_property
    def views(self) -> list[View]:
        """What a database asks when it is read, and a lake makes at the end of each run."""
        return list(views(self.source))

    def sync_all(self, mode: Mode = Mode.INCREMENTAL) -> None:
        for resource in self.source.resources:
            self.sync(resource.name, mode)

    def quiet(self, name: str) -> str | None:
        """What the plan finds out without a task of the table's own."""
        one = self.pipeline(name)
        return one.resource.read.unchanged(one.request(self.hook, Mode.INCREMENTAL))  # type: ignore[union-attr]

    def build(self) -> dict[str, Published | None]:
        """Every model whose inputs have moved, in their order; then what a lake keeps of the views."""
        made = {model.name: self.pipeline(model.name).build() for model in self.source.models}
        self.warehouse.conclude(self.views)
        return made

    def table(
        self, name: str, *, schema: str = "prohandel_raw", key: str = "id"
    ) -> dict[Any, dict[str, Any]]:
        """A table by one of its columns."""
        with self.warehouse.begin() as connection:
            rows = connection.execute(sa.text(f'SELECT * FROM {schema}."{name}"')).mappings()
            return {row[key]: dict(row) for row in rows}

    def truth(self, name: str) -> dict[str, dict[str, Any]]:
        """The vendor's rows as it sends them, by id."""
        pieces = self.vendor.pieces(name, self.vendor.listed(name))
        rows = [json.loads(piece, parse_float=Decimal) for piece in pieces]
        return {row["id"]: row for row in rows}

    def agrees(self, name: str) -> None:
        """The table has the vendor's rows, as they changed last."""
        raw, truth = self.table(name), self.truth(name)
        assert raw.keys() == truth.keys()
        for key, row in truth.items():
            if "lastChange" in row:
                assert raw[key]["last_change_sent"] == row["lastChange"]
            for field in ("salePrice", "stockQuantity", "status", "isDeleted"):
                if field in row:
                    column = {"salePrice": "sale_price", "stockQuantity": "stock_quantity"}.get(field, field)
                    assert raw[key][{"isDeleted": "is_deleted"}.get(column, column)] == row[field]

    def requests(self, path: str = "/api/v2/") -> list[tuple[str, str]]:
        """What was asked for below this path since the figures were last reset."""
        return [(r.path.removeprefix(path), r.query) for r in self.vendor.stats.log if path in r.path]


@contextmanager
def opened(url: str, folder: Path, vendor: ProHandelVendor | None = None, **extra: Any) -> Iterator[Shop]:
    """A shop with its vendor served; its connection has `extra` beside what the simulator needs."""
    vendor = vendor or ProHandelVendor(records=60)
    store = {"rate_store": str(folder / f"state_{next(_numbers)}")}
    with Sandbox(vendor) as box:
        given = vendor_connection("prohandel", box.api_url, **FAST | store | extra)
        with patch.dict("os.environ", {"AIRFLOW_CONN_PROHANDEL_DEFAULT": given}):
            shop = Shop(url, folder, vendor)
            try:
                yield shop
            finally:
                shop.hook.close()
                shop.warehouse.close()
