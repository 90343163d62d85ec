-- Agreements: those that can be read, with what their type means, and those that entries refer to.
WITH kind AS (
    -- Names that an engine takes for equal mean the same.
    SELECT
        "typeName",
        MIN("agreement_type_normalized") AS "normalized",
        MIN("agreement_billing_behavior") AS "behavior"
    FROM gold.agreement_kind
    GROUP BY "typeName"
),
referred AS (
    SELECT "agreementId" AS "refId", "agreementName" AS "name", COALESCE("agreementType_1", "agreementType") AS "typeName", 1 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_timeentry WHERE "agreementId" IS NOT NULL
    UNION ALL
    SELECT "agreementId" AS "refId", "agreementName" AS "name", "agreementType" AS "typeName", 2 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_expenseentry WHERE "agreementId" IS NOT NULL
    UNION ALL
    SELECT "agreementId" AS "refId", "agreementName" AS "name", "agreementType" AS "typeName", 3 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_productitem WHERE "agreementId" IS NOT NULL
    UNION ALL
    SELECT "parentAgreementId" AS "refId", "parentAgreementName" AS "name", "parentAgreementType" AS "typeName", 4 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_agreement WHERE "parentAgreementId" IS NOT NULL
),
ranked AS (
    SELECT
        referred.*,
        ROW_NUMBER() OVER (
            PARTITION BY "refId"
            ORDER BY "lastUpdated" DESC NULLS LAST, "kind" NULLS FIRST, id DESC NULLS LAST
        ) AS "place"
    FROM referred
),
named AS (
    -- The look-up's name of a type counts before the agreement's copy of it.
    SELECT
        a.id AS "agreementId", a.name, COALESCE(t.name, a."typeName") AS "agreedType", CAST(0 AS BOOLEAN) AS "isInferred",
        l."agreementNumber", l."final_agreement_number", l."rootAgreementId", l."agreementLevel", l."durationDays"
    FROM silver.silver_cw_agreement AS a
    LEFT JOIN silver.silver_cw_agreementtype AS t ON t.id = a."typeId"
    LEFT JOIN gold.agreement_level AS l ON l."agreementId" = a.id
    UNION ALL
    SELECT
        "refId" AS "agreementId", "name", "typeName" AS "agreedType", CAST(1 AS BOOLEAN) AS "isInferred",
        CAST(NULL AS TEXT) AS "agreementNumber", CAST(NULL AS TEXT) AS "final_agreement_number",
        "refId" AS "rootAgreementId", CAST(0 AS BIGINT) AS "agreementLevel", CAST(NULL AS BIGINT) AS "durationDays"
    FROM ranked
    WHERE "place" = 1 AND NOT EXISTS (SELECT 1 FROM silver.silver_cw_agreement AS there WHERE there.id = ranked."refId")
    UNION ALL
    SELECT
        CAST(-1 AS BIGINT) AS "agreementId", 'Unknown' AS name, CAST(NULL AS TEXT) AS "agreedType",
        CAST(0 AS BOOLEAN) AS "isInferred",
        CAST(NULL AS TEXT) AS "agreementNumber", CAST(NULL AS TEXT) AS "final_agreement_number",
        CAST(NULL AS BIGINT) AS "rootAgreementId", CAST(NULL AS BIGINT) AS "agreementLevel", CAST(NULL AS BIGINT) AS "durationDays"
)
SELECT
    n."agreementId" AS "AgreementKey",
    SHA256_HEX(CAST(n."agreementId" AS TEXT)) AS "AgreementSK",
    NULLIF(n."agreementId", -1) AS "agreementId",
    n."agreementNumber",
    n."final_agreement_number",
    n."rootAgreementId",
    n."agreementLevel",
    n.name,
    COALESCE(a."typeId", -1) AS "AgreementTypeKey",
    a."typeId" AS "agreementTypeId",
    n."agreedType" AS "agreementTypeName",
    COALESCE(kind."normalized", 'other') AS "agreementTypeNormalized",
    COALESCE(kind."behavior", 'unknown') AS "billingBehavior",
    a."agreementStatus" AS "status",
    a."parentAgreementId",
    a."parentAgreementName",
    a."companyId",
    a."companyName",
    a."contactId",
    a."contactName",
    a."siteId",
    a."siteName",
    a."billToCompanyId",
    a."billToCompanyName",
    a."billToContactId",
    a."billToContactName",
    a."billToSiteId",
    a."billToSiteName",
    a."applicationUnits" AS "billingModel",
    a."applicationLimit" AS "contractLimit",
    a."billingCycleName" AS "billingCycle",
    a."applicationUnlimitedFlag" AS "isUnlimited",
    a."coverAgreementTime" AS "coversTime",
    a."coverAgreementProduct" AS "coversProducts",
    a."coverAgreementExpense" AS "coversExpenses",
    a."coverSalesTax" AS "coversSalesTax",
    a."carryOverUnused" AS "allowsCarryOver",
    a."allowOverruns" AS "allowsOverruns",
    a."expireWhenZero" AS "expiresWhenZero",
    a."chargeToFirm",
    a."billAmount" AS "recurringAmount",
    a."compHourlyRate" AS "compensationHourlyRate",
    a."compLimitAmount" AS "compensationLimit",
    a."taxable" AS "isTaxable",
    a."taxCodeId",
    a."taxCodeName",
    a."billTime" AS "defaultTimeBilling",
    a."billExpenses" AS "defaultExpenseBilling",
    a."billProducts" AS "defaultProductBilling",
    a."billOneTimeFlag" AS "isOneTimeBilling",
    a."prorateFlag" AS "allowsProration",
    a."workRoleId" AS "defaultWorkRoleId",
    a."workRoleName" AS "defaultWorkRoleName",
    a."workTypeId" AS "defaultWorkTypeId",
    a."workTypeName" AS "defaultWorkTypeName",
    a."startDate",
    a."endDate",
    n."durationDays",
    a."noEndingDateFlag" AS "isOpenEnded",
    a."dateCancelled" AS "cancelledDate",
    a."cancelledFlag" AS "isCancelled",
    a."reasonCancelled" AS "cancellationReason",
    a."invoiceTemplateId",
    a."invoiceTemplateName",
    a."autoInvoiceFlag" AS "isAutoInvoice",
    a."nextInvoiceDate",
    a."customerPO" AS "customerPONumber",
    a."workOrder" AS "workOrderNumber",
    a."slaId",
    a."slaName",
    a."internalNotes",
    n."isInferred"
FROM named AS n
LEFT JOIN silver.silver_cw_agreement AS a ON a.id = n."agreementId"
LEFT JOIN kind ON kind."typeName" = n."agreedType"
