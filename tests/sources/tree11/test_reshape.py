"""What the vendor sends becomes rows of Tree11's tables; the truth is worked out here from the vendor's own rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
import pytest

from landfall import resources
from landfall.errors import RowRejected
from landfall.records import Record, spec
from landfall.sources.tree11 import records, reshape
from landfall.stage.rows import RecordDecoder
from sandbox.clock import Clock
from sandbox.gymly import GymlyVendor

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
TABLES = [each for each in Record.__subclasses__() if each.__module__ == records.__name__]


@pytest.fixture(scope="module")
def vendor() -> GymlyVendor:
    return GymlyVendor(records=150, plans=9, days=12, clock=Clock(NOW, frozen=True))


def encoded(vendor: GymlyVendor, resource: str) -> list[bytes]:
    return [vendor.rows[resource].encoded(key) for key in vendor.ids(resource)]


def rows(record: type[Record], lines: Iterator[bytes] | list[bytes]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table as the loader would stage them, but for our own column; nothing may be unknown."""
    decoder = RecordDecoder(spec(record))
    tables = {table.name: table for table in spec(record).family()}
    made: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}
    for seq, line in enumerate(lines):
        for name, row in decoder.rows(line, seq):
            made[name].append(dict(zip(tables[name].names, row[1:], strict=False)))
            assert made[name][-1].pop("DatumLaatsteUpdate") > NOW
    assert decoder.unknown == set()
    return made


def cents(value: float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_the_tables_of_the_contract_are_all_there() -> None:
    assert {spec(each).name for each in TABLES} == {
        "Leden", "ActieveAbonnementen", "Abonnementen", "AbonnementStatistieken", "AbonnementStatistiekenSpecifiek",
        "Lessen", "LesDeelname", "GrootboekRekening", "Omzet", "OpenstaandeFacturen", "Facturen", "PersonalTraining",
        "Uitbetalingen", "ProductVerkopen",
    }  # fmt: skip


@pytest.mark.parametrize("table", TABLES, ids=lambda each: spec(each).name)
def test_no_name_of_a_person_is_undeclared(table: type[Record]) -> None:
    names = {"Naam", "Voornaam", "Achternaam", "Instructeurs", "KlantNummer"}
    about_people = spec(table).name not in ("Abonnementen", "Lessen")
    for one in spec(table).columns:
        if one.name in names and (about_people or one.name == "Instructeurs"):
            assert one.personal, one.name


def test_members_and_their_plans(vendor: GymlyVendor) -> None:
    lines = [out for line in encoded(vendor, "users") for out in reshape.users(line)]
    found = rows(records.Lid, lines)
    users = vendor.truth("users")
    assert [row["Id"] for row in found["Leden"]] == [user["id"] for user in users]
    assert [row["Naam"] for row in found["Leden"]] == [user["fullName"] for user in users]
    assert [row["GewijzigdOp"] for row in found["Leden"]] == [
        datetime.fromisoformat(u["updatedAt"]) for u in users
    ]
    held = {(user["id"], each["membership"]["id"]) for user in users for each in user["activeMemberships"]}
    keys = [(row["LedenId"], row["AbonnementId"]) for row in found["ActieveAbonnementen"]]
    assert set(keys) == held
    assert len(keys) == len(held), "each plan once"
    assert {row["AbonnementNaam"] for row in found["ActieveAbonnementen"]} <= {
        r["name"] for r in vendor.truth("memberships")
    }
    assert b"example.org" not in msgspec.json.encode(str(found)), "addresses are not kept"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"expired": True, "cancelledAt": "2026-01-01T00:00:00Z", "paused": True, "active": True}, "EXPIRED"),
        (
            {"expired": False, "cancelledAt": "2026-01-01T00:00:00Z", "paused": True, "active": True},
            "CANCELLED",
        ),
        ({"cancelledAt": None, "paused": True, "active": True}, "PAUSED"),
        ({"paused": False, "active": True}, "ACTIVE"),
        ({"active": False}, "INACTIVE"),
        ({}, "INACTIVE"),
    ],
)
def test_the_status_is_the_first_that_applies(
    fields: dict[str, Any], status: str, vendor: GymlyVendor
) -> None:
    user = vendor.truth("users")[0]
    plan = {"id": "plan", "name": "Daluren"}
    user["activeMemberships"] = [{"id": "assignment", "membership": plan, **fields}]
    found = rows(records.Lid, reshape.users(msgspec.json.encode(user)))["ActieveAbonnementen"]
    expected = {"LedenId": user["id"], "AbonnementId": "plan", "AbonnementNaam": "Daluren", "Status": status}
    assert found == [expected]


