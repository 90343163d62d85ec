-- Parts and supplies that have a part number, over all shops. Averages are weighted by quantity.
-- The same number in another spelling (LF-9080, lf-9080) is the same part; the description is its most frequent one.
CREATE OR REPLACE VIEW fullbay.v_parts_analysis AS
WITH parts AS (
    SELECT UPPER(shop_part_number) AS part, lines.*
    FROM fullbay.fullbay_line_items AS lines
    WHERE line_item_type IN ('PART', 'SUPPLY') AND shop_part_number IS NOT NULL
),
described AS (
    SELECT
        part,
        part_description,
        MAX(part_category) AS part_category,
        ROW_NUMBER() OVER (PARTITION BY part ORDER BY COUNT(*) DESC, part_description) AS place
    FROM parts
    GROUP BY part, part_description
)
SELECT
    MAX(parts.shop_part_number) AS shop_part_number,
    MAX(described.part_description) AS part_description,
    MAX(described.part_category) AS part_category,
    COUNT(*) AS usage_count,
    SUM(parts.quantity) AS total_quantity_used,
    COUNT(DISTINCT CONCAT(parts.shop_code, '/', parts.fullbay_invoice_id)) AS invoices_used_on,
    ROUND(SUM(parts.line_total_cost) / NULLIF(SUM(parts.quantity), 0), 4) AS avg_unit_cost,
    ROUND(SUM(parts.line_total_price) / NULLIF(SUM(parts.quantity), 0), 4) AS avg_selling_price,
    SUM(parts.line_total_cost) AS total_cost,
    SUM(parts.line_total_price) AS total_revenue,
    SUM(parts.line_total_price) - COALESCE(SUM(parts.line_total_cost), 0) AS total_profit,
    ROUND(
        100.0 * (SUM(parts.line_total_price) - COALESCE(SUM(parts.line_total_cost), 0))
        / NULLIF(SUM(parts.line_total_price), 0), 2
    ) AS profit_margin_percent,
    MAX(parts.invoice_date) AS last_used_date,
    SUM(CASE WHEN parts.invoice_date >= CURRENT_DATE - INTERVAL '30' DAY THEN 1 ELSE 0 END) AS used_last_30_days
FROM parts
INNER JOIN described ON described.part = parts.part AND described.place = 1
GROUP BY parts.part;
