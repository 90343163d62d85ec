"""A declared source from its simulated vendors to its tables: what every source is held to, without a line of its own.

What there is to read, and where, is not written down here: it is watched while the source's strategies read.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
import sqlalchemy as sa

from landfall import ledger
from landfall.errors import LandfallError
from landfall.get_provider_info import CONNECTION_TYPES
from landfall.pipeline import Extraction, Pipeline, Published
from landfall.reads import Export, Mode, Outcome, Read, Request
from landfall.reads.export import OF_ALL, told
from landfall.resources import Resource, Source
from landfall.setup import set_up
from landfall.warehouse.tables import target_table
from sandbox import Sandbox, vendor_class
from sandbox.changelog import Changelog as Changes
from sandbox.environment import vendor_connection
from tests.driver import Rows, local_folder, open_warehouse, published, run_on

BUDGET = {"requests_per_period": 10_000, "period_seconds": 0.1}
"""No vendor's limit; what is waited for on purpose has tests of its own."""


@dataclass(frozen=True)
class Ask:
    """A request as it reached a vendor.

    :ivar method: of the hook, which was asked for what the request asks for.
    :ivar names: of the parameters in its query.
    """

    hook: str
    method: str
    verb: str
    path: str
    names: frozenset[str]


class Front:
    """In front of a vendor: pages of few rows, and a note of every request.

    :param most: rows a page at most, whatever the hook asks for; 0 for as many as that.
    """

    def __init__(self, vendor: Any, most: int) -> None:
        self._faults, self._limit, self._most = vendor.faults, vendor.dialect.limit_parameter, most
        self.cursor = vendor.dialect.cursor_parameter
        self.heard: list[tuple[str, str, frozenset[str]]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._faults, name)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked = dict(parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True))
        self.heard.append((scope["method"], scope["path"], frozenset(asked)))
        wanted = asked.get(self._limit, "")
        if self._most and wanted.isdecimal() and int(wanted) > self._most:
            asked[self._limit] = str(self._most)
            scope["query_string"] = urlencode(asked).encode()
        await self._faults(scope, receive, send)


class Watched:
    """A hook that notes which of its methods each request was made for."""

    def __init__(self, hook: Any, front: Front, asks: list[Ask]) -> None:
        self.hook, self._front, self._asks = hook, front, asks

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.hook, name)
        if isinstance(found, Mapping):  # a hook of its own for each account
            return {key: Watched(each, self._front, self._asks) for key, each in found.items()}
        if not callable(found):
            return found

        @functools.wraps(found)
        def ask(*given: Any, **options: Any) -> Any:
            with self._noted(name):
                result = found(*given, **options)
            return self._each(name, result) if isinstance(result, Iterator) else result

        return ask

    def _each(self, name: str, items: Iterator[Any]) -> Iterator[Any]:
        end = object()
        while True:
            with self._noted(name):
                item = next(items, end)
            if item is end:
                return
            yield item

    @contextlib.contextmanager
    def _noted(self, method: str) -> Iterator[None]:
        try:
            yield
        finally:
            new, self._front.heard[:] = list(self._front.heard), []
            kind = self.hook.conn_type
            self._asks.extend(Ask(kind, method, verb, path, names) for verb, path, names in new)


