CREATE TABLE tree11.[Facturen] (
	[FactuurId] NVARCHAR(50) NOT NULL, 
	[Nummer] BIGINT NULL, 
	[LedenId] NVARCHAR(50) NULL, 
	[Naam] NVARCHAR(255) NULL, 
	[Bedrag] NUMERIC(10, 2) NOT NULL, 
	[Valuta] NVARCHAR(3) NULL, 
	[Status] NVARCHAR(50) NULL, 
	[Vervaldatum] DATE NULL, 
	[AangemaaktOp] DATETIME2(6) NOT NULL, 
	[GrootboekID] NVARCHAR(50) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_Facturen] PRIMARY KEY ([FactuurId])
);

CREATE INDEX [ix_Facturen_AangemaaktOp] ON tree11.[Facturen] ([AangemaaktOp]);

CREATE INDEX [ix_Facturen_LedenId] ON tree11.[Facturen] ([LedenId]);

CREATE INDEX [ix_Facturen_Status] ON tree11.[Facturen] ([Status]);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Facturen] (
	_seq BIGINT NOT NULL, 
	[FactuurId] NVARCHAR(50) NOT NULL, 
	[Nummer] BIGINT NULL, 
	[LedenId] NVARCHAR(50) NULL, 
	[Naam] NVARCHAR(255) NULL, 
	[Bedrag] NUMERIC(10, 2) NULL, 
	[Valuta] NVARCHAR(3) NULL, 
	[Status] NVARCHAR(50) NULL, 
	[Vervaldatum] DATE NULL, 
	[AangemaaktOp] DATETIME2(6) NULL, 
	[GrootboekID] NVARCHAR(50) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Facturen.deletes] (
	[FactuurId] NVARCHAR(50) NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Facturen.rejects] (
	_seq BIGINT NOT NULL, 
	[FactuurId] NVARCHAR(50) NULL, 
	_day_start DATETIME2(6) NULL, 
	_day_end DATETIME2(6) NULL, 
	_rule NVARCHAR(128) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_Facturen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_Facturen].[FactuurId] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_Facturen].[FactuurId] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_Facturen].[FactuurId])) > ?) AS anon_1;

SELECT TOP 1 [read].[FactuurId], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Facturen].[FactuurId] AS [FactuurId], landfall_stage.[20260102T030405_0a1b2c_Facturen]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_Facturen]) AS [read] GROUP BY [read].[FactuurId] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_Facturen] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[FactuurId] AS [FactuurId], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Facturen].[FactuurId] AS [FactuurId], landfall_stage.[20260102T030405_0a1b2c_Facturen]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_Facturen]) AS [read] GROUP BY [read].[FactuurId] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_Facturen].[FactuurId] = latest.[FactuurId] AND landfall_stage.[20260102T030405_0a1b2c_Facturen]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_Facturen];

DELETE FROM tree11.[Facturen] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Facturen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Facturen].[FactuurId] = tree11.[Facturen].[FactuurId])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Facturen.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Facturen.rejects].[FactuurId] = tree11.[Facturen].[FactuurId])) AND tree11.[Facturen].[AangemaaktOp] IS NOT NULL AND tree11.[Facturen].[AangemaaktOp] >= ? AND tree11.[Facturen].[AangemaaktOp] < ?;

DELETE FROM tree11.[Facturen] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Facturen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Facturen].[FactuurId] = tree11.[Facturen].[FactuurId])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Facturen.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Facturen.rejects].[FactuurId] = tree11.[Facturen].[FactuurId])) AND (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Facturen.deletes] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Facturen.deletes].[FactuurId] = tree11.[Facturen].[FactuurId]));

SELECT TOP 1 ? AS anon_1 
FROM tree11.[Facturen];

UPDATE t SET [Nummer] = s.[Nummer], [LedenId] = s.[LedenId], [Naam] = s.[Naam], [Bedrag] = s.[Bedrag], [Valuta] = s.[Valuta], [Status] = s.[Status], [Vervaldatum] = s.[Vervaldatum], [AangemaaktOp] = s.[AangemaaktOp], [GrootboekID] = s.[GrootboekID], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[Facturen] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_Facturen] AS s ON t.[FactuurId] = s.[FactuurId] WHERE EXISTS (SELECT t.[Nummer], t.[LedenId] COLLATE Latin1_General_BIN2, DATALENGTH(t.[LedenId]), t.[Naam] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Naam]), t.[Bedrag], t.[Valuta] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Valuta]), t.[Status] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Status]), t.[Vervaldatum], t.[AangemaaktOp], t.[GrootboekID] COLLATE Latin1_General_BIN2, DATALENGTH(t.[GrootboekID]), t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Nummer], s.[LedenId] COLLATE Latin1_General_BIN2, DATALENGTH(s.[LedenId]), s.[Naam] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Naam]), s.[Bedrag], s.[Valuta] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Valuta]), s.[Status] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Status]), s.[Vervaldatum], s.[AangemaaktOp], s.[GrootboekID] COLLATE Latin1_General_BIN2, DATALENGTH(s.[GrootboekID]), s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[Facturen] ([FactuurId], [Nummer], [LedenId], [Naam], [Bedrag], [Valuta], [Status], [Vervaldatum], [AangemaaktOp], [GrootboekID], [DatumLaatsteUpdate], _extra) SELECT s.[FactuurId], s.[Nummer], s.[LedenId], s.[Naam], s.[Bedrag], s.[Valuta], s.[Status], s.[Vervaldatum], s.[AangemaaktOp], s.[GrootboekID], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_Facturen] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[Facturen] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[FactuurId] = s.[FactuurId]);
