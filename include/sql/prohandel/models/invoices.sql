-- Invoices and what is still owed.
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
    i.id AS invoice_id,
    CAST(NULL AS TEXT) AS order_id,
    customer_of.id AS customer_id,
    CAST(i.number AS TEXT) AS invoice_number,
    i.date AS invoice_date,
    i.payment_due_date AS due_date,
    i.amount AS total_amount,
    CAST(NULL AS DECIMAL(18, 4)) AS tax_amount,
    CAST(NULL AS DECIMAL(18, 4)) AS discount_amount,
    CAST(i.status AS TEXT) AS status,
    CASE
        WHEN i.amount_cleared >= i.amount THEN 'paid'
        WHEN i.amount_cleared > 0 THEN 'partial'
        ELSE 'open'
    END AS payment_status,
    CAST(NULL AS TEXT) AS notes,
    i.date AS created_at,
    i.last_change AS updated_at,
    i.amount_cleared AS paid_amount,
    i.amount - COALESCE(i.amount_cleared, 0) AS remaining_amount
FROM prohandel_raw.invoice AS i
LEFT JOIN customer_of ON customer_of.number = i.customer_number
WHERE (i.is_deleted IS NULL OR i.is_deleted = CAST(0 AS BOOLEAN))
