"""Member: what silver and bronze keep of it (vendor's model 2025.1)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from landfall.records import Record, column, loaded
from landfall.sources.connectwise.layers import BRONZE, SILVER
from landfall.sources.connectwise.records.common import MONEY, Bronze


class BronzeMember(Bronze, table="bronze_cw_member", key="id", layer=BRONZE):
    """Members, as they came."""


class Member(Record, table="silver_cw_member", key="id", layer=SILVER):
    """Members, that is the people who work; their secrets are never asked for."""

    id: int
    identifier: str | None = column(personal=True)
    licenseClass: str | None
    inactiveDate: datetime | None
    inactiveFlag: bool | None
    firstName: str | None = column(personal=True)
    lastName: str | None = column(personal=True)
    hireDate: datetime | None
    officeEmail: str | None = column(personal=True)
    title: str | None
    typeId: int | None = column("type.id")
    typeName: str | None = column("type.name")
    defaultLocationId: int | None = column("defaultLocation.id")
    defaultLocationName: str | None = column("defaultLocation.name")
    defaultDepartmentId: int | None = column("defaultDepartment.id")
    defaultDepartmentIdentifier: str | None = column("defaultDepartment.identifier")
    defaultDepartmentName: str | None = column("defaultDepartment.name")
    reportsToId: int | None = column("reportsTo.id")
    reportsToIdentifier: str | None = column("reportsTo.identifier", personal=True)
    reportsToName: str | None = column("reportsTo.name", personal=True)
    reportsToDailyCapacity: Decimal | None = column("reportsTo.dailyCapacity", precision=MONEY)
    workRoleId: int | None = column("workRole.id")
    workRoleName: str | None = column("workRole.name")
    workTypeId: int | None = column("workType.id")
    workTypeName: str | None = column("workType.name")
    workTypeUtilizationFlag: bool | None = column("workType.utilizationFlag")
    billableForecast: Decimal | None = column(precision=MONEY)
    dailyCapacity: Decimal | None = column(precision=MONEY)
    hourlyCost: Decimal | None = column(precision=MONEY)
    hourlyRate: Decimal | None = column(precision=MONEY)
    lastUpdated: datetime | None = column("_info.lastUpdated", index=True)
    updatedBy: str | None = column("_info.updatedBy", personal=True)
    infoDateEntered: datetime | None = column(
        "_info.dateEntered", doc="createdDate where that is what there is"
    )
    infoEnteredBy: str | None = column(
        "_info.enteredBy", doc="createdBy where that is what there is", personal=True
    )
    _etl_processed_at: datetime = loaded()
    _etl_source: str = column(doc="connectwise")
    _etl_batch_id: str = column(doc="When the load that wrote the row began", note="change")
    bronze: list[BronzeMember]
