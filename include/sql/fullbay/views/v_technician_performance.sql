-- Technicians over all shops, by number where they have one, else by name. Numbers are a shop's own: where two shops
-- give the same number to two people, those are one row here, so ask one shop's lines where that matters. Hours are the hours worked: they are spread
-- over a technician's lines, so their sum is the technician's figure.
CREATE OR REPLACE VIEW fullbay.v_technician_performance AS
WITH labor AS (
    SELECT COALESCE(assigned_technician_number, assigned_technician) AS technician, lines.*
    FROM fullbay.fullbay_line_items AS lines
    WHERE line_item_type = 'LABOR' AND COALESCE(assigned_technician_number, assigned_technician) IS NOT NULL
),
ranked AS (
    SELECT
        labor.*,
        ROW_NUMBER() OVER (
            PARTITION BY technician
            ORDER BY
                CASE WHEN assigned_technician IS NULL THEN 1 ELSE 0 END,
                invoice_date DESC NULLS LAST,
                ingestion_timestamp DESC NULLS LAST,
                line_key
        ) AS place
    FROM labor
)
SELECT
    MAX(CASE WHEN place = 1 THEN assigned_technician END) AS assigned_technician,
    MAX(assigned_technician_number) AS assigned_technician_number,
    COUNT(*) AS total_labor_entries,
    COUNT(DISTINCT CONCAT(shop_code, '/', fullbay_invoice_id)) AS invoices_worked_on,
    COUNT(DISTINCT CASE
        WHEN repair_order_number IS NOT NULL THEN CONCAT(shop_code, '/', repair_order_number)
    END) AS repair_orders_worked_on,
    SUM(actual_hours) AS total_hours_worked,
    ROUND(SUM(actual_hours) / COUNT(*), 4) AS avg_hours_per_job,
    SUM(line_total_price) AS total_labor_revenue,
    ROUND(SUM(line_total_price) / COUNT(*), 2) AS avg_job_value,
    ROUND(SUM(line_total_price) / NULLIF(SUM(actual_hours), 0), 2) AS revenue_per_hour,
    MAX(invoice_date) AS last_work_date,
    SUM(CASE WHEN invoice_date >= CURRENT_DATE - INTERVAL '30' DAY THEN 1 ELSE 0 END) AS jobs_last_30_days,
    SUM(CASE WHEN invoice_date >= CURRENT_DATE - INTERVAL '30' DAY THEN actual_hours ELSE 0 END) AS hours_last_30_days
FROM ranked
GROUP BY technician;
