CREATE TABLE tree11.[OpenstaandeFacturen] (
	[FactuurId] NVARCHAR(50) NOT NULL, 
	[Nummer] BIGINT NULL, 
	[LedenId] NVARCHAR(50) NULL, 
	[Naam] NVARCHAR(255) NULL, 
	[Bedrag] NUMERIC(10, 2) NOT NULL, 
	[Valuta] NVARCHAR(3) NULL, 
	[Status] NVARCHAR(50) NULL, 
	[AangemaaktOp] DATETIME2(6) NOT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_OpenstaandeFacturen] PRIMARY KEY ([FactuurId])
);

CREATE INDEX [ix_OpenstaandeFacturen_LedenId] ON tree11.[OpenstaandeFacturen] ([LedenId]);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen] (
	_seq BIGINT NOT NULL, 
	[FactuurId] NVARCHAR(50) NOT NULL, 
	[Nummer] BIGINT NULL, 
	[LedenId] NVARCHAR(50) NULL, 
	[Naam] NVARCHAR(255) NULL, 
	[Bedrag] NUMERIC(10, 2) NULL, 
	[Valuta] NVARCHAR(3) NULL, 
	[Status] NVARCHAR(50) NULL, 
	[AangemaaktOp] DATETIME2(6) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen.deletes] (
	[FactuurId] NVARCHAR(50) NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen.rejects] (
	_seq BIGINT NOT NULL, 
	[FactuurId] NVARCHAR(50) NULL, 
	_rule NVARCHAR(128) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen].[FactuurId] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen].[FactuurId] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen].[FactuurId])) > ?) AS anon_1;

SELECT TOP 1 [read].[FactuurId], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen].[FactuurId] AS [FactuurId], landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen]) AS [read] GROUP BY [read].[FactuurId] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[FactuurId] AS [FactuurId], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen].[FactuurId] AS [FactuurId], landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen]) AS [read] GROUP BY [read].[FactuurId] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen].[FactuurId] = latest.[FactuurId] AND landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen];

DELETE FROM tree11.[OpenstaandeFacturen] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen].[FactuurId] = tree11.[OpenstaandeFacturen].[FactuurId])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen.rejects].[FactuurId] = tree11.[OpenstaandeFacturen].[FactuurId]));

SELECT TOP 1 ? AS anon_1 
FROM tree11.[OpenstaandeFacturen];

UPDATE t SET [Nummer] = s.[Nummer], [LedenId] = s.[LedenId], [Naam] = s.[Naam], [Bedrag] = s.[Bedrag], [Valuta] = s.[Valuta], [Status] = s.[Status], [AangemaaktOp] = s.[AangemaaktOp], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[OpenstaandeFacturen] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen] AS s ON t.[FactuurId] = s.[FactuurId] WHERE EXISTS (SELECT t.[Nummer], t.[LedenId] COLLATE Latin1_General_BIN2, DATALENGTH(t.[LedenId]), t.[Naam] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Naam]), t.[Bedrag], t.[Valuta] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Valuta]), t.[Status] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Status]), t.[AangemaaktOp], t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Nummer], s.[LedenId] COLLATE Latin1_General_BIN2, DATALENGTH(s.[LedenId]), s.[Naam] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Naam]), s.[Bedrag], s.[Valuta] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Valuta]), s.[Status] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Status]), s.[AangemaaktOp], s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[OpenstaandeFacturen] ([FactuurId], [Nummer], [LedenId], [Naam], [Bedrag], [Valuta], [Status], [AangemaaktOp], [DatumLaatsteUpdate], _extra) SELECT s.[FactuurId], s.[Nummer], s.[LedenId], s.[Naam], s.[Bedrag], s.[Valuta], s.[Status], s.[AangemaaktOp], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_OpenstaandeFacturen] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[OpenstaandeFacturen] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[FactuurId] = s.[FactuurId]);
