"""What Gymly computes on request: membership statistics, revenue of a range, sales of a range."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from sandbox.gymly.club import Row

CATEGORIES = ("new", "paused", "active", "expirations")


def days(start: date, end: date, *, inclusive: bool) -> list[date]:
    """Every day from `start` to `end`, that one included or not."""
    return [start + timedelta(days=n) for n in range((end - start).days + inclusive)]


class Counts:
    """How many memberships a plan had of each category on each day."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.corrected: dict[tuple[str, str, str], int] = {}
        """(category, plan id, date) -> count, in place of the made-up one."""

    def of(self, category: str, plan: str, day: date) -> int:
        """The count of one plan."""
        known = self.corrected.get((category, plan, day.isoformat()))
        if known is not None:
            return known
        chance = zlib.crc32(f"{self.seed}:{category}:{plan}:{day}".encode())
        return 20 + chance % 40 if category == "active" else chance % 4

    def statistics(self, category: str, plans: Iterable[str], asked: list[date]) -> Row:
        """Labels and one series; where no plan is asked about, no series."""
        wanted = list(plans)
        data = [sum(self.of(category, plan, day) for plan in wanted) for day in asked]
        labels = [day.isoformat() for day in asked]
        return {"labels": labels, "series": [{"name": "Data", "data": data}] if wanted else []}


def revenue(lines: list[Row], ledgers: list[Row]) -> Row:
    """The answer about the revenue of a range, given its lines."""
    total = sum(line["revenue"] for line in lines)
    per_ledger: dict[str, dict[str, float]] = defaultdict(lambda: {"9": 0.0})
    for line in lines:
        per_ledger[line["ledgerAccountId"]]["9"] += line["revenue"]
    nothing = {"total": 0.0, "totalVat": 0.0}
    return {
        "totalRevenue": total,
        "profit": total,
        "totalVat": 0.0,
        "dailyRevenue": lines,
        "weeklyRevenue": [],
        "monthlyRevenue": [],
        "yearlyRevenue": [],
        "ledgerAccounts": ledgers,
        "ledgerAccountLocation": {},
        "revenuePerLedgerAccount": per_ledger,
        "vatPerLedgerAccount": {},
        "totalPerVat": {"9": 0.0},
        "refundStatistics": {},
        "totalChargebacks": nothing,
        "totalCancellations": nothing,
    }


def sales(rows: list[Row]) -> Row:
    """The answer about the counter's sales of a range, given those of its days."""
    products: dict[str, Row] = {}
    for row in rows:
        product = products.setdefault(
            row["productId"], {"id": row["productId"], "name": row["name"], "sales": 0}
        )
        told = (product["sales"], row["sales"])
        product["sales"] = None if None in told else sum(told)
    return {"salesPerProduct": list(products.values()), "totalSales": sum(row["sales"] or 0 for row in rows)}
