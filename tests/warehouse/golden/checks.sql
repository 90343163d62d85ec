SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_company] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_company].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_company] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_company].id IS NULL) AS anon_3 UNION ALL SELECT 2, count(*) AS count_4 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_company_customfield] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_company_customfield].[entityId], landfall_stage.[20260102T030405_0a1b2c_silver_cw_company_customfield].[fieldId] 
HAVING count(*) > ?) AS anon_4 UNION ALL SELECT 3, count(*) AS count_6 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_company_customfield] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_company_customfield].[entityId] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_silver_cw_company_customfield].[fieldId] IS NULL) AS anon_6;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_member] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_member].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_member] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_member].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreement] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreement].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreement] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreement].id IS NULL) AS anon_3 UNION ALL SELECT 2, count(*) AS count_4 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreement_customfield] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreement_customfield].[entityId], landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreement_customfield].[fieldId] 
HAVING count(*) > ?) AS anon_4 UNION ALL SELECT 3, count(*) AS count_6 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreement_customfield] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreement_customfield].[entityId] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreement_customfield].[fieldId] IS NULL) AS anon_6;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_timeentry] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_timeentry].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_timeentry] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_timeentry].id IS NULL) AS anon_3 UNION ALL SELECT 2, count(*) AS count_4 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_timeentry_customfield] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_timeentry_customfield].[entityId], landfall_stage.[20260102T030405_0a1b2c_silver_cw_timeentry_customfield].[fieldId] 
HAVING count(*) > ?) AS anon_4 UNION ALL SELECT 3, count(*) AS count_6 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_timeentry_customfield] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_timeentry_customfield].[entityId] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_silver_cw_timeentry_customfield].[fieldId] IS NULL) AS anon_6;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_expenseentry] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_expenseentry].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_expenseentry] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_expenseentry].id IS NULL) AS anon_3 UNION ALL SELECT 2, count(*) AS count_4 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_expenseentry_customfield] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_expenseentry_customfield].[entityId], landfall_stage.[20260102T030405_0a1b2c_silver_cw_expenseentry_customfield].[fieldId] 
HAVING count(*) > ?) AS anon_4 UNION ALL SELECT 3, count(*) AS count_6 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_expenseentry_customfield] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_expenseentry_customfield].[entityId] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_silver_cw_expenseentry_customfield].[fieldId] IS NULL) AS anon_6;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_productitem] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_productitem].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_productitem] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_productitem].id IS NULL) AS anon_3 UNION ALL SELECT 2, count(*) AS count_4 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_productitem_customfield] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_productitem_customfield].[entityId], landfall_stage.[20260102T030405_0a1b2c_silver_cw_productitem_customfield].[fieldId] 
HAVING count(*) > ?) AS anon_4 UNION ALL SELECT 3, count(*) AS count_6 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_productitem_customfield] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_productitem_customfield].[entityId] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_silver_cw_productitem_customfield].[fieldId] IS NULL) AS anon_6;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_invoice] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_invoice].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_invoice] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_invoice].id IS NULL) AS anon_3 UNION ALL SELECT 2, count(*) AS count_4 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_invoice_customfield] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_invoice_customfield].[entityId], landfall_stage.[20260102T030405_0a1b2c_silver_cw_invoice_customfield].[fieldId] 
HAVING count(*) > ?) AS anon_4 UNION ALL SELECT 3, count(*) AS count_6 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_invoice_customfield] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_invoice_customfield].[entityId] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_silver_cw_invoice_customfield].[fieldId] IS NULL) AS anon_6;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_unpostedinvoice] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_unpostedinvoice].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_unpostedinvoice] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_unpostedinvoice].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreementtype] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreementtype].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreementtype] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_agreementtype].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_worktype] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_worktype].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_worktype] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_worktype].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_workrole] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_workrole].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_workrole] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_workrole].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_department] GROUP BY landfall_stage.[20260102T030405_0a1b2c_silver_cw_department].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_silver_cw_department] 
WHERE landfall_stage.[20260102T030405_0a1b2c_silver_cw_department].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_fullbay_raw_data] GROUP BY landfall_stage.[20260102T030405_0a1b2c_fullbay_raw_data].shop_code, landfall_stage.[20260102T030405_0a1b2c_fullbay_raw_data].fullbay_invoice_id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_fullbay_raw_data] 
WHERE landfall_stage.[20260102T030405_0a1b2c_fullbay_raw_data].shop_code IS NULL OR landfall_stage.[20260102T030405_0a1b2c_fullbay_raw_data].fullbay_invoice_id IS NULL) AS anon_3 UNION ALL SELECT 2, count(*) AS count_4 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_fullbay_line_items] GROUP BY landfall_stage.[20260102T030405_0a1b2c_fullbay_line_items].line_key 
HAVING count(*) > ?) AS anon_4 UNION ALL SELECT 3, count(*) AS count_6 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_fullbay_line_items] 
WHERE landfall_stage.[20260102T030405_0a1b2c_fullbay_line_items].line_key IS NULL) AS anon_6 UNION ALL SELECT 4, count(*) AS count_7 
FROM (SELECT ? AS anon_8 
FROM landfall_stage.[20260102T030405_0a1b2c_fullbay_invoice_reconciliation] GROUP BY landfall_stage.[20260102T030405_0a1b2c_fullbay_invoice_reconciliation].shop_code, landfall_stage.[20260102T030405_0a1b2c_fullbay_invoice_reconciliation].fullbay_invoice_id, landfall_stage.[20260102T030405_0a1b2c_fullbay_invoice_reconciliation].component 
HAVING count(*) > ?) AS anon_7 UNION ALL SELECT 5, count(*) AS count_9 
FROM (SELECT ? AS anon_8 
FROM landfall_stage.[20260102T030405_0a1b2c_fullbay_invoice_reconciliation] 
WHERE landfall_stage.[20260102T030405_0a1b2c_fullbay_invoice_reconciliation].shop_code IS NULL OR landfall_stage.[20260102T030405_0a1b2c_fullbay_invoice_reconciliation].fullbay_invoice_id IS NULL OR landfall_stage.[20260102T030405_0a1b2c_fullbay_invoice_reconciliation].component IS NULL) AS anon_9;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_fiscal_years] GROUP BY landfall_stage.[20260102T030405_0a1b2c_fiscal_years].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_fiscal_years] 
WHERE landfall_stage.[20260102T030405_0a1b2c_fiscal_years].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_ledger_accounts] GROUP BY landfall_stage.[20260102T030405_0a1b2c_ledger_accounts].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_ledger_accounts] 
WHERE landfall_stage.[20260102T030405_0a1b2c_ledger_accounts].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_bank_accounts] GROUP BY landfall_stage.[20260102T030405_0a1b2c_bank_accounts].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_bank_accounts] 
WHERE landfall_stage.[20260102T030405_0a1b2c_bank_accounts].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.bank_accounts.ledger_account_id AS ledger_account_id 
FROM pennylane.bank_accounts 
WHERE pennylane.bank_accounts.ledger_account_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.ledger_accounts 
WHERE pennylane.ledger_accounts.id = pennylane.bank_accounts.ledger_account_id))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_customers] GROUP BY landfall_stage.[20260102T030405_0a1b2c_customers].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_customers] 
WHERE landfall_stage.[20260102T030405_0a1b2c_customers].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.customers.ledger_account_id AS ledger_account_id 
FROM pennylane.customers 
WHERE pennylane.customers.ledger_account_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.ledger_accounts 
WHERE pennylane.ledger_accounts.id = pennylane.customers.ledger_account_id))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_suppliers] GROUP BY landfall_stage.[20260102T030405_0a1b2c_suppliers].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_suppliers] 
WHERE landfall_stage.[20260102T030405_0a1b2c_suppliers].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.suppliers.ledger_account_id AS ledger_account_id 
FROM pennylane.suppliers 
WHERE pennylane.suppliers.ledger_account_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.ledger_accounts 
WHERE pennylane.ledger_accounts.id = pennylane.suppliers.ledger_account_id))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_products] GROUP BY landfall_stage.[20260102T030405_0a1b2c_products].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_products] 
WHERE landfall_stage.[20260102T030405_0a1b2c_products].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.products.ledger_account_id AS ledger_account_id 
FROM pennylane.products 
WHERE pennylane.products.ledger_account_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.ledger_accounts 
WHERE pennylane.ledger_accounts.id = pennylane.products.ledger_account_id))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_customer_invoices] GROUP BY landfall_stage.[20260102T030405_0a1b2c_customer_invoices].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_customer_invoices] 
WHERE landfall_stage.[20260102T030405_0a1b2c_customer_invoices].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.customer_invoices.customer_id AS customer_id 
FROM pennylane.customer_invoices 
WHERE pennylane.customer_invoices.customer_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.customers 
WHERE pennylane.customers.id = pennylane.customer_invoices.customer_id))) AS anon_1;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.customer_invoices.ledger_entry_id AS ledger_entry_id 
FROM pennylane.customer_invoices 
WHERE pennylane.customer_invoices.ledger_entry_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.ledger_entries 
WHERE pennylane.ledger_entries.id = pennylane.customer_invoices.ledger_entry_id))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_supplier_invoices] GROUP BY landfall_stage.[20260102T030405_0a1b2c_supplier_invoices].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_supplier_invoices] 
WHERE landfall_stage.[20260102T030405_0a1b2c_supplier_invoices].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.supplier_invoices.supplier_id AS supplier_id 
FROM pennylane.supplier_invoices 
WHERE pennylane.supplier_invoices.supplier_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.suppliers 
WHERE pennylane.suppliers.id = pennylane.supplier_invoices.supplier_id))) AS anon_1;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.supplier_invoices.ledger_entry_id AS ledger_entry_id 
FROM pennylane.supplier_invoices 
WHERE pennylane.supplier_invoices.ledger_entry_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.ledger_entries 
WHERE pennylane.ledger_entries.id = pennylane.supplier_invoices.ledger_entry_id))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_transactions] GROUP BY landfall_stage.[20260102T030405_0a1b2c_transactions].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_transactions] 
WHERE landfall_stage.[20260102T030405_0a1b2c_transactions].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.transactions.bank_account_id AS bank_account_id 
FROM pennylane.transactions 
WHERE pennylane.transactions.bank_account_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.bank_accounts 
WHERE pennylane.bank_accounts.id = pennylane.transactions.bank_account_id))) AS anon_1;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.transactions.customer_id AS customer_id 
FROM pennylane.transactions 
WHERE pennylane.transactions.customer_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.customers 
WHERE pennylane.customers.id = pennylane.transactions.customer_id))) AS anon_1;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.transactions.supplier_id AS supplier_id 
FROM pennylane.transactions 
WHERE pennylane.transactions.supplier_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.suppliers 
WHERE pennylane.suppliers.id = pennylane.transactions.supplier_id))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_ledger_entries] GROUP BY landfall_stage.[20260102T030405_0a1b2c_ledger_entries].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_ledger_entries] 
WHERE landfall_stage.[20260102T030405_0a1b2c_ledger_entries].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_ledger_entry_lines] GROUP BY landfall_stage.[20260102T030405_0a1b2c_ledger_entry_lines].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_ledger_entry_lines] 
WHERE landfall_stage.[20260102T030405_0a1b2c_ledger_entry_lines].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.ledger_entry_lines.ledger_entry_id AS ledger_entry_id 
FROM pennylane.ledger_entry_lines 
WHERE pennylane.ledger_entry_lines.ledger_entry_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.ledger_entries 
WHERE pennylane.ledger_entries.id = pennylane.ledger_entry_lines.ledger_entry_id))) AS anon_1;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT pennylane.ledger_entry_lines.ledger_account_id AS ledger_account_id 
FROM pennylane.ledger_entry_lines 
WHERE pennylane.ledger_entry_lines.ledger_account_id IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM pennylane.ledger_accounts 
WHERE pennylane.ledger_accounts.id = pennylane.ledger_entry_lines.ledger_account_id))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_fec] GROUP BY landfall_stage.[20260102T030405_0a1b2c_fec].period_start, landfall_stage.[20260102T030405_0a1b2c_fec].line_no 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_fec] 
WHERE landfall_stage.[20260102T030405_0a1b2c_fec].period_start IS NULL OR landfall_stage.[20260102T030405_0a1b2c_fec].line_no IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_analytical_ledger] GROUP BY landfall_stage.[20260102T030405_0a1b2c_analytical_ledger].period_start, landfall_stage.[20260102T030405_0a1b2c_analytical_ledger].line_identifier, landfall_stage.[20260102T030405_0a1b2c_analytical_ledger].category_family, landfall_stage.[20260102T030405_0a1b2c_analytical_ledger].category, landfall_stage.[20260102T030405_0a1b2c_analytical_ledger].occurrence 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_analytical_ledger] 
WHERE landfall_stage.[20260102T030405_0a1b2c_analytical_ledger].period_start IS NULL OR landfall_stage.[20260102T030405_0a1b2c_analytical_ledger].line_identifier IS NULL OR landfall_stage.[20260102T030405_0a1b2c_analytical_ledger].category_family IS NULL OR landfall_stage.[20260102T030405_0a1b2c_analytical_ledger].category IS NULL OR landfall_stage.[20260102T030405_0a1b2c_analytical_ledger].occurrence IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_branch] GROUP BY landfall_stage.[20260102T030405_0a1b2c_branch].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_branch] 
WHERE landfall_stage.[20260102T030405_0a1b2c_branch].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_staff] GROUP BY landfall_stage.[20260102T030405_0a1b2c_staff].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_staff] 
WHERE landfall_stage.[20260102T030405_0a1b2c_staff].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_country] GROUP BY landfall_stage.[20260102T030405_0a1b2c_country].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_country] 
WHERE landfall_stage.[20260102T030405_0a1b2c_country].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_currency] GROUP BY landfall_stage.[20260102T030405_0a1b2c_currency].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_currency] 
WHERE landfall_stage.[20260102T030405_0a1b2c_currency].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_label] GROUP BY landfall_stage.[20260102T030405_0a1b2c_label].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_label] 
WHERE landfall_stage.[20260102T030405_0a1b2c_label].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_season] GROUP BY landfall_stage.[20260102T030405_0a1b2c_season].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_season] 
WHERE landfall_stage.[20260102T030405_0a1b2c_season].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_size] GROUP BY landfall_stage.[20260102T030405_0a1b2c_size].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_size] 
WHERE landfall_stage.[20260102T030405_0a1b2c_size].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_category] GROUP BY landfall_stage.[20260102T030405_0a1b2c_category].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_category] 
WHERE landfall_stage.[20260102T030405_0a1b2c_category].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_supplier] GROUP BY landfall_stage.[20260102T030405_0a1b2c_supplier].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_supplier] 
WHERE landfall_stage.[20260102T030405_0a1b2c_supplier].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_article] GROUP BY landfall_stage.[20260102T030405_0a1b2c_article].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_article] 
WHERE landfall_stage.[20260102T030405_0a1b2c_article].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.article.supplier_number AS supplier_number 
FROM prohandel_raw.article 
WHERE prohandel_raw.article.supplier_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.supplier 
WHERE prohandel_raw.supplier.number = prohandel_raw.article.supplier_number))) AS anon_1;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.article.category_number AS category_number 
FROM prohandel_raw.article 
WHERE prohandel_raw.article.category_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.category 
WHERE prohandel_raw.category.number = prohandel_raw.article.category_number))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_articlesize] GROUP BY landfall_stage.[20260102T030405_0a1b2c_articlesize].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_articlesize] 
WHERE landfall_stage.[20260102T030405_0a1b2c_articlesize].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.articlesize.article_number AS article_number 
FROM prohandel_raw.articlesize 
WHERE prohandel_raw.articlesize.article_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.article 
WHERE prohandel_raw.article.number = prohandel_raw.articlesize.article_number))) AS anon_1;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.articlesize.branch_number AS branch_number 
FROM prohandel_raw.articlesize 
WHERE prohandel_raw.articlesize.branch_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.branch 
WHERE prohandel_raw.branch.number = prohandel_raw.articlesize.branch_number))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_inventory] GROUP BY landfall_stage.[20260102T030405_0a1b2c_inventory].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_inventory] 
WHERE landfall_stage.[20260102T030405_0a1b2c_inventory].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_customer] GROUP BY landfall_stage.[20260102T030405_0a1b2c_customer].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_customer] 
WHERE landfall_stage.[20260102T030405_0a1b2c_customer].id IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_sale] GROUP BY landfall_stage.[20260102T030405_0a1b2c_sale].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_sale] 
WHERE landfall_stage.[20260102T030405_0a1b2c_sale].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.sale.article_number AS article_number 
FROM prohandel_raw.sale 
WHERE prohandel_raw.sale.article_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.article 
WHERE prohandel_raw.article.number = prohandel_raw.sale.article_number))) AS anon_1;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.sale.branch_number AS branch_number 
FROM prohandel_raw.sale 
WHERE prohandel_raw.sale.branch_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.branch 
WHERE prohandel_raw.branch.number = prohandel_raw.sale.branch_number))) AS anon_1;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.sale.customer_number AS customer_number 
FROM prohandel_raw.sale 
WHERE prohandel_raw.sale.customer_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.customer 
WHERE prohandel_raw.customer.number = prohandel_raw.sale.customer_number))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_invoice] GROUP BY landfall_stage.[20260102T030405_0a1b2c_invoice].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_invoice] 
WHERE landfall_stage.[20260102T030405_0a1b2c_invoice].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.invoice.customer_number AS customer_number 
FROM prohandel_raw.invoice 
WHERE prohandel_raw.invoice.customer_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.customer 
WHERE prohandel_raw.customer.number = prohandel_raw.invoice.customer_number))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_payment] GROUP BY landfall_stage.[20260102T030405_0a1b2c_payment].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_payment] 
WHERE landfall_stage.[20260102T030405_0a1b2c_payment].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.payment.customer_number AS customer_number 
FROM prohandel_raw.payment 
WHERE prohandel_raw.payment.customer_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.customer 
WHERE prohandel_raw.customer.number = prohandel_raw.payment.customer_number))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_voucher] GROUP BY landfall_stage.[20260102T030405_0a1b2c_voucher].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_voucher] 
WHERE landfall_stage.[20260102T030405_0a1b2c_voucher].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.voucher.customer_number AS customer_number 
FROM prohandel_raw.voucher 
WHERE prohandel_raw.voucher.customer_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.customer 
WHERE prohandel_raw.customer.number = prohandel_raw.voucher.customer_number))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_credit] GROUP BY landfall_stage.[20260102T030405_0a1b2c_credit].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_credit] 
WHERE landfall_stage.[20260102T030405_0a1b2c_credit].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.credit.customer_number AS customer_number 
FROM prohandel_raw.credit 
WHERE prohandel_raw.credit.customer_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.customer 
WHERE prohandel_raw.customer.number = prohandel_raw.credit.customer_number))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_order] GROUP BY landfall_stage.[20260102T030405_0a1b2c_order].id 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_order] 
WHERE landfall_stage.[20260102T030405_0a1b2c_order].id IS NULL) AS anon_3;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.[order].supplier_number AS supplier_number 
FROM prohandel_raw.[order] 
WHERE prohandel_raw.[order].supplier_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.supplier 
WHERE prohandel_raw.supplier.number = prohandel_raw.[order].supplier_number))) AS anon_1;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.order_position.article_number AS article_number 
FROM prohandel_raw.order_position 
WHERE prohandel_raw.order_position.article_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.article 
WHERE prohandel_raw.article.number = prohandel_raw.order_position.article_number))) AS anon_1;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT prohandel_raw.order_position.branch_number AS branch_number 
FROM prohandel_raw.order_position 
WHERE prohandel_raw.order_position.branch_number IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM prohandel_raw.branch 
WHERE prohandel_raw.branch.number = prohandel_raw.order_position.branch_number))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_Leden] GROUP BY landfall_stage.[20260102T030405_0a1b2c_Leden].[Id] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_Leden] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Leden].[Id] IS NULL) AS anon_3 UNION ALL SELECT 2, count(*) AS count_4 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen].[LedenId], landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen].[AbonnementId] 
HAVING count(*) > ?) AS anon_4 UNION ALL SELECT 3, count(*) AS count_6 
FROM (SELECT ? AS anon_5 
FROM landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen].[LedenId] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen].[AbonnementId] IS NULL) AS anon_6;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT tree11.[ActieveAbonnementen].[LedenId] AS [LedenId] 
FROM tree11.[ActieveAbonnementen] 
WHERE tree11.[ActieveAbonnementen].[LedenId] IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM tree11.[Leden] 
WHERE tree11.[Leden].[Id] = tree11.[ActieveAbonnementen].[LedenId]))) AS anon_1;

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT tree11.[ActieveAbonnementen].[AbonnementId] AS [AbonnementId] 
FROM tree11.[ActieveAbonnementen] 
WHERE tree11.[ActieveAbonnementen].[AbonnementId] IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM tree11.[Abonnementen] 
WHERE tree11.[Abonnementen].[AbonnementId] = tree11.[ActieveAbonnementen].[AbonnementId]))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_Abonnementen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_Abonnementen].[AbonnementId] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_Abonnementen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Abonnementen].[AbonnementId] IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken] GROUP BY landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Datum], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Categorie], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Type] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken] 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Datum] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Categorie] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Type] IS NULL) AS anon_3;

