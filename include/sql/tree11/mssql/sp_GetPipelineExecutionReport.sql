-- What the runs of the last @Dagen days did, the newest first.
CREATE PROCEDURE tree11.sp_GetPipelineExecutionReport @Dagen INT = 7
AS
BEGIN
    SET NOCOUNT ON;
    SELECT ExecutionId, TabelNaam, StartTijd, EindTijd, Status, RecordsGelezen, RecordsGeladen, RecordsAfgekeurd,
        TriggerId, ErrorMessage
    FROM tree11.PipelineLog
    WHERE StartTijd >= DATEADD(DAY, -@Dagen, GETUTCDATE())
    ORDER BY StartTijd DESC, TabelNaam;
END
GO
