"""ProHandel as a vendor: sizes, seeding, what a retailer changes, settings."""

from __future__ import annotations

import dataclasses
import secrets
from datetime import timedelta
from typing import Any, ClassVar

from starlette.types import Receive, Scope, Send

from sandbox.clock import Clock
from sandbox.faults import Dialect
from sandbox.prohandel.shop import COUNTRIES, SIZES, Shop, guid, in_form
from sandbox.rows import Row, Rows, decode, encode
from sandbox.vendor import TOKEN, Vendor

API_KEY = "sandbox-key"
SINCE = "changedSince"
MODES = ("honoured", "exclusive", "by_day", "ignored", "future_only", "empty", "by_date", "refused")


@dataclasses.dataclass
class Behaviour:
    """What is not known of the real API, and how it may go wrong.

    :ivar since: name of the parameter that asks for what changed; "" for none.
    :ivar since_mode: what it does: `honoured`; `exclusive` (later only); `by_day` (the clock time is cut); `ignored`;
        `future_only` (applied to a moment to come alone); `empty` (it always finds nothing); `by_date` (it asks for the
        day of a sale); `refused` (400).
    :ivar since_on: the lists that know it; none for all.
    :ivar max_page_size: larger pages are cut to it.
    :ivar without_more: no header tells whether there is more.
    :ivar token_lasts, refresh_lasts: seconds.
    :ivar refresh_refused: a refresh token is never taken.
    :ivar server_url: where the API is said to be; "" for this machine under its other name.
    :ivar required_actions: of every login.
    :ivar order_form: how positions of orders come: `a` or `b`.
    :ivar deletion: of a row: `vanish`, or `flag`.
    """

    since: str = SINCE
    since_mode: str = "honoured"
    since_on: tuple[str, ...] = ()
    max_page_size: int = 1000
    without_more: bool = False
    token_lasts: int = 1800
    refresh_lasts: int = 86_400
    refresh_refused: bool = False
    server_url: str = ""
    required_actions: tuple[str, ...] = ()
    order_form: str = "a"
    deletion: str = "vanish"


