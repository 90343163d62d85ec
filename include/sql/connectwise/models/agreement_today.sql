-- What of an agreement changes with the day, which is that of UTC.
SELECT
    "AgreementKey",
    "agreementId",
    CASE WHEN "endDate" IS NULL OR "endDate" > CURRENT_DATE THEN CAST(1 AS BOOLEAN) ELSE CAST(0 AS BOOLEAN) END AS "isActive",
    (CAST(EXTRACT(YEAR FROM CURRENT_DATE) AS INTEGER) - CAST(EXTRACT(YEAR FROM "startDate") AS INTEGER)) * 12
    + CAST(EXTRACT(MONTH FROM CURRENT_DATE) AS INTEGER) - CAST(EXTRACT(MONTH FROM "startDate") AS INTEGER)
    - CASE
        WHEN CAST(EXTRACT(DAY FROM CURRENT_DATE) AS INTEGER) < CAST(EXTRACT(DAY FROM "startDate") AS INTEGER) THEN 1
        ELSE 0
    END AS "ageInMonths"
FROM gold.dim_agreement
WHERE "agreementId" IS NOT NULL
