"""ExpenseEntry: what silver and bronze keep of it (vendor's model 2025.1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from landfall.records import Json, Record, column, loaded
from landfall.sources.connectwise.layers import BRONZE, SILVER
from landfall.sources.connectwise.records.common import MONEY, Bronze, CustomField


class BronzeExpenseEntry(Bronze, table="bronze_cw_expenseentry", key="id", layer=BRONZE):
    """Expenses of members, as they came."""


class ExpenseEntryCustomField(
    CustomField, table="silver_cw_expenseentry_customfield", key=("entityId", "fieldId"), layer=SILVER
):
    """Custom fields of ExpenseEntry records, one row a field."""


class ExpenseEntry(Record, table="silver_cw_expenseentry", key="id", layer=SILVER):
    """Expenses of members, one row an entry."""

    id: int
    expenseReportId: int | None = column("expenseReport.id")
    expenseReportName: str | None = column("expenseReport.name")
    companyId: int | None = column("company.id")
    companyIdentifier: str | None = column("company.identifier")
    companyName: str | None = column("company.name")
    chargeToId: int | None
    chargeToType: str | None
    typeId: int | None = column("type.id")
    typeName: str | None = column("type.name")
    memberId: int | None = column("member.id")
    memberIdentifier: str | None = column("member.identifier", personal=True)
    memberName: str | None = column("member.name", personal=True)
    memberDailyCapacity: Decimal | None = column("member.dailyCapacity", precision=MONEY)
    paymentMethodId: int | None = column("paymentMethod.id")
    paymentMethodName: str | None = column("paymentMethod.name")
    classificationId: int | None = column("classification.id")
    classificationName: str | None = column("classification.name")
    amount: Decimal | None = column(precision=MONEY)
    billableOption: str | None
    date: dt.date | None
    locationId: int | None
    businessUnitId: int | None
    notes: str | None = column(personal=True)
    agreementId: int | None = column("agreement.id")
    agreementName: str | None = column("agreement.name")
    agreementType: str | None = column("agreement.type")
    agreementChargeFirmFlag: bool | None = column("agreement.chargeFirmFlag")
    invoiceAmount: Decimal | None = column(precision=MONEY)
    mobileGuid: str | None
    taxes: Json | None
    invoiceId: int | None = column("invoice.id")
    invoiceIdentifier: str | None = column("invoice.identifier")
    invoiceBillingType: str | None = column("invoice.billingType")
    invoiceApplyToType: str | None = column("invoice.applyToType")
    invoiceInvoiceDate: str | None = column("invoice.invoiceDate")
    invoiceChargeFirmFlag: bool | None = column("invoice.chargeFirmFlag")
    currencyId: int | None = column("currency.id")
    currencySymbol: str | None = column("currency.symbol")
    currencyCurrencyCode: str | None = column("currency.currencyCode")
    currencyDecimalSeparator: str | None = column("currency.decimalSeparator")
    currencyNumberOfDecimals: int | None = column("currency.numberOfDecimals")
    currencyThousandsSeparator: str | None = column("currency.thousandsSeparator")
    currencyNegativeParenthesesFlag: bool | None = column("currency.negativeParenthesesFlag")
    currencyDisplaySymbolFlag: bool | None = column("currency.displaySymbolFlag")
    currencyCurrencyIdentifier: str | None = column("currency.currencyIdentifier")
    currencyDisplayIdFlag: bool | None = column("currency.displayIdFlag")
    currencyRightAlign: bool | None = column("currency.rightAlign")
    currencyName: str | None = column("currency.name")
    status: str | None
    billAmount: Decimal | None = column(precision=MONEY)
    agreementAmount: Decimal | None = column(precision=MONEY)
    odometerStart: Decimal | None = column(precision=MONEY)
    odometerEnd: Decimal | None = column(precision=MONEY)
    ticketId: int | None = column("ticket.id")
    ticketSummary: str | None = column("ticket.summary")
    projectId: int | None = column("project.id")
    projectName: str | None = column("project.name")
    phaseId: int | None = column("phase.id")
    phaseName: str | None = column("phase.name")
    customFields: Json | None
    lastUpdated: dt.datetime | None = column("_info.lastUpdated", index=True)
    updatedBy: str | None = column("_info.updatedBy", personal=True)
    infoDateEntered: dt.datetime | None = column(
        "_info.dateEntered", doc="createdDate where that is what there is"
    )
    infoEnteredBy: str | None = column(
        "_info.enteredBy", doc="createdBy where that is what there is", personal=True
    )
    taxTotal: Decimal | None = column(doc="Sum of the amounts in `taxes`", precision=MONEY)
    _etl_processed_at: dt.datetime = loaded()
    _etl_source: str = column(doc="connectwise")
    _etl_batch_id: str = column(doc="When the load that wrote the row began", note="change")
    bronze: list[BronzeExpenseEntry]
    custom_fields: list[ExpenseEntryCustomField]
