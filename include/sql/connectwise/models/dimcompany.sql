-- Companies: those that the look-up has, and those that entries and agreements refer to.
WITH referred AS (
    SELECT "companyId" AS "refId", "companyName" AS "name", "companyIdentifier" AS "identifier", 1 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_timeentry WHERE "companyId" IS NOT NULL
    UNION ALL
    SELECT "companyId" AS "refId", "companyName" AS "name", "companyIdentifier" AS "identifier", 2 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_expenseentry WHERE "companyId" IS NOT NULL
    UNION ALL
    SELECT "companyId" AS "refId", "companyName" AS "name", "companyIdentifier" AS "identifier", 3 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_productitem WHERE "companyId" IS NOT NULL
    UNION ALL
    SELECT "companyId" AS "refId", "companyName" AS "name", "companyIdentifier" AS "identifier", 4 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_agreement WHERE "companyId" IS NOT NULL
),
ranked AS (
    SELECT
        referred.*,
        ROW_NUMBER() OVER (
            PARTITION BY "refId"
            ORDER BY "lastUpdated" DESC NULLS LAST, "kind" NULLS FIRST, id DESC NULLS LAST
        ) AS "place"
    FROM referred
)
SELECT
    CAST(c.id AS BIGINT) AS "CompanyKey",
    c.id AS "companyId",
    c.name AS "companyName",
    c.identifier AS "companyIdentifier",
    c."typeNames" AS "companyType",
    c."deletedFlag" AS "deletedFlag",
    CAST(0 AS BOOLEAN) AS "isInferred"
FROM silver.silver_cw_company AS c
UNION ALL
SELECT
    CAST("refId" AS BIGINT) AS "CompanyKey",
    "refId" AS "companyId",
    "name" AS "companyName",
    "identifier" AS "companyIdentifier",
    CAST(NULL AS TEXT) AS "companyType",
    CAST(NULL AS BOOLEAN) AS "deletedFlag",
    CAST(1 AS BOOLEAN) AS "isInferred"
FROM ranked
WHERE "place" = 1 AND NOT EXISTS (SELECT 1 FROM silver.silver_cw_company AS known WHERE known.id = ranked."refId")
UNION ALL
SELECT
    CAST(-1 AS BIGINT) AS "CompanyKey",
    CAST(NULL AS BIGINT) AS "companyId",
    'Unknown' AS "companyName",
    CAST(NULL AS TEXT) AS "companyIdentifier",
    CAST(NULL AS TEXT) AS "companyType",
    CAST(NULL AS BOOLEAN) AS "deletedFlag",
    CAST(0 AS BOOLEAN) AS "isInferred"
