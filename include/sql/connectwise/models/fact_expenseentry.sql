-- Expenses, one row an entry.
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
    FROM silver.silver_cw_expenseentry AS e
    LEFT JOIN gold.dim_agreement AS a ON a."agreementId" = e."agreementId" AND a."isInferred" = CAST(0 AS BOOLEAN)
    LEFT JOIN kind ON kind."typeName" = e."agreementType"
)
SELECT
    SHA256_HEX(CAST(e.id AS TEXT)) AS "ExpenseSK",
    e.id AS "expenseId",
    e."memberId",
    e."companyId",
    e."chargeToId",
    e."chargeToType",
    e."invoiceId",
    e."ticketId",
    e."projectId",
    e."typeId" AS "expenseTypeId",
    e."typeName" AS "expenseTypeName",
    e."billableOption",
    e."status",
    e."amount",
    1 AS "quantity",
    e."date",
    e."notes",
    e."currencyCurrencyCode" AS "currencyCode",
    e."invoiceAmount",
    e."billAmount",
    e."agreementAmount",
    e."taxTotal",
    e.amount AS "totalAmount",
    e.amount AS "totalCost",
    COALESCE(e."invoiceAmount", 0) - e.amount AS "margin",
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
    COALESCE(CAST(EXTRACT(YEAR FROM e."date") AS INTEGER) * 10000 + CAST(EXTRACT(MONTH FROM e."date") AS INTEGER) * 100 + CAST(EXTRACT(DAY FROM e."date") AS INTEGER), -1) AS "ExpenseDateSK",
    COALESCE(e."companyId", -1) AS "CompanyKey",
    COALESCE(e."memberId", -1) AS "MemberKey",
    e."AgreementTypeKey",
    COALESCE(o."BillableStatusKey", -1) AS "BillableStatusKey"
FROM meant AS e
LEFT JOIN gold.dimbillablestatus AS o ON o."billableOption" = e."billableOption"
