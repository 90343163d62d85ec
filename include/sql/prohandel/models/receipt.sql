-- Heads of receipts: the positions of one branch, register, number and day, which have no head of their own.
WITH placed AS (
    SELECT
        s.*,
        ROW_NUMBER() OVER (PARTITION BY branch_number, cash_register_number, receipt_number, date ORDER BY receipt_position NULLS FIRST, id NULLS FIRST) AS place,
        ROW_NUMBER() OVER (
            PARTITION BY branch_number, cash_register_number, receipt_number, date
            ORDER BY CASE WHEN customer_number IS NULL THEN 1 ELSE 0 END NULLS FIRST, receipt_position NULLS FIRST, id NULLS FIRST
        ) AS customer_place,
        ROW_NUMBER() OVER (
            PARTITION BY branch_number, cash_register_number, receipt_number, date
            ORDER BY CASE WHEN staff_number IS NULL THEN 1 ELSE 0 END NULLS FIRST, receipt_position NULLS FIRST, id NULLS FIRST
        ) AS staff_place
    FROM prohandel_raw.sale AS s
    WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN))
)
SELECT
    MIN(CASE WHEN place = 1 THEN id END) AS id,
    branch_number,
    cash_register_number,
    receipt_number,
    date,
    MIN(CASE WHEN place = 1 THEN sold_at END) AS sold_at,
    MIN(CASE WHEN place = 1 THEN payment_option_number END) AS payment_option_number,
    MIN(CASE WHEN place = 1 THEN type END) AS type,
    MIN(CASE WHEN customer_place = 1 THEN customer_number END) AS customer_number,
    MIN(CASE WHEN staff_place = 1 THEN staff_number END) AS staff_number,
    SUM(sale_price) AS amount,
    SUM(discount) AS discount,
    MAX(last_change) AS last_change
FROM placed
GROUP BY branch_number, cash_register_number, receipt_number, date