class World:
    """A source, its simulated vendors, its hooks, and a warehouse.

    :param vendors: by the import path of the hook that reads them.
    :ivar hooks: by their import path.
    :ivar asks: every request that was made through the hooks, in order.
    """

    def __init__(self, source: Source, vendors: dict[str, Any], url: str, folder: Path) -> None:
        self.source, self.vendors, self.url, self.folder = source, vendors, url, folder
        self.warehouse = open_warehouse(url)
        self.hooks: dict[str, Watched] = {}
        self.asks: list[Ask] = []
        self.renewed: dict[str, Callable[[], None]] = {}
        set_up(self.warehouse, source)

    @property
    def vendor(self) -> Any:
        """The vendor of the source's own hook."""
        return self.vendors[self.source.hook]

    def hook_of(self, resource: Resource) -> str:
        return resource.hook or self.source.hook

    def renew(self) -> None:
        """Let every hook begin anew: not logged in, no connection open, no limit met."""
        for anew in self.renewed.values():
            anew()

    # --- a load -----------------------------------------------------------------------------------------------

    def pipeline(self, resource: Resource) -> Pipeline:
        landing = (self.folder / "landing").as_uri()
        return Pipeline(self.source, resource, self.warehouse, landing, local_folder, "test")

    def modes(self, resource: Resource) -> list[Mode]:
        """How it can be read."""
        read = resource.read
        return [Mode.FULL, *([Mode.INCREMENTAL] * read.incremental), *([Mode.DATES] * read.dated)]

    def extract(
        self,
        resource: Resource,
        mode: Mode = Mode.FULL,
        *,
        watermark: str | None = None,
        dry: bool = False,
        days: int = 21,
    ) -> Extraction:
        """Land what the vendor has; by date, the last days.

        :param watermark: in place of the one that the ledger has.
        :param dry: leave the ledger alone.
        :param days: how many are read by date, today included.
        """
        one, read = self.pipeline(resource), resource.read
        dates: tuple[Any, ...] = ()
        if mode is Mode.DATES:
            today = datetime.now(UTC).date()
            dates = (today - timedelta(days=days - 1), today)
        request = one.request(self.hooks[self.hook_of(resource)], mode, *dates)
        if watermark:
            request = replace(request, state=msgspec.structs.replace(request.state, watermark=watermark))
        return one.extract(request, reading(read, request), dry_run=dry)

    def load(self, resource: Resource, mode: Mode = Mode.FULL, days: int = 21) -> Published | None:
        """All four steps; None where nothing changed."""
        extraction = self.extract(resource, mode, days=days)
        return run_on(self.pipeline(resource), extraction, {}) if extraction.changed else None

    def publish(self, resource: Resource, extraction: Extraction, *, consent: bool = False) -> Published:
        """Stage and publish what was landed, unchecked. :param consent: to whatever it removes."""
        one = self.pipeline(resource)
        result = one.publish(extraction, one.load(extraction), allow_shrink=consent)
        one.clean_up([extraction.load_id])
        return result

    # --- what is there ----------------------------------------------------------------------------------------

    def published(self, resource: Resource) -> dict[str, Rows]:
        """What readers see but for notes of our own, such as when a row was last seen."""
        found = published(self.warehouse, self.source.name, resource.table)
        for table in resource.table.family():
            for column in (c for c in table.columns if c.note):
                for row in found[table.name].values():
                    del row[column.name]
        return found

    def state(self, resource: Resource) -> ledger.State:
        return self.pipeline(resource).state()

    def recorded(self, load_id: str) -> int:
        """How often the ledger has this load."""
        return len(
            self.warehouse.books.rows(sa.select(ledger.loads).where(ledger.loads.c.load_id == load_id))
        )

    def empty(self) -> None:
        """Take every row out of the source's tables and the ledger."""
        with self.warehouse.begin() as connection:
            for table in [*(target_table(t, self.source.name) for t in self.source.tables), *ledger.TABLES]:
                connection.execute(sa.delete(table))

    # --- what happens at the vendor ---------------------------------------------------------------------------

    def work(self) -> None:
        """New rows, edits and deletions in every collection that lets itself be changed."""
        for vendor in self.vendors.values():
            vendor.changes(20)
            for name in vendor.rows:
                ids = vendor.ids(name)
                changes = [(vendor.update, at) for at in (0, -2)] + [(vendor.delete, at) for at in (1, -1)]
                for change, at in changes:
                    with contextlib.suppress(ValueError, KeyError, IndexError):
                        change(name, ids[at])
                with contextlib.suppress(ValueError, KeyError):
                    vendor.insert(name)

    def report(self, most: int) -> None:
        """Every changelog begins anew and tells of `most` edits."""
        for vendor in self.vendors.values():
            for name in vendor.changelogs:
                vendor.changelogs[name] = Changes()
                for row_id in vendor.ids(name)[:most]:
                    vendor.update(name, row_id)


def reading(read: Read | Export, request: Request) -> Callable[..., Outcome]:
    """How to read: files are asked for, and waited for, before they are landed."""
    if not isinstance(read, Export):
        return read.read
    jobs = read.begin(request)
    until = time.monotonic() + 20
    for job in (job for job in jobs if "id" in job):
        try:
            while request.api.export_status(read.kind, job["id"]).status == "pending":
                assert time.monotonic() < until
                time.sleep(0.05)
        except OF_ALL:
            raise
        except LandfallError as error:  # as the trigger does it
            job["error"] = told(error)
    return lambda asked, landing: read.collect(asked, landing, jobs)


_numbers = itertools.count(1)


@contextlib.contextmanager
def world(source: Source, url: str, folder: Path, *, most: int = 0, **extra: Any) -> Iterator[World]:
    """A source's world, its vendors served.

    :param most: rows a page at most.
    :param extra: of the vendors' connections, where their forms have it.
    """
    paths = dict.fromkeys((source.hook, *(r.hook for r in source.resources if r.hook)))
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        vendors, fronts = {}, {}
        for path in paths:
            kind = vendor_class(_hook_class(path).conn_type)
            vendors[path] = vendor = kind(seed=5, rate=None, **kind.small)
            vendor.faults = fronts[path] = Front(vendor, most)
        made = World(source, vendors, url, folder)
        stack.callback(made.warehouse.close)
        for path, vendor in vendors.items():
            box = stack.enter_context(Sandbox(vendor))
            hook_class = _hook_class(path)

            def renew(path: str = path, address: str = box.api_url, hook_class: Any = hook_class) -> None:
                store = {"rate_store": str(folder / f"budget_{next(_numbers)}")}
                wanted = BUDGET | store | extra
                (form,) = (c for c in CONNECTION_TYPES if c["connection-type"] == hook_class.conn_type)
                known = {name: value for name, value in wanted.items() if name in form["conn-fields"]}
                given = vendor_connection(hook_class.conn_type, address, **known)
                patch.setenv(f"AIRFLOW_CONN_{hook_class.default_conn_name.upper()}", given)
                if path in made.hooks:
                    made.hooks[path].hook.close()
                made.hooks[path] = Watched(hook_class(), fronts[path], made.asks)

            made.renewed[path] = renew
            renew()
            stack.callback(lambda path=path: made.hooks[path].hook.close())
        yield made


def _hook_class(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
