-- Stock of each branch, by the branch's number.
SELECT
    COALESCE(CAST(branch_number AS TEXT), '') AS agg_id,
    COALESCE(CAST(branch_number AS TEXT), '') AS warehouse,
    COUNT(DISTINCT article_number) AS article_count,
    COALESCE(SUM(stock_quantity), 0) AS total_quantity
FROM prohandel_raw.articlesize AS s
WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN))
GROUP BY branch_number
