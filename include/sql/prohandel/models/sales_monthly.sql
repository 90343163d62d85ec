-- The same by month; the period is its first day.
WITH sold AS (
    SELECT
        c.month_begins AS period,
        d.article_number,
        d.location_id,
        MAX(d.article_id) AS article_id,
        SUM(d.total_quantity) AS quantity,
        SUM(d.total_amount) AS amount,
        SUM(d.transaction_count) AS transactions
    FROM prohandel.sales_daily AS d
    INNER JOIN prohandel.calendar AS c ON c.day = d.period
    GROUP BY c.month_begins, d.article_number, d.location_id
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
