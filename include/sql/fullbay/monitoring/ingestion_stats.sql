-- One row: how much is there, and how much came in during the last 24 hours.
SELECT
    raw.total_raw_records,
    raw.processed_records,
    raw.error_records,
    raw.last_ingestion,
    lines.total_line_items,
    lines.unique_invoices,
    lines.unique_customers,
    lines.total_financial_value,
    lines.last_line_item_created,
    lines.recent_line_items,
    raw.recent_invoices
FROM (
    SELECT
        COUNT(*) AS total_raw_records,
        COUNT(CASE WHEN processed = TRUE AND processing_errors IS NULL THEN 1 END) AS processed_records,
        COUNT(CASE WHEN processing_errors IS NOT NULL THEN 1 END) AS error_records,
        MAX(ingestion_timestamp) AS last_ingestion,
        COUNT(CASE WHEN ingestion_timestamp > CURRENT_TIMESTAMP - INTERVAL '24' HOUR THEN 1 END) AS recent_invoices
    FROM fullbay.fullbay_raw_data
    WHERE _deleted_at IS NULL
) AS raw
CROSS JOIN (
    SELECT
        COUNT(*) AS total_line_items,
        COUNT(DISTINCT raw_data_id) AS unique_invoices,
        COUNT(DISTINCT customer_id) AS unique_customers,
        COALESCE(SUM(line_total_price), 0) AS total_financial_value,
        MAX(ingestion_timestamp) AS last_line_item_created,
        COUNT(CASE WHEN ingestion_timestamp > CURRENT_TIMESTAMP - INTERVAL '24' HOUR THEN 1 END) AS recent_line_items
    FROM fullbay.fullbay_line_items
) AS lines
