-- Positions of receipts.
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
items AS (
    SELECT
        s.*,
        FIRST_VALUE(id) OVER (PARTITION BY branch_number, cash_register_number, receipt_number, date ORDER BY receipt_position NULLS FIRST, id NULLS FIRST) AS sale_id
    FROM prohandel_raw.sale AS s
    WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN))
)
SELECT
    i.id AS sale_item_id,
    i.sale_id,
    article_of.id AS article_id,
    i.quantity,
    CASE WHEN i.quantity <> 0 THEN ROUND(i.sale_price / i.quantity, 4) END AS unit_price,
    i.sale_price AS total_price,
    i.discount,
    CAST(NULL AS DECIMAL(18, 4)) AS tax_rate,
    CAST(NULL AS DECIMAL(18, 4)) AS tax_amount,
    i.purchase_price AS cost_price,
    CASE WHEN i.sale_price <> 0 THEN ROUND((i.sale_price - i.purchase_price) / i.sale_price * 100, 2) END AS profit_margin,
    i.sold_at AS created_at,
    i.last_change AS updated_at
FROM items AS i
LEFT JOIN article_of ON article_of.number = i.article_number
