CREATE OR REPLACE VIEW tree11.sync_state AS
SELECT table_name, last_sync_at, records_synced, sync_type, updated_at
FROM landfall.sync_state
WHERE source = 'tree11';
