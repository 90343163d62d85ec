-- Suppliers.
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
    s.id AS supplier_id,
    s.name1 AS name,
    s.name2 AS contact_name,
    s.email,
    COALESCE(s.telephone, s.mobile_phone) AS phone,
    s.street AS address_line1,
    CAST(NULL AS TEXT) AS address_line2,
    s.city,
    CAST(NULL AS TEXT) AS state,
    s.zip_code AS postal_code,
    country_of.country_name AS country,
    SUBSTRING(NULLIF(CONCAT(
        CASE WHEN s.street IS NULL THEN '' ELSE CONCAT(', ', s.street) END,
        CASE WHEN s.city IS NULL THEN '' ELSE CONCAT(', ', s.city) END,
        CASE WHEN s.zip_code IS NULL THEN '' ELSE CONCAT(', ', s.zip_code) END,
        CASE WHEN country_of.country_name IS NULL THEN '' ELSE CONCAT(', ', country_of.country_name) END
    ), ''), 3, 4000) AS full_address,
    CAST(NULL AS TEXT) AS tax_id,
    CAST(NULL AS TEXT) AS payment_terms,
    CAST(NULL AS DECIMAL(18, 4)) AS lead_time_days,
    CAST(NULL AS DATE) AS created_at,
    s.last_change AS updated_at
FROM prohandel_raw.supplier AS s
LEFT JOIN country_of ON country_of.number = s.country_number
WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN))
