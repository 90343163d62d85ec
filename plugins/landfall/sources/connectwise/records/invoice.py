"""Invoice: what silver and bronze keep of it (vendor's model 2025.1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from landfall.records import Json, Record, column, loaded
from landfall.sources.connectwise.layers import BRONZE, SILVER
from landfall.sources.connectwise.records.common import MONEY, Bronze, CustomField


class BronzeInvoice(Bronze, table="bronze_cw_invoice", key="id", layer=BRONZE):
    """Invoices as they were created, as they came."""


class InvoiceCustomField(
    CustomField, table="silver_cw_invoice_customfield", key=("entityId", "fieldId"), layer=SILVER
):
    """Custom fields of Invoice records, one row a field."""


class Invoice(Record, table="silver_cw_invoice", key="id", layer=SILVER):
    """Invoices as they were created."""

    id: int
    invoiceNumber: str | None
    type: str | None
    statusId: int | None = column("status.id")
    statusName: str | None = column("status.name")
    statusIsClosed: bool | None = column("status.isClosed")
    companyId: int | None = column("company.id")
    companyIdentifier: str | None = column("company.identifier")
    companyName: str | None = column("company.name")
    billToCompanyId: int | None = column("billToCompany.id")
    billToCompanyIdentifier: str | None = column("billToCompany.identifier")
    billToCompanyName: str | None = column("billToCompany.name")
    shipToCompanyId: int | None = column("shipToCompany.id")
    shipToCompanyIdentifier: str | None = column("shipToCompany.identifier")
    shipToCompanyName: str | None = column("shipToCompany.name")
    accountNumber: str | None
    applyToType: str | None
    applyToId: int | None
    attention: str | None = column(personal=True)
    shipToAttention: str | None = column(personal=True)
    billingSiteId: int | None = column("billingSite.id")
    billingSiteName: str | None = column("billingSite.name")
    billingSiteAddressLine1: str | None = column(personal=True)
    billingSiteAddressLine2: str | None = column(personal=True)
    billingSiteCity: str | None
    billingSiteState: str | None
    billingSiteZip: str | None
    billingSiteCountry: str | None
    shippingSiteId: int | None = column("shippingSite.id")
    shippingSiteName: str | None = column("shippingSite.name")
    shippingSiteAddressLine1: str | None = column(personal=True)
    shippingSiteAddressLine2: str | None = column(personal=True)
    shippingSiteCity: str | None
    shippingSiteState: str | None
    shippingSiteZip: str | None
    shippingSiteCountry: str | None
    billingTermsId: int | None = column("billingTerms.id")
    billingTermsName: str | None = column("billingTerms.name")
    reference: str | None
    customerPO: str | None
    templateSetupId: int | None
    invoiceTemplateId: int | None = column("invoiceTemplate.id")
    invoiceTemplateName: str | None = column("invoiceTemplate.name")
    emailTemplateId: int | None
    addToBatchEmailList: bool | None
    date: dt.date | None
    restrictDownpaymentFlag: bool | None
    locationId: int | None = column(doc="The nested one, location.id, where it is not sent")
    locationId_1: int | None = column(
        "location.id", doc="As the nested object has it; locationId is the record's own"
    )
    locationName: str | None = column("location.name")
    departmentId: int | None = column(doc="The nested one, department.id, where it is not sent")
    departmentId_1: int | None = column(
        "department.id", doc="As the nested object has it; departmentId is the record's own"
    )
    departmentName: str | None = column("department.name")
    territoryId: int | None = column(doc="The nested one, territory.id, where it is not sent")
    territoryId_1: int | None = column(
        "territory.id", doc="As the nested object has it; territoryId is the record's own"
    )
    territoryName: str | None = column("territory.name")
    topComment: str | None = column(personal=True)
    bottomComment: str | None = column(personal=True)
    taxableFlag: bool | None
    taxCodeId: int | None = column("taxCode.id")
    taxCodeName: str | None = column("taxCode.name")
    internalNotes: str | None = column(personal=True)
    downpaymentPreviouslyTaxedFlag: bool | None
    serviceTotal: Decimal | None = column(precision=MONEY)
    overrideDownPaymentAmountFlag: bool | None
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
    dueDate: dt.date | None
    expenseTotal: Decimal | None = column(precision=MONEY)
    productTotal: Decimal | None = column(precision=MONEY)
    previousProgressApplied: Decimal | None = column(precision=MONEY)
    serviceAdjustmentAmount: Decimal | None = column(precision=MONEY)
    agreementAmount: Decimal | None = column(precision=MONEY)
    downpaymentApplied: Decimal | None = column(precision=MONEY)
    subtotal: Decimal | None = column(precision=MONEY)
    total: Decimal | None = column(precision=MONEY)
    remainingDownpayment: Decimal | None = column(precision=MONEY)
    salesTax: Decimal | None = column(precision=MONEY)
    adjustmentReason: str | None
    adjustedBy: str | None = column(personal=True)
    closedBy: str | None = column(personal=True)
    payments: Decimal | None = column(precision=MONEY)
    credits: Decimal | None = column(precision=MONEY)
    balance: Decimal | None = column(precision=MONEY)
    specialInvoiceFlag: bool | None
    billingSetupReferenceId: int | None = column("billingSetupReference.id")
    billingSetupReferenceName: str | None = column("billingSetupReference.name")
    ticketId: int | None = column("ticket.id")
    ticketSummary: str | None = column("ticket.summary")
    projectId: int | None = column("project.id")
    projectName: str | None = column("project.name")
    phaseId: int | None = column("phase.id")
    phaseName: str | None = column("phase.name")
    salesOrderId: int | None = column("salesOrder.id")
    salesOrderIdentifier: str | None = column("salesOrder.identifier")
    agreementId: int | None = column("agreement.id")
    agreementName: str | None = column("agreement.name")
    agreementType: str | None = column("agreement.type")
    agreementChargeFirmFlag: bool | None = column("agreement.chargeFirmFlag")
    glBatchId: int | None = column("glBatch.id")
    glBatchName: str | None = column("glBatch.name")
    unbatchedBatchId: int | None = column("unbatchedBatch.id")
    unbatchedBatchName: str | None = column("unbatchedBatch.name")
    customFields: Json | None
    lastUpdated: dt.datetime | None = column("_info.lastUpdated", index=True)
    updatedBy: str | None = column("_info.updatedBy", personal=True)
    infoDateEntered: dt.datetime | None = column(
        "_info.dateEntered", doc="createdDate where that is what there is"
    )
    infoEnteredBy: str | None = column(
        "_info.enteredBy", doc="createdBy where that is what there is", personal=True
    )
    _etl_processed_at: dt.datetime = loaded()
    _etl_source: str = column(doc="connectwise")
    _etl_batch_id: str = column(doc="When the load that wrote the row began", note="change")
    bronze: list[BronzeInvoice]
    custom_fields: list[InvoiceCustomField]
