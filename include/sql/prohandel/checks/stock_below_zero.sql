-- rule: no stock is below zero
-- severity: warning
-- why: it is what the vendor's own screen shows
-- todo: Count these sizes in the branch, or look for goods that were not booked in.
SELECT s.id, s.branch_number, s.stock_quantity
FROM prohandel_raw.articlesize AS s
WHERE s.stock_quantity < 0 AND (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN));
