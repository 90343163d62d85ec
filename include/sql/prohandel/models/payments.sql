-- Payments of invoices.
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
),
currency_of AS (
    SELECT number, iso_alpha3, course, unit, is_deleted
    FROM (
        SELECT
            number, iso_alpha3, course, unit, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.currency
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
),
invoice_of AS (
    SELECT number, date, id, is_deleted
    FROM (
        SELECT
            number, date, id, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number, date
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.invoice
        WHERE number IS NOT NULL AND date IS NOT NULL
    ) AS ranked
    WHERE place = 1
)
SELECT
    p.id AS payment_id,
    CAST(NULL AS TEXT) AS order_id,
    invoice_of.id AS invoice_id,
    customer_of.id AS customer_id,
    p.amount,
    CAST(NULL AS TEXT) AS payment_method,
    p.date AS payment_date,
    CAST(p.status AS TEXT) AS status,
    CAST(p.receipt_number AS TEXT) AS reference_number,
    CAST(NULL AS TEXT) AS notes,
    p.date AS created_at,
    p.last_change AS updated_at,
    currency_of.iso_alpha3 AS currency_code,
    CASE WHEN currency_of.unit <> 0 THEN ROUND(currency_of.course / currency_of.unit, 10) END AS exchange_rate
FROM prohandel_raw.payment AS p
LEFT JOIN invoice_of ON invoice_of.number = p.number AND invoice_of.date = p.invoice_date
LEFT JOIN customer_of ON customer_of.number = p.customer_number
LEFT JOIN currency_of ON currency_of.number = p.currency_number
WHERE (p.is_deleted IS NULL OR p.is_deleted = CAST(0 AS BOOLEAN))
