-- Roles in which work is done: those that the look-up has, and those that entries and agreements refer to.
WITH referred AS (
    SELECT "workRoleId" AS "refId", "workRoleName" AS "name", 1 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_timeentry WHERE "workRoleId" IS NOT NULL
    UNION ALL
    SELECT "workRoleId" AS "refId", "workRoleName" AS "name", 4 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_agreement WHERE "workRoleId" IS NOT NULL
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
    CAST(w.id AS BIGINT) AS "WorkRoleKey",
    w.id AS "workRoleId",
    w.name AS "workRoleName",
    CAST(0 AS BOOLEAN) AS "isInferred"
FROM silver.silver_cw_workrole AS w
UNION ALL
SELECT
    CAST("refId" AS BIGINT) AS "WorkRoleKey",
    "refId" AS "workRoleId",
    "name" AS "workRoleName",
    CAST(1 AS BOOLEAN) AS "isInferred"
FROM ranked
WHERE "place" = 1 AND NOT EXISTS (SELECT 1 FROM silver.silver_cw_workrole AS known WHERE known.id = ranked."refId")
UNION ALL
SELECT
    CAST(-1 AS BIGINT) AS "WorkRoleKey",
    CAST(NULL AS BIGINT) AS "workRoleId",
    'Unknown' AS "workRoleName",
    CAST(0 AS BOOLEAN) AS "isInferred"
