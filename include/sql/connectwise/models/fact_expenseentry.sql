-- Expenses, one row an entry.
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
    FROM silver.silver_cw_expenseentry AS e
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
    COALESCE(CAST(EXTRACT(YEAR FROM e."date") AS INTEGER) * 10000 + CAST(EXTRACT(MONTH FROM e."date") AS INTEGER) * 100 + CAST(EXTRACT(DAY FROM e."date") AS INTEGER), -1) AS "ExpenseDateSK",
    COALESCE(e."companyId", -1) AS "CompanyKey",
    COALESCE(e."memberId", -1) AS "MemberKey",
    COALESCE(e."agreedTypeId", -1) AS "AgreementTypeKey",
    COALESCE(o."BillableStatusKey", -1) AS "BillableStatusKey"
FROM meant AS e
LEFT JOIN gold.dimbillablestatus AS o ON o."billableOption" = e."billableOption"
