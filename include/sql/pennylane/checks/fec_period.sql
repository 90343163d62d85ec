-- rule: no line of the FEC is dated before the year its file was made for
-- severity: warning
-- why: the file without the line would not balance
-- todo: Compare the fiscal years in Pennylane with pennylane.fiscal_years, then run fec again.
SELECT line_no, period_start, ecriture_date
FROM pennylane.fec
WHERE ecriture_date < period_start
