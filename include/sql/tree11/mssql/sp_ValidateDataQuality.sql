-- The latest result of every check of every table, or of one table; what is not PASS comes first.
CREATE PROCEDURE tree11.sp_ValidateDataQuality @TabelNaam NVARCHAR(128) = NULL
AS
BEGIN
    SET NOCOUNT ON;
    WITH latest AS (
        SELECT TabelNaam, CheckNaam, CheckStatus, Waarde, Drempel, Details, CheckTijd,
            ROW_NUMBER() OVER (PARTITION BY TabelNaam, CheckNaam ORDER BY CheckTijd DESC, Id DESC) AS place
        FROM tree11.DataQualityLog
        WHERE @TabelNaam IS NULL OR TabelNaam = @TabelNaam
    )
    SELECT TabelNaam, CheckNaam, CheckStatus, Waarde, Drempel, Details, CheckTijd
    FROM latest
    WHERE place = 1
    ORDER BY CASE WHEN CheckStatus = 'PASS' THEN 1 ELSE 0 END, TabelNaam, CheckNaam;
END
GO
