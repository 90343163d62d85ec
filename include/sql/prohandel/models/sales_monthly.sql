-- The same by month; the period is its first day.
WITH sold AS (
    SELECT
        CAST(DATE_TRUNC('month', d.period) AS DATE) AS period,
        d.article_number,
        d.location_id,
        MAX(d.article_id) AS article_id,
        SUM(d.total_quantity) AS quantity,
        SUM(d.total_amount) AS amount,
        SUM(d.transaction_count) AS transactions
    FROM prohandel.sales_daily AS d
    GROUP BY CAST(DATE_TRUNC('month', d.period) AS DATE), d.article_number, d.location_id
)
SELECT
    period,
    article_number,
    location_id,
    article_id,
    quantity AS total_quantity,
    amount AS total_amount,
    CASE WHEN quantity <> 0 THEN ROUND(amount / quantity, 6) END AS average_price,
    transactions AS transaction_count
FROM sold
