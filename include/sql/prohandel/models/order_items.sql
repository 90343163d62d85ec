-- Positions of orders.
WITH article_of AS (
    SELECT number, id, is_deleted
    FROM (
        SELECT
            number, id, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.article
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
)
SELECT
    p.id AS order_item_id,
    p.order_id,
    article_of.id AS article_id,
    COALESCE(p.order_amount, p.quantity) AS quantity,
    COALESCE(p.net_purchase_price, p.purchase_price, p.price) AS unit_price,
    COALESCE(p.order_amount, p.quantity) * COALESCE(p.net_purchase_price, p.purchase_price, p.price) AS total_price,
    p.discount,
    CAST(NULL AS DECIMAL(18, 4)) AS tax_rate,
    CAST(NULL AS DECIMAL(18, 4)) AS tax_amount,
    o.created AS created_at,
    COALESCE(p.last_change, o.last_change) AS updated_at
FROM prohandel_raw.order_position AS p
INNER JOIN prohandel_raw."order" AS o ON o.id = p.order_id
LEFT JOIN article_of ON article_of.number = p.article_number
WHERE (p.is_deleted IS NULL OR p.is_deleted = CAST(0 AS BOOLEAN)) AND (o.is_deleted IS NULL OR o.is_deleted = CAST(0 AS BOOLEAN))
