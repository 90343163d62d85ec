-- Indexes over several columns, for the questions the gym's reports ask. Those on one column are on the records.
-- LIKE, since a server that stands in for SQL Server lengthens the names of indexes.
IF NOT EXISTS (
    SELECT 1 FROM sys.indexes
    WHERE object_id = OBJECT_ID('tree11.AbonnementStatistiekenSpecifiek') AND name LIKE 'ix_Specifiek_Abonnement_Datum%'
)
CREATE INDEX ix_Specifiek_Abonnement_Datum ON tree11.AbonnementStatistiekenSpecifiek (AbonnementId, Datum);
GO
IF NOT EXISTS (
    SELECT 1 FROM sys.indexes
    WHERE object_id = OBJECT_ID('tree11.Facturen') AND name LIKE 'ix_Facturen_Status_Vervaldatum%'
)
CREATE INDEX ix_Facturen_Status_Vervaldatum ON tree11.Facturen (Status, Vervaldatum);
GO
IF NOT EXISTS (
    SELECT 1 FROM sys.indexes
    WHERE object_id = OBJECT_ID('tree11.Omzet') AND name LIKE 'ix_Omzet_Grootboek_Datum%'
)
CREATE INDEX ix_Omzet_Grootboek_Datum ON tree11.Omzet (GrootboekRekeningId, Datum);
GO
