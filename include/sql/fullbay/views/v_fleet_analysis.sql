-- Vehicles over all shops, by Fullbay's unit id, else by VIN; the rest as last seen.
CREATE OR REPLACE VIEW fullbay.v_fleet_analysis AS
WITH units AS (
    SELECT
        CASE WHEN unit_id IS NOT NULL THEN CONCAT('id ', unit_id) ELSE CONCAT('vin ', unit_vin) END AS unit,
        lines.*
    FROM fullbay.fullbay_line_items AS lines
    WHERE unit_id IS NOT NULL OR unit_vin IS NOT NULL
),
ranked AS (
    SELECT
        units.*,
        ROW_NUMBER() OVER (
            PARTITION BY unit
            ORDER BY invoice_date DESC NULLS LAST, ingestion_timestamp DESC NULLS LAST, line_key
        ) AS place
    FROM units
)
SELECT
    MAX(CASE WHEN place = 1 THEN unit_vin END) AS unit_vin,
    MAX(CASE WHEN place = 1 THEN unit_number END) AS unit_number,
    MAX(CASE WHEN place = 1 THEN unit_make END) AS unit_make,
    MAX(CASE WHEN place = 1 THEN unit_model END) AS unit_model,
    MAX(CASE WHEN place = 1 THEN unit_year END) AS unit_year,
    MAX(CASE WHEN place = 1 THEN customer_title END) AS fleet_owner,
    COUNT(DISTINCT CONCAT(shop_code, '/', fullbay_invoice_id)) AS total_invoices,
    COUNT(DISTINCT CASE
        WHEN repair_order_number IS NOT NULL THEN CONCAT(shop_code, '/', repair_order_number)
    END) AS total_repair_orders,
    MIN(invoice_date) AS first_service_date,
    MAX(invoice_date) AS last_service_date,
    SUM(line_total_price) AS total_service_cost,
    SUM(CASE WHEN line_item_type IN ('PART', 'SUPPLY') THEN line_total_price ELSE 0 END) AS total_parts_cost,
    SUM(CASE WHEN line_item_type = 'LABOR' THEN line_total_price ELSE 0 END) AS total_labor_cost,
    ROUND(
        SUM(line_total_price) / COUNT(DISTINCT CONCAT(shop_code, '/', fullbay_invoice_id)), 2
    ) AS avg_service_cost,
    COUNT(*) AS total_line_items,
    COUNT(DISTINCT CASE
        WHEN invoice_date >= CURRENT_DATE - INTERVAL '90' DAY
            THEN CONCAT(shop_code, '/', fullbay_invoice_id)
    END) AS services_last_90_days,
    SUM(
        CASE WHEN invoice_date >= CURRENT_DATE - INTERVAL '90' DAY THEN line_total_price ELSE 0 END
    ) AS cost_last_90_days
FROM ranked
GROUP BY unit;
