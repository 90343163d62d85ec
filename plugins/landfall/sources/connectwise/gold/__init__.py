"""Gold: a star of facts and dimensions made of silver, and the small tables that only Python can make of it."""

from __future__ import annotations

from typing import Any

from landfall.checks import Sql, Volume
from landfall.models import Made, Rows, Select, View
from landfall.records import Record
from landfall.resources import Replace, Resource
from landfall.scope import Fuse
from landfall.sources.connectwise.gold import agreements, calendar, dimensions, enumerations, facts
from landfall.sources.connectwise.settings import settings

TIME, EXPENSE, PRODUCT = "silver_cw_timeentry", "silver_cw_expenseentry", "silver_cw_productitem"
AGREEMENT, AGREEMENT_TYPE = "silver_cw_agreement", "silver_cw_agreementtype"


def _made(name: str, record: type[Record], rows: Rows, *reads: str, **declared: Any) -> Resource:
    """A table made by Python; another file of settings makes it anew."""
    made = Made(rows, reads, settings=repr(settings()))
    return Resource(name, record, read=made, write=Replace(), **declared)


def _selected(name: str, record: type[Record], *checks: Sql) -> Resource:
    """A table made by the SELECT of the same name."""
    read = Select(f"{name}.sql")
    return Resource(name, record, read=read, write=Replace(), checks=(Volume(), *checks))


MODELS = (
    _made(
        "agreement_kind",
        dimensions.AgreementKind,
        agreements.kinds,
        AGREEMENT_TYPE,
        AGREEMENT,
        TIME,
        EXPENSE,
        PRODUCT,
    ),
    _made("agreement_level", dimensions.AgreementLevel, agreements.levels, AGREEMENT),
    _made("work_day", dimensions.WorkDay, calendar.work_days, TIME),
    # A date that was a slip of the pen takes years with it when it is put right.
    _made("dim_date", dimensions.DimDate, calendar.days, TIME, EXPENSE, PRODUCT, fuse=Fuse(share=0.99)),
    _made("dimbillablestatus", dimensions.DimBillableStatus, enumerations.options, TIME, EXPENSE, PRODUCT),
    _made("dimtimeentrystatus", dimensions.DimTimeEntryStatus, enumerations.statuses, TIME),
    _made("dimchargetype", dimensions.DimChargeType, enumerations.charges, TIME),
    _selected("dimcompany", dimensions.DimCompany),
    _selected("dimmember", dimensions.DimMember),
    _selected("dimagreementtype", dimensions.DimAgreementType),
    _selected("dim_agreement", dimensions.DimAgreement),
    _selected("dimworktype", dimensions.DimWorkType),
    _selected("dimworkrole", dimensions.DimWorkRole),
    _selected("dimdepartment", dimensions.DimDepartment),
    _selected("dimbusinessunit", dimensions.DimBusinessUnit),
    _selected("fact_timeentry", facts.FactTimeEntry, Sql("time_totals_agree.sql")),
    _selected("fact_expenseentry", facts.FactExpenseEntry, Sql("expense_totals_agree.sql")),
    _selected("fact_productitem", facts.FactProductItem, Sql("product_totals_agree.sql")),
)
"""Each after those that it reads."""
VIEWS = (View(dimensions.AgreementToday, "agreement_today.sql"),)