def test_a_plan_held_twice_is_held_once_in_the_livelier_state(vendor: GymlyVendor) -> None:
    user, plan = vendor.truth("users")[0], {"id": "plan", "name": "Daluren"}
    user["activeMemberships"] = [{"membership": plan, "expired": True}, {"membership": plan, "active": True}]
    (found,) = rows(records.Lid, reshape.users(msgspec.json.encode(user)))["ActieveAbonnementen"]
    assert found["Status"] == "ACTIVE"


def test_v2_tells_the_ids_alone(vendor: GymlyVendor) -> None:
    user = vendor.truth("users")[0] | {"activeMemberships": ["a", "b", "a"]}
    found = rows(records.Lid, reshape.users(msgspec.json.encode(user)))["ActieveAbonnementen"]
    assert [(row["AbonnementId"], row["AbonnementNaam"], row["Status"]) for row in found] == [
        ("a", None, "UNKNOWN"),
        ("b", None, "UNKNOWN"),
    ]


@pytest.mark.parametrize("odd", [{"id": "assignment"}, None, 7, {"membership": {"id": ["a"]}}])
def test_an_assignment_without_a_plan_is_set_aside_by_itself(odd: Any, vendor: GymlyVendor) -> None:
    held = [{"membership": {"id": "plan", "name": "Daluren"}}, odd]
    user = vendor.truth("users")[0] | {"activeMemberships": held}
    (line,) = reshape.users(msgspec.json.encode(user))
    decoder = RecordDecoder(spec(records.Lid))
    with pytest.raises(RowRejected, match=r"AbonnementId|activeMemberships"):
        decoder.rows(line, 0)
    made, aside = decoder.apart(line, 0, lambda _table, _row: None)
    assert [(table, row[2]) for table, row in made[1:]] == [("ActieveAbonnementen", "plan")]
    assert [(each.table, each.place, each.row[1:3]) for each in aside] == [
        ("ActieveAbonnementen", 1, (user["id"], None))
    ]


def test_plans(vendor: GymlyVendor) -> None:
    found = rows(
        records.Abonnement, [o for line in encoded(vendor, "memberships") for o in reshape.plans(line)]
    )
    for row, plan in zip(found["Abonnementen"], vendor.truth("memberships"), strict=True):
        assert (row["AbonnementId"], row["Bedrag"]) == (plan["id"], cents(plan["amount"]))
        duration = plan["contractDuration"] or {"type": None, "value": None}
        assert (row["ContractDuur"], row["ContractPeriode"]) == (duration["type"], duration["value"])
        assert (row["Beschrijving"], row["VervalPeriode"]) == (plan["description"], plan["expireDays"])
        assert row["Sectie"] is None


def test_lessons(vendor: GymlyVendor) -> None:
    found = rows(
        records.Les, [o for line in encoded(vendor, "activity_events") for o in reshape.lessons(line)]
    )
    for row, lesson in zip(found["Lessen"], vendor.truth("activity_events"), strict=True):
        assert row["StartTijd"] == datetime.fromisoformat(lesson["startAt"])
        assert json.loads(row["Activiteiten"]) == lesson["activities"]
        assert row["Instructeurs"] == (", ".join(each["fullName"] for each in lesson["teachers"]) or None)


