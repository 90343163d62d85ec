-- Time, one row an entry: every one, internal and prepaid ones too.
WITH kind AS (
    -- Names that an engine takes for equal mean the same.
    SELECT "typeName", MIN("agreement_type_normalized") AS "normalized", MIN("agreement_billing_behavior") AS "behavior"
    FROM gold.agreement_kind
    GROUP BY "typeName"
),
meant AS (
    -- Where the agreement cannot be read, its type is what the entry calls it.
    SELECT
        e.*,
        COALESCE(a."AgreementTypeKey", -1) AS "AgreementTypeKey",
        a."parentAgreementId" AS "agreedParentId",
        a."final_agreement_number" AS "agreedNumber",
        CASE WHEN a."AgreementKey" IS NULL THEN COALESCE(e."agreementType_1", e."agreementType") ELSE a."agreementTypeName" END AS "agreedType",
        COALESCE(a."agreementTypeNormalized", kind."normalized", 'other') AS "normalized",
        COALESCE(a."billingBehavior", kind."behavior", 'unknown') AS "behavior"
    FROM silver.silver_cw_timeentry AS e
    LEFT JOIN gold.dim_agreement AS a ON a."agreementId" = e."agreementId" AND a."isInferred" = CAST(0 AS BOOLEAN)
    LEFT JOIN kind ON kind."typeName" = COALESCE(e."agreementType_1", e."agreementType")
),
costed AS (
    SELECT
        meant.*,
        COALESCE(m."hourlyCost", meant."hourlyCost", 0) AS "effectiveHourlyCost",
        ROUND(COALESCE(meant."actualHours" * meant."hourlyRate", 0), 4) AS "revenue",
        ROUND(COALESCE(meant."actualHours" * COALESCE(m."hourlyCost", meant."hourlyCost", 0), 0), 4) AS "worked"
    FROM meant LEFT JOIN silver.silver_cw_member AS m ON m.id = meant."memberId"
)
SELECT
    SHA256_HEX(CAST(e.id AS TEXT)) AS "TimeentrySK",
    e.id AS "timeEntryId",
    e."memberId",
    e."chargeToId",
    e."invoiceId",
    e."invoiceIdentifier" AS "invoiceNumber",
    e."ticketId",
    e."projectId",
    e."companyId",
    e."locationId",
    e."departmentId",
    e."businessUnitId",
    e."timeSheetId",
    e."workTypeId",
    e."workRoleId",
    e."timeStart",
    e."timeEnd",
    e."dateEntered",
    COALESCE(d."WorkDateSK", -1) AS "WorkDateSK",
    e."actualHours",
    COALESCE(e."hoursDeduct", 0) AS "hoursDeduct",
    COALESCE(e."hoursBilled", 0) AS "hoursBilled",
    COALESCE(e."invoiceHours", 0) AS "invoiceHours",
    COALESCE(e."agreementHours", 0) AS "agreementHours",
    e."hourlyRate",
    COALESCE(e."hourlyCost", 0) AS "hourlyCost",
    COALESCE(e."overageRate", 0) AS "overageRate",
    COALESCE(e."agreementAmount", 0) AS "agreementAmount",
    COALESCE(e."agreementAdjustment", 0) AS "agreementAdjustment",
    COALESCE(e."adjustment", 0) AS "adjustment",
    COALESCE(e."extendedInvoiceAmount", 0) AS "extendedInvoiceAmount",
    e."notes",
    e."internalNotes",
    e."enteredBy",
    e."memberName",
    e."workTypeName",
    e."workRoleName",
    e."billableOption",
    e."status",
    e."chargeToType",
    e."companyIdentifier",
    e."companyName",
    e."agreementType",
    e."locationName",
    e."departmentName",
    e."projectName",
    e."ticketSummary",
    e."ticketBoard",
    e."ticketType",
    e."ticketSubType",
    e."taxCodeId",
    e."taxCodeName",
    e."invoiceFlag",
    e."invoiceReady",
    e."workTypeUtilizationFlag",
    COALESCE(e."memberDailyCapacity", 8) AS "memberDailyCapacity",
    e."effectiveHourlyCost",
    e."revenue" AS "potentialRevenue",
    e."worked" AS "actualCost",
    e."revenue" - e."worked" AS "margin",
    CASE
        WHEN e."revenue" > 0 THEN ROUND((e."revenue" - e."worked") * 100 / e."revenue", 4)
        ELSE 0
    END AS "marginPercentage",
    e."agreementId",
    e."agreementName",
    e."agreedType" AS "agreement_type",
    e."normalized" AS "agreement_type_normalized",
    e."behavior" AS "agreement_billing_behavior",
    e."agreedParentId" AS "parentAgreementId",
    e."agreedNumber" AS "final_agreement_number",
    CASE
        WHEN e."invoiceId" IS NOT NULL THEN 'Invoiced'
        WHEN e."normalized" = 'internal_project' THEN 'Internal'
        WHEN e."normalized" = 'prepaid_hours' THEN 'Prepaid'
        WHEN e."behavior" = 'billable' AND e."billableOption" = 'Billable' THEN 'Billable'
        WHEN e."billableOption" = 'NoCharge' THEN 'NoCharge'
        WHEN e."billableOption" = 'DoNotBill' THEN 'DoNotBill'
        WHEN e."normalized" = 'operations' THEN 'Covered'
        WHEN e."behavior" = 'unknown' AND e."billableOption" = 'Billable' THEN 'Billable'
        ELSE 'Unknown'
    END AS "effectiveBillingStatus",
    COALESCE(e."agreementId", -1) AS "AgreementKey",
    CASE
        WHEN e."normalized" = 'internal_project' THEN 'Internal'
        WHEN e."billableOption" = 'Billable' THEN 'Billable'
        WHEN e."billableOption" = 'DoNotBill' THEN 'Non-Billable'
        WHEN e."billableOption" = 'NoCharge' THEN 'No Charge'
        ELSE 'Unknown'
    END AS "utilizationType",
    CASE
        WHEN e."normalized" = 'internal_project' THEN 'Internal'
        WHEN e."billableOption" = 'Billable' THEN 'Billable'
        WHEN e."billableOption" = 'DoNotBill' THEN 'Non-Billable'
        WHEN e."billableOption" = 'NoCharge' THEN 'No Charge'
        ELSE 'Unknown'
    END || ' - ' || e.status AS "utilizationStatus",
    COALESCE(o."BillableStatusKey", -1) AS "BillableStatusKey",
    COALESCE(s."TimeEntryStatusKey", -1) AS "TimeEntryStatusKey",
    COALESCE(c."ChargeTypeKey", -1) AS "ChargeTypeKey",
    COALESCE(e."workTypeId", -1) AS "WorkTypeKey",
    COALESCE(e."workRoleId", -1) AS "WorkRoleKey",
    COALESCE(e."departmentId", -1) AS "DepartmentKey",
    COALESCE(e."businessUnitId", -1) AS "BusinessUnitKey",
    COALESCE(e."memberId", -1) AS "MemberKey",
    COALESCE(e."companyId", -1) AS "CompanyKey",
    e."AgreementTypeKey"
FROM costed AS e
LEFT JOIN gold.work_day AS d
    ON d."utcDay" = CAST(e."timeStart" AS DATE) AND e."timeStart" >= d."beginsAt" AND e."timeStart" < d."endsAt"
LEFT JOIN gold.dimbillablestatus AS o ON o."billableOption" = e."billableOption"
LEFT JOIN gold.dimtimeentrystatus AS s ON s.status = e.status
LEFT JOIN gold.dimchargetype AS c ON c."chargeToType" = e."chargeToType"
