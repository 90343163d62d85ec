"""UnpostedInvoice: what silver and bronze keep of it (vendor's model 2025.1)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from landfall.records import Record, column, loaded
from landfall.sources.connectwise.layers import BRONZE, SILVER
from landfall.sources.connectwise.records.common import MONEY, Bronze


class BronzeUnpostedInvoice(Bronze, table="bronze_cw_unpostedinvoice", key="id", layer=BRONZE):
    """Invoices that are not posted now, as they came."""


class UnpostedInvoice(Record, table="silver_cw_unpostedinvoice", key="id", layer=SILVER, ignored=("_info",)):
    """Invoices that are not posted now; a posted one leaves this table."""

    id: int
    billingLogId: int | None
    locationId: int | None = column(doc="The nested one, location.id, where it is not sent")
    locationId_1: int | None = column(
        "location.id", doc="As the nested object has it; locationId is the record's own"
    )
    locationName: str | None = column("location.name")
    departmentId: int | None = column(doc="The nested one, department.id, where it is not sent")
    departmentId_1: int | None = column(
        "department.id", doc="As the nested object has it; departmentId is the record's own"
    )
    departmentIdentifier: str | None = column("department.identifier")
    departmentName: str | None = column("department.name")
    companyId: int | None = column("company.id")
    companyIdentifier: str | None = column("company.identifier")
    companyName: str | None = column("company.name")
    accountNumber: str | None
    billToCompanyId: int | None = column("billToCompany.id")
    billToCompanyIdentifier: str | None = column("billToCompany.identifier")
    billToCompanyName: str | None = column("billToCompany.name")
    billToSiteId: int | None = column("billToSite.id")
    billToSiteName: str | None = column("billToSite.name")
    shipToCompanyId: int | None = column("shipToCompany.id")
    shipToCompanyIdentifier: str | None = column("shipToCompany.identifier")
    shipToCompanyName: str | None = column("shipToCompany.name")
    shipToSiteId: int | None = column("shipToSite.id")
    shipToSiteName: str | None = column("shipToSite.name")
    invoiceNumber: str | None
    invoiceDate: date | None
    invoiceType: str | None
    description: str | None
    billingTermsId: int | None = column("billingTerms.id")
    billingTermsName: str | None = column("billingTerms.name")
    dueDays: str | None
    dueDate: date | None
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
    subTotal: Decimal | None = column(precision=MONEY)
    total: Decimal | None = column(precision=MONEY)
    hasTime: bool | None
    hasExpenses: bool | None
    hasProducts: bool | None
    invoiceTaxableFlag: bool | None
    taxCodeId: int | None = column("taxCode.id")
    taxCodeName: str | None = column("taxCode.name")
    avalaraTaxFlag: bool | None
    itemTaxableFlag: bool | None
    salesTaxAmount: Decimal | None = column(precision=MONEY)
    stateTaxFlag: bool | None
    stateTaxXref: str | None
    stateTaxAmount: Decimal | None = column(precision=MONEY)
    countyTaxFlag: bool | None
    countyTaxXref: str | None
    countyTaxAmount: Decimal | None = column(precision=MONEY)
    cityTaxFlag: bool | None
    cityTaxXref: str | None
    cityTaxAmount: Decimal | None = column(precision=MONEY)
    countryTaxFlag: bool | None
    countryTaxXref: str | None
    countryTaxAmount: Decimal | None = column(precision=MONEY)
    compositeTaxFlag: bool | None
    compositeTaxXref: str | None
    compositeTaxAmount: Decimal | None = column(precision=MONEY)
    levelSixTaxFlag: bool | None
    levelSixTaxXref: str | None
    levelSixTaxAmount: Decimal | None = column(precision=MONEY)
    createdBy: str | None = column(personal=True)
    dateClosed: date | None
    _etl_processed_at: datetime = loaded()
    _etl_source: str = column(doc="connectwise")
    _etl_batch_id: str = column(doc="When the load that wrote the row began", note="change")
    bronze: list[BronzeUnpostedInvoice]
