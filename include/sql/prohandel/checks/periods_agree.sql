-- rule: the days of articles and branches add up to the receipts' positions
-- severity: blocking
-- why: a total that is wrong is worse than that of the run before
-- todo: Compare prohandel.sales_daily with prohandel_raw.sale by day.
SELECT a.amount AS amount, s.amount AS amount_of_positions
FROM (SELECT COALESCE(SUM(total_amount), 0) AS amount, COALESCE(SUM(total_quantity), 0) AS quantity FROM prohandel.sales_daily) AS a
CROSS JOIN (
    SELECT COALESCE(SUM(sale_price), 0) AS amount, COALESCE(SUM(quantity), 0) AS quantity
    FROM prohandel_raw.sale AS s
    WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN)) AND date IS NOT NULL
) AS s
WHERE a.amount <> s.amount OR a.quantity <> s.quantity;
