"""An invented gym: the same seed and number give the same member, plan, lesson, invoice or payout.

No name, address or number belongs to anyone. What is odd here is odd at the vendor: lessons without a teacher, members
without a name, invoices without a member, contracts without a duration, ledger keys of 51 characters, cents that carry
the dust of binary fractions, and a lesson after midnight, which lies on another day in UTC.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]

ZONE = ZoneInfo("Europe/Amsterdam")
PAYMENT_TYPES = ("ONCE", "PERIODIC", "PERIODIC_CUSTOM")

FIRST_NAMES = (
    "Noor",
    "Daan",
    "Fenna",
    "Sem",
    "Lotte",
    "Bram",
    "Yara",
    "Thijs",
    "Mila",
    "Joris",
    "Eva",
    "Koen",
)
LAST_NAMES = ("Voorbeeld", "Demo", "Fictief", "Proef", "Monster", "Bedacht")
INSERTIONS = (None, None, "van", "de", "van der")
LESSONS = ("HYROX", "Spinning", "Yoga", "Bodypump", "Pilates", "Boksen", "Kracht & Conditie")
PLANS = ("Onbeperkt", "Twee keer per week", "Rittenkaart", "Daluren", "Studenten", "Zomerkaart")
ADDRESS = {
    "id": None,
    "street": "Voorbeeldlaan 1",
    "postalCode": "1234 AB",
    "city": "Utrecht",
    "country": "NL",
}
PRODUCTS = ("Proteïneshake", "Water 0,5L", "Handdoek", "Sportdrank", "Reep", "Slot")


def uid(kind: int, number: int, block: str = "") -> str:
    """An id of the right shape that says what it is: all `kind`, then the number."""
    digit = str(kind)
    tail = f"{block}{number:0{12 - len(block)}d}"
    return f"{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{tail}"


BUSINESS = uid(1, 1)
LOCATION = uid(2, 1)
OTHER_LOCATION = uid(2, 2)


def instant(at: datetime, micros: int = 0) -> str:
    """In UTC, with `Z` or `+00:00` and 0, 3 or 6 digits, as the vendor's bodies vary."""
    text = at.astimezone(UTC).replace(microsecond=micros % 1_000_000)
    if micros % 3 == 0:
        return text.isoformat(timespec="milliseconds")
    return text.isoformat(timespec="seconds" if micros % 3 == 1 else "microseconds").replace("+00:00", "Z")


