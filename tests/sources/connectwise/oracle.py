"""Gold, worked out from the vendor's rows in plain Python: by the contract's rules, and not by the code under test."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = Mapping[str, Any]
Rows = Mapping[int, Row]

PATTERNS = (
    (r"yþjónusta", "billable_service", "billable", "Service"),
    (r"tímapottur\s*:?", "prepaid_hours", "prepaid", "Timapottur"),
    (r"innri verkefni", "internal_project", "internal", "Internal"),
    (r"rekstrarþjónusta|alrekstur", "operations", "operations", "Operations"),
    (r"hugbúnaðarþjónusta|office 365", "software_service", "billable", "Software"),
)
ZERO = Decimal()
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"


def classified(name: str | None) -> tuple[str, str, str]:
    folded = unicodedata.normalize("NFC", name or "").casefold()
    for pattern, kind, behaviour, category in PATTERNS:
        if re.search(pattern, folded):
            return kind, behaviour, category
    return "other", "unknown", "Other"


def rounded(value: Decimal) -> Decimal:
    return Decimal(value).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def sha(row_id: int) -> str:
    return hashlib.sha256(str(row_id).encode()).hexdigest()


def day_key(moment: str | None) -> int:
    return int(moment[:10].replace("-", "")) if moment else -1


class Oracle:
    """All of a company, as `Office.truth` has it."""

    def __init__(self, truth: Mapping[str, Rows]) -> None:
        self.of = truth

    def agreed(self, entry: Row, reference: str | None) -> dict[str, Any]:
        """What an entry's agreement means."""
        agreement = self.of["agreements"].get(entry.get("agreementId") or 0)
        if agreement is None:
            name, type_key, parent, number = reference, -1, None, None
        else:
            type_id = agreement.get("typeId")
            type_key = -1 if type_id is None else type_id
            looked_up = self.of["agreement_types"].get(type_id or 0, {})
            name = looked_up.get("name") or agreement.get("typeName")
            parent = agreement.get("parentAgreementId")
            number = self.number(agreement)
        kind, behaviour, _ = classified(name)
        return {
            "agreement_type": name,
            "agreement_type_normalized": kind,
            "agreement_billing_behavior": behaviour,
            "parentAgreementId": parent,
            "final_agreement_number": number,
            "AgreementTypeKey": type_key,
            "effectiveBillingStatus": self.status(entry, kind, behaviour),
        }

    def number(self, agreement: Row | None) -> str | None:
        seen: set[int] = set()
        while agreement is not None and agreement["id"] not in seen:
            seen.add(agreement["id"])
            if (own := self._own_number(agreement)) is not None:
                return own
            agreement = self.of["agreements"].get(agreement.get("parentAgreementId") or 0)
        return None

    @staticmethod
    def _own_number(agreement: Row) -> str | None:
        value = ((agreement.get("customFields") or [{}])[0] or {}).get("value")
        if isinstance(value, str):
            return "".join(c for c in value if c not in ZERO_WIDTH).strip() or None
        if value is None or isinstance(value, bool):
            return None
        return str(int(value)) if value == int(value) else str(value)

    @staticmethod
    def status(entry: Row, kind: str, behaviour: str) -> str:
        option = entry.get("billableOption")
        if entry.get("invoiceId") is not None:
            return "Invoiced"
        if kind in ("internal_project", "prepaid_hours"):
            return {"internal_project": "Internal", "prepaid_hours": "Prepaid"}[kind]
        if option == "Billable" and behaviour == "billable":
            return "Billable"
        if option in ("NoCharge", "DoNotBill"):
            return str(option)
        if kind == "operations":
            return "Covered"
        return "Billable" if option == "Billable" and behaviour == "unknown" else "Unknown"

    def time(self, entry: Row) -> dict[str, Any]:
        """The columns of a time entry's fact that are more than copies."""
        agreed = self.agreed(entry, entry.get("agreementType_1") or entry.get("agreementType"))
        member = self.of["members"].get(entry.get("memberId") or 0, {})
        cost = member.get("hourlyCost")
        if cost is None:
            cost = Decimal(entry.get("hourlyCost") or 0)
        hours, rate = entry.get("actualHours"), entry.get("hourlyRate")
        revenue = rounded(hours * rate) if hours is not None and rate is not None else ZERO
        worked = rounded(hours * cost) if hours is not None else ZERO
        option, status = entry.get("billableOption"), entry.get("status")
        words = {"Billable": "Billable", "DoNotBill": "Non-Billable", "NoCharge": "No Charge"}
        internal = agreed["agreement_type_normalized"] == "internal_project"
        kind = "Internal" if internal else words.get(option or "", "Unknown")
        return agreed | {
            "TimeentrySK": sha(entry["id"]),
            "invoiceNumber": entry.get("invoiceIdentifier"),
            "WorkDateSK": day_key(entry.get("timeStart")),
            "actualHours": hours,
            "hoursBilled": entry.get("hoursBilled") or ZERO,
            "adjustment": entry.get("adjustment") or ZERO,
            "effectiveHourlyCost": rounded(cost),
            "potentialRevenue": revenue,
            "actualCost": worked,
            "margin": revenue - worked,
            "marginPercentage": rounded((revenue - worked) * 100 / revenue) if revenue > 0 else ZERO,
            "utilizationType": kind,
            "utilizationStatus": f"{kind} - {status}" if status else None,
            **{
                f"{name[0].upper()}{name[1:]}Key": entry.get(f"{name}Id", -1)
                for name in ("member", "company", "workType", "workRole", "department", "businessUnit")
            },
        }

    def expense(self, entry: Row) -> dict[str, Any]:
        amount = entry.get("amount")
        return self.agreed(entry, entry.get("agreementType")) | {
            "ExpenseSK": sha(entry["id"]),
            "quantity": 1,
            "totalAmount": amount,
            "totalCost": amount,
            "margin": None if amount is None else (entry.get("invoiceAmount") or ZERO) - amount,
            "ExpenseDateSK": day_key(entry.get("date")),
            "CompanyKey": entry.get("companyId", -1),
            "MemberKey": entry.get("memberId", -1),
        }

    def product(self, entry: Row) -> dict[str, Any]:
        price, cost = entry.get("extPrice"), entry.get("extCost")
        margin = None if price is None or cost is None else price - cost
        share = None if price is None else ZERO
        if price and price > 0:
            share = None if margin is None else rounded(margin * 100 / price)
        quantity = entry.get("quantity")
        agreed = self.agreed(entry, entry.get("agreementType"))
        del agreed["AgreementTypeKey"]
        return agreed | {
            "ProductItemSK": sha(entry["id"]),
            "netQuantity": None if quantity is None else quantity - (entry.get("quantityCancelled") or 0),
            "margin": margin,
            "marginPercentage": share,
            "PurchaseDateSK": day_key(entry.get("purchaseDate")),
            "CancelledDateSK": day_key(entry.get("cancelledDate")),
            "CompanyKey": entry.get("companyId", -1),
        }

    def dimensions(self) -> dict[str, dict[int, Any]]:
        """Of each dimension of a look-up: key to name."""
        entries = ("time_entries", "expenses", "products", "agreements")
        return {
            "dimcompany.companyName": self._members("companies", "company", entries),
            "dimmember.memberName": self._members("members", "member", entries[:2], ("Name", "Identifier")),
            "dimworktype.workTypeName": self._members("work_types", "workType", (entries[0], entries[3])),
            "dimworkrole.workRoleName": self._members("work_roles", "workRole", (entries[0], entries[3])),
            "dimdepartment.departmentName": self._members(
                "departments", "department", (entries[0], entries[3])
            ),
            "dimagreementtype.typeName": self._members("agreement_types", "type", ("agreements",)),
        }

    def _members(
        self, lookup: str, reference: str, places: tuple[str, ...], called: tuple[str, ...] = ("Name",)
    ) -> dict[int, str | None]:
        found: dict[int, Any] = {}
        for rank, place in enumerate(places):
            for row_id, row in self.of[place].items():
                key = row.get(f"{reference}Id")
                if key is not None:
                    name = next((row[f"{reference}{c}"] for c in called if row.get(f"{reference}{c}")), None)
                    newness = (row.get("lastUpdated") or "", -rank, row_id)
                    found[key] = max(found.get(key, (("",), None)), (newness, name), key=lambda one: one[0])
        inferred = {key: name for key, (_, name) in found.items()}
        return (
            inferred
            | {key: self._named(row, lookup) for key, row in self.of[lookup].items()}
            | {-1: "Unknown"}
        )

    @staticmethod
    def _named(row: Row, lookup: str) -> str | None:
        if lookup != "members":
            return row.get("name")
        whole = " ".join(row[part] for part in ("firstName", "lastName") if row.get(part))
        return whole or row.get("identifier")

    def agreements(self) -> dict[int, dict[str, Any]]:
        """The agreements that can be read, by their keys."""
        return {row_id: self._agreement(row) for row_id, row in self.of["agreements"].items()}

    def _agreement(self, agreement: Row) -> dict[str, Any]:
        known = self.of["agreements"]
        chain = [agreement["id"]]
        above = agreement.get("parentAgreementId")
        while above in known and above not in chain:
            chain.append(above)
            above = known[above].get("parentAgreementId")
        circle = chain[chain.index(above) :] if above in chain else chain[-1:]
        meant = self.agreed({"agreementId": agreement["id"]}, None)
        return {
            "agreementNumber": self._own_number(agreement),
            "final_agreement_number": meant["final_agreement_number"],
            "rootAgreementId": min(circle),
            "agreementLevel": chain.index(min(circle)),
            "agreementTypeName": meant["agreement_type"],
            "agreementTypeNormalized": meant["agreement_type_normalized"],
            "billingBehavior": meant["agreement_billing_behavior"],
            "AgreementTypeKey": meant["AgreementTypeKey"],
            "isInferred": False,
        }
