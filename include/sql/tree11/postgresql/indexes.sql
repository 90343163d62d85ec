-- Indexes over several columns, for the questions the gym's reports ask. Those on one column are on the records.
CREATE INDEX IF NOT EXISTS "ix_Specifiek_Abonnement_Datum"
    ON tree11."AbonnementStatistiekenSpecifiek" ("AbonnementId", "Datum");
CREATE INDEX IF NOT EXISTS "ix_Facturen_Status_Vervaldatum" ON tree11."Facturen" ("Status", "Vervaldatum");
CREATE INDEX IF NOT EXISTS "ix_Omzet_Grootboek_Datum" ON tree11."Omzet" ("GrootboekRekeningId", "Datum");
