-- Sales of each article in each branch by day; article 0 is what was sold without one.
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
receipts AS (
    SELECT
        date,
        article_number,
        branch_number,
        cash_register_number,
        receipt_number,
        SUM(quantity) AS quantity,
        SUM(sale_price) AS amount
    FROM prohandel_raw.sale AS s
    WHERE (s.is_deleted IS NULL OR s.is_deleted = CAST(0 AS BOOLEAN)) AND date IS NOT NULL
    GROUP BY date, article_number, branch_number, cash_register_number, receipt_number
),
sold AS (
    SELECT
        date,
        article_number,
        branch_number,
        SUM(quantity) AS quantity,
        SUM(amount) AS amount,
        COUNT(*) AS transactions
    FROM receipts
    GROUP BY date, article_number, branch_number
)
SELECT
    sold.date AS period,
    COALESCE(sold.article_number, 0) AS article_number,
    COALESCE(branch_of.id, CAST(sold.branch_number AS TEXT), '') AS location_id,
    CASE WHEN (article_of.is_deleted IS NULL OR article_of.is_deleted = CAST(0 AS BOOLEAN)) THEN article_of.id END AS article_id,
    sold.quantity AS total_quantity,
    sold.amount AS total_amount,
    CASE WHEN sold.quantity <> 0 THEN ROUND(sold.amount / sold.quantity, 6) END AS average_price,
    sold.transactions AS transaction_count
FROM sold
LEFT JOIN article_of ON article_of.number = sold.article_number
LEFT JOIN branch_of ON branch_of.number = sold.branch_number
