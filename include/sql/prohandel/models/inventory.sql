-- Stock of each size of an article in each branch.
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
),
branch_of AS (
    SELECT number, id, stocktaking_date, is_deleted
    FROM (
        SELECT
            number, id, stocktaking_date, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.branch
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
),
stock AS (
    SELECT
        s.*,
        COALESCE(own.min_stock_level, usual.min_stock_level) AS min_stock_level,
        COALESCE(own.max_stock_level, usual.max_stock_level) AS max_stock_level,
        COALESCE(own.reorder_point, usual.reorder_point) AS reorder_point
    FROM prohandel_raw.articlesize AS s
    LEFT JOIN prohandel.stock_threshold AS own ON own.article_number = s.article_number
    LEFT JOIN prohandel.stock_threshold AS usual ON usual.article_number = 0
    WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN))
)
SELECT
    s.id AS inventory_id,
    article_of.id AS article_id,
    branch_of.id AS warehouse_id,
    s.stock_quantity AS quantity,
    s.min_stock_level,
    s.max_stock_level,
    s.reorder_point,
    CASE
        WHEN s.stock_quantity <= 0 THEN 'out_of_stock'
        WHEN s.stock_quantity < s.reorder_point THEN 'low_stock'
        WHEN s.max_stock_level > 0 AND s.stock_quantity > s.max_stock_level THEN 'overstocked'
        ELSE 'normal'
    END AS stock_status,
    branch_of.stocktaking_date AS last_count_date,
    s.first_purchase_date AS created_at,
    s.last_change AS updated_at
FROM stock AS s
LEFT JOIN article_of ON article_of.number = s.article_number
LEFT JOIN branch_of ON branch_of.number = s.branch_number
