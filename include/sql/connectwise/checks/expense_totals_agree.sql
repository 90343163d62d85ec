-- rule: the fact of expenses has the rows and the sums that silver has
-- severity: blocking
-- why: a total that is wrong is worse than a fact of the run before
-- todo: Compare the two tables by expenseId; a key that is there twice, or a text that an engine takes for another, doubles rows.
SELECT f."rows" AS "factRows", s."rows" AS "silverRows"
FROM (SELECT COUNT(*) AS "rows", SUM(COALESCE("amount", 0)) AS "0", SUM(COALESCE("invoiceAmount", 0)) AS "1" FROM gold.fact_expenseentry) AS f
CROSS JOIN (SELECT COUNT(*) AS "rows", SUM(COALESCE("amount", 0)) AS "0", SUM(COALESCE("invoiceAmount", 0)) AS "1" FROM silver.silver_cw_expenseentry) AS s
WHERE f."rows" <> s."rows" OR COALESCE(f."0", 0) <> COALESCE(s."0", 0) OR COALESCE(f."1", 0) <> COALESCE(s."1", 0);
