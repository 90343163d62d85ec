-- One row: the six checks as counts, and the share of lines without any issue (100 where there are no lines).
-- Narrower than v_data_quality_check: a price counts when it is zero, hours when there are none recorded.
SELECT
    COALESCE(SUM(number_missing), 0) AS missing_invoice_numbers,
    COALESCE(SUM(customer_missing), 0) AS missing_customer_info,
    COALESCE(SUM(unit_missing), 0) AS missing_unit_info,
    COALESCE(SUM(price_zero), 0) AS zero_prices,
    COALESCE(SUM(hours_missing), 0) AS missing_labor_hours,
    COALESCE(SUM(part_missing), 0) AS missing_part_numbers,
    COALESCE(ROUND(
        100.0 * COUNT(CASE
            WHEN number_missing + customer_missing + unit_missing + price_zero + hours_missing + part_missing = 0 THEN 1
        END) / NULLIF(COUNT(*), 0), 2
    ), 100) AS overall_quality_score,
    COUNT(*) AS total_items_checked,
    COALESCE(
        SUM(number_missing + customer_missing + unit_missing + price_zero + hours_missing + part_missing), 0
    ) AS total_issues_found
FROM (
    SELECT
        CASE WHEN invoice_number IS NULL THEN 1 ELSE 0 END AS number_missing,
        CASE WHEN customer_id IS NULL OR customer_title IS NULL THEN 1 ELSE 0 END AS customer_missing,
        CASE WHEN unit_vin IS NULL OR unit_make IS NULL THEN 1 ELSE 0 END AS unit_missing,
        CASE WHEN line_total_price = 0 THEN 1 ELSE 0 END AS price_zero,
        CASE
            WHEN line_item_type = 'LABOR' AND line_source NOT IN ('SUBLET_LABOR', 'RESIDUAL')
                AND actual_hours IS NULL THEN 1 ELSE 0
        END AS hours_missing,
        CASE
            WHEN line_item_type IN ('PART', 'SUPPLY') AND line_source NOT IN ('SHOP_SUPPLIES', 'RESIDUAL')
                AND shop_part_number IS NULL THEN 1 ELSE 0
        END AS part_missing
    FROM fullbay.fullbay_line_items
) AS lines
