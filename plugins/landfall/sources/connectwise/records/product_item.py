"""ProductItem: what silver and bronze keep of it (vendor's model 2025.1)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from landfall.records import Json, Record, column, loaded
from landfall.sources.connectwise.layers import BRONZE, SILVER
from landfall.sources.connectwise.records.common import MONEY, Bronze, CustomField


class BronzeProductItem(Bronze, table="bronze_cw_productitem", key="id", layer=BRONZE):
    """Products and services sold, as they came."""


class ProductItemCustomField(
    CustomField, table="silver_cw_productitem_customfield", key=("entityId", "fieldId"), layer=SILVER
):
    """Custom fields of ProductItem records, one row a field."""


class ProductItem(Record, table="silver_cw_productitem", key="id", layer=SILVER):
    """Products and services sold, one row a line."""

    id: int
    catalogItemId: int | None = column("catalogItem.id")
    catalogItemIdentifier: str | None = column("catalogItem.identifier")
    catalogItemName: str | None = column("catalogItem.name")
    description: str | None
    sequenceNumber: Decimal | None = column(precision=MONEY)
    quantity: Decimal | None = column(precision=MONEY)
    unitOfMeasureId: int | None = column("unitOfMeasure.id")
    unitOfMeasureName: str | None = column("unitOfMeasure.name")
    price: Decimal | None = column(precision=MONEY)
    cost: Decimal | None = column(precision=MONEY)
    extPrice: Decimal | None = column(precision=MONEY)
    extCost: Decimal | None = column(precision=MONEY)
    discount: Decimal | None = column(precision=MONEY)
    margin: Decimal | None = column(precision=MONEY)
    agreementAmount: Decimal | None = column(precision=MONEY)
    priceMethod: str | None
    billableOption: str | None
    agreementId: int | None = column("agreement.id")
    agreementName: str | None = column("agreement.name")
    agreementType: str | None = column("agreement.type")
    agreementChargeFirmFlag: bool | None = column("agreement.chargeFirmFlag")
    locationId: int | None = column(doc="The nested one, location.id, where it is not sent")
    locationId_1: int | None = column(
        "location.id", doc="As the nested object has it; locationId is the record's own"
    )
    locationName: str | None = column("location.name")
    businessUnitId: int | None = column(doc="The nested one, businessUnit.id, where it is not sent")
    businessUnitId_1: int | None = column(
        "businessUnit.id", doc="As the nested object has it; businessUnitId is the record's own"
    )
    businessUnitName: str | None = column("businessUnit.name")
    vendorId: int | None = column("vendor.id")
    vendorIdentifier: str | None = column("vendor.identifier")
    vendorName: str | None = column("vendor.name")
    vendorSku: str | None
    taxableFlag: bool | None
    dropshipFlag: bool | None
    specialOrderFlag: bool | None
    phaseProductFlag: bool | None
    cancelledFlag: bool | None
    quantityCancelled: Decimal | None = column(precision=MONEY)
    cancelledReason: str | None
    customerDescription: str | None
    internalNotes: str | None = column(personal=True)
    productSuppliedFlag: bool | None
    subContractorShipToId: int | None
    subContractorAmountLimit: Decimal | None = column(precision=MONEY)
    recurringRecurringRevenue: Decimal | None = column("recurring.recurringRevenue", precision=MONEY)
    recurringRecurringCost: Decimal | None = column("recurring.recurringCost", precision=MONEY)
    recurringStartDate: str | None = column("recurring.startDate")
    recurringEndDate: str | None = column("recurring.endDate")
    recurringBillCycleId: int | None = column(
        "recurring.billCycleId", doc="The nested one, recurring.billCycle.id, where it is not sent"
    )
    recurringBillCycleId_1: int | None = column(
        "recurring.billCycle.id", doc="As the nested object has it; recurringBillCycleId is the record's own"
    )
    recurringBillCycleName: str | None = column("recurring.billCycle.name")
    recurringCycles: int | None = column("recurring.cycles")
    recurringCycleType: str | None = column("recurring.cycleType")
    recurringAgreementTypeId: int | None = column("recurring.agreementType.id")
    recurringAgreementTypeName: str | None = column("recurring.agreementType.name")
    slaId: int | None = column("sla.id")
    slaName: str | None = column("sla.name")
    entityTypeId: int | None = column("entityType.id")
    entityTypeName: str | None = column("entityType.name")
    ticketId: int | None = column("ticket.id")
    ticketSummary: str | None = column("ticket.summary")
    projectId: int | None = column("project.id")
    projectName: str | None = column("project.name")
    phaseId: int | None = column("phase.id")
    phaseName: str | None = column("phase.name")
    salesOrderId: int | None = column("salesOrder.id")
    salesOrderIdentifier: str | None = column("salesOrder.identifier")
    opportunityId: int | None = column("opportunity.id")
    opportunityName: str | None = column("opportunity.name")
    invoiceId: int | None = column("invoice.id")
    invoiceIdentifier: str | None = column("invoice.identifier")
    invoiceBillingType: str | None = column("invoice.billingType")
    invoiceApplyToType: str | None = column("invoice.applyToType")
    invoiceInvoiceDate: str | None = column("invoice.invoiceDate")
    invoiceChargeFirmFlag: bool | None = column("invoice.chargeFirmFlag")
    warehouseId: int | None
    warehouseIdObjectId: int | None = column("warehouseIdObject.id")
    warehouseIdObjectName: str | None = column("warehouseIdObject.name")
    warehouseIdObjectLockedFlag: bool | None = column("warehouseIdObject.lockedFlag")
    warehouseBinId: int | None
    warehouseBinIdObjectId: int | None = column("warehouseBinIdObject.id")
    warehouseBinIdObjectName: str | None = column("warehouseBinIdObject.name")
    calculatedPriceFlag: bool | None
    calculatedCostFlag: bool | None
    forecastDetailId: int | None
    cancelledBy: int | None
    cancelledDate: datetime | None
    warehouse: str | None
    warehouseBin: str | None
    purchaseDate: datetime | None
    taxCodeId: int | None = column("taxCode.id")
    taxCodeName: str | None = column("taxCode.name")
    integrationXRef: str | None
    listPrice: Decimal | None = column(precision=MONEY)
    serialNumberIds: Json | None
    serialNumbers: Json | None
    companyId: int | None = column("company.id")
    companyIdentifier: str | None = column("company.identifier")
    companyName: str | None = column("company.name")
    forecastStatusId: int | None = column("forecastStatus.id")
    forecastStatusName: str | None = column("forecastStatus.name")
    productClass: str | None
    needToPurchaseFlag: bool | None
    needToOrderQuantity: int | None
    minimumStockFlag: bool | None
    shipSet: str | None
    calculatedPrice: Decimal | None = column(precision=MONEY)
    calculatedCost: Decimal | None = column(precision=MONEY)
    invoiceGroupingId: int | None = column("invoiceGrouping.id")
    invoiceGroupingName: str | None = column("invoiceGrouping.name")
    invoiceGroupingDescription: str | None = column("invoiceGrouping.description")
    invoiceGroupingShowPriceFlag: bool | None = column("invoiceGrouping.showPriceFlag")
    invoiceGroupingShowSubItemsFlag: bool | None = column("invoiceGrouping.showSubItemsFlag")
    invoiceGroupingGroupParentChildAdditionsFlag: bool | None = column(
        "invoiceGrouping.groupParentChildAdditionsFlag"
    )
    poApprovedFlag: bool | None
    uom: str | None
    addComponentsFlag: bool | None
    ignorePricingSchedulesFlag: bool | None
    asioSubscriptionsID: str | None
    bypassForecastUpdate: bool | None
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
    bronze: list[BronzeProductItem]
    custom_fields: list[ProductItemCustomField]
