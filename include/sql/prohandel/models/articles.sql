-- Articles with price, cost and stock.
WITH category_of AS (
    SELECT number, id, tax_number, is_deleted
    FROM (
        SELECT
            number, id, tax_number, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.category
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
),
supplier_of AS (
    SELECT number, id, is_deleted
    FROM (
        SELECT
            number, id, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.supplier
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
),
stock AS (
    SELECT article_number, SUM(stock_quantity) AS quantity, MIN(ean) AS ean
    FROM prohandel_raw.articlesize AS s
    WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN))
    GROUP BY article_number
)
SELECT
    a.id AS article_id,
    COALESCE(a.supplier_article_number, a.information) AS name,
    COALESCE(a.information, a.text1) AS description,
    a.price,
    a.purchase_price AS cost,
    CASE WHEN a.price > 0 AND a.purchase_price > 0 THEN ROUND((a.price - a.purchase_price) / a.price * 100, 2) ELSE 0 END AS margin,
    CAST(a.number AS TEXT) AS sku,
    stock.ean AS barcode,
    category_of.id AS category_id,
    supplier_of.id AS supplier_id,
    a.first_purchase_date AS created_at,
    a.last_change AS updated_at,
    COALESCE(stock.quantity, 0) AS stock_quantity,
    COALESCE(own.min_stock_level, usual.min_stock_level) AS min_stock_level,
    COALESCE(own.max_stock_level, usual.max_stock_level) AS max_stock_level,
    COALESCE(own.reorder_point, usual.reorder_point) AS reorder_point,
    CASE WHEN CAST(a.is_active AS INTEGER) = 1 THEN 'active' ELSE 'inactive' END AS status,
    tax.rate AS tax_rate,
    CAST(NULL AS DECIMAL(18, 4)) AS weight,
    CAST(NULL AS TEXT) AS dimensions,
    a.image_name AS image_url
FROM prohandel_raw.article AS a
LEFT JOIN stock ON stock.article_number = a.number
LEFT JOIN category_of ON category_of.number = a.category_number
LEFT JOIN supplier_of ON supplier_of.number = a.supplier_number
LEFT JOIN prohandel.code AS tax ON tax.kind = 'tax' AND tax.number = category_of.tax_number
LEFT JOIN prohandel.stock_threshold AS own ON own.article_number = a.number
LEFT JOIN prohandel.stock_threshold AS usual ON usual.article_number = 0
WHERE (a.is_deleted IS NULL OR a.is_deleted = CAST(0 AS BOOLEAN))
