-- Receipts: the positions of one branch, register, number and day; the age is that of the reader's day.
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
customer_of AS (
    SELECT number, id, is_deleted
    FROM (
        SELECT
            number, id, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.customer
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
),
staff_of AS (
    SELECT number, id, is_deleted
    FROM (
        SELECT
            number, id, is_deleted,
            ROW_NUMBER() OVER (
                PARTITION BY number
                ORDER BY COALESCE(CAST(is_deleted AS INTEGER), 0) NULLS FIRST, last_change DESC NULLS LAST, id NULLS FIRST
            ) AS place
        FROM prohandel_raw.staff
        WHERE number IS NOT NULL
    ) AS ranked
    WHERE place = 1
),
placed AS (
    SELECT
        s.*,
        ROW_NUMBER() OVER (PARTITION BY branch_number, cash_register_number, receipt_number, date ORDER BY receipt_position NULLS FIRST, id NULLS FIRST) AS place,
        ROW_NUMBER() OVER (
            PARTITION BY branch_number, cash_register_number, receipt_number, date
            ORDER BY CASE WHEN customer_number IS NULL THEN 1 ELSE 0 END NULLS FIRST, receipt_position NULLS FIRST, id NULLS FIRST
        ) AS customer_place,
        ROW_NUMBER() OVER (
            PARTITION BY branch_number, cash_register_number, receipt_number, date
            ORDER BY CASE WHEN staff_number IS NULL THEN 1 ELSE 0 END NULLS FIRST, receipt_position NULLS FIRST, id NULLS FIRST
        ) AS staff_place
    FROM prohandel_raw.sale AS s
    WHERE COALESCE(CAST(s.is_deleted AS INTEGER), 0) = 0
),
receipts AS (
    SELECT
        branch_number, cash_register_number, receipt_number, date,
        MIN(CASE WHEN place = 1 THEN id END) AS id,
        MIN(CASE WHEN place = 1 THEN sold_at END) AS sold_at,
        MIN(CASE WHEN place = 1 THEN payment_option_number END) AS payment_option_number,
        MIN(CASE WHEN place = 1 THEN type END) AS type,
        MIN(CASE WHEN customer_place = 1 THEN customer_number END) AS customer_number,
        MIN(CASE WHEN staff_place = 1 THEN staff_number END) AS staff_number,
        SUM(sale_price) AS amount,
        SUM(discount) AS discount,
        MAX(last_change) AS last_change
    FROM placed
    GROUP BY branch_number, cash_register_number, receipt_number, date
)
SELECT
    r.id AS sale_id,
    CAST(NULL AS TEXT) AS order_id,
    customer_of.id AS customer_id,
    r.sold_at AS sale_date,
    r.amount AS total_amount,
    CAST(NULL AS DECIMAL(18, 4)) AS tax_amount,
    r.discount AS discount_amount,
    COALESCE(paid.label, CAST(r.payment_option_number AS TEXT)) AS payment_method,
    COALESCE(kind.label, CAST(r.type AS TEXT)) AS status,
    branch_of.id AS branch_id,
    staff_of.id AS employee_id,
    r.sold_at AS created_at,
    r.last_change AS updated_at,
    CURRENT_DATE - r.date AS sale_age_days
FROM receipts AS r
LEFT JOIN branch_of ON branch_of.number = r.branch_number
LEFT JOIN customer_of ON customer_of.number = r.customer_number
LEFT JOIN staff_of ON staff_of.number = r.staff_number
LEFT JOIN prohandel.code AS paid ON paid.kind = 'payment_option' AND paid.number = r.payment_option_number
LEFT JOIN prohandel.code AS kind ON kind.kind = 'sale_type' AND kind.number = r.type
