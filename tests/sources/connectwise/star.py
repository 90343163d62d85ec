"""Gold held against the oracle: facts, dimensions, and that every key resolves."""

from __future__ import annotations

from decimal import Decimal

from tests.sources.connectwise.office import Office
from tests.sources.connectwise.oracle import Oracle

ENTITIES = [resource.name for resource in Office.source.resources]
FACTS = {
    "fact_timeentry": ("timeEntryId", "time_entries", Oracle.time),
    "fact_expenseentry": ("expenseId", "expenses", Oracle.expense),
    "fact_productitem": ("productItemId", "products", Oracle.product),
}
DIMENSIONS = {
    "BillableStatusKey": "dimbillablestatus",
    "TimeEntryStatusKey": "dimtimeentrystatus",
    "ChargeTypeKey": "dimchargetype",
    "WorkTypeKey": "dimworktype",
    "WorkRoleKey": "dimworkrole",
    "DepartmentKey": "dimdepartment",
    "BusinessUnitKey": "dimbusinessunit",
    "MemberKey": "dimmember",
    "CompanyKey": "dimcompany",
    "AgreementTypeKey": "dimagreementtype",
    "AgreementKey": "dim_agreement",
    "WorkDateSK": "dim_date",
    "ExpenseDateSK": "dim_date",
    "PurchaseDateSK": "dim_date",
    "CancelledDateSK": "dim_date",
}


def assert_gold(office: Office) -> None:
    """Facts and dimensions are what the vendor's rows say, and every key resolves."""
    oracle = Oracle({name: office.truth(name) for name in ENTITIES})
    for table, (key, entity, wanted) in FACTS.items():
        facts = office.gold(table, key)
        assert facts.keys() == oracle.of[entity].keys(), table
        for row_id, entry in oracle.of[entity].items():
            for column, value in wanted(oracle, entry).items():
                found = facts[row_id][column]
                same = Decimal(found) == value if isinstance(found, Decimal) else found == value
                assert same, (table, row_id, column, found, value)
        for column, dimension in DIMENSIONS.items():
            name = "DateKey" if dimension == "dim_date" else column
            if facts and column in next(iter(facts.values())):
                assert {fact[column] for fact in facts.values()} <= office.gold(dimension, name).keys()
    for place, wanted_names in oracle.dimensions().items():
        dimension, column = place.split(".")
        key = next(k for k, named in DIMENSIONS.items() if named == dimension)
        assert {k: row[column] for k, row in office.gold(dimension, key).items()} == wanted_names, place
    agreements = office.gold("dim_agreement", "AgreementKey")
    for row_id, columns in oracle.agreements().items():
        found_columns = {column: agreements[row_id][column] for column in columns}
        assert found_columns == columns, ("dim_agreement", row_id)
    days = sorted(day for day in office.gold("dim_date", "Date") if day)
    assert not days or (days[-1] - days[0]).days + 1 == len(days), "a day is missing"