SELECT min(landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Datum]) AS min_1, max(landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Datum]) AS max_1 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken];

SELECT anon_1.[Datum], sum(anon_1.[Aantal]) AS sum_1 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken]._seq AS _seq, landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Categorie] AS [Categorie], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Type] AS [Type], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Aantal] AS [Aantal], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[DatumLaatsteUpdate] AS [DatumLaatsteUpdate], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken]._extra AS _extra 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken]) AS anon_1 
WHERE anon_1.[Datum] >= ? AND anon_1.[Datum] <= ? GROUP BY anon_1.[Datum];

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek] GROUP BY landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Datum], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Categorie], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Type], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[AbonnementId] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek] 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Datum] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Categorie] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Type] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[AbonnementId] IS NULL) AS anon_3;

SELECT min(landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Datum]) AS min_1, max(landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Datum]) AS max_1 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek];

SELECT anon_1.[Datum], sum(anon_1.[Aantal]) AS sum_1 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek]._seq AS _seq, landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Categorie] AS [Categorie], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Type] AS [Type], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[AbonnementId] AS [AbonnementId], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Aantal] AS [Aantal], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[DatumLaatsteUpdate] AS [DatumLaatsteUpdate], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek]._extra AS _extra 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek]) AS anon_1 
WHERE anon_1.[Datum] >= ? AND anon_1.[Datum] <= ? GROUP BY anon_1.[Datum];

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT tree11.[AbonnementStatistiekenSpecifiek].[AbonnementId] AS [AbonnementId] 
FROM tree11.[AbonnementStatistiekenSpecifiek] 
WHERE tree11.[AbonnementStatistiekenSpecifiek].[AbonnementId] IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM tree11.[Abonnementen] 
WHERE tree11.[Abonnementen].[AbonnementId] = tree11.[AbonnementStatistiekenSpecifiek].[AbonnementId]))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_Lessen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_Lessen].[Id] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_Lessen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Lessen].[Id] IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname] GROUP BY landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[LesId], landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[AccountId] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname] 
WHERE landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[LesId] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[AccountId] IS NULL) AS anon_3;

