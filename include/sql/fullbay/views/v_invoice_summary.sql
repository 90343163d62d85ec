-- One row a shop and processed invoice, with lines or without. Totals of the order repeat on its lines, so they are
-- taken once (MAX), never summed; those of an invoice without lines are in its reconciliation.
CREATE OR REPLACE VIEW fullbay.v_invoice_summary AS
SELECT
    invoices.fullbay_invoice_id,
    MAX(lines.invoice_number) AS invoice_number,
    MAX(COALESCE(lines.invoice_date, invoices.invoice_date)) AS invoice_date,
    MAX(lines.customer_title) AS customer_title,
    MAX(lines.repair_order_number) AS repair_order_number,
    MAX(lines.unit_make) AS unit_make,
    MAX(lines.unit_model) AS unit_model,
    MAX(lines.unit_year) AS unit_year,
    MAX(lines.unit_vin) AS unit_vin,
    MAX(COALESCE(lines.so_total_amount, vendor.total)) AS invoice_total,
    MAX(COALESCE(lines.so_subtotal, vendor.subtotal)) AS subtotal,
    MAX(COALESCE(lines.so_tax_total, vendor.tax)) AS tax_total,
    COUNT(lines.line_key) AS total_line_items,
    SUM(CASE WHEN lines.line_item_type = 'PART' THEN 1 ELSE 0 END) AS parts_count,
    SUM(CASE WHEN lines.line_item_type = 'SUPPLY' THEN 1 ELSE 0 END) AS supplies_count,
    SUM(CASE WHEN lines.line_item_type = 'LABOR' THEN 1 ELSE 0 END) AS labor_count,
    SUM(CASE WHEN lines.line_item_type IN ('PART', 'SUPPLY') THEN lines.line_total_price ELSE 0 END) AS parts_total,
    SUM(CASE WHEN lines.line_item_type = 'LABOR' THEN lines.line_total_price ELSE 0 END) AS labor_total,
    COUNT(DISTINCT COALESCE(lines.assigned_technician_number, lines.assigned_technician)) AS technician_count,
    MAX(COALESCE(lines.ingestion_timestamp, invoices.ingestion_timestamp)) AS ingested_at,
    SUM(CASE WHEN lines.line_item_type = 'FREIGHT' THEN lines.line_total_price ELSE 0 END) AS freight_total,
    SUM(CASE WHEN lines.line_item_type = 'MISC' THEN lines.line_total_price ELSE 0 END) AS misc_total,
    COALESCE(SUM(lines.line_total_price), 0) AS line_total,
    MAX(vendor.status) AS status,
    invoices.shop_code
FROM fullbay.fullbay_raw_data AS invoices
LEFT JOIN fullbay.fullbay_line_items AS lines
    ON lines.shop_code = invoices.shop_code
    AND lines.fullbay_invoice_id = invoices.fullbay_invoice_id
LEFT JOIN (
    SELECT
        shop_code,
        fullbay_invoice_id,
        MAX(status) AS status,
        CAST(MAX(CASE WHEN component = 'total' THEN vendor_total END) AS NUMERIC(19, 2)) AS total,
        CAST(MAX(CASE WHEN component = 'subtotal' THEN vendor_total END) AS NUMERIC(19, 2)) AS subtotal,
        CAST(MAX(CASE WHEN component = 'tax' THEN vendor_total END) AS NUMERIC(19, 2)) AS tax
    FROM fullbay.fullbay_invoice_reconciliation
    GROUP BY shop_code, fullbay_invoice_id
) AS vendor
    ON vendor.shop_code = invoices.shop_code
    AND vendor.fullbay_invoice_id = invoices.fullbay_invoice_id
WHERE invoices.processed = TRUE AND invoices._deleted_at IS NULL
GROUP BY invoices.shop_code, invoices.fullbay_invoice_id;
