-- Currencies and their rate.
SELECT
    c.id AS currency_id,
    CAST(NULL AS TEXT) AS name,
    c.iso_alpha3 AS code,
    CAST(NULL AS TEXT) AS symbol,
    CASE WHEN c.unit <> 0 THEN ROUND(c.course / c.unit, 10) END AS exchange_rate,
    CAST(NULL AS BOOLEAN) AS is_base_currency,
    CAST(1 AS BOOLEAN) AS is_active,
    CAST(NULL AS DATE) AS created_at,
    c.last_change AS updated_at
FROM prohandel_raw.currency AS c
WHERE (c.is_deleted IS NULL OR c.is_deleted = CAST(0 AS BOOLEAN))
