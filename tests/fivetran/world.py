"""A simulated Fivetran: it calls a function until there is no more, or runs an SDK connector, and keeps the tables.

It does what Fivetran documents: rows are put in place by their key, deletions are by key, the state is kept once the
rows are, and a re-sync begins with an empty state and marks what it did not bring again as deleted.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from landfall.fivetran import function, sdk, shape
from landfall.records import Json
from landfall.resources import Resource, Source
from landfall.stage.rows import RecordDecoder
from sandbox import Sandbox, vendor_class
from sandbox.environment import vendor_connection
from tests.driver import expected

Row = dict[str, Any]
Key = tuple[Any, ...]
Tables = dict[str, dict[Key, Row]]
BUDGET = {"requests_per_period": 10_000, "period_seconds": 0.1}


class Destination:
    """The tables of a connection, as readers see them."""

    def __init__(self) -> None:
        self.keys: dict[str, list[str]] = {}
        self.tables: Tables = {}
        self.fresh: set[tuple[str, Key]] = set()

    def take(self, answer: dict[str, Any]) -> None:
        """What an answer of a function says."""
        for table, key in answer["schema"].items():
            assert self.keys.setdefault(table, key["primary_key"]) == key["primary_key"]
        gone = {(table, self.key(table, row)) for table, rows in answer["delete"].items() for row in rows}
        came = {(table, self.key(table, row)) for table, rows in answer["insert"].items() for row in rows}
        assert not gone & came, "nobody knows which of the two is done first"
        for table, rows in answer["insert"].items():
            for row in rows:
                self.upsert(table, row)
        for table, rows in answer["delete"].items():
            for row in rows:
                self.delete(table, row)

    def key(self, table: str, row: Row) -> Key:
        return tuple(row[name] for name in self.keys[table])

    def upsert(self, table: str, data: Row) -> None:
        assert None not in self.key(table, data), table
        self.tables.setdefault(table, {})[self.key(table, data)] = data
        self.fresh.add((table, self.key(table, data)))

    def delete(self, table: str, keys: Row) -> None:
        self.tables.get(table, {}).pop(self.key(table, keys), None)

    def swept(self) -> None:
        """The end of a re-sync: what did not come again is gone."""
        self.tables = {
            table: {key: row for key, row in rows.items() if (table, key) in self.fresh}
            for table, rows in self.tables.items()
        }


class Fivetran:
    """A connection to a source whose vendors are simulated."""

    def __init__(
        self, source: Source, vendors: dict[str, Any], settings: dict[str, str], folder: Path
    ) -> None:
        self.source, self.vendors, self.settings, self.folder = source, vendors, settings, folder
        self.destination, self.state = Destination(), {}
        self.calls: list[tuple[dict[str, Any], dict[str, Any]]] = []

    # --- the function ---------------------------------------------------------------------------------------

    def request(self, state: Any, **more: Any) -> dict[str, Any]:
        return {"agent": "test", "state": state, "secrets": dict(self.settings), "customPayload": {}} | more

    def call(self, state: Any, **more: Any) -> dict[str, Any]:
        """One call, whose answer is what JSON can hold."""
        return json.loads(
            json.dumps(function.handler(self.request(json.loads(json.dumps(state)), **more), None))
        )

    def sync(self, **more: Any) -> int:
        """Call until there is no more. :returns: how many calls it took."""
        sync_id, self.destination.fresh = str(uuid.uuid4()), set()
        for number in range(1, 500):
            answer = self.call(self.state, sync_id=sync_id, **more)
            self.calls.append((self.request(self.state, sync_id=sync_id), answer))
            self.destination.take(answer)
            self.state = answer["state"]
            if not answer["hasMore"]:
                return number
        raise AssertionError("the function always has more")

    def resync(self) -> None:
        self.state = {}
        self.sync()
        self.destination.swept()

    # --- the SDK --------------------------------------------------------------------------------------------

    def update(self, *, stop: int = 0) -> None:
        """One sync of the SDK connector, stopped by force after so many operations; the state is the last checkpoint's.

        Operations after the last checkpoint are lost, as in production.
        """
        waiting: list[Callable[[], None]] = []
        fivetran, count = self, 0

        class Operations:
            @staticmethod
            def upsert(table: str, data: Row) -> None:
                Operations._one(lambda: fivetran.destination.upsert(table, data))

            @staticmethod
            def delete(table: str, keys: Row) -> None:
                Operations._one(lambda: fivetran.destination.delete(table, keys))

            @staticmethod
            def _one(what: Callable[[], None]) -> None:
                nonlocal count
                count += 1
                if stop and count > stop:
                    raise KeyboardInterrupt
                waiting.append(what)

            @staticmethod
            def checkpoint(state: Any) -> None:
                for what in waiting:
                    what()
                waiting.clear()
                fivetran.state = json.loads(json.dumps(state))

        schema, update = sdk.connector(self.source.name, Operations)  # type: ignore[arg-type]
        for table in schema(self.settings):
            self.destination.keys[table["table"]] = table["primary_key"]
        self.destination.fresh = set()
        with contextlib.suppress(KeyboardInterrupt):
            update(self.settings, json.loads(json.dumps(self.state)))

    # --- the truth ------------------------------------------------------------------------------------------

    def vendor_of(self, resource: Resource) -> Any:
        return self.vendors[resource.hook or self.source.hook]

    def change(self) -> None:
        """New rows, edits and deletions in every collection that lets itself be changed."""
        for vendor in self.vendors.values():
            for name in vendor.rows:
                ids = vendor.ids(name)
                for change, at in ((vendor.update, 0), (vendor.update, -2), (vendor.delete, 1)):
                    with contextlib.suppress(ValueError, KeyError, IndexError):
                        change(name, ids[at])
                with contextlib.suppress(ValueError, KeyError):
                    vendor.insert(name)

    def plain(self, resource: Resource) -> bool:
        """Whether the truth can be told by the declaration alone."""
        return resource.decoder is RecordDecoder and not resource.reshape and not resource.parse

    def truth(self, resource: Resource) -> Tables:
        """What the vendor has, by the names of the destination, without our own columns."""
        found: Tables = {}
        vendor = self.vendor_of(resource)
        listed = vendor.truth(resource.name)
        if resource.flag:  # as the records of such a source have it
            column = resource.table.column(resource.flag)
            listed = [record for record in listed if not record.get(column.path[0])]
        rows = expected(resource.table.in_zone(vendor.local_zone), listed)
        for spec in resource.table.family():
            table = shape.Table(spec)
            found[table.name] = {}
            for row in rows[spec.name].values():
                named = {
                    shape.destination_name(c.name): row[c.name]
                    if c.type is Json
                    else shape.plain(row[c.name])
                    for c in spec.columns
                    if c.role != "loaded" and not c.note
                }
                found[table.name][tuple(named[key] for key in table.key)] = named
        return found

    def seen(self, resource: Resource) -> Tables:
        """The same of the destination: of child tables what belongs to the state in which their record is."""
        parent = shape.Table(resource.table)
        owners = (
            {row[shape.RECORD] for row in self.destination.tables.get(parent.name, {}).values()}
            if parent.ties
            else set()
        )
        found: Tables = {}
        for spec in resource.table.family():
            table = shape.Table(spec)
            ours = {shape.destination_name(c.name) for c in spec.columns if c.role == "loaded" or c.note}
            json_columns = {shape.destination_name(c.name) for c in spec.columns if c.type is Json}
            found[table.name] = {}
            for key, row in self.destination.tables.get(table.name, {}).items():
                if spec is not resource.table and row[shape.RECORD] not in owners:
                    continue
                shown = {k: v for k, v in row.items() if k not in ours and k not in (shape.RECORD, "extra")}
                found[table.name][key] = {
                    k: json.loads(v) if k in json_columns and v is not None else v for k, v in shown.items()
                }
        return found


@contextlib.contextmanager
def fivetran(source: Source, folder: Path) -> Iterator[Fivetran]:
    """A source whose vendors are served, and a connection to it.

    :param folder: in place of Lambda's folder for temporary files.
    """
    folder.mkdir(exist_ok=True)
    paths = dict.fromkeys((source.hook, *(r.hook for r in source.resources if r.hook)))
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr("tempfile.tempdir", str(folder))
        patch.setenv("LANDFALL_SOURCE", source.name)
        patch.setenv("LANDFALL_STATE_DIR", str(folder / "budgets"))
        vendors, settings = {}, {}
        for path in paths:
            name = path.partition(":")[0].rpartition(".")[2]
            kind = vendor_class(name)
            vendors[path] = vendor = kind(seed=5, rate=None, **kind.small)
            box = stack.enter_context(Sandbox(vendor))
            given = vendor_connection(name, box.api_url, **BUDGET)
            settings[f"connection_{name}_default"] = given
        yield Fivetran(source, vendors, settings, folder)
