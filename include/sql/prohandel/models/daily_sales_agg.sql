-- Takings and receipts of each day.
WITH receipts AS (
    SELECT date, SUM(quantity) AS quantity, SUM(sale_price) AS amount
    FROM prohandel_raw.sale AS s
    WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN)) AND date IS NOT NULL
    GROUP BY date, branch_number, cash_register_number, receipt_number
)
SELECT
    date AS sale_date,
    COUNT(*) AS sale_count,
    SUM(quantity) AS total_quantity,
    SUM(amount) AS total_amount,
    'daily' AS aggregation_type
FROM receipts
GROUP BY date
