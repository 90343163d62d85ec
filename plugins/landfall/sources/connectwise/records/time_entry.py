"""TimeEntry: what silver and bronze keep of it (vendor's model 2025.1)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from landfall.records import Json, Record, column, loaded
from landfall.sources.connectwise.layers import BRONZE, SILVER
from landfall.sources.connectwise.records.common import HOURS, MONEY, Bronze, CustomField


class BronzeTimeEntry(Bronze, table="bronze_cw_timeentry", key="id", layer=BRONZE):
    """Time that members worked, as they came."""


class TimeEntryCustomField(
    CustomField, table="silver_cw_timeentry_customfield", key=("entityId", "fieldId"), layer=SILVER
):
    """Custom fields of TimeEntry records, one row a field."""


class TimeEntry(Record, table="silver_cw_timeentry", key="id", layer=SILVER):
    """Time that members worked, one row an entry."""

    id: int
    companyId: int | None = column("company.id")
    companyIdentifier: str | None = column("company.identifier")
    companyName: str | None = column("company.name")
    companyType: str | None
    chargeToId: int | None
    chargeToType: str | None
    memberId: int | None = column("member.id")
    memberIdentifier: str | None = column("member.identifier", personal=True)
    memberName: str | None = column("member.name", personal=True)
    memberDailyCapacity: Decimal | None = column("member.dailyCapacity", precision=MONEY)
    locationId: int | None = column(doc="The nested one, location.id, where it is not sent")
    businessUnitId: int | None
    businessGroupDesc: str | None
    locationId_1: int | None = column(
        "location.id", doc="As the nested object has it; locationId is the record's own"
    )
    locationName_1: str | None = column(
        "location.name", doc="As the nested object has it; locationName is the record's own"
    )
    departmentId: int | None = column("department.id")
    departmentName: str | None = column("department.name")
    workTypeId: int | None = column("workType.id")
    workTypeName: str | None = column("workType.name")
    workTypeUtilizationFlag: bool | None = column("workType.utilizationFlag")
    workRoleId: int | None = column("workRole.id")
    workRoleName: str | None = column("workRole.name")
    agreementId: int | None = column("agreement.id")
    agreementName: str | None = column("agreement.name")
    agreementType_1: str | None = column(
        "agreement.type", doc="As the nested object has it; agreementType is the record's own"
    )
    agreementChargeFirmFlag: bool | None = column("agreement.chargeFirmFlag")
    agreementType: str | None = column(doc="The nested one, agreement.type, where it is not sent")
    activityId: int | None = column("activity.id")
    activityName: str | None = column("activity.name")
    opportunityRecid: int | None
    projectActivity: str | None
    territory: str | None
    timeStart: datetime | None
    timeEnd: datetime | None
    hoursDeduct: Decimal | None = column(precision=HOURS)
    actualHours: Decimal | None = column(precision=HOURS)
    billableOption: str | None
    notes: str | None = column(personal=True)
    internalNotes: str | None = column(personal=True)
    addToDetailDescriptionFlag: bool | None
    addToInternalAnalysisFlag: bool | None
    addToResolutionFlag: bool | None
    emailResourceFlag: bool | None
    emailContactFlag: bool | None
    emailCcFlag: bool | None
    emailCc: str | None = column(personal=True)
    hoursBilled: Decimal | None = column(precision=HOURS)
    invoiceHours: Decimal | None = column(precision=HOURS)
    hourlyCost: Decimal | None = column(precision=MONEY)
    enteredBy: str | None = column(personal=True)
    dateEntered: datetime | None
    invoiceId: int | None = column("invoice.id")
    invoiceIdentifier: str | None = column("invoice.identifier")
    invoiceBillingType: str | None = column("invoice.billingType")
    invoiceApplyToType: str | None = column("invoice.applyToType")
    invoiceInvoiceDate: str | None = column("invoice.invoiceDate")
    invoiceChargeFirmFlag: bool | None = column("invoice.chargeFirmFlag")
    mobileGuid: str | None
    hourlyRate: Decimal | None = column(precision=MONEY)
    overageRate: Decimal | None = column(precision=MONEY)
    agreementHours: Decimal | None = column(precision=HOURS)
    agreementAmount: Decimal | None = column(precision=MONEY)
    agreementAdjustment: Decimal | None = column(precision=MONEY)
    adjustment: Decimal | None = column(precision=MONEY)
    invoiceReady: int | None
    timeSheetId: int | None = column("timeSheet.id")
    timeSheetName: str | None = column("timeSheet.name")
    status: str | None
    ticketId: int | None = column("ticket.id")
    ticketSummary: str | None = column("ticket.summary")
    projectId: int | None = column("project.id")
    projectName: str | None = column("project.name")
    phaseId: int | None = column("phase.id")
    phaseName: str | None = column("phase.name")
    ticketBoard: str | None
    ticketStatus: str | None
    ticketType: str | None
    ticketSubType: str | None
    invoiceFlag: bool | None
    extendedInvoiceAmount: Decimal | None = column(precision=MONEY)
    locationName: str | None = column(doc="The nested one, location.name, where it is not sent")
    taxCodeId: int | None = column("taxCode.id")
    taxCodeName: str | None = column("taxCode.name")
    customFields: Json | None
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
    bronze: list[BronzeTimeEntry]
    custom_fields: list[TimeEntryCustomField]