def test_attendance_with_the_lesson_and_its_day(vendor: GymlyVendor) -> None:
    lesson = next(r for r in vendor.truth("activity_events") if r["memberCount"] > 3)
    members = vendor.lesson_members(lesson["id"])
    landed = msgspec.json.encode({"lesson_id": lesson["id"], "date": "2026-03-29", "members": members})
    found = rows(records.LesDeelname, reshape.attendance(landed))["LesDeelname"]
    assert [(row["LesId"], row["AccountId"], row["Aanwezig"], row["Datum"]) for row in found] == [
        (lesson["id"], each["id"], each.get("attended"), date(2026, 3, 29)) for each in members
    ]
    assert list(reshape.attendance(b'{"lesson_id": "x", "members": []}')) == []


def test_revenue_of_the_days_asked_for_in_cents(vendor: GymlyVendor) -> None:
    lines = [{"date": f"2026-03-{d}", "ledgerAccountId": "a", "type": "POS", "revenue": r}
             for d, r in (("28", 1), ("29", 0.1 + 0.2), ("30", -12.5), ("31", 0), ("30", 1.005))]  # fmt: skip
    lines[4]["type"] = "MANUAL"
    told = {"dailyRevenue": lines, "ledgerAccounts": vendor.truth("ledger_accounts")}
    landed = msgspec.json.encode({"start": "2026-03-29", "end": "2026-03-30", "revenue": told})
    found = rows(records.Omzet, reshape.revenue(landed))["Omzet"]
    assert [(row["Datum"].day, row["Type"], row["Omzet"]) for row in found] == [
        (29, "POS", Decimal("0.30")),
        (30, "POS", Decimal("-12.50")),
        (30, "MANUAL", Decimal("1.01")),
    ]
    ledgers = rows(records.GrootboekRekening, reshape.ledgers(landed))["GrootboekRekening"]
    assert [row["Sleutel"] for row in ledgers] == [each["key"] for each in vendor.truth("ledger_accounts")]
    assert max(len(row["Sleutel"]) for row in ledgers) == 51


def takings(*amounts: Any) -> bytes:
    """A landed answer with these lines, all of one day, ledger account and kind, and one of another kind."""
    key = {"date": "2026-03-30", "ledgerAccountId": "a", "type": "POS"}
    lines = [key | {"revenue": amount} for amount in amounts]
    lines.insert(1, key | {"type": "MANUAL", "revenue": 7})
    told = {"dailyRevenue": lines, "ledgerAccounts": []}
    return msgspec.json.encode({"start": "2026-03-30", "end": "2026-03-30", "revenue": told})


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        ((39.4, 0.1 + 0.2, -5), "34.70"),
        ((0.004, 0.004), "0.01"),
        ((10, -10), "0.00"),
        ((12.5, 12.5), "25.00"),
    ],
)
def test_lines_of_one_key_are_summed_and_none_takes_another_s_place(
    amounts: tuple[float, ...], total: str
) -> None:
    found = rows(records.Omzet, reshape.revenue(takings(*amounts)))["Omzet"]
    assert {row["Type"]: row["Omzet"] for row in found} == {"POS": Decimal(total), "MANUAL": 7}


@pytest.mark.parametrize("odd", [None, "a lot", 1e300])
def test_a_key_whose_lines_have_no_exact_sum_is_rejected_as_a_whole(odd: Any) -> None:
    decoder = RecordDecoder(spec(records.Omzet))
    kept, rejected = [], []
    for seq, line in enumerate(reshape.revenue(takings(12.5, odd))):
        try:
            kept += [row[3] for _, row in decoder.rows(line, seq)]
        except RowRejected as error:
            rejected.append((error.path, decoder.readable(line, decoder.table.key)))
    assert kept == ["MANUAL"], "half a day's takings would be a wrong number"
    assert rejected == [("$.revenue", (date(2026, 3, 30), "a", "POS"))], "the table's row stays as it was"


