-- rule: the days' takings and quantities are those of the receipts' positions
-- severity: blocking
-- why: takings that are wrong are worse than those of the run before
-- todo: Compare prohandel.daily_sales_agg with prohandel_raw.sale by day.
SELECT d.amount AS amount, s.amount AS amount_of_positions
FROM (SELECT COALESCE(SUM(total_amount), 0) AS amount, COALESCE(SUM(total_quantity), 0) AS quantity FROM prohandel.daily_sales_agg) AS d
CROSS JOIN (
    SELECT COALESCE(SUM(sale_price), 0) AS amount, COALESCE(SUM(quantity), 0) AS quantity
    FROM prohandel_raw.sale AS s
    WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN)) AND date IS NOT NULL
) AS s
WHERE d.amount <> s.amount OR d.quantity <> s.quantity;
