-- Credits of customers and what is left of them.
WITH customer_of AS (
    SELECT number, id, is_deleted
    FROM (
        SELECT
            number, id, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.customer
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
)
SELECT
    c.id AS credit_id,
    customer_of.id AS customer_id,
    CAST(NULL AS TEXT) AS order_id,
    c.value AS amount,
    CAST(NULL AS TEXT) AS reason,
    CAST(c.status AS TEXT) AS status,
    c.date AS created_at,
    c.last_change AS updated_at,
    CAST(NULL AS DATE) AS expiry_date,
    c.amount_redeemed AS used_amount,
    c.value - COALESCE(c.amount_redeemed, 0) AS remaining_amount
FROM prohandel_raw.credit AS c
LEFT JOIN customer_of ON customer_of.number = c.customer_number
WHERE (c.is_deleted IS NULL OR c.is_deleted = CAST(0 AS BOOLEAN))
