-- Products, one row a line; cancelled ones stay.
WITH kind AS (
    -- Names that an engine takes for equal mean the same.
    SELECT "typeName", MIN("agreement_type_normalized") AS "normalized", MIN("agreement_billing_behavior") AS "behavior"
    FROM gold.agreement_kind
    GROUP BY "typeName"
),
meant AS (
    -- Where the agreement cannot be read, its type is what the entry calls it.
    SELECT
        e.*,
        COALESCE(a."AgreementTypeKey", -1) AS "AgreementTypeKey",
        a."parentAgreementId" AS "agreedParentId",
        a."final_agreement_number" AS "agreedNumber",
        CASE WHEN a."AgreementKey" IS NULL THEN e."agreementType" ELSE a."agreementTypeName" END AS "agreedType",
        COALESCE(a."agreementTypeNormalized", kind."normalized", 'other') AS "normalized",
        COALESCE(a."billingBehavior", kind."behavior", 'unknown') AS "behavior"
    FROM silver.silver_cw_productitem AS e
    LEFT JOIN gold.dim_agreement AS a ON a."agreementId" = e."agreementId" AND a."isInferred" = CAST(0 AS BOOLEAN)
    LEFT JOIN kind ON kind."typeName" = e."agreementType"
)
SELECT
    SHA256_HEX(CAST(e.id AS TEXT)) AS "ProductItemSK",
    e.id AS "productItemId",
    e."catalogItemId",
    e."catalogItemIdentifier",
    e."companyId",
    e."invoiceId",
    e."description",
    e."productClass",
    e."billableOption",
    e."quantity",
    e."quantityCancelled",
    e.quantity - COALESCE(e."quantityCancelled", 0) AS "netQuantity",
    e."price",
    e."cost",
    e."calculatedPrice",
    e."calculatedCost",
    e."extPrice",
    e."extCost",
    e."discount",
    e."agreementAmount",
    e."extPrice" - e."extCost" AS "margin",
    CASE
        WHEN e."extPrice" > 0 THEN ROUND((e."extPrice" - e."extCost") * 100 / e."extPrice", 4)
        WHEN e."extPrice" <= 0 THEN 0
    END AS "marginPercentage",
    e."cancelledFlag",
    e."agreementId",
    e."agreementName",
    e."agreedType" AS "agreement_type",
    e."normalized" AS "agreement_type_normalized",
    e."behavior" AS "agreement_billing_behavior",
    e."agreedParentId" AS "parentAgreementId",
    e."agreedNumber" AS "final_agreement_number",
    CASE
        WHEN e."invoiceId" IS NOT NULL THEN 'Invoiced'
        WHEN e."normalized" = 'internal_project' THEN 'Internal'
        WHEN e."normalized" = 'prepaid_hours' THEN 'Prepaid'
        WHEN e."behavior" = 'billable' AND e."billableOption" = 'Billable' THEN 'Billable'
        WHEN e."billableOption" = 'NoCharge' THEN 'NoCharge'
        WHEN e."billableOption" = 'DoNotBill' THEN 'DoNotBill'
        WHEN e."normalized" = 'operations' THEN 'Covered'
        WHEN e."behavior" = 'unknown' AND e."billableOption" = 'Billable' THEN 'Billable'
        ELSE 'Unknown'
    END AS "effectiveBillingStatus",
    COALESCE(e."agreementId", -1) AS "AgreementKey",
    COALESCE(CAST(EXTRACT(YEAR FROM CAST(e."purchaseDate" AS DATE)) AS INTEGER) * 10000 + CAST(EXTRACT(MONTH FROM CAST(e."purchaseDate" AS DATE)) AS INTEGER) * 100 + CAST(EXTRACT(DAY FROM CAST(e."purchaseDate" AS DATE)) AS INTEGER), -1) AS "PurchaseDateSK",
    COALESCE(CAST(EXTRACT(YEAR FROM CAST(e."cancelledDate" AS DATE)) AS INTEGER) * 10000 + CAST(EXTRACT(MONTH FROM CAST(e."cancelledDate" AS DATE)) AS INTEGER) * 100 + CAST(EXTRACT(DAY FROM CAST(e."cancelledDate" AS DATE)) AS INTEGER), -1) AS "CancelledDateSK",
    COALESCE(e."companyId", -1) AS "CompanyKey",
    COALESCE(o."BillableStatusKey", -1) AS "BillableStatusKey"
FROM meant AS e
LEFT JOIN gold.dimbillablestatus AS o ON o."billableOption" = e."billableOption"
