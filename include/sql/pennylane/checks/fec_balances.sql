-- rule: debits equal credits in the FEC of each year, and within each of its entries
-- severity: blocking
-- why: it is about the file as a whole, which is a declaration to the tax office or nothing
-- todo: Look for rejected lines of this load in landfall.quarantine; if there are none, the file itself does not balance: compare it with Pennylane's own export of that year.
SELECT ecriture_num, journal_code, period_start, SUM(debit) AS debit, SUM(credit) AS credit
FROM pennylane.fec
GROUP BY period_start, journal_code, ecriture_num
HAVING COALESCE(SUM(debit), 0) <> COALESCE(SUM(credit), 0)
UNION ALL
SELECT 'the whole file', NULL, period_start, SUM(debit), SUM(credit)
FROM pennylane.fec
GROUP BY period_start
HAVING COALESCE(SUM(debit), 0) <> COALESCE(SUM(credit), 0)
