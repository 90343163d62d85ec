-- What was sold of each article; number 0 is what was sold without one.
WITH article_of AS (
    SELECT number, supplier_article_number, information, text1, category_number, supplier_number, is_deleted
    FROM (
        SELECT
            number, supplier_article_number, information, text1, category_number, supplier_number, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.article
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
),
category_of AS (
    SELECT number, name, is_deleted
    FROM (
        SELECT
            number, name, is_deleted,
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
    SELECT number, name1, is_deleted
    FROM (
        SELECT
            number, name1, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.supplier
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
),
sold AS (
    SELECT COALESCE(article_number, 0) AS article_number, SUM(quantity) AS quantity, SUM(sale_price) AS amount
    FROM prohandel_raw.sale AS s
    WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN)) AND date IS NOT NULL
    GROUP BY COALESCE(article_number, 0)
)
SELECT
    CAST(sold.article_number AS TEXT) AS agg_id,
    sold.article_number,
    sold.quantity AS total_quantity,
    sold.amount AS total_amount,
    COALESCE(article_of.information, article_of.text1) AS description,
    COALESCE(article_of.supplier_article_number, article_of.information) AS name,
    category_of.name AS category,
    supplier_of.name1 AS supplier
FROM sold
LEFT JOIN article_of ON article_of.number = sold.article_number
LEFT JOIN category_of ON category_of.number = article_of.category_number
LEFT JOIN supplier_of ON supplier_of.number = article_of.supplier_number
