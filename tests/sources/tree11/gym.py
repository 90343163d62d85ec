"""Tree11 from end to end without Airflow's runner: two simulated vendors, the hooks, the four steps, a real PostgreSQL.

`Gym` runs one table's steps. `TRUTH` works out what each table must hold from the vendors' own rows, by the contract
and with none of the code that reads, reshapes or decodes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from landfall import ledger
from landfall.hooks.google_sheets import GoogleSheetsHook
from landfall.hooks.gymly import GymlyHook
from landfall.pipeline import Extraction, Pipeline, Published
from landfall.reads import Mode
from landfall.sources import source
from sandbox.google_sheets import GoogleSheetsVendor
from sandbox.google_sheets.documents import HOURS
from sandbox.gymly import LOCATION, GymlyVendor
from tests.driver import Rows, local_folder, open_warehouse, published, run_on

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 3, 31, 10, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
WEEK = TODAY - 7 * DAY
"""First day of the default windows; the clocks were put forward within it, on the 29th."""
TREE11 = source("tree11")
TABLES = tuple(r.name for r in TREE11.resources)
OURS = ("DatumLaatsteUpdate", "_extra")


class Gym:
    """One gym at both vendors, and the pipeline into one database that has the tables."""

    def __init__(self, url: str, folder: Path, vendor: GymlyVendor, sheets: GoogleSheetsVendor) -> None:
        self.vendor, self.sheets, self.folder = vendor, sheets, folder
        self.warehouse = open_warehouse(url)
        self.hooks = {"": GymlyHook(), TREE11.resource("PersonalTraining").hook: GoogleSheetsHook()}
        self.steps: dict[str, Any] = {}

    def close(self) -> None:
        for hook in self.hooks.values():
            hook.close()
        self.warehouse.close()

    def pipeline(self, name: str) -> Pipeline:
        landing = (self.folder / "landing").as_uri()
        return Pipeline(TREE11, TREE11.resource(name), self.warehouse, landing, local_folder, "test")

    def extract(
        self, name: str, mode: Mode = Mode.FULL, start: date | None = None, end: date | None = None
    ) -> Extraction:
        one = self.pipeline(name)
        request = one.request(self.hooks[one.resource.hook], mode, start, end)
        return one.extract(request, one.resource.read.read)  # type: ignore[union-attr]

    def load(self, name: str, mode: Mode = Mode.FULL, **how: Any) -> Published:
        """The four steps of one table; start and end make it a load by dates."""
        dates = {key: how.pop(key) for key in ("start", "end") if key in how}
        extraction = self.extract(name, Mode.DATES if dates else mode, **dates)
        self.steps = {"extract": extraction}
        return run_on(self.pipeline(name), extraction, self.steps, **how)

    def rows(self, table: str) -> Rows:
        """Rows by key as a reader sees them, without our own columns."""
        family = next(r.table for r in TREE11.resources if table in {t.name for t in r.table.family()})
        found = published(self.warehouse, "tree11", family)[table]
        return {key: {n: v for n, v in row.items() if n not in OURS} for key, row in found.items()}

    def contents(self) -> dict[str, list[Any]]:
        """Every published row of every table, our own columns too."""
        names = [t.name for r in TREE11.resources for t in r.table.family()]
        return {n: sorted(map(repr, self.query(f'SELECT * FROM tree11."{n}"'))) for n in names}

    def query(self, sql: str, **values: Any) -> list[Any]:
        with self.warehouse.begin() as connection:
            result = connection.execute(sa.text(sql), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    def state(self, name: str) -> ledger.State:
        return self.warehouse.state("tree11", name)

    def quarantined(self) -> list[tuple[str, str, str]]:
        return self.query("SELECT resource, path, raw FROM landfall.quarantine ORDER BY id")

    def warnings(self) -> list[tuple[str, str]]:
        """(table, check) of every result that is not PASS."""
        sql = "SELECT table_name, check_name FROM landfall.quality_log WHERE status <> 'PASS' ORDER BY id"
        return self.query(sql)

    def assert_true(self, *names: str, start: date = WEEK, end: date = TODAY) -> None:
        """These resources' tables equal the vendors; those with windows hold exactly the days from `start` to `end`."""
        for name in names:
            for table, wanted in TRUTH[name](self, start, end).items():
                assert_same_rows(table, self.rows(table), wanted)


