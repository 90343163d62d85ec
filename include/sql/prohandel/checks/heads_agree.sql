-- rule: the heads of receipts are the sums of their positions
-- severity: blocking
-- why: a total that is wrong is worse than that of the run before
-- todo: Compare prohandel.receipt with prohandel_raw.sale by branch, register, number and day.
SELECT r.amount AS amount, s.amount AS amount_of_positions
FROM (SELECT COALESCE(SUM(amount), 0) AS amount, COALESCE(SUM(discount), 0) AS discount FROM prohandel.receipt) AS r
CROSS JOIN (
    SELECT COALESCE(SUM(sale_price), 0) AS amount, COALESCE(SUM(discount), 0) AS discount
    FROM prohandel_raw.sale AS s
    WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN))
) AS s
WHERE r.amount <> s.amount OR r.discount <> s.discount;
