CREATE TABLE tree11.[LesDeelname] (
	[LesId] NVARCHAR(50) NOT NULL, 
	[AccountId] NVARCHAR(50) NOT NULL, 
	[Type] NVARCHAR(50) NULL, 
	[Status] NVARCHAR(50) NULL, 
	[Naam] NVARCHAR(255) NULL, 
	[Aanwezig] BIT NULL, 
	[Datum] DATE NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_LesDeelname] PRIMARY KEY ([LesId], [AccountId])
);

CREATE INDEX [ix_LesDeelname_AccountId] ON tree11.[LesDeelname] ([AccountId]);

CREATE INDEX [ix_LesDeelname_Datum] ON tree11.[LesDeelname] ([Datum]);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_LesDeelname] (
	_seq BIGINT NOT NULL, 
	[LesId] NVARCHAR(50) NOT NULL, 
	[AccountId] NVARCHAR(50) NOT NULL, 
	[Type] NVARCHAR(50) NULL, 
	[Status] NVARCHAR(50) NULL, 
	[Naam] NVARCHAR(255) NULL, 
	[Aanwezig] BIT NULL, 
	[Datum] DATE NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_LesDeelname.deletes] (
	[LesId] NVARCHAR(50) NOT NULL, 
	[AccountId] NVARCHAR(50) NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_LesDeelname.rejects] (
	_seq BIGINT NOT NULL, 
	[LesId] NVARCHAR(50) NULL, 
	[AccountId] NVARCHAR(50) NULL, 
	_day_start DATE NULL, 
	_day_end DATE NULL, 
	_rule NVARCHAR(128) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname] GROUP BY landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[LesId], landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[AccountId] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[LesId] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[AccountId] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[LesId])) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[AccountId])) > ?) AS anon_1;

SELECT TOP 1 [read].[LesId], [read].[AccountId], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[LesId] AS [LesId], landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[AccountId] AS [AccountId], landfall_stage.[20260102T030405_0a1b2c_LesDeelname]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname]) AS [read] GROUP BY [read].[LesId], [read].[AccountId] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[LesId] AS [LesId], [read].[AccountId] AS [AccountId], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[LesId] AS [LesId], landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[AccountId] AS [AccountId], landfall_stage.[20260102T030405_0a1b2c_LesDeelname]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname]) AS [read] GROUP BY [read].[LesId], [read].[AccountId] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[LesId] = latest.[LesId] AND landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[AccountId] = latest.[AccountId] AND landfall_stage.[20260102T030405_0a1b2c_LesDeelname]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname];

DELETE FROM tree11.[LesDeelname] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname] 
WHERE landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[LesId] = tree11.[LesDeelname].[LesId] AND landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[AccountId] = tree11.[LesDeelname].[AccountId])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_LesDeelname.rejects].[LesId] = tree11.[LesDeelname].[LesId] AND landfall_stage.[20260102T030405_0a1b2c_LesDeelname.rejects].[AccountId] = tree11.[LesDeelname].[AccountId])) AND tree11.[LesDeelname].[Datum] IS NOT NULL AND tree11.[LesDeelname].[Datum] >= ? AND tree11.[LesDeelname].[Datum] < ?;

DELETE FROM tree11.[LesDeelname] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname] 
WHERE landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[LesId] = tree11.[LesDeelname].[LesId] AND landfall_stage.[20260102T030405_0a1b2c_LesDeelname].[AccountId] = tree11.[LesDeelname].[AccountId])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_LesDeelname.rejects].[LesId] = tree11.[LesDeelname].[LesId] AND landfall_stage.[20260102T030405_0a1b2c_LesDeelname.rejects].[AccountId] = tree11.[LesDeelname].[AccountId])) AND (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname.deletes] 
WHERE landfall_stage.[20260102T030405_0a1b2c_LesDeelname.deletes].[LesId] = tree11.[LesDeelname].[LesId] AND landfall_stage.[20260102T030405_0a1b2c_LesDeelname.deletes].[AccountId] = tree11.[LesDeelname].[AccountId]));

SELECT TOP 1 ? AS anon_1 
FROM tree11.[LesDeelname];

UPDATE t SET [Type] = s.[Type], [Status] = s.[Status], [Naam] = s.[Naam], [Aanwezig] = s.[Aanwezig], [Datum] = s.[Datum], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[LesDeelname] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_LesDeelname] AS s ON t.[LesId] = s.[LesId] AND t.[AccountId] = s.[AccountId] WHERE EXISTS (SELECT t.[Type] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Type]), t.[Status] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Status]), t.[Naam] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Naam]), t.[Aanwezig], t.[Datum], t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Type] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Type]), s.[Status] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Status]), s.[Naam] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Naam]), s.[Aanwezig], s.[Datum], s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[LesDeelname] ([LesId], [AccountId], [Type], [Status], [Naam], [Aanwezig], [Datum], [DatumLaatsteUpdate], _extra) SELECT s.[LesId], s.[AccountId], s.[Type], s.[Status], s.[Naam], s.[Aanwezig], s.[Datum], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_LesDeelname] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[LesDeelname] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[LesId] = s.[LesId] AND t.[AccountId] = s.[AccountId]);
