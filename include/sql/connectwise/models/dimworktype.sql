-- Kinds of work: those that the look-up has, and those that entries and agreements refer to.
WITH referred AS (
    SELECT "workTypeId" AS "refId", "workTypeName" AS "name", "workTypeUtilizationFlag" AS "flag", 1 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_timeentry WHERE "workTypeId" IS NOT NULL
    UNION ALL
    SELECT "workTypeId" AS "refId", "workTypeName" AS "name", "workTypeUtilizationFlag" AS "flag", 4 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_agreement WHERE "workTypeId" IS NOT NULL
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
    CAST(w.id AS BIGINT) AS "WorkTypeKey",
    w.id AS "workTypeId",
    w.name AS "workTypeName",
    w."billTime" AS "billTime",
    w."utilizationFlag" AS "utilizationFlag",
    CAST(0 AS BOOLEAN) AS "isInferred"
FROM silver.silver_cw_worktype AS w
UNION ALL
SELECT
    CAST("refId" AS BIGINT) AS "WorkTypeKey",
    "refId" AS "workTypeId",
    "name" AS "workTypeName",
    CAST(NULL AS TEXT) AS "billTime",
    "flag" AS "utilizationFlag",
    CAST(1 AS BOOLEAN) AS "isInferred"
FROM ranked
WHERE "place" = 1 AND NOT EXISTS (SELECT 1 FROM silver.silver_cw_worktype AS known WHERE known.id = ranked."refId")
UNION ALL
SELECT
    CAST(-1 AS BIGINT) AS "WorkTypeKey",
    CAST(NULL AS BIGINT) AS "workTypeId",
    'Unknown' AS "workTypeName",
    CAST(NULL AS TEXT) AS "billTime",
    CAST(NULL AS BOOLEAN) AS "utilizationFlag",
    CAST(0 AS BOOLEAN) AS "isInferred"