@pytest.mark.parametrize("membership", [None, "plan-7"])
def test_statistics_are_a_row_a_day(membership: str | None) -> None:
    landed: dict[str, Any] = {
        "category": "expirations",
        "payment_type": "PERIODIC_CUSTOM",
        "start": "2026-02-28",
    }
    landed |= {
        "end": "2026-03-02",
        "statistics": {"labels": ["2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03"]},
    }
    landed["statistics"]["series"] = [{"data": [3, 0, 5, 99]}, {"data": [1, 0, 0, 0]}]
    record: type[Record] = records.AbonnementStatistiek
    if membership:
        landed["membership_id"], record = membership, records.AbonnementStatistiekSpecifiek
    found = rows(record, reshape.statistics(msgspec.json.encode(landed)))[spec(record).name]
    assert [(row["Datum"].isoformat(), row["Aantal"]) for row in found] == [
        ("2026-02-28", 4),
        ("2026-03-01", 0),
        ("2026-03-02", 5),
    ]
    assert {(row["Categorie"], row["Type"], row.get("AbonnementId")) for row in found} == {
        ("Verlopen", "Periodiek_Aangepast", membership)
    }
    landed["statistics"] = {"labels": [], "series": []}
    assert [
        row["Aantal"]
        for row in rows(record, reshape.statistics(msgspec.json.encode(landed)))[spec(record).name]
    ] == [0] * 3


def test_invoices_of_both_tables(vendor: GymlyVendor) -> None:
    lines = [out for line in encoded(vendor, "invoices") for out in reshape.invoices(line)]
    every = rows(records.Factuur, lines)["Facturen"]
    opened = rows(records.OpenstaandeFactuur, lines)["OpenstaandeFacturen"]
    for row, other, invoice in zip(every, opened, vendor.truth("invoices"), strict=True):
        who = invoice["businessUser"] or {"id": None, "fullName": None}
        assert (row["LedenId"], row["Naam"]) == (who["id"], who["fullName"])
        assert row["Bedrag"] == other["Bedrag"] == cents(invoice["totalAmount"])
        assert row["Vervaldatum"] == date.fromisoformat(invoice["dueDate"])
    landed = vendor.truth("invoices")[0]
    del landed["currency"]
    (row,) = rows(records.Factuur, reshape.invoices(msgspec.json.encode(landed)))["Facturen"]
    assert row["Valuta"] is None


def test_payouts(vendor: GymlyVendor) -> None:
    found = rows(
        records.Uitbetaling, [o for line in encoded(vendor, "payouts") for o in reshape.payouts(line)]
    )
    for row, wrapped in zip(found["Uitbetalingen"], vendor.truth("payouts"), strict=True):
        payout = wrapped["payout"]
        assert (row["UitbetalingID"], row["Status"]) == (payout["id"], payout["status"])
        assert row["NettoBedrag"] == cents(payout["summary"]["totalNetAmount"])


def staged(record: type[Record], lines: Iterator[bytes]) -> tuple[list[Any], list[tuple[str, Any]]]:
    """Rows of the table, and path and key, where all of it can be read, of each record that is rejected."""
    decoder = RecordDecoder(spec(record))
    kept, rejected = [], []
    for seq, line in enumerate(lines):
        try:
            kept += [row[1:-2] for name, row in decoder.rows(line, seq) if name == spec(record).name]
        except RowRejected as error:
            key = decoder.readable(line, spec(record).key)
            rejected.append((error.path, None if None in key else key))
    return kept, rejected


ODD = b'"half \\ud83d"'


def odd(landed: Any) -> bytes:
    return msgspec.json.encode(landed).replace(b'"ODD"', ODD)


def test_a_takings_line_that_is_odd_costs_itself() -> None:
    lines = [
        {"date": day, "ledgerAccountId": "a", "type": "POS", "revenue": 5, "note": note}
        for day, note in (("2026-03-29", ""), ("2026-03-30", "ODD"), ("2026-04-09", "ODD"), ("soon", ""))
    ]
    accounts = [{"id": "a", "key": "POS", "label": "ODD"}, {"id": "b", "key": "POS"}, None]
    told = {"dailyRevenue": [*lines, None], "ledgerAccounts": accounts}
    landed = odd({"start": "2026-03-29", "end": "2026-03-30", "revenue": told})
    kept, rejected = staged(records.Omzet, reshape.revenue(landed))
    assert kept == [(date(2026, 3, 29), "a", "POS", Decimal(5))]
    assert sorted(rejected, key=str) == [
        ("$", (date(2026, 3, 30), "a", "POS")), ("$", None), ("$.date", None),
    ]  # fmt: skip
    kept, rejected = staged(records.GrootboekRekening, reshape.ledgers(landed))
    assert kept == [("b", "POS", None)]
    assert rejected == [("$", ("a",)), ("$", None)]


