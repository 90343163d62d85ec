"""The Fullbay simulator: `GET /services/getInvoices.php`, everything in the query, failures with HTTP 200."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.clock import Clock
from sandbox.faults import Dialect
from sandbox.fullbay.broken import BROKEN
from sandbox.fullbay.invoices import EXAMPLE, FIRST_KEY, InvoiceMaker, encode
from sandbox.rows import Row, Rows, decode
from sandbox.vendor import TOKEN, Vendor, verdict

INVOICES = "invoices"
CALLER_IP = "203.0.113.7"
PAGE_SIZE = 50
MAX_DAYS = 7
HISTORY_DAYS = 60


def daily_token(key: str, day: date, ip: str) -> str:
    """The token of one day: SHA-1 of key, date and the caller's public address, in hex.

    Known from independent clients of the API: plain concatenation, no separator.
    """
    return hashlib.sha1(f"{key}{day.isoformat()}{ip}".encode()).hexdigest()  # noqa: S324 - the vendor's choice


class FullbayVendor(Vendor):
    """A shop's invoices of the last sixty days, a few a day, and the example invoice of yesterday.

    :param records: invoices to start with.
    :param page_size: rows a page; the API has no parameter for it.
    :param caller_ip: the public address all requests seem to come from.
    :param zone: time zone whose date the token must carry.
    """

    name = "fullbay"
    prefix = "/services"
    small: ClassVar[dict[str, Any]] = {"records": 30, "page_size": 4}
    connection: ClassVar[dict[str, Any]] = {
        "egress_ip": CALLER_IP,
        "time_zone": "America/Detroit",
        "shop_code": "demo",
    }
    highlights = (
        (
            "Invoice 10482 as lines",
            """SELECT line_number AS line, line_item_type AS type, line_source AS source,
                   COALESCE(shop_part_number, assigned_technician, part_description) AS part_or_person,
                   quantity, labor_hours AS hours, line_total_price AS price, tax_amount AS tax, sales_total AS total
            FROM fullbay.fullbay_line_items WHERE invoice_number = '10482' ORDER BY line_number""",
        ),
        (
            "… and their sums beside the invoice's own totals",
            """SELECT component, vendor_total AS invoice, line_total AS lines, residual, status
            FROM fullbay.fullbay_invoice_reconciliation JOIN fullbay.fullbay_raw_data
                USING (shop_code, fullbay_invoice_id)
            WHERE raw_json_data ->> 'invoiceNumber' = '10482'
                AND component IN ('subtotal', 'tax', 'total', 'labor_hours')
            ORDER BY component""",
        ),
    )
    dialect = Dialect(items="resultSet", more=None, cursor=None, cursor_parameter="page")

    def __init__(
        self,
        *,
        seed: int = 0,
        rate: tuple[int, float] | None = None,
        latency: float = 0.0,
        clock: Clock | None = None,
        token: str = TOKEN,
        records: int = 240,
        page_size: int = PAGE_SIZE,
        caller_ip: str = CALLER_IP,
        zone: str = "UTC",
    ) -> None:
        self.records = records
        self._settings = {"page_size": page_size, "caller_ip": caller_ip, "zone": zone, "failure": ""}
        super().__init__(seed=seed, rate=rate, latency=latency, clock=clock, token=token)

    # --- the model ------------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Make the invoices."""
        self.configure(self._settings)
        self._maker = InvoiceMaker(self.seed)
        self._revision = 0
        rows = self.rows[INVOICES] = Rows(INVOICES)
        today = self.today()
        for number in range(self.records):
            day = today - timedelta(days=HISTORY_DAYS - 1 - number * HISTORY_DAYS // self.records)
            rows.put_raw(FIRST_KEY + number, encode(self._maker.invoice(number, day)))
        example = decode(EXAMPLE.read_bytes())
        example["invoiceDate"] = (today - timedelta(days=1)).isoformat()
        rows.put_raw(int(example["primaryKey"]), encode(example))
        self._next = self.records

    def configure(self, settings: dict[str, Any]) -> None:
        """Set `page_size`, `caller_ip`, `zone` or `failure`, the message of a FAIL that answers everything.

        :raises ValueError: anything else.
        """
        for name, value in settings.items():
            if name == "page_size":
                self.page_size = int(value)
            elif name == "caller_ip":
                self.caller_ip = str(value)
            elif name == "zone":
                self.zone = ZoneInfo(value)
            elif name == "failure":
                self.failure = str(value or "")
            else:
                raise ValueError(f"fullbay has no setting {name}")

    def today(self) -> date:
        """The date a token must carry."""
        return self.clock.now().astimezone(self.zone).date()

    def day_token(self) -> str:
        """The token the API accepts now."""
        return daily_token(self.token, self.today(), self.caller_ip)

    def blank(self, resource: str) -> Row:
        """A new invoice of today."""
        row = self._maker.invoice(self._next, self.today())
        self._next += 1
        return row

    def edit(self, resource: str, row: Row) -> Row:
        """The same invoice with other work, parts and totals, which add up again."""
        self._revision += 1
        number = int(row["primaryKey"]) - FIRST_KEY
        day = date.fromisoformat(row["invoiceDate"])
        seed = self.seed + 1000 * self._revision
        changed = InvoiceMaker(seed).invoice(number, day)
        return changed | {"primaryKey": row["primaryKey"], "invoiceNumber": row["invoiceNumber"]}

    def insert(self, resource: str, fields: Row | None = None) -> int:
        """Add an invoice, with `fields` in place of its own. :returns: its id."""
        with self.lock:
            row = self.blank(resource)
            key = int(row["primaryKey"])
            self.rows[resource].put_raw(key, encode(row | (fields or {})))
            return key

    def insert_broken(self, kind: str) -> int:
        """Add an invoice of today that is broken in one of the ways of `BROKEN`.

        :returns: the id it would have had.
        :raises KeyError: there is no such way.
        """
        with self.lock:
            row = self.blank(INVOICES)
            while not row["ServiceOrder"]["Complaints"][0]["Corrections"]:
                row = self.blank(INVOICES)
            key = int(row["primaryKey"])
            BROKEN[kind](row)
            self.rows[INVOICES].put_raw(key, encode(row))
            return key

    def update(self, resource: str, row_id: int, fields: Row | None = None) -> None:
        """Set `fields`, or make a plausible edit; nothing shows that it happened.

        :raises KeyError: no invoice has this id.
        """
        with self.lock:
            row = decode(self.rows[resource].encoded(row_id))
            for field in self.rows[resource].extra:
                row.pop(field, None)
            self.rows[resource].put_raw(
                row_id, encode(row | (self.edit(resource, row) if fields is None else fields))
            )

    def recreate(self, resource: str, row_id: int, fields: Row | None = None) -> None:
        """Bring a deleted invoice back. :raises KeyError: it was not deleted, or is back already."""
        with self.lock:
            if row_id in self.rows[resource]:
                raise KeyError(row_id)
            row = decode(self.rows[resource].deleted[row_id])
            self.rows[resource].put_raw(row_id, encode(row | (fields or {})))

    def changes(self, n: int) -> dict[str, int]:
        """Make `n` changes: new invoices, edits of recent ones, now and then a deletion. :returns: how many of each."""
        made = dict.fromkeys(("insert", "update", "delete"), 0)
        with self.lock:
            for _ in range(n):
                kind = self.random.choices(("insert", "update", "delete"), (6, 3, 1))[0]
                recent = self.rows[INVOICES].ids[-200:]
                if kind == "insert" or not recent:
                    self.insert(INVOICES)
                    made["insert"] += 1
                    continue
                getattr(self, kind)(INVOICES, self.random.choice(recent))
                made[kind] += 1
        return made

    # --- the API --------------------------------------------------------------------------------------------

    def credential(self, scope: Scope) -> str:
        """The API key."""
        return QueryParams(scope["query_string"]).get("key", "")

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        judged = verdict(scope)
        if scope["path"] != f"{self.prefix}/getInvoices.php":
            answer: Response = HTMLResponse("<html><body><h1>404 Not Found</h1></body></html>", 404)
        elif not judged.allowed:
            answer = PlainTextResponse("Too Many Requests", 429, {"Retry-After": str(judged.retry_after)})
        else:
            with self.lock:
                answer = Response(
                    self._invoices(QueryParams(scope["query_string"])), media_type="application/json"
                )
        await answer(scope, receive, send)

    def _invoices(self, asked: QueryParams) -> bytes:
        if asked.get("key") != self.token or self.revoked:
            return _fail("Invalid API key")
        if asked.get("token") != self.day_token():
            return _fail("Invalid token")
        if self.failure:
            return _fail(self.failure)
        try:
            start, end = (date.fromisoformat(asked.get(name, "")) for name in ("startDate", "endDate"))
        except ValueError:
            return _fail("Invalid date: expected YYYY-MM-DD")
        if end < start:
            return _fail("Invalid date range: endDate is before startDate")
        if (end - start).days >= MAX_DAYS:
            return _fail(f"Invalid date range: more than {MAX_DAYS} days")
        page = asked.get("page", "1")
        if not page.isdecimal() or page == "0":
            return _fail("Invalid page")
        return self._page(start.isoformat(), end.isoformat(), int(page))

    def _page(self, start: str, end: str, page: int) -> bytes:
        """One page of the invoices dated from `start` to `end`, by date; beyond the last one, an empty page."""
        rows = self.rows[INVOICES]
        dates = rows.column("invoiceDate")
        found = sorted(
            (day, key) for key, day in dates.items() if isinstance(day, str) and start <= day <= end
        )
        first = (page - 1) * self.page_size
        keys = [key for _, key in found[first : first + self.page_size]]
        figures: dict[str, int | str] = {
            "startRecordNumber": first + 1 if keys else 0,
            "endRecordNumber": first + len(keys),
            "resultCount": len(keys),
            "totalCount": len(found),
            "pageSize": self.page_size,
            "currentPage": page,
            "totalPages": -(-len(found) // self.page_size),
        }
        if page % 2 == 0:  # seen: the same figures as text
            figures = {name: str(value) for name, value in figures.items()}
        envelope = encode({"status": "SUCCESS"} | figures)
        body = envelope[:-1] + b',"resultSet":[' + b",".join(map(rows.encoded, keys)) + b"]}"
        self.page_served(INVOICES)
        return body


def _fail(message: str) -> bytes:
    return encode({"status": "FAIL", "message": message})