def assert_same_rows(table: str, found: Rows, wanted: Rows) -> None:
    assert found.keys() == wanted.keys(), (
        f"{table}: missing {list(wanted.keys() - found.keys())[:5]}, "
        f"too many {list(found.keys() - wanted.keys())[:5]}"
    )
    for key, row in wanted.items():
        assert found[key] == row, f"{table} {key}"


# --- what the tables must hold --------------------------------------------------------------------------------------


def local_day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(ZONE).date()


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def cents(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def keyed(rows: list[dict[str, Any]], *key: str) -> Rows:
    found = {tuple(row[k] for k in key): row for row in rows}
    assert len(found) == len(rows), "the truth holds a key twice"
    return found


def days(start: date, end: date) -> list[date]:
    return [start + n * DAY for n in range((end - start).days + 1)]


def _members(gym: Gym, *_: date) -> dict[str, Rows]:
    members, held = [], {}
    order = ["ACTIVE", "PAUSED", "INACTIVE", "CANCELLED", "EXPIRED"]
    for user in gym.vendor.truth("users"):
        members.append(
            {
                "Id": user["id"],
                "Naam": user["fullName"],
                "AccountId": user["accountId"],
                "BedrijfId": user["businessId"],
                "PrimaireLocatieId": user["primaryLocationId"],
                "Actief": user["active"],
                "BetalingsVorm": user["paymentCollectionStrategy"],
                "KlantNummer": user["customerNumber"],
                "AangemaaktOp": moment(user["createdAt"]),
                "GewijzigdOp": moment(user["updatedAt"]),
            }
        )
        for one in user["activeMemberships"]:
            status = "INACTIVE"
            if one["expired"]:
                status = "EXPIRED"
            elif one["cancelledAt"]:
                status = "CANCELLED"
            elif one["paused"]:
                status = "PAUSED"
            elif one["active"]:
                status = "ACTIVE"
            key = (user["id"], one["membership"]["id"])
            if key in held:
                status = min(status, held[key]["Status"], key=order.index)
            held[key] = {
                "LedenId": key[0],
                "AbonnementId": key[1],
                "AbonnementNaam": one["membership"]["name"],
                "Status": status,
            }
    return {"Leden": keyed(members, "Id"), "ActieveAbonnementen": held}


def _plans(gym: Gym, *_: date) -> dict[str, Rows]:
    rows = [
        {
            "AbonnementId": plan["id"],
            "Naam": plan["name"],
            "Beschrijving": plan["description"],
            "Type": plan["type"],
            "BetalingsType": plan["paymentType"],
            "Bedrag": cents(plan["amount"]),
            "Valuta": plan["currency"],
            "VervalPeriode": plan["expireDays"],
            "ActivatieStrategie": plan["activationStrategy"],
            "AbonnementVereist": plan["accessCourseSubscriptionRequired"],
            "ConsumptieMethode": plan["consumptionMethod"],
            "AutoVerlenging": plan["contractAutoRenewal"],
            "GrootboekGroepId": plan["ledgerGroupId"],
            "Sectie": None,
            "ContractDuur": (plan["contractDuration"] or {}).get("type"),
            "ContractPeriode": (plan["contractDuration"] or {}).get("value"),
        }
        for plan in gym.vendor.truth("memberships")
    ]
    return {"Abonnementen": keyed(rows, "AbonnementId")}


CATEGORIES = {"new": "Nieuw", "paused": "Gepauzeerd", "active": "Actief", "expirations": "Verlopen"}
TYPES = {"ONCE": "Eenmalig", "PERIODIC": "Periodiek", "PERIODIC_CUSTOM": "Periodiek_Aangepast"}


def _statistics(gym: Gym, start: date, end: date) -> dict[str, Rows]:
    plans = gym.vendor.truth("memberships")
    rows = []
    for day in days(start, end):
        for category, name in CATEGORIES.items():
            for kind, shown in TYPES.items():
                counts = [
                    gym.vendor.counts.of(category, p["id"], day) for p in plans if p["paymentType"] == kind
                ]
                rows.append({"Datum": day, "Categorie": name, "Type": shown, "Aantal": sum(counts)})
    return {"AbonnementStatistieken": keyed(rows, "Datum", "Categorie", "Type")}


def _plan_statistics(gym: Gym, start: date, end: date) -> dict[str, Rows]:
    rows = [
        {
            "Datum": day,
            "Categorie": name,
            "Type": TYPES[plan["paymentType"]],
            "AbonnementId": plan["id"],
            "Aantal": gym.vendor.counts.of(category, plan["id"], day),
        }
        for day in days(start, end)
        for category, name in CATEGORIES.items()
        for plan in gym.vendor.truth("memberships")
    ]
    return {"AbonnementStatistiekenSpecifiek": keyed(rows, "Datum", "Categorie", "Type", "AbonnementId")}


def _lessons_within(gym: Gym, start: date, end: date) -> list[dict[str, Any]]:
    lessons = gym.vendor.truth("activity_events")
    mine = [one for one in lessons if one["businessLocationId"] == LOCATION]
    return [one for one in mine if start <= local_day(one["startAt"]) <= end]


def _lessons(gym: Gym, start: date, end: date) -> dict[str, Rows]:
    rows = [
        {
            "Id": one["id"],
            "Naam": one["name"],
            "StartTijd": moment(one["startAt"]),
            "EindTijd": moment(one["endAt"]),
            "Capaciteit": one["capacity"],
            "LedenAantal": one["memberCount"],
            "ProefledenAantal": one["trialCount"],
            "BedrijfsLocatieId": one["businessLocationId"],
            "Activiteiten": one["activities"],
            "Terugkerend": one["recurring"],
            "AangemaaktOp": moment(one["createdAt"]),
            "GewijzigdOp": moment(one["updatedAt"]),
            "Instructeurs": ", ".join(t["fullName"] for t in one["teachers"]) or None,
        }
        for one in _lessons_within(gym, start, end)
    ]
    return {"Lessen": keyed(rows, "Id")}


def _attendance(gym: Gym, start: date, end: date) -> dict[str, Rows]:
    rows = [
        {
            "LesId": lesson["id"],
            "AccountId": member["id"],
            "Type": member["type"],
            "Status": member["status"],
            "Naam": member["fullName"],
            "Aanwezig": member.get("attended"),
            "Datum": local_day(lesson["startAt"]),
        }
        for lesson in _lessons_within(gym, start, min(end, TODAY - DAY))
        for member in gym.vendor.lesson_members(lesson["id"])
    ]
    return {"LesDeelname": keyed(rows, "LesId", "AccountId")}


def _ledgers(gym: Gym, *_: date) -> dict[str, Rows]:
    rows = [
        {"Id": one["id"], "Sleutel": one["key"], "Label": one["label"]}
        for one in gym.vendor.truth("ledger_accounts")
    ]
    return {"GrootboekRekening": keyed(rows, "Id")}


def revenue_start(start: date) -> date:
    """Where Omzet begins when the other windows begin at `start`."""
    return TODAY.replace(day=1) - 30 * DAY if start == WEEK else start


def _revenue(gym: Gym, start: date, end: date) -> dict[str, Rows]:
    rows = [
        {
            "Datum": date.fromisoformat(line["date"]),
            "GrootboekRekeningId": line["ledgerAccountId"],
            "Type": line["type"],
            "Omzet": cents(line["revenue"]),
        }
        for line in gym.vendor.truth("daily_revenue")
        if revenue_start(start) <= date.fromisoformat(line["date"]) <= end
    ]
    return {"Omzet": keyed(rows, "Datum", "GrootboekRekeningId", "Type")}


def _invoice(one: dict[str, Any]) -> dict[str, Any]:
    who = one["businessUser"] or {}
    return {
        "FactuurId": one["id"],
        "Nummer": one["number"],
        "LedenId": who.get("id"),
        "Naam": who.get("fullName"),
        "Bedrag": cents(one["totalAmount"]),
        "Valuta": one["currency"],
        "Status": one["status"],
        "AangemaaktOp": moment(one["createdAt"]),
    }


def _open_invoices(gym: Gym, *_: date) -> dict[str, Rows]:
    rows = [_invoice(one) for one in gym.vendor.truth("invoices") if one["status"] == "PENDING"]
    return {"OpenstaandeFacturen": keyed(rows, "FactuurId")}


def _invoices(gym: Gym, start: date, end: date) -> dict[str, Rows]:
    rows = [
        _invoice(one)
        | {"Vervaldatum": date.fromisoformat(one["dueDate"]), "GrootboekID": one["ledgerGroupId"]}
        for one in gym.vendor.truth("invoices")
        if start <= local_day(one["createdAt"]) <= end
    ]
    return {"Facturen": keyed(rows, "FactuurId")}


def _training(*_: Any) -> dict[str, Rows]:
    """The hours of the simulated sheet, read by a person."""
    told = [
        ("Tess", "Voorbeeld", date(2025, 11, 3), "1.50"),
        ("Tess", "Voorbeeld", date(2025, 11, 4), "1.50"),
        ("Bram", "van der Demo", date(2025, 11, 5), "2.75"),
        ("Yara", "Fictief", date(2025, 11, 6), "1.50"),
        ("Yara", "Fictief", date(2025, 11, 7), "1.50"),
        ("Sem", "Proef", date(2025, 11, 3), "2.00"),
    ]
    rows = [{"Voornaam": v, "Achternaam": a, "Datum": d, "Uren": Decimal(u)} for v, a, d, u in told]
    return {"PersonalTraining": keyed(rows, "Voornaam", "Achternaam", "Datum")}


def _payouts(gym: Gym, *_: date) -> dict[str, Rows]:
    rows = []
    for one in gym.vendor.truth("payouts"):
        payout, told = one["payout"], one["payout"]["summary"]
        rows.append(
            {
                "UitbetalingID": payout["id"],
                "Datum": moment(payout["date"]),
                "Betalingen": told["paymentCount"],
                "Chargebacks": told["chargebackCount"],
                "Refunds": told["refundCount"],
                "NettoBedrag": cents(told["totalNetAmount"]),
                "BrutoBedrag": cents(told["totalGrossAmount"]),
                "ChargebackBedrag": cents(told["totalChargebackAmount"]),
                "RefundBedrag": cents(told["totalRefundAmount"]),
                "CommissieBedrag": cents(told["totalCommissionFeeAmount"]),
                "Status": payout["status"],
            }
        )
    return {"Uitbetalingen": keyed(rows, "UitbetalingID")}


def _sales(gym: Gym, start: date, end: date) -> dict[str, Rows]:
    rows: dict[tuple[date, str], dict[str, Any]] = defaultdict(dict)
    for one in gym.vendor.truth("product_sales"):
        day = date.fromisoformat(one["date"])
        if start <= day <= end and one["sales"] > 0:
            row = {
                "Datum": day,
                "Product": one["name"],
                "ProductID": one["productId"],
                "Aantal": one["sales"],
            }
            rows[day, one["productId"]] = row
    return {"ProductVerkopen": dict(rows)}


Truth = Callable[[Gym, date, date], dict[str, Rows]]
TRUTH: dict[str, Truth] = {
    "Leden": _members,
    "Abonnementen": _plans,
    "AbonnementStatistieken": _statistics,
    "AbonnementStatistiekenSpecifiek": _plan_statistics,
    "Lessen": _lessons,
    "LesDeelname": _attendance,
    "GrootboekRekening": _ledgers,
    "Omzet": _revenue,
    "OpenstaandeFacturen": _open_invoices,
    "Facturen": _invoices,
    "PersonalTraining": _training,
    "Uitbetalingen": _payouts,
    "ProductVerkopen": _sales,
}


def sheet(gym: Gym) -> list[list[Any]]:
    """The rows of the worksheet with the hours; change them as a person would."""
    rows: list[list[Any]] = gym.sheets.documents[HOURS].worksheets[0].rows
    return rows
