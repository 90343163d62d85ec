-- Labels.
SELECT
    l.id AS label_id,
    l.name,
    CAST(NULL AS TEXT) AS description,
    CAST(NULL AS TEXT) AS color,
    CAST(NULL AS TEXT) AS type,
    CAST(1 AS BOOLEAN) AS is_active,
    CAST(NULL AS DATE) AS created_at,
    l.last_change AS updated_at
FROM prohandel_raw.label AS l
WHERE (l.is_deleted IS NULL OR l.is_deleted = CAST(0 AS BOOLEAN))
