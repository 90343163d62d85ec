-- Deletes Tree11's check results that are older than @Dagen days. Every run does so by LANDFALL_KEEP_DAYS; this is for
-- whoever wants less. Readers may not: it needs the loader's rights on the ledger.
CREATE PROCEDURE tree11.sp_CleanupOldLogs @Dagen INT = 30
AS
BEGIN
    SET NOCOUNT ON;
    IF @Dagen < 1
    BEGIN
        RAISERROR('@Dagen is at least 1', 16, 1);
        RETURN;
    END
    -- Text that is executed needs the caller's own rights. A DELETE of the procedure itself would need none: the ledger
    -- has the same owner as the procedure, so whoever may execute it could delete.
    EXEC sp_executesql
        N'DELETE FROM landfall.quality_log
        WHERE source = N''tree11'' AND checked_at < DATEADD(DAY, -@Dagen, GETUTCDATE());
        SELECT @@ROWCOUNT AS Verwijderd;',
        N'@Dagen INT',
        @Dagen = @Dagen;
END
GO
