-- rule: debits equal credits within each ledger entry that has a date (drafts may not have one)
-- severity: blocking
-- why: it is about lines that are right together only; one that is set aside would leave books that do not balance
-- todo: Open these entries in Pennylane. If they balance there, lines are missing here: run ledger_entry_lines with mode full.
SELECT ledger_entry_id, SUM(debit) AS debit, SUM(credit) AS credit
FROM pennylane.ledger_entry_lines
WHERE ledger_entry_id IS NOT NULL AND date IS NOT NULL
GROUP BY ledger_entry_id
HAVING COALESCE(SUM(debit), 0) <> COALESCE(SUM(credit), 0)
