-- Every result of every check, under the names the gym's reports know. Times are UTC.
CREATE OR REPLACE VIEW tree11.DataQualityLog AS
SELECT
    id AS Id,
    run_id AS RunId,
    table_name AS TabelNaam,
    check_name AS CheckNaam,
    status AS CheckStatus,
    value AS Waarde,
    threshold AS Drempel,
    details AS Details,
    checked_at AS CheckTijd
FROM landfall.quality_log
WHERE source = 'tree11';
