SELECT landfall.sync_state.table_name, landfall.sync_state.watermark, landfall.sync_state.version, landfall.sync_state.load_id, landfall.sync_state.last_sync_at, landfall.sync_state.last_full_at, landfall.sync_state.row_count 
FROM landfall.sync_state 
WHERE landfall.sync_state.source = ? AND landfall.sync_state.table_name = ?;

SELECT landfall.sync_state.table_name, landfall.sync_state.watermark, landfall.sync_state.version, landfall.sync_state.load_id, landfall.sync_state.last_sync_at, landfall.sync_state.last_full_at, landfall.sync_state.row_count 
FROM landfall.sync_state 
WHERE landfall.sync_state.source = ?;

INSERT INTO landfall.sync_state (source, table_name, last_sync_at, watermark, version, updated_at) VALUES (?, ?, ?, ?, ?, ?);

UPDATE landfall.sync_state SET last_sync_at=?, watermark=?, version=?, updated_at=? WHERE landfall.sync_state.source = ? AND landfall.sync_state.table_name = ?;

SELECT landfall.loads.load_id, landfall.loads.source, landfall.loads.resource, landfall.loads.run_id, landfall.loads.mode, landfall.loads.status, landfall.loads.watermark_before, landfall.loads.watermark_after, landfall.loads.fetched, landfall.loads.inserted, landfall.loads.updated, landfall.loads.unchanged, landfall.loads.deleted, landfall.loads.deduplicated, landfall.loads.quarantined, landfall.loads.superseded, landfall.loads.rows_after, landfall.loads.figures, landfall.loads.landing, landfall.loads.scope, landfall.loads.windows, landfall.loads.inputs, landfall.loads.requests, landfall.loads.waited_seconds, landfall.loads.published_at 
FROM landfall.loads 
WHERE landfall.loads.load_id = ?;

DELETE FROM landfall.loads WHERE landfall.loads.load_id = ?;

INSERT INTO landfall.loads (load_id, figures, published_at) VALUES (?, ?, ?);

SELECT TOP 10 landfall.loads.rows_after 
FROM landfall.loads 
WHERE landfall.loads.source = ? AND landfall.loads.resource = ? AND landfall.loads.rows_after IS NOT NULL ORDER BY landfall.loads.published_at DESC;

DELETE FROM landfall.quarantine WHERE landfall.quarantine.source = ? AND landfall.quarantine.load_id = ?;

INSERT INTO landfall.quarantine (source, raw, quarantined_at) OUTPUT inserted.id VALUES (?, ?, ?);

SELECT landfall.runs.execution_id, landfall.runs.table_name, landfall.runs.source, landfall.runs.run_id, landfall.runs.started_at, landfall.runs.ended_at, landfall.runs.status, landfall.runs.error, landfall.runs.dry_run, landfall.runs.rows_read, landfall.runs.rows_written, landfall.runs.rows_rejected, landfall.runs.triggered_by, landfall.runs.parameters 
FROM landfall.runs 
WHERE landfall.runs.execution_id = ?;

DELETE FROM landfall.runs WHERE landfall.runs.execution_id = ? AND landfall.runs.table_name = ?;

INSERT INTO landfall.runs (execution_id, table_name, source, run_id, started_at, ended_at, status, error, dry_run, rows_read, rows_written, rows_rejected, triggered_by, parameters) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

DELETE FROM landfall.runs WHERE landfall.runs.execution_id = ?;

DELETE FROM landfall.quality_log WHERE landfall.quality_log.source = ? AND landfall.quality_log.checked_at < ?;

DELETE FROM landfall.quarantine WHERE landfall.quarantine.source = ? AND landfall.quarantine.quarantined_at < ?;

DELETE FROM landfall.runs WHERE landfall.runs.source = ? AND landfall.runs.started_at < ?;
