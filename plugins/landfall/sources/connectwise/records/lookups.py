"""Small lists that are read whole in each run: what time, roles, departments and agreement types are called."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from landfall.records import Record, column, loaded
from landfall.sources.connectwise.layers import BRONZE, SILVER
from landfall.sources.connectwise.records.common import HOURS, MONEY, Bronze


class Lookup(Record):
    """What every look-up has."""

    id: int
    name: str | None
    inactiveFlag: bool | None
    lastUpdated: datetime | None = column("_info.lastUpdated", index=True)
    updatedBy: str | None = column("_info.updatedBy", personal=True)
    infoDateEntered: datetime | None = column("_info.dateEntered")
    infoEnteredBy: str | None = column("_info.enteredBy", personal=True)
    _etl_processed_at: datetime = loaded()
    _etl_source: str = column(doc="connectwise")
    _etl_batch_id: str = column(doc="When the load that wrote the row began", note="change")


class BronzeAgreementType(Bronze, table="bronze_cw_agreementtype", key="id", layer=BRONZE):
    """Types of agreements, as they came."""


class AgreementType(Lookup, table="silver_cw_agreementtype", key="id", layer=SILVER):
    """Types of agreements; what they mean is in `agreement_kind`."""

    defaultFlag: bool | None
    prePaymentFlag: bool | None
    applicationUnits: str | None
    applicationLimit: Decimal | None = column(precision=MONEY)
    applicationCycle: str | None
    billAmount: Decimal | None = column(precision=MONEY)
    billTime: str | None
    billExpenses: str | None
    billProducts: str | None
    bronze: list[BronzeAgreementType]


class BronzeWorkType(Bronze, table="bronze_cw_worktype", key="id", layer=BRONZE):
    """Kinds of work, as they came."""


class WorkType(Lookup, table="silver_cw_worktype", key="id", layer=SILVER):
    """Kinds of work."""

    billTime: str | None
    rateType: str | None
    rate: Decimal | None = column(precision=MONEY)
    hoursMin: Decimal | None = column(precision=HOURS)
    hoursMax: Decimal | None = column(precision=HOURS)
    roundBillHoursTo: Decimal | None = column(precision=HOURS)
    accrualType: str | None
    utilizationFlag: bool | None
    costMultiplier: Decimal | None = column(precision=MONEY)
    bronze: list[BronzeWorkType]


class BronzeWorkRole(Bronze, table="bronze_cw_workrole", key="id", layer=BRONZE):
    """Roles in which work is done, as they came."""


class WorkRole(Lookup, table="silver_cw_workrole", key="id", layer=SILVER):
    """Roles in which work is done."""

    hourlyRate: Decimal | None = column(precision=MONEY)
    bronze: list[BronzeWorkRole]


class BronzeDepartment(Bronze, table="bronze_cw_department", key="id", layer=BRONZE):
    """Departments, as they came."""


class Department(Lookup, table="silver_cw_department", key="id", layer=SILVER):
    """Departments of the company itself."""

    identifier: str | None
    bronze: list[BronzeDepartment]
