-- rule: a lesson has no more participants than places
-- severity: warning
-- why: the gym may let more in than it has places for
-- todo: Compare the lesson's capacity in Gymly with who is booked.
SELECT "Id" FROM tree11."Lessen"
WHERE COALESCE("LedenAantal", 0) + COALESCE("ProefledenAantal", 0) > "Capaciteit"
