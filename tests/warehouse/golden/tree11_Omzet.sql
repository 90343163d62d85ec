CREATE TABLE tree11.[Omzet] (
	[Datum] DATE NOT NULL, 
	[GrootboekRekeningId] NVARCHAR(50) NOT NULL, 
	[Type] NVARCHAR(50) NOT NULL, 
	[Omzet] NUMERIC(12, 2) NOT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_Omzet] PRIMARY KEY ([Datum], [GrootboekRekeningId], [Type])
);

CREATE INDEX [ix_Omzet_GrootboekRekeningId] ON tree11.[Omzet] ([GrootboekRekeningId]);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Omzet] (
	_seq BIGINT NOT NULL, 
	[Datum] DATE NOT NULL, 
	[GrootboekRekeningId] NVARCHAR(50) NOT NULL, 
	[Type] NVARCHAR(50) NOT NULL, 
	[Omzet] NUMERIC(12, 2) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Omzet.deletes] (
	[Datum] DATE NOT NULL, 
	[GrootboekRekeningId] NVARCHAR(50) NOT NULL, 
	[Type] NVARCHAR(50) NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Omzet.rejects] (
	_seq BIGINT NOT NULL, 
	[Datum] DATE NULL, 
	[GrootboekRekeningId] NVARCHAR(50) NULL, 
	[Type] NVARCHAR(50) NULL, 
	_rule NVARCHAR(128) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet] GROUP BY landfall_stage.[20260102T030405_0a1b2c_Omzet].[Datum], landfall_stage.[20260102T030405_0a1b2c_Omzet].[GrootboekRekeningId], landfall_stage.[20260102T030405_0a1b2c_Omzet].[Type] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_Omzet].[GrootboekRekeningId] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_Omzet].[Type] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_Omzet].[GrootboekRekeningId])) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_Omzet].[Type])) > ?) AS anon_1;

SELECT TOP 1 [read].[Datum], [read].[GrootboekRekeningId], [read].[Type], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Omzet].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_Omzet].[GrootboekRekeningId] AS [GrootboekRekeningId], landfall_stage.[20260102T030405_0a1b2c_Omzet].[Type] AS [Type], landfall_stage.[20260102T030405_0a1b2c_Omzet]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet]) AS [read] GROUP BY [read].[Datum], [read].[GrootboekRekeningId], [read].[Type] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_Omzet] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[Datum] AS [Datum], [read].[GrootboekRekeningId] AS [GrootboekRekeningId], [read].[Type] AS [Type], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Omzet].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_Omzet].[GrootboekRekeningId] AS [GrootboekRekeningId], landfall_stage.[20260102T030405_0a1b2c_Omzet].[Type] AS [Type], landfall_stage.[20260102T030405_0a1b2c_Omzet]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet]) AS [read] GROUP BY [read].[Datum], [read].[GrootboekRekeningId], [read].[Type] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_Omzet].[Datum] = latest.[Datum] AND landfall_stage.[20260102T030405_0a1b2c_Omzet].[GrootboekRekeningId] = latest.[GrootboekRekeningId] AND landfall_stage.[20260102T030405_0a1b2c_Omzet].[Type] = latest.[Type] AND landfall_stage.[20260102T030405_0a1b2c_Omzet]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet];

DELETE FROM tree11.[Omzet] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Omzet].[Datum] = tree11.[Omzet].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_Omzet].[GrootboekRekeningId] = tree11.[Omzet].[GrootboekRekeningId] AND landfall_stage.[20260102T030405_0a1b2c_Omzet].[Type] = tree11.[Omzet].[Type])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Omzet.rejects].[Datum] = tree11.[Omzet].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_Omzet.rejects].[GrootboekRekeningId] = tree11.[Omzet].[GrootboekRekeningId] AND landfall_stage.[20260102T030405_0a1b2c_Omzet.rejects].[Type] = tree11.[Omzet].[Type])) AND tree11.[Omzet].[Datum] IS NOT NULL AND tree11.[Omzet].[Datum] >= ? AND tree11.[Omzet].[Datum] < ?;

DELETE FROM tree11.[Omzet] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Omzet].[Datum] = tree11.[Omzet].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_Omzet].[GrootboekRekeningId] = tree11.[Omzet].[GrootboekRekeningId] AND landfall_stage.[20260102T030405_0a1b2c_Omzet].[Type] = tree11.[Omzet].[Type])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Omzet.rejects].[Datum] = tree11.[Omzet].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_Omzet.rejects].[GrootboekRekeningId] = tree11.[Omzet].[GrootboekRekeningId] AND landfall_stage.[20260102T030405_0a1b2c_Omzet.rejects].[Type] = tree11.[Omzet].[Type])) AND (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Omzet.deletes] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Omzet.deletes].[Datum] = tree11.[Omzet].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_Omzet.deletes].[GrootboekRekeningId] = tree11.[Omzet].[GrootboekRekeningId] AND landfall_stage.[20260102T030405_0a1b2c_Omzet.deletes].[Type] = tree11.[Omzet].[Type]));

SELECT TOP 1 ? AS anon_1 
FROM tree11.[Omzet];

UPDATE t SET [Omzet] = s.[Omzet], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[Omzet] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_Omzet] AS s ON t.[Datum] = s.[Datum] AND t.[GrootboekRekeningId] = s.[GrootboekRekeningId] AND t.[Type] = s.[Type] WHERE EXISTS (SELECT t.[Omzet], t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Omzet], s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[Omzet] ([Datum], [GrootboekRekeningId], [Type], [Omzet], [DatumLaatsteUpdate], _extra) SELECT s.[Datum], s.[GrootboekRekeningId], s.[Type], s.[Omzet], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_Omzet] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[Omzet] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[Datum] = s.[Datum] AND t.[GrootboekRekeningId] = s.[GrootboekRekeningId] AND t.[Type] = s.[Type]);
