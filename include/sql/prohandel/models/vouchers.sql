-- Vouchers.
SELECT
    v.id AS voucher_id,
    COALESCE(v.internet_code, CAST(v.number AS TEXT)) AS code,
    CAST(v.type AS TEXT) AS type,
    v.value AS amount,
    CAST(NULL AS DECIMAL(18, 4)) AS percentage,
    v.valid_from AS start_date,
    v.valid_until AS end_date,
    CASE WHEN active.number IS NULL THEN CAST(0 AS BOOLEAN) ELSE CAST(1 AS BOOLEAN) END AS is_active,
    CAST(NULL AS DECIMAL(18, 4)) AS usage_limit,
    CAST(NULL AS DECIMAL(18, 4)) AS usage_count,
    v.date AS created_at,
    v.last_change AS updated_at,
    CAST(NULL AS DECIMAL(18, 4)) AS minimum_order_amount,
    CAST(NULL AS DECIMAL(18, 4)) AS maximum_discount_amount
FROM prohandel_raw.voucher AS v
LEFT JOIN prohandel.code AS active ON active.kind = 'active_voucher' AND active.number = v.status
WHERE (v.is_deleted IS NULL OR v.is_deleted = CAST(0 AS BOOLEAN))
