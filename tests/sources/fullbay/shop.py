"""Fullbay's tables as the tests see them: the simulated vendor on one side, a database on the other."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from landfall.hooks.fullbay import FullbayHook
from landfall.pipeline import Pipeline, Published
from landfall.reads import Mode
from landfall.setup import set_up
from landfall.sources import source
from sandbox.fullbay import FullbayVendor
from tests.driver import local_folder, open_warehouse, run_on


class Shop:
    """The simulated shop, the pipeline into one database, and questions to it."""

    def __init__(self, url: str, folder: Path, vendor: FullbayVendor, hook: FullbayHook) -> None:
        self.folder, self.vendor, self.hook = folder, vendor, hook
        self.source = source("fullbay")
        self.warehouse = open_warehouse(url)
        self.steps: dict[str, Any] = {}
        set_up(self.warehouse, self.source)

    @property
    def pipeline(self) -> Pipeline:
        resource = self.source.resource("invoices")
        landing = (self.folder / "landing").as_uri()
        return Pipeline(self.source, resource, self.warehouse, landing, local_folder, "test")

    def sync(
        self, mode: Mode = Mode.INCREMENTAL, start: date | None = None, end: date | None = None
    ) -> Published:
        one = self.pipeline
        request = one.request(self.hook, mode, start, end)
        read = one.resource.stored if mode.stored else one.resource.read
        extraction = one.extract(request, read.read)  # type: ignore[union-attr]
        self.steps = {"extract": extraction}
        return run_on(one, extraction, self.steps)

    @property
    def on_sql_server(self) -> bool:
        return self.warehouse.own_sql == "mssql"

    @property
    def in_lake(self) -> bool:
        return not self.warehouse.own_sql

    def query(self, sql: str) -> list[Any]:
        with self.warehouse.reading() as reader:
            result = reader.execute(sa.text(sql))
            return list(result) if getattr(result, "returns_rows", True) else []

    def one(self, sql: str) -> Any:
        (row,) = self.query(sql)
        return row[0] if len(row) == 1 else row

    def image(self) -> list[Any]:
        """Every row of the three tables, but for `last_seen_at`."""
        tables = ("fullbay_raw_data", "fullbay_line_items", "fullbay_invoice_reconciliation")
        if (
            not self.on_sql_server and not self.in_lake
        ):  # its driver would make numbers of JSON that Python takes for too long
            each = "SELECT (to_jsonb(t) - 'last_seen_at')::text FROM fullbay.{} t ORDER BY 1"
            return [self.query(each.format(name)) for name in tables]
        every = [self.query(f"SELECT * FROM fullbay.{name}") for name in tables]
        return [
            sorted(repr({n: v for n, v in row._mapping.items() if n != "last_seen_at"}) for row in rows)
            for rows in every
        ]

    def written(self) -> list[Any]:
        """Which version of each line is there; only PostgreSQL tells."""
        lines = "SELECT ctid, xmin FROM fullbay.fullbay_line_items ORDER BY line_key"
        return [] if self.on_sql_server or self.in_lake else self.query(lines)
