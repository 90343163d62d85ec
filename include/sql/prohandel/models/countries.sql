-- Countries.
WITH currency_of AS (
    SELECT number, iso_alpha3, is_deleted
    FROM (
        SELECT
            number, iso_alpha3, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.currency
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
)
SELECT
    c.id AS country_id,
    c.country_name AS name,
    c.iso_alpha2 AS code,
    c.iso_alpha3 AS iso_code,
    currency_of.iso_alpha3 AS currency_code,
    CAST(1 AS BOOLEAN) AS is_active,
    CAST(NULL AS DATE) AS created_at,
    c.last_change AS updated_at
FROM prohandel_raw.country AS c
LEFT JOIN currency_of ON currency_of.number = c.currency_number
WHERE (c.is_deleted IS NULL OR c.is_deleted = CAST(0 AS BOOLEAN))
