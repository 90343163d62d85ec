-- rule: no article is priced below its cost
-- severity: warning
-- why: a clearance may be meant
-- todo: Look at price and purchase price of these articles in ProHandel.
SELECT s.id, s.price, s.purchase_price
FROM prohandel_raw.article AS s
WHERE s.price > 0 AND s.price < s.purchase_price AND (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN));
