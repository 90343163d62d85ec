-- rule: nothing is sold in the future
-- severity: warning
-- why: it is what the vendor's own screen shows, and its takings count on that day
-- todo: Look at the clock of the cash register; the receipt is put right in ProHandel.
SELECT s.id, s.sold_at
FROM prohandel_raw.sale AS s
WHERE s.sold_at > CURRENT_TIMESTAMP AND (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN));
