-- People who work there.
WITH branch_of AS (
    SELECT number, id, is_deleted
    FROM (
        SELECT
            number, id, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.branch
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
)
SELECT
    s.id AS staff_id,
    s.first_name,
    s.last_name,
    s.company_email AS email,
    s.telephone AS phone,
    s.job_title AS position,
    CAST(NULL AS TEXT) AS department,
    branch_of.id AS branch_id,
    s.is_active,
    s.entry_date AS hire_date,
    s.entry_date AS created_at,
    s.last_change AS updated_at
FROM prohandel_raw.staff AS s
LEFT JOIN branch_of ON branch_of.number = s.branch_number
WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN))
