-- Raw invoices that could not become lines, with the kind of reason.
CREATE OR REPLACE VIEW fullbay.v_processing_errors AS
SELECT
    fullbay_invoice_id,
    ingestion_timestamp,
    processing_errors,
    CASE
        WHEN LOWER(processing_errors) LIKE '%missing%' THEN 'Missing Data'
        WHEN LOWER(processing_errors) LIKE '%format%' OR LOWER(processing_errors) LIKE '%parse%' THEN 'Format Error'
        WHEN LOWER(processing_errors) LIKE '%constraint%' THEN 'Data Constraint'
        WHEN LOWER(processing_errors) LIKE '%duplicate%' THEN 'Data Constraint'
        ELSE 'Other Error'
    END AS error_category,
    raw_json_data,
    shop_code
FROM fullbay.fullbay_raw_data
WHERE processing_errors IS NOT NULL AND _deleted_at IS NULL;
