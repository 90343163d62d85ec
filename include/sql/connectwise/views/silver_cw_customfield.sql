-- The custom fields of all entities, one row a field, whether it has a value or not.
CREATE OR REPLACE VIEW silver.silver_cw_customfield AS
SELECT "entity", "entityId", "fieldId", "caption", "type", "entryMethod", "numberOfDecimals", "connectWiseId", "valueText", "valueNumber", "valueDate", "valueBool"
FROM silver.silver_cw_agreement_customfield
UNION ALL
SELECT "entity", "entityId", "fieldId", "caption", "type", "entryMethod", "numberOfDecimals", "connectWiseId", "valueText", "valueNumber", "valueDate", "valueBool"
FROM silver.silver_cw_company_customfield
UNION ALL
SELECT "entity", "entityId", "fieldId", "caption", "type", "entryMethod", "numberOfDecimals", "connectWiseId", "valueText", "valueNumber", "valueDate", "valueBool"
FROM silver.silver_cw_expenseentry_customfield
UNION ALL
SELECT "entity", "entityId", "fieldId", "caption", "type", "entryMethod", "numberOfDecimals", "connectWiseId", "valueText", "valueNumber", "valueDate", "valueBool"
FROM silver.silver_cw_invoice_customfield
UNION ALL
SELECT "entity", "entityId", "fieldId", "caption", "type", "entryMethod", "numberOfDecimals", "connectWiseId", "valueText", "valueNumber", "valueDate", "valueBool"
FROM silver.silver_cw_productitem_customfield
UNION ALL
SELECT "entity", "entityId", "fieldId", "caption", "type", "entryMethod", "numberOfDecimals", "connectWiseId", "valueText", "valueNumber", "valueDate", "valueBool"
FROM silver.silver_cw_timeentry_customfield;
