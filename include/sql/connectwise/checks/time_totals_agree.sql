-- rule: the fact of time has the rows and the sums that silver has
-- severity: blocking
-- why: a total that is wrong is worse than a fact of the run before
-- todo: Compare the two tables by timeEntryId; a key that is there twice, or a text that an engine takes for another, doubles rows.
SELECT f."rows" AS "factRows", s."rows" AS "silverRows"
FROM (SELECT COUNT(*) AS "rows", SUM(COALESCE("actualHours", 0)) AS "0", SUM(COALESCE("hoursBilled", 0)) AS "1", SUM(COALESCE("invoiceHours", 0)) AS "2", SUM(COALESCE("extendedInvoiceAmount", 0)) AS "3" FROM gold.fact_timeentry) AS f
CROSS JOIN (SELECT COUNT(*) AS "rows", SUM(COALESCE("actualHours", 0)) AS "0", SUM(COALESCE("hoursBilled", 0)) AS "1", SUM(COALESCE("invoiceHours", 0)) AS "2", SUM(COALESCE("extendedInvoiceAmount", 0)) AS "3" FROM silver.silver_cw_timeentry) AS s
WHERE f."rows" <> s."rows" OR COALESCE(f."0", 0) <> COALESCE(s."0", 0) OR COALESCE(f."1", 0) <> COALESCE(s."1", 0) OR COALESCE(f."2", 0) <> COALESCE(s."2", 0) OR COALESCE(f."3", 0) <> COALESCE(s."3", 0);
