"""Agreement: what silver and bronze keep of it (vendor's model 2025.1)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from landfall.records import Json, Record, column, loaded
from landfall.sources.connectwise.layers import BRONZE, SILVER
from landfall.sources.connectwise.records.common import MONEY, Bronze, CustomField


class BronzeAgreement(Bronze, table="bronze_cw_agreement", key="id", layer=BRONZE):
    """Agreements with customers, as they came."""


class AgreementCustomField(
    CustomField, table="silver_cw_agreement_customfield", key=("entityId", "fieldId"), layer=SILVER
):
    """Custom fields of Agreement records, one row a field."""


class Agreement(Record, table="silver_cw_agreement", key="id", layer=SILVER):
    """Agreements with customers; `parentAgreementId` makes them a hierarchy."""

    id: int
    name: str | None
    typeId: int | None = column("type.id")
    typeName: str | None = column("type.name")
    companyId: int | None = column("company.id")
    companyIdentifier: str | None = column("company.identifier")
    companyName: str | None = column("company.name")
    contactId: int | None = column("contact.id")
    contactName: str | None = column("contact.name", personal=True)
    siteId: int | None = column("site.id")
    siteName: str | None = column("site.name")
    subContractCompanyId: int | None = column("subContractCompany.id")
    subContractCompanyIdentifier: str | None = column("subContractCompany.identifier")
    subContractCompanyName: str | None = column("subContractCompany.name")
    subContractContactId: int | None = column("subContractContact.id")
    subContractContactName: str | None = column("subContractContact.name", personal=True)
    parentAgreementId: int | None = column("parentAgreement.id")
    parentAgreementName: str | None = column("parentAgreement.name")
    parentAgreementType: str | None = column("parentAgreement.type")
    parentAgreementChargeFirmFlag: bool | None = column("parentAgreement.chargeFirmFlag")
    customerPO: str | None
    locationId: int | None = column("location.id")
    locationName: str | None = column("location.name")
    departmentId: int | None = column("department.id")
    departmentIdentifier: str | None = column("department.identifier")
    departmentName: str | None = column("department.name")
    restrictLocationFlag: bool | None
    restrictDepartmentFlag: bool | None
    startDate: date | None
    endDate: date | None
    noEndingDateFlag: bool | None
    opportunityId: int | None = column("opportunity.id")
    opportunityName: str | None = column("opportunity.name")
    cancelledFlag: bool | None
    dateCancelled: datetime | None
    reasonCancelled: str | None
    slaId: int | None = column("sla.id")
    slaName: str | None = column("sla.name")
    workOrder: str | None
    internalNotes: str | None = column(personal=True)
    applicationUnits: str | None
    applicationLimit: Decimal | None = column(precision=MONEY)
    applicationCycle: str | None
    applicationUnlimitedFlag: bool | None
    oneTimeFlag: bool | None
    coverAgreementTime: bool | None
    coverAgreementProduct: bool | None
    coverAgreementExpense: bool | None
    coverSalesTax: bool | None
    carryOverUnused: bool | None
    allowOverruns: bool | None
    expiredDays: int | None
    limit: int | None
    expireWhenZero: bool | None
    chargeToFirm: bool | None
    employeeCompRate: str | None
    employeeCompNotExceed: str | None
    compHourlyRate: Decimal | None = column(precision=MONEY)
    compLimitAmount: Decimal | None = column(precision=MONEY)
    billingCycleId: int | None = column("billingCycle.id")
    billingCycleName: str | None = column("billingCycle.name")
    billOneTimeFlag: bool | None
    billingTermsId: int | None = column("billingTerms.id")
    billingTermsName: str | None = column("billingTerms.name")
    invoicingCycle: str | None
    billToCompanyId: int | None = column("billToCompany.id")
    billToCompanyIdentifier: str | None = column("billToCompany.identifier")
    billToCompanyName: str | None = column("billToCompany.name")
    billToContactId: int | None = column("billToContact.id")
    billToContactName: str | None = column("billToContact.name", personal=True)
    billToSiteId: int | None = column("billToSite.id")
    billToSiteName: str | None = column("billToSite.name")
    billAmount: Decimal | None = column(precision=MONEY)
    taxable: bool | None
    prorateFirstBill: Decimal | None = column(precision=MONEY)
    billStartDate: datetime | None
    taxCodeId: int | None = column("taxCode.id")
    taxCodeName: str | None = column("taxCode.name")
    restrictDownPayment: bool | None
    prorateFlag: bool | None
    invoiceProratedAdditionsFlag: bool | None
    invoiceDescription: str | None
    topComment: bool | None
    bottomComment: bool | None
    workRoleId: int | None = column("workRole.id")
    workRoleName: str | None = column("workRole.name")
    workTypeId: int | None = column("workType.id")
    workTypeName: str | None = column("workType.name")
    workTypeUtilizationFlag: bool | None = column("workType.utilizationFlag")
    projectTypeId: int | None = column("projectType.id")
    projectTypeName: str | None = column("projectType.name")
    invoiceTemplateId: int | None = column("invoiceTemplate.id")
    invoiceTemplateName: str | None = column("invoiceTemplate.name")
    billTime: str | None
    billExpenses: str | None
    billProducts: str | None
    billableTimeInvoice: bool | None
    billableExpenseInvoice: bool | None
    billableProductInvoice: bool | None
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
    periodType: str | None
    autoInvoiceFlag: bool | None
    nextInvoiceDate: date | None
    companyLocationId: int | None = column("companyLocation.id")
    companyLocationName: str | None = column("companyLocation.name")
    shipToCompanyId: int | None = column("shipToCompany.id")
    shipToCompanyIdentifier: str | None = column("shipToCompany.identifier")
    shipToCompanyName: str | None = column("shipToCompany.name")
    shipToContactId: int | None = column("shipToContact.id")
    shipToContactName: str | None = column("shipToContact.name", personal=True)
    shipToSiteId: int | None = column("shipToSite.id")
    shipToSiteName: str | None = column("shipToSite.name")
    agreementStatus: str | None
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
    bronze: list[BronzeAgreement]
    custom_fields: list[AgreementCustomField]
