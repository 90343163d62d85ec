"""Pennylane as a vendor: sizes, seeding, plausible changes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from starlette.types import Receive, Scope, Send

from sandbox.changelog import Changelog, Event
from sandbox.clock import Clock, stamp
from sandbox.pennylane import plausible
from sandbox.pennylane.api import routes
from sandbox.pennylane.books import Books
from sandbox.pennylane.changes import one_change
from sandbox.pennylane.declared import CHANGELOGS, COLLECTIONS, RETENTION, SCOPES
from sandbox.pennylane.exports import Exports
from sandbox.pennylane.fec import FEC_FORMATS
from sandbox.rows import Row, Rows
from sandbox.vendor import TOKEN, Vendor


@dataclass(frozen=True)
class Sizes:
    """Rows of each collection to begin with; accounts and entries are approximate."""

    customers: int = 300
    suppliers: int = 100
    products: int = 120
    customer_invoices: int = 1500
    supplier_invoices: int = 800
    transactions: int = 2000
    ledger_entries: int = 3000
    ledger_accounts: int = 250
    bank_accounts: int = 3
    fiscal_years: int = 3

    def scaled(self, scale: float) -> Sizes:
        """Everything but accounts, banks and years times `scale`."""
        fixed = ("ledger_accounts", "bank_accounts", "fiscal_years")
        scaled = {f.name: round(getattr(self, f.name) * scale) for f in fields(self) if f.name not in fixed}
        return replace(self, **scaled)


class PennylaneVendor(Vendor):
    """Pennylane's company API v2 over a small French company's books.

    :param scale: times the default sizes.
    :param records: customer invoices; the other sizes follow in proportion. Instead of `scale`.
    :param rate: Pennylane's 25 requests in 5 seconds by default; None for no limit.
    :param max_limit: a larger page than the API allows, for benchmarks.
    :param cursors: "position" (a cursor names the last row) or "offset" (rows shift under it).
    :param pipeline_lag: how long a change waits before it shows in the changelog.
    :param export_delay: seconds an export is pending.
    :param sizes: any field of `Sizes`.
    """

    name: ClassVar[str] = "pennylane"
    demo: ClassVar[dict[str, Any]] = {"scale": 0.4}
    small: ClassVar[dict[str, Any]] = {"records": 30, "ledger_accounts": 40, "export_delay": 0}
    prefix: ClassVar[str] = "/api/external/v2"

    def __init__(
        self,
        *,
        seed: int = 1,
        scale: float = 1.0,
        records: int | None = None,
        rate: tuple[int, float] | None = (25, 5.0),
        latency: float = 0.0,
        clock: Clock | None = None,
        token: str = TOKEN,
        max_limit: int | None = None,
        cursors: str = "position",
        pipeline_lag: timedelta = timedelta(),
        export_delay: float = 1.0,
        company: tuple[int, str] = (4242, "Démo & Fils SAS"),
        **sizes: int,
    ) -> None:
        if records is not None:
            scale = records / Sizes.customer_invoices
        self.sizes = replace(Sizes().scaled(scale), **sizes)
        self._company = company
        self.max_limit, self.by_offset = max_limit, cursors == "offset"
        self.pipeline_lag, self.export_delay = pipeline_lag, export_delay
        self._router = routes(self)
        super().__init__(seed=seed, rate=rate, latency=latency, clock=clock, token=token)

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, send)

    def configure(self, settings: dict[str, Any]) -> None:
        """Set `version_expires_at` (text), or any setting of `Exports`: delay, failures, fec_format, french, host.

        :raises ValueError: there is no such setting.
        """
        with self.lock:
            for name, value in settings.items():
                if name == "version_expires_at":
                    self.version_expires_at = value
                elif name not in ("delay", "failures", "fec_format", "french", "host"):
                    raise ValueError(f"no setting {name!r}")
                elif name == "fec_format" and value not in FEC_FORMATS:
                    raise ValueError(f"fec_format is one of {', '.join(FEC_FORMATS)}")
                else:
                    setattr(self.exports, name, value)

    # --- seeding --------------------------------------------------------------------------------------------

    def fill(self) -> None:
        self.rows = {name: Rows(name) for name in COLLECTIONS}
        self.changelogs = {name: Changelog() for name in CHANGELOGS}
        self.scopes = set(SCOPES)
        number, name = self._company
        self.company = {"id": number, "name": name, "reg_no": f"99900{number % 10_000:04}"}
        self.exports = Exports(delay=self.export_delay)
        self.version_expires_at = ""
        self.lines_of: defaultdict[int, set[int]] = defaultdict(set)
        self._seeding: list[tuple[str, str, int]] | None = []
        self._retained = stamp(self.clock.now() - RETENTION)
        self.books = Books(self)
        self._seed()
        for processed, name, row_id in sorted(self._seeding):
            if row_id in self.rows[name]:
                created = self.rows[name].get(row_id)["created_at"]
                operation = "insert" if created >= self._retained else "update"
                self.changelogs[name].add(Event(row_id, operation, processed, processed, created))
        self._seeding = None

    def _seed(self) -> None:
        sizes, books, now = self.sizes, self.books, self.clock.now()
        start = datetime(now.year - sizes.fiscal_years + 1, 1, 1, 8, tzinfo=UTC)
        books.open(
            accounts=sizes.ledger_accounts,
            bank_accounts=sizes.bank_accounts,
            fiscal_years=sizes.fiscal_years,
            now=now,
        )

        def spread(count: int, make: Callable[[datetime], object]) -> None:
            books.large_ids = False
            for place in range(count):
                books.large_ids = place >= count - max(2, count // 50)
                make(start + (now - start) * ((place + self.random.random()) / count))

        def party(resource: str, at: datetime) -> None:
            self.put(resource, plausible.party(self, resource, at))

        for resource in ("customers", "suppliers", "products"):
            spread(getattr(sizes, resource), partial(party, resource))

        entries = self.rows["ledger_entries"]

        def booked() -> bool:
            return len(entries) < sizes.ledger_entries

        spread(sizes.customer_invoices, lambda at: books.customer_invoice(at, booked=booked()))
        spread(sizes.supplier_invoices, lambda at: books.supplier_invoice(at, booked=booked()))
        books.large_ids = False
        drafts = sizes.ledger_entries // 300
        for owed in self.random.sample(books.owed, len(books.owed)):
            full = len(self.rows["transactions"]) >= sizes.transactions
            if full or len(entries) >= sizes.ledger_entries - drafts:
                break
            books.payment(owed)
        books.owed.clear()
        left = sizes.ledger_entries - drafts - len(entries)
        spread(left, books.miscellaneous)
        spread(
            min(drafts, sizes.ledger_entries - len(entries)), lambda at: books.miscellaneous(at, draft=True)
        )
        spread(sizes.transactions - len(self.rows["transactions"]), books.transaction)
        books.large_ids = True

    # --- change events --------------------------------------------------------------------------------------

    def put(self, resource: str, row: Row) -> None:
        with self.lock:
            if resource == "ledger_entry_lines":
                self.lines_of[row["ledger_entry"]["id"]].add(row["id"])
            if self._seeding is None:
                super().put(resource, row)
                return
            self.rows[resource].put(row)
            if resource in self.changelogs and row["updated_at"] >= self._retained:
                self._seeding.append((row["updated_at"], resource, row["id"]))

    def delete(self, resource: str, row_id: int) -> None:
        with self.lock:
            if resource == "ledger_entry_lines":
                self.lines_of[self.rows[resource].get(row_id)["ledger_entry"]["id"]].discard(row_id)
            super().delete(resource, row_id)

    def lettered(self, line_id: int) -> None:
        """Report that a line's lettering changed."""
        if self._seeding is None:
            self.emit("ledger_entry_lines", line_id, "update")

    def emit(
        self, resource: str, row_id: int, operation: str = "update", *, processed_at: datetime | None = None
    ) -> None:
        super().emit(
            resource, row_id, operation, processed_at=processed_at or self.clock.now() + self.pipeline_lag
        )

    def delete_entry(self, entry_id: int) -> None:
        """Delete an entry and all its lines.

        :raises KeyError: no entry has this id.
        """
        with self.lock:
            for line_id in sorted(self.lines_of.pop(entry_id, ())):
                self.delete("ledger_entry_lines", line_id)
            self.delete("ledger_entries", entry_id)

    # --- plausible news -----------------------------------------------------------------------------------------

    def blank(self, resource: str) -> Row:
        return plausible.blank(self, resource)

    def edit(self, resource: str, row: Row) -> Row:
        return plausible.edit(self, resource, row)

    def changes(self, n: int) -> dict[str, int]:
        with self.lock:
            return dict(Counter(one_change(self) for _ in range(n)))
