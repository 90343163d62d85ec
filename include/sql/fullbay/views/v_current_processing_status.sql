-- One row: where the raw invoices stand, and how many lines they became.
CREATE OR REPLACE VIEW fullbay.v_current_processing_status AS
SELECT
    raw.total_invoices,
    raw.processed_invoices,
    raw.pending_invoices,
    raw.error_invoices,
    lines.total_line_items,
    ROUND(1.0 * lines.total_line_items / NULLIF(raw.processed_invoices, 0), 2) AS avg_line_items_per_invoice,
    raw.last_ingestion_time,
    raw.last_successful_processing
FROM (
    SELECT
        COUNT(*) AS total_invoices,
        COUNT(CASE WHEN processed = TRUE AND processing_errors IS NULL THEN 1 END) AS processed_invoices,
        COUNT(CASE WHEN processed = FALSE AND processing_errors IS NULL THEN 1 END) AS pending_invoices,
        COUNT(CASE WHEN processing_errors IS NOT NULL THEN 1 END) AS error_invoices,
        MAX(ingestion_timestamp) AS last_ingestion_time,
        MAX(CASE WHEN processed = TRUE AND processing_errors IS NULL THEN updated_at END) AS last_successful_processing
    FROM fullbay.fullbay_raw_data
    WHERE _deleted_at IS NULL
) AS raw
CROSS JOIN (SELECT COUNT(*) AS total_line_items FROM fullbay.fullbay_line_items) AS lines;