def test_a_participant_who_is_odd_costs_no_lesson() -> None:
    people = [{"id": "a", "fullName": "Tess"}, {"id": "b", "fullName": "ODD"}, None, {"fullName": "Bram"}]
    landed = odd({"lesson_id": "l", "date": "2026-03-29", "members": people})
    kept, rejected = staged(records.LesDeelname, reshape.attendance(landed))
    assert [row[:2] for row in kept] == [("l", "a")]
    assert [key for _, key in rejected] == [("l", "b"), None, None]


def test_what_could_not_be_asked_about_is_rejected_and_says_what_it_was() -> None:
    landed = b'{"lesson_id": "l", "date": null, "members": null}'
    (line,) = reshape.attendance(landed)
    assert msgspec.json.decode(line) == {"LesId": "l", "Datum": None}
    (line,) = reshape.statistics(b'{"payment_type": "YEARLY", "membership_id": "p", "statistics": null}')
    assert msgspec.json.decode(line) == {"AbonnementId": "p", "Type": None}
    for record in (records.LesDeelname, records.AbonnementStatistiekSpecifiek):
        with pytest.raises(RowRejected):
            RecordDecoder(spec(record)).rows(line, 0)


def test_a_lesson_whose_members_are_no_list_holds_back_itself_alone() -> None:
    (line,) = resources.each(reshape.attendance)([b'{"lesson_id": "l", "date": "2026-03-29", "members": {}}'])
    assert msgspec.json.decode(line) == {"LesId": "l", "Datum": "2026-03-29"}
    whole = b'{"lesson_id": null, "members": {}}'
    assert list(resources.each(reshape.attendance)([whole])) == [whole]


def test_a_count_that_cannot_be_read_costs_its_day() -> None:
    told = {"labels": ["2026-03-29", "2026-03-30"], "series": [{"data": [None, 4]}]}
    context = {"category": "new", "payment_type": "ONCE", "start": "2026-03-29", "end": "2026-03-30"}
    landed = msgspec.json.encode({**context, "statistics": told})
    kept, rejected = staged(records.AbonnementStatistiek, reshape.statistics(landed))
    assert kept == [(date(2026, 3, 30), "Nieuw", "Eenmalig", 4)]
    assert rejected == [("$.Aantal", (date(2026, 3, 29), "Nieuw", "Eenmalig"))]


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("2026-04-15", date(2026, 4, 15)),
        ("2026-04-14T22:30:00Z", date(2026, 4, 15)),
        ("2026-04-15T22:30:00.123456+00:00", date(2026, 4, 16)),
        ("2026-04-15T00:00:00", date(2026, 4, 15)),
        (None, None),
    ],
)
def test_an_invoice_is_due_on_a_day_of_the_gym(told: Any, day: date | None, vendor: GymlyVendor) -> None:
    landed = msgspec.json.encode(vendor.truth("invoices")[0] | {"dueDate": told})
    (row,) = rows(records.Factuur, reshape.invoices(landed))["Facturen"]
    assert row["Vervaldatum"] == day


@pytest.mark.parametrize("told", ["soon", "2026-13-01T00:00:00Z", "15-04-2026", 20260415])
def test_a_due_date_that_is_none_is_left_for_the_decoder(told: Any, vendor: GymlyVendor) -> None:
    landed = msgspec.json.encode(vendor.truth("invoices")[0] | {"dueDate": told})
    with pytest.raises(RowRejected, match="dueDate"):
        rows(records.Factuur, reshape.invoices(landed))