class ProHandelVendor(Vendor):
    """A retailer with some months of receipts.

    The secret is `token`; the API key is `sandbox-key`.

    :param records: positions of receipts; the other collections follow in proportion.
    :param touched: every row was touched just now, as a mass update does it.
    :param behaviour: fields of `Behaviour`, as settings for `configure`.
    """

    name: ClassVar[str] = "prohandel"
    local_zone: ClassVar[str] = "Europe/Berlin"
    login: ClassVar[str] = API_KEY
    demo: ClassVar[dict[str, Any]] = {"records": 4000}
    small: ClassVar[dict[str, Any]] = {"records": 60, "touched": True}
    highlights: ClassVar[tuple[tuple[str, str], ...]] = (
        (
            "The last day's takings by branch",
            """
            SELECT b.name AS branch, sum(s.total_amount)::numeric(18, 2) AS takings,
                   sum(s.total_quantity)::int AS pieces, sum(s.transaction_count)::int AS receipts
            FROM prohandel.sales_daily AS s JOIN prohandel.branches AS b ON b.branch_id = s.location_id
            WHERE s.period = (SELECT max(sale_date) FROM prohandel.daily_sales_agg)
            GROUP BY 1 ORDER BY 2 DESC
            """,
        ),
        (
            "Best articles",
            """
            SELECT a.name AS article, a.category, a.total_quantity::int AS pieces,
                   a.total_amount::numeric(18, 2) AS takings
            FROM prohandel.article_sales_agg AS a ORDER BY a.total_amount DESC, a.article_number LIMIT 5
            """,
        ),
        (
            "Stock by branch",
            """
            SELECT warehouse AS branch, article_count::int AS articles, total_quantity::int AS pieces
            FROM prohandel.warehouse_inventory_agg ORDER BY warehouse
            """,
        ),
    )
    connection: ClassVar[dict[str, Any]] = {
        "allow_http": "true",
        "changed_since_param": SINCE,
        "requests_per_period": 400,
    }
    dialect: ClassVar[Dialect] = Dialect(
        items=None, more=None, cursor=None, cursor_parameter="page", limit_parameter="pagesize"
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
        touched: bool = False,
        **behaviour: Any,
    ) -> None:
        from sandbox.prohandel.api import routes

        articles = max(8, min(records // 8, 5000))
        self.sizes = {
            "branch": 5,
            "staff": max(4, min(records // 100, 100)),
            "country": len(COUNTRIES),
            "currency": 2,
            "label": 3,
            "season": 6,
            "size": len(SIZES),
            "category": max(6, min(records // 100, 280)),
            "supplier": max(4, min(records // 100, 800)),
            "article": articles,
            "articlesize": articles * len(SIZES) * 5 // 2,
            "inventory": 4,
            "customer": max(8, min(records // 10, 20_000)),
            "sale": records,
            "invoice": max(6, min(records // 20, 5000)),
            "payment": max(6, min(records // 20, 5000)),
            "voucher": max(4, min(records // 40, 2000)),
            "credit": max(4, min(records // 40, 2000)),
            "order": max(5, min(records // 40, 2000)),
        }
        self._first_behaviour, self._touched = behaviour, touched
        self._routes = routes(self)
        super().__init__(seed=seed, rate=rate, latency=latency, clock=clock, token=token)

    # --- seeding --------------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Make the rows of every collection."""
        self.behaviour = Behaviour()
        self.configure(self._first_behaviour)
        self.tokens: dict[str, Any] = {}
        self.refresh_tokens: dict[str, Any] = {}
        self.logins, self.refreshes = 0, 0
        self.shop = Shop(self.seed, self.clock.now(), self.sizes, self.local_zone)
        self.rows = {name: Rows(name) for name in self.sizes}
        for name, size in self.sizes.items():
            make = self.shop.maker(name)
            for number in range(1, size + 1):
                row = make(number)
                self.rows[name].put_raw(number, encode(self._stamped(row) if self._touched else row))
        self.rows |= {"customercard": Rows("customercard"), "shop": Rows("shop")}

    def configure(self, settings: dict[str, Any]) -> None:
        """Set fields of `Behaviour`; `expire_tokens` makes every token that is out invalid.

        :raises ValueError: there is no such field, or no such mode.
        """
        settings = dict(settings)
        if settings.pop("expire_tokens", False):
            self.tokens.clear()
        known = {field.name for field in dataclasses.fields(Behaviour)}
        if unknown := settings.keys() - known:
            raise ValueError(f"prohandel has no setting {', '.join(sorted(unknown))}")
        if settings.get("since_mode", MODES[0]) not in MODES:
            raise ValueError(f"since_mode is one of {', '.join(MODES)}")
        self.behaviour = dataclasses.replace(self.behaviour, **settings)

    # --- the model ------------------------------------------------------------------------------------------

    def now(self) -> str:
        """The vendor's present as it stamps rows."""
        return self.shop.stamp(self.clock.now())

    def truth(self, resource: str) -> list[Row]:
        """The rows as the API would list them now, in its order."""
        with self.lock:
            return [decode(piece) for piece in self.pieces(resource, self.listed(resource))]

    def listed(self, resource: str) -> list[int]:
        """Numbers of the rows in the API's order: receipts from the newest."""
        ids = self.rows[resource].ids
        return ids[::-1] if resource == "sale" else ids

    def pieces(self, resource: str, numbers: list[int]) -> list[bytes]:
        """Rows as they are sent."""
        found = self.rows[resource].pieces(numbers)
        if resource != "order":
            return found
        return [encode(self._in_form(decode(piece))) for piece in found]

    def _in_form(self, order: Row) -> Row:
        form = self.behaviour.order_form
        return order | {"positions": [in_form(one, form) for one in order.get("positions") or []]}

    def blank(self, resource: str) -> Row:
        number = self.rows[resource].next_id()
        self.sizes.setdefault(resource, 0)
        row: Row = self.shop.maker(resource)(number) | {"id": guid(resource, number), "_number": number}
        if resource == "sale":
            today = self.clock.now().astimezone(self.shop.zone)
            midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
            row |= {
                "date": f"{today:%Y-%m-%d}T00:00:00",
                "time": int((today - midnight).total_seconds()) % 86_400,
            }
        return self._stamped(row)

    def _stamped(self, row: Row) -> Row:
        if "lastChange" in row:
            return row | {"lastChange": self.now()}
        return row

    def insert(self, resource: str, fields: Row | None = None) -> int:
        """Add a plausible row, with `fields` in place of its own. :returns: its number in this simulator."""
        if resource not in self.sizes:
            raise KeyError(resource)
        with self.lock:
            row = self.blank(resource) | (fields or {})
            number = int(row.pop("_number"))
            self.rows[resource].put_raw(number, encode(row))
            return number

    def duplicate(self, resource: str, row_id: int | str, fields: Row | None = None) -> int:
        """Another row with the same business number as this one."""
        with self.lock:
            row = self.rows[resource].get(self.number_of(resource, row_id))
            copy = {
                name: value for name, value in row.items() if name not in ("id", "lastChange", "positions")
            }
            return self.insert(resource, copy | (fields or {}))

    def update(self, resource: str, row_id: int | str, fields: Row | None = None) -> None:
        """Set `fields`, or make a plausible edit, and stamp the row with the vendor's present.

        :raises KeyError: no row has this id.
        """
        with self.lock:
            number = self.number_of(resource, row_id)
            row = self._bare(resource, number)
            row = self._stamped(row) | (self.edit(resource, row) if fields is None else fields)
            self.rows[resource].put_raw(number, encode(row))

    def alter(self, resource: str, row_id: int | str, fields: Row) -> None:
        """Set `fields` and nothing else: no stamp moves."""
        with self.lock:
            number = self.number_of(resource, row_id)
            self.rows[resource].put_raw(number, encode(self._bare(resource, number) | fields))

    def _bare(self, resource: str, number: int) -> Row:
        row = self.rows[resource].get(number)
        for field in self.rows[resource].extra:
            row.pop(field, None)
        return row

    def delete(self, resource: str, row_id: int | str) -> None:
        """Take a row out, or mark it as deleted, as the vendor's `deletion` has it."""
        with self.lock:
            number = self.number_of(resource, row_id)
            if self.behaviour.deletion == "flag" and resource != "order":
                self.update(resource, number, {"isDeleted": True})
            else:
                self.rows[resource].remove(number)

    def recreate(self, resource: str, row_id: int | str, fields: Row | None = None) -> None:
        """A row that vanished is there again as it was."""
        with self.lock:
            number = int(row_id)
            self.rows[resource].put_raw(number, self.rows[resource].deleted[number])
            if fields:
                self.update(resource, number, fields)

    def number_of(self, resource: str, row_id: int | str) -> int:
        """A row's number in this simulator, by that or by the vendor's id."""
        if isinstance(row_id, int):
            return row_id
        wanted = f'"id":"{row_id}"'.encode()
        rows = self.rows[resource]
        return next(n for n in rows.ids if wanted in rows.encoded(n))

    def edit(self, resource: str, row: Row) -> Row:
        if resource == "sale":
            return {"salePrice": round(row["salePrice"] - 1, 2), "discount": round(row["discount"] + 1, 2)}
        if resource == "articlesize":
            return {"stockQuantity": row["stockQuantity"] - 1}
        if resource == "article":
            return {"price": round(row["price"] + 5, 2), "labelPrice": round(row["price"] + 5, 2)}
        if resource == "order":
            return {"status": (row["status"] or 0) + 1}
        if "amount" in row:
            return {"amount": row["amount"] + 1}
        if "value" in row:
            return {"amountRedeemed": row["amountRedeemed"] + 1}
        if resource == "customer":
            return {"loyalityPoints": row["loyalityPoints"] + 1, "city": "Neustadt"}
        return (
            {"searchTerm": f"{row.get('searchTerm', '')}x"}
            if resource != "currency"
            else {"course": row["course"] + 0.01}
        )

    def changes(self, n: int) -> dict[str, int]:
        made = dict.fromkeys(("sale", "stock", "correction", "price", "deletion"), 0)
        with self.lock:
            for _ in range(n):
                kind = self.random.choices(tuple(made), (12, 6, 3, 2, 1))[0]
                made[kind] += 1
                if kind == "sale":
                    self.insert("sale")
                elif kind == "stock":
                    self.update("articlesize", self.random.choice(self.rows["articlesize"].ids))
                elif kind == "correction":
                    self.update("sale", self.random.choice(self.rows["sale"].ids[:50]))
                elif kind == "price":
                    self.update("article", self.random.choice(self.rows["article"].ids))
                else:
                    self.delete("voucher", self.random.choice(self.rows["voucher"].ids))
        return made

    # --- the login ------------------------------------------------------------------------------------------

    def issue(self) -> tuple[str, str]:
        """A new token and refresh token, good from now on."""
        token, again = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        now = self.clock.now()
        self.tokens[token] = now + timedelta(seconds=self.behaviour.token_lasts)
        self.refresh_tokens[again] = now + timedelta(seconds=self.behaviour.refresh_lasts)
        return token, again

    def takes(self, token: str) -> bool:
        """Whether a bearer token is good now."""
        return not self.revoked and token in self.tokens and self.clock.now() < self.tokens[token]

    # --- serving --------------------------------------------------------------------------------------------

    def credential(self, scope: Scope) -> str:
        """There is one."""
        return API_KEY

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._routes(scope, receive, send)
