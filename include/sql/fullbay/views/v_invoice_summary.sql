-- One row a shop and invoice. Totals of the order repeat on its lines, so they are taken once (MAX), never summed.
CREATE OR REPLACE VIEW fullbay.v_invoice_summary AS
SELECT
    lines.fullbay_invoice_id,
    MAX(lines.invoice_number) AS invoice_number,
    MAX(lines.invoice_date) AS invoice_date,
    MAX(lines.customer_title) AS customer_title,
    MAX(lines.repair_order_number) AS repair_order_number,
    MAX(lines.unit_make) AS unit_make,
    MAX(lines.unit_model) AS unit_model,
    MAX(lines.unit_year) AS unit_year,
    MAX(lines.unit_vin) AS unit_vin,
    MAX(lines.so_total_amount) AS invoice_total,
    MAX(lines.so_subtotal) AS subtotal,
    MAX(lines.so_tax_total) AS tax_total,
    COUNT(*) AS total_line_items,
    SUM(CASE WHEN lines.line_item_type = 'PART' THEN 1 ELSE 0 END) AS parts_count,
    SUM(CASE WHEN lines.line_item_type = 'SUPPLY' THEN 1 ELSE 0 END) AS supplies_count,
    SUM(CASE WHEN lines.line_item_type = 'LABOR' THEN 1 ELSE 0 END) AS labor_count,
    SUM(CASE WHEN lines.line_item_type IN ('PART', 'SUPPLY') THEN lines.line_total_price ELSE 0 END) AS parts_total,
    SUM(CASE WHEN lines.line_item_type = 'LABOR' THEN lines.line_total_price ELSE 0 END) AS labor_total,
    COUNT(DISTINCT COALESCE(lines.assigned_technician_number, lines.assigned_technician)) AS technician_count,
    MAX(lines.ingestion_timestamp) AS ingested_at,
    SUM(CASE WHEN lines.line_item_type = 'FREIGHT' THEN lines.line_total_price ELSE 0 END) AS freight_total,
    SUM(CASE WHEN lines.line_item_type = 'MISC' THEN lines.line_total_price ELSE 0 END) AS misc_total,
    SUM(lines.line_total_price) AS line_total,
    MAX(reconciliation.status) AS status,
    lines.shop_code
FROM fullbay.fullbay_line_items AS lines
LEFT JOIN fullbay.fullbay_invoice_reconciliation AS reconciliation
    ON reconciliation.shop_code = lines.shop_code
    AND reconciliation.fullbay_invoice_id = lines.fullbay_invoice_id
    AND reconciliation.component = 'parts'
GROUP BY lines.shop_code, lines.fullbay_invoice_id;
