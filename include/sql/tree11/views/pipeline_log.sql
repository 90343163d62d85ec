-- Every run and every table of it, under the names the gym's reports know; the run as a whole is `PIPELINE`. Times are
-- UTC; TriggerId is the user who started it, else how it was started.
CREATE OR REPLACE VIEW tree11.PipelineLog AS
SELECT
    CAST(execution_id AS UUID) AS ExecutionId,
    table_name AS TabelNaam,
    started_at AS StartTijd,
    ended_at AS EindTijd,
    CASE WHEN status = 'running' THEN 'RUNNING' ELSE status END AS Status,
    error AS ErrorMessage,
    rows_read AS RecordsGelezen,
    rows_written AS RecordsGeladen,
    rows_rejected AS RecordsAfgekeurd,
    triggered_by AS TriggerId
FROM landfall.runs
WHERE source = 'tree11';
