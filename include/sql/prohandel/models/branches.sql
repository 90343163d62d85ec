-- Branches, the web shop among them.
WITH country_of AS (
    SELECT number, country_name, is_deleted
    FROM (
        SELECT
            number, country_name, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.country
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
)
SELECT
    b.id AS branch_id,
    b.name1 AS name,
    b.street AS address_line1,
    CAST(NULL AS TEXT) AS address_line2,
    b.city,
    CAST(NULL AS TEXT) AS state,
    b.zip_code AS postal_code,
    country_of.country_name AS country,
    SUBSTRING(NULLIF(CONCAT(
        CASE WHEN b.street IS NULL THEN '' ELSE CONCAT(', ', b.street) END,
        CASE WHEN b.city IS NULL THEN '' ELSE CONCAT(', ', b.city) END,
        CASE WHEN b.zip_code IS NULL THEN '' ELSE CONCAT(', ', b.zip_code) END,
        CASE WHEN country_of.country_name IS NULL THEN '' ELSE CONCAT(', ', country_of.country_name) END
    ), ''), 3, 4000) AS full_address,
    b.telephone_number AS phone,
    b.email,
    CAST(NULL AS TEXT) AS manager_id,
    CAST(NULL AS DATE) AS created_at,
    b.last_change AS updated_at
FROM prohandel_raw.branch AS b
LEFT JOIN country_of ON country_of.number = b.country_number
WHERE (b.is_deleted IS NULL OR b.is_deleted = CAST(0 AS BOOLEAN))
