-- Lines and revenue by type.
SELECT line_item_type, COUNT(*) AS line_count, SUM(line_total_price) AS total_value
FROM fullbay.fullbay_line_items
GROUP BY line_item_type
ORDER BY line_item_type