SELECT min(landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[Datum]) AS min_1, max(landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[Datum]) AS max_1 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname];

SELECT anon_1.[Datum], count(*) AS count_1 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_LesDeelname]._seq AS _seq, landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[LesId] AS [LesId], landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[AccountId] AS [AccountId], landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[Type] AS [Type], landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[Status] AS [Status], landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[Naam] AS [Naam], landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[Aanwezig] AS [Aanwezig], landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[DatumLaatsteUpdate] AS [DatumLaatsteUpdate], landfall_stage.[20260102T030405_0a1b2c_LesDeelname]._extra AS _extra 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname]) AS anon_1 
WHERE anon_1.[Datum] >= ? AND anon_1.[Datum] <= ? GROUP BY anon_1.[Datum];

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT tree11.[LesDeelname].[LesId] AS [LesId] 
FROM tree11.[LesDeelname] 
WHERE tree11.[LesDeelname].[LesId] IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM tree11.[Lessen] 
WHERE tree11.[Lessen].[Id] = tree11.[LesDeelname].[LesId]))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening] GROUP BY landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening].[Id] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening] 
WHERE landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening].[Id] IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet] GROUP BY landfall_stage.[20260102T030405_0a1b2c_Omzet].[Datum], landfall_stage.[20260102T030405_0a1b2c_Omzet].[GrootboekRekeningId], landfall_stage.[20260102T030405_0a1b2c_Omzet].[Type] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Omzet].[Datum] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_Omzet].[GrootboekRekeningId] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_Omzet].[Type] IS NULL) AS anon_3;

