-- rule: nobody has more than 24 hours of personal training on a day
-- severity: rejecting
-- why: such hours cannot be, as hours below zero cannot
-- todo: Look up this day in the sheet: a duration or a decimal comma was typed as something else.
SELECT "Datum", "Voornaam", "Achternaam" FROM tree11."PersonalTraining" WHERE "Uren" > 24
