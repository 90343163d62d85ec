-- Six checks of the lines: how many break each, and which share of the lines it is about.
-- Shop supplies, sublet labor and residual lines have no part number or hours by nature, and are left out there.
CREATE OR REPLACE VIEW fullbay.v_data_quality_check AS
WITH counted AS (
    SELECT
        COUNT(*) AS all_lines,
        SUM(CASE WHEN invoice_number IS NULL THEN 1 ELSE 0 END) AS without_number,
        SUM(CASE WHEN customer_id IS NULL OR customer_title IS NULL THEN 1 ELSE 0 END) AS without_customer,
        SUM(CASE WHEN unit_vin IS NULL OR unit_make IS NULL THEN 1 ELSE 0 END) AS without_unit,
        SUM(CASE WHEN line_total_price <= 0 THEN 1 ELSE 0 END) AS without_price,
        SUM(CASE
            WHEN line_item_type = 'LABOR' AND line_source NOT IN ('SUBLET_LABOR', 'RESIDUAL') THEN 1 ELSE 0
        END) AS labor_lines,
        SUM(CASE
            WHEN line_item_type = 'LABOR' AND line_source NOT IN ('SUBLET_LABOR', 'RESIDUAL')
                AND (actual_hours IS NULL OR actual_hours <= 0) THEN 1 ELSE 0
        END) AS without_hours,
        SUM(CASE
            WHEN line_item_type IN ('PART', 'SUPPLY') AND line_source NOT IN ('SHOP_SUPPLIES', 'RESIDUAL') THEN 1 ELSE 0
        END) AS part_lines,
        SUM(CASE
            WHEN line_item_type IN ('PART', 'SUPPLY') AND line_source NOT IN ('SHOP_SUPPLIES', 'RESIDUAL')
                AND shop_part_number IS NULL THEN 1 ELSE 0
        END) AS without_part_number
    FROM fullbay.fullbay_line_items
),
checks AS (
    SELECT 'Missing Invoice Numbers' AS check_name, without_number AS issues, all_lines AS checked FROM counted
    UNION ALL
    SELECT 'Missing Customer Info', without_customer, all_lines FROM counted
    UNION ALL
    SELECT 'Missing Unit Info', without_unit, all_lines FROM counted
    UNION ALL
    SELECT 'Zero or Negative Prices', without_price, all_lines FROM counted
    UNION ALL
    SELECT 'Missing Labor Hours', without_hours, labor_lines FROM counted
    UNION ALL
    SELECT 'Missing Part Numbers', without_part_number, part_lines FROM counted
)
SELECT
    check_name,
    COALESCE(issues, 0) AS issue_count,
    COALESCE(ROUND(100.0 * issues / NULLIF(checked, 0), 2), 0) AS issue_percent
FROM checks;
