-- rule: an open invoice is not below zero
-- severity: warning
-- why: there are credit notes, and without them the sum of what is open is wrong
-- todo: Open these invoices in Gymly: a credit note is to be settled, not collected.
SELECT "FactuurId" FROM tree11."OpenstaandeFacturen" WHERE "Bedrag" < 0
