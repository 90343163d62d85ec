-- rule: what a receipt takes and what it grants off the label price is told for each position
-- severity: warning
-- why: the takings count what there is
-- todo: Look at these positions in ProHandel; one without an amount counts as nothing.
SELECT s.id, s.receipt_number
FROM prohandel_raw.sale AS s
WHERE (s.sale_price IS NULL OR s.quantity IS NULL OR s.date IS NULL) AND (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN));
