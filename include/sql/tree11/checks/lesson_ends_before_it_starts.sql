-- rule: a lesson ends after it starts
-- severity: blocking
-- todo: Open these lessons in Gymly and correct their times.
SELECT "Id" FROM tree11."Lessen" WHERE "EindTijd" < "StartTijd"
