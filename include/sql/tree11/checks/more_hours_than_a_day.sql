-- rule: nobody has more than 24 hours of personal training on a day
-- severity: warning
-- todo: Look up this day in the sheet: a duration or a decimal comma was typed as something else.
SELECT "Datum" FROM tree11."PersonalTraining" WHERE "Uren" > 24
