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
FROM prohandel.receipt AS r
LEFT JOIN branch_of ON branch_of.number = r.branch_number
LEFT JOIN customer_of ON customer_of.number = r.customer_number
LEFT JOIN staff_of ON staff_of.number = r.staff_number
LEFT JOIN prohandel.code AS paid ON paid.kind = 'payment_option' AND paid.number = r.payment_option_number
LEFT JOIN prohandel.code AS kind ON kind.kind = 'sale_type' AND kind.number = r.type
