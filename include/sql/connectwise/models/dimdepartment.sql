-- Departments: those that the look-up has, and those that entries and agreements refer to.
WITH referred AS (
    SELECT "departmentId" AS "refId", "departmentName" AS "name", CAST(NULL AS TEXT) AS "identifier", 1 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_timeentry WHERE "departmentId" IS NOT NULL
    UNION ALL
    SELECT "departmentId" AS "refId", "departmentName" AS "name", "departmentIdentifier" AS "identifier", 4 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_agreement WHERE "departmentId" IS NOT NULL
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
    CAST(d.id AS BIGINT) AS "DepartmentKey",
    d.id AS "departmentId",
    d.name AS "departmentName",
    d.identifier AS "departmentIdentifier",
    CAST(0 AS BOOLEAN) AS "isInferred"
FROM silver.silver_cw_department AS d
UNION ALL
SELECT
    CAST("refId" AS BIGINT) AS "DepartmentKey",
    "refId" AS "departmentId",
    "name" AS "departmentName",
    "identifier" AS "departmentIdentifier",
    CAST(1 AS BOOLEAN) AS "isInferred"
FROM ranked
WHERE "place" = 1 AND NOT EXISTS (SELECT 1 FROM silver.silver_cw_department AS known WHERE known.id = ranked."refId")
UNION ALL
SELECT
    CAST(-1 AS BIGINT) AS "DepartmentKey",
    CAST(NULL AS BIGINT) AS "departmentId",
    'Unknown' AS "departmentName",
    CAST(NULL AS TEXT) AS "departmentIdentifier",
    CAST(0 AS BOOLEAN) AS "isInferred"
