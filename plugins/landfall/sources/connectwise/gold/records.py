"""The columns of gold: the names that reports know."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from landfall.records import Record, column
from landfall.sources.connectwise.layers import GOLD
from landfall.sources.connectwise.records.common import HOURS, MONEY
from landfall.sources.connectwise.settings import settings

PRODUCT_OF_TWO = (32, 4)
"""An amount that two others were multiplied to."""
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


class _Agreed(Record):
    """What facts say of their agreement."""

    agreementId: int | None
    agreementName: str | None
    agreement_type: str | None = column(
        doc="The look-up's name of it, else the agreement's copy, else the entry's"
    )
    agreement_type_normalized: str
    agreement_billing_behavior: str
    parentAgreementId: int | None
    final_agreement_number: str | None
    effectiveBillingStatus: str


class FactTimeEntry(_Agreed, table="fact_timeentry", key="TimeentrySK", layer=GOLD):
    """Time, one row an entry."""

    TimeentrySK: str = column(length=SHA, doc="SHA-256 of the id")
    timeEntryId: int = column(index=True)
    memberId: int | None
    chargeToId: int | None
    invoiceId: int | None
    invoiceNumber: str | None
    ticketId: int | None
    projectId: int | None
    companyId: int | None
    locationId: int | None
    departmentId: int | None
    businessUnitId: int | None
    timeSheetId: int | None
    workTypeId: int | None
    workRoleId: int | None
    timeStart: dt.datetime | None
    timeEnd: dt.datetime | None
    dateEntered: dt.datetime | None
    WorkDateSK: int = column(references="dim_date.DateKey")
    actualHours: Decimal | None = column(precision=HOURS)
    hoursDeduct: Decimal = column(precision=HOURS)
    hoursBilled: Decimal = column(precision=HOURS)
    invoiceHours: Decimal = column(precision=HOURS)
    agreementHours: Decimal = column(precision=HOURS)
    hourlyRate: Decimal | None = column(precision=MONEY)
    hourlyCost: Decimal = column(precision=MONEY)
    overageRate: Decimal = column(precision=MONEY)
    agreementAmount: Decimal = column(precision=MONEY)
    agreementAdjustment: Decimal = column(precision=MONEY)
    adjustment: Decimal = column(precision=MONEY)
    extendedInvoiceAmount: Decimal = column(precision=MONEY)
    notes: str | None = column(personal=True)
    internalNotes: str | None = column(personal=True)
    enteredBy: str | None = column(personal=True)
    memberName: str | None = column(personal=True)
    workTypeName: str | None
    workRoleName: str | None
    billableOption: str | None
    status: str | None
    chargeToType: str | None
    companyIdentifier: str | None
    companyName: str | None
    agreementType: str | None = column(doc="As the entry has it")
    locationName: str | None
    departmentName: str | None
    projectName: str | None
    ticketSummary: str | None
    ticketBoard: str | None
    ticketType: str | None
    ticketSubType: str | None
    taxCodeId: int | None
    taxCodeName: str | None
    invoiceFlag: bool | None
    invoiceReady: int | None
    workTypeUtilizationFlag: bool | None
    memberDailyCapacity: Decimal = column(precision=MONEY, doc="8 where it is not told")
    effectiveHourlyCost: Decimal = column(
        precision=MONEY, doc="The member's of today, else the entry's, else 0"
    )
    potentialRevenue: Decimal = column(precision=PRODUCT_OF_TWO, doc="actualHours × hourlyRate")
    actualCost: Decimal = column(precision=PRODUCT_OF_TWO, doc="actualHours × effectiveHourlyCost")
    margin: Decimal = column(precision=PRODUCT_OF_TWO, doc="potentialRevenue − actualCost")
    marginPercentage: Decimal = column(
        precision=PRODUCT_OF_TWO, doc="Of potentialRevenue; 0 where that is not above 0"
    )
    utilizationType: str
    utilizationStatus: str | None
    BillableStatusKey: int = column(references="dimbillablestatus.BillableStatusKey")
    TimeEntryStatusKey: int = column(references="dimtimeentrystatus.TimeEntryStatusKey")
    ChargeTypeKey: int = column(references="dimchargetype.ChargeTypeKey")
    WorkTypeKey: int = column(references="dimworktype.WorkTypeKey")
    WorkRoleKey: int = column(references="dimworkrole.WorkRoleKey")
    DepartmentKey: int = column(references="dimdepartment.DepartmentKey")
    BusinessUnitKey: int = column(references="dimbusinessunit.BusinessUnitKey")
    MemberKey: int = column(references="dimmember.MemberKey")
    CompanyKey: int = column(references="dimcompany.CompanyKey")
    AgreementTypeKey: int = column(references="dimagreementtype.AgreementTypeKey")


class FactExpenseEntry(_Agreed, table="fact_expenseentry", key="ExpenseSK", layer=GOLD):
    """Expenses, one row an entry."""

    ExpenseSK: str = column(length=SHA, doc="SHA-256 of the id")
    expenseId: int = column(index=True)
    memberId: int | None
    companyId: int | None
    chargeToId: int | None
    chargeToType: str | None
    invoiceId: int | None
    ticketId: int | None
    projectId: int | None
    expenseTypeId: int | None
    expenseTypeName: str | None
    billableOption: str | None
    status: str | None
    amount: Decimal | None = column(precision=MONEY)
    quantity: int
    date: dt.date | None
    notes: str | None = column(personal=True)
    currencyCode: str | None
    invoiceAmount: Decimal | None = column(precision=MONEY)
    billAmount: Decimal | None = column(precision=MONEY)
    agreementAmount: Decimal | None = column(precision=MONEY)
    taxTotal: Decimal | None = column(precision=MONEY)
    totalAmount: Decimal | None = column(precision=MONEY)
    totalCost: Decimal | None = column(precision=MONEY, doc="The amount is the cost")
    margin: Decimal | None = column(precision=PRODUCT_OF_TWO, doc="invoiceAmount − totalCost")
    ExpenseDateSK: int = column(references="dim_date.DateKey")
    CompanyKey: int = column(references="dimcompany.CompanyKey")
    MemberKey: int = column(references="dimmember.MemberKey")
    AgreementTypeKey: int = column(references="dimagreementtype.AgreementTypeKey")
    BillableStatusKey: int = column(references="dimbillablestatus.BillableStatusKey")


class FactProductItem(_Agreed, table="fact_productitem", key="ProductItemSK", layer=GOLD):
    """Products, one row a line; cancelled ones stay."""

    ProductItemSK: str = column(length=SHA, doc="SHA-256 of the id")
    productItemId: int = column(index=True)
    catalogItemId: int | None
    catalogItemIdentifier: str | None
    companyId: int | None
    invoiceId: int | None
    description: str | None
    productClass: str | None
    billableOption: str | None
    quantity: Decimal | None = column(precision=MONEY)
    quantityCancelled: Decimal | None = column(precision=MONEY)
    netQuantity: Decimal | None = column(
        precision=MONEY, doc="quantity − quantityCancelled, which is 0 where it is NULL"
    )
    price: Decimal | None = column(precision=MONEY)
    cost: Decimal | None = column(precision=MONEY)
    calculatedPrice: Decimal | None = column(precision=MONEY)
    calculatedCost: Decimal | None = column(precision=MONEY)
    extPrice: Decimal | None = column(precision=MONEY)
    extCost: Decimal | None = column(precision=MONEY)
    discount: Decimal | None = column(precision=MONEY)
    agreementAmount: Decimal | None = column(precision=MONEY)
    margin: Decimal | None = column(precision=PRODUCT_OF_TWO, doc="extPrice − extCost")
    marginPercentage: Decimal | None = column(
        precision=PRODUCT_OF_TWO, doc="Of extPrice; 0 where that is not above 0"
    )
    cancelledFlag: bool | None
    PurchaseDateSK: int = column(references="dim_date.DateKey")
    CancelledDateSK: int = column(references="dim_date.DateKey")
    CompanyKey: int = column(references="dimcompany.CompanyKey")
    BillableStatusKey: int = column(references="dimbillablestatus.BillableStatusKey")
