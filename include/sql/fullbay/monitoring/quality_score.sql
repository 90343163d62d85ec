-- One row: the share of lines without any issue (100 where there are no lines), as data_quality.sql counts them.
-- Asked only where some invoice has no counts of its own.
SELECT
    COALESCE(ROUND(100.0 * COUNT(CASE
        WHEN invoice_number IS NOT NULL
            AND customer_id IS NOT NULL AND customer_title IS NOT NULL
            AND unit_vin IS NOT NULL AND unit_make IS NOT NULL
            AND line_total_price <> 0
            AND (line_item_type <> 'LABOR' OR line_source IN ('SUBLET_LABOR', 'RESIDUAL') OR actual_hours IS NOT NULL)
            AND (
                line_item_type NOT IN ('PART', 'SUPPLY') OR line_source IN ('SHOP_SUPPLIES', 'RESIDUAL')
                OR shop_part_number IS NOT NULL
            ) THEN 1
    END) / NULLIF(COUNT(*), 0), 2), 100) AS score
FROM fullbay.fullbay_line_items
