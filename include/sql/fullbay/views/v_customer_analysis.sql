-- Customers over all shops, by id: a customer that was renamed stays one row, under the latest name.
-- Customers without an id are grouped by their title.
-- Revenue is line_total_price, before tax.
CREATE OR REPLACE VIEW fullbay.v_customer_analysis AS
WITH ranked AS (
    SELECT
        lines.*,
        ROW_NUMBER() OVER (
            PARTITION BY customer_id, CASE WHEN customer_id IS NULL THEN customer_title END
            ORDER BY
                CASE WHEN customer_title IS NULL THEN 1 ELSE 0 END,
                invoice_date DESC NULLS LAST,
                ingestion_timestamp DESC NULLS LAST,
                line_key
        ) AS place
    FROM fullbay.fullbay_line_items AS lines
)
SELECT
    customer_id,
    MAX(CASE WHEN place = 1 THEN customer_title END) AS customer_title,
    MAX(CASE WHEN place = 1 THEN customer_external_id END) AS customer_external_id,
    COUNT(DISTINCT CONCAT(shop_code, '/', fullbay_invoice_id)) AS total_invoices,
    MIN(invoice_date) AS first_invoice_date,
    MAX(invoice_date) AS last_invoice_date,
    SUM(CASE WHEN line_item_type IN ('PART', 'SUPPLY') THEN line_total_price ELSE 0 END) AS total_parts_revenue,
    SUM(CASE WHEN line_item_type = 'LABOR' THEN line_total_price ELSE 0 END) AS total_labor_revenue,
    SUM(line_total_price) AS total_revenue,
    COUNT(DISTINCT CASE
        WHEN repair_order_number IS NOT NULL THEN CONCAT(shop_code, '/', repair_order_number)
    END) AS total_repair_orders,
    COUNT(DISTINCT unit_id) AS unique_vehicles_serviced,
    COUNT(*) AS total_line_items,
    ROUND(
        SUM(line_total_price) / COUNT(DISTINCT CONCAT(shop_code, '/', fullbay_invoice_id)), 2
    ) AS avg_invoice_amount,
    ROUND(
        1.0 * COUNT(*) / COUNT(DISTINCT CONCAT(shop_code, '/', fullbay_invoice_id)), 2
    ) AS avg_line_items_per_invoice
FROM ranked
GROUP BY customer_id, CASE WHEN customer_id IS NULL THEN customer_title END;
