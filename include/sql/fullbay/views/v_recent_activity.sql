-- The last seven days, today included, by the day the lines were taken in.
CREATE OR REPLACE VIEW fullbay.v_recent_activity AS
SELECT
    CAST(ingestion_timestamp AS DATE) AS activity_date,
    COUNT(DISTINCT CONCAT(shop_code, '/', fullbay_invoice_id)) AS invoices_processed,
    COUNT(*) AS line_items_created,
    SUM(line_total_price) AS total_value_processed,
    COUNT(DISTINCT customer_id) AS unique_customers,
    COUNT(DISTINCT COALESCE(assigned_technician_number, assigned_technician)) AS active_technicians,
    SUM(CASE WHEN line_item_type = 'PART' THEN 1 ELSE 0 END) AS parts_processed,
    SUM(CASE WHEN line_item_type = 'SUPPLY' THEN 1 ELSE 0 END) AS supplies_processed,
    SUM(CASE WHEN line_item_type = 'LABOR' THEN 1 ELSE 0 END) AS labor_entries_processed,
    SUM(CASE WHEN line_total_price = 0 THEN 1 ELSE 0 END) AS zero_price_items,
    SUM(CASE WHEN customer_id IS NULL OR customer_title IS NULL THEN 1 ELSE 0 END) AS missing_customer_items
FROM fullbay.fullbay_line_items
WHERE CAST(ingestion_timestamp AS DATE) > CURRENT_DATE - INTERVAL '7' DAY
GROUP BY CAST(ingestion_timestamp AS DATE);
