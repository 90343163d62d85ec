-- Types of agreements: those that the look-up has, and those that agreements refer to, with what they mean.
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
ranked AS (
    SELECT
        "typeId",
        "typeName",
        ROW_NUMBER() OVER (
            PARTITION BY "typeId"
            ORDER BY "lastUpdated" DESC NULLS LAST, id DESC NULLS LAST
        ) AS "place"
    FROM silver.silver_cw_agreement
    WHERE "typeId" IS NOT NULL
),
named AS (
    SELECT id AS "typeId", name AS "typeName", CAST(0 AS BOOLEAN) AS "isInferred"
    FROM silver.silver_cw_agreementtype
    UNION ALL
    SELECT "typeId", "typeName", CAST(1 AS BOOLEAN) AS "isInferred"
    FROM ranked
    WHERE "place" = 1
    AND NOT EXISTS (SELECT 1 FROM silver.silver_cw_agreementtype AS known WHERE known.id = ranked."typeId")
)
SELECT
    named."typeId" AS "AgreementTypeKey",
    named."typeId",
    named."typeName",
    COALESCE(kind."category", 'Other') AS "agreementCategory",
    COALESCE(kind."normalized", 'other') AS "agreement_type_normalized",
    COALESCE(kind."behavior", 'unknown') AS "agreement_billing_behavior",
    named."isInferred"
FROM named LEFT JOIN kind ON kind."typeName" = named."typeName"
UNION ALL
SELECT
    CAST(-1 AS BIGINT) AS "AgreementTypeKey",
    CAST(NULL AS BIGINT) AS "typeId",
    'Unknown' AS "typeName",
    'Other' AS "agreementCategory",
    'other' AS "agreement_type_normalized",
    'unknown' AS "agreement_billing_behavior",
    CAST(0 AS BOOLEAN) AS "isInferred"
