"""What the tables must say, worked out row by row from what the vendor sends, with none of the code under test.

Every column is looked at; one that is not worked out here has no source and must be NULL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
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
    with shop.warehouse.reading() as reader:
        hold(
            {name: list(shop.truth(name).values()) for name in shop.vendor.sizes},
            lambda query: [dict(row) for row in reader.execute(sa.text(query)).mappings()],
        )


def hold(raw: dict[str, list[Row]], asked: Callable[[str], list[Row]]) -> None:
    """Every table of `prohandel` holds what it must.

    :param raw: the vendor's rows, by list.
    :param asked: answers a query.
    """
    for name, wanted in _Tables(raw).all().items():
        key = next(iter(wanted[0])) if wanted else ""
        found = asked(f"SELECT * FROM prohandel.{name}")
        keys = KEYS.get(name, (key,))
        assert len(found) == len(wanted), name
        by_key = {tuple(row[k] for k in keys): row for row in found}
        for row in wanted:
            there = by_key[tuple(row[k] for k in keys)]
            wrong = {c: (there[c], row.get(c)) for c in there if c[0] != "_" and there[c] != row.get(c)}
            assert not wrong, f"{name}: {wrong} of {there}"
            assert row.keys() <= there.keys(), name


LEVELS = {"reorder_point": 5, "min_stock_level": 0, "max_stock_level": 0}
"""Without a file of settings."""
KEYS = dict.fromkeys(
    ("sales_daily", "sales_weekly", "sales_monthly"), ("period", "article_number", "location_id")
)


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
        return self._best(row for row in self.raw[entity] if row[field] == number)

    def _best(self, rows: Iterable[Row]) -> Row:
        same = sorted(rows, key=lambda row: row["id"])
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
                    "description": row["information"] or row["text1"] or None,
                    "price": price,
                    "cost": cost,
                    "margin": _cents((price - cost) / price * 100) if both else 0,
                    "sku": str(int(row["number"])),
                    "barcode": min((s["ean"] for s in sizes if s["ean"]), default=None),
                    "category_id": self.id_of("category", row["categoryNumber"]),
                    "supplier_id": self.id_of("supplier", row["supplierNumber"]),
                    "created_at": _day(row["firstPurchaseDate"]),
                    "updated_at": _moment(row["lastChange"]),
                    "stock_quantity": sum(s["stockQuantity"] for s in sizes),
                    "status": "active" if row["isActive"] else "inactive",
                    "image_url": row["imageName"] or None,
                }
                | LEVELS
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
                    "created_at": _day(row.get("firstPurchaseDate")),
                    "updated_at": _moment(row["lastChange"]),
                }
                | LEVELS
            )
        return found

    def categories(self) -> list[Row]:
        return [
            {
                "category_id": r["id"],
                "name": r["name"],
                "parent_id": self.id_of("category", r["mainCategoryNumber"]),
                "is_active": True,
                "updated_at": _moment(r["lastChange"]),
            }
            for r in self.live["category"]
        ]

    def labels(self) -> list[Row]:
        return [
            {
                "label_id": r["id"],
                "name": r["name"],
                "is_active": True,
                "updated_at": _moment(r["lastChange"]),
            }
            for r in self.live["label"]
        ]

    def _place(self, row: Row, second: str = "") -> Row:
        """An address, part by part and as one line."""
        country = self.of("country", row["countryNumber"]).get("countryName") or None
        line = row[second] if second else ""
        parts = [row["street"], line, row["city"], row["zipCode"], country]
        return {
            "address_line1": row["street"] or None,
            "address_line2": line or None,
            "city": row["city"] or None,
            "postal_code": row["zipCode"] or None,
            "country": country,
            "full_address": ", ".join(part for part in parts if part) or None,
            "email": row["email"] or None,
            "updated_at": _moment(row["lastChange"]),
        }

    def suppliers(self) -> list[Row]:
        return [
            {
                "supplier_id": r["id"],
                "name": r["name1"],
                "contact_name": r["name2"] or None,
                "phone": r["telephone"] or r["mobilePhone"] or None,
            }
            | self._place(r)
            for r in self.live["supplier"]
        ]

    def branches(self) -> list[Row]:
        return [
            {
                "branch_id": r["id"],
                "name": r["name1"],
                "phone": r["telephoneNumber"],
            }
            | self._place(r)
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
                    "order_date": created.replace(tzinfo=BERLIN).astimezone(UTC),
                    "created_at": created.replace(tzinfo=BERLIN).astimezone(UTC),
                    "total_amount": sum(_quantity(p) * _price(p) for p in positions),
                    "discount_amount": row["overallDiscount"],
                    "status": str(row["status"]),
                    "notes": row["info"] or None,
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
                "discount": p.get("discount"),
                "created_at": _moment(row["created"]),
                "updated_at": _moment(p["lastChange"]) if "lastChange" in p else None,
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
                "first_name": r["firstName"] or None,
                "last_name": r["lastName"] or None,
                "phone": r["telephone"] or r["mobilePhone"] or None,
                "tax_id": r["vatNumber"] or None,
                "loyalty_points": r["loyalityPoints"],
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
            | self._place(r, "poBox")
            for r in self.live["customer"]
        ]

    def staff(self) -> list[Row]:
        return [
            {
                "staff_id": r["id"],
                "first_name": r["firstName"],
                "last_name": r["lastName"],
                "phone": r["telephone"] or None,
                "position": r["jobTitle"],
                "created_at": _day(r["entryDate"]),
                "updated_at": _moment(r["lastChange"]),
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
                "name": r["countryName"],
                "code": r["isoAlpha2"],
                "iso_code": r["isoAlpha3"],
                "is_active": True,
                "updated_at": _moment(r["lastChange"]),
                "currency_code": self.of("currency", r["currencyNumber"]).get("isoAlpha3"),
            }
            for r in self.live["country"]
        ]

    def currencies(self) -> list[Row]:
        return [
            {
                "currency_id": r["id"],
                "code": r["isoAlpha3"],
                "exchange_rate": r["course"] / r["unit"],
                "is_active": True,
                "updated_at": _moment(r["lastChange"]),
            }
            for r in self.live["currency"]
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
                    "created_at": _sold(first),
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
                "quantity": r["quantity"],
                "discount": r["discount"],
                "cost_price": r["purchasePrice"],
                "updated_at": _moment(r["lastChange"]),
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
            {
                key: r["id"],
                "customer_id": self.id_of("customer", r["customerNumber"]),
                "status": str(r["status"]),
                "created_at": _day(r["date"]),
                "updated_at": _moment(r["lastChange"]),
            }
            | {column: r[field] for column, _, field in (each.partition("=") for each in more)}
            for r in self.live[name]
        ]

    def invoices(self) -> list[Row]:
        told = ("total_amount=amount", "paid_amount=amountCleared", "invoice_number=number")
        found = self._papers("invoice", "invoice_id", *told, "due_date=paymentDueDate")
        for row in found:
            due, paid = row["total_amount"], row["paid_amount"]
            row |= {
                "invoice_number": str(row["invoice_number"]),
                "invoice_date": row["created_at"],
                "due_date": _day(row["due_date"]),
                "payment_status": "paid" if paid >= due else "partial" if paid > 0 else "open",
                "remaining_amount": due - paid,
            }
        return found

    def credits(self) -> list[Row]:
        found = self._papers("credit", "credit_id", "amount=value", "used_amount=amountRedeemed")
        return [row | {"remaining_amount": row["amount"] - row["used_amount"]} for row in found]

    def payments(self) -> list[Row]:
        found = self._papers("payment", "payment_id", "amount=amount", "reference_number=receiptNumber")
        for row, r in zip(found, self.live["payment"], strict=True):
            same = [i for i in self.raw["invoice"] if i["date"] == r["invoiceDate"]]
            currency = self.of("currency", r["currencyNumber"])
            row |= {
                "payment_date": row["created_at"],
                "reference_number": str(r["receiptNumber"]) if r["receiptNumber"] else None,
                "invoice_id": self._best(i for i in same if i["number"] == r["number"]).get("id"),
                "currency_code": currency.get("isoAlpha3"),
                "exchange_rate": currency["course"] / currency["unit"] if currency else None,
            }
        return found

    def vouchers(self) -> list[Row]:
        return [
            {
                "voucher_id": r["id"],
                "code": r["internetCode"] or str(r["number"]),
                "type": str(r["type"]),
                "amount": r["value"],
                "start_date": _day(r["validFrom"]),
                "end_date": _day(r["validUntil"]),
                "is_active": r["status"] == 0,
                "created_at": _day(r["date"]),
                "updated_at": _moment(r["lastChange"]),
            }
            for r in self.live["voucher"]
        ]

    # --- sums -----------------------------------------------------------------------------------------------

    def daily_sales_agg(self) -> list[Row]:
        found: dict[date, Row] = {}
        for rows in self._receipts():
            day = _wall(rows[0]["date"]).date()
            one = found.setdefault(
                day,
                {
                    "sale_date": day,
                    "sale_count": 0,
                    "total_quantity": 0,
                    "total_amount": 0,
                    "aggregation_type": "daily",
                },
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
                    "agg_id": str(number),
                    "article_number": number,
                    "total_quantity": 0,
                    "total_amount": 0,
                    "name": article.get("supplierArticleNumber") or article.get("information") or None,
                    "description": article.get("information") or article.get("text1") or None,
                    "category": category.get("name"),
                    "supplier": self.of("supplier", article.get("supplierNumber")).get("name1"),
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
                "agg_id": str(number),
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
