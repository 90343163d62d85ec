-- Categories of articles.
WITH parent_of AS (
    SELECT number, id, is_deleted
    FROM (
        SELECT
            number, id, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.category
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
)
SELECT
    c.id AS category_id,
    c.name,
    CAST(NULL AS TEXT) AS description,
    parent_of.id AS parent_id,
    CAST(NULL AS DECIMAL(18, 4)) AS level,
    CAST(1 AS BOOLEAN) AS is_active,
    CAST(NULL AS DATE) AS created_at,
    c.last_change AS updated_at
FROM prohandel_raw.category AS c
LEFT JOIN parent_of ON parent_of.number = c.main_category_number
WHERE (c.is_deleted IS NULL OR c.is_deleted = CAST(0 AS BOOLEAN))
