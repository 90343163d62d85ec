-- Business units, as entries name them; the latest entry's name counts.
WITH referred AS (
    SELECT "businessUnitId", "businessGroupDesc" AS "name", 1 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_timeentry WHERE "businessUnitId" IS NOT NULL
    UNION ALL
    SELECT "businessUnitId", CAST(NULL AS TEXT) AS "name", 2 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_expenseentry WHERE "businessUnitId" IS NOT NULL
    UNION ALL
    SELECT "businessUnitId", "businessUnitName" AS "name", 3 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_productitem WHERE "businessUnitId" IS NOT NULL
),
ranked AS (
    SELECT
        referred.*,
        ROW_NUMBER() OVER (
            PARTITION BY "businessUnitId"
            ORDER BY
                CASE WHEN "name" IS NULL THEN 1 ELSE 0 END NULLS FIRST,
                "lastUpdated" DESC NULLS LAST, "kind" NULLS FIRST, id DESC NULLS LAST
        ) AS "place"
    FROM referred
)
SELECT "businessUnitId" AS "BusinessUnitKey", "businessUnitId", "name" AS "businessGroupDesc"
FROM ranked
WHERE "place" = 1
UNION ALL
SELECT
    CAST(-1 AS BIGINT) AS "BusinessUnitKey",
    CAST(NULL AS BIGINT) AS "businessUnitId",
    'Unknown' AS "businessGroupDesc"