class Club:
    """Makes the rows of one gym.

    :param today: the day the data are made on, local.
    :param plans: how many plans there are.
    """

    def __init__(self, seed: int, today: date, plans: int) -> None:
        self.seed, self.today, self.plans = seed, today, plans

    def random(self, *of: object) -> random.Random:
        """Chance that depends on what it is for alone."""
        return random.Random(":".join(map(str, (self.seed, *of))))

    def plan(self, number: int) -> Row:
        """Plan `number`, from 0."""
        rng = self.random("plan", number)
        amount = round(rng.choice((19.5, 24.95, 49.5, 64.5, 0.1 + 0.2)) + number, 2 if number % 9 else 20)
        months = rng.choice((None, 1, 12, 24))
        return {
            "id": uid(4, number),
            "name": f"{PLANS[number % len(PLANS)]} {number + 1}",
            "description": None if number % 3 else "Met toegang tot alle lessen",
            "type": "TIME" if number % 4 else "STAMP_CARD",
            "paymentType": PAYMENT_TYPES[number % 3],
            "amount": amount,
            "amountFormatted": f"€ {amount:.2f}".replace(".", ","),
            "currency": "EUR",
            "vatRate": 9,
            "expireDays": None if number % 4 else 365,
            "activationStrategy": "ASSIGNMENT",
            "accessCourseSubscriptionRequired": number % 5 == 0,
            "consumptionMethod": "COURSE",
            "contractAutoRenewal": number % 2 == 0,
            "contractDuration": months and {"type": "MONTH", "value": months},
            "ledgerGroupId": uid(6, number % 20, "a") if number % 7 else None,
            "courseTypes": [],
            "deleted": False,
            "public": True,
            "published": True,
        }

    def user(self, number: int) -> Row:
        """Member `number`, from 0, as v1 tells it: with assignments, each with its plan."""
        rng = self.random("user", number)
        first, insertion, last = (rng.choice(names) for names in (FIRST_NAMES, INSERTIONS, LAST_NAMES))
        joined = datetime.combine(self.today, time(9), ZONE) - timedelta(days=rng.randrange(20, 900))
        row_id = uid(3, number)
        plans = rng.choices(range(self.plans), k=rng.choice((0, 1, 1, 1, 2))) if self.plans else []
        return {
            "id": row_id,
            "accountId": uid(3, number, "a"),
            "businessId": BUSINESS,
            "primaryLocationId": rng.choice((LOCATION, LOCATION, LOCATION, OTHER_LOCATION, None)),
            "fullName": " ".join(filter(None, (first, insertion, last))),
            "firstName": first,
            "insertion": insertion,
            "lastName": f"{last} {number}",
            "email": f"lid{number}@example.org",
            "phoneNumber": f"+3160000{number:04d}",
            "gender": None,
            "dateOfBirth": None,
            "iban": None,
            "language": "nl",
            "address": ADDRESS,
            "type": "MEMBER",
            "active": rng.random() < 0.9,
            "activeMemberships": [self.assignment(number * 4 + i, row_id, n, joined) for i, n in enumerate(plans)],
            "futureMemberships": [],
            "membershipsAwaitingPayment": [],
            "paymentCollectionStrategy": rng.choice(("AUTOMATIC", "MANUAL")),
            "customerNumber": "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=8)),
            "organizationId": None,
            "profileImageUrl": None,
            "rfid": False,
            "createdAt": instant(joined, rng.randrange(10**6)),
            "updatedAt": instant(joined + timedelta(days=rng.randrange(20)), rng.randrange(10**6)),
        }  # fmt: skip

    def assignment(self, number: int, user: str, plan: int, since: datetime) -> Row:
        """A member's hold on a plan; its id is its own, not the plan's."""
        rng = self.random("assignment", number)
        paused, expired, cancelled = (rng.random() < share for share in (0.05, 0.03, 0.05))
        return {
            "id": uid(4, number, "b"),
            "businessUserId": user,
            "membership": {k: self.plan(plan)[k] for k in ("id", "name", "type", "paymentType", "amount")},
            "active": not paused and not expired,
            "paused": paused,
            "expired": expired,
            "amount": 64.5,
            "expiresAt": None,
            "activeAt": instant(since),
            "cancelledAt": instant(since + timedelta(days=9)) if cancelled else None,
            "awaitingPayment": False,
            "createdAt": instant(since),
            "updatedAt": instant(since),
            "discounts": [],
            "stampCard": False,
            "consumptions": 0,
        }

    def lesson(self, day: date, of_day: int, number: int) -> Row:
        """A lesson on a local day; the day's first one starts a quarter past midnight."""
        rng = self.random("lesson", number)
        at = time(0, 15) if of_day == 0 else time(6 + of_day % 16, rng.choice((0, 15, 30)))
        start = datetime.combine(day, at, ZONE)
        capacity = rng.randrange(8, 20)
        made = datetime.combine(day, time(8), ZONE) - timedelta(days=40)
        offset = start.utcoffset() or timedelta()
        return {
            "id": uid(5, number),
            "name": rng.choice(LESSONS),
            "description": "",
            "startAt": instant(start, number),
            "endAt": instant(start.astimezone(UTC) + timedelta(hours=1), number),
            "utcOffset": round(offset.total_seconds() / 3600),
            "capacity": capacity,
            "memberCount": rng.randrange(min(capacity, 12)),
            "trialCount": rng.randrange(2),
            "trialSpots": None,
            "businessLocationId": LOCATION,
            "roomId": uid(5, 1, "a"),
            "calendarId": None,
            "activities": [uid(5, n, "b") for n in range(number % 3)],
            "types": [],
            "teachers": [self.teacher(n) for n in rng.sample(range(9), number % 3)],
            "price": None,
            "recurring": number % 4 != 0,
            "createdAt": instant(made, number),
            "updatedAt": instant(made + timedelta(days=1), number * 7),
        }

    def teacher(self, number: int) -> Row:
        """Someone who gives lessons."""
        first, last = FIRST_NAMES[number % len(FIRST_NAMES)], LAST_NAMES[number % len(LAST_NAMES)]
        return {
            "id": uid(3, 900 + number, "c"),
            "firstName": first,
            "insertion": None,
            "lastName": last,
            "fullName": f"{first} {last}",
            "profileImageId": None,
            "profileImagePath": None,
        }

    def attendance(self, number: int, user: int, started: bool) -> Row:
        """A member in a lesson; before it starts nobody has attended."""
        rng = self.random("attendance", number)
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        row: Row = {"id": uid(3, user), "type": "MEMBER", "status": "SUBSCRIBED"}
        row |= (
            {"fullName": f"{first} {last}", "firstName": first} if rng.random() > 0.04 else {"fullName": None}
        )
        return row | ({"attended": rng.random() < 0.85} if started else {})

    def ledger(self, number: int) -> Row:
        """A ledger account: two of the system's, then the gym's own with keys of 51 characters."""
        if number < 2:
            key, label = ("POS", "MEMBERSHIP")[number], None
        else:
            key, label = f"BUSINESS-GROUP-{uid(6, number, 'a')}", f"{8000 + number} Voorbeeldomzet {number}"
        return {"id": uid(6, number), "key": key, "label": label, "parentLedgerAccountId": None}

    def takings(self, day: date, ledgers: int) -> list[Row]:
        """The revenue lines of a day."""
        rng = self.random("takings", day)
        kinds = ((0, "POS"), (1, "SUBSCRIPTION"), (rng.randrange(2, max(3, ledgers)), "MANUAL"))
        amounts = (
            rng.randrange(3000) / 100 + 0.1 + 0.2,
            rng.randrange(90_000) / 100,
            rng.choice((0, -12.5, 7.1)),
        )
        return [
            {"date": day.isoformat(), "ledgerAccountId": uid(6, n), "type": kind, "revenue": amount}
            for (n, kind), amount in zip(kinds, amounts, strict=True)
        ]

    def invoice(self, number: int, day: date) -> Row:
        """An invoice made on a local day."""
        rng = self.random("invoice", number)
        user = self.user(rng.randrange(50))
        who = {key: user[key] for key in ("id", "accountId", "businessId", "fullName")}
        at = datetime.combine(day, time(rng.randrange(24), rng.randrange(60)), ZONE)
        return {
            "id": uid(7, number),
            "number": 20_260_000 + number,
            "numberFormatted": f"2026-{number:04d}",
            "status": "PENDING" if rng.random() < 0.45 else "PAID",
            "type": "INVOICE",
            "year": day.year,
            "businessId": BUSINESS,
            "businessLocationId": LOCATION,
            "businessUser": None if number % 23 == 5 else who,
            "totalAmount": rng.choice((64.5, 19.95, 0.1 + 0.2, -10.0)),
            "currency": "EUR",
            "dueDate": (day + timedelta(days=14)).isoformat(),
            "ledgerGroupId": None,
            "createdAt": instant(at, rng.randrange(10**6)),
        }

    def payout(self, number: int, day: date) -> Row:
        """A payout, wrapped as the vendor wraps it."""
        rng = self.random("payout", number)
        net, commission = rng.randrange(10**6) / 100, rng.randrange(30_000) / 100
        summary = {
            "paymentCount": rng.randrange(300),
            "chargebackCount": 3,
            "refundCount": 1,
            "totalNetAmount": net,
            "totalGrossAmount": round(net + commission + 258.0, 2),
            "totalChargebackAmount": 193.5,
            "totalRefundAmount": 64.5,
            "totalCommissionFeeAmount": commission,
        }
        at = instant(datetime.combine(day, time(5), ZONE))
        return {"payout": {"id": uid(8, number), "date": at, "status": "PAID", "summary": summary}}

    def sales(self, day: date) -> list[Row]:
        """What the counter sold on a day; a product nobody wanted is there with 0."""
        rng = self.random("sales", day)
        return [
            {
                "date": day.isoformat(),
                "productId": uid(9, n),
                "name": name,
                "sales": rng.choice((0, 1, 2, 7, 31)),
            }
            for n, name in enumerate(PRODUCTS)
        ]
