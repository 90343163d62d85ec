-- Customers with what they bought and when last.
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
),
bought AS (
    SELECT customer_number, MAX(date) AS last_day
    FROM prohandel_raw.sale AS s
    WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN))
    GROUP BY customer_number
)
SELECT
    c.id AS customer_id,
    c.first_name,
    c.last_name,
    c.email,
    COALESCE(c.telephone, c.mobile_phone) AS phone,
    c.street AS address_line1,
    c.po_box AS address_line2,
    c.city,
    CAST(NULL AS TEXT) AS state,
    c.zip_code AS postal_code,
    country_of.country_name AS country,
    SUBSTRING(NULLIF(CONCAT(
        CASE WHEN c.street IS NULL THEN '' ELSE CONCAT(', ', c.street) END,
        CASE WHEN c.po_box IS NULL THEN '' ELSE CONCAT(', ', c.po_box) END,
        CASE WHEN c.city IS NULL THEN '' ELSE CONCAT(', ', c.city) END,
        CASE WHEN c.zip_code IS NULL THEN '' ELSE CONCAT(', ', c.zip_code) END,
        CASE WHEN country_of.country_name IS NULL THEN '' ELSE CONCAT(', ', country_of.country_name) END
    ), ''), 3, 4000) AS full_address,
    CASE WHEN CAST(c.is_business AS INTEGER) = 1 THEN 'business' ELSE 'individual' END AS customer_type,
    CASE WHEN CAST(c.is_business AS INTEGER) = 1 THEN c.name1 END AS company_name,
    c.vat_number AS tax_id,
    c.creation_date AS created_at,
    c.last_change AS updated_at,
    bought.last_day AS last_purchase_date,
    -c.revenue AS total_purchases,
    c.loyality_points AS loyalty_points,
    CASE
        WHEN CAST(c.is_locked AS INTEGER) = 1 THEN 'locked'
        WHEN CAST(c.inactive_flag AS INTEGER) = 1 THEN 'inactive'
        ELSE 'active'
    END AS customer_status
FROM prohandel_raw.customer AS c
LEFT JOIN country_of ON country_of.number = c.country_number
LEFT JOIN bought ON bought.customer_number = c.number
WHERE (c.is_deleted IS NULL OR c.is_deleted = CAST(0 AS BOOLEAN))
