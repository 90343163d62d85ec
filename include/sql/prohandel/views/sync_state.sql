-- How far each ProHandel table has been published, under the name that reports and monitoring queries use.
CREATE OR REPLACE VIEW prohandel.sync_state AS
SELECT table_name, last_sync_at, records_synced, sync_type, updated_at
FROM landfall.sync_state
WHERE source = 'prohandel';
