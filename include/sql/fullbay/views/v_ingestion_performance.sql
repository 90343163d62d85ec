-- Raw invoices by the day they were taken in: how many became lines, how many wait, how many failed.
CREATE OR REPLACE VIEW fullbay.v_ingestion_performance AS
SELECT
    CAST(ingestion_timestamp AS DATE) AS ingestion_date,
    COUNT(*) AS total_raw_records,
    SUM(CASE WHEN processed = TRUE AND processing_errors IS NULL THEN 1 ELSE 0 END) AS processed_records,
    SUM(CASE WHEN processed = FALSE AND processing_errors IS NULL THEN 1 ELSE 0 END) AS pending_records,
    SUM(CASE WHEN processing_errors IS NOT NULL THEN 1 ELSE 0 END) AS error_records,
    ROUND(
        100.0 * SUM(CASE WHEN processed = TRUE AND processing_errors IS NULL THEN 1 ELSE 0 END) / COUNT(*), 2
    ) AS success_rate_percent,
    MIN(ingestion_timestamp) AS first_ingestion,
    MAX(ingestion_timestamp) AS last_ingestion
FROM fullbay.fullbay_raw_data
WHERE _deleted_at IS NULL
GROUP BY CAST(ingestion_timestamp AS DATE);
