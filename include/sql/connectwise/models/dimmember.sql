-- People who work: those that the look-up has, and those that entries refer to.
WITH referred AS (
    SELECT "memberId" AS "refId", COALESCE("memberName", "memberIdentifier") AS "name", 1 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_timeentry WHERE "memberId" IS NOT NULL
    UNION ALL
    SELECT "memberId" AS "refId", COALESCE("memberName", "memberIdentifier") AS "name", 2 AS "kind", id, "lastUpdated"
    FROM silver.silver_cw_expenseentry WHERE "memberId" IS NOT NULL
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
    CAST(m.id AS BIGINT) AS "MemberKey",
    m.id AS "memberId",
    COALESCE(
        CASE
            WHEN m."firstName" IS NULL THEN m."lastName"
            WHEN m."lastName" IS NULL THEN m."firstName"
            ELSE m."firstName" || ' ' || m."lastName"
        END,
        m.identifier
    ) AS "memberName",
    m."officeEmail" AS "officeEmail",
    m."inactiveFlag" AS "inactiveFlag",
    CAST(0 AS BOOLEAN) AS "isInferred"
FROM silver.silver_cw_member AS m
UNION ALL
SELECT
    CAST("refId" AS BIGINT) AS "MemberKey",
    "refId" AS "memberId",
    "name" AS "memberName",
    CAST(NULL AS TEXT) AS "officeEmail",
    CAST(NULL AS BOOLEAN) AS "inactiveFlag",
    CAST(1 AS BOOLEAN) AS "isInferred"
FROM ranked
WHERE "place" = 1 AND NOT EXISTS (SELECT 1 FROM silver.silver_cw_member AS known WHERE known.id = ranked."refId")
UNION ALL
SELECT
    CAST(-1 AS BIGINT) AS "MemberKey",
    CAST(NULL AS BIGINT) AS "memberId",
    'Unknown' AS "memberName",
    CAST(NULL AS TEXT) AS "officeEmail",
    CAST(NULL AS BOOLEAN) AS "inactiveFlag",
    CAST(0 AS BOOLEAN) AS "isInferred"
