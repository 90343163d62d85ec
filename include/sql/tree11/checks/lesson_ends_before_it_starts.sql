-- rule: a lesson ends after it starts
-- severity: rejecting
-- why: the lesson contradicts itself, and no report could use it
-- todo: Open these lessons in Gymly and correct their times.
SELECT "Id" FROM tree11."Lessen" WHERE "EindTijd" < "StartTijd"
