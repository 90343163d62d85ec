-- Orders to suppliers; the age is that of the day on which it is read.
WITH branch_of AS (
    SELECT number, id, is_deleted
    FROM (
        SELECT
            number, id, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.branch
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
),
totals AS (
    SELECT
        p.order_id,
        SUM(COALESCE(p.order_amount, p.quantity) * COALESCE(p.net_purchase_price, p.purchase_price, p.price)) AS amount,
        COUNT(*) AS items,
        CASE
            WHEN COUNT(p.branch_number) = COUNT(*) AND MIN(p.branch_number) = MAX(p.branch_number)
                THEN MIN(p.branch_number)
        END AS branch_number
    FROM prohandel_raw.order_position AS p
    WHERE (p.is_deleted IS NULL OR p.is_deleted = CAST(0 AS BOOLEAN))
    GROUP BY p.order_id
)
SELECT
    o.id AS order_id,
    CAST(NULL AS TEXT) AS customer_id,
    o.created AS order_date,
    COALESCE(totals.amount, 0) AS total_amount,
    CAST(NULL AS DECIMAL(18, 4)) AS tax_amount,
    o.overall_discount AS discount_amount,
    CAST(NULL AS DECIMAL(18, 4)) AS shipping_amount,
    CAST(o.status AS TEXT) AS status,
    CAST(NULL AS TEXT) AS payment_status,
    CAST(NULL AS TEXT) AS shipping_status,
    CAST(NULL AS TEXT) AS shipping_method,
    CAST(NULL AS TEXT) AS payment_method,
    o.info AS notes,
    o.created AS created_at,
    o.last_change AS updated_at,
    branch_of.id AS branch_id,
    CAST(NULL AS TEXT) AS employee_id,
    CURRENT_DATE - o.created_day AS order_age_days,
    COALESCE(totals.items, 0) AS items_count
FROM prohandel_raw."order" AS o
LEFT JOIN totals ON totals.order_id = o.id
LEFT JOIN branch_of ON branch_of.number = totals.branch_number
WHERE (o.is_deleted IS NULL OR o.is_deleted = CAST(0 AS BOOLEAN))
