"""The columns of gold's facts: the names that reports know."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from landfall.records import Record, column
from landfall.sources.connectwise.gold.dimensions import SHA
from landfall.sources.connectwise.layers import GOLD
from landfall.sources.connectwise.records.common import HOURS, MONEY

PRODUCT_OF_TWO = (32, 4)
"""An amount that two others were multiplied to."""


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
    AgreementKey: int = column(references="dim_agreement.AgreementKey")


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