SELECT min(landfall_stage.[20260102T030405_0a1b2c_Omzet].[Datum]) AS min_1, max(landfall_stage.[20260102T030405_0a1b2c_Omzet].[Datum]) AS max_1 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet];

SELECT anon_1.[Datum], sum(anon_1.[Omzet]) AS sum_1 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Omzet]._seq AS _seq, landfall_stage.[20260102T030405_0a1b2c_Omzet].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_Omzet].[GrootboekRekeningId] AS [GrootboekRekeningId], landfall_stage.[20260102T030405_0a1b2c_Omzet].[Type] AS [Type], landfall_stage.[20260102T030405_0a1b2c_Omzet].[Omzet] AS [Omzet], landfall_stage.[20260102T030405_0a1b2c_Omzet].[DatumLaatsteUpdate] AS [DatumLaatsteUpdate], landfall_stage.[20260102T030405_0a1b2c_Omzet]._extra AS _extra 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet]) AS anon_1 
WHERE anon_1.[Datum] >= ? AND anon_1.[Datum] <= ? GROUP BY anon_1.[Datum];

SELECT count(*) AS count_1 
FROM (SELECT DISTINCT tree11.[Omzet].[GrootboekRekeningId] AS [GrootboekRekeningId] 
FROM tree11.[Omzet] 
WHERE tree11.[Omzet].[GrootboekRekeningId] IS NOT NULL AND NOT (EXISTS (SELECT * 
FROM tree11.[GrootboekRekening] 
WHERE tree11.[GrootboekRekening].[Id] = tree11.[Omzet].[GrootboekRekeningId]))) AS anon_1;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen].[FactuurId] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen].[FactuurId] IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_Facturen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_Facturen].[FactuurId] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_Facturen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Facturen].[FactuurId] IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_PersonalTraining] GROUP BY landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Voornaam], landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Achternaam], landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Datum] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_PersonalTraining] 
WHERE landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Voornaam] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Achternaam] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Datum] IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen].[UitbetalingID] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen].[UitbetalingID] IS NULL) AS anon_3;

SELECT 0, count(*) AS count_1 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Datum], landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[ProductID] 
HAVING count(*) > ?) AS anon_1 UNION ALL SELECT 1, count(*) AS count_3 
FROM (SELECT ? AS anon_2 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Datum] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[ProductID] IS NULL) AS anon_3;

SELECT min(landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Datum]) AS min_1, max(landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Datum]) AS max_1 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen];

SELECT anon_1.[Datum], sum(anon_1.[Aantal]) AS sum_1 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen]._seq AS _seq, landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Product] AS [Product], landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[ProductID] AS [ProductID], landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Aantal] AS [Aantal], landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[DatumLaatsteUpdate] AS [DatumLaatsteUpdate], landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen]._extra AS _extra 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen]) AS anon_1 
WHERE anon_1.[Datum] >= ? AND anon_1.[Datum] <= ? GROUP BY anon_1.[Datum];
