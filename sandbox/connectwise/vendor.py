"""ConnectWise PSA as a vendor: sizes, seeding, what a service company changes, settings."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar

from starlette.types import Receive, Scope, Send

from sandbox.clock import Clock
from sandbox.connectwise import psa
from sandbox.connectwise.psa import Psa, moment
from sandbox.faults import Dialect
from sandbox.rows import Row, Rows, encode
from sandbox.vendor import TOKEN, Vendor

COMPANY, PUBLIC_KEY = "demo", "publickey"
CLIENT_ID = "00000000-0000-4000-8000-000000000001"
PATHS: dict[str, str] = {
    "time_entries": "/time/entries",
    "agreements": "/finance/agreements",
    "companies": "/company/companies",
    "expenses": "/expense/entries",
    "products": "/procurement/products",
    "invoices": "/finance/invoices",
    "unposted_invoices": "/finance/accounting/unpostedinvoices",
    "members": "/system/members",
    "agreement_types": "/finance/agreements/types",
    "work_types": "/time/workTypes",
    "work_roles": "/time/workRoles",
    "departments": "/system/departments",
}
FIRST_ID: dict[str, int] = {
    "time_entries": 1000,
    "agreements": 70,
    "companies": 300,
    "expenses": 700,
    "products": 6000,
    "invoices": 5000,
    "unposted_invoices": 9000,
    "members": 140,
    "agreement_types": 11,
    "work_types": 1,
    "work_roles": 1,
    "departments": 10,
}


@dataclasses.dataclass
class Behaviour:
    """What is not known for sure about the real API, and how it may go wrong.

    :ivar end: the last page's Link: `empty`, or `page` for a link that an empty page follows.
    :ivar without_link: forward-only answers come without a Link at all.
    :ivar false_end_after: forward-only reads end after this many pages although there is more; 0 for never.
    :ivar link_short_by: the Link names an id this much below the page's last one.
    :ivar refused_as: status for a wrong credential: 401, or 404 as the cloud has it.
    :ivar max_page_size: larger pages are cut to it without a word.
    :ivar count_off: added to every count.
    :ivar days_only: a `[…]` literal with a time of day is a bad request.
    :ivar explicit_nulls: fields without a value come as null instead of not at all.
    """

    end: str = "empty"
    without_link: bool = False
    false_end_after: int = 0
    link_short_by: int = 0
    refused_as: int = 401
    max_page_size: int = 1000
    count_off: int = 0
    days_only: bool = False
    explicit_nulls: bool = False


class ConnectWiseVendor(Vendor):
    """A service company with a year of time entries.

    The private key is `token`; the user name is `demo+publickey`.

    :param records: time entries; the other collections follow in proportion.
    :param behaviour: fields of `Behaviour`, as settings for `configure`.
    """

    name: ClassVar[str] = "connectwise"
    login: ClassVar[str] = f"{COMPANY}+{PUBLIC_KEY}"
    demo: ClassVar[dict[str, Any]] = {"records": 2000}
    highlights: ClassVar[tuple[tuple[str, str], ...]] = (
        (
            "Hours, revenue and margin by month and type of agreement",
            """
            SELECT d."Year" AS year, d."Month" AS month, t."typeName" AS agreement, sum(f."actualHours") AS hours,
                   sum(f."potentialRevenue")::numeric(19, 2) AS revenue, sum(f.margin)::numeric(19, 2) AS margin
            FROM gold.fact_timeentry AS f
            JOIN gold.dim_date AS d ON d."DateKey" = f."WorkDateSK"
            JOIN gold.dimagreementtype AS t ON t."AgreementTypeKey" = f."AgreementTypeKey"
            GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2 DESC, 5 DESC LIMIT 10
            """,
        ),
    )
    prefix: ClassVar[str] = "/v4_6_release/apis/3.0"
    small: ClassVar[dict[str, Any]] = {"records": 60}
    connection: ClassVar[dict[str, Any]] = {"client_id": CLIENT_ID, "requests_per_period": 6000}
    dialect: ClassVar[Dialect] = Dialect(
        items=None, more=None, cursor=None, cursor_parameter="pageId", limit_parameter="pageSize"
    )

    def __init__(
        self,
        *,
        seed: int = 0,
        rate: tuple[int, float] | None = None,
        latency: float = 0.0,
        clock: Clock | None = None,
        token: str = TOKEN,
        records: int = 2000,
        **behaviour: Any,
    ) -> None:
        from sandbox.connectwise.api import routes

        self.sizes = {
            "time_entries": records,
            "agreements": max(8, records // 40),
            "companies": max(6, records // 50),
            "expenses": max(5, records // 20),
            "products": max(5, records // 10),
            "invoices": max(5, records // 15),
            "unposted_invoices": max(3, records // 200),
            "members": max(4, records // 250),
            "agreement_types": len(psa.TYPES),
            "work_types": len(psa.WORK_TYPES),
            "work_roles": len(psa.WORK_ROLES),
            "departments": len(psa.DEPARTMENTS),
        }
        self._first_behaviour = behaviour
        self._routes = routes(self)
        super().__init__(seed=seed, rate=rate, latency=latency, clock=clock, token=token)

    # --- seeding --------------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Make the rows of every collection."""
        self.behaviour = Behaviour()
        self.configure(self._first_behaviour)
        self.secrets_served = 0
        self.psa = Psa(self.seed, self.clock.now(), self.sizes)
        self.rows = {name: Rows(name) for name in PATHS}
        for name, size in self.sizes.items():
            make = self._maker(name)
            for row_id in range(FIRST_ID[name], FIRST_ID[name] + size):
                self.rows[name].put(make(row_id))

    def _maker(self, resource: str) -> Callable[[int], Row]:
        return {
            "time_entries": self.psa.time_entry,
            "agreements": self.psa.agreement,
            "companies": self.psa.company,
            "expenses": self.psa.expense,
            "products": self.psa.product,
            "invoices": self.psa.invoice,
            "unposted_invoices": self.psa.unposted,
            "members": self.psa.member,
            "agreement_types": self.psa.agreement_type,
            "work_types": self.psa.work_type,
            "work_roles": self.psa.work_role,
            "departments": self.psa.department,
        }[resource]

    # --- the model ------------------------------------------------------------------------------------------

    def configure(self, settings: dict[str, Any]) -> None:
        """Set fields of `Behaviour`.

        :raises ValueError: there is no such field.
        """
        known = {field.name for field in dataclasses.fields(Behaviour)}
        if unknown := settings.keys() - known:
            raise ValueError(f"connectwise has no setting {', '.join(sorted(unknown))}")
        self.behaviour = dataclasses.replace(self.behaviour, **settings)

    def blank(self, resource: str) -> Row:
        row = self._maker(resource)(self.rows[resource].next_id())
        now = moment(self.clock.now())
        if resource == "time_entries":
            row |= {"timeStart": now, "timeEnd": now, "dateEntered": now}
        return self._stamped(row, entered=True)

    def _stamped(self, row: Row, *, entered: bool = False) -> Row:
        """The row, last updated now; a row without `_info` stays without."""
        if "_info" not in row:
            return row
        now = moment(self.clock.now())
        moved = {"lastUpdated": now, "updatedBy": "demo141"}
        return row | {"_info": row["_info"] | moved | ({"dateEntered": now} if entered else {})}

    def update(self, resource: str, row_id: int, fields: Row | None = None) -> None:
        """Set `fields`, or make a plausible edit, and move `_info.lastUpdated` to the vendor's present.

        :raises KeyError: no row has this id.
        """
        with self.lock:
            row = self._own(resource, row_id)
            row = self._stamped(row) | (self.edit(resource, row) if fields is None else fields)
            self.rows[resource].put(row)

    def alter(self, resource: str, row_id: int, fields: Row) -> None:
        """Set `fields` and nothing else: no stamp moves, as when a name that a row copies was changed elsewhere."""
        with self.lock:
            self.rows[resource].put(self._own(resource, row_id) | fields)

    def forget_stamp(self, resource: str, row_id: int) -> None:
        """A row without `lastUpdated`, which no condition on it finds."""
        with self.lock:
            row = self._own(resource, row_id)
            info = {name: value for name, value in row.get("_info", {}).items() if name != "lastUpdated"}
            self.rows[resource].put(row | {"_info": info})

    def _own(self, resource: str, row_id: int) -> Row:
        row = self.rows[resource].get(row_id)
        for field in self.rows[resource].extra:
            row.pop(field, None)
        return row

    def recreate(self, resource: str, row_id: int, fields: Row | None = None) -> None:
        """A deleted row comes back as it was, stamps included: a widened role shows it again.

        :raises KeyError: no row with this id was deleted, or it is back already.
        """
        with self.lock:
            if row_id in self.rows[resource]:
                raise KeyError(row_id)
            self.rows[resource].put_raw(row_id, self.rows[resource].deleted[row_id])
            if fields:
                self.alter(resource, row_id, fields)

    def delete(self, resource: str, row_id: int) -> None:
        """Take a row out; a company is marked as deleted instead, as the vendor does it."""
        if resource == "companies":
            now = moment(self.clock.now())
            self.update(resource, row_id, {"deletedFlag": True, "dateDeleted": now})
        else:
            super().delete(resource, row_id)

    def post_invoice(self, row_id: int) -> int:
        """An unposted invoice becomes an invoice and leaves its list. :returns: the invoice's id."""
        with self.lock:
            unposted = self.rows["unposted_invoices"].get(row_id)
            self.rows["unposted_invoices"].remove(row_id)
            kept = {name: unposted[name] for name in ("company", "total")}
            return self.insert("invoices", kept | {"subtotal": unposted["subTotal"], "type": "Agreement"})

    def edit(self, resource: str, row: Row) -> Row:
        if resource == "time_entries":
            return {"notes": f"{row.get('notes', '')} again", "hoursBilled": row["hoursBilled"] + 0.25}
        if resource == "expenses":
            return {"amount": row["amount"] + 10, "invoiceAmount": row["amount"] + 10}
        if resource == "products":
            return {"quantity": row["quantity"] + 1, "extPrice": (row["quantity"] + 1) * row["price"]}
        if resource == "invoices":
            return {"balance": 0.0, "payments": row["total"]}
        if resource == "unposted_invoices":
            return {"description": "changed"}
        if resource == "members":
            return {"title": "Lead", "hourlyCost": (row.get("hourlyCost") or 8000.0) + 100}
        if resource == "agreements":
            return {"billAmount": row["billAmount"] + 1000}
        return {"name": f"{row['name'].strip()} II"}

    def changes(self, n: int) -> dict[str, int]:
        made = dict.fromkeys(("insert", "update", "delete"), 0)
        with self.lock:
            for _ in range(n):
                kind = self.random.choices(("insert", "update", "delete"), (4, 5, 1))[0]
                resource = self.random.choices(
                    ("time_entries", "agreements", "expenses", "products", "members"), (10, 2, 2, 2, 1)
                )[0]
                if kind == "insert":
                    self.insert(resource)
                elif kind == "update":
                    self.update(resource, self.random.choice(self.rows[resource].ids))
                else:
                    resource = self.random.choice(("time_entries", "expenses", "products"))
                    self.delete(resource, self.random.choice(self.rows[resource].ids[-50:]))
                made[kind] += 1
        return made

    # --- serving --------------------------------------------------------------------------------------------

    def credential(self, scope: Scope) -> str:
        """The whole Authorization header."""
        return next((str(v, "latin-1") for k, v in scope["headers"] if k == b"authorization"), "")

    def authorization(self) -> str:
        """The header that the API accepts."""
        return "Basic " + base64.b64encode(f"{COMPANY}+{PUBLIC_KEY}:{self.token}".encode()).decode()

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._routes(scope, receive, send)


def body(rows: list[bytes]) -> bytes:
    """A page: a bare array."""
    return b"[" + b",".join(rows) + b"]"


def error(code: str, message: str) -> bytes:
    """The vendor's error envelope."""
    return encode({"code": code, "message": message, "errors": None})
