"""What the tables must say, worked out row by row from what the vendor sends, with none of the code under test."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tests.sources.prohandel.shop import Shop

Row = dict[str, Any]
BERLIN = ZoneInfo("Europe/Berlin")
CENT = Decimal("0.01")


def agree(shop: Shop) -> None:
    """Every table of `prohandel` holds what it must."""
    raw = {name: list(shop.truth(name).values()) for name in shop.vendor.sizes}
    for name, wanted in _Tables(raw).all().items():
        key = next(iter(wanted[0])) if wanted else ""
        found = _rows(shop, name)
        keys = KEYS.get(name, (key,))
        assert len(found) == len(wanted), name
        by_key = {tuple(row[k] for k in keys): row for row in found}
        for row in wanted:
            there = by_key[tuple(row[k] for k in keys)]
            told = {column: there[column] for column in row}
            assert told == row, f"{name}: {told} is not {row}"


KEYS = dict.fromkeys(
    ("sales_daily", "sales_weekly", "sales_monthly"), ("period", "article_number", "location_id")
)


def _rows(shop: Shop, name: str) -> list[Row]:
    with shop.warehouse.reading() as reader:
        return [dict(row) for row in reader.execute(sa.text(f"SELECT * FROM prohandel.{name}")).mappings()]


class _Tables:
    def __init__(self, raw: dict[str, list[Row]]) -> None:
        self.raw = raw
        self.live = {name: [row for row in rows if not row.get("isDeleted")] for name, rows in raw.items()}

    def all(self) -> dict[str, list[Row]]:
        names = (
            "articles",
            "customers",
            "orders",
            "order_items",
            "sales",
            "sale_items",
            "inventory",
            "branches",
        )
        names += (
            "suppliers",
            "categories",
            "countries",
            "credits",
            "currencies",
            "invoices",
            "payments",
            "staff",
        )
        names += ("vouchers", "labels", "daily_sales_agg", "article_sales_agg", "warehouse_inventory_agg")
        made: dict[str, list[Row]] = {name: getattr(self, name)() for name in names}
        for name, begin in (
            ("sales_daily", lambda day: day),
            ("sales_weekly", lambda day: day - timedelta(days=day.weekday())),
            ("sales_monthly", lambda day: day.replace(day=1)),
        ):
            made[name] = self.periods(begin)
        return made

    def of(self, entity: str, number: Any, field: str = "number") -> Row:
        """Of several rows with one number the live one, then the youngest, then the smallest id."""
        if number in (None, 0, ""):
            return {}
        same = [row for row in self.raw[entity] if row[field] == number]
        same.sort(key=lambda row: row["id"])
        same.sort(key=lambda row: _moment(row["lastChange"]), reverse=True)
        same.sort(key=lambda row: bool(row["isDeleted"]))
        return same[0] if same else {}

    def id_of(self, entity: str, number: Any) -> str | None:
        return self.of(entity, number).get("id")

    # --- goods ----------------------------------------------------------------------------------------------

    def articles(self) -> list[Row]:
        found = []
        for row in self.live["article"]:
            sizes = [s for s in self.live["articlesize"] if s["articleNumber"] == row["number"]]
            price, cost = row["price"], row["purchasePrice"]
            both = price > 0 and cost > 0
            found.append(
                {
                    "article_id": row["id"],
                    "name": row["supplierArticleNumber"] or row["information"] or None,
                    "price": price,
                    "margin": _cents((price - cost) / price * 100) if both else 0,
                    "sku": str(int(row["number"])),
                    "barcode": min((s["ean"] for s in sizes if s["ean"]), default=None),
                    "category_id": self.id_of("category", row["categoryNumber"]),
                    "supplier_id": self.id_of("supplier", row["supplierNumber"]),
                    "created_at": _day(row["firstPurchaseDate"]),
                    "updated_at": _moment(row["lastChange"]),
                    "stock_quantity": sum(s["stockQuantity"] for s in sizes),
                    "status": "active" if row["isActive"] else "inactive",
                    "tax_rate": None,
                    "weight": None,
                }
            )
        return found

    def inventory(self) -> list[Row]:
        found = []
        for row in self.live["articlesize"]:
            stock = row["stockQuantity"]
            found.append(
                {
                    "inventory_id": row["id"],
                    "article_id": self.id_of("article", row["articleNumber"]),
                    "warehouse_id": self.id_of("branch", row["branchNumber"]),
                    "quantity": stock,
                    "stock_status": "out_of_stock" if stock <= 0 else "low_stock" if stock < 5 else "normal",
                    "last_count_date": _day(self.of("branch", row["branchNumber"]).get("stocktakingDate")),
                }
            )
        return found

    def categories(self) -> list[Row]:
        return [
            {
                "category_id": r["id"],
                "name": r["name"],
                "parent_id": self.id_of("category", r["mainCategoryNumber"]),
            }
            for r in self.live["category"]
        ]

    def labels(self) -> list[Row]:
        return [{"label_id": r["id"], "name": r["name"], "is_active": True} for r in self.live["label"]]

    def _address(self, row: Row, *more: str) -> str | None:
        country = self.of("country", row["countryNumber"]).get("countryName")
        parts = [row["street"], *(row[name] for name in more), row["city"], row["zipCode"], country]
        return ", ".join(part for part in parts if part) or None

    def suppliers(self) -> list[Row]:
        return [
            {
                "supplier_id": r["id"],
                "name": r["name1"],
                "phone": r["telephone"] or r["mobilePhone"] or None,
                "full_address": self._address(r),
            }
            for r in self.live["supplier"]
        ]

    def branches(self) -> list[Row]:
        return [
            {
                "branch_id": r["id"],
                "name": r["name1"],
                "phone": r["telephoneNumber"],
                "full_address": self._address(r),
            }
            for r in self.live["branch"]
        ]

    def orders(self) -> list[Row]:
        found = []
        for row in self.live["order"]:
            positions = [p for p in row["positions"] if not p.get("isDeleted")]
            branches = {p["branchNumber"] for p in positions}
            created = _wall(row["created"])
            stamps = [p["lastChange"] for p in row["positions"] if "lastChange" in p]
            found.append(
                {
                    "order_id": row["id"],
                    "customer_id": None,
                    "order_date": created.replace(tzinfo=BERLIN).astimezone(UTC),
                    "total_amount": sum(_quantity(p) * _price(p) for p in positions),
                    "status": str(row["status"]),
                    "updated_at": _moment(max(stamps)) if stamps else None,
                    "branch_id": self.id_of("branch", branches.pop()) if len(branches) == 1 else None,
                    "items_count": len(positions),
                    "order_age_days": (datetime.now(UTC).date() - created.date()).days,
                }
            )
        return found

    def order_items(self) -> list[Row]:
        return [
            {
                "order_item_id": p["id"],
                "order_id": row["id"],
                "article_id": self.id_of("article", p["articleNumber"]),
                "quantity": _quantity(p),
                "unit_price": _price(p),
                "total_price": _quantity(p) * _price(p),
            }
            for row in self.live["order"]
            for p in row["positions"]
            if not p.get("isDeleted")
        ]

    # --- people ---------------------------------------------------------------------------------------------

    def customers(self) -> list[Row]:
        last: dict[Any, str] = {}
        for sale in self.live["sale"]:
            last[sale["customerNumber"]] = max(last.get(sale["customerNumber"], ""), sale["date"])
        return [
            {
                "customer_id": r["id"],
                "phone": r["telephone"] or r["mobilePhone"] or None,
                "full_address": self._address(r, "poBox"),
                "customer_type": "business" if r["isBusiness"] else "individual",
                "company_name": (r["name1"] or None) if r["isBusiness"] else None,
                "created_at": _day(r["creationDate"]),
                "last_purchase_date": _day(last.get(r["number"])),
                "total_purchases": -r["revenue"],
                "customer_status": "locked"
                if r["isLocked"]
                else "inactive"
                if r["inactiveFlag"]
                else "active",
            }
            for r in self.live["customer"]
        ]

    def staff(self) -> list[Row]:
        return [
            {
                "staff_id": r["id"],
                "email": r["companyEmail"],
                "branch_id": self.id_of("branch", r["branchNumber"]),
                "is_active": r["isActive"],
                "hire_date": _day(r["entryDate"]),
            }
            for r in self.live["staff"]
        ]

    def countries(self) -> list[Row]:
        return [
            {
                "country_id": r["id"],
                "currency_code": self.of("currency", r["currencyNumber"]).get("isoAlpha3"),
            }
            for r in self.live["country"]
        ]

    def currencies(self) -> list[Row]:
        return [
            {"currency_id": r["id"], "exchange_rate": r["course"] / r["unit"]} for r in self.live["currency"]
        ]

    # --- receipts -------------------------------------------------------------------------------------------

    def _receipts(self) -> list[list[Row]]:
        found: dict[Any, list[Row]] = defaultdict(list)
        for row in self.live["sale"]:
            found[row["branchNumber"], row["cashRegisterNumber"], row["receiptNumber"], row["date"]].append(
                row
            )
        return [sorted(rows, key=lambda r: (r["receiptPosition"], r["id"])) for rows in found.values()]

    def sales(self) -> list[Row]:
        found = []
        for rows in self._receipts():
            first = rows[0]
            paid = first["paymentOptionNumber"]
            kind = {0: "sale", 1: "return"}.get(first["type"], str(first["type"]))
            found.append(
                {
                    "sale_id": first["id"],
                    "customer_id": self.id_of(
                        "customer", next((r["customerNumber"] for r in rows if r["customerNumber"]), 0)
                    ),
                    "employee_id": self.id_of(
                        "staff", next((r["staffNumber"] for r in rows if r["staffNumber"]), 0)
                    ),
                    "branch_id": self.id_of("branch", first["branchNumber"]),
                    "sale_date": _sold(first),
                    "total_amount": sum(r["salePrice"] for r in rows),
                    "discount_amount": sum(r["discount"] for r in rows),
                    "payment_method": str(paid),
                    "status": kind,
                    "updated_at": max(_moment(r["lastChange"]) for r in rows),
                    "sale_age_days": (datetime.now(UTC).date() - _wall(first["date"]).date()).days,
                }
            )
        return found

    def sale_items(self) -> list[Row]:
        return [
            {
                "sale_item_id": r["id"],
                "sale_id": rows[0]["id"],
                "article_id": self.id_of("article", r["articleNumber"]),
                "unit_price": r["salePrice"] / r["quantity"] if r["quantity"] else None,
                "total_price": r["salePrice"],
                "profit_margin": _cents((r["salePrice"] - r["purchasePrice"]) / r["salePrice"] * 100)
                if r["salePrice"]
                else None,
                "created_at": _sold(r),
            }
            for rows in self._receipts()
            for r in rows
        ]

    def _papers(self, name: str, key: str, *more: str) -> list[Row]:
        return [
            {key: r["id"], "customer_id": self.id_of("customer", r["customerNumber"])}
            | {column: r[field] for column, _, field in (each.partition("=") for each in more)}
            for r in self.live[name]
        ]

    def invoices(self) -> list[Row]:
        found = self._papers("invoice", "invoice_id", "total_amount=amount", "paid_amount=amountCleared")
        return [row | {"remaining_amount": row["total_amount"] - row["paid_amount"]} for row in found]

    def credits(self) -> list[Row]:
        found = self._papers("credit", "credit_id", "amount=value", "used_amount=amountRedeemed")
        return [row | {"remaining_amount": row["amount"] - row["used_amount"]} for row in found]

    def payments(self) -> list[Row]:
        found = []
        for r in self.live["payment"]:
            same = [
                i for i in self.raw["invoice"] if i["date"] == r["invoiceDate"] and i["number"] == r["number"]
            ]
            reference = str(r["receiptNumber"]) if r["receiptNumber"] else None
            found.append({"payment_id": r["id"], "reference_number": reference, "amount": r["amount"]})
            if len(same) < 2:
                found[-1]["invoice_id"] = same[0]["id"] if same else None
        return found

    def vouchers(self) -> list[Row]:
        return [
            {
                "voucher_id": r["id"],
                "code": r["internetCode"] or str(r["number"]),
                "is_active": r["status"] == 0,
            }
            for r in self.live["voucher"]
        ]

    # --- sums -----------------------------------------------------------------------------------------------

    def daily_sales_agg(self) -> list[Row]:
        found: dict[date, Row] = {}
        for rows in self._receipts():
            day = _wall(rows[0]["date"]).date()
            one = found.setdefault(
                day, {"sale_date": day, "sale_count": 0, "total_quantity": 0, "total_amount": 0}
            )
            one["sale_count"] += 1
            one["total_quantity"] += sum(r["quantity"] for r in rows)
            one["total_amount"] += sum(r["salePrice"] for r in rows)
        return list(found.values())

    def article_sales_agg(self) -> list[Row]:
        found: dict[int, Row] = {}
        for r in self.live["sale"]:
            number = int(r["articleNumber"] or 0)
            article = self.of("article", number)
            category = self.of("category", article.get("categoryNumber"))
            one = found.setdefault(
                number,
                {
                    "article_number": number,
                    "total_quantity": 0,
                    "total_amount": 0,
                    "category": category.get("name"),
                },
            )
            one["total_quantity"] += r["quantity"]
            one["total_amount"] += r["salePrice"]
        return list(found.values())

    def warehouse_inventory_agg(self) -> list[Row]:
        found: dict[int, list[Row]] = defaultdict(list)
        for row in self.live["articlesize"]:
            found[row["branchNumber"]].append(row)
        return [
            {
                "warehouse": str(number),
                "article_count": len({r["articleNumber"] for r in rows}),
                "total_quantity": sum(r["stockQuantity"] for r in rows),
            }
            for number, rows in found.items()
        ]

    def periods(self, begin: Any) -> list[Row]:
        found: dict[Any, Row] = {}
        receipts: dict[Any, set[Any]] = defaultdict(set)
        for r in self.live["sale"]:
            article = self.of("article", r["articleNumber"])
            place = self.id_of("branch", r["branchNumber"]) or str(r["branchNumber"])
            key = (begin(_wall(r["date"]).date()), int(r["articleNumber"] or 0), place)
            one = found.setdefault(
                key,
                dict(zip(KEYS["sales_daily"], key, strict=True))
                | {"article_id": None if article.get("isDeleted") else article.get("id")}
                | {"total_quantity": 0, "total_amount": 0},
            )
            one["total_quantity"] += r["quantity"]
            one["total_amount"] += r["salePrice"]
            receipts[key].add((r["cashRegisterNumber"], r["receiptNumber"], r["date"]))
        for key, one in found.items():
            one["transaction_count"] = len(receipts[key])
            price = one["total_amount"] / one["total_quantity"] if one["total_quantity"] else None
            one["average_price"] = (
                None if price is None else price.quantize(Decimal("0.000001"), ROUND_HALF_UP)
            )
        return list(found.values())


def _quantity(position: Row) -> Any:
    return position["orderAmount"] if position.get("orderAmount") is not None else position["quantity"]


def _price(position: Row) -> Any:
    asked = (position.get(name) for name in ("netPurchasePrice", "purchasePrice", "price"))
    return next(price for price in asked if price is not None)


def _wall(text: str) -> datetime:
    return datetime.fromisoformat(text[:26].ljust(26, "0") if "." in text else text)


def _moment(text: str) -> datetime:
    return _wall(text).replace(tzinfo=BERLIN).astimezone(UTC)


def _sold(row: Row) -> datetime:
    return (_wall(row["date"]) + timedelta(seconds=row["time"])).replace(tzinfo=BERLIN).astimezone(UTC)


def _day(text: str | None) -> date | None:
    return _wall(text).date() if text else None


def _cents(number: Any) -> Decimal:
    return Decimal(number).quantize(CENT, ROUND_HALF_UP)
