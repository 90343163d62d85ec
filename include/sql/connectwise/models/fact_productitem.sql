-- Products, one row a line; cancelled ones stay.
WITH kind AS (
    -- Names that an engine takes for equal mean the same.
    SELECT
        "typeName",
        MIN("agreement_type_normalized") AS "normalized",
        MIN("agreement_billing_behavior") AS "behavior",
        MIN("agreementCategory") AS "category"
    FROM gold.agreement_kind
    GROUP BY "typeName"
),
agreed AS (
    -- Agreements that can be read; the look-up's name of a type counts before the agreement's copy of it.
    SELECT
        a.id AS "agreementId",
        a."typeId",
        a."parentAgreementId",
        l."final_agreement_number",
        COALESCE(t.name, a."typeName") AS "typeName"
    FROM silver.silver_cw_agreement AS a
    LEFT JOIN silver.silver_cw_agreementtype AS t ON t.id = a."typeId"
    LEFT JOIN gold.agreement_level AS l ON l."agreementId" = a.id
),
entry AS (
    SELECT
        e.*,
        agreed."typeId" AS "agreedTypeId",
        agreed."parentAgreementId" AS "agreedParentId",
        agreed."final_agreement_number" AS "agreedNumber",
        CASE WHEN agreed."agreementId" IS NULL THEN e."agreementType" ELSE agreed."typeName" END AS "agreedType"
    FROM silver.silver_cw_productitem AS e
    LEFT JOIN agreed ON agreed."agreementId" = e."agreementId"
),
meant AS (
    SELECT
        entry.*,
        COALESCE(kind."normalized", 'other') AS "normalized",
        COALESCE(kind."behavior", 'unknown') AS "behavior"
    FROM entry LEFT JOIN kind ON kind."typeName" = entry."agreedType"
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
    COALESCE(CAST(EXTRACT(YEAR FROM CAST(e."purchaseDate" AS DATE)) AS INTEGER) * 10000 + CAST(EXTRACT(MONTH FROM CAST(e."purchaseDate" AS DATE)) AS INTEGER) * 100 + CAST(EXTRACT(DAY FROM CAST(e."purchaseDate" AS DATE)) AS INTEGER), -1) AS "PurchaseDateSK",
    COALESCE(CAST(EXTRACT(YEAR FROM CAST(e."cancelledDate" AS DATE)) AS INTEGER) * 10000 + CAST(EXTRACT(MONTH FROM CAST(e."cancelledDate" AS DATE)) AS INTEGER) * 100 + CAST(EXTRACT(DAY FROM CAST(e."cancelledDate" AS DATE)) AS INTEGER), -1) AS "CancelledDateSK",
    COALESCE(e."companyId", -1) AS "CompanyKey",
    COALESCE(o."BillableStatusKey", -1) AS "BillableStatusKey"
FROM meant AS e
LEFT JOIN gold.dimbillablestatus AS o ON o."billableOption" = e."billableOption"