@pytest.mark.parametrize(
    ("sold", "total"),
    [((2, 3), 5), ((2, -1), 1), ((2, -2), None), ((-3,), None), ((0, 0), None), ((0,), None), ((7,), 7)],
)
def test_a_product_is_one_row_of_its_sum_above_nothing(sold: tuple[int, ...], total: int | None) -> None:
    entries = [{"id": "b", "name": "Reep", "sales": each} for each in sold]
    landed = msgspec.json.encode({"date": "2026-03-30", "statistics": {"salesPerProduct": entries}})
    found = [row["Aantal"] for row in rows(records.ProductVerkoop, reshape.sales(landed))["ProductVerkopen"]]
    assert found == ([] if total is None else [total])


@pytest.mark.parametrize("broken", [None, "veel", 1.5])
def test_a_product_without_a_sum_is_set_aside_and_the_others_are_sold(broken: Any) -> None:
    entries = [
        {"id": "a", "name": "Water", "sales": broken},
        {"id": "a", "name": "Water", "sales": 2},
        {"id": "b", "name": "Reep", "sales": 2},
        {"id": "c", "name": "ODD", "sales": 2},
        {"id": None, "name": "Handdoek", "sales": 0},
        {"id": None, "name": "Handdoek", "sales": 1},
        None,
    ]
    landed = odd({"date": "2026-03-30", "statistics": {"salesPerProduct": entries}})
    kept, rejected = staged(records.ProductVerkoop, reshape.sales(landed))
    day = date(2026, 3, 30)
    assert kept == [(day, "Reep", "b", 2)]
    assert sorted(rejected, key=str) == [
        ("$", (day, "c")), ("$", None), ("$.id", None), ("$.sales", (day, "a")),
    ]  # fmt: skip


@pytest.mark.parametrize("held", ["plan", {"id": "plan"}, 7])
def test_plans_that_are_no_list_are_for_the_decoder(held: Any, vendor: GymlyVendor) -> None:
    user = vendor.truth("users")[0] | {"activeMemberships": held}
    with pytest.raises(RowRejected, match="activeMemberships"):
        rows(records.Lid, reshape.users(msgspec.json.encode(user)))


def test_sales_without_what_nobody_bought() -> None:
    sold = [{"id": "a", "name": "Water 0,5L", "sales": 0}, {"id": "b", "name": "Reep", "sales": 2}]
    landed = msgspec.json.encode({"date": "2026-03-30", "statistics": {"salesPerProduct": sold}})
    assert rows(records.ProductVerkoop, reshape.sales(landed))["ProductVerkopen"] == [
        {"Datum": date(2026, 3, 30), "Product": "Reep", "ProductID": "b", "Aantal": 2}
    ]


def test_a_text_that_is_too_long_is_rejected_and_never_cut(vendor: GymlyVendor) -> None:
    for length, fits in ((100, True), (101, False)):
        ledger = vendor.truth("ledger_accounts")[0] | {"key": "k" * length}
        line = msgspec.json.encode(ledger)
        if fits:
            assert rows(records.GrootboekRekening, [line])
        else:
            with pytest.raises(RowRejected, match="key"):
                rows(records.GrootboekRekening, [line])


@pytest.mark.parametrize("line", [b"", b"[]", b"{", b'{"amount": NaN}', b"\xff"])
def test_what_is_no_object_is_rejected(line: bytes) -> None:
    with pytest.raises(RowRejected):
        list(reshape.plans(line))


@pytest.mark.parametrize("amount", ['"veel"', "null", "true", "1e400", "[]"])
def test_an_amount_that_is_none_is_left_for_the_decoder(amount: str, vendor: GymlyVendor) -> None:
    line = msgspec.json.encode(vendor.truth("invoices")[0] | {"totalAmount": 7}).replace(
        b'"totalAmount":7', b'"totalAmount":' + amount.encode()
    )
    with pytest.raises(RowRejected, match="totalAmount"):
        rows(records.Factuur, reshape.invoices(line))
