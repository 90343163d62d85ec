"""The columns of gold's dimensions, and of the small tables that Python makes for it: the names that reports know."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from landfall.records import Record, column
from landfall.sources.connectwise.layers import GOLD
from landfall.sources.connectwise.records.common import MONEY
from landfall.sources.connectwise.settings import settings

SHA = 64


class AgreementKind(Record, table="agreement_kind", key="kindKey", layer=GOLD):
    """What the names of agreements' types mean, by the company's settings."""

    kindKey: int
    typeName: str | None
    agreement_type_normalized: str
    agreement_billing_behavior: str
    agreementCategory: str


class AgreementLevel(Record, table="agreement_level", key="agreementId", layer=GOLD):
    """Number and place of each agreement in the hierarchy of agreements."""

    agreementId: int
    agreementNumber: str | None = column(doc="Its own")
    final_agreement_number: str | None = column(
        doc="Its own, else that of the nearest above it which has one"
    )
    rootAgreementId: int = column(doc="The last above it that exists; in a circle the smallest id")
    agreementLevel: int = column(doc="Steps to the root, 0 for a root")
    durationDays: int | None = column(doc="From its start to its end")


class WorkDay(Record, table="work_day", key="beginsAt", layer=GOLD):
    """On which of the company's days a moment lies: from when to when, within one day in UTC."""

    beginsAt: dt.datetime
    endsAt: dt.datetime
    utcDay: dt.date = column(index=True)
    workDate: dt.date
    WorkDateSK: int


class DimDate(Record, table="dim_date", key="DateKey", layer=GOLD):
    """Days, every one of the years in which facts are; −1 is the unknown one."""

    DateKey: int = column(doc="yyyymmdd")
    Date: dt.date | None
    DateString: str | None
    DateDisplay: str | None
    Year: int | None
    Month: int | None
    Day: int | None
    Quarter: int | None
    FiscalYear: int | None = column(doc="The year in which it ends")
    FiscalQuarter: int | None
    WeekOfYear: int | None = column(doc="ISO")
    DayOfWeek: int | None = column(doc="Monday is 1")
    DayOfYear: int | None
    MonthName: str | None
    MonthShort: str | None
    DayName: str | None
    DayShort: str | None
    QuarterName: str | None
    FiscalQuarterName: str | None
    IsWeekend: bool | None
    IsWeekday: bool | None
    IsHoliday: bool | None
    IsBusinessDay: bool | None


class DimBillableStatus(Record, table="dimbillablestatus", key="BillableStatusKey", layer=GOLD):
    """Whether work may be billed; −1 is the unknown one."""

    BillableStatusKey: int
    billableOption: str | None
    billableCategory: str


class DimTimeEntryStatus(Record, table="dimtimeentrystatus", key="TimeEntryStatusKey", layer=GOLD):
    """How far a time entry is; −1 is the unknown one."""

    TimeEntryStatusKey: int
    status: str | None
    statusCategory: str


class DimChargeType(Record, table="dimchargetype", key="ChargeTypeKey", layer=GOLD):
    """What time is charged to; −1 is the unknown one."""

    ChargeTypeKey: int
    chargeToType: str | None
    chargeCategory: str


class DimCompany(Record, table="dimcompany", key="CompanyKey", layer=GOLD):
    """Companies, those too that are only referred to; −1 is the unknown one."""

    CompanyKey: int
    companyId: int | None
    companyName: str | None
    companyIdentifier: str | None
    companyType: str | None = column(doc="Names of its types, by their ids")
    deletedFlag: bool | None
    isInferred: bool = column(doc="Only known from what refers to it")


class DimMember(Record, table="dimmember", key="MemberKey", layer=GOLD):
    """People who work, those too that are only referred to; −1 is the unknown one."""

    MemberKey: int
    memberId: int | None
    memberName: str | None = column(personal=True)
    if settings().members.office_email:
        officeEmail: str | None = column(personal=True)
    inactiveFlag: bool | None
    isInferred: bool = column(doc="Only known from what refers to it")


class DimAgreementType(Record, table="dimagreementtype", key="AgreementTypeKey", layer=GOLD):
    """Types of agreements, those too that are only referred to; −1 is the unknown one."""

    AgreementTypeKey: int
    typeId: int | None
    typeName: str | None
    agreementCategory: str
    agreement_type_normalized: str
    agreement_billing_behavior: str
    isInferred: bool = column(doc="Only known from what refers to it")


