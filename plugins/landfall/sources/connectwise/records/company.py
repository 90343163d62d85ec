"""Company: what silver and bronze keep of it (vendor's model 2025.1)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from landfall.records import Json, Record, column, loaded
from landfall.sources.connectwise.layers import BRONZE, SILVER
from landfall.sources.connectwise.records.common import MONEY, Bronze, CustomField


class BronzeCompany(Bronze, table="bronze_cw_company", key="id", layer=BRONZE):
    """Companies, as they came."""


class CompanyCustomField(
    CustomField, table="silver_cw_company_customfield", key=("entityId", "fieldId"), layer=SILVER
):
    """Custom fields of Company records, one row a field."""


class Company(Record, table="silver_cw_company", key="id", layer=SILVER):
    """Companies; a deleted one stays, with `deletedFlag`."""

    id: int
    identifier: str | None
    name: str | None
    statusId: int | None = column("status.id")
    statusName: str | None = column("status.name")
    addressLine1: str | None = column(personal=True)
    addressLine2: str | None = column(personal=True)
    city: str | None
    state: str | None
    zip: str | None
    countryId: int | None = column("country.id")
    countryIdentifier: str | None = column("country.identifier")
    countryName: str | None = column("country.name")
    phoneNumber: str | None = column(personal=True)
    faxNumber: str | None = column(personal=True)
    website: str | None
    territoryId: int | None = column("territory.id")
    territoryName: str | None = column("territory.name")
    marketId: int | None = column("market.id")
    marketName: str | None = column("market.name")
    accountNumber: str | None
    defaultContactId: int | None = column("defaultContact.id")
    defaultContactName: str | None = column("defaultContact.name", personal=True)
    dateAcquired: datetime | None
    sicCodeId: int | None = column("sicCode.id")
    sicCodeName: str | None = column("sicCode.name")
    parentCompanyId: int | None = column("parentCompany.id")
    parentCompanyIdentifier: str | None = column("parentCompany.identifier")
    parentCompanyName: str | None = column("parentCompany.name")
    annualRevenue: Decimal | None = column(precision=MONEY)
    numberOfEmployees: int | None
    yearEstablished: int | None
    revenueYear: int | None
    ownershipTypeId: int | None = column("ownershipType.id")
    ownershipTypeName: str | None = column("ownershipType.name")
    timeZoneSetupId: int | None = column("timeZoneSetup.id")
    timeZoneSetupName: str | None = column("timeZoneSetup.name")
    leadSource: str | None
    leadFlag: bool | None
    unsubscribeFlag: bool | None
    calendarId: int | None = column("calendar.id")
    calendarName: str | None = column("calendar.name")
    userDefinedField1: str | None
    userDefinedField2: str | None
    userDefinedField3: str | None
    userDefinedField4: str | None
    userDefinedField5: str | None
    userDefinedField6: str | None
    userDefinedField7: str | None
    userDefinedField8: str | None
    userDefinedField9: str | None
    userDefinedField10: str | None
    vendorIdentifier: str | None
    taxIdentifier: str | None
    taxCodeId: int | None = column("taxCode.id")
    taxCodeName: str | None = column("taxCode.name")
    billingTermsId: int | None = column("billingTerms.id")
    billingTermsName: str | None = column("billingTerms.name")
    invoiceTemplateId: int | None = column("invoiceTemplate.id")
    invoiceTemplateName: str | None = column("invoiceTemplate.name")
    pricingScheduleId: int | None = column("pricingSchedule.id")
    pricingScheduleName: str | None = column("pricingSchedule.name")
    companyEntityTypeId: int | None = column("companyEntityType.id")
    companyEntityTypeName: str | None = column("companyEntityType.name")
    billToCompanyId: int | None = column("billToCompany.id")
    billToCompanyIdentifier: str | None = column("billToCompany.identifier")
    billToCompanyName: str | None = column("billToCompany.name")
    billingSiteId: int | None = column("billingSite.id")
    billingSiteName: str | None = column("billingSite.name")
    billingContactId: int | None = column("billingContact.id")
    billingContactName: str | None = column("billingContact.name", personal=True)
    invoiceDeliveryMethodId: int | None = column("invoiceDeliveryMethod.id")
    invoiceDeliveryMethodName: str | None = column("invoiceDeliveryMethod.name")
    invoiceToEmailAddress: str | None = column(personal=True)
    invoiceCCEmailAddress: str | None = column(personal=True)
    deletedFlag: bool | None
    dateDeleted: datetime | None
    deletedBy: str | None = column(personal=True)
    mobileGuid: str | None
    facebookUrl: str | None = column(personal=True)
    twitterUrl: str | None = column(personal=True)
    linkedInUrl: str | None = column(personal=True)
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
    territoryManagerId: int | None = column("territoryManager.id")
    territoryManagerIdentifier: str | None = column("territoryManager.identifier", personal=True)
    territoryManagerName: str | None = column("territoryManager.name", personal=True)
    territoryManagerDailyCapacity: Decimal | None = column("territoryManager.dailyCapacity", precision=MONEY)
    resellerIdentifier: str | None
    isVendorFlag: bool | None
    types: Json | None
    siteId: int | None = column("site.id")
    siteName: str | None = column("site.name")
    integratorTags: Json | None
    customFields: Json | None
    lastUpdated: datetime | None = column("_info.lastUpdated", index=True)
    updatedBy: str | None = column("_info.updatedBy", personal=True)
    infoDateEntered: datetime | None = column(
        "_info.dateEntered", doc="createdDate where that is what there is"
    )
    infoEnteredBy: str | None = column(
        "_info.enteredBy", doc="createdBy where that is what there is", personal=True
    )
    typeNames: str | None = column(doc="Names of `types` by their ids, joined by commas")
    _etl_processed_at: datetime = loaded()
    _etl_source: str = column(doc="connectwise")
    _etl_batch_id: str = column(doc="When the load that wrote the row began", note="change")
    bronze: list[BronzeCompany]
    custom_fields: list[CompanyCustomField]