class DimWorkType(Record, table="dimworktype", key="WorkTypeKey", layer=GOLD):
    """Kinds of work; −1 is the unknown one."""

    WorkTypeKey: int
    workTypeId: int | None
    workTypeName: str | None
    billTime: str | None
    utilizationFlag: bool | None
    isInferred: bool = column(doc="Only known from what refers to it")


class DimWorkRole(Record, table="dimworkrole", key="WorkRoleKey", layer=GOLD):
    """Roles in which work is done; −1 is the unknown one."""

    WorkRoleKey: int
    workRoleId: int | None
    workRoleName: str | None
    isInferred: bool = column(doc="Only known from what refers to it")


class DimDepartment(Record, table="dimdepartment", key="DepartmentKey", layer=GOLD):
    """Departments of the company itself; −1 is the unknown one."""

    DepartmentKey: int
    departmentId: int | None
    departmentName: str | None
    departmentIdentifier: str | None
    isInferred: bool = column(doc="Only known from what refers to it")


class DimBusinessUnit(Record, table="dimbusinessunit", key="BusinessUnitKey", layer=GOLD):
    """Business units, as entries name them; −1 is the unknown one."""

    BusinessUnitKey: int
    businessUnitId: int | None
    businessGroupDesc: str | None


class DimAgreement(Record, table="dim_agreement", key="AgreementKey", layer=GOLD):
    """Agreements, those too that are only referred to; −1 is the unknown one."""

    AgreementKey: int
    AgreementSK: str = column(length=SHA, doc="SHA-256 of the id")
    agreementId: int | None = column(index=True)
    agreementNumber: str | None = column(doc="Its own")
    final_agreement_number: str | None = column(
        doc="Its own, else that of the nearest above it which has one"
    )
    rootAgreementId: int | None = column(doc="The last above it that exists; in a circle the smallest id")
    agreementLevel: int | None = column(doc="Steps to the root, 0 for a root")
    name: str | None
    AgreementTypeKey: int = column(references="dimagreementtype.AgreementTypeKey")
    agreementTypeId: int | None
    agreementTypeName: str | None = column(doc="The look-up's, else the agreement's copy")
    agreementTypeNormalized: str
    billingBehavior: str
    status: str | None
    parentAgreementId: int | None
    parentAgreementName: str | None
    companyId: int | None
    companyName: str | None
    contactId: int | None
    contactName: str | None = column(personal=True)
    siteId: int | None
    siteName: str | None
    billToCompanyId: int | None
    billToCompanyName: str | None
    billToContactId: int | None
    billToContactName: str | None = column(personal=True)
    billToSiteId: int | None
    billToSiteName: str | None
    billingModel: str | None = column(doc="Amount, Hours or Incidents")
    contractLimit: Decimal | None = column(precision=MONEY)
    billingCycle: str | None
    isUnlimited: bool | None
    coversTime: bool | None
    coversProducts: bool | None
    coversExpenses: bool | None
    coversSalesTax: bool | None
    allowsCarryOver: bool | None
    allowsOverruns: bool | None
    expiresWhenZero: bool | None
    chargeToFirm: bool | None
    recurringAmount: Decimal | None = column(precision=MONEY)
    compensationHourlyRate: Decimal | None = column(precision=MONEY)
    compensationLimit: Decimal | None = column(precision=MONEY)
    isTaxable: bool | None
    taxCodeId: int | None
    taxCodeName: str | None
    defaultTimeBilling: str | None
    defaultExpenseBilling: str | None
    defaultProductBilling: str | None
    isOneTimeBilling: bool | None
    allowsProration: bool | None
    defaultWorkRoleId: int | None
    defaultWorkRoleName: str | None
    defaultWorkTypeId: int | None
    defaultWorkTypeName: str | None
    startDate: dt.date | None
    endDate: dt.date | None
    durationDays: int | None
    isOpenEnded: bool | None
    cancelledDate: dt.datetime | None
    isCancelled: bool | None
    cancellationReason: str | None
    invoiceTemplateId: int | None
    invoiceTemplateName: str | None
    isAutoInvoice: bool | None
    nextInvoiceDate: dt.date | None
    customerPONumber: str | None
    workOrderNumber: str | None
    slaId: int | None
    slaName: str | None
    internalNotes: str | None = column(personal=True)
    isInferred: bool = column(doc="Only known from what refers to it")


class AgreementToday(Record, table="agreement_today", key="AgreementKey", layer=GOLD):
    """What of an agreement changes with the day."""

    AgreementKey: int
    agreementId: int
    isActive: bool = column(doc="It has no end, or one in the future")
    ageInMonths: int | None = column(doc="Whole months since its start")
